package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/punchledger/punchledger/projections/presence"
	"github.com/punchledger/punchledger/projections/rowmark"
)

// PutPresence implements presence.Tx.
func (t *viewTx) PutPresence(ctx context.Context, r presence.Row) error {
	if _, err := t.forget(ctx, "presence", "SELECT substr(data, -8) FROM presence WHERE emp = ?", r.Employee); err != nil {
		return err
	}
	blob, mark := marked(rowmark.Place("presence", r.Employee), presence.Pack(&r))
	t.state.added("presence", mark)
	return t.exec(ctx, "INSERT OR REPLACE INTO presence VALUES (?, ?)", r.Employee, blob)
}

// Presences implements presence.Reader.
func (v *Views) Presences(ctx context.Context, employee string, yield func(presence.Row) error) (err error) {
	rows, err := v.from.QueryContext(ctx, "SELECT emp, data FROM presence WHERE (?1 = '' OR emp = ?1) ORDER BY emp", employee)
	if err != nil {
		return v.damaged(fmt.Errorf("read who is in: %w", err))
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	words := map[string]string{}
	var emp string
	var blob sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&emp, &blob); err != nil {
			return v.damaged(err)
		}
		data, ok := unmarked(rowmark.Place("presence", emp), blob)
		if !ok {
			return badRow(v.path, "presence", emp)
		}
		r, err := presence.Unpack(data, emp, words)
		if err != nil {
			return fmt.Errorf("%s (the views can be rebuilt): %w", emp, err)
		}
		if err := yield(r); err != nil {
			return err
		}
	}
	return v.damaged(rows.Err())
}
