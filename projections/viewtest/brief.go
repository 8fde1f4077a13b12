package viewtest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/inbox"
	"github.com/punchledger/punchledger/projections/month"
	"github.com/punchledger/punchledger/projections/presence"
)

// fillBrief writes something into the tables that are derived beside the three views.
func fillBrief(ctx context.Context, tx projections.Tx) error {
	return errors.Join(
		tx.ReplaceResolved(ctx, "e1", 10, 12, []anomaly.Row{raised("e1", 10, "punch.missing_in", "in")}),
		tx.ReplaceCells(ctx, "e1", 10, 12, []month.Cell{{Date: 10, Counted: 60}, {Date: 11, Flags: []string{"late"}}}),
		tx.ReplaceShadows(ctx, "e1", 10, 12, []daily.Shadow{{Employee: "e1", Date: 10, Counted: 30, Carry: []byte("shadow")}}),
		tx.PutPresence(ctx, presence.Row{Employee: "e1", From: 1, To: 2}),
		tx.PutRequest(ctx, inbox.Filed{Request: "r1", Employee: "e1", Status: "open"}),
		tx.PutInboxItem(ctx, inbox.Item{Kind: inbox.Held, ID: "p1", Employee: "e1", Role: "manager"}),
	)
}

// firstMonths are those that tests write cells of.
var firstMonths = append([]domain.Date{1}, func() (out []domain.Date) {
	for d := date("2026-08-01"); d < date("2027-02-01"); d = d.AddMonths(1) {
		out = append(out, d)
	}
	return out
}()...)

// briefOf writes the rows of these tables, a line a row; a month is one.
func briefOf(t testing.TB, s Store) (out []string) {
	t.Helper()
	require.NoError(t, s.ResolvedAnomalies(t.Context(), anomaly.Query{}, func(a anomaly.Row) error {
		out = append(out, a.Employee+" "+a.Date.String()+" resolved "+text(t, a)+text(t, a.About))
		return nil
	}))
	require.NoError(t, s.Anomalies(t.Context(), anomaly.Query{}, func(a anomaly.Row) error {
		if a.About != (anomaly.About{}) {
			out = append(out, a.Employee+" "+a.Date.String()+" "+a.Key()+" is about "+text(t, a.About))
		}
		return nil
	}))
	for _, first := range firstMonths {
		require.NoError(t, s.Months(t.Context(), month.Query{Month: first}, func(p month.Person) error {
			out = append(out, "month "+first.String()+" "+text(t, p))
			return nil
		}))
	}
	require.NoError(t, s.Shadows(t.Context(), daily.Query{}, func(d daily.Shadow) error {
		out = append(out, "shadow "+text(t, d))
		return nil
	}))
	require.NoError(t, s.Presences(t.Context(), "", func(r presence.Row) error {
		out = append(out, "presence "+text(t, r))
		return nil
	}))
	require.NoError(t, s.InboxItems(t.Context(), inbox.Query{}, func(i inbox.Item) error {
		out = append(out, "inbox "+text(t, i))
		return nil
	}))
	require.NoError(t, s.Requests(t.Context(), "", func(f inbox.Filed) error {
		out = append(out, "request "+text(t, f))
		return nil
	}))
	return out
}

func testResolved(t *testing.T, s Store) {
	ctx := t.Context()
	about := raised("e1", 12, "late", "in")
	about.About = anomaly.About{Group: "office", Site: "hq", Device: "gate", Until: 40}
	update(t, s, at(0), at(1), func(tx projections.Tx) error {
		return errors.Join(
			tx.ReplaceAnomalies(ctx, "e1", 1, 99, []anomaly.Row{about}),
			tx.ReplaceResolved(ctx, "e1", 1, 99, []anomaly.Row{raised("e1", 11, "late", "in"), raised("e1", 12, "absent", "")}),
			tx.ReplaceResolved(ctx, "e1", 12, 12, nil),
			tx.ReplaceResolved(ctx, "e2", 1, 99, []anomaly.Row{raised("e2", 11, "late", "in")}),
		)
	})
	var got []string
	require.NoError(t, s.ResolvedAnomalies(ctx, anomaly.Query{ID: "late"}, func(a anomaly.Row) error {
		got = append(got, fmt.Sprintf("%s %d %s", a.Employee, a.Date, a.Key()))
		return nil
	}))
	require.Equal(t, []string{"e1 11 late:in", "e2 11 late:in"}, got)
	require.NoError(t, s.Anomalies(ctx, anomaly.Query{}, func(a anomaly.Row) error {
		require.Equal(t, about, a)
		return nil
	}))
}

func testShadows(t *testing.T, s Store) {
	ctx := t.Context()
	row := func(emp string, d domain.Date, counted domain.Seconds) daily.Shadow {
		return daily.Shadow{
			Employee: emp, Date: d, Ruleset: "office", Counted: counted, Rows: map[string]whatif.Quantity{"REG": {Seconds: counted}},
			Flags: []string{"late"}, Anomalies: []string{"late:in"}, Carry: fmt.Appendf(nil, "carry of %s", d),
		}
	}
	update(t, s, at(0), at(1), func(tx projections.Tx) error {
		err := errors.Join(
			tx.ReplaceShadows(ctx, "e1", 1, 99, []daily.Shadow{row("e1", 10, 60), row("e1", 11, 120), row("e1", 12, 180)}),
			tx.ReplaceShadows(ctx, "e2", 1, 99, []daily.Shadow{row("e2", 11, 60)}),
			tx.ReplaceShadows(ctx, "e1", 12, 12, nil),
			tx.ReplaceShadows(ctx, "e1", 11, 11, []daily.Shadow{row("e1", 11, 240)}),
		)
		require.NoError(t, err)
		before, err := tx.ShadowCarryBefore(ctx, "e1", 11)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("carry of %s", domain.Date(10)), string(before))
		none, err := tx.ShadowCarryBefore(ctx, "e1", 10)
		require.NoError(t, err)
		require.Nil(t, none)
		carries, err := tx.ShadowCarries(ctx, "e1", 11)
		require.Len(t, carries, 1)
		days, live := tx.CarryBefore(ctx, "e1", 99)
		require.Nil(t, days, "shadows are no days")
		return errors.Join(err, live)
	})
	var got []daily.Shadow
	require.NoError(t, s.Shadows(ctx, daily.Query{Employee: "e1", From: 10, To: 11}, func(d daily.Shadow) error {
		got = append(got, d)
		return nil
	}))
	want := []daily.Shadow{row("e1", 10, 60), row("e1", 11, 240)}
	want[0].Carry, want[1].Carry = nil, nil
	require.Equal(t, want, got)
}

func testCells(t *testing.T, s Store) {
	ctx := t.Context()
	first, next := date("2026-10-30"), date("2026-11-02")
	cell := func(d domain.Date, counted domain.Seconds) month.Cell {
		return month.Cell{
			Date: d, Kind: 2, Shift: "D", Settled: true, Corrected: true, Blocks: true, Open: 2, Planned: 8, Present: 7, Counted: counted,
			Overtime: 1, Leave: 2, Late: 3, Early: 4, Absent: 500, Flags: []string{"early_leave", "late"},
		}
	}
	update(t, s, at(0), at(1), func(tx projections.Tx) error {
		return errors.Join(
			tx.ReplaceCells(ctx, "e1", 0, 1<<30, []month.Cell{cell(first, 5), cell(first+1, 6), cell(next, 7)}),
			tx.ReplaceCells(ctx, "e1", first+1, next-1, []month.Cell{cell(first+1, 9)}),
			tx.ReplaceCells(ctx, "e2", first, first, []month.Cell{{Date: first, Pending: true}}),
			tx.ReplaceCells(ctx, "e3", first, next, []month.Cell{cell(first, 1), cell(next, 1)}),
			tx.ReplaceCells(ctx, "e3", next, 1<<30, nil),
		)
	})
	read := func(q month.Query) (out []month.Person) {
		require.NoError(t, s.Months(ctx, q, func(p month.Person) error {
			out = append(out, p)
			return nil
		}))
		return out
	}
	october := read(month.Query{Month: first})
	require.Len(t, october, 3)
	require.Equal(t, []month.Cell{cell(first, 5), cell(first+1, 9)}, october[0].Cells)
	require.Equal(t, []month.Cell{{Date: first, Pending: true}}, october[1].Cells)
	require.EqualValues(t, 14, october[0].Sums.Counted)
	november := read(month.Query{Month: next})
	require.Len(t, november, 1, "a month without cells is gone")
	require.Equal(t, []month.Cell{cell(next, 7)}, november[0].Cells)
	require.Equal(t, october[1:2], read(month.Query{Month: first, After: "e1", Limit: 1}))
	require.Equal(t, october[2:], read(month.Query{Month: first, Limit: 1, Only: func(e string) bool { return e == "e3" }}))
	team, err := month.TeamOf(ctx, s, month.Query{Month: first, Limit: 2})
	require.NoError(t, err)
	require.Equal(t, "e2", team.Next)
	team, err = month.TeamOf(ctx, s, month.Query{Month: first, Limit: 2, After: team.Next})
	require.NoError(t, err)
	require.Empty(t, team.Next)
	require.Len(t, team.People, 1)
}

func testPresence(t *testing.T, s Store) {
	ctx := t.Context()
	update(t, s, at(0), at(1), func(tx projections.Tx) error {
		return errors.Join(
			tx.PutPresence(ctx, presence.Row{Employee: "e2", From: 5, To: 9}), tx.PutPresence(ctx, presence.Row{Employee: "e1"}),
			tx.PutPresence(ctx, presence.Row{Employee: "e2", From: 6, To: 9, Marks: []presence.Mark{{At: 7, Dir: "in", Where: "hq", Punch: "p1"}}}),
		)
	})
	var got []string
	read := func(r presence.Row) error {
		got = append(got, fmt.Sprintf("%s %d %d", r.Employee, r.From, len(r.Marks)))
		return nil
	}
	require.NoError(t, s.Presences(ctx, "", read))
	require.NoError(t, s.Presences(ctx, "e2", read))
	require.Equal(t, []string{"e1 0 0", "e2 6 1", "e2 6 1"}, got)
}

func testInbox(t *testing.T, s Store) {
	ctx := t.Context()
	item := func(kind inbox.Kind, id, emp, who string) inbox.Item {
		return inbox.Item{Kind: kind, ID: id, Employee: emp, Who: who, Role: "manager", Since: 5, Date: date("2026-10-05")}
	}
	update(t, s, at(0), at(1), func(tx projections.Tx) error {
		err := errors.Join(
			tx.PutInboxItem(ctx, item(inbox.Step, "r1", "e1", "m1")), tx.PutInboxItem(ctx, item(inbox.Step, "r2", "e1", "m1")),
			tx.PutInboxItem(ctx, item(inbox.Step, "r2", "e1", "m2")), tx.PutInboxItem(ctx, item(inbox.Held, "p1", "e2", "")),
			tx.PutInboxItem(ctx, item(inbox.Held, "p2", "e2", "")), tx.DropInboxItem(ctx, item(inbox.Held, "p2", "e2", "").Key()),
			tx.DropInboxItem(ctx, "punch:e9:none"),
		)
		i, found, findErr := tx.InboxItem(ctx, item(inbox.Step, "r2", "e1", "").Key())
		require.True(t, found)
		require.Equal(t, item(inbox.Step, "r2", "e1", "m2"), i)
		return errors.Join(err, findErr)
	})
	read := func(q inbox.Query) (out []string) {
		require.NoError(t, s.InboxItems(ctx, q, func(i inbox.Item) error {
			out = append(out, i.Key())
			return nil
		}))
		return out
	}
	require.Equal(t, []string{"punch:e2:p1", "request:e1:r1", "request:e1:r2"}, read(inbox.Query{}))
	require.Equal(t, []string{"punch:e2:p1", "request:e1:r1"}, read(inbox.Query{Who: "m1"}))
	require.Equal(t, []string{"request:e1:r1", "request:e1:r2"}, read(inbox.Query{Employee: "e1"}))
	managers := func(context.Context, inbox.Item) ([]string, error) { return []string{"m1"}, nil }
	mine, err := inbox.Of(ctx, s, "m1", managers)
	require.NoError(t, err)
	require.Len(t, mine, 2)
	counts, err := inbox.Counts(ctx, s, 9, managers)
	require.NoError(t, err)
	require.Equal(t, []inbox.Count{
		{Who: "m1", Items: 2, ByKind: map[inbox.Kind]int{inbox.Step: 1, inbox.Held: 1}}, {Who: "m2", Items: 1, ByKind: map[inbox.Kind]int{inbox.Step: 1}},
	}, counts)
}
