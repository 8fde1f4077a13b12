package schedule

import "github.com/punchledger/punchledger/domain"

// ClockCommand is a wish about the clock of a time zone.
//
//sumtype:decl
type ClockCommand interface {
	Stream() string
	clockCommand()
}

// TurnDay asks for DayTurned: one for Date, or one for each date from Date through Through, which lie in one year.
type TurnDay struct {
	TZ      string
	Date    domain.Date
	Through domain.Date // zero: Date
	Now     domain.Instant
}

// ClockStream returns the stream of a zone and the year of date.
func ClockStream(tz string, date domain.Date) string {
	return "clock-" + domain.ZoneID(tz) + "-" + date.Time().Format("2006")
}

// Stream returns the target stream.
func (c TurnDay) Stream() string { return ClockStream(c.TZ, c.Date) }

func (TurnDay) clockCommand() {}
