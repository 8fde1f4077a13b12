package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/projections/anomaly"
)

// Anomalies are in two tables of one shape: those that are there, and those that were resolved.

// ReplaceAnomalies implements anomaly.Tx.
func (t *viewTx) ReplaceAnomalies(ctx context.Context, employee string, from, to domain.Date, rows []anomaly.Row) error {
	return t.replaceAnomalies(ctx, anomalies, employee, from, to, rows)
}

// ReplaceResolved implements anomaly.Tx.
func (t *viewTx) ReplaceResolved(ctx context.Context, employee string, from, to domain.Date, rows []anomaly.Row) error {
	return t.replaceAnomalies(ctx, resolved, employee, from, to, rows)
}

func (t *viewTx) replaceAnomalies(ctx context.Context, in *table, employee string, from, to domain.Date, list []anomaly.Row) error {
	rows := make([]row, len(list))
	for i := range list {
		a := &list[i]
		data, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("encode an anomaly of %s: %w", employee, err)
		}
		about, err := json.Marshal(a.About)
		if err != nil {
			return fmt.Errorf("encode what an anomaly of %s is about: %w", employee, err)
		}
		rows[i] = row{[]any{employee, int64(a.Date), a.ID, a.Of}, [][]byte{data, about}}
	}
	return t.replace(ctx, in, employee, from, to, rows)
}

// Anomalies implements anomaly.Reader.
func (v *Views) Anomalies(ctx context.Context, q anomaly.Query, yield func(anomaly.Row) error) error {
	return v.anomalies(ctx, anomalies, q, yield)
}

// ResolvedAnomalies implements anomaly.PastReader.
func (v *Views) ResolvedAnomalies(ctx context.Context, q anomaly.Query, yield func(anomaly.Row) error) error {
	return v.anomalies(ctx, resolved, q, yield)
}

func (v *Views) anomalies(ctx context.Context, in *table, q anomaly.Query, yield func(anomaly.Row) error) error {
	c := choose(in).of(q.Employee).span(q.From, q.To)
	if q.ID != "" {
		c.only("id = $", q.ID)
	}
	return v.each(ctx, c, func(r row) error {
		var out anomaly.Row
		err := jsonv2.Unmarshal(r.blobs[0], &out)
		if err == nil {
			err = jsonv2.Unmarshal(r.blobs[1], &out.About)
		}
		if err != nil {
			return fmt.Errorf("%s: decode a row of %s (the views can be rebuilt): %w", v.where, in.name, err)
		}
		return yield(out)
	})
}
