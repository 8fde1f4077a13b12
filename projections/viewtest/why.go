package viewtest

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/evaluate"
	"github.com/punchledger/punchledger/projections/payroll"
)

// testWhy explains every stored day: it comes out as it is stored, and its events stand in the log where the trace says. A day of which
// something stored was changed is found, and what was changed is named.
func testWhy(t *testing.T, open func(testing.TB) Store) {
	c := newCompany(t)
	tellStory(c)
	views := open(t)
	follow(t, c.store, c.codec, views, 0, nil)
	p := evaluate.New(c.codec, zone.Embedded(), "test")
	explain := func(emp string, on domain.Date) *attendance.Trace {
		var trace *attendance.Trace
		require.NoError(t, views.Read(t.Context(), func(tx projections.Tx) (err error) {
			trace, err = p.Explain(t.Context(), tx, emp, on, nil, nil)
			return err
		}))
		return trace
	}
	differs := func(trace *attendance.Trace) []string {
		_, list, err := evaluate.Audit(t.Context(), views, trace)
		require.NoError(t, err)
		return list
	}
	at, err := views.Checkpoint(t.Context(), projections.AllViews)
	require.NoError(t, err)
	var days []daily.Row
	require.NoError(t, views.Days(t.Context(), daily.Query{From: date("2026-10-01"), To: date("2026-10-25")}, func(d daily.Row) error {
		days = append(days, d)
		return nil
	}))
	placed := 0
	for _, d := range days {
		trace := explain(d.Employee, d.Date)
		require.Empty(t, differs(trace), "%s %s", d.Employee, d.Date)
		require.NoError(t, evaluate.Place(t.Context(), c.store, trace, at.Position))
		placed += requirePlaces(t, trace)
	}
	require.Greater(t, placed, 500)

	i := slices.IndexFunc(days, func(d daily.Row) bool { return d.Employee == "e1" && d.Present > 0 })
	day := days[i]
	trace := explain(day.Employee, day.Date)
	change := func(f func(tx projections.Tx) error) {
		require.NoError(t, views.Update(t.Context(), projections.AllViews, at, at, f))
	}
	var parts []payroll.Part
	require.NoError(t, views.Parts(t.Context(), payroll.Query{Employee: day.Employee, From: day.Date, To: day.Date}, func(x payroll.Part) error {
		parts = append(parts, x)
		return nil
	}))
	require.NotEmpty(t, parts)
	parts[0].Seconds++
	change(func(tx projections.Tx) error {
		return tx.ReplaceParts(t.Context(), day.Employee, day.Date, day.Date, parts)
	})
	require.Equal(t, []string{"rows"}, differs(trace))
	invented := anomaly.Row{Employee: day.Employee, Date: day.Date, Anomaly: attendance.Anomaly{ID: "late", Severity: "low", State: "open"}}
	change(func(tx projections.Tx) error {
		return tx.ReplaceAnomalies(t.Context(), day.Employee, day.Date, day.Date, []anomaly.Row{invented})
	})
	require.Equal(t, []string{"rows", "anomalies"}, differs(trace))
	day.Late, day.ResultHash = 60, "0"+day.ResultHash[1:]
	change(func(tx projections.Tx) error {
		return tx.ReplaceDays(t.Context(), day.Employee, day.Date, day.Date, []daily.Row{day})
	})
	require.Contains(t, differs(trace), "day")
}

// requirePlaces looks for the event of every input and pin, and returns how many were found. What was recorded without an event of its
// own, and dates that are over, have none.
func requirePlaces(t *testing.T, trace *attendance.Trace) int {
	t.Helper()
	found := 0
	for i := range trace.Inputs {
		if in := &trace.Inputs[i]; in.Event != "" {
			require.NotNil(t, in.Place, "%s %+v", trace.Day.Date, in)
			require.Equal(t, in.Event, in.Place.Event)
			require.Len(t, in.By, len(in.Changed), "%+v", in)
			found += 1 + len(in.By)
		}
	}
	for i := range trace.Pinned {
		p := &trace.Pinned[i]
		if p.Event == "" && p.What != "calendar" && p.What != "site" {
			continue
		}
		require.NotNil(t, p.Place, "%s %+v", trace.Day.Date, p)
		require.NotZero(t, p.Place.Position)
		require.NotEmpty(t, p.Place.Hash)
		found++
	}
	return found
}
