package schedule

import (
	"strings"

	"github.com/punchledger/punchledger/domain"
)

// RosterEvent is an event of a stream roster-{emp}-{yyyymm}.
//
//sumtype:decl
type RosterEvent interface {
	domain.Event
	rosterEvent()
}

// The plans of a roster that are no shift.
const (
	PlanRest      = "rest"
	PlanLegalRest = "legal_rest"
)

// Slot is what a roster plans for a date. Shift is the id of a shift, rest or legal_rest; empty, the plan of the week holds.
type Slot struct {
	Shift string `json:"shift"`          // a shift of the ruleset, several joined by +, rest or legal_rest; empty: the plan of the week
	Site  string `json:"site,omitempty"` // where, if not at the usual site
}

// Shifts returns the shifts of the slot, none where the plan of the week holds.
func (s Slot) Shifts() []string {
	if s.Shift == "" {
		return nil
	}
	return strings.Split(s.Shift, "+")
}

// RosterDay is the slot of one date.
type RosterDay struct {
	Date domain.Date `json:"date"`
	Slot
}

// RosterMonthSet plans a month of an employee anew. Dates that it does not name follow the plan of the week; swaps stay. Written by
// a planner.
type RosterMonthSet struct {
	Emp         string         `json:"emp"`
	Month       string         `json:"month"` // 202610
	Days        []RosterDay    `json:"days"`
	Source      string         `json:"source"` // where the roster comes from
	AnnouncedAt domain.Instant `json:"announced_at"`
	Warnings    []string       `json:"warnings,omitempty"` // short_notice:2026-10-24, rest_gap:2026-10-24; they block nothing
}

// RosterDayChanged plans one date anew. Written by a planner.
type RosterDayChanged struct {
	Emp         string         `json:"emp"`
	Date        domain.Date    `json:"date"`
	Before      Slot           `json:"before"`
	After       Slot           `json:"after"`
	AnnouncedAt domain.Instant `json:"announced_at"`
	Reason      string         `json:"reason"`             // nothing personal: colleagues read it
	Warnings    []string       `json:"warnings,omitempty"` // as of RosterMonthSet
}

// SwapKind says when a swap was agreed.
type SwapKind string

// The kinds of swaps: prior exchanges the kinds of the two days in advance (振替, 调休), after leaves the premium and owes rest (代休).
const (
	SwapPrior SwapKind = "prior"
	SwapAfter SwapKind = "after"
)

// DaySwapped exchanges two ordinary days of an employee. It stands in the month of the day that is worked.
type DaySwapped struct {
	Emp      string      `json:"emp"`
	WorkDate domain.Date `json:"work_date"` // the day off that is worked
	RestDate domain.Date `json:"rest_date"` // the working day that is off for it
	AgreedOn domain.Date `json:"agreed_on"`
	Kind     SwapKind    `json:"kind"` // prior: the kinds of the days change places; after: the premium stays and rest is owed
}

// DaySwapRevoked takes a swap back: both days are again what they were. It stands beside the swap.
type DaySwapRevoked struct {
	Emp      string      `json:"emp"`
	WorkDate domain.Date `json:"work_date"`
	RestDate domain.Date `json:"rest_date"`
	Reason   string      `json:"reason"` // a code
}

// EventType returns the stored name.
func (RosterMonthSet) EventType() string { return "RosterMonthSet" }

// EventType returns the stored name.
func (RosterDayChanged) EventType() string { return "RosterDayChanged" }

// EventType returns the stored name.
func (DaySwapped) EventType() string { return "DaySwapped" }

// EventType returns the stored name.
func (DaySwapRevoked) EventType() string { return "DaySwapRevoked" }

func (RosterMonthSet) rosterEvent()   {}
func (RosterDayChanged) rosterEvent() {}
func (DaySwapped) rosterEvent()       {}
func (DaySwapRevoked) rosterEvent()   {}
