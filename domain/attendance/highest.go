package attendance

import (
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// payHighest walks along the day once and pays each second at the highest rate that any rule gives it; of equal rates the first of the
// list decides. Sums run along: that of a day sees all base time of its day, whichever rule pays it; that of a longer period sees straight
// time but what a rule of a shorter period pays. A sum that sees all sees that too.
func (e *evaluator) payHighest() {
	e.sums, e.claims = e.sums[:0], e.claims[:0]
	for range e.rules.Passes {
		e.sums, e.claims = append(e.sums, tally{window: -1}), append(e.claims, 0)
	}
	for k := 0; k < len(e.segs); k++ {
		if e.segs[k].base == baseUnapproved {
			continue
		}
		winner, edge := e.dearest(k)
		if s := &e.segs[k]; edge.at < s.len() {
			e.cross(k, edge.of, s.from+edge.at, edge.reached)
		}
		e.runSums(k, winner)
		if winner >= 0 {
			e.claims[winner] += e.claim(k, winner)
		}
	}
	for i := range e.rules.Passes {
		e.keep(&e.sums[i], &e.rules.Passes[i])
	}
	for i := range e.rules.Passes {
		e.settlePass(i, e.claims[i])
	}
}

// crossing is the first edge of a tier inside a segment, from its start on.
type crossing struct {
	at, reached domain.Seconds
	of          *ruleset.Pass
}

// dearest returns the rule that pays the beginning of segment k, or -1, and how far that holds.
func (e *evaluator) dearest(k int) (winner int, edge crossing) {
	s := &e.segs[k]
	winner, edge.at = -1, s.len()
	straight := e.straight(s)
	for i := range e.rules.Passes {
		p := &e.rules.Passes[i]
		selected := e.selects(p, s)
		if p.Outside {
			if straight && selected && !e.pieces[s.piece].inPlan {
				winner = e.dearer(winner, i)
			}
			continue
		}
		if !e.sees(p, s, selected, straight) {
			continue
		}
		e.enter(&e.sums[i], p, s)
		sum, over := e.sums[i].sum, e.threshold(p, s.owner)
		switch {
		case sum < over:
			edge = edge.nearer(crossing{over - sum, over, p})
			continue
		case p.Upto >= 0 && sum >= p.Upto:
			continue
		case p.Upto >= 0:
			edge = edge.nearer(crossing{p.Upto - sum, p.Upto, p})
		}
		if straight && selected {
			winner = e.dearer(winner, i)
		}
	}
	return winner, edge
}

func (c crossing) nearer(o crossing) crossing {
	if o.at < c.at {
		return o
	}
	return c
}

func (e *evaluator) dearer(a, b int) int {
	rate := func(i int) int64 { return e.rules.Codes[e.rules.Passes[i].Code].RateMicro }
	if a < 0 || rate(b) > rate(a) {
		return b
	}
	return a
}

// runSums adds segment k, which winner pays, to the sums that see it.
func (e *evaluator) runSums(k, winner int) {
	s := &e.segs[k]
	straight := e.straight(s)
	for i := range e.rules.Passes {
		p := &e.rules.Passes[i]
		if p.Outside || !e.sees(p, s, e.selects(p, s), straight) {
			continue
		}
		if winner >= 0 && p.Counts != ruleset.CountsAll {
			if w := &e.rules.Passes[winner]; w.Per.Shorter(p.Per) {
				continue
			}
		}
		e.sums[i].sum += s.len()
	}
}
