// Package presence is the view of who is in at an instant: from what was punched and what was planned around it, per employee.
//
// It knows a site or that somebody is outside, and never where. It decides nothing: days are judged by evaluation.
package presence

import (
	"context"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
)

// State is where somebody is, as far as the ledger knows.
type State string

// The states. Expected is somebody whose plan begins later or within the grace; Late somebody who should be there and is not.
const (
	In       State = "in"
	Break    State = "break"
	Expected State = "expected"
	Late     State = "late"
	Left     State = "left"
	Leave    State = "leave"
	Trip     State = "trip"
	DayOff   State = "day_off"
	Unknown  State = "unknown"
)

// States returns all states, in the order in which a board shows them.
func States() []State { return []State{In, Break, Late, Expected, Left, Leave, Trip, DayOff, Unknown} }

// Outside stands for the site of somebody who punched somewhere else.
const Outside = "outside"

// Row is what an answer about one employee needs, for the instants [From, To). It is compact: a board reads one for each person.
type Row struct {
	Employee string               `json:"emp"`
	From     domain.Seconds       `json:"from"`
	To       domain.Seconds       `json:"to"`
	Days     []attendance.Outlook `json:"days,omitempty"` // dates in a row
	Marks    []Mark               `json:"marks,omitempty"`
	Away     []Away               `json:"away,omitempty"`
}

// Mark is a punch: one that counts, or one that is held.
type Mark struct {
	At    domain.Seconds       `json:"at"`
	Dir   attendance.Direction `json:"dir"`
	Where string               `json:"where,omitempty"` // a site or outside
	Held  bool                 `json:"held,omitempty"`
	Punch string               `json:"punch"`
}

// Away is an approved interval in which somebody is not expected at work.
type Away struct {
	Kind    string         `json:"kind"` // leave, trip or outing
	From    domain.Seconds `json:"from"`
	To      domain.Seconds `json:"to"`
	Request string         `json:"request"`
}

// Status is the answer about one employee at an instant. Since is when the state began, Due when the plan begins that somebody is
// expected for. Rest is why: the punch, request or date that it rests on.
type Status struct {
	Employee string         `json:"emp"`
	State    State          `json:"state"`
	Since    domain.Instant `json:"since,omitzero"`
	Due      domain.Instant `json:"due,omitzero"`
	Site     string         `json:"site,omitempty"` // a site's id or outside; empty where nothing is known
	Group    string         `json:"group,omitempty"`
	Shift    string         `json:"shift,omitempty"`
	Date     domain.Date    `json:"date"` // the attendance day
	Zone     string         `json:"zone,omitempty"`
	Held     bool           `json:"held,omitempty"` // a punch of the day waits to be decided
	Punch    string         `json:"punch,omitempty"`
	Request  string         `json:"request,omitempty"`
}

// Covers reports whether the row answers about an instant.
func (r *Row) Covers(at domain.Seconds) bool { return at >= r.From && at < r.To }

// At returns where the employee is at an instant that the row covers, and false for somebody who is not employed then.
func (r *Row) At(at domain.Seconds) (Status, bool) {
	i := r.dayOf(at)
	if i < 0 {
		return Status{}, false
	}
	d := &r.Days[i]
	s := Status{
		Employee: r.Employee, State: Unknown, Date: d.Date, Zone: d.Zone, Group: d.Group, Shift: d.Shift, Since: d.Window.From.Instant(),
	}
	if !d.Governed {
		s.Since = 0
	}
	there := r.presence(i, at, &s)
	if !there && !d.Employed {
		return Status{}, false
	}
	if s.State == In || s.State == Break {
		return s, true
	}
	if a := r.awayAt(at); a != nil {
		s.State, s.Since, s.Request, s.Punch, s.Site = Leave, a.From.Instant(), a.Request, "", ""
		if a.Kind != "leave" {
			s.State = Trip
		}
		return s, true
	}
	if !there {
		r.planned(i, at, &s)
	}
	return s, true
}

// dayOf returns the index of the day in whose window an instant lies. Of days without rules the window is not known: they are taken
// for the dates that no other day covers.
func (r *Row) dayOf(at domain.Seconds) int {
	bare := -1
	for i := range r.Days {
		d := &r.Days[i]
		switch {
		case d.Governed && at >= d.Window.From && at < d.Window.To:
			return i
		case !d.Governed && bare < 0 && at < d.Date.Unix()+domain.Day:
			bare = i
		}
	}
	return bare
}

// presence reads the punches of a day up to an instant, and reports whether there are any that count.
func (r *Row) presence(i int, at domain.Seconds, s *Status) bool {
	d := &r.Days[i]
	m, state := r.last(d, edge(d, false), at, &s.Held)
	if m == nil && i > 0 { // the night may not be over
		before := &r.Days[i-1]
		m, state = r.last(before, edge(before, false), at, nil)
		if m == nil || state == Left || at-m.At > d.MaxOpen {
			return false
		}
	}
	if m == nil {
		return false
	}
	s.State, s.Since, s.Site, s.Punch = state, m.At.Instant(), m.Where, m.Punch
	return true
}

// last returns the last punch from an instant to another, and what it makes of the state. A punch without direction turns it round;
// one that only repeats the punch before it says nothing.
func (r *Row) last(d *attendance.Outlook, from, to domain.Seconds, held *bool) (*Mark, State) {
	var last *Mark
	state := Left
	for i := range r.Marks {
		m := &r.Marks[i]
		if m.At < from || m.At > to {
			continue
		}
		if m.Held {
			if held != nil {
				*held = true
			}
			continue
		}
		if last != nil && m.Dir == attendance.Auto && m.At-last.At <= d.Dedupe {
			continue
		}
		next := after(state, m.Dir)
		if last == nil || next != state { // since the state began, not since it was said again
			last = m
		}
		state = next
	}
	return last, state
}

func after(s State, dir attendance.Direction) State {
	switch dir {
	case attendance.In, attendance.BreakIn:
		return In
	case attendance.BreakOut:
		return Break
	case attendance.Auto:
		if s != In {
			return In
		}
	case attendance.Out:
	}
	return Left
}

func (r *Row) awayAt(at domain.Seconds) *Away {
	for i := range r.Away {
		if a := &r.Away[i]; at >= a.From && at < a.To {
			return a
		}
	}
	return nil
}

// planned says of somebody who has not punched what the plan expects.
func (r *Row) planned(i int, at domain.Seconds, s *Status) {
	d := &r.Days[i]
	due := r.due(i)
	switch {
	case !d.Governed, d.NoPunch && len(due) > 0:
		return // nobody can tell
	case d.Untimed:
		s.State = Expected
	case len(d.Plan) == 0:
		s.State = DayOff
	case len(due) == 0: // the whole plan is excused
		s.State = r.excusedBy(d)
	case at < due[0].From+d.Grace:
		s.State, s.Due, s.Since = Expected, due[0].From.Instant(), 0
	case at < due[len(due)-1].To:
		s.State, s.Due, s.Since = Late, due[0].From.Instant(), due[0].From.Instant()
	default:
		s.Since = due[len(due)-1].To.Instant()
	}
}

// excusedBy is what a plan without anything left of it was given up for.
func (r *Row) excusedBy(d *attendance.Outlook) State {
	for _, a := range r.Away {
		if a.Kind == "leave" && a.From < d.Window.To && a.To > d.Window.From {
			return Leave
		}
	}
	return Trip
}

// due is the plan of a day less what is excused, and moved where the evening before ended late.
func (r *Row) due(i int) []attendance.Interval {
	d := &r.Days[i]
	plan := append([]attendance.Interval(nil), d.Plan...)
	if by := r.later(i); by > 0 && len(plan) > 0 {
		plan[0].From = min(plan[0].From+by, plan[0].To)
	}
	for _, a := range r.Away {
		plan = less(plan, attendance.Interval{From: a.From, To: a.To})
	}
	return plan
}

func (r *Row) later(i int) (by domain.Seconds) {
	d := &r.Days[i]
	if i == 0 || len(d.Later) == 0 {
		return 0
	}
	before := &r.Days[i-1]
	m, state := r.last(before, before.Window.From, before.Window.To-1, nil)
	for _, l := range d.Later {
		if m != nil && state == Left && m.At >= l.After {
			by = l.By
		}
	}
	return by
}

func less(plan []attendance.Interval, x attendance.Interval) []attendance.Interval {
	out := plan[:0:0]
	for _, p := range plan {
		if left := (attendance.Interval{From: p.From, To: min(p.To, x.From)}); left.Len() > 0 {
			out = append(out, left)
		}
		if right := (attendance.Interval{From: max(p.From, x.To), To: p.To}); right.Len() > 0 {
			out = append(out, right)
		}
	}
	return out
}

// Tx writes rows.
type Tx interface {
	PutPresence(ctx context.Context, r Row) error
}

// Reader reads rows in the order of employees; an empty employee selects all.
type Reader interface {
	Presences(ctx context.Context, employee string, yield func(Row) error) error
}
