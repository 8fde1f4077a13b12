package whatif

import (
	"cmp"
	"errors"
	"maps"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// Figures are what a day of one employee gives, for comparison: what is paid and what deviates.
type Figures struct {
	Emp        string              `json:"emp"`
	Date       domain.Date         `json:"date"`
	Rows       map[string]Quantity `json:"rows,omitempty"` // by pay code
	Flags      []string            `json:"flags,omitempty"`
	Anomalies  []string            `json:"anomalies,omitempty"` // id and discriminator, sorted
	ResultHash string              `json:"result_hash,omitempty"`
}

// Quantity is what a row counts: seconds, thousandths of a day, or pieces. Worth is what the seconds are at their rate, in seconds
// at the rate of 1.
type Quantity struct {
	Seconds domain.Seconds `json:"seconds"`
	Days    int            `json:"days_milli,omitempty"`
	Count   int            `json:"count,omitempty"`
	Worth   domain.Seconds `json:"worth_s,omitempty"`
}

// Report says what a candidate changes. Days are those that differ, the first of them where there are more than were asked for;
// DaysHash covers all of them. Failures are people of whom nothing else here says anything.
type Report struct {
	Summary  Summary       `json:"summary"`
	Months   []MonthChange `json:"months,omitempty"` // by month, those with a change
	Groups   []GroupChange `json:"groups,omitempty"` // by kind and id
	Top      Top           `json:"top,omitzero"`
	Spread   []Bucket      `json:"spread,omitempty"` // people by how much they gain or lose
	Failures []Failure     `json:"failures,omitempty"`
	Intake   *IntakeCounts `json:"intake,omitempty"` // of a replay that judged punches again
	DaysHash string        `json:"days_hash"`        // hexadecimal SHA-256
	Days     []DayChange   `json:"days"`             // by employee and date
}

// Summary counts what a candidate changes. Anomalies are counted by id, limits newly broken by the id of their rule.
type Summary struct {
	Persons         int                   `json:"persons"`
	PersonsFailed   int                   `json:"persons_failed,omitempty"` // and are not among persons: one side cannot be evaluated
	PersonsChanged  int                   `json:"persons_changed"`
	PersonsUp       int                   `json:"persons_up"`   // by the sum of worth
	PersonsDown     int                   `json:"persons_down"` // by the sum of worth
	DaysSame        int                   `json:"days_same"`
	DaysChanged     int                   `json:"days_changed"`
	DaysSealed      int                   `json:"days_hash_only,omitempty"` // of the changed ones, those that differ in their result hash alone
	WorthGained     domain.Seconds        `json:"worth_gained_s"`           // of people who gain
	WorthLost       domain.Seconds        `json:"worth_lost_s"`             // of people who lose
	Codes           map[string]CodeChange `json:"codes"`                    // of codes that change anywhere
	AnomaliesOpened map[string]int        `json:"anomalies_opened,omitempty"`
	AnomaliesClosed map[string]int        `json:"anomalies_closed,omitempty"`
	LimitsBroken    map[string]int        `json:"limits_broken,omitempty"`
}

// IntakeCounts are punches that waited or did not count, by what intake makes of them now. Kept are those that no verdict changes: a
// person refused them, or their device or their time is in doubt.
type IntakeCounts struct {
	Accept int `json:"would_accept"`
	Hold   int `json:"would_hold"`
	Reject int `json:"would_reject"`
	Kept   int `json:"kept"`
}

// Count adds a punch by the word for its new verdict.
func (c *IntakeCounts) Count(to string, sound bool) {
	switch {
	case !sound:
		c.Kept++
	case to == "accepted":
		c.Accept++
	case to == "held":
		c.Hold++
	default:
		c.Reject++
	}
}

// Add adds the punches of others.
func (c *IntakeCounts) Add(o IntakeCounts) {
	c.Accept, c.Hold, c.Reject, c.Kept = c.Accept+o.Accept, c.Hold+o.Hold, c.Reject+o.Reject, c.Kept+o.Kept
}

// Failure is somebody who cannot be evaluated on one side, and why: a code of domain/text with its arguments where there is one, else
// EvaluationFailed. Reason is for logs.
type Failure struct {
	Emp    string            `json:"emp"`
	Side   Side              `json:"side"`
	Code   string            `json:"code"`
	Args   map[string]string `json:"args,omitempty"`
	Reason string            `json:"reason"`
}

// EvaluationFailed is the code of a Failure of which no other is known.
const EvaluationFailed = "evaluation_failed"

// Side is one of the two that a report compares.
type Side string

// The sides.
const (
	Before Side = "before" // as it is
	After  Side = "after"  // under the candidate
)

// FailureOf says why somebody cannot be evaluated.
func FailureOf(emp string, side Side, err error) *Failure {
	f := &Failure{Emp: emp, Side: side, Code: EvaluationFailed, Reason: err.Error()}
	if known, ok := errors.AsType[*domain.Error](err); ok {
		f.Code, f.Args = known.Code, known.Args
	}
	return f
}

// CodeChange is what happens to one pay code, in seconds. Gained and lost add up days that rise and days that fall; persons up
// and down count people by the sign of their total.
type CodeChange struct {
	Before      domain.Seconds `json:"before"`
	After       domain.Seconds `json:"after"`
	Gained      domain.Seconds `json:"gained"`
	Lost        domain.Seconds `json:"lost"`
	PersonsUp   int            `json:"persons_up"`
	PersonsDown int            `json:"persons_down"`
}

// MonthChange is what happens in a month, in seconds of worth.
type MonthChange struct {
	Month       string         `json:"month"` // 2026-10
	DaysChanged int            `json:"days_changed"`
	Gained      domain.Seconds `json:"gained_s"`
	Lost        domain.Seconds `json:"lost_s"`
}

// GroupChange is what happens to the people of a group, site or tag, in seconds of worth: it finds harm that falls on one side.
type GroupChange struct {
	Kind           string         `json:"kind"` // group, site, tag
	ID             string         `json:"id"`
	Persons        int            `json:"persons"`
	PersonsChanged int            `json:"persons_changed"`
	PersonsUp      int            `json:"persons_up"`
	PersonsDown    int            `json:"persons_down"`
	Gained         domain.Seconds `json:"gained_s"`
	Lost           domain.Seconds `json:"lost_s"`
}

// Top are the people who lose and who gain most, the most first.
type Top struct {
	Losses []Mover `json:"losses,omitempty"`
	Gains  []Mover `json:"gains,omitempty"`
}

// Mover is somebody whose pay moves, in seconds of worth.
type Mover struct {
	Emp         string         `json:"emp"`
	Worth       domain.Seconds `json:"worth_s"`
	DaysChanged int            `json:"days_changed"`
}

// Bucket counts people whose worth changes by [From, To) seconds; the first has no From, the last no To, and those with no change
// are in none.
type Bucket struct {
	From    domain.Seconds `json:"from_s"`
	To      domain.Seconds `json:"to_s"`
	Persons int            `json:"persons"`
}

// DayChange is one day that differs, with the first stage of evaluation at which it does and the rules involved there.
type DayChange struct {
	Emp    string      `json:"emp"`
	Date   domain.Date `json:"date"`
	Before *Figures    `json:"before"` // nil: the day is new
	After  *Figures    `json:"after"`  // nil: the day is gone
	Stage  int         `json:"stage"`
	Name   string      `json:"stage_name,omitempty"`
	Note   string      `json:"note,omitempty"`
	Rule   string      `json:"rule,omitempty"`
	Traces *Traces     `json:"traces,omitempty"` // of the first days, as many as were asked for; nil where a side has no such day
}

// Diff compares the figures before and after, each at most one a person and day, in any order. All days that differ are listed.
func Diff(before, after []Figures) Report {
	type sides struct{ before, after []Day }
	people := map[string]*sides{}
	of := func(emp string) *sides {
		if people[emp] == nil {
			people[emp] = &sides{}
		}
		return people[emp]
	}
	for i := range before {
		s := of(before[i].Emp)
		s.before = append(s.before, DayOf(&before[i]))
	}
	for i := range after {
		s := of(after[i].Emp)
		s.after = append(s.after, DayOf(&after[i]))
	}
	t := NewTally(All)
	for _, emp := range slices.Sorted(maps.Keys(people)) {
		s := people[emp]
		byDate := func(a, b Day) int { return cmp.Compare(a.Date, b.Date) }
		slices.SortFunc(s.before, byDate)
		slices.SortFunc(s.after, byDate)
		t.Add(Contrast(Who{Emp: emp}, s.before, s.after, All))
	}
	return t.Report()
}

// DayOf returns figures in the form in which the days of a person are compared.
func DayOf(f *Figures) Day {
	d := Day{Date: f.Date, Flags: f.Flags, Anomalies: f.Anomalies, ResultHash: f.ResultHash}
	if f.Rows != nil { // a day that pays nothing is another thing than one of which that is not known
		d.Rows = make([]Row, 0, len(f.Rows))
	}
	for _, code := range slices.Sorted(maps.Keys(f.Rows)) {
		d.Rows = append(d.Rows, Row{Code: code, Quantity: f.Rows[code]})
	}
	return d
}
