package evaluate

import (
	"cmp"
	"context"
	"fmt"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/facts"
	"github.com/punchledger/punchledger/projections/payroll"
	"github.com/punchledger/punchledger/projections/presence"
)

// Facts returns what is known of an employee from a date on, and the book that governs.
func (p *Projector) Facts(ctx context.Context, tx projections.Tx, employee string, from domain.Date) (*attendance.Rulebook, *attendance.Facts, error) {
	if err := p.open(ctx, tx); err != nil {
		return nil, nil, err
	}
	f, err := p.keeper.Load(ctx, tx, employee, from)
	return p.book, f, err
}

// Presence returns where an employee is at an instant, from a row where it covers the instant, else from the facts; false for somebody
// who is not employed then.
func (p *Projector) Presence(ctx context.Context, tx projections.Tx, row presence.Row, at domain.Seconds) (presence.Status, bool, error) {
	if !row.Covers(at) {
		anchor := domain.DateOfUnix(at)
		book, f, err := p.Facts(ctx, tx, row.Employee, anchor-4)
		if err != nil {
			return presence.Status{}, false, err
		}
		if z, err := book.Zones.Zone(facts.ZoneOf(book, f)); err == nil {
			anchor = z.DateOf(at)
		}
		if row, err = presence.Of(book, f, anchor); err != nil {
			return presence.Status{}, false, fmt.Errorf("presence of %s: %w", row.Employee, err)
		}
	}
	s, there := row.At(at)
	return s, there, nil
}

// Outlooks returns what is planned for an employee on the dates [from, to].
func (p *Projector) Outlooks(ctx context.Context, tx projections.Tx, employee string, from, to domain.Date) ([]attendance.Outlook, error) {
	book, f, err := p.Facts(ctx, tx, employee, from-2)
	if err != nil {
		return nil, err
	}
	return attendance.Outlooks(book, f, from, to+1)
}

// Spread lays time off of one length over an employee's dates [from, to), and names the zone in which the employee works.
func (p *Projector) Spread(
	ctx context.Context, tx projections.Tx, employee string, from, to domain.Date, length domain.Seconds,
) (shares []attendance.Share, zone string, err error) {
	book, f, err := p.Facts(ctx, tx, employee, from-2)
	if err != nil {
		return nil, "", err
	}
	shares, err = attendance.Spread(book, f, from, to, length)
	return shares, cmp.Or(facts.ZoneOf(book, f), "UTC"), err
}

// Terms returns to whom an employee belongs from which date on.
func (p *Projector) Terms(ctx context.Context, tx projections.Tx, employee string) ([]payroll.Term, error) {
	f, err := p.keeper.Person(ctx, tx, employee)
	if err != nil {
		return nil, err
	}
	out := make([]payroll.Term, len(f.Assignments))
	for i, a := range f.Assignments {
		out[i] = payroll.Term{From: a.From, Employer: a.Employer, PayGroup: a.PayGroup}
	}
	return out, nil
}

// Manager returns who leads an employee on a date, empty where nobody does.
func (p *Projector) Manager(ctx context.Context, tx projections.Tx, employee string, on domain.Date) (string, error) {
	return p.keeper.Manager(ctx, tx, employee, on)
}

// SiteNames returns the names of sites by id.
func (p *Projector) SiteNames(ctx context.Context, tx projections.Tx) (map[string]string, error) {
	return p.keeper.SiteNames(ctx, tx)
}
