package attendance

import (
	"sort"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// Stints returns the shifts that were worked on the day: its intervals, joined where the gap between them is shorter than gap and the
// whole is no longer than longest (0: any length).
func (d *Day) Stints(gap, longest domain.Seconds) []Interval {
	var out []Interval
	for _, x := range d.Intervals {
		n := len(out)
		if n > 0 && x.From-out[n-1].To < gap && (longest == 0 || x.From-out[n-1].From <= longest) {
			out[n-1].To = x.To
			continue
		}
		out = append(out, x)
	}
	return out
}

// cut is the instant that parts the days of a and b: the cut of their plans, moved off a shift that was worked across it where the
// rules of the earlier day say who owns such a shift. It depends on plans and on punches from the beginning of the earlier day on, where
// that is known, else no farther from it than two of the longest shifts.
func (e *evaluator) cut(a, b *slot, begin domain.Seconds) domain.Seconds {
	at := e.cutBetween(a, b)
	g := a.gov
	if g == nil || g.rules == nil {
		g = b.gov
	}
	if g == nil || g.rules == nil || g.rules.Assign == ruleset.AssignByCut {
		return at
	}
	s, ok := e.across(at, max(begin, at-2*g.rules.Longest), g.rules)
	if !ok {
		return at
	}
	start := g.rules.Assign == ruleset.AssignStart || g.rules.Assign == ruleset.AssignMost && s.before >= s.after
	if start || s.after == 0 { // what ends on the cut has nothing behind it
		return s.last + 1
	}
	return s.first
}

// stint is a shift as it was worked: punches without a gap as long as the rules' between them.
type stint struct {
	first, last   domain.Seconds
	any, open     bool
	working       bool           // neither out nor on a break
	since         domain.Seconds // of working
	before, after domain.Seconds // worked before the cut and after it
}

// across finds the stint that goes on over at, of punches from begin on.
func (e *evaluator) across(at, begin domain.Seconds, r *ruleset.Rules) (stint, bool) {
	list := e.facts.Punches
	i := sort.Search(len(list), func(i int) bool { return list[i].At >= begin })
	var s stint
	for ; i < len(list); i++ {
		p := &list[i]
		if p.State != Counted {
			continue
		}
		dir := p.Dir
		if dir == Auto {
			dir = In
			if s.open {
				dir = Out
			}
		}
		if s.any && s.parts(p.At, dir, r) {
			if s.last >= at {
				break
			}
			s = stint{}
		}
		if !s.any && p.At >= at {
			break
		}
		s.add(p.At, dir, at)
	}
	return s, s.any && s.first < at && s.last >= at
}

// parts reports whether a punch is no longer of the stint.
func (s *stint) parts(at domain.Seconds, dir Direction, r *ruleset.Rules) bool {
	switch {
	case at-s.first > r.Longest:
		return true
	case dir == Out && s.open, pause(dir):
		return false
	}
	return at-s.last >= r.ShiftGap
}

func (s *stint) add(at domain.Seconds, dir Direction, cut domain.Seconds) {
	if !s.any {
		*s = stint{any: true, first: at}
	}
	s.last = at
	if s.working {
		s.before += max(0, min(at, cut)-s.since)
		s.after += max(0, at-max(s.since, cut))
	}
	s.since = at
	switch dir {
	case In:
		s.open, s.working = true, true
	case Out:
		s.open, s.working = false, false
	case BreakOut:
		s.working = false
	case BreakIn:
		s.working = s.open
	case Auto:
	}
}

// tooLong reports whether an in and an out are farther apart than the longest shift.
func (e *evaluator) tooLong(in, out int) bool {
	return e.rules.Longest > 0 && e.outAt(out)-e.inAt(in) > e.rules.Longest
}

// dropIn leaves out an in that follows an open one.
func (e *evaluator) dropIn(k int) {
	if e.rec != nil {
		p := e.taken[e.clusters[k].first].p
		e.note(3, "/punch/second_in", "punch.second_in", "punch", p.ID, "at", e.local(p.At))
	}
}

// shiftWindows finds when each planned shift of the day takes punches. Where the times of two meet, the later shift takes what is before
// its start, but nothing before the end of the earlier one. An open shift, and one that a free arrival moves, take punches all day.
func (e *evaluator) shiftWindows() {
	s := e.today
	if e.rules.OffShift == ruleset.OffShiftCounts || s.rule() == nil {
		return
	}
	e.shiftWindow(s.shift)
	for _, i := range s.also[:s.more] {
		e.shiftWindow(i)
	}
	list := e.day.Shifts
	for i := 1; i < len(list); i++ {
		for j := i; j > 0 && list[j].From < list[j-1].From; j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
	for i := 1; i < len(list); i++ {
		a, b := &list[i-1], &list[i]
		if a.Window.To > b.Window.From {
			b.Window.From = max(a.To, b.Window.From)
			a.Window.To = b.Window.From
		}
	}
}

func (e *evaluator) shiftWindow(shift int) {
	s, r := e.today, &e.today.gov.rules.Shifts[shift]
	w := ShiftWindow{Shift: r.ID, From: s.start, To: s.end, Window: e.day.Window}
	if r.Kind == ruleset.ShiftFixed {
		z := s.clock(shift)
		w.From, w.To = e.at(z, s.date, r.Work[0].From), e.atEnd(z, s.date, r.Work[len(r.Work)-1].To)
		w.Window = Interval{max(w.From-r.Before, e.day.Window.From), min(w.To+r.After, e.day.Window.To)}
	}
	e.day.Shifts = append(e.day.Shifts, w)
}

// inShift finds the shift that takes a punch, and marks one that none takes.
func (e *evaluator) inShift(t *taken) {
	if e.rules.OffShift == ruleset.OffShiftCounts {
		return
	}
	for i := range e.day.Shifts {
		if w := e.day.Shifts[i].Window; t.p.At >= w.From && t.p.At < w.To {
			t.shift = i
			return
		}
	}
	t.off = true
	if e.rules.OffShift == ruleset.OffShiftLeftOut {
		t.role = "off_shift"
	}
}

// autoClose ends an interval without an out as the rules say, once that time is known to have passed and nothing of the day is in doubt.
func (e *evaluator) autoClose(k int) bool {
	c := &e.rules.Close
	if !c.Said || e.day.Pending {
		return false
	}
	in := e.inAt(k)
	at := in + c.After + c.Tolerance
	if c.Plan {
		left := length(e.today.plan()) + c.Tolerance
		for _, s := range e.spans {
			left -= s.to - s.from
		}
		if e.today.n == 0 || !e.today.fixedPlan() || left <= 0 {
			return false
		}
		at = e.pastBreaks(in, left)
	}
	for i := e.nextPunch; i < len(e.facts.Punches) && e.facts.Punches[i].At < at; i++ {
		if e.facts.Punches[i].State == Counted {
			at = e.facts.Punches[i].At
			break
		}
	}
	if at <= in || at > e.known() {
		return false
	}
	e.clusters[k].role = "in"
	e.spans = append(e.spans, work{in, at, k, -1})
	p := e.taken[e.clusters[k].first].p
	e.anomaly("punch.auto_closed", p.ID, e.evidence(inClock("in", in), inClock("out", at)))
	if e.rec != nil {
		e.note(3, "/punch/close", "pair.auto_closed", "from", e.local(in), "to", e.local(at))
	}
	return true
}

// pastBreaks is when as much has been worked from in on; breaks of the plan do not count.
func (e *evaluator) pastBreaks(in, worked domain.Seconds) domain.Seconds {
	at, plan := in+worked, e.today.plan()
	for i := 1; i < len(plan); i++ {
		from, to := max(plan[i-1].To, in), plan[i].From
		if to > from && from < at && plan[i].From-plan[i-1].To <= longestBreak {
			at += to - from
		}
	}
	return at
}

// known is up to when nothing can come any more by itself.
func (e *evaluator) known() domain.Seconds {
	return max(e.clockDay(e.today.zone, e.turned+1).midnight, e.book.Synced[e.today.zone.Name()])
}
