package schedule_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/schedule"
)

type rosterCase = decidertest.Case[schedule.RosterCommand, schedule.RosterFacts, schedule.RosterEvent]

const (
	announced = domain.Instant(1789437600000)
	later     = announced + 86400000
)

func on(date, shift string) schedule.RosterDay {
	return schedule.RosterDay{Date: day(date), Slot: schedule.Slot{Shift: shift}}
}

// rosterFacts knows shifts D 08:00-16:00, N 22:00-30:00, E 05:00-13:00 and an open shift O from September to November 2026.
func rosterFacts() schedule.RosterFacts {
	shifts := map[string]schedule.Span{
		"D": {Start: 8 * domain.Hour, End: 16 * domain.Hour},
		"N": {Start: 22 * domain.Hour, End: 30 * domain.Hour},
		"E": {Start: 5 * domain.Hour, End: 13 * domain.Hour},
		"O": {},
	}
	f := schedule.RosterFacts{
		EmployeeKnown: true, Sites: map[string]bool{"plant": true}, Shifts: map[domain.Date]map[string]schedule.Span{},
	}
	for d := day("2026-09-01"); d < day("2026-12-01"); d++ {
		f.Shifts[d] = shifts
	}
	return f
}

func factsWith(change func(*schedule.RosterFacts)) schedule.RosterFacts {
	f := rosterFacts()
	change(&f)
	return f
}

func month(d ...schedule.RosterDay) schedule.SetRosterMonth {
	return schedule.SetRosterMonth{
		Emp: "e1", Month: "202610", Days: d, Source: "planner", AnnouncedAt: announced, Today: day("2026-09-15"),
	}
}

func monthSet(warnings []string, d ...schedule.RosterDay) schedule.RosterMonthSet {
	return schedule.RosterMonthSet{
		Emp: "e1", Month: "202610", Days: d, Source: "planner", AnnouncedAt: announced, Warnings: warnings,
	}
}

func TestDecideSetRosterMonth(t *testing.T) {
	set := func(name string, f schedule.RosterFacts, when schedule.SetRosterMonth, code string, then ...schedule.RosterEvent) rosterCase {
		return rosterCase{Name: name, When: when, Facts: f, Then: then, Err: code}
	}
	f := rosterFacts()
	wrongMonth, noSource, noMonth := month(on("2026-11-01", "D")), month(), month()
	noSource.Source, noMonth.Month = "", "2026-10"
	atSite := on("2026-10-01", "D")
	atSite.Site = "office"
	decidertest.Run(t, schedule.DecideRoster, schedule.EvolveRoster, []rosterCase{
		set("a month is set with its days in order", f, month(on("2026-10-02", "rest"), on("2026-10-01", "D")), "",
			monthSet(nil, on("2026-10-01", "D"), on("2026-10-02", "rest"))),
		set("a month may be empty", f, month(), "", monthSet(nil, []schedule.RosterDay{}...)),
		set("an open shift overlaps nothing", f, month(on("2026-10-01", "N"), on("2026-10-02", "O")), "",
			monthSet(nil, on("2026-10-01", "N"), on("2026-10-02", "O"))),
		set("a shift is one of the ruleset", f, month(on("2026-10-01", "X")), "unknown_shift"),
		set("a site is open", f, month(atSite), "unknown_site"),
		set("an employee exists", schedule.RosterFacts{}, month(), "unknown_employee"),
		set("a date may have several shifts", f, month(on("2026-10-01", "E+N")), "", monthSet(nil, on("2026-10-01", "E+N"))),
		set("each of them is one of the ruleset", f, month(on("2026-10-01", "E+rest")), "unknown_shift"),
		set("they do not overlap", f, month(on("2026-10-01", "N+N")), "overlapping_slots"),
		set("the rules may let only one be planned", factsWith(func(f *schedule.RosterFacts) { f.OneShift = true }), month(on("2026-10-01", "E+N")), "several_shifts"),
		set("shifts do not overlap", f, month(on("2026-10-01", "N"), on("2026-10-02", "E")), "overlapping_slots"),
		set("a shift does not overlap the last one of the month before",
			factsWith(func(f *schedule.RosterFacts) { f.Around = []schedule.RosterDay{on("2026-09-30", "N")} }),
			month(on("2026-10-01", "E")), "overlapping_slots"),
		set("a shift does not overlap the first one of the month after",
			factsWith(func(f *schedule.RosterFacts) { f.Around = []schedule.RosterDay{on("2026-11-01", "E")} }),
			month(on("2026-10-31", "N")), "overlapping_slots"),
		set("little rest warns", factsWith(func(f *schedule.RosterFacts) { f.RestGap = 11 * domain.Hour }),
			month(on("2026-10-01", "N"), on("2026-10-02", "D")), "",
			monthSet([]string{"rest_gap:2026-10-02"}, on("2026-10-01", "N"), on("2026-10-02", "D"))),
		set("short notice warns", factsWith(func(f *schedule.RosterFacts) { f.NoticeDays = 17 }),
			month(on("2026-10-01", "D"), on("2026-10-02", "D")), "",
			monthSet([]string{"short_notice:2026-10-01"}, on("2026-10-01", "D"), on("2026-10-02", "D"))),
		{
			Name: "a day that stays as it was is no news", Facts: factsWith(func(f *schedule.RosterFacts) { f.NoticeDays = 99 }),
			Given: []schedule.RosterEvent{monthSet(nil, on("2026-10-01", "D"))},
			When:  month(on("2026-10-01", "D")), Then: []schedule.RosterEvent{monthSet(nil, on("2026-10-01", "D"))},
		},
		set("a day is planned once", f, month(on("2026-10-01", "D"), on("2026-10-01", "N")), "invalid_field"),
		set("a day lies in the month", f, wrongMonth, "invalid_field"),
		set("a day has a shift", f, month(on("2026-10-01", "")), "invalid_field"),
		set("a roster has a source", f, noSource, "invalid_field"),
		set("a month is written as in stream names", f, noMonth, "invalid_field"),
	})
}

func TestDecideChangeRosterDay(t *testing.T) {
	change := schedule.ChangeRosterDay{
		Emp: "e1", Date: day("2026-10-24"), After: schedule.Slot{Shift: "N"}, Reason: "cover",
		AnnouncedAt: later, Today: day("2026-10-23"),
	}
	changed := schedule.RosterDayChanged{
		Emp: "e1", Date: day("2026-10-24"), Before: schedule.Slot{Shift: "D"}, After: schedule.Slot{Shift: "N"},
		AnnouncedAt: later, Reason: "cover",
	}
	given := []schedule.RosterEvent{monthSet(nil, on("2026-10-24", "D"), on("2026-10-25", "D"))}
	same, gone, odd, lost := change, change, change, change
	same.After.Shift, gone.After.Shift, odd.After.Shift = "D", "", "X"
	lost.After = schedule.Slot{Site: "plant"}
	cleared, warned, fresh := changed, changed, changed
	cleared.After, fresh.Before = schedule.Slot{}, schedule.Slot{}
	warned.Warnings = []string{"short_notice:2026-10-24", "rest_gap:2026-10-25"}
	then := func(e schedule.RosterEvent) []schedule.RosterEvent { return []schedule.RosterEvent{e} }
	decidertest.Run(t, schedule.DecideRoster, schedule.EvolveRoster, []rosterCase{
		{Name: "a day is changed", Given: given, When: change, Facts: rosterFacts(), Then: then(changed)},
		{Name: "a day of an unplanned month is changed", When: change, Facts: rosterFacts(), Then: then(fresh)},
		{Name: "a day goes back to the plan of the week", Given: given, When: gone, Facts: rosterFacts(), Then: then(cleared)},
		{
			Name: "little notice and rest warn", Given: given, When: change, Then: then(warned),
			Facts: factsWith(func(f *schedule.RosterFacts) { f.NoticeDays, f.RestGap = 4, 11*domain.Hour }),
		},
		{Name: "a day that stays as it is is no change", Given: given, When: same, Facts: rosterFacts(), Err: "no_change"},
		{Name: "a changed day has a shift of the ruleset", Given: given, When: odd, Facts: rosterFacts(), Err: "unknown_shift"},
		{Name: "a site without a shift means nothing", Given: given, When: lost, Facts: rosterFacts(), Err: "invalid_field"},
		{Name: "a changed day is of an employee", Given: given, When: change, Err: "unknown_employee"},
		{
			Name: "a changed day does not overlap", Given: []schedule.RosterEvent{monthSet(nil, on("2026-10-25", "E"))},
			When: change, Facts: rosterFacts(), Err: "overlapping_slots",
		},
		{
			Name:  "an overlap among other days does not matter",
			Given: []schedule.RosterEvent{monthSet(nil, on("2026-10-01", "N"), on("2026-10-02", "E"))},
			When:  change, Facts: rosterFacts(), Then: then(fresh),
		},
	})
}

func TestDecideSwapDays(t *testing.T) {
	swap := schedule.SwapDays{
		Emp: "e1", WorkDate: day("2026-10-24"), RestDate: day("2026-10-27"), AgreedOn: day("2026-10-20"), Kind: schedule.SwapPrior,
	}
	swapped := schedule.DaySwapped(swap)
	owed, late, oneDay, odd := swap, swap, swap, swap
	owed.Kind, owed.AgreedOn = schedule.SwapAfter, day("2026-10-26")
	late.AgreedOn, oneDay.RestDate, odd.Kind = day("2026-10-24"), swap.WorkDate, "sometime"
	statutory := factsWith(func(f *schedule.RosterFacts) {
		f.Calendar = map[domain.Date]schedule.Kind{day("2026-10-27"): schedule.Statutory}
	})
	elsewhere := factsWith(func(f *schedule.RosterFacts) { f.Swapped = []domain.Date{day("2026-10-27")} })
	near := factsWith(func(f *schedule.RosterFacts) { f.SwapWithin = 2 })
	decidertest.Run(t, schedule.DecideRoster, schedule.EvolveRoster, []rosterCase{
		{Name: "two days are swapped in advance", When: swap, Facts: rosterFacts(), Then: []schedule.RosterEvent{swapped}},
		{
			Name: "rest is owed afterwards", When: owed, Facts: rosterFacts(),
			Then: []schedule.RosterEvent{schedule.DaySwapped(owed)},
		},
		{Name: "a swap in advance is agreed before both days", When: late, Facts: rosterFacts(), Err: "swap_not_prior"},
		{Name: "a statutory day is not swapped", When: swap, Facts: statutory, Err: "swap_not_ordinary"},
		{Name: "a swap stays within the distance of the rules", When: swap, Facts: near, Err: "swap_too_far"},
		{Name: "a day is swapped once", Given: []schedule.RosterEvent{swapped}, When: owed, Facts: rosterFacts(), Err: "already_swapped"},
		{Name: "a day swapped in another month is not swapped again", When: swap, Facts: elsewhere, Err: "already_swapped"},
		{Name: "a day is not swapped with itself", When: oneDay, Facts: rosterFacts(), Err: "invalid_field"},
		{Name: "a swap has one of two kinds", When: odd, Facts: rosterFacts(), Err: "invalid_field"},
		{Name: "a swap is of an employee", When: swap, Err: "unknown_employee"},
	})
}

func TestRosterKeepsWhenADayWasFirstAnnounced(t *testing.T) {
	again := monthSet(nil, on("2026-10-01", "D"), on("2026-10-02", "N"))
	again.AnnouncedAt = later
	s := decidertest.Fold[schedule.RosterState, schedule.RosterEvent](schedule.EvolveRoster,
		monthSet(nil, on("2026-10-01", "D"), on("2026-10-02", "D"), on("2026-10-03", "D")),
		again,
		schedule.RosterDayChanged{Emp: "e1", Date: day("2026-10-05"), After: schedule.Slot{Shift: "rest"}, AnnouncedAt: later},
		schedule.RosterDayChanged{Emp: "e1", Date: day("2026-10-05"), Before: schedule.Slot{Shift: "rest"}, AnnouncedAt: later},
		schedule.RosterDayChanged{Emp: "e1", Date: day("2026-10-04"), After: schedule.Slot{Shift: "rest"}, AnnouncedAt: later},
	)
	require.Equal(t, []schedule.PlannedDay{
		{RosterDay: on("2026-10-01", "D"), AnnouncedAt: announced},
		{RosterDay: on("2026-10-02", "N"), AnnouncedAt: later},
		{RosterDay: on("2026-10-04", "rest"), AnnouncedAt: later},
	}, s.Days)
	d, ok := s.Day(day("2026-10-02"))
	require.True(t, ok)
	require.Equal(t, "N", d.Shift)
	_, ok = s.Day(day("2026-10-03"))
	require.False(t, ok)
}
