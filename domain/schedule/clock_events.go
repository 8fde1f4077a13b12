package schedule

import "github.com/punchledger/punchledger/domain"

// ClockEvent is an event of a stream clock-{tz}-{yyyy}.
//
//sumtype:decl
type ClockEvent interface {
	domain.Event
	clockEvent()
}

// DayTurned says that a date is over in a time zone. Absence, expiry and escalation follow from it and not from a clock, so that a
// replay next year finds the same. Written by the program itself.
type DayTurned struct {
	TZ   string      `json:"tz"` // as in the time zone database: Asia/Shanghai
	Date domain.Date `json:"date"`
}

// EventType returns the stored name.
func (DayTurned) EventType() string { return "DayTurned" }

func (DayTurned) clockEvent() {}
