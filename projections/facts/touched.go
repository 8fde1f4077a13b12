package facts

import (
	"strings"

	"github.com/punchledger/punchledger/eventstore"
)

// Whom says whose results an event may change.
type Whom struct {
	Employee  string // nobody else's
	Everybody bool   // those of everybody
}

// TouchedBy says whose results an event may change. It says so rather of one more than of one fewer. A date that is over is left to the
// caller: it changes days that were still open, of everybody in its zone.
func TouchedBy(d eventstore.Decoded) Whom {
	category, rest, _ := strings.Cut(d.Stream, "-")
	switch category {
	case "timecard", "request", "roster":
		emp, _, _ := strings.Cut(rest, "-")
		return Whom{Employee: emp}
	case "employee":
		if employeeSpan(d.Event).From != 0 {
			return Whom{Employee: rest}
		}
	case "group", "ruleset", "calendar", "site":
		return Whom{Everybody: bookSpan(d.Event).From != 0}
	}
	return Whom{}
}
