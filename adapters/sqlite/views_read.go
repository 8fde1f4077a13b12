package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/directory"
	"github.com/punchledger/punchledger/projections/payroll"
)

// span makes an open end of a query reach all dates.
func span(from, to domain.Date) (int64, int64) {
	if to.IsZero() {
		return int64(from), math.MaxInt32
	}
	return int64(from), int64(to)
}

// each decodes the one blob column of every row of a query.
func each[T any](ctx context.Context, v *Views, yield func(T) error, query string, args ...any) (err error) {
	rows, err := v.read.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("%q: %w", query, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var data []byte
		if err := rows.Scan(&data); err != nil {
			return err
		}
		var row T
		if err := jsonv2.Unmarshal(data, &row); err != nil {
			return fmt.Errorf("decode a row of the views (they can be rebuilt): %w", err)
		}
		if err := yield(row); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Days implements daily.Reader. The carry is not read.
func (v *Views) Days(ctx context.Context, q daily.Query, yield func(daily.Row) error) error {
	from, to := span(q.From, q.To)
	return each(ctx, v, yield, "SELECT data FROM day WHERE (?1 = '' OR emp = ?1) AND date BETWEEN ?2 AND ?3 ORDER BY emp, date", q.Employee, from, to)
}

// Anomalies implements anomaly.Reader.
func (v *Views) Anomalies(ctx context.Context, q anomaly.Query, yield func(anomaly.Row) error) error {
	from, to := span(q.From, q.To)
	return each(ctx, v, yield, `SELECT data FROM anomaly WHERE (?1 = '' OR emp = ?1) AND date BETWEEN ?2 AND ?3 AND (?4 = '' OR id = ?4)
ORDER BY emp, date, id, of`, q.Employee, from, to, q.ID)
}

// Parts implements payroll.Reader.
func (v *Views) Parts(ctx context.Context, q payroll.Query, yield func(payroll.Part) error) error {
	from, to := span(q.From, q.To)
	return each(ctx, v, yield, `SELECT data FROM payroll_part WHERE (?1 = '' OR emp = ?1) AND date BETWEEN ?2 AND ?3
ORDER BY emp, date, code, day, n`, q.Employee, from, to)
}

// People implements directory.Reader.
func (v *Views) People(ctx context.Context, yield func(directory.Person) error) error {
	return each(ctx, v, yield, "SELECT data FROM person ORDER BY emp")
}
