package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/daily"
)

// BenchmarkReplaceDays replaces a month of days, as a correction does.
func BenchmarkReplaceDays(b *testing.B) {
	v, err := sqlite.OpenViews(b.Context(), filepath.Join(b.TempDir(), "views.db"), "engine 1")
	require.NoError(b, err)
	const days, first = 31, domain.Date(20_000)
	rows := make([]daily.Row, days)
	for i := range rows {
		rows[i] = daily.Row{Carry: make([]byte, 200), Day: attendance.Day{
			Employee: "e1", Date: first + domain.Date(i), Zone: "Asia/Shanghai", Settled: true, Counted: 8 * domain.Hour,
			InputHash: "6c1d2ad7c3dcb7f0b6b1c2d7b9a0f5e46c1d2ad7c3dcb7f0b6b1c2d7b9a0f5e4", Flags: []string{"late", "left_early"},
			Intervals: make([]attendance.Interval, 4), Punches: make([]attendance.PunchRole, 8),
		}}
	}
	var at projections.Checkpoint
	for b.Loop() {
		next := projections.Checkpoint{Cursor: at.Cursor + 1, Position: at.Position + 1}
		err := v.Update(b.Context(), "views", at, next, func(tx projections.Tx) error {
			for range 10 {
				if err := tx.ReplaceDays(b.Context(), "e1", first, first+days-1, rows); err != nil {
					return err
				}
			}
			return nil
		})
		require.NoError(b, err)
		at = next
	}
	b.ReportMetric(float64(b.N*10*days)/b.Elapsed().Seconds(), "rows/s")
	require.NoError(b, v.Close())
}
