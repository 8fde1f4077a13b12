package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/rowmark"
)

// Days and shadows are in two tables of one shape: a day's result, and the carry that the next day starts from.

func (t *viewTx) ReplaceDays(ctx context.Context, employee string, from, to domain.Date, rows []daily.Row) error {
	if err := t.clearDays(ctx, "day", employee, from, to); err != nil {
		return err
	}
	for i := range rows {
		if err := t.putDay(ctx, "day", employee, rows[i].Date, &rows[i].Day, rows[i].Carry); err != nil {
			return err
		}
	}
	return nil
}

// ReplaceShadows implements daily.ShadowTx.
func (t *viewTx) ReplaceShadows(ctx context.Context, employee string, from, to domain.Date, rows []daily.Shadow) error {
	if err := t.clearDays(ctx, "shadow", employee, from, to); err != nil {
		return err
	}
	for i := range rows {
		if err := t.putDay(ctx, "shadow", employee, rows[i].Date, &rows[i], rows[i].Carry); err != nil {
			return err
		}
	}
	return nil
}

func (t *viewTx) clearDays(ctx context.Context, table, employee string, from, to domain.Date) error {
	return t.clear(ctx, table, "date", "CAST(substr(data, -8) || substr(carry, -8) AS BLOB)", employee, from, to)
}

func (t *viewTx) putDay(ctx context.Context, table, employee string, on domain.Date, row any, carry []byte) error {
	data, err := json.Marshal(row)
	if err != nil {
		return fmt.Errorf("encode the %s %s of %s: %w", table, on, employee, err)
	}
	date := int64(on)
	day, dayMark := marked(rowmark.Place(table, employee, date), data)
	carried, carryMark := marked(rowmark.Place(table+".carry", employee, date), carry)
	t.state.added(table, dayMark, carryMark)
	return t.exec(ctx, "INSERT INTO "+table+" VALUES (?, ?, ?, ?)", employee, date, day, carried)
}

func (t *viewTx) CarryBefore(ctx context.Context, employee string, date domain.Date) ([]byte, error) {
	return t.carryBefore(ctx, "day", employee, date)
}

// ShadowCarryBefore implements daily.ShadowTx.
func (t *viewTx) ShadowCarryBefore(ctx context.Context, employee string, date domain.Date) ([]byte, error) {
	return t.carryBefore(ctx, "shadow", employee, date)
}

func (t *viewTx) carryBefore(ctx context.Context, table, employee string, date domain.Date) ([]byte, error) {
	var on int64
	var blob []byte
	found, err := t.row(ctx, []any{&on, &blob}, "SELECT date, carry FROM "+table+" WHERE emp = ? AND date < ? ORDER BY date DESC LIMIT 1",
		employee, int64(date))
	if err != nil || !found {
		return nil, err
	}
	return t.content(blob, table+".carry", employee, on)
}

func (t *viewTx) Carries(ctx context.Context, employee string, from domain.Date) (out map[domain.Date][]byte, err error) {
	return t.carries(ctx, "day", employee, from)
}

// ShadowCarries implements daily.ShadowTx.
func (t *viewTx) ShadowCarries(ctx context.Context, employee string, from domain.Date) (out map[domain.Date][]byte, err error) {
	return t.carries(ctx, "shadow", employee, from)
}

func (t *viewTx) carries(ctx context.Context, table, employee string, from domain.Date) (out map[domain.Date][]byte, err error) {
	query := "SELECT date, carry FROM " + table + " WHERE emp = ? AND date >= ?"
	s, err := t.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(context.WithoutCancel(ctx), employee, int64(from))
	if err != nil {
		return nil, fmt.Errorf("read the carries of %s: %w", employee, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	out = map[domain.Date][]byte{}
	for rows.Next() {
		var date int64
		var blob []byte
		if err := rows.Scan(&date, &blob); err != nil {
			return nil, err
		}
		if out[domain.Date(date)], err = t.content(blob, table+".carry", employee, date); err != nil {
			return nil, err
		}
	}
	return out, rows.Err()
}

// Shadows implements daily.ShadowReader. The carry is not read.
func (v *Views) Shadows(ctx context.Context, q daily.Query, yield func(daily.Shadow) error) error {
	from, to := span(q.From, q.To)
	return each(ctx, v, yield, "shadow", `SELECT emp, date, data FROM shadow WHERE (?1 = '' OR emp = ?1) AND date BETWEEN ?2 AND ?3
ORDER BY emp, date`, q.Employee, from, to)
}
