package main

import (
	"context"
	"errors"
	"strings"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
)

// changes tells what happens, each event once the views show it.
type changes struct{ views *apiViews }

// Follow implements httpapi.Changes.
func (f *changes) Follow(ctx context.Context, yield func(httpapi.Change) error) error {
	a := f.views
	silently := func(error) {} // who brings the views up to date says it
	var at projections.Checkpoint
	err := untilBack(ctx, func() (err error) {
		at, err = a.r.views.Checkpoint(ctx, projections.AllViews)
		return err
	}, silently)
	if err != nil {
		return err
	}
	cursor, position := at.Cursor, at.Position
	for {
		if err := errors.Join(ctx.Err(), a.w.log.Wait(ctx, cursor)); err != nil {
			return err
		}
		var found []httpapi.Change
		records := eventstore.Number(a.w.log.ReadAll(ctx, cursor), position, a.w.codec.Owns)
		for d, err := range a.w.codec.DecodeAll(records) {
			if err != nil {
				return err
			}
			cursor, position = d.Cursor, d.Position
			found = append(found, changeOf(d))
			if len(found) == projections.DefaultBatch {
				break
			}
		}
		if err := untilBack(ctx, func() error { return a.moved.wait(ctx, position) }, silently); err != nil {
			return err
		}
		for _, c := range found {
			if err := yield(c); err != nil {
				return err
			}
		}
	}
}

// changeOf says what an event is about: whose days, and which. Where its own dates are not known, it is a month or a year.
func changeOf(d eventstore.Decoded) httpapi.Change {
	kind, rest, _ := strings.Cut(d.Stream, "-")
	c := httpapi.Change{Position: d.Position, Kind: kind}
	switch kind {
	case "timecard", "roster", "request":
		var span string
		c.Emp, span, _ = strings.Cut(rest, "-")
		c.From, c.To = datesOf(span)
	case "employee":
		c.Emp = rest
	}
	if at, ok := effectiveAt(d.Event); ok {
		c.From, c.To = domain.DateOfUnix(at.Seconds())-1, domain.DateOfUnix(at.Seconds())+1
	}
	if e, ok := d.Event.(request.ExternalDecisionRecorded); ok {
		c.Request, c.From, c.To = e.Request, e.Target.Date, max(e.Target.Date, domain.DateOfUnix(e.Target.To.Seconds()))
	}
	return c
}

// datesOf returns the dates of 202610 or 2026.
func datesOf(span string) (from, to domain.Date) {
	switch len(span) {
	case len("202610"):
		if first, err := domain.ParseDate(span[:4] + "-" + span[4:] + "-01"); err == nil {
			return first, first.AddMonths(1) - 1
		}
	case len("2026"):
		if first, err := domain.ParseDate(span + "-01-01"); err == nil {
			return first, first.AddMonths(12) - 1
		}
	}
	return 0, 0
}

func effectiveAt(e domain.Event) (domain.Instant, bool) {
	switch e := e.(type) {
	case timecard.PunchAccepted:
		return e.EffectiveAt, true
	case timecard.PunchHeld:
		return e.EffectiveAt, true
	case timecard.PunchRejected:
		return e.EffectiveAt, true
	case timecard.PunchAdded:
		return e.EffectiveAt, true
	}
	return 0, false
}
