package sqlite_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/month"
	"github.com/punchledger/punchledger/projections/presence"
)

// BenchmarkMonthGrid reads the month of 5,000 people, a cell a day.
func BenchmarkMonthGrid(b *testing.B) {
	first := domain.NewDate(2026, 10, 1)
	v := filled(b, func(tx projections.Tx) error {
		for n := range 5000 {
			cells := make([]month.Cell, 31)
			for i := range cells {
				cells[i] = month.Cell{
					Date: first + domain.Date(i), Shift: "D", Settled: true, Planned: 8 * domain.Hour, Present: 9 * domain.Hour, Counted: 8 * domain.Hour,
					Late: domain.Seconds(n % 60), Flags: []string{"late"}, Open: n % 3,
				}
			}
			if err := tx.ReplaceCells(b.Context(), fmt.Sprintf("e%05d", n), first, first+30, cells); err != nil {
				return err
			}
		}
		return nil
	})
	for b.Loop() {
		team, err := month.TeamOf(b.Context(), v, month.Query{Month: first})
		require.NoError(b, err)
		require.Len(b, team.People, 5000)
	}
	require.NoError(b, v.Close())
}

// BenchmarkPresence asks where 10,000 people are.
func BenchmarkPresence(b *testing.B) {
	day := domain.NewDate(2026, 10, 14)
	at := day.Unix() + 10*domain.Hour
	v := filled(b, func(tx projections.Tx) error {
		for n := range 10_000 {
			r := presence.Row{Employee: fmt.Sprintf("e%05d", n), From: at - 2*domain.Day, To: at + 2*domain.Day}
			for i := domain.Date(-2); i < 3; i++ {
				from := (day + i).Unix()
				r.Days = append(r.Days, attendance.Outlook{
					Date: day + i, Employed: true, Governed: true, Shift: "D", Zone: "Asia/Shanghai", Group: "office", Site: "hq",
					Window: attendance.Interval{From: from, To: from + domain.Day}, MaxOpen: 16 * domain.Hour, Grace: 300, Dedupe: 60,
					Plan: []attendance.Interval{{From: from + 9*domain.Hour, To: from + 12*domain.Hour}, {From: from + 13*domain.Hour, To: from + 18*domain.Hour}},
				})
				for _, clock := range []domain.Seconds{9, 12, 13, 18} {
					r.Marks = append(r.Marks, presence.Mark{At: from + clock*domain.Hour, Dir: attendance.Auto, Where: "hq", Punch: "p71a2b44526884e1bacedcda938afc63e"})
				}
			}
			if err := tx.PutPresence(b.Context(), r); err != nil {
				return err
			}
		}
		return nil
	})
	for b.Loop() {
		n := 0
		require.NoError(b, v.Presences(b.Context(), "", func(r presence.Row) error {
			if s, there := r.At(at); there && s.State == presence.In {
				n++
			}
			return nil
		}))
		require.Equal(b, 10_000, n)
	}
	require.NoError(b, v.Close())
}

// filled returns views in a file with rows.
func filled(b *testing.B, fill func(projections.Tx) error) *sqlite.Views {
	b.Helper()
	v, err := sqlite.OpenViews(b.Context(), filepath.Join(b.TempDir(), "views.db"), "engine 1")
	require.NoError(b, err)
	require.NoError(b, v.Update(b.Context(), "views", projections.Checkpoint{}, projections.Checkpoint{Cursor: 1, Position: 1}, fill))
	return v
}
