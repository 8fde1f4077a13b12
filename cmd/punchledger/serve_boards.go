package main

import (
	"context"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/evaluate"
	"github.com/punchledger/punchledger/projections/inbox"
	"github.com/punchledger/punchledger/projections/month"
	"github.com/punchledger/punchledger/projections/payroll"
	"github.com/punchledger/punchledger/projections/presence"
	"github.com/punchledger/punchledger/projections/slot"
)

// boards are the views of one moment as the HTTP API reads them.
type boards struct {
	viewStore
	v *view
	d *ledger.Directory
}

// payroll serves rows of pinned positions. One moment of the past is built at a time.
func (a *apiViews) payroll() *payroll.Pins {
	pins := a.r.pins()
	build := pins.Past
	pins.Past = func(ctx context.Context, at eventstore.Position, f func(payroll.Source) error) error {
		select {
		case a.past <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		defer func() { <-a.past }()
		return build(ctx, at, f)
	}
	return pins
}

// Filed implements httpapi.Boards.
func (b boards) Filed(ctx context.Context, emp string, yield func(inbox.Filed) error) error {
	return b.Requests(ctx, emp, yield)
}

// Presences implements httpapi.Boards.
func (b boards) Presences(ctx context.Context, emp string, at domain.Instant) ([]presence.Status, error) {
	list, _, err := b.v.presence(ctx, emp, at)
	return list, err
}

// Month implements httpapi.Boards.
func (b boards) Month(ctx context.Context, emp string, first domain.Date) (month.Own, error) {
	return b.v.month(ctx, emp, first)
}

// Slots implements httpapi.Boards.
func (b boards) Slots(ctx context.Context, emp string, from, to domain.Date, at domain.Instant) ([]slot.Day, error) {
	return b.v.slots(ctx, emp, from, to, at)
}

// Preview implements httpapi.Boards.
func (b boards) Preview(ctx context.Context, emp string, a request.Approval, now domain.Instant, why bool) (out evaluate.Preview, err error) {
	w := evaluate.Wish{Employee: emp, Request: "preview", Approval: a, Now: now, Today: b.d.DateOf(emp, now)}
	err = b.Read(ctx, func(tx projections.Tx) error {
		out, err = b.v.projector().PreviewOf(ctx, tx, w, why)
		return err
	})
	return out, err
}
