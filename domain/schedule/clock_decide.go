package schedule

import (
	"fmt"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/zone"
)

// ClockFacts are what a decision about a clock needs from elsewhere.
type ClockFacts struct {
	Zone *zone.Zone  // the zone that the command names; nil when the archive has none of that name
	Last domain.Date // the last date turned in the streams of earlier years; zero for none
}

// DecideClock decides a command about the clock of a zone.
func DecideClock(s ClockState, c ClockCommand, f ClockFacts) ([]ClockEvent, error) {
	switch c := c.(type) {
	case TurnDay:
		return turnDay(s, c, f)
	}
	panic(fmt.Sprintf("schedule: no case for %T", c))
}

func turnDay(s ClockState, c TurnDay, f ClockFacts) ([]ClockEvent, error) {
	through := c.Through
	if through.IsZero() {
		through = c.Date
	}
	var is fields
	is.Date("date", c.Date)
	is.That(through >= c.Date && ClockStream(c.TZ, through) == c.Stream(), "through", "out_of_range")
	is.That(c.Now > 0, "now", "missing")
	if is.First != nil {
		return nil, is.First
	}
	if f.Zone == nil {
		return nil, domain.NewError(domain.Invalid, "unknown_tz", "tz", c.TZ)
	}
	if last := max(s.Last, f.Last); !last.IsZero() && c.Date != last+1 {
		return nil, domain.NewError(domain.Conflict, "day_gap", "last", last.String(), "date", c.Date.String())
	}
	if over := f.Zone.Midnight(through + 1).Instant(); c.Now < over {
		return nil, domain.NewError(domain.Conflict, "not_due", "date", through.String(), "due", over.String())
	}
	events := make([]ClockEvent, 0, through-c.Date+1)
	for date := c.Date; date <= through; date++ {
		events = append(events, DayTurned{TZ: c.TZ, Date: date})
	}
	return events, nil
}
