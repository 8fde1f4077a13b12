package httpapi_test

import (
	"context"
	"slices"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/payroll"
)

// heldViews are views whose rows a test puts there. They show everything up to behind events before the end of the log.
type heldViews struct {
	o         *office
	codec     *eventstore.Codec
	days      []daily.Row
	anomalies []anomaly.Row
	parts     []payroll.Part
	shadows   []daily.Shadow
	behind    bool
}

func (v *heldViews) At(ctx context.Context, _, _ string) (*httpapi.Moment, error) {
	head, err := v.o.store.Head(ctx)
	if err != nil {
		return nil, err
	}
	return &httpapi.Moment{
		Reader: v, ShadowReader: v, Boards: bareBoards{}, Position: eventstore.Position(head), Directory: v.o.ledger.Directory(), Today: domain.DateOfUnix(v.o.now.Seconds()),
		Why: func(_ context.Context, q httpapi.AskedDay) (attendance.Answer, error) {
			return answerTo(q), nil
		},
		Versus: func(_ context.Context, q httpapi.AskedDay) (attendance.Versus, error) {
			return attendance.Versus{Before: answerTo(q), After: answerTo(q), Diff: attendance.Contrast{Same: true}}, nil
		},
		Compared: func(_ context.Context, lang string, q httpapi.AskedDay, _ attendance.Versus) (string, error) {
			return lang + " " + q.Emp + " " + q.Rules + " beside " + q.Diff + " from " + q.From.String(), nil
		},
		Story: func(_ context.Context, lang string, a attendance.Answer) (string, error) {
			return lang + " " + a.Day.Employee, nil
		},
		Close: func() {},
	}, nil
}

func answerTo(q httpapi.AskedDay) attendance.Answer {
	return attendance.Answer{Trace: &attendance.Trace{Day: attendance.Day{Employee: q.Emp, Date: q.Date}}, Match: true}
}

func (v *heldViews) Wait(ctx context.Context, _ eventstore.Position) error {
	if v.behind {
		<-ctx.Done()
	}
	return ctx.Err()
}

func (v *heldViews) Days(_ context.Context, q daily.Query, yield func(daily.Row) error) error {
	return each(v.days, func(r daily.Row) bool { return chosen(r.Employee, r.Date, q.Employee, q.From, q.To) }, yield)
}

func (v *heldViews) Shadows(_ context.Context, q daily.Query, yield func(daily.Shadow) error) error {
	return each(v.shadows, func(r daily.Shadow) bool { return chosen(r.Employee, r.Date, q.Employee, q.From, q.To) }, yield)
}

func (v *heldViews) Anomalies(_ context.Context, q anomaly.Query, yield func(anomaly.Row) error) error {
	return each(v.anomalies, func(r anomaly.Row) bool {
		return chosen(r.Employee, r.Date, q.Employee, q.From, q.To) && (q.ID == "" || q.ID == r.ID)
	}, yield)
}

func (v *heldViews) Parts(_ context.Context, q payroll.Query, yield func(payroll.Part) error) error {
	return each(v.parts, func(r payroll.Part) bool { return chosen(r.Employee, r.Date, q.Employee, q.From, q.To) }, yield)
}

func chosen(emp string, on domain.Date, wanted string, from, to domain.Date) bool {
	return (wanted == "" || emp == wanted) && on >= from && (to == 0 || on <= to)
}

func each[T any](rows []T, want func(T) bool, yield func(T) error) error {
	for _, r := range slices.DeleteFunc(slices.Clone(rows), func(r T) bool { return !want(r) }) {
		if err := yield(r); err != nil {
			return err
		}
	}
	return nil
}

// Read implements httpapi.Log. In memory, cursor and position are one.
func (v *heldViews) Read(ctx context.Context, after httpapi.Place, yield func(eventstore.Record) error) error {
	for r, err := range eventstore.Number(v.o.store.ReadAll(ctx, 0), 0, v.codec.Owns) {
		if err != nil {
			return err
		}
		if r.Position <= after.Position {
			continue
		}
		if err := yield(r); err != nil {
			return err
		}
	}
	return nil
}

// Verify implements httpapi.Log.
func (v *heldViews) Verify(ctx context.Context) (httpapi.Verified, error) {
	head, err := v.o.store.Head(ctx)
	return httpapi.Verified{OK: true, Events: eventstore.Position(head)}, err
}
