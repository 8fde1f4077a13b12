package postgres

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/punchledger/punchledger/domain"
)

// What a transaction writes is gathered, sent in one go, and sent before it is read. So an update costs few round trips, and rows
// that are replaced twice are written once.

// gathered is how many bytes a transaction gathers at most.
const gathered = 8 << 20

// copied is from how many rows on they are copied in bulk.
const copied = 200

// pending is what is to be done to one table: ranges that are emptied, single rows that are removed, and rows that are put.
type pending struct {
	table  *table
	cut    []span
	gone   [][]any // keys
	rows   map[string]row
	owners map[string]bool // of what is pending
}

// span is a range of an employee.
type span struct {
	emp      string
	from, to int64
}

func (p *pending) empty() bool { return len(p.cut) == 0 && len(p.gone) == 0 && len(p.rows) == 0 }

func identity(keys []any) string {
	var s strings.Builder
	for _, k := range keys {
		fmt.Fprint(&s, k, "\x00")
	}
	return s.String()
}

// pendingIn returns what is pending in a table.
func (t *viewTx) pendingIn(in *table) *pending {
	p := t.pending[in]
	if p == nil {
		p = &pending{table: in, rows: map[string]row{}, owners: map[string]bool{}}
		t.pending[in] = p
	}
	return p
}

// replace empties a range of an employee and puts rows there.
func (t *viewTx) replace(ctx context.Context, in *table, emp string, from, to domain.Date, rows []row) error {
	t.hand.let(in, emp)
	p := t.pendingIn(in)
	if p.owners[emp] {
		by := slices.IndexFunc(in.keys, func(c column) bool { return c.name == in.by })
		maps.DeleteFunc(p.rows, func(_ string, r row) bool {
			on := r.keys[by].(int64)
			return r.keys[0] == emp && on >= int64(from) && on <= int64(to)
		})
	}
	p.owners[emp] = true
	p.cut = append(p.cut, span{emp, int64(from), int64(to)})
	for _, r := range rows {
		t.hold(p, r)
	}
	return t.enough(ctx)
}

// put writes one row in the place of the one with its key.
func (t *viewTx) put(ctx context.Context, in *table, emp string, r row) error {
	t.hand.let(in, emp)
	p := t.pendingIn(in)
	p.owners[emp] = true
	t.hold(p, r)
	return t.enough(ctx)
}

// drop removes one row.
func (t *viewTx) drop(in *table, emp string, key ...any) {
	t.hand.let(in, emp)
	p := t.pendingIn(in)
	p.owners[emp] = true
	delete(p.rows, identity(key))
	p.gone = append(p.gone, key)
}

func (t *viewTx) hold(p *pending, r row) {
	p.rows[identity(r.keys[:p.table.unique])] = r
	for _, b := range r.blobs {
		t.bytes += len(b) + 64
	}
}

func (t *viewTx) enough(ctx context.Context) error {
	if t.bytes < gathered {
		return nil
	}
	return t.flush(ctx)
}

// settle sends what is pending where rows of an employee in a table are.
func (t *viewTx) settle(ctx context.Context, in *table, emp string) error {
	if p := t.pending[in]; p == nil || !p.owners[emp] {
		return nil
	}
	return t.flush(ctx)
}

// flush sends everything.
func (t *viewTx) flush(ctx context.Context) error {
	var all pgx.Batch
	var bulk []*pending
	for _, in := range tables {
		p := t.pending[in]
		if p == nil || p.empty() {
			continue
		}
		p.remove(&all)
		if in.by != "" && len(p.rows) >= copied {
			bulk = append(bulk, p)
		} else {
			p.insert(&all)
		}
	}
	t.pending, t.bytes = map[*table]*pending{}, 0
	if all.Len() > 0 {
		if err := t.tx.SendBatch(ctx, &all).Close(); err != nil {
			return t.views.wrap(ctx, "write rows", err)
		}
	}
	for _, p := range bulk {
		if err := p.copyInto(ctx, t.tx); err != nil {
			return t.views.wrap(ctx, "copy rows of "+p.table.name, err)
		}
	}
	return nil
}

// remove deletes what is cut or gone.
func (p *pending) remove(all *pgx.Batch) {
	if len(p.cut) > 0 {
		emps, from, to := make([]string, len(p.cut)), make([]int64, len(p.cut)), make([]int64, len(p.cut))
		for i, c := range p.cut {
			emps[i], from[i], to[i] = c.emp, c.from, c.to
		}
		all.Queue(fmt.Sprintf(`DELETE FROM %s AS t USING unnest($1::text[], $2::int8[], $3::int8[]) AS c (emp, lo, hi)
WHERE t.emp = c.emp AND t.%s BETWEEN c.lo::int4 AND c.hi::int4`, p.table.name, p.table.by), emps, from, to)
	}
	if len(p.gone) == 0 {
		return
	}
	arrays, types, same := make([]any, p.table.unique), make([]string, p.table.unique), make([]string, p.table.unique)
	for i, k := range p.table.keys[:p.table.unique] {
		arrays[i] = gather(p.gone, k.kind, func(key []any) any { return key[i] })
		types[i] = fmt.Sprintf("$%d::%s[]", i+1, k.kind)
		same[i] = fmt.Sprintf("t.%s = c.%[1]s", k.name)
	}
	all.Queue(fmt.Sprintf("DELETE FROM %s AS t USING unnest(%s) AS c (%s) WHERE %s", p.table.name, strings.Join(types, ", "),
		strings.Join(names(p.table.keys[:p.table.unique]), ", "), strings.Join(same, " AND ")), arrays...)
}

// sorted returns the rows in the order of their keys: processes that write the same rows do so in the same order.
func (p *pending) sorted() []row {
	out := slices.Collect(maps.Values(p.rows))
	slices.SortFunc(out, func(a, b row) int { return compare(a.keys, b.keys) })
	return out
}

func compare(a, b []any) int {
	for i := range a {
		c := 0
		if s, ok := a[i].(string); ok {
			c = strings.Compare(s, b[i].(string))
		} else {
			c = cmp.Compare(a[i].(int64), b[i].(int64))
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

// insert puts the rows by one statement.
func (p *pending) insert(all *pgx.Batch) {
	rows := p.sorted()
	if len(rows) == 0 {
		return
	}
	columns := p.table.columns()
	arrays, types, selected := make([]any, len(columns)), make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		arrays[i] = gather(rows, c.kind, func(r row) any { return p.table.value(r, i) })
		sent := c.kind
		if sent == jsonDoc {
			sent = text
		}
		types[i] = fmt.Sprintf("$%d::%s[]", i+1, sent)
		selected[i] = fmt.Sprintf("r.%s::%s", c.name, c.kind)
	}
	list := strings.Join(names(columns), ", ")
	q := fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM unnest(%s) AS r (%s)", p.table.name, list, strings.Join(selected, ", "),
		strings.Join(types, ", "), list)
	if p.table.by == "" {
		var set []string
		for _, c := range columns[p.table.unique:] {
			set = append(set, fmt.Sprintf("%s = excluded.%[1]s", c.name))
		}
		q += fmt.Sprintf(" ON CONFLICT (%s) DO UPDATE SET %s", strings.Join(names(columns[:p.table.unique]), ", "), strings.Join(set, ", "))
	}
	all.Queue(q, arrays...)
}

// copyInto puts the rows in bulk.
func (p *pending) copyInto(ctx context.Context, tx pgx.Tx) error {
	rows, columns := p.sorted(), p.table.columns()
	bare := names(columns)
	for i := range bare {
		bare[i] = strings.Trim(bare[i], `"`)
	}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{p.table.name}, bare, pgx.CopyFromSlice(len(rows), func(i int) ([]any, error) {
		values := make([]any, len(columns))
		for c := range columns {
			values[c] = p.table.value(rows[i], c)
		}
		return values, nil
	}))
	return err
}

// value returns what a row has in a column.
func (t *table) value(r row, column int) any {
	switch blob := column - len(t.keys); {
	case blob < 0:
		return r.keys[column]
	case blob == len(t.blobs):
		return t.marks(r)
	case t.blobs[blob].kind == jsonDoc:
		return string(r.blobs[blob])
	case r.blobs[blob] == nil:
		return []byte{}
	default:
		return r.blobs[blob]
	}
}

// gather makes an array of one value of each item.
func gather[T any](items []T, k kind, value func(T) any) any {
	switch k {
	case integer:
		return collect[T, int64](items, value)
	case binary:
		return collect[T, []byte](items, value)
	}
	return collect[T, string](items, value)
}

func collect[T, V any](items []T, value func(T) any) []V {
	out := make([]V, len(items))
	for i := range items {
		out[i] = value(items[i]).(V)
	}
	return out
}
