package attendance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// A rule of the vocabulary, the pack that it is tried in, and what a day comes to.
type ruleCase struct {
	name    string
	pack    string
	changes []string
	punches []string
	approve []string // kind, from, to
	date    string
	rows    map[string]string
	flags   []string
	keys    []string // anomalies
}

var ruleCases = []ruleCase{
	{
		name: "an arrival is rounded up to the quarter and a departure down", pack: "cn-bj-office",
		changes: []string{"presence:", "rounding: {punch: {in: {every: 15m, dir: up}, out: {every: 15m, dir: down}}}\npresence:"},
		punches: []string{"2026-10-08T09:07 in", "2026-10-08T17:58 out"}, date: "2026-10-08",
		rows: map[string]string{"REG": "7:30", "x.early": "0:02", "x.late": "0:07"}, flags: []string{"early_leave", "late"},
	},
	{
		name: "rounding near the plan leaves other punches alone", pack: "cn-bj-office",
		changes: []string{"presence:", "rounding: {punch: {out: {every: 15m, dir: down, within: 10m}}}\npresence:"},
		punches: []string{"2026-10-08T09:00 in", "2026-10-08T16:58 out"}, date: "2026-10-08",
		rows: map[string]string{"REG": "6:58", "x.early": "1:02"}, flags: []string{"early_leave"},
	},
	{
		name: "a total that is rounded down leaves the rest unpaid", pack: "cn-bj-office",
		changes: []string{"presence:", "rounding: {total: {OT_150: {every: 30m, dir: down}}}\npresence:"},
		punches: []string{"2026-10-08T09:00 in", "2026-10-08T19:40 out"}, approve: []string{"overtime", "2026-10-08T18:00", "2026-10-08T20:00"},
		date: "2026-10-08", rows: map[string]string{"REG": "8:00", "OT_150": "1:30", "x.unpaid": "0:10"}, flags: []string{},
	},
	{
		name: "a total that is rounded up shows what was added", pack: "cn-bj-office",
		changes: []string{"OT_150, min: 30m}", "OT_150, min: 30m, round: {every: 30m, dir: up}}"},
		punches: []string{"2026-10-08T09:00 in", "2026-10-08T19:40 out"}, approve: []string{"overtime", "2026-10-08T18:00", "2026-10-08T20:00"},
		date: "2026-10-08", rows: map[string]string{"REG": "8:00", "OT_150": "2:00", "x.rounding": "0:20"}, flags: []string{},
	},
	{
		name: "approved hours count whatever was punched", pack: "cn-bj-office", changes: []string{"mode: clip", "mode: hours"},
		punches: []string{"2026-10-08T09:00 in", "2026-10-08T18:30 out"}, approve: []string{"overtime", "2026-10-08T18:00", "2026-10-08T20:00"},
		date: "2026-10-08", rows: map[string]string{"REG": "8:00", "OT_150": "2:00"}, flags: []string{},
	},
	{
		name: "ins are floored and outs are ceiled", pack: "cn-bj-office", changes: []string{"precision: minute", "precision: minute_up"},
		punches: []string{"2026-10-08T09:10:50 in", "2026-10-08T17:40:10 out"}, date: "2026-10-08",
		rows: map[string]string{"REG": "7:31", "x.early": "0:19", "x.late": "0:10"}, flags: []string{"early_leave", "late"},
	},
	{
		name: "every edge of the plan takes its punch", pack: "cn-bj-office",
		changes: []string{"pair: first_last", "pair: slot_points", "points: ends", "points: all"},
		punches: []string{"2026-10-08T08:55", "2026-10-08T11:50", "2026-10-08T13:10", "2026-10-08T18:00"}, date: "2026-10-08",
		rows: map[string]string{"REG": "7:40", "x.unapproved": "0:05"}, flags: []string{},
	},
	{
		name: "an edge without a punch is missing", pack: "cn-bj-office",
		changes: []string{"pair: first_last", "pair: slot_points", "points: ends", "points: all"},
		punches: []string{"2026-10-08T08:55", "2026-10-08T11:50", "2026-10-08T18:00"}, date: "2026-10-08",
		rows: map[string]string{"REG": "2:50", "x.unapproved": "0:05"}, flags: []string{"incomplete"}, keys: []string{"incomplete:in", "punch.missing_in:in"},
	},
	{
		name: "with points: first the plan stands in for the out", pack: "cn-bj-office", changes: []string{"points: ends", "points: first"},
		punches: []string{"2026-10-08T09:10 in"}, date: "2026-10-08",
		rows: map[string]string{"REG": "7:50", "x.late": "0:10"}, flags: []string{"late"},
	},
	{
		// Eight hours from 09:00 with two hours between the blocks, which are a planned break still: 19:00.
		name: "an interval that the plan ends goes on behind the break", pack: "cn-bj-office",
		changes: []string{"pair: first_last", "pair: typed, max_open: 0m, close: {after: plan}", `[["09:00", "12:00"], ["13:00", "18:00"]]`, `[["09:00", "12:00"], ["14:00", "19:00"]]`},
		punches: []string{"2026-10-08T09:00 in"}, date: "2026-10-08",
		rows: map[string]string{"REG": "8:00"}, flags: []string{}, keys: []string{"punch.auto_closed:p01"},
	},
	{
		name: "a break behind the last departure is none", pack: "flex-open", changes: []string{"mode: punched", "mode: punched, punched: anywhere"},
		punches: []string{"2026-06-10T08:00 in", "2026-06-10T12:00 out", "2026-06-10T13:00 break_out", "2026-06-10T13:30 break_in"}, date: "2026-06-10",
		rows: map[string]string{"REG": "4:00"}, flags: []string{},
	},
	{
		// 15:00-15:30 is a gap of exactly half an hour: the second shift starts in the band, the first does not.
		name: "a gap as long as the rules say parts two shifts for a premium", pack: "flex-open",
		changes: []string{
			`cut: "04:00"`, `cut: "04:00", shift_gap: 30m`,
			"pay_codes:", "premiums: [{id: late, band: [\"15:00\", \"23:00\"], whole_shift: starts, code: P, family: p}]\npay_codes:\n  P: {class: premium, rate: \"0.50\"}",
		},
		punches: []string{"2026-06-10T14:00 in", "2026-06-10T15:00 out", "2026-06-10T15:30 in", "2026-06-10T18:00 out"}, date: "2026-06-10",
		rows: map[string]string{"REG": "3:30", "P": "2:30"}, flags: []string{},
	},
	{
		// Of 18:00-22:00 two hours are dearer than what lies beyond the plan; the rest is that, and the plan is neither.
		name: "what lies beyond the plan takes part where the highest rate pays", pack: "cn-bj-office",
		changes: []string{
			"overtime:\n", "overtime:\n  combine: highest\n", "outside: plan, code: OT_150, min: 30m}", "outside: plan, code: OT_150}\n    - {id: long, day: [work], over: 10h, code: OT_200}",
		},
		punches: []string{"2026-10-08T09:00 in", "2026-10-08T22:00 out"}, approve: []string{"overtime", "2026-10-08T18:00", "2026-10-08T22:00"},
		date: "2026-10-08", rows: map[string]string{"REG": "8:00", "OT_150": "2:00", "OT_200": "2:00"}, flags: []string{},
	},
	{
		name: "an odd punch of an alternating sequence has no partner", pack: "flex-open",
		punches: []string{"2026-06-10T08:00", "2026-06-10T12:00", "2026-06-10T13:00"}, date: "2026-06-10",
		rows: map[string]string{"REG": "4:00"}, flags: []string{"incomplete"},
		keys: []string{"incomplete:out", "punch.missing_out:out", "punch.unpaired"},
	},
	{
		name: "lateness may be measured from the end of the grace", pack: "cn-bj-office",
		changes: []string{"grace: 5m, snap: true, from: start", "grace: 5m, snap: true, from: grace_end"},
		punches: []string{"2026-10-08T09:12 in", "2026-10-08T18:00 out"}, date: "2026-10-08",
		rows: map[string]string{"REG": "7:48", "x.late": "0:07"}, flags: []string{"late"},
	},
	{
		name: "a day worked too little is half an absence", pack: "cn-bj-office",
		changes: []string{"presence:", "presence:\n  worked: {half_below: 6h, absent_below: 2h}"},
		punches: []string{"2026-10-08T09:00 in", "2026-10-08T15:00 out"}, date: "2026-10-08",
		rows: map[string]string{"REG": "5:00", "x.absent": "0:00", "x.early": "3:00"}, flags: []string{"absent_half", "early_leave"},
	},
	{
		name: "the dearest premium whose own minimum is met is paid", pack: "jp-tokyo-office",
		changes: []string{"family: night}", "family: night, min: 2h}"},
		punches: []string{"2026-06-10T09:00 in", "2026-06-10T23:30 out"}, date: "2026-06-10",
		rows: map[string]string{"REG": "7:30", "OT_100": "0:30", "OT_125": "5:30"}, flags: []string{},
	},
	{
		name: "where dates split a night, the plan of the second is what of the night lies on it", pack: "jp-tokyo-office",
		changes: []string{
			`day: {cut: "05:00", civil`, `day: {cut: "12:00", ot_day: split, civil`, `work: [["09:00", "12:00"], ["13:00", "17:30"]]`, `work: [["22:00", "30:00"]]`, "window: {before: 4h, after: 11h}, ", "",
			"{id: day8, per: day, over: 8h, code: OT_125}", "{id: day12, per: day, over: 12h, code: OT_125}",
		},
		punches: []string{"2026-06-12T22:00 in", "2026-06-13T07:00 out"}, date: "2026-06-12", // Friday: 2:00 of 2:00, Saturday: 7:00 of 6:00
		rows: map[string]string{"REG": "8:00", "OT_100": "1:00", "NIGHT_25": "7:00"}, flags: []string{},
	},
	{
		name: "a break punched too short is short", pack: "us-ca-hourly",
		punches: []string{"2026-06-03T08:00 in", "2026-06-03T12:00 out", "2026-06-03T12:20 in", "2026-06-03T16:20 out"}, date: "2026-06-03",
		rows: map[string]string{"REG": "8:00", "MEAL_PREM": "1:00"}, flags: []string{}, keys: []string{"break.short:meal1"},
	},
	{
		name: "a waived meal is no anomaly", pack: "us-ca-hourly", changes: []string{"start_by: 5h, pay", "start_by: 5h, waived_upto: 6h, pay"},
		punches: []string{"2026-06-03T08:00 in", "2026-06-03T13:30 out"}, date: "2026-06-03",
		rows: map[string]string{"REG": "5:30"}, flags: []string{}, keys: []string{},
	},
	{
		name: "a short punched break may be paid", pack: "us-ca-hourly", changes: []string{"mode: punched", "mode: punched\n  paid_upto: 20m"},
		punches: []string{"2026-06-03T08:00 in", "2026-06-03T10:00 out", "2026-06-03T10:15 in", "2026-06-03T12:00 out"}, date: "2026-06-03",
		rows: map[string]string{"REG": "4:00", "REPORT": "0:15"}, flags: []string{},
	},
	{
		name: "an automatic break lies in the middle of what was worked when its own place was not", pack: "de-by-plant",
		changes: []string{`break_at: "10:00"`, `break_at: "15:00"`},
		punches: []string{"2026-10-26T06:00 in", "2026-10-26T14:00 out"}, date: "2026-10-26",
		rows: map[string]string{"REG": "7:30"}, flags: []string{"break.assumed"},
	},
	{
		name: "an outing counts what it covers of the plan", pack: "cn-bj-office",
		punches: []string{"2026-10-08T09:00 in", "2026-10-08T15:00 out"}, approve: []string{"outing", "2026-10-08T15:00", "2026-10-08T18:00"},
		date: "2026-10-08", rows: map[string]string{"REG": "8:00"}, flags: []string{}, keys: []string{},
	},
}

func TestRulesOfTheVocabulary(t *testing.T) {
	for _, c := range ruleCases {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t, c.pack, c.changes...).punch(c.punches...)
			if c.approve != nil {
				s.approve(c.approve[0], c.approve[1], c.approve[2])
			}
			d := s.day(c.date)
			require.Equal(t, c.rows, seconds(d))
			require.ElementsMatch(t, c.flags, d.Flags)
			if c.keys != nil {
				require.Equal(t, c.keys, anomalies(d))
			}
		})
	}
}

func TestTheFirstLatenessesOfAMonthArePardoned(t *testing.T) {
	s := newScene(t, "cn-bj-office", "count: 3, per: month", "count: 1, per: month")
	s.punch("2026-10-08T09:08 in", "2026-10-08T18:00 out", "2026-10-09T09:08 in", "2026-10-09T18:00 out").
		punch("2026-11-02T09:08 in", "2026-11-02T18:00 out")
	for on, state := range map[string]string{"2026-10-08": "waived", "2026-10-09": "open", "2026-11-02": "waived"} {
		d := s.day(on)
		require.Equal(t, []string{"late"}, d.Flags)
		require.Equal(t, state, d.Anomalies[0].State, on)
	}
}

func TestAveragesLookBackOverWholeMonths(t *testing.T) {
	s := newScene(t, "jp-tokyo-office")
	z := zoneOf(t, "Asia/Tokyo")
	for _, span := range [][2]string{{"2026-05-07", "2026-06-01"}, {"2026-06-01", "2026-07-01"}} {
		for d := date(t, span[0]); d < date(t, span[1]); d++ { // thirteen hours a day, weekends included
			in := z.Start(d, 9*domain.Hour)
			n := len(s.facts.Punches)
			s.facts.Punches = append(s.facts.Punches,
				attendance.Punch{ID: "i" + d.String(), At: in, Dir: attendance.In, Position: domain.Seconds(n)},
				attendance.Punch{ID: "o" + d.String(), At: in + 13*domain.Hour, Dir: attendance.Out, Position: domain.Seconds(n + 1)})
		}
	}
	first := map[string]string{}
	err := attendance.Evaluate(s.book, s.facts, date(t, "2026-05-01"), date(t, "2026-07-01"), attendance.Carry{},
		func(d *attendance.Day, _ *attendance.Carry) bool {
			for i := range d.Anomalies {
				if k := d.Anomalies[i].Key(); first[k] == "" {
					first[k] = d.Date.String()
				}
			}
			return true
		})
	require.NoError(t, err)
	require.Equal(t, "2026-06-08", first["limit.warn:jp.month45"], "in May the sum passes both marks on one Saturday")
	require.Equal(t, "2026-05-16", first["limit.over:jp.month45"])
	require.Equal(t, "2026-05-23", first["limit.over:jp.month100"])
	require.Equal(t, "2026-05-31", first["limit.over:jp.avg80"], "82 h a month over two months")
	require.Equal(t, ruleset.Lookback{Days: 7, Months: 12}, s.rules.Lookback)
}

// What is to end with the day ends as soon as the day is over, and not before.
func TestAnIntervalIsClosedWhenItsEndIsKnown(t *testing.T) {
	s := newScene(t, "flex-open", "pair: alternate", "pair: typed, max_open: 0m, close: {after: 10h}")
	s.punch("2026-06-10T14:00 in")
	for turned, rows := range map[string]map[string]string{"2026-06-09": {}, "2026-06-10": {"REG": "10:00"}} {
		for name := range s.book.Turned {
			s.book.Turned[name] = date(t, turned)
		}
		d := s.day("2026-06-10")
		require.Equal(t, rows, seconds(d), turned)
	}
}

func TestLateLeaveOfAFixedShiftMovesItsStart(t *testing.T) {
	s := newScene(t, "cn-bj-office", "points: ends", `late_leave: [{after: "22:00", shift_start_by: 1h}], points: ends`)
	s.punch("2026-10-08T09:00 in", "2026-10-08T22:30 out", "2026-10-09T09:50 in", "2026-10-09T18:00 out")
	d := s.day("2026-10-09")
	require.Empty(t, d.Flags)
	require.Equal(t, "7:10", seconds(d)["REG"])
}

func TestTwoRosteredShiftsOfOneDateAreOnePlan(t *testing.T) {
	s := newScene(t, "de-by-plant")
	s.facts.Roster = []attendance.RosterDay{{Date: date(t, "2026-06-08"), Shift: "E"}, {Date: date(t, "2026-06-08"), Shift: "L"}}
	s.punch("2026-06-08T06:00 in", "2026-06-08T22:00 out")
	d := s.day("2026-06-08")
	require.Equal(t, "15:15", seconds(d)["REG"])
	require.Len(t, d.Plan, 1)
}
