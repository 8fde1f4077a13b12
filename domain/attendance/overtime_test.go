package attendance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// overtimeDocuments are rules whose overtime is combined, counted and narrowed in other ways than in the packs.
func overtimeDocuments(t testing.TB) []*ruleset.Rules {
	t.Helper()
	const (
		week  = "week: {starts: sun}"
		mode  = "overtime:\n  approval: {mode: none}\n"
		first = "    - {id: day7.dt, "
	)
	anchored := `week: {starts: sun, at: "06:00", anchor: "2026-01-04"}`
	under := "  undertime: {below: 8h, tolerance: 5m}\n"
	return []*ruleset.Rules{
		pack(t, "us-ca-hourly", "id: us-ca-hourly", "id: highest", mode, mode+"  combine: highest\n"+under, week, anchored,
			first, "    - {id: far, per: two_weeks, over: 30h, upto: 40h, code: DT}\n    - {id: row, from_day: {nth: 3, of: row_in_week}, place: [office], counts: all, over: 4h, code: DT}\n"+first),
		pack(t, "us-ca-hourly", "id: us-ca-hourly", "id: union", mode, mode+"  combine: union\n", ", of: [straight]", "",
			first, "    - {id: night, band: [\"22:00\", \"06:00\"], counts: straight, over: 3h, code: DT}\n"+first),
		pack(t, "us-ca-hourly", "id: us-ca-hourly", "id: weeks", week, anchored, mode, mode+under, `day: {cut: "00:00", ot_day: split}`, `day: {cut: "04:00"}`,
			first, "    - {id: month, per: four_weeks, over: 50h, code: DT}\n    - {id: row, from_day: {nth: 4, of: row}, code: DT}\n"+
				"    - {id: six, from_day: {nth: 5, of: week}, over: 1h, tolerance: 20m, code: OT}\n    - {id: dusk, band: [\"17:00\", \"21:00\"], over: 30m, upto: 2h, code: OT}\n"+first),
	}
}

// wages gives the open pack two dearer codes and the overtime of a test.
func wages(overtime string) []string {
	return []string{
		"overtime: {approval: {mode: none}}", "overtime: {approval: {mode: none}, " + overtime + "}",
		"pay_codes:\n", "pay_codes:\n  OT: {class: base, rate: \"1.50\"}\n  W: {class: base, rate: \"2.00\"}\n",
	}
}

func TestUndertimeIsTheShortfallOfADayThatWasWorked(t *testing.T) {
	change := []string{"approval: {mode: clip", "undertime: {below: plan, tolerance: 10m}\n  approval: {mode: clip"}
	for _, c := range []struct {
		name, in, out string
		leave         []string
		want          string
	}{
		{"at the tolerance nothing is short", "2026-10-08T09:00 in", "2026-10-08T17:50 out", nil, ""},
		{"a minute beyond it all of it is", "2026-10-08T09:00 in", "2026-10-08T17:49 out", nil, "0:11"},
		{"leave lowers what is due", "2026-10-08T09:00 in", "2026-10-08T12:00 out", []string{"2026-10-08T13:00", "2026-10-08T18:00"}, ""},
		{"an absence is one, and no undertime", "2026-10-07T09:00 in", "2026-10-07T09:01 out", nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t, "cn-bj-office", change...).punch(c.in, c.out)
			if c.leave != nil {
				s.approve("leave", c.leave[0], c.leave[1])
				s.facts.Approvals[0].Type = "annual"
			}
			require.Equal(t, c.want, seconds(s.day("2026-10-08"))["x.undertime"])
		})
	}
}

func TestOpenHoursAreShortOfALength(t *testing.T) {
	s := newScene(t, "flex-open", wages("undertime: {below: 8h}, rules: [{id: a, over: 8h, code: OT}, {id: b, over: 10h, code: W, of: [OT]}]")...)
	d := s.punch("2026-06-10T08:00", "2026-06-10T14:00").day("2026-06-10")
	require.Equal(t, map[string]string{"REG": "6:00", "x.undertime": "2:00"}, seconds(d))
	require.Equal(t, 6*domain.Hour, d.Counted, "it informs, and takes nothing")
}

func TestARuleHoldsForTheSiteThatAnArrivalWasPunchedAt(t *testing.T) {
	s := newScene(t, "flex-open", wages("rules: [{id: yard, site: [yard], counts: straight, over: 4h, code: W}, {id: any, over: 4h, code: OT}]")...)
	s.punch("2026-06-10T08:00 in", "2026-06-10T14:00 out", "2026-06-10T14:00:30 in", "2026-06-10T15:00:30 out", "2026-06-10T17:00:30 in", "2026-06-10T18:00:30 out")
	for i := range s.facts.Punches {
		s.facts.Punches[i].Position = domain.Seconds(i + 1)
	}
	s.facts.Punches[2].Site, s.facts.Punches[2].Job = "yard", "crane"
	d := s.day("2026-06-10")
	// Six hours, four of them plain; one in the yard; one elsewhere again.
	require.Equal(t, map[string]string{"REG": "4:00", "OT": "3:00", "W": "1:00"}, seconds(d))
}

// A transfer is an out and an in of one instant. What follows it is booked where the arrival says.
func TestATransferWithoutAGapBooksEachPartWhereItsArrivalSays(t *testing.T) {
	for _, c := range []struct {
		name, breaks, back string
		first, second      domain.Seconds
	}{
		{"at once", "breaks: {mode: punched}", "2026-06-10T12:00 in", 4 * domain.Hour, 5 * domain.Hour},
		{"after a paid gap, which is still the first one's", "breaks: {mode: punched, paid_upto: 20m}", "2026-06-10T12:15 in", 4*domain.Hour + 15*domain.Minute, 4*domain.Hour + 45*domain.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t, "flex-open", "breaks: {mode: punched}", c.breaks).
				punch("2026-06-10T08:00 in", "2026-06-10T12:00 out", c.back, "2026-06-10T17:00 out")
			s.facts.Punches[0].Cost, s.facts.Punches[2].Cost = "c1", "c2"
			got := map[string]domain.Seconds{}
			d := s.day("2026-06-10")
			for _, r := range d.Rows {
				got[r.Dims.Cost] += r.Seconds
			}
			require.Equal(t, map[string]domain.Seconds{"c1": c.first, "c2": c.second}, got)
		})
	}
}

func TestSumsOfWeeksBeginAtTheirAnchorAndLookBackAsFar(t *testing.T) {
	for per, days := range map[string]int{"two_weeks": 14, "four_weeks": 28} {
		s := newScene(t, "flex-open", append(wages("rules: [{id: a, per: "+per+", over: 10h, code: OT}, {id: b, over: 9h, code: W}]"), "week: {starts: mon}", `week: {starts: mon, anchor: "2026-06-01"}`)...)
		require.Equal(t, days, s.rules.Lookback.Days)
	}
}
