package facts

import (
	"context"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/eventstore"
)

// Person returns an employee's employment and assignments alone.
func (k *Keeper) Person(ctx context.Context, tx Tx, employee string) (*attendance.Facts, error) {
	f := &attendance.Facts{Employee: employee}
	return f, k.loadPerson(ctx, tx, f)
}

// Manager returns who leads an employee on a date, empty where nobody does.
func (k *Keeper) Manager(ctx context.Context, tx Tx, employee string, on domain.Date) (string, error) {
	events, err := tell(ctx, tx, k.codec, employee, partPerson)
	if err != nil {
		return "", err
	}
	var s people.EmployeeState
	for _, t := range events {
		if e, ok := t.event.(people.EmployeeEvent); ok {
			s = people.EvolveEmployee(s, e)
		}
	}
	a, _ := s.AssignmentOn(on)
	return a.Manager, nil
}

// SiteNames returns the names of sites by id.
func (k *Keeper) SiteNames(ctx context.Context, tx Tx) (map[string]string, error) {
	parts, err := tx.FactParts(ctx, "", "site-")
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, part := range parts {
		events, err := tell(ctx, tx, k.codec, "", part)
		if err != nil {
			return nil, err
		}
		var s place.SiteState
		for _, t := range events {
			if e, ok := t.event.(place.SiteEvent); ok {
				s = place.EvolveSite(s, e)
			}
		}
		out[strings.TrimPrefix(part, "site-")] = s.Name
	}
	return out, nil
}

// MonthOf returns the month of the timecard that holds an employee's punch, such as 202610; empty where none does.
func (k *Keeper) MonthOf(ctx context.Context, tx Tx, employee, punch string) (string, error) {
	parts, err := tx.FactParts(ctx, employee, prefixMonth)
	if err != nil {
		return "", err
	}
	for _, part := range slices.Backward(parts) {
		m, err := read[Month](ctx, tx, employee, part)
		if err != nil {
			return "", err
		}
		if slices.ContainsFunc(m.Punches, func(p attendance.Punch) bool { return p.ID == punch }) {
			return strings.TrimPrefix(part, prefixMonth), nil
		}
	}
	return "", nil
}

// Codec is what events are encoded with.
func (k *Keeper) Codec() *eventstore.Codec { return k.codec }
