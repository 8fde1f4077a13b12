package sqlite_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/memory"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/payroll"
	"github.com/punchledger/punchledger/projections/viewtest"
)

// ledgerOf is a log that grows, with views that follow it and pins that serve its rows.
type ledgerOf struct {
	t     *testing.T
	small viewtest.Small
	store *memory.Store
	views *sqlite.Views
	held  int
	pasts int // how often a past was built
	pins  payroll.Pins
}

func newLedgerOf(t *testing.T, path string) *ledgerOf {
	t.Helper()
	l := &ledgerOf{t: t, small: viewtest.NewSmall(t), store: memory.New(), views: viewsAt(t, path)}
	l.pins.Live = func(ctx context.Context, f func(eventstore.Position, payroll.Source) error) error {
		return moment(ctx, l.views, f)
	}
	l.pins.Past = func(ctx context.Context, at eventstore.Position, f func(payroll.Source) error) error {
		l.pasts++
		past := viewsAt(t, ":memory:")
		l.follow(past, at)
		return moment(ctx, past, func(_ eventstore.Position, s payroll.Source) error { return f(s) })
	}
	return l
}

func moment(ctx context.Context, views *sqlite.Views, f func(eventstore.Position, payroll.Source) error) error {
	return views.Moment(ctx, projections.AllViews, func(now projections.AllReader, _ projections.Tx, at projections.Checkpoint) error {
		return f(at.Position, employed{now})
	})
}

// employed gives everybody one employer until a date, and another from then on.
type employed struct{ projections.AllReader }

func (employed) Terms(context.Context, string) ([]payroll.Term, error) {
	return []payroll.Term{{From: 1, Employer: "north", PayGroup: "a"}, {From: domain.NewDate(2026, 10, 1), Employer: "south", PayGroup: "a"}}, nil
}

func (l *ledgerOf) grow(n int) {
	l.t.Helper()
	for _, rec := range l.small.Records[l.held:n] {
		_, err := l.store.Append(l.t.Context(), rec.Stream, rec.Revision-1, rec.Event)
		require.NoError(l.t, err)
	}
	l.held = n
	l.follow(l.views, eventstore.Position(n))
}

func (l *ledgerOf) follow(views *sqlite.Views, to eventstore.Position) {
	l.t.Helper()
	r := projections.Runner{
		Store: l.store, Codec: l.small.Codec, Views: views, Projector: l.small.Projector(),
		Until: func(d eventstore.Decoded) bool { return d.Position <= to },
	}
	require.NoError(l.t, r.CatchUp(l.t.Context()))
}

// pages reads all pages from a cursor on, as they are sent.
func (l *ledgerOf) pages(c payroll.Cursor) (out []string, cursors []payroll.Cursor) {
	l.t.Helper()
	for {
		page, err := l.pins.Page(l.t.Context(), c, nil)
		require.NoError(l.t, err)
		b, err := json.Marshal(page)
		require.NoError(l.t, err)
		c.Position = page.Position
		out, cursors = append(out, string(b)), append(cursors, c)
		if page.Next == "" {
			return out, cursors
		}
		c, err = payroll.ParseCursor(page.Next)
		require.NoError(l.t, err)
	}
}

func TestPagesOfAPinnedPositionAreTheSameForEver(t *testing.T) {
	for name, path := range map[string]string{"file": t.TempDir() + "/views.db", "memory": ":memory:"} {
		t.Run(name, func(t *testing.T) {
			l := newLedgerOf(t, path)
			all := len(l.small.Records)
			l.grow(all - 12)
			want, cursors := l.pages(payroll.Cursor{Limit: 3})
			require.Greater(t, len(want), 4)
			require.Zero(t, l.pasts, "the views are at the position")
			l.grow(all)
			got, _ := l.pages(cursors[0])
			require.Equal(t, want, got)
			require.Zero(t, l.pasts, "the window was kept")
			l.pins = payroll.Pins{Live: l.pins.Live, Past: l.pins.Past}
			for i, c := range cursors { // each by itself, and in any order
				page, err := l.pins.Page(t.Context(), cursors[len(cursors)-1-i], nil)
				require.NoError(t, err)
				b, err := json.Marshal(page)
				require.NoError(t, err)
				require.Equal(t, want[len(want)-1-i], string(b), "%v", c)
			}
			require.Equal(t, 1, l.pasts, "a past is built once")
			now, _ := l.pages(payroll.Cursor{Limit: 3})
			require.NotEqual(t, want, now)
			l.pins.Bytes = 1
			_, _ = l.pages(payroll.Cursor{Limit: 3, From: domain.NewDate(2026, 9, 28)})
			got, _ = l.pages(cursors[0])
			require.Equal(t, want, got, "what was put away is computed anew")
			require.Greater(t, l.pasts, 1)
		})
	}
}

func TestDifferencesOfPinnedPositions(t *testing.T) {
	l := newLedgerOf(t, ":memory:")
	all := len(l.small.Records)
	old := map[string]payroll.Row{}
	for _, n := range []int{all - 12, all - 9, all} {
		l.grow(n)
		now := map[string]payroll.Row{}
		require.NoError(t, payroll.Rows(t.Context(), l.views, payroll.Query{}, func(r payroll.Row) error {
			now[r.RowID] = r
			return nil
		}))
		if n != all-12 {
			d, err := l.pins.Diff(t.Context(), eventstore.Position(all-12), payroll.Cursor{Limit: 1}, nil)
			require.NoError(t, err)
			for _, r := range d.Gone {
				delete(old, r.RowID)
			}
			for _, c := range d.Changed {
				require.Equal(t, old[c.Before.RowID], c.Before)
				old[c.After.RowID] = c.After
			}
			for _, r := range d.Added {
				require.NotContains(t, old, r.RowID)
				old[r.RowID] = r
			}
			require.Equal(t, now, old)
			require.EqualValues(t, n, d.Position)
			require.Positive(t, len(d.Added)+len(d.Changed)+len(d.Gone))
			break
		}
		old = now
	}
}

func TestPagesAreOfWhoIsAskedFor(t *testing.T) {
	l := newLedgerOf(t, ":memory:")
	l.grow(len(l.small.Records))
	rows := func(c payroll.Cursor, only func(string) bool) (out []payroll.Row) {
		c.Limit = payroll.MaxPage
		page, err := l.pins.Page(t.Context(), c, only)
		require.NoError(t, err)
		require.Empty(t, page.Next)
		return page.Rows
	}
	everything := rows(payroll.Cursor{}, nil)
	north, south := rows(payroll.Cursor{Employer: "north"}, nil), rows(payroll.Cursor{Employer: "south", PayGroup: "a"}, nil)
	require.NotEmpty(t, north)
	require.NotEmpty(t, south)
	require.Len(t, everything, len(north)+len(south))
	require.Empty(t, rows(payroll.Cursor{PayGroup: "b"}, nil))
	for _, r := range rows(payroll.Cursor{}, func(e string) bool { return e == "e2" }) {
		require.Equal(t, "e2", r.Employee)
	}
	for _, wrong := range []string{"", "x", "!!", payroll.Cursor{Limit: 5}.String(), payroll.Cursor{Position: 4}.String(), payroll.Cursor{Position: 4, Limit: 1}.String() + "A"} {
		_, err := payroll.ParseCursor(wrong)
		require.Error(t, err, wrong)
	}
}
