package attendance

import (
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// roundPunches moves ins and outs to their grids.
func (e *evaluator) roundPunches() {
	r := e.rules
	if len(r.RoundIn) == 0 && len(r.RoundOut) == 0 {
		return
	}
	for i := range e.counted {
		e.counted[i].from = e.round(e.counted[i].from, r.RoundIn)
		e.counted[i].to = e.round(e.counted[i].to, r.RoundOut)
	}
}

// round moves a time to the first grid whose condition holds; grids count from local midnight.
func (e *evaluator) round(at domain.Seconds, grids []ruleset.Grid) domain.Seconds {
	for i := range grids {
		g := &grids[i]
		_, wall := e.wall(at)
		if g.Within > 0 && !e.near(at, wall, g) {
			continue
		}
		to := at + g.Apply(wall) - wall
		if to != at && e.rec != nil {
			e.note(4, g.Pointer, "punch.rounded", "from", e.local(at), "to", e.local(to))
		}
		return to
	}
	return at
}

// near reports whether a time lies near enough to what the condition of a grid names.
func (e *evaluator) near(at, wall domain.Seconds, g *ruleset.Grid) bool {
	s := e.today
	switch g.Near {
	case ruleset.NearValue:
		d := abs(wall - g.At)
		return min(d, domain.Day-d) <= g.Within
	case ruleset.NearStart:
		return s.n > 0 && abs(at-s.start) <= g.Within
	case ruleset.NearEnd:
		return s.n > 0 && abs(at-s.end) <= g.Within
	case ruleset.NearEdges:
	}
	return s.n > 0 && (abs(at-s.start) <= g.Within || abs(at-s.end) <= g.Within)
}

// roundBreaks moves the end of the last punched break so that all of them have a length on the grid. It takes no more than the work
// after that break, and gives no more than the break.
func (e *evaluator) roundBreaks() {
	g := &e.rules.RoundBreaks
	var total domain.Seconds
	last := 0
	for i := 1; i < len(e.counted); i++ {
		if a, b := &e.counted[i-1], &e.counted[i]; a.in == b.in && a.to < b.from { // two parts of one interval
			total, last = total+b.from-a.to, i
		}
	}
	if g.Every == 0 || last == 0 || !g.Holds(total) {
		return
	}
	s := &e.counted[last]
	from := max(min(s.from+g.Apply(total)-total, s.to), e.counted[last-1].to)
	if from != s.from && e.rec != nil {
		e.note(4, g.Pointer, "punch.rounded", "from", e.local(s.from), "to", e.local(from))
	}
	s.from = from
}

// roundWorked moves the last out so that the time between ins and outs has a length on the grid. It goes no farther back than to the
// last in.
func (e *evaluator) roundWorked() {
	g := &e.rules.RoundWorked
	var total domain.Seconds
	for _, s := range e.counted {
		total += s.to - s.from
	}
	if g.Every == 0 || !g.Holds(total) {
		return
	}
	s := &e.counted[len(e.counted)-1]
	to := max(s.to+g.Apply(total)-total, s.from)
	if to != s.to && e.rec != nil {
		e.note(4, g.Pointer, "punch.rounded", "from", e.local(s.to), "to", e.local(to))
	}
	s.to = to
}
