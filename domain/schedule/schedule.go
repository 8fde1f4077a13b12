package schedule

import "github.com/punchledger/punchledger/domain"

// Categories returns the stream categories of this package.
func Categories() []string { return []string{"calendar", "roster", "clock"} }

// Events returns the zero value of every event type of this package.
func Events() []domain.Event {
	return []domain.Event{
		CalendarYearPublished{},
		CalendarDayAmended{},
		CalendarYearWithdrawn{},
		RosterMonthSet{},
		RosterDayChanged{},
		DaySwapped{},
		DaySwapRevoked{},
		DayTurned{},
	}
}

// Upcasters returns the upcasters of this package; no schema has changed yet.
func Upcasters() []domain.Upcaster { return nil }
