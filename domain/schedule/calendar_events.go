package schedule

import "github.com/punchledger/punchledger/domain"

// CalendarEvent is an event of a stream calendar-{id}.
//
//sumtype:decl
type CalendarEvent interface {
	domain.Event
	calendarEvent()
}

// CalendarYearPublished is one version of one year of a jurisdiction's calendar, complete: it takes the place of the version before
// it, amendments included. Written by a rules administrator. A provisional one awaits the official notice.
type CalendarYearPublished struct {
	Calendar string `json:"calendar"`
	CalendarYear
}

// CalendarDayAmended changes what the version in force says of one date; entries for people with tags stay. Written by a rules
// administrator.
type CalendarDayAmended struct {
	Calendar string      `json:"calendar"`
	Date     domain.Date `json:"date"`
	Kind     Kind        `json:"kind"`
	Name     string      `json:"name,omitempty"`
	Why      string      `json:"why"`
	Retro    bool        `json:"retro,omitempty"` // the date lies in a closed period, as meant: pay follows as an adjustment
}

// CalendarYearWithdrawn takes back one version of a year; the latest version that is not withdrawn is in force again.
type CalendarYearWithdrawn struct {
	Calendar string `json:"calendar"`
	Year     int    `json:"year"`
	Version  int    `json:"version"`
}

// EventType returns the stored name.
func (CalendarYearPublished) EventType() string { return "CalendarYearPublished" }

// EventType returns the stored name.
func (CalendarDayAmended) EventType() string { return "CalendarDayAmended" }

// EventType returns the stored name.
func (CalendarYearWithdrawn) EventType() string { return "CalendarYearWithdrawn" }

func (CalendarYearPublished) calendarEvent() {}
func (CalendarDayAmended) calendarEvent()    {}
func (CalendarYearWithdrawn) calendarEvent() {}
