package attendance_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// workYear is a year of plain punches for whoever follows the rules: each planned day a few minutes around its plan.
func workYear(tb testing.TB, r *ruleset.Rules) (*attendance.Facts, domain.Date, domain.Date) {
	tb.Helper()
	from, to := domain.NewDate(2026, 1, 1), domain.NewDate(2027, 1, 1)
	z := zoneOf(tb, r.Doc.Timezone)
	f := &attendance.Facts{
		Employee: "e1", Employment: []attendance.Employment{{From: from}}, Assignments: []attendance.Assignment{{From: from, Group: r.Doc.ID}},
	}
	add := func(at domain.Seconds, dir attendance.Direction) {
		n := len(f.Punches)
		f.Punches = append(f.Punches, attendance.Punch{
			ID: fmt.Sprintf("p%04d", n), At: at, Dir: dir, Event: fmt.Sprintf("5f0c8f4e-0000-5000-8000-%012d", n), Place: "office",
		})
	}
	for d := from; d < to; d++ {
		slot := r.PlannedSlot(d)
		if slot < 0 {
			continue
		}
		s := &r.Shifts[slot]
		start, end := s.Earliest, s.Earliest+s.Required+domain.Hour
		if n := len(s.Work); n > 0 {
			start, end = s.Work[0].From, s.Work[n-1].To
		}
		jitter := domain.Seconds(d%7) * 100
		add(z.Start(d, start)-jitter, attendance.In)
		if r.Doc.ID == "us-ca-hourly" {
			add(z.Start(d, start+4*domain.Hour), attendance.Out)
			add(z.Start(d, start+4*domain.Hour+30*domain.Minute), attendance.In)
		}
		add(z.End(d, end)+jitter, attendance.Out)
	}
	return f, from, to
}

// BenchmarkEvaluate folds a year of one person a time: days/s, and allocations for each day.
func BenchmarkEvaluate(b *testing.B) {
	for _, id := range packIDs {
		b.Run(id, func(b *testing.B) {
			r := pack(b, id)
			book := bookOf(b, r)
			f, from, to := workYear(b, r)
			days := 0
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, attendance.Evaluate(book, f, from, to, attendance.Carry{}, func(*attendance.Day, *attendance.Carry) bool {
					days++
					return true
				}))
			}
			b.ReportMetric(float64(days)/b.Elapsed().Seconds(), "days/s")
		})
	}
}
