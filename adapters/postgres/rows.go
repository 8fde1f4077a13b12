package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/projections/directory"
	"github.com/punchledger/punchledger/projections/month"
	"github.com/punchledger/punchledger/projections/payroll"
	"github.com/punchledger/punchledger/projections/presence"
)

// ReplaceParts implements payroll.Tx.
func (t *viewTx) ReplaceParts(ctx context.Context, employee string, from, to domain.Date, list []payroll.Part) error {
	rows := make([]row, len(list))
	n, day := int64(0), domain.Date(0)
	for i := range list {
		p := &list[i]
		if p.Day != day {
			n, day = 0, p.Day
		}
		data, err := json.Marshal(p)
		if err != nil {
			return fmt.Errorf("encode a payroll row of %s: %w", employee, err)
		}
		rows[i] = row{[]any{employee, int64(p.Day), n, int64(p.Date), p.Code}, [][]byte{data}}
		n++
	}
	return t.replace(ctx, parts, employee, from, to, rows)
}

// Parts implements payroll.Reader.
func (v *Views) Parts(ctx context.Context, q payroll.Query, yield func(payroll.Part) error) error {
	c := choose(parts).of(q.Employee).span(q.From, q.To)
	if q.After != "" {
		c.only("emp >= $", q.After)
	}
	c.order = []string{"emp", "date", "code", "day", "n"}
	return documents(ctx, v, c, yield)
}

// ReplaceCells implements month.Tx: the cells of a month are one packed blob.
func (t *viewTx) ReplaceCells(ctx context.Context, employee string, from, to domain.Date, list []month.Cell) error {
	stored, err := t.storedCells(ctx, employee, from, to)
	if err != nil {
		return err
	}
	changed, err := month.Repack(stored, from, to, list)
	if err != nil {
		return fmt.Errorf("cells of %s: %w", employee, err)
	}
	for _, m := range changed {
		if len(m.Packed) == 0 {
			t.drop(cells, employee, int64(m.First), employee)
			continue
		}
		if err := t.put(ctx, cells, employee, row{[]any{int64(m.First), employee}, [][]byte{m.Packed}}); err != nil {
			return err
		}
	}
	return nil
}

// storedCells returns the packed months of an employee that touch a range of dates.
func (t *viewTx) storedCells(ctx context.Context, employee string, from, to domain.Date) (map[domain.Date][]byte, error) {
	first := max(from, 1).MonthStart()
	rows, known := t.hand.since(cells, employee, first)
	if !known {
		if err := t.settle(ctx, cells, employee); err != nil {
			return nil, err
		}
		var err error
		if rows, err = t.rows(ctx, choose(cells).of(employee).only("month >= $", int64(first))); err != nil {
			return nil, err
		}
	}
	out := make(map[domain.Date][]byte, len(rows))
	for _, r := range rows {
		if month := domain.Date(r.keys[0].(int64)); month <= to {
			out[month] = r.blobs[0]
		}
	}
	return out, nil
}

// Months implements month.Reader.
func (v *Views) Months(ctx context.Context, q month.Query, yield func(month.Person) error) error {
	first := q.Month.MonthStart()
	c := choose(cells).only("month = $", int64(first)).of(q.Of)
	if q.After != "" {
		c.only("emp > $", q.After)
	}
	words, n := map[string]string{}, 0
	err := v.each(ctx, c, func(r row) error {
		employee := r.keys[1].(string)
		if q.Only != nil && !q.Only(employee) {
			return nil
		}
		unpacked, err := month.Unpack(r.blobs[0], first, words)
		if err != nil {
			return fmt.Errorf("%s: the month %s of %s (the views can be rebuilt): %w", v.where, first, employee, err)
		}
		if err := yield(month.Person{Employee: employee, Cells: unpacked, Sums: month.Sum(unpacked)}); err != nil {
			return err
		}
		if n++; n == q.Limit {
			return errEnough
		}
		return nil
	})
	if err == errEnough { //nolint:errorlint // it is ours, and nobody else's that wraps it
		return nil
	}
	return err
}

// PutPresence implements presence.Tx.
func (t *viewTx) PutPresence(ctx context.Context, r presence.Row) error {
	return t.put(ctx, presences, r.Employee, row{[]any{r.Employee}, [][]byte{presence.Pack(&r)}})
}

// Presences implements presence.Reader.
func (v *Views) Presences(ctx context.Context, employee string, yield func(presence.Row) error) error {
	words := map[string]string{}
	return v.each(ctx, choose(presences).of(employee), func(r row) error {
		out, err := presence.Unpack(r.blobs[0], r.keys[0].(string), words)
		if err != nil {
			return fmt.Errorf("%s: %s (the views can be rebuilt): %w", v.where, r.keys[0], err)
		}
		return yield(out)
	})
}

// Person implements directory.Tx.
func (t *viewTx) Person(ctx context.Context, employee string) (p directory.Person, found bool, err error) {
	found, err = t.document(ctx, &p, people, employee)
	return p, found, err
}

// PutPerson implements directory.Tx.
func (t *viewTx) PutPerson(ctx context.Context, p directory.Person) error {
	return t.putDocument(ctx, people, p.Employee, &p, p.Employee)
}

// People implements directory.Reader.
func (v *Views) People(ctx context.Context, yield func(directory.Person) error) error {
	return documents(ctx, v, choose(people), yield)
}
