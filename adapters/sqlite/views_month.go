package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/projections/month"
	"github.com/punchledger/punchledger/projections/rowmark"
)

// ReplaceCells implements month.Tx: the cells of a month are one packed blob.
func (t *viewTx) ReplaceCells(ctx context.Context, employee string, from, to domain.Date, cells []month.Cell) error {
	stored, err := t.storedCells(ctx, employee, from, to)
	if err != nil {
		return err
	}
	changed, err := month.Repack(stored, from, to, cells)
	if err != nil {
		return fmt.Errorf("cells of %s: %w", employee, err)
	}
	for _, m := range changed {
		if err := t.putCells(ctx, employee, m.First, m.Packed); err != nil {
			return err
		}
	}
	return nil
}

// storedCells returns the packed months of an employee that touch a range of dates.
func (t *viewTx) storedCells(ctx context.Context, employee string, from, to domain.Date) (out map[domain.Date][]byte, err error) {
	s, err := t.stmt(ctx, "SELECT month, data FROM month_cells INDEXED BY month_cells_emp WHERE emp = ? AND month BETWEEN ? AND ?")
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(context.WithoutCancel(ctx), employee, int64(max(from, 1).MonthStart()), int64(to))
	if err != nil {
		return nil, fmt.Errorf("read the months of %s: %w", employee, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	out = map[domain.Date][]byte{}
	for rows.Next() {
		var first int64
		var blob []byte
		if err := rows.Scan(&first, &blob); err != nil {
			return nil, err
		}
		if out[domain.Date(first)], err = t.content(blob, "month_cells", first, employee); err != nil {
			return nil, err
		}
	}
	return out, rows.Err()
}

// putCells stores a packed month, or removes one that has no cells left.
func (t *viewTx) putCells(ctx context.Context, employee string, first domain.Date, packed []byte) error {
	const where = " FROM month_cells WHERE month = ? AND emp = ?"
	if _, err := t.forget(ctx, "month_cells", "SELECT substr(data, -8)"+where, int64(first), employee); err != nil {
		return err
	}
	if len(packed) == 0 {
		return t.exec(ctx, "DELETE"+where, int64(first), employee)
	}
	blob, mark := marked(rowmark.Place("month_cells", int64(first), employee), packed)
	t.state.added("month_cells", mark)
	return t.exec(ctx, "INSERT OR REPLACE INTO month_cells VALUES (?, ?, ?)", int64(first), employee, blob)
}

// Months implements month.Reader.
func (v *Views) Months(ctx context.Context, q month.Query, yield func(month.Person) error) (err error) {
	first := q.Month.MonthStart()
	const query = "SELECT emp, data FROM month_cells WHERE month = ?1 AND emp > ?2 AND (?3 = '' OR emp = ?3) ORDER BY emp"
	rows, err := v.from.QueryContext(ctx, query, int64(first), q.After, q.Of)
	if err != nil {
		return v.damaged(fmt.Errorf("%q: %w", query, err))
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	words := map[string]string{}
	var employee string
	var blob sql.RawBytes
	for n := 0; (q.Limit == 0 || n < q.Limit) && rows.Next(); {
		if err := rows.Scan(&employee, &blob); err != nil {
			return v.damaged(err)
		}
		if q.Only != nil && !q.Only(employee) {
			continue
		}
		data, ok := unmarked(rowmark.Place("month_cells", int64(first), employee), blob)
		if !ok {
			return badRow(v.path, "month_cells", int64(first), employee)
		}
		cells, err := month.Unpack(data, first, words)
		if err != nil {
			return fmt.Errorf("the month %s of %s (the views can be rebuilt): %w", first, employee, err)
		}
		n++
		if err := yield(month.Person{Employee: employee, Cells: cells, Sums: month.Sum(cells)}); err != nil {
			return err
		}
	}
	return v.damaged(rows.Err())
}
