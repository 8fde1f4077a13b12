package attendance

import (
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// adjust copies the spans, moves the times of the copy as the rules say, and joins what paid short breaks part (stage 4).
func (e *evaluator) adjust() {
	e.counted = append(e.counted, e.spans...)
	if len(e.counted) == 0 {
		return
	}
	r := e.rules
	for _, step := range r.AdjustSteps {
		switch step {
		case ruleset.AdjustSnap:
			if e.today.fixedPlan() {
				e.snap(&e.counted[0].from, &e.counted[len(e.counted)-1].to)
			}
		case ruleset.AdjustPunch:
			e.roundPunches()
		case ruleset.AdjustBreaks:
			e.roundBreaks()
		case ruleset.AdjustWorked:
			e.roundWorked()
		}
	}
	n := 1
	for _, s := range e.counted[1:] {
		last := &e.counted[n-1]
		if gap := s.from - last.to; gap <= 0 || gap <= r.Breaks.PaidUpto {
			if e.sameBooking(last.in, s.in) {
				last.to, last.out = max(last.to, s.to), s.out
				continue
			}
			last.to = max(last.to, s.from) // a transfer: what follows is booked elsewhere
			if s.from = last.to; s.to <= s.from {
				continue
			}
		}
		e.counted[n] = s
		n++
	}
	e.counted = e.counted[:n]
}

// sameBooking reports whether two arrivals are booked alike: to one site, job, cost centre and kind of place.
func (e *evaluator) sameBooking(a, b int) bool {
	p, q := e.taken[e.clusters[a].first].p, e.taken[e.clusters[b].first].p
	return p.Site == q.Site && p.Job == q.Job && p.Cost == q.Cost && p.Place == q.Place
}

// snap moves an arrival within the grace to the start of the plan, and a departure to its end.
func (e *evaluator) snap(in, out *domain.Seconds) {
	start, end := e.today.start, e.today.end
	if r := e.today.rule(); r.Kind == ruleset.ShiftFlex {
		start = e.at(e.today.clock(e.today.shift), e.today.date, r.Latest+e.lateStart(r))
		end = e.day.Window.To // the end follows the arrival, so there is nothing to snap to
	}
	if g := &e.rules.LateEdge; g.Snap && *in > start && *in-start <= g.Grace {
		if e.rec != nil {
			e.note(4, g.Pointer+"/grace", "grace.snapped", "edge", "in", "from", e.local(*in), "to", e.local(start))
		}
		*in = start
	}
	if g := &e.rules.EarlyEdge; g.Snap && *out < end && end-*out <= g.Grace {
		if e.rec != nil {
			e.note(4, g.Pointer+"/grace", "grace.snapped", "edge", "out", "from", e.local(*out), "to", e.local(end))
		}
		*out = end
	}
}

// lateStart is by how much yesterday's late evening raises today's latest start.
func (e *evaluator) lateStart(r *ruleset.ShiftRule) domain.Seconds {
	if len(r.LateLeave) == 0 || e.carry.outDate != e.day.Date-1 {
		return 0
	}
	var by domain.Seconds
	for _, l := range r.LateLeave {
		if e.carry.lastOut >= e.at(e.today.clock(e.today.shift), e.day.Date-1, l.After) {
			by = l.By
		}
	}
	return by
}

// layPlan lays the plan of the day: a flexible one follows the arrival (stage 5).
func (e *evaluator) layPlan() {
	s, r := e.today, e.today.rule()
	if r == nil {
		return
	}
	e.day.Shift = r.ID
	late := e.lateStart(r)
	if late > 0 && e.rec != nil {
		e.note(5, r.Pointer+"/late_leave", "plan.late_leave", "left", e.local(e.carry.lastOut), "by_s", seconds(late))
	}
	switch {
	case r.Kind == ruleset.ShiftFlex:
		z := s.clock(s.shift)
		a := e.at(z, s.date, r.Latest+late)
		if len(e.counted) > 0 {
			a = min(max(e.counted[0].from, e.at(z, s.date, r.Earliest)), a)
		} else if e.hasIn {
			a = min(max(e.firstIn, e.at(z, s.date, r.Earliest)), a)
		}
		e.layFlex(s, r, a)
	case r.Kind == ruleset.ShiftFixed && late > 0 && e.hasIn:
		first := &s.blocks[0]
		first.From = min(max(e.firstIn, first.From), first.From+late, first.To)
	}
	e.plan = append(e.plan, s.plan()...)
	e.day.Plan = append(e.day.Plan, e.plan...)
	if e.rec != nil {
		e.notePlan(r)
	}
}

// overlay lays leave, trips and half days off over the plan (stage 6).
func (e *evaluator) overlay() {
	e.approvals()
	if !e.today.fixedPlan() {
		return
	}
	for _, a := range e.appr {
		switch {
		case a.Kind == "leave":
			e.takeLeave(a)
		case e.creditsPlan(a):
			e.excused = insert(e.excused, clip(a, e.day.Window))
		}
	}
	if e.today.half {
		e.halfDay()
	}
	e.due = appendMinus(e.due, e.plan, e.excused)
}

// creditsPlan reports whether what an approval covers of the plan counts without punches.
func (e *evaluator) creditsPlan(a *Approval) bool {
	return a.Kind == "trip" || a.Kind == "outing" || a.Kind == "remote" && e.rules.RemoteCredits
}

// approvals collects the approved intervals that touch the window.
func (e *evaluator) approvals() {
	list := e.facts.Approvals
	for e.nextAppr < len(list) && list[e.nextAppr].To <= e.day.Window.From {
		e.nextAppr++
	}
	for i := e.nextAppr; i < len(list) && list[i].From < e.day.Window.To; i++ {
		if list[i].To > e.day.Window.From {
			e.appr = append(e.appr, &list[i])
			if list[i].Kind == "overtime" {
				e.overtime = append(e.overtime, &list[i])
			}
		}
	}
}

func clip(a *Approval, w Interval) Interval {
	return Interval{max(a.From, w.From), min(a.To, w.To)}
}

// leaveTime is what one approved leave takes of the plan.
type leaveTime struct {
	appr *Approval
	rule ruleset.LeaveRule
	secs domain.Seconds
}

// takeLeave excuses what a leave covers. A type whose code is of class base, or that counts as worked, becomes counted time in
// stage 7; any other becomes a leave row.
func (e *evaluator) takeLeave(a *Approval) {
	rule, ok := e.rules.Leaves[a.Type]
	if !ok {
		rule.Code = -1
	}
	x := clip(a, e.day.Window)
	secs := overlap(e.plan, x) - shared(e.plan, e.leaves, x)
	e.leaveSecs = append(e.leaveSecs, leaveTime{appr: a, rule: rule, secs: secs})
	e.leaves = insert(e.leaves, x)
	e.excused = insert(e.excused, x)
	if e.rec != nil {
		e.note(6, rule.Pointer, "leave.taken", "request", a.Request, "type", a.Type, "s", seconds(secs))
	}
}

// shared is the part of x that lies in both lists.
func shared(a, b []Interval, x Interval) domain.Seconds {
	var s domain.Seconds
	for _, y := range b {
		if from, to := max(x.From, y.From), min(x.To, y.To); from < to {
			s += overlap(a, Interval{from, to})
		}
	}
	return s
}

// halfDay excuses the later half of the planned seconds.
func (e *evaluator) halfDay() {
	left := length(e.plan) / 2
	for _, b := range e.plan {
		if b.Len() > left {
			e.excused = insert(e.excused, Interval{b.From + left, b.To})
			left = 0
			continue
		}
		left -= b.Len()
	}
}
