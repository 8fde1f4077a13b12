package schedule

import "github.com/punchledger/punchledger/domain"

// CalendarCommand is a wish about a calendar.
//
//sumtype:decl
type CalendarCommand interface {
	Stream() string
	calendarCommand()
}

// PublishCalendarYear asks for CalendarYearPublished. Days may come in any order. A calendar whose id begins with cn- must
// balance, unless the year is extended or provisional. Version 0 is the one after the last.
type PublishCalendarYear struct {
	Calendar    string
	Year        int
	Version     int
	Days        []CalendarDay
	Source      Source
	Provisional bool
	Extended    bool
}

// AmendCalendarDay asks for CalendarDayAmended.
type AmendCalendarDay struct {
	Calendar string
	Date     domain.Date
	Kind     Kind
	Name     string
	Why      string
	Retro    bool
}

// WithdrawCalendarYear asks for CalendarYearWithdrawn.
type WithdrawCalendarYear struct {
	Calendar string
	Year     int
	Version  int
}

// Stream returns the target stream.
func (c PublishCalendarYear) Stream() string { return "calendar-" + c.Calendar }

// Stream returns the target stream.
func (c AmendCalendarDay) Stream() string { return "calendar-" + c.Calendar }

// Stream returns the target stream.
func (c WithdrawCalendarYear) Stream() string { return "calendar-" + c.Calendar }

func (PublishCalendarYear) calendarCommand()  {}
func (AmendCalendarDay) calendarCommand()     {}
func (WithdrawCalendarYear) calendarCommand() {}
