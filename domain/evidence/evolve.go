package evidence

import (
	"fmt"
	"maps"

	"github.com/punchledger/punchledger/domain"
)

// State is a person's evidence of a month. Its zero value is the empty stream; it is never changed in place.
type State struct {
	Stored map[string]EvidenceStored // by id
	days   map[domain.Date]Day
}

// Day is what was taken in on a UTC day.
type Day struct {
	Files int
	Bytes int64
}

// On returns what was taken in on the UTC day of an instant.
func (s State) On(at domain.Instant) Day { return s.days[domain.DateOfUnix(at.Seconds())] }

// Evolve applies one event.
func Evolve(s State, e Event) State {
	switch e := e.(type) {
	case EvidenceStored:
		next := State{Stored: maps.Clone(s.Stored), days: maps.Clone(s.days)}
		if next.Stored == nil {
			next = State{Stored: map[string]EvidenceStored{}, days: map[domain.Date]Day{}}
		}
		next.Stored[e.Evidence] = e
		day := domain.DateOfUnix(e.ReceivedAt.Seconds())
		next.days[day] = Day{Files: next.days[day].Files + 1, Bytes: next.days[day].Bytes + e.Bytes}
		return next
	}
	panic(fmt.Sprintf("evidence: no case for %T", e))
}
