package ruleset_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
)

// changed reads a shipped pack with pairs of texts replaced. It skips the lints, as Compile must stand without them.
func changed(t *testing.T, id string, changes ...string) *ruleset.Document {
	t.Helper()
	source, ok := ruleset.PackSource(id)
	require.True(t, ok)
	text := string(source)
	for i := 0; i+1 < len(changes); i += 2 {
		require.Contains(t, text, changes[i])
		text = strings.Replace(text, changes[i], changes[i+1], 1)
	}
	doc, err := ruleset.Parse([]byte(text), id)
	require.NoError(t, err)
	return doc
}

func TestEveryPackCompiles(t *testing.T) {
	for _, doc := range ruleset.Packs() {
		r, err := ruleset.Compile(doc, "h")
		require.NoError(t, err, doc.ID)
		require.Same(t, doc, r.Doc)
		require.Equal(t, "h", r.Hash)
	}
}

func TestCompileAppliesDefaults(t *testing.T) {
	r, err := ruleset.Compile(changed(t, "us-ca-hourly", ", max_open: 16h", ""), "h")
	require.NoError(t, err)
	require.Equal(t, 16*domain.Hour, r.MaxOpen, "typed punches may stay open for 16 h")
	require.Equal(t, "incomplete", r.MissingOne)
	require.Equal(t, "absent", r.MissingBoth)
	require.Equal(t, "REG", r.Codes[r.Straight].ID)
	for _, k := range []schedule.Kind{schedule.Statutory, schedule.LegalRest, schedule.Holiday} {
		require.True(t, r.Civil.Has(k), k.String())
	}
	require.False(t, r.Civil.Has(schedule.Rest))
	bj, err := ruleset.Compile(changed(t, "cn-bj-office"), "h")
	require.NoError(t, err)
	require.Zero(t, bj.MaxOpen, "others close with the day")
}

func TestCompileRefusesWhatLeadsNowhere(t *testing.T) {
	cases := []struct {
		name, pack      string
		changes         []string
		code, ptr, what string
	}{
		{"an overtime rule with an undeclared code", "cn-bj-office", []string{"code: OT_300}", "code: OT_999}"}, "lint_failed", "/overtime/rules/0/code", "undeclared_code"},
		{"an overtime rule that pays a premium", "jp-tokyo-office", []string{"over: 8h, code: OT_125", "over: 8h, code: NIGHT_25"}, "lint_failed", "/overtime/rules/1/code", "not_a_base_code"},
		{"a premium with a base code", "de-by-plant", []string{"code: NIGHT_25, family", "code: REG, family"}, "lint_failed", "/premiums/0/code", "not_a_premium_code"},
		{"a weekly plan with an unknown shift", "cn-bj-office", []string{"mon: D", "mon: Q"}, "lint_failed", "/schedule/weekly/mon", "unknown_shift"},
		{"a rotation with an unknown shift", "de-by-plant", []string{"cycle: [E,", "cycle: [Q,"}, "lint_failed", "/schedule/rotate/cycle/0", "unknown_shift"},
		{"time off in a code that is no bank", "cn-bj-office", []string{"toil: TOIL", "toil: REG"}, "lint_failed", "/overtime/rules/1/toil", "not_a_bank_code"},
		{"two rules that share a weekly sum", "jp-tokyo-office", []string{"{id: in_law, per: day, over: plan, code: OT_100}", "{id: again, per: week, of: [straight], over: 50h, code: OT_125}"}, "lint_failed", "/overtime/rules/3", "duplicate_accumulator"},
		{"a limit on an undeclared code", "cn-bj-office", []string{"measure: [OT_150], per: day", "measure: [OT_15], per: day"}, "lint_failed", "/limits/1/measure/0", "undeclared_code"},
		{"leave with an undeclared code", "cn-bj-office", []string{"code: LEAVE_SICK, unit", "code: LEAVE_SIC, unit"}, "lint_failed", "/leave/sick/code", "undeclared_code"},
		{"tiers that go down", "cn-bj-office", []string{"{over: 30m, as: late_serious}", "{over: 0m, as: late_serious}"}, "lint_failed", "/presence/late/tiers/1", "tiers_not_ascending"},
		{"blocks that overlap", "cn-bj-office", []string{`["13:00", "18:00"]`, `["11:00", "18:00"]`}, "lint_failed", "/shifts/D/work/1", "span_order"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := ruleset.Compile(changed(t, c.pack, c.changes...), "h")
			var e *domain.Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.code, e.Code)
			require.Equal(t, c.ptr, e.Args["pointer"])
			require.Equal(t, c.what, e.Args["problem"])
		})
	}
}

func TestCompileRefusesWordsItDoesNotKnow(t *testing.T) {
	doc := changed(t, "cn-bj-office")
	doc.Punch.Pair = "guess"
	_, err := ruleset.Compile(doc, "h")
	require.ErrorIs(t, err, &domain.Error{Code: "schema_invalid"})
	require.ErrorContains(t, err, "/punch/pair")
}

func TestSelectorsAreAlternativesInsideAndConditionsAcross(t *testing.T) {
	doc := changed(t, "cn-bj-office")
	doc.Overtime.Rules[0].Selector = ruleset.Selector{
		Day: []string{"work", "rest"}, NotWeekday: []string{"sun"}, NotDates: []string{"10-09", "2026-10-12"}, Place: []string{"office", "field"},
		Tags: []string{"a", "b"}, NotTags: []string{"c"}, Approved: []string{"overtime"}, NotShift: []string{"D"}, Contract: []string{"hourly"},
	}
	r, err := ruleset.Compile(doc, "h")
	require.NoError(t, err)
	m := &r.Passes[0].Match
	on := func(k schedule.Kind, d int) bool { return m.OnDate(k, domain.NewDate(2026, 10, d)) }
	require.True(t, on(schedule.Work, 8))
	require.True(t, on(schedule.Rest, 8))
	require.True(t, on(schedule.Special, 8), "a special day is a working day of its own making")
	require.False(t, on(schedule.Statutory, 8))
	require.False(t, on(schedule.Work, 9), "every 9 October")
	require.False(t, on(schedule.Work, 11), "a Sunday")
	require.False(t, on(schedule.Work, 12), "this one date")
	require.True(t, m.OnDate(schedule.Work, domain.NewDate(2027, 10, 12)))
	good := ruleset.Subject{
		Shift: ruleset.ShiftBit(-1), Tags: r.TagBits([]string{"b", "unheard"}), Approved: ruleset.ApprovedOvertime | ruleset.ApprovedTrip,
		Place: ruleset.PlaceBit("field"), Contract: ruleset.ContractBit("hourly"),
	}
	require.True(t, m.OnSubject(&good))
	for name, spoil := range map[string]func(*ruleset.Subject){
		"shift":    func(s *ruleset.Subject) { s.Shift = ruleset.ShiftBit(0) },
		"tags":     func(s *ruleset.Subject) { s.Tags = 0 },
		"not_tags": func(s *ruleset.Subject) { s.Tags |= r.TagBits([]string{"c"}) },
		"approved": func(s *ruleset.Subject) { s.Approved = ruleset.ApprovedTrip },
		"place":    func(s *ruleset.Subject) { s.Place = ruleset.PlaceBit("remote") },
		"contract": func(s *ruleset.Subject) { s.Contract = ruleset.ContractBit("") },
	} {
		bad := good
		spoil(&bad)
		require.False(t, m.OnSubject(&bad), name)
	}
}

func TestAccumulatorsAreKeyedByWhatTheyCount(t *testing.T) {
	a, err := ruleset.Compile(changed(t, "jp-tokyo-office"), "h")
	require.NoError(t, err)
	b, err := ruleset.Compile(changed(t, "jp-tokyo-office", "week40, per: week, of: [straight], over: 40h", "week44, per: week, of: [straight], over: 44h"), "h")
	require.NoError(t, err)
	require.Equal(t, a.Slots, b.Slots, "another id and threshold count the same")
	require.Contains(t, a.Slots, ruleset.SlotSpec{Key: "ot|week|straight|OT_125", Per: ruleset.PerWeek, Depth: 1})
	require.Contains(t, a.Slots, ruleset.SlotSpec{Key: "limit|month|HOL_135+OT_125+OT_150", Per: ruleset.PerMonth, Depth: 6})
}

func TestLookbackWarmsTheLongestWindow(t *testing.T) {
	de, err := ruleset.Compile(changed(t, "de-by-plant"), "h")
	require.NoError(t, err)
	require.Equal(t, ruleset.Lookback{Days: 24 * 7}, de.Lookback)
	require.Equal(t, domain.NewDate(2026, 1, 1), de.Lookback.Start(domain.NewDate(2026, 6, 18)), "24 weeks back, and the month's start")
	bj, err := ruleset.Compile(changed(t, "cn-bj-office"), "h")
	require.NoError(t, err)
	require.Equal(t, domain.NewDate(2026, 5, 1), bj.Lookback.Start(domain.NewDate(2026, 6, 18)))
}

func TestARotationCountsBackwardsBeforeItsAnchor(t *testing.T) {
	r, err := ruleset.Compile(changed(t, "de-by-plant"), "h")
	require.NoError(t, err)
	anchor := domain.NewDate(2026, 1, 5)
	require.Equal(t, r.PlannedSlot(anchor), r.PlannedSlot(anchor-21))
	require.Equal(t, ruleset.SlotRest, r.PlannedSlot(anchor-1))
	require.Equal(t, r.PlannedSlot(anchor+20), r.PlannedSlot(anchor-1))
}

func TestAGridRoundsTimesOnBothSidesOfMidnight(t *testing.T) {
	for _, c := range []struct {
		dir      ruleset.RoundDir
		in, want domain.Seconds
	}{
		{ruleset.RoundUp, 61, 900},
		{ruleset.RoundDown, 899, 0},
		{ruleset.RoundNearest, 450, 900},
		{ruleset.RoundNearest, 449, 0},
		{ruleset.RoundUp, 900, 900},
		{ruleset.RoundDown, -1, -900},
		{ruleset.RoundUp, -1, 0},
	} {
		require.Equal(t, c.want, ruleset.Grid{Every: 900, Dir: c.dir}.Apply(c.in), "%d of %d", c.dir, c.in)
	}
}

func TestAGridHasItsOwnIdeaOfTheMiddleAndOfAPointThatWasMissed(t *testing.T) {
	const minute = domain.Minute
	quarter := func(dir ruleset.RoundDir, grace domain.Seconds, whole bool) ruleset.Grid {
		return ruleset.Grid{Every: 15 * minute, Dir: dir, Grace: grace, WholeMinutes: whole}
	}
	for _, c := range []struct {
		name     string
		grid     ruleset.Grid
		in, want domain.Seconds
	}{
		{"an exact half goes down", quarter(ruleset.RoundNearestDown, 0, false), 450, 0},
		{"a second more than half goes up", quarter(ruleset.RoundNearestDown, 0, false), 451, 900},
		{"seven whole minutes are half, and go up", quarter(ruleset.RoundNearest, 0, true), 7 * minute, 900},
		{"a second less than seven minutes goes down", quarter(ruleset.RoundNearest, 0, true), 7*minute - 1, 0},
		{"seven minutes and all their seconds go down", quarter(ruleset.RoundNearestDown, 0, true), 8*minute - 1, 0},
		{"eight minutes go up", quarter(ruleset.RoundNearestDown, 0, true), 8 * minute, 900},
		{"seconds alone are cut off", quarter(ruleset.RoundUp, 0, true), 59, 0},
		{"up goes back within the grace", quarter(ruleset.RoundUp, 3*minute, false), 3 * minute, 0},
		{"up goes up beyond it", quarter(ruleset.RoundUp, 3*minute, false), 3*minute + 1, 900},
		{"down goes on within the grace", quarter(ruleset.RoundDown, 3*minute, false), 12 * minute, 900},
		{"down goes down before it", quarter(ruleset.RoundDown, 3*minute, false), 12*minute - 1, 0},
		{"a grid of an even number of minutes has a whole half", ruleset.Grid{Every: 10 * minute, Dir: ruleset.RoundNearest, WholeMinutes: true}, 5 * minute, 600},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, c.grid.Apply(c.in)) })
	}
}

func TestAConditionOfALengthIncludesItsEdges(t *testing.T) {
	g := ruleset.Grid{Every: 300, Near: ruleset.NearValue, At: 9 * domain.Hour, Within: 15 * domain.Minute}
	for length, want := range map[domain.Seconds]bool{
		9*domain.Hour - 900: true, 9*domain.Hour + 900: true, 9*domain.Hour - 901: false, 9*domain.Hour + 901: false,
	} {
		require.Equal(t, want, g.Holds(length), "%d", length)
	}
	require.True(t, ruleset.Grid{Every: 300}.Holds(1))
}

func TestARoundingStepIsWrittenAloneOrInAList(t *testing.T) {
	one := changed(t, "flex-open", "pay_codes:", "rounding: {punch: {in: {every: 15m, dir: up}}}\npay_codes:")
	list := changed(t, "flex-open", "pay_codes:", "rounding: {punch: {in: [{every: 15m, dir: up}]}}\npay_codes:")
	a, err := ruleset.Hash(one)
	require.NoError(t, err)
	b, err := ruleset.Hash(list)
	require.NoError(t, err)
	require.Equal(t, a, b)
}
