package attendance

import "github.com/punchledger/punchledger/domain/ruleset"

// breakPunches turns the break punches between two clusters into gaps.
func (e *evaluator) breakPunches(first, last int) {
	if e.rules.Breaks.Punched != ruleset.BreaksWithin {
		return
	}
	e.breaksAmong(first+1, last)
}

// breaksAnywhere turns break punches into gaps wherever they lie, and keeps of them what lies between the first arrival and the last
// departure: a break beyond is none.
func (e *evaluator) breaksAnywhere() {
	e.breaksAmong(0, len(e.clusters))
	n, first, last := 0, e.spans[0].from, e.spans[0].to
	for _, s := range e.spans {
		first, last = min(first, s.from), max(last, s.to)
	}
	for _, g := range e.gaps {
		if g = (Interval{max(g.From, first), min(g.To, last)}); g.From < g.To {
			e.gaps[n] = g
			n++
		}
	}
	e.gaps = e.gaps[:n]
}

// breaksAmong pairs the break punches of the clusters [from, to).
func (e *evaluator) breaksAmong(from, to int) {
	open := -1
	for k := from; k < to; k++ {
		switch c := &e.clusters[k]; {
		case c.dir == BreakOut && open < 0:
			open = k
		case c.dir == BreakIn && open >= 0:
			e.gap(open, k)
			open = -1
		case pause(c.dir):
			e.odd = true
		}
	}
	e.odd = e.odd || open >= 0
}

func (e *evaluator) gap(out, in int) {
	e.clusters[out].role, e.clusters[in].role = "break_out", "break_in"
	e.gaps = insert(e.gaps, Interval{e.outAt(out), e.inAt(in)})
}

// pauses completes the gaps with those between spans, and takes punched breaks out of the spans.
func (e *evaluator) pauses() {
	if len(e.gaps) > 0 {
		n := len(e.spans)
		for i := range n {
			s := e.spans[i]
			for _, g := range e.gaps {
				if e.rules.Breaks.Punched == ruleset.BreaksAnywhere {
					e.cutSpan(&s, g)
					continue
				}
				if g.From <= s.from || g.To >= s.to {
					continue
				}
				e.spans = append(e.spans, work{s.from, g.From, s.in, s.out})
				s.from = g.To
			}
			e.spans[i] = s
		}
		e.sortSpans()
	}
	for i := 1; i < len(e.spans); i++ {
		if a, b := e.spans[i-1].to, e.spans[i].from; a < b {
			e.gaps = insert(e.gaps, Interval{a, b})
		}
	}
}

// cutSpan takes out of s what it shares with a gap; what comes before the gap becomes a span of its own.
func (e *evaluator) cutSpan(s *work, g Interval) {
	if g.To <= s.from || g.From >= s.to {
		return
	}
	if g.From > s.from {
		e.spans = append(e.spans, work{s.from, g.From, s.in, s.out})
	}
	s.from = min(g.To, s.to)
}

func (e *evaluator) sortSpans() {
	for i := 1; i < len(e.spans); i++ {
		for j := i; j > 0 && e.spans[j].from < e.spans[j-1].from; j-- {
			e.spans[j], e.spans[j-1] = e.spans[j-1], e.spans[j]
		}
	}
}
