package attendance

import (
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// payOvertime gives straight time to overtime rules (stage 10).
func (e *evaluator) payOvertime() {
	if e.rules.Combine == ruleset.CombineHighest {
		e.payHighest()
	} else {
		for i := range e.rules.Passes {
			e.pass(i)
		}
	}
	e.snapshot(10)
	for code := range e.rules.RoundTotal {
		g := &e.rules.RoundTotal[code]
		switch {
		case g.Every == 0:
		case g.PerInterval:
			for i := range e.counted {
				e.roundTotal(code, g, -1, i)
			}
		default:
			e.roundTotal(code, g, -1, -1)
		}
	}
}

// threshold is what the sum of p must reach in the window of owner. Where overtime days are civil dates, the plan of one is what was
// planned between its midnights, by whichever shift.
func (e *evaluator) threshold(p *ruleset.Pass, owner domain.Date) domain.Seconds {
	switch {
	case !p.OverPlan:
		return p.Over
	case e.rules.SplitDay && p.Per == ruleset.PerDay:
		return e.plannedOn(owner)
	}
	return length(e.plan)
}

// plannedOn is what was planned between the midnights of a date near to today. Of the days beside today it is their plan as it was before
// any punch, so that it does not depend on where evaluation began.
func (e *evaluator) plannedOn(d domain.Date) domain.Seconds {
	z := e.today.zone
	on := Interval{e.clockDay(z, d).midnight, e.clockDay(z, d+1).midnight}
	s := overlap(e.plan, on)
	for _, beside := range [...]*slot{e.yesterday, e.tomorrow} {
		if beside.rule() != nil {
			laid := e.laidAnew(beside)
			s += overlap(laid.plan(), on)
		}
	}
	return s
}

// laidAnew is a slot with its plan as it was before its own day was evaluated.
func (e *evaluator) laidAnew(s *slot) slot {
	out := *s
	out.more = 0
	e.layBlocks(&out)
	for _, k := range s.also[:s.more] {
		e.addShift(&out, s.gov.rules.Shifts[k].ID)
	}
	return out
}

// selects reports whether the selectors, the count of days and the band of p hold for s.
func (e *evaluator) selects(p *ruleset.Pass, s *segment) bool {
	if p.NthDay > 0 && s.nth != p.NthDay || !p.Match.OnDate(s.kind, s.owner) || !p.Match.OnSubject(&s.subject) {
		return false
	}
	if p.FromDay > 0 {
		n := s.nth
		if p.DaysOf != ruleset.DaysOfWeek {
			n = s.row
		}
		if p.DaysOf == ruleset.DaysInRowOfWeek {
			n = min(n, int(s.owner-e.windowOf(ruleset.PerWeek, s.owner))+1)
		}
		if n < p.FromDay {
			return false
		}
	}
	return !p.Band || !e.pieces[s.piece].untimed && e.inBand(p.From, p.To, s)
}

// straight reports whether s is plain time that no rule has claimed.
func (e *evaluator) straight(s *segment) bool {
	return s.pass < 0 && !s.fixed && s.base == e.rules.Straight
}

// sees reports whether the sum of p counts s, of which it may or may not be able to claim.
func (e *evaluator) sees(p *ruleset.Pass, s *segment, selected, pool bool) bool {
	switch {
	case p.Counts == ruleset.CountsAll:
		return s.base >= 0
	case p.Counts == ruleset.CountsSelected && !selected:
		return false
	}
	return pool || p.Per == ruleset.PerDay && p.Of == 0 && s.base >= 0 && !s.byDay
}

// pass lets rule i claim what it reaches of what no rule before it has claimed.
func (e *evaluator) pass(i int) {
	p := &e.rules.Passes[i]
	acc := tally{window: -1}
	var claimed domain.Seconds
	for k := 0; k < len(e.segs); k++ {
		s := &e.segs[k]
		selected := s.base != baseUnapproved && e.selects(p, s)
		if s.base == baseUnapproved || !selected && p.Counts == ruleset.CountsSelected {
			continue
		}
		pool := e.straight(s) && p.OfStraight || p.Of.Has(s.base)
		if p.Outside {
			if pool && selected && !e.pieces[s.piece].inPlan {
				claimed += e.claim(k, i)
			}
			continue
		}
		if !e.sees(p, s, selected, pool) {
			continue
		}
		e.enter(&acc, p, s)
		over, before := e.threshold(p, s.owner), acc.sum
		acc.sum += s.len()
		if acc.sum <= over || !pool || !selected || p.Upto >= 0 && before >= p.Upto {
			continue
		}
		if before < over {
			e.cross(k, p, s.from+over-before, over)
			acc.sum = over
			continue // the rest is the next segment
		}
		if p.Upto >= 0 && acc.sum > p.Upto {
			e.cross(k, p, s.from+p.Upto-before, p.Upto)
			acc.sum = p.Upto
		}
		claimed += e.claim(k, i)
	}
	e.keep(&acc, p)
	e.settlePass(i, claimed)
}

// cross splits segment k where the sum of p reaches a length.
func (e *evaluator) cross(k int, p *ruleset.Pass, at, reached domain.Seconds) {
	e.splitSegment(k, at)
	if e.rec != nil {
		e.note(10, p.Pointer, "ot.threshold_crossed", "over_s", seconds(reached), "at", e.local(e.segs[k].to))
	}
}

// tally is a running sum of one pass within one window.
type tally struct {
	window domain.Date
	sum    domain.Seconds
}

// enter moves the tally to the window of the segment. A window that began on an earlier day continues from the carry.
func (e *evaluator) enter(t *tally, p *ruleset.Pass, s *segment) {
	day := s.owner
	if p.Per.Weeks() > 0 && e.rules.WeekAt > 0 {
		if d, wall := e.wall(s.from); wall < e.rules.WeekAt {
			day = d - 1
		}
	}
	window := e.windowOf(p.Per, day)
	if window == t.window {
		return
	}
	e.keep(t, p)
	first := t.window < 0
	t.window, t.sum = window, 0
	if p.Slot >= 0 {
		if sum := &e.carry.sums[e.sumOf[p.Slot]]; sum.from == window {
			t.sum = sum.acc
		}
	}
	if first && p.Of == 0 {
		t.sum += e.unseen()
	}
}

// unseen is by what the sums of thresholds differ from counted time: what automatic breaks and credits change, where only one of the two
// sees them.
func (e *evaluator) unseen() domain.Seconds {
	switch b := &e.rules.Breaks; {
	case b.Thresholds && !b.Regular:
		return e.seen
	case b.Regular && !b.Thresholds:
		return -e.seen
	}
	return 0
}

// keep stores the tally in the carry.
func (e *evaluator) keep(t *tally, p *ruleset.Pass) {
	if p.Slot < 0 || t.window < 0 {
		return
	}
	sum := &e.carry.sums[e.sumOf[p.Slot]]
	if t.window > sum.from {
		sum.roll(t.window, e.rules.Slots[p.Slot].Depth)
	}
	if t.window == sum.from {
		sum.acc = t.sum
	}
}

// claim gives segment k to pass i and returns its length.
func (e *evaluator) claim(k, i int) domain.Seconds {
	p, s := &e.rules.Passes[i], &e.segs[k]
	s.base, s.rule, s.pass, s.toil = p.Code, p.Pointer, i, -1
	s.byDay = s.byDay || p.ByDay
	if s.settles && p.TOIL >= 0 {
		s.toil = p.TOIL
	}
	return s.len()
}

// splitSegment cuts segment k at an instant inside it.
func (e *evaluator) splitSegment(k int, at domain.Seconds) {
	e.segs = append(e.segs, segment{})
	copy(e.segs[k+1:], e.segs[k:])
	e.segs[k].to = at
	e.segs[k+1].from = at
	if c := e.clockDay(e.today.zone, e.segs[k].civil+1); at >= c.midnight {
		e.segs[k+1].civil, _ = e.wall(at)
	}
}

// tolerate gives back what rule i has claimed: it is straight time again, which later rules may claim.
func (e *evaluator) tolerate(i int, claimed domain.Seconds) {
	p := &e.rules.Passes[i]
	for k := range e.segs {
		if s := &e.segs[k]; s.pass == i {
			s.base, s.rule, s.pass, s.toil, s.byDay = e.rules.Straight, e.pieces[s.piece].policy, -1, -1, false
		}
	}
	if e.rec != nil {
		e.note(10, p.Pointer+"/tolerance", "ot.within_tolerance", "rule", p.ID, "s", seconds(claimed), "tolerance_s", seconds(p.Tolerance))
	}
}

// settlePass leaves what is within the pass's tolerance, drops what is below the pass's minimum into x.unpaid, and rounds its total.
func (e *evaluator) settlePass(i int, claimed domain.Seconds) {
	p := &e.rules.Passes[i]
	if claimed == 0 {
		return
	}
	if p.Tolerance > 0 && claimed <= p.Tolerance {
		e.tolerate(i, claimed)
		return
	}
	if e.rec != nil {
		e.note(10, p.Pointer, "ot.claimed", "rule", p.ID, "code", e.rules.Codes[p.Code].ID, "s", seconds(claimed))
	}
	if claimed < p.Min {
		for k := range e.segs {
			if s := &e.segs[k]; s.pass == i {
				s.base, s.toil = baseUnpaid, -1
			}
		}
		if e.rec != nil {
			e.note(10, p.Pointer+"/min", "ot.below_min", "rule", p.ID, "s", seconds(claimed), "min_s", seconds(p.Min))
		}
		e.anomaly("ot.below_min", p.ID, e.evidence(inNumber("worked_s", claimed), inNumber("min_s", p.Min)))
		return
	}
	if p.Round.Every > 0 {
		e.roundTotal(p.Code, &p.Round, i, -1)
	}
}

// roundTotal rounds what a code has of the day, or one pass or interval of it (-1: all): seconds rounded away become x.unpaid, the
// last first; seconds rounded up are added to the row and to counted time, and shown as x.rounding.
func (e *evaluator) roundTotal(code int, g *ruleset.Grid, pass, span int) {
	of := func(s *segment) bool {
		return s.base == code && (pass < 0 || s.pass == pass) && (span < 0 || e.pieces[s.piece].span == span)
	}
	var total domain.Seconds
	for k := range e.segs {
		if s := &e.segs[k]; of(s) {
			total += s.len()
		}
	}
	change := g.Apply(total) - total
	if change == 0 || total == 0 {
		return
	}
	if e.rec != nil {
		e.note(13, g.Pointer, "total.rounded", "code", e.rules.Codes[code].ID, "from_s", seconds(total), "to_s", seconds(total+change))
	}
	if change > 0 {
		e.ups[code] += change
		e.day.Counted += change
		return
	}
	for k := len(e.segs) - 1; k >= 0 && change < 0; k-- {
		s := &e.segs[k]
		if !of(s) {
			continue
		}
		if s.len() > -change {
			e.splitSegment(k, s.to+change)
			s = &e.segs[k+1]
		}
		change += s.len()
		s.base, s.toil, s.rule = baseUnpaid, -1, g.Pointer
	}
}
