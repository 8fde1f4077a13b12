package attendance_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// edgeCases are rules of the vocabulary at their edges: a limit of nothing, a break at the end of the work, a code that is the first.
var edgeCases = []ruleCase{
	{
		name: "the least minimum that asks for attention is that of a pass that has one", pack: "cn-bj-office",
		changes: []string{"code: OT_150, min: 30m}", "code: OT_150, min: 30m}\n    - {id: endless, day: [work], over: 14h, code: OT_200}"},
		punches: []string{"2026-10-08T09:00 in", "2026-10-08T18:20 out"}, date: "2026-10-08",
		rows: map[string]string{"REG": "8:00", "x.unapproved": "0:20"}, keys: []string{},
	},
	{
		name: "a mark of nothing is passed by anything", pack: "cn-bj-office",
		changes: []string{"max: 3h, severity: medium", "max: 3h, warn: 0h, severity: medium"},
		punches: []string{"2026-10-08T09:00 in", "2026-10-08T19:00 out"}, approve: []string{"overtime", "2026-10-08T18:00", "2026-10-08T19:00"},
		date: "2026-10-08", rows: map[string]string{"REG": "8:00", "OT_150": "1:00"}, keys: []string{"limit.warn:cn.ot.day"},
	},
	{
		name: "a limit of nothing is passed by anything", pack: "cn-bj-office",
		changes: []string{"max: 3h, severity: medium", "max: 0h, severity: medium"},
		punches: []string{"2026-10-08T09:00 in", "2026-10-08T19:00 out"}, approve: []string{"overtime", "2026-10-08T18:00", "2026-10-08T19:00"},
		date: "2026-10-08", rows: map[string]string{"REG": "8:00", "OT_150": "1:00"}, keys: []string{"limit.over:cn.ot.day"},
	},
	{
		name: "what a pass claims, the next cannot, also where it pays plain time", pack: "us-ca-hourly",
		changes: []string{"rules:\n    - {id: day7.dt", "rules:\n    - {id: plain, weekday: [wed], over: 0h, code: REG}\n    - {id: day7.dt"},
		punches: []string{"2026-06-03T08:00 in", "2026-06-03T12:00 out", "2026-06-03T12:30 in", "2026-06-03T18:30 out"}, date: "2026-06-03",
		rows: map[string]string{"REG": "10:00"},
	},
	{
		name: "an automatic break that the end of the work cuts off goes on before it", pack: "de-by-plant",
		changes: []string{`break_at: "10:00"`, `break_at: "13:45"`},
		punches: []string{"2026-10-26T06:00 in", "2026-10-26T14:00 out"}, date: "2026-10-26", rows: map[string]string{"REG": "7:30"},
	},
	{
		name: "and takes nothing from time that does not count", pack: "de-by-plant",
		changes: []string{`break_at: "10:00"`, `break_at: "13:50"`, "worked_over: 6h, deduct: 30m", "worked_over: 0m, deduct: 30m"},
		punches: []string{"2026-10-26T06:00 in", "2026-10-26T14:00 out"}, approve: []string{"leave", "2026-10-26T06:20", "2026-10-26T13:40"},
		date: "2026-10-26", rows: map[string]string{"REG": "0:10", "x.unapproved": "7:20"},
	},
	{
		name: "an automatic break may be a second long", pack: "de-by-plant", changes: []string{"precision: minute", "precision: second"},
		punches: []string{"2026-10-26T06:00:00 in", "2026-10-26T12:00:01 out"}, date: "2026-10-26",
		rows: map[string]string{"REG": "6:00", "x.early": "1:59:59"}, flags: []string{"break.assumed", "early_leave"},
	},
	{
		name: "reporting time without a ceiling pays its share", pack: "us-ca-hourly", changes: []string{"floor: 2h, ceil: 4h,", "floor: 2h,"},
		punches: []string{"2026-06-03T09:00 in", "2026-06-03T10:00 out"}, date: "2026-06-03", rows: map[string]string{"REG": "1:00", "REPORT": "3:15"},
	},
	{
		name: "a missed break is paid by the first code of the document as by any other", pack: "us-ca-hourly",
		changes: []string{"over: 8h, code: DT}", "over: 8h, code: ZDT}", "over: 12h, code: DT}", "over: 12h, code: ZDT}", "  DT: {class", "  ZDT: {class"},
		punches: []string{"2026-06-03T08:00 in", "2026-06-03T14:00 out"}, date: "2026-06-03", rows: map[string]string{"REG": "6:00", "MEAL_PREM": "1:00"},
	},
	{
		name: "a trip on which punches are required and none was made", pack: "cn-bj-office", changes: []string{"punches: optional", "punches: required"},
		approve: []string{"trip", "2026-10-08T00:00", "2026-10-09T00:00"}, date: "2026-10-08",
		rows: map[string]string{"REG": "8:00"}, keys: []string{"trip.conflict:r-trip"},
	},
	{
		name: "a meal is waived up to the length of work itself", pack: "us-ca-hourly", changes: []string{"start_by: 5h, pay", "start_by: 5h, waived_upto: 6h, pay"},
		punches: []string{"2026-06-03T08:00 in", "2026-06-03T14:00 out"}, date: "2026-06-03", rows: map[string]string{"REG": "6:00"}, keys: []string{},
	},
	{
		name: "and not a second longer", pack: "us-ca-hourly", changes: []string{"start_by: 5h, pay", "start_by: 5h, waived_upto: 6h, pay"},
		punches: []string{"2026-06-03T08:00 in", "2026-06-03T14:00:01 out"}, date: "2026-06-03",
		rows: map[string]string{"REG": "6:00:01", "MEAL_PREM": "1:00"}, keys: []string{"break.missed:meal1"},
	},
	{
		name: "punched breaks leave the span that they lie in", pack: "us-ca-hourly",
		punches: []string{
			"2026-06-03T08:00 in", "2026-06-03T09:00 break_out", "2026-06-03T09:30 break_in", "2026-06-03T12:00 out",
			"2026-06-03T13:00 in", "2026-06-03T14:00 break_out", "2026-06-03T14:20 break_in", "2026-06-03T17:00 out",
		},
		date: "2026-06-03", rows: map[string]string{"REG": "7:10"}, keys: []string{},
	},
	{
		name: "a gap up to the length that the rules name is no split shift", pack: "us-ca-hourly",
		punches: []string{"2026-06-03T09:00 in", "2026-06-03T12:00 out", "2026-06-03T13:00 in", "2026-06-03T15:00 out"}, date: "2026-06-03",
		rows: map[string]string{"REG": "5:00"},
	},
	{
		name: "a longer one is", pack: "us-ca-hourly",
		punches: []string{"2026-06-03T09:00 in", "2026-06-03T12:00 out", "2026-06-03T13:00:01 in", "2026-06-03T15:00:01 out"}, date: "2026-06-03",
		rows: map[string]string{"REG": "5:00", "SPLIT": "1:00"},
	},
}

func TestRulesAtTheirEdges(t *testing.T) {
	for _, c := range edgeCases {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t, c.pack, c.changes...).punch(c.punches...)
			if c.approve != nil {
				s.approve(c.approve[0], c.approve[1], c.approve[2])
			}
			d := s.day(c.date)
			require.Equal(t, c.rows, seconds(d))
			if c.flags != nil {
				require.ElementsMatch(t, c.flags, d.Flags)
			}
			if c.keys != nil {
				require.Equal(t, c.keys, anomalies(d))
			}
		})
	}
}

// clocks are the segments of a day as local times.
func clocks(t *testing.T, zone string, d attendance.Day) []string {
	t.Helper()
	z := zoneOf(t, zone)
	var out []string
	for _, s := range d.Segments {
		date, from := z.Wall(s.From)
		_, to := z.Wall(s.To)
		require.Equal(t, date, s.Civil, "the civil date of a segment is that of its start")
		out = append(out, hm(from)+"-"+hm(to)+" "+s.Base)
	}
	return out
}

func TestAnAutomaticBreakLiesInTheMiddleOfWhatWasWorked(t *testing.T) {
	s := newScene(t, "de-by-plant", `work: [["06:00", "14:00"]], break_at: "10:00"`, `work: [["06:00", "14:00"]]`)
	s.punch("2026-10-26T06:00 in", "2026-10-26T07:00 out", "2026-10-26T07:10 in", "2026-10-26T14:00 out")
	require.Equal(t, []string{"6:00-7:00 REG", "7:10-9:50 REG", "10:20-14:00 REG"}, clocks(t, "Europe/Berlin", s.day("2026-10-26")))
}

func TestAnAutomaticBreakAtTheEndOfTheWork(t *testing.T) {
	s := newScene(t, "de-by-plant", `break_at: "10:00"`, `break_at: "13:45"`).punch("2026-10-26T06:00 in", "2026-10-26T14:00 out")
	require.Equal(t, []string{"6:00-13:30 REG"}, clocks(t, "Europe/Berlin", s.day("2026-10-26")))
}

func TestACreditThatRoundingCutsAfterMidnightHasTheNextCivilDateThere(t *testing.T) {
	s := newScene(t, "cn-bj-office", "presence:", "rounding: {total: {REG: {every: 30m, dir: down}}}\npresence:")
	s.facts.Credits = []attendance.Credit{{ID: "c1", Date: date(t, "2026-10-08"), Seconds: 15*domain.Hour + 20*domain.Minute, Event: "granted"}}
	require.Equal(t, []string{"9:00-0:00 REG", "0:00-0:20 x.unpaid"}, clocks(t, "Asia/Shanghai", s.day("2026-10-08")))
}

func TestTimeOffIsBankedFromTheFirstCodeOfTheDocumentToo(t *testing.T) {
	s := newScene(t, "cn-bj-office", "code: OT_200, toil", "code: A_200, toil", "[OT_150, OT_200, OT_300]", "[OT_150, A_200, OT_300]", "  OT_200: {class", "  A_200: {class")
	s.punch("2026-10-17T10:00 in", "2026-10-17T14:00 out").approve("overtime", "2026-10-17T10:00", "2026-10-17T14:00")
	s.facts.Approvals[0].Settle = "toil"
	require.Equal(t, map[string]string{"A_200": "4:00", "TOIL": "4:00"}, seconds(s.day("2026-10-17")))
	require.Equal(t, map[string]string{"A_200": "0", "TOIL": "1.00"}, rates(s.day("2026-10-17")), "what the bank has is not paid as well")
}

func TestABindingThatHasEndedGovernsNoMore(t *testing.T) {
	s := newScene(t, "cn-bj-office")
	s.book.Groups["cn-bj-office"][0].To = date(t, "2026-10-13")
	require.Equal(t, []string{"absent"}, anomalies(s.day("2026-10-12")))
	require.Equal(t, []string{"rules.none"}, anomalies(s.day("2026-10-13")))
	require.Equal(t, []string{"rules.none"}, anomalies(s.day("2026-10-14")))
}

func TestAGroupThatIsBoundToRulesWithoutAVersionHasNoRules(t *testing.T) {
	s := newScene(t, "cn-bj-office")
	s.book.Rulesets["cn-bj-office"][0].From = date(t, "2026-10-09")
	require.Equal(t, []string{"rules.none"}, anomalies(s.day("2026-10-08")))
	require.Equal(t, []string{"absent"}, anomalies(s.day("2026-10-09")))
	delete(s.book.Rulesets, "cn-bj-office")
	require.Equal(t, []string{"rules.none"}, anomalies(s.day("2026-10-09")))
}

func TestRosteredShiftsOfADateAreOnePlanInTheirOrderWhicheverIsNamedFirst(t *testing.T) {
	s := newScene(t, "de-by-plant")
	on := date(t, "2026-06-09")
	s.facts.Roster = []attendance.RosterDay{{Date: on, Shift: "N"}, {Date: on, Shift: "E"}}
	z := zoneOf(t, "Europe/Berlin")
	require.Equal(t, []attendance.Interval{
		{From: z.Start(on, 6*domain.Hour), To: z.Start(on, 14*domain.Hour)}, {From: z.Start(on, 22*domain.Hour), To: z.Start(on+1, 6*domain.Hour)},
	}, s.day("2026-06-09").Plan)
}

func TestWhichPunchesRepeatTheOneBefore(t *testing.T) {
	for _, c := range []struct {
		first, second string
		repeats       bool
	}{
		{"in", "in", true},
		{"in", "auto", true},
		{"auto", "in", true},
		{"auto", "auto", true},
		{"auto", "out", true},
		{"out", "auto", true},
		{"in", "out", false},
		{"out", "in", false},
		{"break_in", "break_in", true},
		{"break_out", "break_out", true},
		{"break_in", "break_out", false},
		{"break_out", "break_in", false},
		{"break_in", "auto", false},
		{"break_out", "auto", false},
		{"auto", "break_in", false},
		{"auto", "break_out", false},
		{"break_in", "in", false},
		{"in", "break_out", false},
	} {
		t.Run(c.first+" "+c.second, func(t *testing.T) {
			s := newScene(t, "cn-bj-office")
			s.punch("2026-10-08T09:00 in", "2026-10-08T12:00:00 "+c.first, "2026-10-08T12:01:00 "+c.second, "2026-10-08T18:00 out")
			d := s.day("2026-10-08")
			require.Len(t, d.Punches, 4)
			require.Equal(t, c.repeats, d.Punches[1].Role == "duplicate" || d.Punches[2].Role == "duplicate", "%+v", d.Punches)
			s.facts.Punches[2].At++
			for _, p := range s.day("2026-10-08").Punches {
				require.NotEqual(t, "duplicate", p.Role, "a second beyond the time within which punches are one")
			}
		})
	}
}

func TestTheAnomaliesThatStopAClose(t *testing.T) {
	var stop []string
	for _, k := range attendance.AnomalyKinds {
		if k.Block {
			stop = append(stop, k.ID)
		}
	}
	require.Equal(t, []string{
		"absent", "absent_half", "calendar.provisional", "day.disputed", "punch.held", "punch.missing_in", "punch.missing_out", "roster.unknown_shift", "rules.none",
	}, stop)
}

func TestBytesThatAreNoCarryAreRefused(t *testing.T) {
	s := newScene(t, "de-by-plant").punch("2026-10-26T06:00 in", "2026-10-26T14:00 out", "2026-10-27T06:00 in")
	var whole []byte
	require.NoError(t, attendance.Evaluate(s.book, s.facts, date(t, "2026-10-20"), date(t, "2026-10-28"), attendance.Carry{},
		func(_ *attendance.Day, next *attendance.Carry) bool {
			var err error
			whole, err = next.AppendBinary([]byte("before"))
			require.NoError(t, err)
			return true
		}))
	require.Equal(t, "before", string(whole[:6]))
	whole = whole[6:]
	require.Greater(t, len(whole), 50, "a carry with sums")
	refused := func(name string, b []byte) {
		var c attendance.Carry
		require.ErrorIs(t, c.UnmarshalBinary(b), attendance.ErrCarry, name)
		require.Equal(t, attendance.Carry{}, c, name)
	}
	for n := 1; n < len(whole); n++ {
		refused("cut short", whole[:n])
	}
	refused("a byte too many", append(slices.Clip(whole), 0))
	refused("another format", append([]byte{2}, whole[1:]...))
	head := append([]byte{1}, make([]byte, 11)...)
	refused("a text that is longer than all there is", append(head[:12:12], 0xff, 0xff, 0xff, 0xff, 0x0f))
	refused("more sums than there are bytes", append(head[:12:12], 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f))
	var c attendance.Carry
	require.NoError(t, c.UnmarshalBinary(whole))
	require.Equal(t, "2026-10-27", c.Through.String())
	require.NoError(t, c.UnmarshalBinary(nil))
	require.Equal(t, attendance.Carry{}, c)
}

func TestExamplesOfPacksHoldAndAWrongOneSaysHow(t *testing.T) {
	compiled := func(doc *ruleset.Document) *ruleset.Rules {
		rules, err := ruleset.Compile(doc, "hash")
		require.NoError(t, err)
		return rules
	}
	for _, doc := range ruleset.Packs() {
		calendar, _ := ruleset.Calendar(doc.Calendar)
		for _, x := range doc.Examples {
			got, err := attendance.RunExample(compiled(doc), calendar, x)
			require.NoError(t, err)
			require.Empty(t, got, "%s %s", doc.ID, x.ID)
		}
	}
	doc, ok := ruleset.Pack("cn-bj-office")
	require.True(t, ok)
	calendar, _ := ruleset.Calendar("cn-mainland")
	run := func(x ruleset.Example) ([]attendance.Difference, error) {
		return attendance.RunExample(compiled(doc), calendar, x)
	}
	wrong := ruleset.Example{
		ID: "x", Punches: []string{"2026-10-08T18:00:30", "2026-10-08T09:10:00 in"},
		Approved: []ruleset.ExampleApproval{{Kind: "leave", Type: "sick", From: "2026-10-09T09:00", To: "2026-10-09T18:00:00+08:00"}},
		Roster:   map[string]string{"2026-10-12": "rest"},
		Expect: []ruleset.ExampleDay{
			{Date: "2026-10-08", Rows: map[string]string{"REG": "8:00", "x.late": "0:11"}, Late: "0:00", Flags: []string{}, Anomalies: []string{}},
			{Date: "2026-10-09", Rows: map[string]string{}, Flags: []string{}},
			{Date: "2026-10-12", Flags: []string{"absent"}},
			{Date: "2026-10-13", Rows: map[string]string{}, Flags: []string{}},
		},
	}
	got, err := run(wrong)
	require.NoError(t, err)
	require.Equal(t, []attendance.Difference{
		{"2026-10-08", "rows", "REG 8:00, x.late 0:11", "REG 7:50, x.late 0:10"},
		{"2026-10-08", "late", "0:00", "0:10"},
		{"2026-10-08", "flags", "", "late"},
		{"2026-10-08", "anomalies", "", "late"},
		{"2026-10-09", "rows", "", "LEAVE_SICK 8:00"},
		{"2026-10-12", "flags", "absent", ""},
		{"2026-10-13", "flags", "", "absent"},
	}, got)
	for name, x := range map[string]ruleset.Example{
		"a punch":          {ID: "x", Punches: []string{"8 October"}},
		"an approval":      {ID: "x", Approved: []ruleset.ExampleApproval{{Kind: "leave", From: "soon", To: "2026-10-09T18:00"}}},
		"its end":          {ID: "x", Approved: []ruleset.ExampleApproval{{Kind: "leave", From: "2026-10-09T18:00", To: "late"}}},
		"a rostered date":  {ID: "x", Roster: map[string]string{"soon": "D"}},
		"an expected date": {ID: "x", Expect: []ruleset.ExampleDay{{Date: "soon"}}},
	} {
		_, err := run(x)
		require.ErrorContains(t, err, "example x", name)
	}
	typed, ok := ruleset.Pack("us-ca-hourly")
	require.True(t, ok)
	got, err = attendance.RunExample(compiled(typed), nil, ruleset.Example{
		ID: "x", Punches: []string{"2026-06-03T08:00", "2026-06-03T12:00"}, Expect: []ruleset.ExampleDay{{Date: "2026-06-03", Rows: map[string]string{"REG": "4:00"}}},
	})
	require.NoError(t, err)
	require.Empty(t, got, "a punch without a direction has that which comes next")
	got, err = run(ruleset.Example{ID: "x"})
	require.NoError(t, err)
	require.Empty(t, got)
}
