package main

import (
	"context"
	"strconv"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// peopleOn returns who is known at the moment that a view is of, and its date where the organisation is.
func (v *view) peopleOn(c *console) (*ledger.Directory, domain.Date, error) {
	until, err := moment(v.window.AsOf)
	if err != nil {
		return nil, 0, err
	}
	at, err := v.instant(c.ctx)
	if err != nil {
		return nil, 0, err
	}
	d, err := ledger.OpenDirectory(c.ctx, past{v.log, v.codec, until}, v.codec)
	if err != nil {
		return nil, 0, err
	}
	z, err := v.zones.Zone(d.Zone("", at))
	if err != nil {
		return nil, 0, err
	}
	return d, z.DateOf(at.Seconds()), nil
}

// instant is when the moment of a view is: of a position, when its event was recorded.
func (v *view) instant(ctx context.Context) (domain.Instant, error) {
	position, err := strconv.ParseUint(v.window.AsOf, 10, 64)
	if err != nil {
		if at, err := time.Parse(time.RFC3339Nano, v.window.AsOf); err == nil {
			return domain.InstantOf(at), nil
		}
		return domain.InstantOf(time.Now()), nil
	}
	var at domain.Instant
	for rec, err := range eventstore.Number(v.log.ReadAll(ctx, 0), 0, v.codec.Owns) {
		if err != nil {
			return 0, err
		}
		if uint64(rec.Position) > position {
			break
		}
		meta, err := rec.DecodeMetadata()
		if err != nil {
			return 0, err
		}
		at = meta.RecordedAt
	}
	return at, nil
}

// termsOn returns the terms that hold on a date; before the first day of employment, those it begins with.
func termsOn(s people.EmployeeState, date domain.Date) people.Terms {
	a, _ := s.AssignmentOn(max(date, s.Hired()))
	return a.Terms
}
