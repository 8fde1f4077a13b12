package schedule

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// RosterState is what the roster of an employee plans for a month.
type RosterState struct {
	Emp    string
	Month  string // 202610; of a swap's stream without a roster the month of its work date
	Source string
	Days   []PlannedDay // by Date, at most one a date
	Swaps  []DaySwapped // in the order they were recorded
}

// PlannedDay is a roster day with the instant since which the employee could know it.
type PlannedDay struct {
	RosterDay
	AnnouncedAt domain.Instant
}

// Day returns what is planned for date, if the roster plans it.
func (s RosterState) Day(date domain.Date) (PlannedDay, bool) {
	i, found := slices.BinarySearchFunc(s.Days, date, func(d PlannedDay, date domain.Date) int { return cmp.Compare(d.Date, date) })
	if !found {
		return PlannedDay{}, false
	}
	return s.Days[i], true
}

func (s RosterState) slot(date domain.Date) Slot {
	d, _ := s.Day(date)
	return d.Slot
}

func (s RosterState) swapped(date domain.Date) bool {
	return slices.ContainsFunc(s.Swaps, func(x DaySwapped) bool { return x.WorkDate == date || x.RestDate == date })
}

// EvolveRoster applies one event.
func EvolveRoster(s RosterState, e RosterEvent) RosterState {
	switch e := e.(type) {
	case RosterMonthSet:
		days := make([]PlannedDay, len(e.Days))
		for i, d := range e.Days {
			days[i] = PlannedDay{RosterDay: d, AnnouncedAt: e.AnnouncedAt}
			// A day that stays as it was has been known since it was first announced.
			if was, ok := s.Day(d.Date); ok && was.Slot == d.Slot {
				days[i] = was
			}
		}
		s.Emp, s.Month, s.Source, s.Days = e.Emp, e.Month, e.Source, days
		return s
	case RosterDayChanged:
		s.Emp, s.Month = e.Emp, e.Date.YearMonth()
		s.Days = slices.DeleteFunc(slices.Clone(s.Days), func(d PlannedDay) bool { return d.Date == e.Date })
		if e.After.Shift != "" {
			s.Days = append(s.Days, PlannedDay{RosterDay: RosterDay{Date: e.Date, Slot: e.After}, AnnouncedAt: e.AnnouncedAt})
			slices.SortFunc(s.Days, func(a, b PlannedDay) int { return cmp.Compare(a.Date, b.Date) })
		}
		return s
	case DaySwapped:
		s.Emp, s.Month = e.Emp, e.WorkDate.YearMonth()
		s.Swaps = append(slices.Clone(s.Swaps), e)
		return s
	case DaySwapRevoked:
		s.Swaps = slices.DeleteFunc(slices.Clone(s.Swaps), func(x DaySwapped) bool {
			return x.WorkDate == e.WorkDate && x.RestDate == e.RestDate
		})
		return s
	}
	panic(fmt.Sprintf("schedule: no case for %T", e))
}
