package facts

import (
	"context"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
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
