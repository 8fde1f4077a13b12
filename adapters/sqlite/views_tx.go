package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/directory"
	"github.com/punchledger/punchledger/projections/payroll"
)

// viewTx is one transaction over the views; its statements are prepared once and end with it.
type viewTx struct {
	tx    *sql.Tx
	stmts map[string]*sql.Stmt
}

func (t *viewTx) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
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
	if _, err := s.ExecContext(ctx, args...); err != nil {
		return fmt.Errorf("%q: %w", query, err)
	}
	return nil
}

// bytes returns the one blob that a query finds, nil when it finds none.
func (t *viewTx) bytes(ctx context.Context, query string, args ...any) ([]byte, error) {
	s, err := t.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	var b []byte
	err = s.QueryRowContext(ctx, args...).Scan(&b)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%q: %w", query, err)
	}
	return b, nil
}

func (t *viewTx) strings(ctx context.Context, query string, args ...any) (out []string, err error) {
	s, err := t.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args...)
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
	return t.bytes(ctx, "SELECT data FROM fact WHERE emp = ? AND part = ?", employee, part)
}

func (t *viewTx) PutFact(ctx context.Context, employee, part string, data []byte) error {
	return t.exec(ctx, "INSERT OR REPLACE INTO fact VALUES (?, ?, ?)", employee, part, data)
}

func (t *viewTx) FactParts(ctx context.Context, employee, prefix string) ([]string, error) {
	return t.strings(ctx, "SELECT part FROM fact WHERE emp = ? AND part >= ? AND part < ? ORDER BY part", employee, prefix, prefix+"\x7f")
}

func (t *viewTx) Employees(ctx context.Context) ([]string, error) {
	return t.strings(ctx, "SELECT DISTINCT emp FROM fact WHERE emp <> '' ORDER BY emp")
}

func (t *viewTx) ReplaceDays(ctx context.Context, employee string, from, to domain.Date, rows []daily.Row) error {
	if err := t.exec(ctx, "DELETE FROM day WHERE emp = ? AND date BETWEEN ? AND ?", employee, int64(from), int64(to)); err != nil {
		return err
	}
	for i := range rows {
		data, err := json.Marshal(&rows[i].Day)
		if err != nil {
			return fmt.Errorf("encode the day %s of %s: %w", rows[i].Date, employee, err)
		}
		if err := t.exec(ctx, "INSERT INTO day VALUES (?, ?, ?, ?)", employee, int64(rows[i].Date), data, rows[i].Carry); err != nil {
			return err
		}
	}
	return nil
}

func (t *viewTx) CarryBefore(ctx context.Context, employee string, date domain.Date) ([]byte, error) {
	return t.bytes(ctx, "SELECT carry FROM day WHERE emp = ? AND date < ? ORDER BY date DESC LIMIT 1", employee, int64(date))
}

func (t *viewTx) Carries(ctx context.Context, employee string, from domain.Date) (out map[domain.Date][]byte, err error) {
	s, err := t.stmt(ctx, "SELECT date, carry FROM day WHERE emp = ? AND date >= ?")
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, employee, int64(from))
	if err != nil {
		return nil, fmt.Errorf("read the carries of %s: %w", employee, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	out = map[domain.Date][]byte{}
	for rows.Next() {
		var date int64
		var carry []byte
		if err := rows.Scan(&date, &carry); err != nil {
			return nil, err
		}
		out[domain.Date(date)] = carry
	}
	return out, rows.Err()
}

func (t *viewTx) ReplaceAnomalies(ctx context.Context, employee string, from, to domain.Date, rows []anomaly.Row) error {
	if err := t.exec(ctx, "DELETE FROM anomaly WHERE emp = ? AND date BETWEEN ? AND ?", employee, int64(from), int64(to)); err != nil {
		return err
	}
	for _, r := range rows {
		data, err := json.Marshal(r)
		if err != nil {
			return fmt.Errorf("encode an anomaly of %s: %w", employee, err)
		}
		if err := t.exec(ctx, "INSERT INTO anomaly VALUES (?, ?, ?, ?, ?)", r.Employee, int64(r.Date), r.ID, r.Of, data); err != nil {
			return err
		}
	}
	return nil
}

func (t *viewTx) ReplaceParts(ctx context.Context, employee string, from, to domain.Date, parts []payroll.Part) error {
	if err := t.exec(ctx, "DELETE FROM payroll_part WHERE emp = ? AND day BETWEEN ? AND ?", employee, int64(from), int64(to)); err != nil {
		return err
	}
	n, day := 0, domain.Date(0)
	for _, p := range parts {
		if p.Day != day {
			n, day = 0, p.Day
		}
		data, err := json.Marshal(p)
		if err != nil {
			return fmt.Errorf("encode a payroll row of %s: %w", employee, err)
		}
		if err := t.exec(ctx, "INSERT INTO payroll_part VALUES (?, ?, ?, ?, ?, ?)", employee, int64(p.Day), n, int64(p.Date), p.Code, data); err != nil {
			return err
		}
		n++
	}
	return nil
}

func (t *viewTx) Person(ctx context.Context, employee string) (directory.Person, bool, error) {
	var p directory.Person
	b, err := t.bytes(ctx, "SELECT data FROM person WHERE emp = ?", employee)
	if b == nil || err != nil {
		return p, false, err
	}
	return p, true, jsonv2.Unmarshal(b, &p)
}

func (t *viewTx) PutPerson(ctx context.Context, p directory.Person) error {
	data, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encode the person %s: %w", p.Employee, err)
	}
	return t.exec(ctx, "INSERT OR REPLACE INTO person VALUES (?, ?)", p.Employee, data)
}
