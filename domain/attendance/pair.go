package attendance

import (
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// work is a stretch between an in and an out: indices into clusters, the out -1 where the rules stand in for a punch.
type work struct {
	from, to domain.Seconds
	in, out  int
}

// pair turns clusters into spans (stage 3).
func (e *evaluator) pair() {
	switch {
	case e.today.gov.assign.NoPunches:
	case e.rules.Pair == ruleset.PairTyped:
		e.pairTyped()
	case e.rules.Pair == ruleset.PairAlternate:
		e.pairAlternate()
	case e.rules.Pair == ruleset.PairSlotPoints:
		e.pairPoints()
	default:
		e.pairFirstLast()
	}
	if e.rules.Breaks.Punched == ruleset.BreaksAnywhere && len(e.spans) > 0 {
		e.breaksAnywhere()
	}
	e.roles()
	e.pauses()
	for _, s := range e.spans {
		e.arrive(s.from)
		e.leave(s.to)
		e.day.Intervals = append(e.day.Intervals, Interval{s.from, s.to})
	}
	if e.rec != nil {
		e.notePairs()
	}
}

func (e *evaluator) arrive(at domain.Seconds) {
	if !e.hasIn || at < e.firstIn {
		e.firstIn, e.hasIn = at, true
	}
}

func (e *evaluator) leave(at domain.Seconds) {
	if !e.hasOut || at > e.lastOut {
		e.lastOut, e.hasOut = at, true
	}
}

// span pairs two clusters; an interval without length is none.
func (e *evaluator) span(in, out int) {
	e.clusters[in].role, e.clusters[out].role = "in", "out"
	if w := (work{e.inAt(in), e.outAt(out), in, out}); w.from < w.to {
		e.spans = append(e.spans, w)
	}
}

// lone reads a single punch as an in or an out and notes the other as missing.
func (e *evaluator) lone(k int) {
	in := e.rules.Lone == ruleset.LoneIn
	if e.rules.Lone == ruleset.LoneNearest {
		in = e.clusters[k].dir != Out
		if s := e.today; s.n > 0 && (!e.rules.ByDir || e.clusters[k].dir == Auto) {
			in = abs(e.inAt(k)-s.start) <= abs(e.outAt(k)-s.end)
		}
	}
	if !in {
		e.clusters[k].role = "out"
		e.leave(e.outAt(k))
		e.missIn++
		return
	}
	e.clusters[k].role = "in"
	e.arrive(e.inAt(k))
	if e.points() == ruleset.PointsFirst && e.today.n > 0 && e.today.end > e.inAt(k) {
		e.spans = append(e.spans, work{e.inAt(k), e.today.end, k, -1})
		return
	}
	if e.autoClose(k) {
		return
	}
	e.missOut++
}

func (e *evaluator) points() ruleset.Points {
	if r := e.today.rule(); r != nil {
		return r.Points
	}
	return ruleset.PointsEnds
}

func abs(s domain.Seconds) domain.Seconds { return max(s, -s) }

func pause(d Direction) bool { return d == BreakOut || d == BreakIn }

func (e *evaluator) pairFirstLast() {
	first, last := -1, -1
	for k := range e.clusters {
		dir := e.clusters[k].dir
		if pause(dir) {
			continue
		}
		if first < 0 && !(e.rules.ByDir && dir == Out) {
			first = k
		}
		if !(e.rules.ByDir && dir == In) {
			last = k
		}
	}
	switch {
	case first < 0 && last < 0:
	case first < 0:
		e.lone(last)
	case last <= first:
		e.lone(first)
	default:
		e.span(first, last)
		e.breakPunches(first, last)
	}
}

func (e *evaluator) pairAlternate() {
	open, n := -1, 0
	for k := range e.clusters {
		switch {
		case pause(e.clusters[k].dir):
			continue
		case open < 0:
			open = k
		case e.tooLong(open, k):
			e.unfinished(&typing{open, -1})
			open = k
		default:
			e.span(open, k)
			e.breakPunches(open, k)
			open = -1
		}
		n++
	}
	switch {
	case open >= 0 && e.autoClose(open):
	case open >= 0 && n == 1:
		e.lone(open)
	case open >= 0:
		e.clusters[open].role = "in"
		e.arrive(e.inAt(open))
		e.missOut++
		e.odd = true
	}
}

// typing is the state of a typed sequence: indices into clusters, or -1.
type typing struct{ open, pause int }

func (e *evaluator) pairTyped() {
	t := typing{-1, -1}
	for k := range e.clusters {
		e.typed(&t, k)
	}
	if t.open >= 0 && !e.carryBack(&t) && !e.autoClose(t.open) {
		e.unfinished(&t)
	}
}

// typed moves the state over one cluster.
func (e *evaluator) typed(t *typing, k int) {
	dir := e.clusters[k].dir
	if pause(dir) && e.rules.Breaks.Punched != ruleset.BreaksWithin {
		return
	}
	if dir == Auto {
		dir = In
		if t.open >= 0 {
			dir = Out
		}
	}
	if dir == Out && t.open >= 0 && e.tooLong(t.open, k) {
		e.unfinished(t)
		t.open, t.pause = -1, -1
	}
	switch {
	case dir == In && t.open >= 0 && e.rules.KeepIn:
		e.dropIn(k)
	case dir == In:
		if t.open >= 0 {
			e.unfinished(t)
		}
		t.open, t.pause = k, -1
	case dir == Out && t.open >= 0:
		e.span(t.open, k)
		e.odd = e.odd || t.pause >= 0
		t.open, t.pause = -1, -1
	case dir == Out:
		e.clusters[k].role = "out"
		e.leave(e.outAt(k))
		e.missIn++
		e.odd = e.odd || len(e.clusters) > 1
	case dir == BreakOut && t.open >= 0 && t.pause < 0:
		t.pause = k
	case dir == BreakIn && t.pause >= 0:
		e.gap(t.pause, k)
		t.pause = -1
	default:
		e.odd = true
	}
}

// unfinished notes an in without an out.
func (e *evaluator) unfinished(t *typing) {
	e.clusters[t.open].role = "in"
	e.arrive(e.inAt(t.open))
	e.missOut++
	e.odd = e.odd || len(e.clusters) > 1
}

// carryBack closes an open in with the first out after the window, if that comes within max_open and before another in.
func (e *evaluator) carryBack(t *typing) bool {
	limit := e.taken[e.clusters[t.open].first].p.At + e.rules.MaxOpen
	punches, clusters, last := len(e.taken), len(e.clusters), e.clusters[len(e.clusters)-1]
	for i := e.nextPunch; i < len(e.facts.Punches) && e.facts.Punches[i].At <= limit; i++ {
		p := &e.facts.Punches[i]
		if p.State != Counted || p.At <= e.carry.backAt {
			continue
		}
		k := len(e.clusters)
		found := k > clusters && closes(e.clusters[k-1].dir)
		if !e.repeats(p) && (found || p.Dir == In) {
			break
		}
		e.taken = append(e.taken, taken{p: p, cluster: -1, back: true, shift: -1})
		e.cluster(len(e.taken) - 1)
	}
	k := len(e.clusters) - 1
	if k < clusters || !closes(e.clusters[k].dir) {
		e.taken, e.clusters = e.taken[:punches], e.clusters[:clusters]
		e.clusters[clusters-1] = last
		return false
	}
	for i := clusters; i <= k; i++ {
		e.typed(t, i)
	}
	p := e.taken[len(e.taken)-1].p
	e.carry.backAt, e.carry.backID = p.At, p.ID
	return true
}

// closes reports whether a punch after the window ends an open in.
func closes(d Direction) bool { return d == Out || d == Auto }

// pairPoints gives each edge of the plan its punch: within the middles to the neighbouring edges the earliest for an in, the latest
// for an out. Without a plan it pairs alternately.
func (e *evaluator) pairPoints() {
	blocks := e.pointBlocks()
	if len(blocks) == 0 {
		e.pairAlternate()
		return
	}
	used := 0
	lower := e.day.Window.From
	for i, b := range blocks {
		middle, upper := b.From+b.Len()/2, e.day.Window.To
		if i+1 < len(blocks) {
			upper = b.To + (blocks[i+1].From-b.To)/2
		}
		in, out := -1, -1
		for k := range e.clusters {
			switch at := e.inAt(k); {
			case pause(e.clusters[k].dir):
			case at >= lower && at < middle && in < 0:
				in = k
			case at >= middle && at < upper:
				out = k
			}
		}
		used += e.point(b, in, out)
		lower = upper
	}
	if used == 0 && len(e.clusters) > 0 {
		e.odd = true
	}
}

func (e *evaluator) point(b Interval, in, out int) int {
	switch {
	case in >= 0 && out >= 0:
		e.span(in, out)
		e.breakPunches(in, out)
		return 2
	case in >= 0:
		e.clusters[in].role = "in"
		e.arrive(e.inAt(in))
		if e.points() == ruleset.PointsFirst && b.To > e.inAt(in) {
			e.spans = append(e.spans, work{e.inAt(in), b.To, in, -1})
			return 1
		}
		e.missOut++
		return 1
	case out >= 0:
		e.clusters[out].role = "out"
		e.leave(e.outAt(out))
		e.missIn++
		return 1
	}
	if len(e.clusters) > 0 {
		e.missIn++
		e.missOut++
	}
	return 0
}

// pointBlocks are the blocks whose edges want punches: blocks closer than an hour are one, and with points: ends all are.
func (e *evaluator) pointBlocks() []Interval {
	e.scratch = e.scratch[:0]
	for _, b := range e.today.plan() {
		n := len(e.scratch)
		if n > 0 && (e.points() != ruleset.PointsAll || b.From-e.scratch[n-1].To < domain.Hour) {
			e.scratch[n-1].To = b.To
			continue
		}
		e.scratch = append(e.scratch, b)
	}
	return e.scratch
}
