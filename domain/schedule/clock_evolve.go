package schedule

import (
	"fmt"

	"github.com/punchledger/punchledger/domain"
)

// ClockState is the dates that are over in a zone, as the stream of one year tells it.
type ClockState struct {
	TZ    string
	First domain.Date // the first date of the stream
	Last  domain.Date // the last one; every date between the two is over
}

// EvolveClock applies one event.
func EvolveClock(s ClockState, e ClockEvent) ClockState {
	switch e := e.(type) {
	case DayTurned:
		if s.First.IsZero() {
			s.First = e.Date
		}
		s.TZ, s.Last = e.TZ, e.Date
		return s
	}
	panic(fmt.Sprintf("schedule: no case for %T", e))
}
