package sqlite

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/directory"
	"github.com/punchledger/punchledger/projections/payroll"
	"github.com/punchledger/punchledger/projections/rowmark"
)

// span makes an open end of a query reach all dates.
func span(from, to domain.Date) (int64, int64) {
	if to.IsZero() {
		return int64(from), math.MaxInt32
	}
	return int64(from), int64(to)
}

// each decodes the marked blob of every row of a query, which selects the key of the rows of a table and, last, the blob.
func each[T any](ctx context.Context, v *Views, yield func(T) error, table, query string, args ...any) (err error) {
	rows, err := v.from.QueryContext(ctx, query, args...)
	if err != nil {
		return v.damaged(fmt.Errorf("%q: %w", query, err))
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	key := make([]any, len(columns)-1)
	var blob []byte
	dest := make([]any, 0, len(columns))
	for i := range key {
		dest = append(dest, &key[i])
	}
	dest = append(dest, &blob)
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return v.damaged(err)
		}
		data, ok := unmarked(rowmark.Place(table, key...), blob)
		if !ok {
			return badRow(v.path, table, key...)
		}
		var row T
		if err := jsonv2.Unmarshal(data, &row); err != nil {
			return fmt.Errorf("decode a row of %s (the views can be rebuilt): %w", table, err)
		}
		if err := yield(row); err != nil {
			return err
		}
	}
	return v.damaged(rows.Err())
}

// Days implements daily.Reader. The carry is not read.
func (v *Views) Days(ctx context.Context, q daily.Query, yield func(daily.Row) error) error {
	from, to := span(q.From, q.To)
	return each(ctx, v, yield, "day", `SELECT emp, date, data FROM day WHERE (?1 = '' OR emp = ?1) AND date BETWEEN ?2 AND ?3
ORDER BY emp, date`, q.Employee, from, to)
}

// Parts implements payroll.Reader.
func (v *Views) Parts(ctx context.Context, q payroll.Query, yield func(payroll.Part) error) error {
	from, to := span(q.From, q.To)
	return each(ctx, v, yield, "payroll_part", `SELECT emp, day, n, date, code, data FROM payroll_part
WHERE emp >= ?4 AND (?1 = '' OR emp = ?1) AND date BETWEEN ?2 AND ?3
ORDER BY emp, date, code, day, n`, q.Employee, from, to, cmp.Or(q.Employee, q.After))
}

// People implements directory.Reader.
func (v *Views) People(ctx context.Context, yield func(directory.Person) error) error {
	return each(ctx, v, yield, "person", "SELECT emp, data FROM person ORDER BY emp")
}
