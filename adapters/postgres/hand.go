package postgres

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/punchledger/punchledger/domain"
)

// hand is what was read of one employee in one go: evaluation asks for all of it, piece by piece. What is written since is asked of
// the database again, facts apart.
type hand struct {
	full   bool
	whose  string
	parts  map[string][]byte // all facts
	recent map[*table]recent
}

// recent are the last rows of an employee in a table, the last one first.
type recent struct {
	rows   []row
	oldest int64 // of all rows; without rows it says nothing
}

// So many days and months are read ahead: what arrives is mostly about the last days.
const (
	daysAhead   = 20
	monthsAhead = 2
)

// has reports whether the facts of an employee are at hand.
func (h *hand) has(employee string) bool { return h.full && h.whose == employee }

// let forgets the rows of an employee in a table, which are about to change.
func (h *hand) let(in *table, employee string) {
	if h.has(employee) {
		delete(h.recent, in)
	}
}

// by is where a table has the date or month of a row.
func by(in *table) int {
	if in == cells {
		return 0
	}
	return 1
}

// since returns the rows from a date or month on, and whether all of them are at hand.
func (h *hand) since(in *table, employee string, from domain.Date) (out []row, known bool) {
	r, ok := h.recent[in]
	if !ok || !h.has(employee) {
		return nil, false
	}
	for _, row := range slices.Backward(r.rows) {
		if row.keys[by(in)].(int64) >= int64(from) {
			out = append(out, row)
		}
	}
	n := len(r.rows)
	return out, n == 0 || r.rows[n-1].keys[by(in)].(int64) <= max(int64(from), r.oldest)
}

// carryBefore returns what the last day before a date hands over, and whether that is known.
func (h *hand) carryBefore(in *table, employee string, date domain.Date) (carry []byte, known bool) {
	r, ok := h.recent[in]
	if !ok || !h.has(employee) {
		return nil, false
	}
	for _, row := range r.rows {
		if row.keys[1].(int64) < int64(date) {
			return row.blobs[0], true
		}
	}
	return nil, len(r.rows) == 0 || int64(date) <= r.oldest
}

// fetch brings an employee to hand: all facts and, where rows are to be evaluated, the last ones.
func (t *viewTx) fetch(ctx context.Context, employee string) error {
	if t.hand.has(employee) {
		return nil
	}
	t.hand = hand{}
	if err := t.settle(ctx, facts, employee); err != nil {
		return err
	}
	choices := []*choice{choose(facts).only("shard = $", t.home(employee)).only("emp = $", employee)}
	if t.shard != anyShard && employee != "" {
		for _, in := range []*table{days, cells} {
			if err := t.settle(ctx, in, employee); err != nil {
				return err
			}
		}
		last := carriesOf(days, employee)
		last.last = daysAhead
		months := choose(cells).of(employee)
		months.order, months.last = []string{"month"}, monthsAhead
		choices = append(choices, last, months)
	}
	var all pgx.Batch
	for _, c := range choices {
		query, args := c.query(nil, 0)
		all.Queue(query, args...)
	}
	if len(choices) > 1 {
		all.Queue("SELECT coalesce((SELECT min(date) FROM day WHERE emp = $1), 0), coalesce((SELECT min(month) FROM month_cells WHERE emp = $1), 0)",
			employee)
	}
	return t.take(ctx, employee, choices, t.tx.SendBatch(ctx, &all))
}

// take reads what fetch has asked for.
func (t *viewTx) take(ctx context.Context, employee string, choices []*choice, answers pgx.BatchResults) error {
	h := hand{full: true, whose: employee, parts: map[string][]byte{}, recent: map[*table]recent{}}
	err := func() error {
		for _, c := range choices {
			answer, err := answers.Query()
			if err != nil {
				return err
			}
			rows, err := t.collect(ctx, c, answer)
			if err != nil {
				return err
			}
			if c.table != facts {
				h.recent[c.table] = recent{rows: rows}
				continue
			}
			for _, r := range rows {
				h.parts[r.keys[2].(string)] = r.blobs[0]
			}
		}
		if len(choices) == 1 {
			return nil
		}
		d, m := h.recent[days], h.recent[cells]
		err := answers.QueryRow().Scan(&d.oldest, &m.oldest)
		h.recent[days], h.recent[cells] = d, m
		return err
	}()
	if closed := answers.Close(); err == nil {
		err = closed
	}
	if err == nil {
		t.hand = h
	}
	return t.views.wrap(ctx, "read what there is of an employee", err)
}
