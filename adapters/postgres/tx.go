package postgres

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/projections"
)

// anyShard is the shard of a transaction that is about everybody.
const anyShard = -1

// viewTx is one transaction over the views. Facts of everybody are kept by each shard for itself: shards are at different places in
// the log, and each evaluates by what governed there.
type viewTx struct {
	views   *Views
	tx      pgx.Tx
	shard   int
	pending map[*table]*pending
	bytes   int
	hand    hand
}

func newViewTx(v *Views, tx pgx.Tx, shard int) *viewTx {
	return &viewTx{views: v, tx: tx, shard: shard, pending: map[*table]*pending{}}
}

// rows reads all rows of a choice.
func (t *viewTx) rows(ctx context.Context, c *choice) (out []row, err error) {
	query, args := c.query(nil, 0)
	rows, err := t.tx.Query(ctx, query, args...)
	if err != nil {
		return nil, t.views.wrap(ctx, c.table.name, err)
	}
	return t.collect(ctx, c, rows)
}

// collect reads the rows of a choice that were asked for.
func (t *viewTx) collect(ctx context.Context, c *choice, rows pgx.Rows) (out []row, err error) {
	defer rows.Close()
	for rows.Next() {
		r, err := c.table.read(rows, t.views.where, c.blobs)
		if err != nil {
			return nil, t.views.wrap(ctx, c.table.name, err)
		}
		out = append(out, r)
	}
	return out, t.views.wrap(ctx, c.table.name, rows.Err())
}

// one reads the row with a key, also one that is pending.
func (t *viewTx) one(ctx context.Context, in *table, key ...any) (row, bool, error) {
	if p := t.pending[in]; p != nil {
		if r, ok := p.rows[identity(key)]; ok {
			return r, true, nil
		}
		if slices.ContainsFunc(p.gone, func(k []any) bool { return compare(k, key) == 0 }) {
			return row{}, false, nil
		}
	}
	c := choose(in)
	for i, k := range key {
		c.only(in.keys[i].name+" = $", k)
	}
	rows, err := t.rows(ctx, c)
	if err != nil || len(rows) == 0 {
		return row{}, false, err
	}
	return rows[0], true, nil
}

// home is the shard whose facts of an employee, or of everybody, are read and written.
func (t *viewTx) home(employee string) int64 {
	if employee == "" {
		return int64(max(t.shard, 0))
	}
	return int64(projections.ShardOf(employee, t.views.shards))
}

// Fact implements facts.Tx.
func (t *viewTx) Fact(ctx context.Context, employee, part string) ([]byte, error) {
	if t.hand.has(employee) {
		return t.hand.parts[part], nil
	}
	r, found, err := t.one(ctx, facts, t.home(employee), employee, part)
	if err != nil || !found {
		return nil, err
	}
	return r.blobs[0], nil
}

// PutFact implements facts.Tx.
func (t *viewTx) PutFact(ctx context.Context, employee, part string, data []byte) error {
	if t.hand.has(employee) {
		t.hand.parts[part] = data
	}
	return t.put(ctx, facts, employee, row{[]any{t.home(employee), employee, part}, [][]byte{data}})
}

// FactParts implements facts.Tx.
func (t *viewTx) FactParts(ctx context.Context, employee, prefix string) (out []string, err error) {
	if err := t.fetch(ctx, employee); err != nil {
		return nil, err
	}
	for _, part := range slices.Sorted(maps.Keys(t.hand.parts)) {
		if strings.HasPrefix(part, prefix) {
			out = append(out, part)
		}
	}
	return out, nil
}

// PartsExcept implements facts.Tx.
func (t *viewTx) PartsExcept(ctx context.Context, employee, from, to string, yield func(string, []byte) error) error {
	if err := t.fetch(ctx, employee); err != nil {
		return err
	}
	all := t.hand.parts
	for _, part := range slices.Sorted(maps.Keys(all)) {
		if part >= from && part < to {
			continue
		}
		if err := yield(part, all[part]); err != nil {
			return err
		}
	}
	return nil
}

// Employees implements facts.Tx: those of the transaction's shard.
func (t *viewTx) Employees(ctx context.Context) ([]string, error) {
	if err := t.flush(ctx); err != nil {
		return nil, err
	}
	query, args := "SELECT DISTINCT emp FROM fact WHERE emp <> '' ORDER BY emp", []any{}
	if t.shard != anyShard {
		query, args = "SELECT DISTINCT emp FROM fact WHERE shard = $1 AND emp <> '' ORDER BY emp", []any{t.shard}
	}
	rows, err := t.tx.Query(ctx, query, args...)
	if err != nil {
		return nil, t.views.wrap(ctx, "list the employees", err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	return out, t.views.wrap(ctx, "list the employees", err)
}

// span makes an open end of a query reach all dates.
func (c *choice) span(from, to domain.Date) *choice {
	if from > 0 {
		c.only("date >= $", int64(from))
	}
	if to > 0 {
		c.only("date <= $", int64(to))
	}
	return c
}

// of selects rows of one employee; an empty one selects all.
func (c *choice) of(employee string) *choice {
	if employee != "" {
		c.only("emp = $", employee)
	}
	return c
}
