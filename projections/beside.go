package projections

import (
	"context"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/payroll"
)

// DayBeside is a day with what a shadow makes of it, where one runs beside the rules.
type DayBeside struct {
	daily.Row
	Shadow *Beside `json:"shadow,omitempty"`
}

// Beside is the other column of a day: the shadow's figures, and the rows that the day really gives, to compare with them.
type Beside struct {
	daily.Shadow
	Live map[string]whatif.Quantity `json:"live_rows"` // by pay code
}

// ShadowedReader reads days, their rows and their shadows.
type ShadowedReader interface {
	daily.Reader
	payroll.Reader
	daily.ShadowReader
}

// farthestRow is by how many days a row may be dated after the day that gives it, and more.
const farthestRow = 3

type dayKey struct {
	employee string
	date     domain.Date
}

// DaysBeside reads days with their shadows, in the order of employee and date.
func DaysBeside(ctx context.Context, r ShadowedReader, q daily.Query, yield func(DayBeside) error) error {
	shadows := map[dayKey]*Beside{}
	err := r.Shadows(ctx, q, func(s daily.Shadow) error {
		shadows[dayKey{s.Employee, s.Date}] = &Beside{Shadow: s, Live: map[string]whatif.Quantity{}}
		return nil
	})
	if err == nil && len(shadows) > 0 {
		err = live(ctx, r, q, shadows)
	}
	if err != nil {
		return err
	}
	return r.Days(ctx, q, func(d daily.Row) error {
		return yield(DayBeside{Row: d, Shadow: shadows[dayKey{d.Employee, d.Date}]})
	})
}

// live adds up what the days that have a shadow give.
func live(ctx context.Context, r ShadowedReader, q daily.Query, shadows map[dayKey]*Beside) error {
	dated := payroll.Query{Employee: q.Employee, From: max(q.From-farthestRow, 0), To: q.To}
	if q.To != 0 {
		dated.To += farthestRow
	}
	return r.Parts(ctx, dated, func(p payroll.Part) error {
		if b := shadows[dayKey{p.Employee, p.Day}]; b != nil {
			amount := b.Live[p.Code]
			amount.Seconds += p.Seconds
			amount.Days += p.Row.Days
			amount.Count += p.Count
			b.Live[p.Code] = amount
		}
		return nil
	})
}
