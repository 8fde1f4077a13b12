package sqlite_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/adapters/sqlite/crashtest"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/memory"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/viewtest"
)

const shape = "engine 1"

// viewsLife is a process that writes the log and keeps its views up.
type viewsLife struct {
	*logLife
	small viewtest.Small
	want  []string // all rows after each position, from 0

	views *sqlite.Views
}

// newViewsLives returns the first life of any number of rounds over the same small company.
func newViewsLives(t *testing.T) func() *viewsLife {
	t.Helper()
	ctx := t.Context()
	small := viewtest.NewSmall(t)
	store := memory.New()
	v := viewsAt(t, filepath.Join(t.TempDir(), "views.db"))
	follow := projections.Runner{Store: store, Codec: small.Codec, Views: v, Projector: small.Projector()}
	empty, err := dump(ctx, v)
	require.NoError(t, err)
	want := []string{empty}
	for _, rec := range small.Records {
		_, err := store.Append(ctx, rec.Stream, rec.Revision-1, rec.Event)
		require.NoError(t, err)
		require.NoError(t, follow.CatchUp(ctx))
		rows, err := dump(ctx, v)
		require.NoError(t, err)
		want = append(want, rows)
	}
	return func() *viewsLife { return &viewsLife{logLife: newLogLife(0), small: small, want: want} }
}

// dump returns a hash of all rows of all tables but the checkpoint.
func dump(ctx context.Context, v *sqlite.Views) (string, error) {
	h := sha256.New()
	for _, query := range []string{
		"SELECT emp || part, data FROM fact ORDER BY emp, part",
		"SELECT emp || date || data, carry FROM day ORDER BY emp, date",
		"SELECT emp || date || id || of, data FROM anomaly ORDER BY emp, date, id, of",
		"SELECT emp || day || n || date || code, data FROM payroll_part ORDER BY emp, day, n",
		"SELECT emp, data FROM person ORDER BY emp",
		"SELECT count(*), '' FROM day INDEXED BY day_date WHERE date > 0",
		"SELECT count(*), '' FROM payroll_part INDEXED BY payroll_part_date WHERE emp > '' AND date > 0",
	} {
		fmt.Fprintln(h, query)
		if err := hashRows(ctx, h.Write, v, query); err != nil {
			return "", fmt.Errorf("%q: %w", query, err)
		}
	}
	return fmt.Sprintf("%x", h.Sum(nil)), nil
}

func hashRows(ctx context.Context, write func([]byte) (int, error), v *sqlite.Views, query string) (err error) {
	rows, err := v.DB().QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var key, data []byte
		if err := rows.Scan(&key, &data); err != nil {
			return err
		}
		if _, err := write(fmt.Appendf(nil, "%d %s %d %s\n", len(key), key, len(data), data)); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (a *viewsLife) next() act {
	b := &viewsLife{logLife: newLogLife(0), small: a.small, want: a.want}
	maps.Copy(b.handed, a.handed)
	maps.Copy(b.shown, a.shown)
	return b
}

func (a *viewsLife) openViews(dir string, r *rand.Rand) (err error) {
	if a.views, err = sqlite.OpenViews(context.Background(), filepath.Join(dir, "views.db"), shape); err != nil {
		return err
	}
	a.views.On(a.rec, int64(5+r.IntN(40)))
	return nil
}

func (a *viewsLife) run(dir string, rec *crashtest.Recorder, r *rand.Rand) (err error) {
	a.rec = rec
	if err := a.open(dir, r); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.log.Close()) }()
	if err := a.openViews(dir, r); err != nil {
		return err
	}
	for range 14 {
		if err := a.step(dir, r); err != nil {
			return errors.Join(err, a.closeViews())
		}
	}
	return a.closeViews()
}

// closeViews closes the views if they are open.
func (a *viewsLife) closeViews() error {
	v := a.views
	if a.views = nil; v == nil {
		return nil
	}
	return v.Close()
}

// step appends some events and lets the views follow, drops them, or opens them anew.
func (a *viewsLife) step(dir string, r *rand.Rand) error {
	ctx := context.Background()
	switch n := r.IntN(12); {
	case n == 0:
		return a.views.Drop(ctx)
	case n == 1:
		if err := a.closeViews(); err != nil {
			return err
		}
		return a.openViews(dir, r)
	case n == 2:
		a.log.KeepGuard()
		return nil
	}
	if err := a.grow(r); err != nil {
		return err
	}
	if r.IntN(3) == 0 {
		return nil
	}
	follow := projections.Runner{
		Store: a.log, Codec: a.small.Codec, Views: a.views, Projector: a.small.Projector(), Batch: []int{1, 2, 3, 0}[r.IntN(4)],
	}
	return follow.CatchUp(ctx)
}

// grow appends the next events of the company, if there are more.
func (a *viewsLife) grow(r *rand.Rand) error {
	head, err := a.log.Head(context.Background())
	if err != nil {
		return err
	}
	end := min(int(head)+1+r.IntN(7), len(a.small.Records))
	var batch []*sqlite.Append
	var marks []handed
	for i, rec := range a.small.Records[head:end] {
		batch = append(batch, &sqlite.Append{Stream: rec.Stream, Expected: rec.Revision - 1, Events: []eventstore.Event{rec.Event}})
		marks = append(marks, handed{rec.Stream, rec.Revision, rec.Event, int(head) + i, 1})
	}
	a.rec.Mark(marks)
	a.log.AppendTogether(context.Background(), batch)
	var seen []shown
	for i, one := range batch {
		if one.Err != nil {
			return one.Err
		}
		seen = append(seen, shown(a.small.Records[int(head)+i]))
	}
	a.rec.Mark(seen)
	return nil
}

// check opens log and views, compares the rows with those of the position that they claim, and catches up.
func (a *viewsLife) check(dir string, _ *rand.Rand) (err error) {
	ctx := context.Background()
	var fatal error
	l, err := sqlite.OpenLog(ledger(dir), sqlite.LogOptions{Fatal: func(err error) { fatal = err }, GuardEvery: time.Hour})
	if err != nil {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	defer func() { err = errors.Join(err, l.Close(), fatal) }()
	all, err := collect(l.ReadAll(ctx, 0))
	if err != nil {
		return fmt.Errorf("%w: %w", errWrong, err)
	}
	if err := a.compare(all); err != nil {
		return err
	}
	if err := a.rows(ctx, dir, l, -1, len(all)); err != nil {
		return err
	}
	if err := a.rows(ctx, dir, l, len(all), len(all)); err != nil {
		return fmt.Errorf("after another restart: %w", err)
	}
	return nil
}

// rows opens the views, which must be at a position, or at any that the log has where that is negative, and catches them up.
func (a *viewsLife) rows(ctx context.Context, dir string, l *sqlite.Log, at, end int) (err error) {
	v, err := sqlite.OpenViews(ctx, filepath.Join(dir, "views.db"), shape)
	if err != nil {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	from, err := v.Checkpoint(ctx, projections.AllViews)
	if err != nil {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	if at < 0 {
		at = min(int(from.Position), end)
	}
	if int(from.Position) != at || int(from.Cursor) != at {
		return fmt.Errorf("%w: the views are at position %d; the log has %d", errWrong, from.Position, end)
	}
	if rows, err := dump(ctx, v); err != nil || rows != a.want[at] {
		return fmt.Errorf("%w: the rows are not those of position %d: %w", errWrong, at, err)
	}
	follow := projections.Runner{Store: l, Codec: a.small.Codec, Views: v, Projector: a.small.Projector()}
	if err := follow.CatchUp(ctx); err != nil {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	return nil
}
