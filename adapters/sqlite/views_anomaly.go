package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/rowmark"
)

// Anomalies are in two tables of one shape: those that are there, and those that were resolved.

func (t *viewTx) ReplaceAnomalies(ctx context.Context, employee string, from, to domain.Date, rows []anomaly.Row) error {
	return t.replaceAnomalies(ctx, "anomaly", employee, from, to, rows)
}

func (t *viewTx) ReplaceResolved(ctx context.Context, employee string, from, to domain.Date, rows []anomaly.Row) error {
	return t.replaceAnomalies(ctx, "resolved", employee, from, to, rows)
}

func (t *viewTx) replaceAnomalies(ctx context.Context, table, employee string, from, to domain.Date, rows []anomaly.Row) error {
	const marks = "CAST(substr(data, -8) || substr(about, -8) AS BLOB)"
	if err := t.clear(ctx, table, "date", marks, employee, from, to); err != nil {
		return err
	}
	for i := range rows {
		r := &rows[i]
		data, err := json.Marshal(r)
		if err != nil {
			return fmt.Errorf("encode an anomaly of %s: %w", employee, err)
		}
		about, err := json.Marshal(r.About)
		if err != nil {
			return fmt.Errorf("encode what an anomaly of %s is about: %w", employee, err)
		}
		key := []any{r.Employee, int64(r.Date), r.ID, r.Of}
		dataBlob, dataMark := marked(rowmark.Place(table, key...), data)
		aboutBlob, aboutMark := marked(rowmark.Place(table+".about", key...), about)
		t.state.added(table, dataMark, aboutMark)
		if err := t.exec(ctx, "INSERT INTO "+table+" VALUES (?, ?, ?, ?, ?, ?)", append(key, dataBlob, aboutBlob)...); err != nil {
			return err
		}
	}
	return nil
}

// Anomalies implements anomaly.Reader.
func (v *Views) Anomalies(ctx context.Context, q anomaly.Query, yield func(anomaly.Row) error) error {
	return v.anomalies(ctx, "anomaly", q, yield)
}

// ResolvedAnomalies implements anomaly.PastReader.
func (v *Views) ResolvedAnomalies(ctx context.Context, q anomaly.Query, yield func(anomaly.Row) error) error {
	return v.anomalies(ctx, "resolved", q, yield)
}

func (v *Views) anomalies(ctx context.Context, table string, q anomaly.Query, yield func(anomaly.Row) error) (err error) {
	from, to := span(q.From, q.To)
	query := "SELECT emp, date, id, of, data, about FROM " + table + `
WHERE (?1 = '' OR emp = ?1) AND date BETWEEN ?2 AND ?3 AND (?4 = '' OR id = ?4)
ORDER BY emp, date, id, of`
	rows, err := v.from.QueryContext(ctx, query, q.Employee, from, to, q.ID)
	if err != nil {
		return v.damaged(fmt.Errorf("%q: %w", query, err))
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	key := make([]any, 4)
	var data, about []byte
	for rows.Next() {
		if err := rows.Scan(&key[0], &key[1], &key[2], &key[3], &data, &about); err != nil {
			return v.damaged(err)
		}
		row, err := v.anomalyOf(table, key, data, about)
		if err != nil {
			return err
		}
		if err := yield(row); err != nil {
			return err
		}
	}
	return v.damaged(rows.Err())
}

func (v *Views) anomalyOf(table string, key []any, data, about []byte) (row anomaly.Row, err error) {
	for _, part := range []struct {
		place string
		blob  []byte
		into  any
	}{{table, data, &row}, {table + ".about", about, &row.About}} {
		content, ok := unmarked(rowmark.Place(part.place, key...), part.blob)
		if !ok {
			return row, badRow(v.path, table, key...)
		}
		if err := jsonv2.Unmarshal(content, part.into); err != nil {
			return row, fmt.Errorf("decode a row of %s (the views can be rebuilt): %w", table, err)
		}
	}
	return row, nil
}
