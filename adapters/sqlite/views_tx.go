package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/projections/directory"
	"github.com/punchledger/punchledger/projections/payroll"
	"github.com/punchledger/punchledger/projections/rowmark"
)

// viewTx is one transaction over the views; its statements are prepared once and end with it. State follows what it writes.
type viewTx struct {
	path  string
	tx    *sql.Tx
	stmts map[string]*sql.Stmt
	state *viewState
}

func (v *Views) transaction(tx *sql.Tx, state *viewState) *viewTx {
	return &viewTx{path: v.path, tx: tx, stmts: map[string]*sql.Stmt{}, state: state}
}

// stmt returns a statement of the transaction, or the context's error. Statements are short and run to their end: they are given a
// context that is never done, as the driver starts a goroutine for each one that could be interrupted, which costs more than it does.
func (t *viewTx) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s, ok := t.stmts[query]; ok {
		return s, nil
	}
	s, err := t.tx.PrepareContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("prepare %q: %w", query, err)
	}
	t.stmts[query] = s
	return s, nil
}

func (t *viewTx) exec(ctx context.Context, query string, args ...any) error {
	s, err := t.stmt(ctx, query)
	if err != nil {
		return err
	}
	if _, err := s.ExecContext(context.WithoutCancel(ctx), args...); err != nil {
		return fmt.Errorf("%q: %w", query, err)
	}
	return nil
}

// row reads the first row of a query into dest and reports whether there is one.
func (t *viewTx) row(ctx context.Context, dest []any, query string, args ...any) (bool, error) {
	s, err := t.stmt(ctx, query)
	if err != nil {
		return false, err
	}
	err = s.QueryRowContext(context.WithoutCancel(ctx), args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%q: %w", query, err)
	}
	return true, nil
}

// content returns what a blob of a row holds.
func (t *viewTx) content(blob []byte, table string, key ...any) ([]byte, error) {
	data, ok := unmarked(rowmark.Place(table, key...), blob)
	if !ok {
		return nil, badRow(t.path, table, key...)
	}
	return data, nil
}

// forget takes the rows that a query selects by their marks out of the tally of a table, and reports whether there are any.
func (t *viewTx) forget(ctx context.Context, table, query string, args ...any) (found bool, err error) {
	s, err := t.stmt(ctx, query)
	if err != nil {
		return false, err
	}
	rows, err := s.QueryContext(context.WithoutCancel(ctx), args...)
	if err != nil {
		return false, fmt.Errorf("%q: %w", query, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var marks sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&marks); err != nil {
			return false, err
		}
		if len(marks)%markBytes != 0 || len(marks) == 0 {
			return false, &DamagedError{t.path, viewsKind, "a row of " + table + " has no mark"}
		}
		each := make([]uint64, 0, 2)
		for m := marks; len(m) > 0; m = m[markBytes:] {
			each = append(each, binary.BigEndian.Uint64(m))
		}
		t.state.removed(table, each...)
		found = true
	}
	return found, rows.Err()
}

func (t *viewTx) strings(ctx context.Context, query string, args ...any) (out []string, err error) {
	s, err := t.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(context.WithoutCancel(ctx), args...)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", query, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var v string
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

func (t *viewTx) Fact(ctx context.Context, employee, part string) ([]byte, error) {
	var blob []byte
	found, err := t.row(ctx, []any{&blob}, "SELECT data FROM fact WHERE emp = ? AND part = ?", employee, part)
	if err != nil || !found {
		return nil, err
	}
	return t.content(blob, "fact", employee, part)
}

func (t *viewTx) PutFact(ctx context.Context, employee, part string, data []byte) error {
	if _, err := t.forget(ctx, "fact", "SELECT substr(data, -8) FROM fact WHERE emp = ? AND part = ?", employee, part); err != nil {
		return err
	}
	blob, mark := marked(rowmark.Place("fact", employee, part), data)
	t.state.added("fact", mark)
	return t.exec(ctx, "INSERT OR REPLACE INTO fact VALUES (?, ?, ?)", employee, part, blob)
}

func (t *viewTx) FactParts(ctx context.Context, employee, prefix string) ([]string, error) {
	return t.strings(ctx, "SELECT part FROM fact WHERE emp = ? AND part >= ? AND part < ? ORDER BY part", employee, prefix, prefix+"\x7f")
}

func (t *viewTx) PartsExcept(ctx context.Context, employee, from, to string, yield func(string, []byte) error) (err error) {
	s, err := t.stmt(ctx, "SELECT part, data FROM fact WHERE emp = ? AND (part < ? OR part >= ?) ORDER BY part")
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(ctx, employee, from, to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	var blob sql.RawBytes
	for rows.Next() {
		var part string
		if err := rows.Scan(&part, &blob); err != nil {
			return err
		}
		data, err := t.content(blob, "fact", employee, part)
		if err != nil {
			return err
		}
		if err := yield(part, data); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (t *viewTx) Employees(ctx context.Context) ([]string, error) {
	return t.strings(ctx, "SELECT DISTINCT emp FROM fact WHERE emp <> '' ORDER BY emp")
}

// clear removes the rows of an employee whose column lies between two dates.
func (t *viewTx) clear(ctx context.Context, table, column, marks, employee string, from, to domain.Date) error {
	where := fmt.Sprintf(" FROM %s WHERE emp = ? AND %s BETWEEN ? AND ?", table, column)
	found, err := t.forget(ctx, table, "SELECT "+marks+where, employee, int64(from), int64(to))
	if err != nil || !found {
		return err
	}
	return t.exec(ctx, "DELETE"+where, employee, int64(from), int64(to))
}

func (t *viewTx) ReplaceParts(ctx context.Context, employee string, from, to domain.Date, parts []payroll.Part) error {
	if err := t.clear(ctx, "payroll_part", "day", "substr(data, -8)", employee, from, to); err != nil {
		return err
	}
	n, day := int64(0), domain.Date(0)
	for _, p := range parts {
		if p.Day != day {
			n, day = 0, p.Day
		}
		data, err := json.Marshal(p)
		if err != nil {
			return fmt.Errorf("encode a payroll row of %s: %w", employee, err)
		}
		blob, mark := marked(rowmark.Place("payroll_part", employee, int64(p.Day), n, int64(p.Date), p.Code), data)
		t.state.added("payroll_part", mark)
		if err := t.exec(ctx, "INSERT INTO payroll_part VALUES (?, ?, ?, ?, ?, ?)", employee, int64(p.Day), n, int64(p.Date), p.Code, blob); err != nil {
			return err
		}
		n++
	}
	return nil
}

func (t *viewTx) Person(ctx context.Context, employee string) (directory.Person, bool, error) {
	var p directory.Person
	var blob []byte
	found, err := t.row(ctx, []any{&blob}, "SELECT data FROM person WHERE emp = ?", employee)
	if err != nil || !found {
		return p, false, err
	}
	data, err := t.content(blob, "person", employee)
	if err != nil {
		return p, false, err
	}
	return p, true, jsonv2.Unmarshal(data, &p)
}

func (t *viewTx) PutPerson(ctx context.Context, p directory.Person) error {
	if _, err := t.forget(ctx, "person", "SELECT substr(data, -8) FROM person WHERE emp = ?", p.Employee); err != nil {
		return err
	}
	data, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encode the person %s: %w", p.Employee, err)
	}
	blob, mark := marked(rowmark.Place("person", p.Employee), data)
	t.state.added("person", mark)
	return t.exec(ctx, "INSERT OR REPLACE INTO person VALUES (?, ?)", p.Employee, blob)
}
