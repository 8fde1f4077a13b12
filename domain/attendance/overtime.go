package attendance

import (
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// payOvertime runs the passes in list order; what one claims, the next cannot (stage 10).
func (e *evaluator) payOvertime() {
	for i := range e.rules.Passes {
		e.pass(i)
	}
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

func (e *evaluator) pass(i int) {
	p := &e.rules.Passes[i]
	over := p.Over
	if p.OverPlan {
		over = length(e.plan)
	}
	acc := tally{window: -1}
	var claimed domain.Seconds
	for k := 0; k < len(e.segs); k++ {
		s := &e.segs[k]
		if s.base == baseUnapproved || p.NthDay > 0 && s.nth != p.NthDay ||
			!p.Match.OnDate(s.kind, s.owner) || !p.Match.OnSubject(&s.subject) {
			continue
		}
		pool := s.pass < 0 && !s.fixed && s.base == e.rules.Straight && p.OfStraight || p.Of.Has(s.base)
		if p.Outside {
			if pool && !e.pieces[s.piece].inPlan {
				claimed += e.claim(k, i)
			}
			continue
		}
		if !(pool || p.Per == ruleset.PerDay && p.Of == 0 && s.base >= 0 && !s.byDay) {
			continue
		}
		e.enter(&acc, p, s)
		before := acc.sum
		acc.sum += s.len()
		if acc.sum <= over || !pool {
			continue
		}
		if before < over {
			e.splitSegment(k, s.from+over-before)
			if e.rec != nil {
				e.note(10, p.Pointer, "ot.threshold_crossed", "over_s", seconds(over), "at", e.local(e.segs[k].to))
			}
			acc.sum = over
			continue // the rest is the next segment
		}
		claimed += e.claim(k, i)
	}
	e.keep(&acc, p)
	e.settlePass(i, claimed)
}

// tally is a running sum of one pass within one window.
type tally struct {
	window domain.Date
	sum    domain.Seconds
}

// enter moves the tally to the window of the segment. A window that began on an earlier day continues from the carry.
func (e *evaluator) enter(t *tally, p *ruleset.Pass, s *segment) {
	day := s.owner
	if p.Per == ruleset.PerWeek && e.rules.WeekAt > 0 {
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

// settlePass drops what is below the pass's minimum into x.unpaid, and rounds its total.
func (e *evaluator) settlePass(i int, claimed domain.Seconds) {
	p := &e.rules.Passes[i]
	if claimed == 0 {
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
		e.anomaly("ot.below_min", p.ID, evidence("worked_s", seconds(claimed), "min_s", seconds(p.Min)))
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
