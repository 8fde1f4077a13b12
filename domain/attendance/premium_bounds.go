package attendance

import (
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// countedBefore is what base codes have of the day up to segment k.
func (e *evaluator) countedBefore(k int) domain.Seconds {
	var t domain.Seconds
	for i := range e.segs[:k] {
		if e.segs[i].base >= 0 {
			t += e.segs[i].len()
		}
	}
	return t
}

// weekBefore is what base codes have of the week up to this day.
func (e *evaluator) weekBefore() domain.Seconds {
	if e.rules.HoursSlot < 0 {
		return 0
	}
	return e.carry.sums[e.sumOf[e.rules.HoursSlot]].acc
}

func (e *evaluator) inHours(p *ruleset.PremiumRule, k int) bool {
	day := e.countedBefore(k)
	return p.Day.Holds(day) && p.Week.Holds(e.weekBefore()+day)
}

// splitHours cuts segments where the bands of hours of p begin and end.
func (e *evaluator) splitHours(p *ruleset.PremiumRule) {
	week := e.weekBefore()
	for _, at := range [...]domain.Seconds{p.Day.Over, p.Day.Until, p.Week.Over - week, p.Week.Until - week} {
		var t domain.Seconds
		for k := range e.segs {
			s := &e.segs[k]
			if s.base < 0 {
				continue
			}
			if t < at && at < t+s.len() {
				e.splitSegment(k, s.from+at-t)
				break
			}
			t += s.len()
		}
	}
}

// shiftOf is the shift that a counted interval is part of: breaks and gaps too short to part shifts belong to it.
func (e *evaluator) shiftOf(span int) (first, last int) {
	one := func(a, b *work) bool { return a.in == b.in || b.from-a.to < e.rules.ShiftGap }
	first, last = span, span
	for first > 0 && one(&e.counted[first-1], &e.counted[first]) {
		first--
	}
	for last+1 < len(e.counted) && one(&e.counted[last], &e.counted[last+1]) {
		last++
	}
	return first, last
}

// wholeShift reports whether the shift that an interval is part of earns p.
func (e *evaluator) wholeShift(p *ruleset.PremiumRule, span int) bool {
	if span < 0 {
		return false
	}
	first, last := e.shiftOf(span)
	from, to := e.counted[first].from, e.counted[last].to
	z := e.today.zone
	began, _ := e.wall(from)
	ended, _ := e.wall(to)
	if !p.Match.OnDate(e.kindAt(began), began) {
		return false
	}
	var in, worked domain.Seconds
	starts, ends, inside := false, false, false
	for d := began - 1; d <= ended; d++ {
		b := Interval{e.at(z, d, p.From), e.atEnd(z, d, p.To)}
		if p.From > p.To {
			b.To = e.atEnd(z, d+1, p.To)
		}
		starts = starts || b.From <= from && from < b.To
		ends = ends || b.From < to && to <= b.To
		inside = inside || b.From <= from && to <= b.To
		for i := first; i <= last; i++ {
			in += max(0, min(e.counted[i].to, b.To)-max(e.counted[i].from, b.From))
		}
	}
	for i := first; i <= last; i++ {
		worked += e.counted[i].to - e.counted[i].from
	}
	switch p.Whole {
	case ruleset.WholeInside:
		return inside
	case ruleset.WholeStarts:
		return starts
	case ruleset.WholeEnds:
		return ends
	case ruleset.WholeMajority, ruleset.WholeNone:
	}
	if 2*in == worked {
		return p.Tie == ruleset.TiePays || p.Tie == ruleset.TieStarts && starts
	}
	return 2*in > worked
}

// boundPremium takes away what premium i pays beyond its most, the last first, and adds what is missing to its least.
func (e *evaluator) boundPremium(i int) {
	p := &e.rules.Premiums[i]
	if !p.PerInterval {
		e.boundGroup(i, func(int) bool { return true })
		return
	}
	for n, x := range e.spans {
		if n > 0 && e.spans[n-1].in != x.in {
			for k := range e.segs {
				if s := &e.segs[k]; s.from < x.from && x.from < s.to {
					e.splitSegment(k, x.from)
					break
				}
			}
		}
	}
	for n, x := range e.spans {
		if n == 0 || e.spans[n-1].in != x.in {
			e.boundGroup(i, func(k int) bool { return e.spans[e.spanAt(k)].in == x.in })
		}
	}
}

// spanAt is the punched interval in which segment k begins, or the one before it.
func (e *evaluator) spanAt(k int) int {
	n := 0
	for n+1 < len(e.spans) && e.spans[n+1].from <= e.segs[k].from {
		n++
	}
	return n
}

func (e *evaluator) boundGroup(i int, of func(k int) bool) {
	p := &e.rules.Premiums[i]
	var paid, cut domain.Seconds
	for k := 0; k < len(e.segs); k++ {
		s := &e.segs[k]
		if s.premium[p.Family] != int16(i) || !of(k) {
			continue
		}
		if left := p.Most - paid; p.Most > 0 && s.len() > left {
			if left > 0 {
				e.splitSegment(k, s.from+left)
				paid += left
				continue // the rest is the next segment
			}
			s.premium[p.Family] = -1
			cut += s.len()
			continue
		}
		paid += s.len()
	}
	if cut > 0 && e.rec != nil {
		e.note(11, p.Pointer, "premium.cut", "rule", p.ID, "s", seconds(paid+cut), "max_s", seconds(p.Most))
	}
	if paid > 0 && paid < p.Least {
		e.ups[p.Code] += p.Least - paid
		if e.rec != nil {
			e.note(11, p.Pointer, "premium.raised", "rule", p.ID, "s", seconds(paid), "min_s", seconds(p.Least))
		}
	}
}
