// Package slot finds what of somebody's days can be corrected: which punches are missing, which may be moved, and between which
// instants. It is computed from results and rules when it is asked for; nothing of it is stored.
package slot

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/projections/inbox"
)

// farthest is how far a punch may be moved.
const farthest = 36 * domain.Hour

// Slot is one punch that a correction may add or change.
type Slot struct {
	Change   request.Change       `json:"change"` // add or retime
	Dir      attendance.Direction `json:"dir"`
	Punch    string               `json:"punch,omitempty"` // retime: the one that is moved
	At       domain.Instant       `json:"at,omitzero"`     // retime: where it stands
	Earliest domain.Instant       `json:"earliest"`
	Latest   domain.Instant       `json:"latest"`
	Planned  domain.Instant       `json:"planned,omitzero"`  // the edge of the plan that it belongs to
	Anomaly  string               `json:"anomaly,omitempty"` // key of the anomaly that it would mend
	Pending  string               `json:"pending,omitempty"` // a request that asks for the same
}

// Day is what can be corrected of one day. Past the deadline or over the quota a request goes to an exception step, and is not refused.
type Day struct {
	Employee string      `json:"emp"`
	Date     domain.Date `json:"date"`
	Zone     string      `json:"zone"`
	Shift    string      `json:"shift,omitempty"`
	Slots    []Slot      `json:"slots"`
	Deadline domain.Date `json:"deadline,omitzero"` // the last day on which a request is in time; zero where the rules name none
	Late     bool        `json:"late,omitempty"`
	Quota    *Quota      `json:"quota,omitempty"`
	Evidence string      `json:"evidence,omitempty"` // what the rules ask for
}

// Quota is how many requests a cycle has.
type Quota struct {
	Cycle string `json:"cycle"`
	Count int    `json:"count"`
	Used  int    `json:"used"`
	Left  int    `json:"left"`
}

// Asked is what Of answers about: a day with its anomalies, the rules that governed it, the employee's requests, and the present with its
// date in the employee's zone.
type Asked struct {
	Day       attendance.Day
	Anomalies []attendance.Anomaly
	Rules     *ruleset.Corrections // nil: the rules say nothing
	Requests  []inbox.Filed
	Now       domain.Instant
	Today     domain.Date
}

// Of returns what can be corrected of a day.
func Of(a Asked) Day {
	out := Day{Employee: a.Day.Employee, Date: a.Day.Date, Zone: a.Day.Zone, Shift: a.Day.Shift, Slots: []Slot{}}
	out.bounds(a)
	counted := slices.DeleteFunc(slices.Clone(a.Day.Punches), func(p attendance.PunchRole) bool {
		return slices.Contains([]string{"held", "rejected", "refused", "voided", "carried_back", "duplicate"}, p.Role)
	})
	slices.SortStableFunc(counted, func(x, y attendance.PunchRole) int { return cmp.Compare(x.At, y.At) })
	for _, dir := range []attendance.Direction{attendance.In, attendance.Out} {
		if key, ok := missing(a.Anomalies, dir); ok {
			out.add(a, missingEdge(a, counted, dir, key))
		}
	}
	for i, p := range counted {
		out.add(a, moved(a, counted, i, p))
	}
	return out
}

func (d *Day) bounds(a Asked) {
	if a.Rules == nil {
		return
	}
	d.Evidence = a.Rules.Evidence
	if l := a.Rules.Deadline; l != nil {
		d.Deadline = l.Last(d.Date)
		d.Late = a.Today > d.Deadline
	}
	if q := a.Rules.Quota; q != nil && q.Count > 0 {
		cycle, used := cycleOf(q, d.Date), 0
		for i := range a.Requests {
			if f := &a.Requests[i]; f.Kind == string(request.Correction) && f.Uses() && f.Cycle == cycle {
				used++
			}
		}
		d.Quota = &Quota{Cycle: cycle, Count: q.Count, Used: used, Left: max(0, q.Count-used)}
	}
}

// cycleOf names the cycle of a date as a request that is submitted names it.
func cycleOf(q *ruleset.Quota, date domain.Date) string {
	switch {
	case q.Per == "year":
		return date.Time().Format("2006")
	case q.Per == "cycle" && q.Starts > 1:
		first := date.MonthStart()
		if _, _, day := date.Civil(); day < q.Starts {
			first = first.AddMonths(-1)
		}
		return fmt.Sprintf("%s@%d", first.Time().Format("2006-01"), q.Starts)
	}
	return date.Time().Format("2006-01")
}

// add keeps a slot that leaves a choice of times.
func (d *Day) add(a Asked, s Slot) {
	s.Latest = min(s.Latest, a.Now)
	if s.Earliest > s.Latest {
		return
	}
	for i := range a.Requests {
		f := &a.Requests[i]
		same := f.Kind == string(request.Correction) && request.Status(f.Status).Pending() && f.Date == d.Date
		if same && (s.Punch != "" && f.Punch == s.Punch || s.Punch == "" && f.Change == string(s.Change) && f.Dir == string(s.Dir)) {
			s.Pending = f.Request
		}
	}
	d.Slots = append(d.Slots, s)
}

// missing finds the anomaly that says that an edge has no punch. A day of absence lacks both.
func missing(list []attendance.Anomaly, dir attendance.Direction) (string, bool) {
	for _, id := range []string{"punch.missing_" + string(dir), "incomplete", "absent"} {
		for i := range list {
			if x := &list[i]; x.ID == id && (id != "incomplete" || x.Of == string(dir)) {
				return x.Key(), true
			}
		}
	}
	return "", false
}

// missingEdge lies between the beginning of the window and the first punch for an in, between the last one and the end for an out.
func missingEdge(a Asked, counted []attendance.PunchRole, dir attendance.Direction, key string) Slot {
	w := a.Day.Window
	s := Slot{Change: request.Add, Dir: dir, Earliest: w.From.Instant(), Latest: (w.To - 1).Instant(), Anomaly: key}
	if n := len(counted); n > 0 {
		if dir == attendance.In {
			s.Latest = (counted[0].At - 1).Instant()
		} else {
			s.Earliest = (counted[n-1].At + 1).Instant()
		}
	}
	if n := len(a.Day.Plan); n > 0 {
		s.Planned = a.Day.Plan[0].From.Instant()
		if dir == attendance.Out {
			s.Planned = a.Day.Plan[n-1].To.Instant()
		}
	}
	return s
}

// moved lies between the punches before and after.
func moved(a Asked, counted []attendance.PunchRole, i int, p attendance.PunchRole) Slot {
	w := a.Day.Window
	s := Slot{
		Change: request.Retime, Dir: p.Dir, Punch: p.ID, At: p.At.Instant(),
		Earliest: max(w.From, p.At-farthest).Instant(), Latest: min(w.To-1, p.At+farthest).Instant(),
	}
	if i > 0 {
		s.Earliest = max(s.Earliest, (counted[i-1].At + 1).Instant())
	}
	if i+1 < len(counted) {
		s.Latest = min(s.Latest, (counted[i+1].At - 1).Instant())
	}
	for k := range a.Anomalies {
		if x := &a.Anomalies[k]; x.Of == p.ID || x.Of == p.Role {
			s.Anomaly = x.Key()
			break
		}
	}
	return s
}
