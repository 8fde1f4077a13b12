// Package attendance evaluates one employee's days, in date order, under pinned rules: day results, anomalies, rows and trace.
//
// Evaluation is a pure fold: no clock, no input or output. It reads facts in clear only, never evidence that may be erased.
package attendance

import (
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/zone"
)

// Facts are what one employee's evaluation needs, as known at one position. Every list is in the order its comment names.
type Facts struct {
	Employee    string
	Employment  []Employment // by From
	Assignments []Assignment // by From
	Punches     []Punch      // by At, then Position
	Approvals   []Approval   // by From, then Request
	Credits     []Credit     // by Date, then ID
	Roster      []RosterDay  // by Date
	Swaps       []Swap       // by WorkDate
	Waivers     []Waiver     // by Date, then Key
	Disputed    []domain.Date
}

// Employment is a span of days, last day included; a zero Last is open.
type Employment struct {
	From, Last domain.Date
}

// Assignment is what holds of the employee from a date on. Zone may be empty: the ruleset's then counts.
type Assignment struct {
	From      domain.Date
	Group     string
	Zone      string
	Site      string
	Employer  string
	PayGroup  string
	Cost      string
	Contract  string // hourly, monthly, exempt, agency or empty
	Tags      []string
	NoPunches bool   // 免打卡: planned time counts as worked
	Event     string // id of the event that made it so
}

// Direction of a punch.
type Direction string

// The directions.
const (
	In       Direction = "in"
	Out      Direction = "out"
	Auto     Direction = "auto"
	BreakOut Direction = "break_out"
	BreakIn  Direction = "break_in"
)

// PunchState says whether a punch counts. Accepted, released, admitted and added punches are Counted.
type PunchState uint8

// The states of a punch.
const (
	Counted PunchState = iota
	Held
	Rejected
	Refused
	Voided
)

// Punch is one clock event as evaluation sees it.
type Punch struct {
	ID         string
	At         domain.Seconds // effective time, floored to the second
	Dir        Direction      // after redirects
	State      PunchState
	Received   domain.Seconds // 0 when not known, as for manual punches
	TimeSource string
	Place      string // office, remote, field, unknown
	Site       string
	Job        string
	Cost       string
	Reasons    []string
	Added      bool           // entered by a person, not by a device
	Position   domain.Seconds // order among punches of one instant: the number of the event, not hashed
	Event      string         // id of the event that made it
	Changed    []string       // ids of later events that changed it: void, retime, redirect, release, refuse, admit
	VoidedWith string         `json:",omitempty"` // the import that was taken back, for the trace alone

	// What no result depends on: who handed it in, and time and direction as first recorded where a person has changed them.
	Device   string         `json:",omitempty"`
	FirstAt  domain.Seconds `json:",omitempty"`
	FirstDir Direction      `json:",omitempty"`
}

// Approval is an approved interval. Kind is overtime, leave, trip, outing, remote or field.
type Approval struct {
	Request  string
	Kind     string
	From, To domain.Seconds
	Settle   string // overtime: pay or toil
	Type     string // leave: a key of the ruleset's leave section
	Zone     string // trip: the zone its days are lived in, if it names one
	Event    string

	Decided domain.Seconds `json:",omitempty"` // when it was recorded; no result depends on it
}

// Credit adds counted time to a day without punches: an interval, or Seconds when From and To are 0.
type Credit struct {
	ID       string
	Date     domain.Date
	From, To domain.Seconds
	Seconds  domain.Seconds
	Code     string
	Event    string
}

// RosterDay is what an individual roster plans: a shift id, rest or legal_rest.
type RosterDay struct {
	Date      domain.Date
	Shift     string
	Site      string
	Announced domain.Instant
	Event     string
}

// Swap exchanges the plans of two ordinary days. Prior swaps the kinds in advance; after leaves the premium and owes rest.
type Swap struct {
	WorkDate, RestDate domain.Date
	Kind               string // prior, after
	Event              string
}

// Waiver says that an anomaly was acknowledged or waived; the anomaly stays, in that state.
type Waiver struct {
	Date  domain.Date
	Key   string // Anomaly.Key
	Until domain.Date
	Ack   bool // acknowledged only
	Event string
}

// Rulebook is what governs, as known at one position: bindings, rules, calendars, sites, zones and which dates are over.
// It is read only during evaluation and safe to share between goroutines then.
type Rulebook struct {
	Groups    map[string][]Binding          // by group, by From, not overlapping
	Rulesets  map[string][]Version          // by ruleset id, by From, then order of publication
	Calendars map[string]*schedule.Calendar // by calendar id
	Sites     map[string]Site               // by site id
	Zones     *zone.Archive
	Turned    map[string]domain.Date    // by zone name: the last date that is over
	Synced    map[string]domain.Seconds // by zone name: up to when all punches are in, where that is known within a date; may be nil
	Engine    string                    // build of the engine, for pins; never hashed
}

// Binding says which ruleset a group follows on [From, To); a zero To is open.
type Binding struct {
	Ruleset  string
	From, To domain.Date
	Event    string
}

// Version is a published, unwithdrawn version of a ruleset, governing [From, Until); a zero Until is open.
// Of those that cover a date the one with the greatest From governs, of equal ones the later in the list.
type Version struct {
	Rules       *ruleset.Rules
	Number      int
	From, Until domain.Date
	Event       string
}

// Site is a place of work.
type Site struct {
	Zone     string
	Calendar string
}
