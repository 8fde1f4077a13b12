package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/punchledger/punchledger/projections/rowmark"
)

// kind is the type of a column. Keys are texts and integers; what rows hold is JSON where SQL may ask for it, else bytes.
type kind string

const (
	text    kind = "text"
	integer kind = "int4"
	binary  kind = "bytea"
	jsonDoc kind = "json"
)

type column struct {
	name string
	kind kind
}

// table is a table of rows: its key, what else rows are found by, and the blobs that they hold, each of which has a mark.
type table struct {
	name   string
	keys   []column
	unique int    // so many of the keys tell rows apart
	by     string // the key of whose values whole ranges are replaced; none: single rows are
	blobs  []column
}

var tables = []*table{facts, days, shadows, anomalies, resolved, parts, cells, presences, requests, waiting, people}

var (
	facts     = &table{"fact", []column{{"shard", integer}, {"emp", text}, {"part", text}}, 3, "", []column{{"data", binary}}}
	days      = &table{"day", []column{{"emp", text}, {"date", integer}}, 2, "date", []column{{"data", jsonDoc}, {"carry", binary}}}
	shadows   = &table{"shadow", days.keys, 2, "date", days.blobs}
	anomalies = &table{
		"anomaly",
		[]column{{"emp", text}, {"date", integer}, {"id", text}, {`"of"`, text}},
		4, "date",
		[]column{{"data", jsonDoc}, {"about", jsonDoc}},
	}
	resolved = &table{"resolved", anomalies.keys, 4, "date", anomalies.blobs}
	parts    = &table{
		"payroll_part",
		[]column{{"emp", text}, {"day", integer}, {"n", integer}, {"date", integer}, {"code", text}},
		3, "day",
		[]column{{"data", jsonDoc}},
	}
	cells     = &table{"month_cells", []column{{"month", integer}, {"emp", text}}, 2, "", []column{{"data", binary}}}
	presences = &table{"presence", []column{{"emp", text}}, 1, "", []column{{"data", binary}}}
	requests  = &table{"request", []column{{"emp", text}, {"id", text}}, 2, "", []column{{"data", jsonDoc}}}
	waiting   = &table{"inbox", []column{{"item", text}, {"who", text}, {"emp", text}}, 1, "", []column{{"data", jsonDoc}}}
	people    = &table{"person", []column{{"emp", text}}, 1, "", []column{{"data", jsonDoc}}}
)

// columns are all columns in their order: keys, blobs and marks.
func (t *table) columns() []column {
	all := append(append(make([]column, 0, len(t.keys)+len(t.blobs)+1), t.keys...), t.blobs...)
	return append(all, column{"marks", binary})
}

func names(columns []column) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = c.name
	}
	return out
}

// row is a row of a table. Integers are int64.
type row struct {
	keys  []any
	blobs [][]byte
}

// marks are those of the blobs, one after another.
func (t *table) marks(r row) []byte {
	out := make([]byte, 0, len(r.blobs)*rowmark.Size)
	for i, blob := range r.blobs {
		mark := t.mark(i, r.keys, blob)
		out = append(out, mark[:]...)
	}
	return out
}

func (t *table) mark(blob int, keys []any, data []byte) [rowmark.Size]byte {
	return rowmark.Of(rowmark.Place(t.name+"."+t.blobs[blob].name, keys...), data)
}

// DamagedError says that rows of the views are not what was written. They can be built again.
type DamagedError struct{ Where, Problem string }

func (e *DamagedError) Error() string {
	return fmt.Sprintf("the views in %s are damaged: %s", e.Where, e.Problem)
}

// read reads the row at which rows stand, of which some blobs were selected, and checks their marks.
func (t *table) read(rows pgx.Rows, where string, blobs []int) (row, error) {
	r := row{make([]any, len(t.keys)), make([][]byte, len(blobs))}
	dest := make([]any, 0, len(t.keys)+len(blobs)+1)
	texts, numbers := make([]string, len(t.keys)), make([]int64, len(t.keys))
	for i, k := range t.keys {
		if k.kind == text {
			dest = append(dest, &texts[i])
		} else {
			dest = append(dest, &numbers[i])
		}
	}
	for i := range r.blobs {
		dest = append(dest, &r.blobs[i])
	}
	var marks []byte
	if err := rows.Scan(append(dest, &marks)...); err != nil {
		return r, err
	}
	for i, k := range t.keys {
		if k.kind == text {
			r.keys[i] = texts[i]
		} else {
			r.keys[i] = numbers[i]
		}
	}
	for i, blob := range blobs {
		at := blob * rowmark.Size
		if len(marks) != len(t.blobs)*rowmark.Size || [rowmark.Size]byte(marks[at:at+rowmark.Size]) != t.mark(blob, r.keys, r.blobs[i]) {
			return r, &DamagedError{where, fmt.Sprintf("the row %s of %s is not what was written", spoken(r.keys), t.name)}
		}
	}
	return r, nil
}

func spoken(keys []any) string {
	words := make([]string, len(keys))
	for i, k := range keys {
		words[i] = fmt.Sprint(k)
	}
	return strings.Join(words, " ")
}

// choice selects rows of a table in an order that tells them apart.
type choice struct {
	table *table
	blobs []int // which of them are read
	where []string
	args  []any
	order []string
	last  int // so many of the last rows, the last one first; 0: all, in order
}

// choose selects all rows of a table in the order of its key, with all blobs.
func choose(t *table) *choice {
	c := &choice{table: t, order: names(t.keys[:t.unique])}
	for i := range t.blobs {
		c.blobs = append(c.blobs, i)
	}
	return c
}

// only adds a condition, in which $ stands for its argument.
func (c *choice) only(condition string, arg any) *choice {
	c.args = append(c.args, arg)
	c.where = append(c.where, strings.ReplaceAll(condition, "$", fmt.Sprintf("$%d", len(c.args))))
	return c
}

// query is the statement: rows that follow one, where after is given, and at most limit of them where that is not 0.
func (c *choice) query(after []any, limit int) (string, []any) {
	var q strings.Builder
	columns := names(c.table.keys)
	for _, i := range c.blobs {
		columns = append(columns, c.table.blobs[i].name)
	}
	fmt.Fprintf(&q, "SELECT %s, marks FROM %s", strings.Join(columns, ", "), c.table.name)
	args, where := c.args, c.where
	if after != nil {
		places := make([]string, len(after))
		for i := range after {
			places[i] = fmt.Sprintf("$%d", len(args)+i+1)
		}
		args = append(append([]any{}, args...), after...)
		where = append(append([]string{}, where...), fmt.Sprintf("(%s) > (%s)", strings.Join(c.order, ", "), strings.Join(places, ", ")))
	}
	if len(where) > 0 {
		q.WriteString(" WHERE " + strings.Join(where, " AND "))
	}
	q.WriteString(" ORDER BY " + strings.Join(c.order, ", "))
	if c.last > 0 {
		q.WriteString(" DESC")
		limit = c.last
	}
	if limit > 0 {
		fmt.Fprintf(&q, " LIMIT %d", limit)
	}
	return q.String(), args
}

// key returns the values of the order of a row.
func (c *choice) key(r row) []any {
	out := make([]any, len(c.order))
	for i, name := range c.order {
		for k, column := range c.table.keys {
			if column.name == name {
				out[i] = r.keys[k]
			}
		}
	}
	return out
}

// pageRows is how many rows of a moment are read at once: another reading may begin before the next ones.
const pageRows = 1000

// each reads the rows of a choice. Those of a moment come in pages; what yield asks of the same moment may be asked meanwhile.
func (v *Views) each(ctx context.Context, c *choice, yield func(row) error) error {
	if v.moment == nil {
		_, err := v.page(ctx, v.pool, c, nil, 0, yield)
		return err
	}
	var after []any
	for {
		var page []row
		n, err := v.page(ctx, v.moment, c, after, pageRows, func(r row) error {
			page = append(page, r)
			return nil
		})
		if err != nil {
			return err
		}
		for _, r := range page {
			if err := yield(r); err != nil {
				return err
			}
		}
		if n < pageRows {
			return nil
		}
		after = c.key(page[n-1])
	}
}

type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// page reads the rows of one statement and counts them.
func (v *Views) page(ctx context.Context, q querier, c *choice, after []any, limit int, yield func(row) error) (n int, err error) {
	query, args := c.query(after, limit)
	rows, err := q.Query(ctx, query, args...)
	if err != nil {
		return 0, v.wrap(ctx, c.table.name, err)
	}
	defer rows.Close()
	for rows.Next() {
		r, err := c.table.read(rows, v.where, c.blobs)
		if err != nil {
			return n, v.wrap(ctx, c.table.name, err)
		}
		n++
		if err := yield(r); err != nil {
			return n, err
		}
	}
	return n, v.wrap(ctx, c.table.name, rows.Err())
}
