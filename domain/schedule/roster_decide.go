package schedule

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/punchledger/punchledger/domain"
)

// RosterFacts are what a decision about a roster needs from elsewhere.
type RosterFacts struct {
	EmployeeKnown bool
	Shifts        map[domain.Date]map[string]Span // of the ruleset that governs the employee on a date, for the dates planned and those around
	Sites         map[string]bool                 // which of the sites that the command names are open
	Around        []RosterDay                     // what the rosters of the months before and after plan next to this month
	Calendar      map[domain.Date]Kind            // what the calendar of the place of work says of the dates of a swap, where it says something
	Swapped       []domain.Date                   // dates already swapped, as kept in other months
	SwapWithin    int                             // days that may lie between the dates of a swap; 0 is any number
	OneShift      bool                            // the rules let nobody be planned for a second shift of a date
	NoticeDays    int                             // days that a roster should be announced before the date; 0 is none
	RestGap       domain.Seconds                  // rest that should lie between two shifts; 0 is none
}

// Span is the planned time of a shift in seconds after midnight of its date; End may pass 24 h. The zero value is a shift without
// fixed times.
type Span struct {
	Start, End domain.Seconds
}

// DecideRoster decides a command about a roster.
func DecideRoster(s RosterState, c RosterCommand, f RosterFacts) ([]RosterEvent, error) {
	switch c := c.(type) {
	case SetRosterMonth:
		return setMonth(s, c, f)
	case ChangeRosterDay:
		return changeDay(s, c, f)
	case SwapDays:
		return swapDays(s, c, f)
	case RevokeSwap:
		return revokeSwap(s, c)
	}
	panic(fmt.Sprintf("schedule: no case for %T", c))
}

func setMonth(s RosterState, c SetRosterMonth, f RosterFacts) ([]RosterEvent, error) {
	first, err := domain.ParseDate(monthStart(c.Month))
	var is fields
	is.ID("emp", c.Emp)
	is.That(err == nil && first.YearMonth() == c.Month, "month", "not_a_month")
	is.Text("source", c.Source, maxWord)
	is.That(c.AnnouncedAt > 0, "announced_at", "missing")
	is.Date("today", c.Today)
	days := append([]RosterDay{}, c.Days...) // never nil: an empty month is [] in the log
	slices.SortStableFunc(days, func(a, b RosterDay) int { return cmp.Compare(a.Date, b.Date) })
	for i, d := range days {
		is.Date("days.date", d.Date)
		is.That(d.Date.YearMonth() == c.Month, "days.date", "other_month")
		is.That(i == 0 || days[i-1].Date != d.Date, "days.date", "twice")
		is.Text("days.shift", d.Shift, maxWord)
		is.OptionalDocument("days.site", d.Site)
	}
	if is.First != nil {
		return nil, is.First
	}
	if err := f.known(c.Emp, days); err != nil {
		return nil, err
	}
	changed := slices.DeleteFunc(slices.Clone(days), func(d RosterDay) bool { return s.slot(d.Date) == d.Slot })
	warnings, err := f.plan(days, changed, c.Today)
	if err != nil {
		return nil, err
	}
	return []RosterEvent{RosterMonthSet{
		Emp: c.Emp, Month: c.Month, Days: days, Source: c.Source, AnnouncedAt: c.AnnouncedAt, Warnings: warnings,
	}}, nil
}

// monthStart turns 202610 into 2026-10-01; of anything else it makes no date.
func monthStart(month string) string {
	if len(month) != 6 {
		return ""
	}
	return month[:4] + "-" + month[4:] + "-01"
}

func changeDay(s RosterState, c ChangeRosterDay, f RosterFacts) ([]RosterEvent, error) {
	var is fields
	is.ID("emp", c.Emp)
	is.Date("date", c.Date)
	is.OptionalText("after.shift", c.After.Shift, maxWord)
	is.OptionalDocument("after.site", c.After.Site)
	is.That(c.After.Shift != "" || c.After.Site == "", "after.site", "without_shift")
	is.Text("reason", c.Reason, maxName)
	is.That(c.AnnouncedAt > 0, "announced_at", "missing")
	is.Date("today", c.Today)
	if is.First != nil {
		return nil, is.First
	}
	after := RosterDay{Date: c.Date, Slot: c.After}
	if err := f.known(c.Emp, []RosterDay{after}); err != nil {
		return nil, err
	}
	before := s.slot(c.Date)
	if before == c.After {
		return nil, domain.NewError(domain.Conflict, "no_change")
	}
	days := []RosterDay{after}
	for _, d := range s.Days {
		if d.Date != c.Date {
			days = append(days, d.RosterDay)
		}
	}
	warnings, err := f.plan(days, []RosterDay{after}, c.Today)
	if err != nil {
		return nil, err
	}
	return []RosterEvent{RosterDayChanged{
		Emp: c.Emp, Date: c.Date, Before: before, After: c.After, AnnouncedAt: c.AnnouncedAt, Reason: c.Reason, Warnings: warnings,
	}}, nil
}

// known says whether employee, shifts and sites exist.
func (f RosterFacts) known(emp string, days []RosterDay) error {
	if !f.EmployeeKnown {
		return domain.NewError(domain.NotFound, "unknown_employee", "emp", emp)
	}
	for _, d := range days {
		if d.Site != "" && !f.Sites[d.Site] {
			return domain.NewError(domain.Invalid, "unknown_site", "site", d.Site)
		}
		if d.Shift == PlanRest || d.Shift == PlanLegalRest {
			continue
		}
		for _, shift := range d.Shifts() {
			if _, ok := f.Shifts[d.Date][shift]; !ok {
				return domain.NewError(domain.Invalid, "unknown_shift", "shift", shift, "date", d.Date.String())
			}
		}
	}
	return nil
}

// plan lays the shifts of days and of the days around them one after the other. Those of changed must not overlap any other; too
// little notice or rest is only told. Clock changes are left out of account: they move a warning by an hour, no shift.
func (f RosterFacts) plan(days, changed []RosterDay, today domain.Date) ([]string, error) {
	isChanged := map[domain.Date]bool{}
	var warnings []string
	for _, d := range changed {
		isChanged[d.Date] = true
		if d.Date-today < domain.Date(f.NoticeDays) {
			warnings = append(warnings, "short_notice:"+d.Date.String())
		}
	}
	all := slices.Concat(f.Around, days)
	slices.SortStableFunc(all, func(a, b RosterDay) int { return cmp.Compare(a.Date, b.Date) })
	var previous planned
	for _, d := range f.lay(all) {
		if previous.shift != "" && (isChanged[d.date] || isChanged[previous.date]) {
			if d.start < previous.end {
				return nil, domain.NewError(domain.Conflict, "overlapping_slots",
					"date", d.date.String(), "shift", d.shift, "previous", previous.shift)
			}
			if d.start-previous.end < f.RestGap && d.date != previous.date { // two shifts of a date were meant to be near each other
				warnings = append(warnings, "rest_gap:"+d.date.String())
			}
		}
		previous = d
	}
	for _, d := range changed {
		if f.OneShift && len(d.Shifts()) > 1 {
			return nil, domain.NewError(domain.Conflict, "several_shifts", "date", d.Date.String(), "shift", d.Shift)
		}
	}
	return warnings, nil
}

// planned is a shift of a date in seconds since 1970, as if no clock ever changed.
type planned struct {
	date       domain.Date
	shift      string
	start, end domain.Seconds
}

// lay returns the shifts of days that have fixed times, by date and start.
func (f RosterFacts) lay(days []RosterDay) []planned {
	var out []planned
	for _, d := range days {
		for _, shift := range d.Shifts() {
			if span := f.Shifts[d.Date][shift]; span != (Span{}) {
				out = append(out, planned{d.Date, shift, d.Date.Unix() + span.Start, d.Date.Unix() + span.End})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b planned) int { return cmp.Or(cmp.Compare(a.date, b.date), cmp.Compare(a.start, b.start)) })
	return out
}

func swapDays(s RosterState, c SwapDays, f RosterFacts) ([]RosterEvent, error) {
	var is fields
	is.ID("emp", c.Emp)
	is.Date("work_date", c.WorkDate)
	is.Date("rest_date", c.RestDate)
	is.That(c.WorkDate != c.RestDate, "rest_date", "same_date")
	is.Date("agreed_on", c.AgreedOn)
	is.That(c.Kind == SwapPrior || c.Kind == SwapAfter, "kind", "unknown_value")
	if is.First != nil {
		return nil, is.First
	}
	if !f.EmployeeKnown {
		return nil, domain.NewError(domain.NotFound, "unknown_employee", "emp", c.Emp)
	}
	if c.Kind == SwapPrior && c.AgreedOn >= min(c.WorkDate, c.RestDate) {
		return nil, domain.NewError(domain.Invalid, "swap_not_prior", "agreed_on", c.AgreedOn.String())
	}
	for _, date := range []domain.Date{c.WorkDate, c.RestDate} {
		if f.Calendar[date] != Work {
			return nil, domain.NewError(domain.Conflict, "swap_not_ordinary",
				"date", date.String(), "kind", f.Calendar[date].String())
		}
		if slices.Contains(f.Swapped, date) || s.swapped(date) {
			return nil, domain.NewError(domain.Conflict, "already_swapped", "date", date.String())
		}
	}
	apart := int(max(c.WorkDate-c.RestDate, c.RestDate-c.WorkDate))
	if f.SwapWithin > 0 && apart > f.SwapWithin {
		return nil, domain.NewError(domain.Invalid, "swap_too_far",
			"days", strconv.Itoa(apart), "allowed", strconv.Itoa(f.SwapWithin))
	}
	return []RosterEvent{DaySwapped(c)}, nil
}

func revokeSwap(s RosterState, c RevokeSwap) ([]RosterEvent, error) {
	var is fields
	is.ID("emp", c.Emp)
	is.Code("reason", c.Reason)
	if is.First != nil {
		return nil, is.First
	}
	if !slices.ContainsFunc(s.Swaps, func(x DaySwapped) bool { return x.WorkDate == c.WorkDate && x.RestDate == c.RestDate }) {
		return nil, domain.NewError(domain.Conflict, "not_swapped", "date", c.WorkDate.String())
	}
	return []RosterEvent{DaySwapRevoked(c)}, nil
}
