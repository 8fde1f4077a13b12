package main

import (
	"context"
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
	var at projections.Checkpoint
	if err := a.c.patiently(ctx, func() (err error) {
		at, err = a.r.views.Checkpoint(ctx, projections.AllViews)
		return err
	}); err != nil {
		return err
	}
	for {
		var found []httpapi.Change
		last := at
		if err := a.c.patiently(ctx, func() (err error) {
			found, last, err = f.after(ctx, at)
			return err
		}); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		at = last
		if err := a.c.patiently(ctx, func() error { return a.moved.wait(ctx, at.Position) }); err != nil {
			return err
		}
		for _, c := range found {
			if err := yield(c); err != nil {
				return err
			}
		}
	}
}

// after waits for the next changes after a place, and returns them with the place of the last.
func (f *changes) after(ctx context.Context, at projections.Checkpoint) (found []httpapi.Change, _ projections.Checkpoint, err error) {
	a := f.views
	if err := a.w.log.Wait(ctx, at.Cursor); err != nil {
		return nil, at, err
	}
	for d, err := range a.w.codec.DecodeAll(eventstore.Number(a.w.log.ReadAll(ctx, at.Cursor), at.Position, a.w.codec.Owns)) {
		if err != nil {
			return nil, at, err
		}
		at.Cursor, at.Position = d.Cursor, d.Position
		found = append(found, changeOf(d))
		if len(found) == projections.DefaultBatch {
			break
		}
	}
	return found, at, nil
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
