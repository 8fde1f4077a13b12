package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/projections/daily"
)

// Days and shadows are in two tables of one shape: a day's result, and the carry that the next day starts from.

// ReplaceDays implements daily.Tx.
func (t *viewTx) ReplaceDays(ctx context.Context, employee string, from, to domain.Date, list []daily.Row) error {
	rows := make([]row, len(list))
	for i := range list {
		d := &list[i]
		data, err := json.Marshal(&d.Day)
		if err != nil {
			return fmt.Errorf("encode the day %s of %s: %w", d.Date, employee, err)
		}
		rows[i] = row{[]any{employee, int64(d.Date)}, [][]byte{data, d.Carry}}
	}
	return t.replace(ctx, days, employee, from, to, rows)
}

// ReplaceShadows implements daily.ShadowTx.
func (t *viewTx) ReplaceShadows(ctx context.Context, employee string, from, to domain.Date, beside []daily.Shadow) error {
	rows := make([]row, len(beside))
	for i := range beside {
		s := &beside[i]
		data, err := json.Marshal(s)
		if err != nil {
			return fmt.Errorf("encode the shadow %s of %s: %w", s.Date, employee, err)
		}
		rows[i] = row{[]any{employee, int64(s.Date)}, [][]byte{data, s.Carry}}
	}
	return t.replace(ctx, shadows, employee, from, to, rows)
}

// CarryBefore implements daily.Tx.
func (t *viewTx) CarryBefore(ctx context.Context, employee string, date domain.Date) ([]byte, error) {
	return t.carryBefore(ctx, days, employee, date)
}

// ShadowCarryBefore implements daily.ShadowTx.
func (t *viewTx) ShadowCarryBefore(ctx context.Context, employee string, date domain.Date) ([]byte, error) {
	return t.carryBefore(ctx, shadows, employee, date)
}

func (t *viewTx) carryBefore(ctx context.Context, in *table, employee string, date domain.Date) ([]byte, error) {
	if carry, known := t.hand.carryBefore(in, employee, date); known {
		return carry, nil
	}
	if err := t.settle(ctx, in, employee); err != nil {
		return nil, err
	}
	c := carriesOf(in, employee).only("date < $", int64(date))
	c.last = 1
	rows, err := t.rows(ctx, c)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return rows[0].blobs[0], nil
}

// Carries implements daily.Tx.
func (t *viewTx) Carries(ctx context.Context, employee string, from domain.Date) (map[domain.Date][]byte, error) {
	return t.carries(ctx, days, employee, from)
}

// ShadowCarries implements daily.ShadowTx.
func (t *viewTx) ShadowCarries(ctx context.Context, employee string, from domain.Date) (map[domain.Date][]byte, error) {
	return t.carries(ctx, shadows, employee, from)
}

func (t *viewTx) carries(ctx context.Context, in *table, employee string, from domain.Date) (map[domain.Date][]byte, error) {
	rows, known := t.hand.since(in, employee, from)
	if !known {
		if err := t.settle(ctx, in, employee); err != nil {
			return nil, err
		}
		var err error
		if rows, err = t.rows(ctx, carriesOf(in, employee).only("date >= $", int64(from))); err != nil {
			return nil, err
		}
	}
	out := make(map[domain.Date][]byte, len(rows))
	for _, r := range rows {
		out[domain.Date(r.keys[1].(int64))] = r.blobs[0]
	}
	return out, nil
}

// carriesOf selects what days of an employee hand over, by date.
func carriesOf(in *table, employee string) *choice {
	c := choose(in).of(employee)
	c.blobs, c.order = []int{1}, []string{"date"}
	return c
}

// Days implements daily.Reader. The carry is not read.
func (v *Views) Days(ctx context.Context, q daily.Query, yield func(daily.Row) error) error {
	c := choose(days).of(q.Employee).span(q.From, q.To)
	c.blobs = []int{0}
	return documents(ctx, v, c, yield)
}

// Shadows implements daily.ShadowReader. The carry is not read.
func (v *Views) Shadows(ctx context.Context, q daily.Query, yield func(daily.Shadow) error) error {
	c := choose(shadows).of(q.Employee).span(q.From, q.To)
	c.blobs = []int{0}
	return documents(ctx, v, c, yield)
}

// documents decodes the first blob of every row of a choice.
func documents[T any](ctx context.Context, v *Views, c *choice, yield func(T) error) error {
	return v.each(ctx, c, func(r row) error {
		var out T
		if err := jsonv2.Unmarshal(r.blobs[0], &out); err != nil {
			return fmt.Errorf("%s: decode a row of %s (the views can be rebuilt): %w", v.where, c.table.name, err)
		}
		return yield(out)
	})
}
