package attendance

import (
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// deduct takes automatic breaks out of counted time: the longest that a tier asks for, less punched gaps.
func (e *evaluator) deduct() {
	b := &e.rules.Breaks
	if b.Mode != ruleset.BreakAuto {
		return
	}
	worked := e.workedPieces()
	var cut domain.Seconds
	var tier *ruleset.AutoRule
	for i := range b.Auto {
		if t := min(b.Auto[i].Deduct, worked-b.Auto[i].Over); t > cut {
			cut, tier = t, &b.Auto[i]
		}
	}
	for _, g := range e.gaps {
		if g.Len() >= b.MinPiece {
			cut -= g.Len()
		}
	}
	if cut <= 0 {
		return
	}
	e.seen -= cut
	at := e.breakAt(worked, cut, tier.Over)
	if e.rec != nil {
		e.note(7, tier.Pointer, "break.auto", "at", e.local(at), "s", seconds(cut))
	}
	if !b.Regular {
		return
	}
	e.autoBreak = cut
	e.remove(at, cut)
	if len(e.gaps) == 0 {
		e.flag("break.assumed")
		e.anomaly("break.assumed", "auto", nil)
	}
}

// workedPieces is the counted time that was punched.
func (e *evaluator) workedPieces() domain.Seconds {
	var worked domain.Seconds
	for i := range e.pieces {
		if e.pieces[i].counted && e.pieces[i].span >= 0 {
			worked += e.pieces[i].to - e.pieces[i].from
		}
	}
	return worked
}

// payBreaks counts punched breaks as far as the allowances go that the time worked has reached.
func (e *evaluator) payBreaks() {
	b := &e.rules.Breaks
	if len(b.Credit) == 0 {
		return
	}
	worked := e.workedPieces()
	var first, pool domain.Seconds
	rule := ""
	for i := range b.Credit {
		c := &b.Credit[i]
		switch {
		case worked < c.Over:
			continue
		case c.First:
			first += c.Add
		default:
			pool += c.Add
		}
		rule = c.Pointer
	}
	for i := 1; i < len(e.counted) && first+pool > 0; i++ {
		x := Interval{e.counted[i-1].to, e.counted[i].from}
		if e.counted[i-1].in != e.counted[i].in && x.Len() >= e.rules.ShiftGap || !e.countedUpTo(i-1, x.From) {
			continue
		}
		left := first + pool
		for _, free := range appendMinus(nil, []Interval{x}, e.plannedBreaks()) {
			free.To = min(free.To, free.From+left)
			left -= free.Len()
			e.payBreak(free, piece{counted: true, inPlan: true, policy: rule, span: i - 1})
		}
		pool, first = min(pool, left), 0
	}
	e.sortPieces()
}

// countedUpTo reports whether the work of an interval counts right up to a time: a break from what does not count is not paid.
func (e *evaluator) countedUpTo(span int, at domain.Seconds) bool {
	for i := range e.pieces {
		if p := &e.pieces[i]; p.counted && p.span == span && p.to == at {
			return true
		}
	}
	return false
}

// plannedBreaks are the breaks of the plan, which are not paid.
func (e *evaluator) plannedBreaks() []Interval {
	e.scratch = e.scratch[:0]
	for i := 1; i < len(e.plan); i++ {
		if x := (Interval{e.plan[i-1].To, e.plan[i].From}); x.Len() <= longestBreak {
			e.scratch = append(e.scratch, x)
		}
	}
	return e.scratch
}

// payBreak counts what nothing counts yet of a break, as part of the interval before it.
func (e *evaluator) payBreak(x Interval, p piece) {
	if x.Len() <= 0 {
		return
	}
	e.seen += x.Len()
	if e.rec != nil {
		e.note(7, p.policy, "break.credited", "from", e.local(x.From), "to", e.local(x.To))
	}
	if !e.rules.Breaks.Regular {
		return
	}
	var have []Interval
	for _, q := range e.pieces {
		if q.counted {
			have = insert(have, Interval{q.from, q.to})
		}
	}
	for _, y := range appendMinus(nil, []Interval{x}, have) {
		p.from, p.to = y.From, y.To
		e.add(p)
	}
}

// breakAt is where an automatic break lies: at the shift's place for it when that was worked, else where the rules place it.
func (e *evaluator) breakAt(worked, cut, over domain.Seconds) domain.Seconds {
	if r := e.today.rule(); r != nil && r.BreakAt >= 0 {
		at := e.at(e.today.clock(e.today.shift), e.day.Date, r.BreakAt)
		for i := range e.pieces {
			if p := &e.pieces[i]; p.counted && p.span >= 0 && p.from <= at && at < p.to {
				return at
			}
		}
	}
	left := (worked - cut) / 2
	if e.rules.Precision != ruleset.PrecisionSecond {
		left -= left % domain.Minute
	}
	if e.rules.Breaks.AtTrigger {
		left = over
	}
	for i := range e.pieces {
		p := &e.pieces[i]
		if !p.counted || p.span < 0 {
			continue
		}
		if p.to-p.from > left {
			return p.from + left
		}
		left -= p.to - p.from
	}
	return 0
}

// remove takes cut seconds of counted time out, from at on and, where that does not suffice, before it.
func (e *evaluator) remove(at, cut domain.Seconds) {
	for i := 0; i < len(e.pieces) && cut > 0; i++ {
		p := e.pieces[i]
		from := max(p.from, at)
		if !p.counted || p.span < 0 || from >= p.to {
			continue
		}
		to := min(p.to, from+cut)
		cut -= to - from
		e.pieces[i].to = from
		if to < p.to {
			p.from = to
			e.pieces = append(e.pieces, p)
		}
	}
	for i := len(e.pieces) - 1; i >= 0 && cut > 0; i-- {
		p := &e.pieces[i]
		to := min(p.to, at)
		if !p.counted || p.span < 0 || p.from >= to {
			continue
		}
		n := min(cut, to-p.from)
		p.to = to - n
		cut -= n
	}
	n := 0
	for _, p := range e.pieces {
		if p.from < p.to {
			e.pieces[n] = p
			n++
		}
	}
	e.pieces = e.pieces[:n]
	e.sortPieces()
}

// verdict of a break that a law demands.
type verdict uint8

const (
	breakMet verdict = iota
	breakAssumed
	breakMissed
	breakShort
	breakLate
)

var verdictIDs = [...]string{breakAssumed: "break.assumed", breakMissed: "break.missed", breakShort: "break.short", breakLate: "break.late"}

// comply checks the breaks that a law demands, on the times before snap and rounding, and books what a missed one costs.
func (e *evaluator) comply() {
	if len(e.rules.Breaks.Comply) == 0 || len(e.spans) == 0 {
		return
	}
	var worked domain.Seconds
	for _, s := range e.spans {
		worked += s.to - s.from - overlap(e.breaks, Interval{s.from, s.to})
	}
	assumed := slices.Contains(e.day.Flags, "break.assumed")
	for i := range e.rules.Breaks.Comply {
		c := &e.rules.Breaks.Comply[i]
		if worked <= c.Over {
			continue
		}
		v := e.judgeBreak(c)
		if v >= breakMissed && c.WaivedUpto > 0 && worked <= c.WaivedUpto {
			if e.rec != nil {
				e.note(7, c.Pointer, "break.waived", "rule", c.ID, "worked_s", seconds(worked))
			}
			continue
		}
		if v == breakMet {
			continue
		}
		if e.rec != nil {
			e.note(7, c.Pointer, verdictIDs[v], "rule", c.ID, "worked_s", seconds(worked), "need_s", seconds(c.Need))
		}
		if v == breakAssumed {
			assumed = e.assume(assumed, c.ID)
			continue
		}
		e.anomaly(verdictIDs[v], c.ID, nil)
		if c.Pay >= 0 {
			e.penalty(c.Pay, c.Qty, c.MaxPaid, c.Pointer, "pay.statutory")
		}
	}
}

// assume reports once a day that a break rests on no punch: it is neither met nor broken.
func (e *evaluator) assume(said bool, rule string) bool {
	if !said {
		e.anomaly("break.assumed", rule, nil)
	}
	return true
}

// judgeBreak looks for the nth punched break that is long enough and early enough, else for one that is only assumed.
func (e *evaluator) judgeBreak(c *ruleset.ComplyRule) verdict {
	if c.Nth == 0 && c.StartBy == 0 {
		punched := length(e.gaps)
		switch assumed := length(e.breaks) + e.autoBreak; {
		case punched >= c.Need:
			return breakMet
		case punched+assumed >= c.Need:
			return breakAssumed
		case punched+assumed > 0:
			return breakShort
		}
		return breakMissed
	}
	nth, short := max(c.Nth, 1), false
	for _, g := range e.gaps {
		if g.Len() < c.Need {
			short = true
			continue
		}
		if nth--; nth > 0 {
			continue
		}
		if c.StartBy > 0 && e.workedBefore(g.From) > c.StartBy {
			return breakLate
		}
		return breakMet
	}
	switch {
	case nth == 1 && (e.autoBreak >= c.Need || e.plannedBreak(c)):
		return breakAssumed
	case short:
		return breakShort
	}
	return breakMissed
}

func (e *evaluator) plannedBreak(c *ruleset.ComplyRule) bool {
	for _, b := range e.breaks {
		if b.Len() >= c.Need && (c.StartBy == 0 || e.workedBefore(b.From) <= c.StartBy) {
			return true
		}
	}
	return false
}

func (e *evaluator) workedBefore(at domain.Seconds) domain.Seconds {
	var s domain.Seconds
	for _, x := range e.spans {
		if x.from < at {
			to := min(x.to, at)
			s += to - x.from - overlap(e.breaks, Interval{x.from, to})
		}
	}
	return s
}
