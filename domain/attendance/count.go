package attendance

import (
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// Codes that are built in. Base time without pay is x.unpaid; the others inform.
const (
	codeUnpaid     = "x.unpaid"
	codeUnapproved = "x.unapproved"
)

// longestBreak is the longest gap between two blocks of a plan that is a break; a longer one is time outside the plan.
const longestBreak = 2 * domain.Hour

// piece is a stretch of time with one answer to "does it count".
type piece struct {
	from, to domain.Seconds
	counted  bool
	inPlan   bool
	policy   string // what decided, a JSON pointer
	span     int    // index into counted, or -1
	appr     *Approval
	credit   *Credit
	code     int // a code that an overlay fixed, or -1
	untimed  bool
}

// count splits present time into what counts and what does not, and takes breaks out (stage 7).
func (e *evaluator) count() {
	for i, s := range e.counted {
		e.carve(i, s.from, s.to)
	}
	if e.rules.Approval == ruleset.ApprovalHours {
		e.approvedHours()
	}
	if e.today.gov.assign.NoPunches || e.today.n > 0 && e.points() == ruleset.PointsNone && e.today.fixedPlan() && len(e.counted) == 0 {
		if r := e.today.rule(); r != nil {
			e.overlayPieces(e.due, piece{policy: r.Pointer, inPlan: true})
		}
	}
	for _, a := range e.appr {
		if e.creditsPlan(a) {
			rule := "/trip/credit"
			if a.Kind == "remote" {
				rule = "/remote/credit"
			}
			e.credit(clip(a, e.day.Window), piece{policy: rule, appr: a})
		}
	}
	for i := range e.leaveSecs {
		if l := &e.leaveSecs[i]; e.leaveCounts(l.rule) {
			e.credit(clip(l.appr, e.day.Window), piece{policy: l.rule.Pointer, appr: l.appr, code: l.rule.Code + 1})
		}
	}
	e.deduct()
	e.credits()
	e.present()
}

// leaveCounts reports whether a type of leave is counted time, not only a leave row.
func (e *evaluator) leaveCounts(r ruleset.LeaveRule) bool {
	return r.Code >= 0 && e.rules.Codes[r.Code].Class == ruleset.ClassBase
}

// carve walks one span along the plan.
func (e *evaluator) carve(span int, from, to domain.Seconds) {
	r := e.rules
	s := e.today.rule()
	switch {
	case s != nil && s.Kind == ruleset.ShiftOpen:
		e.add(piece{from: from, to: to, counted: true, inPlan: true, policy: s.Pointer, span: span})
		return
	case len(e.plan) == 0:
		e.outside(span, from, to, r.Off, "/count/off")
		return
	}
	mode, rule := r.Early, "/count/early"
	for i, b := range e.plan {
		if from < b.From && from < to {
			if i > 0 && b.From-e.plan[i-1].To <= longestBreak {
				e.takeBreak(Interval{from, min(to, b.From)})
			} else {
				e.outside(span, from, min(to, b.From), mode, rule)
			}
			from = b.From
		}
		if a, z := max(from, b.From), min(to, b.To); a < z {
			e.planned(span, Interval{a, z}, s)
			from = z
		}
		mode, rule = r.Late, "/count/late"
	}
	if from < to {
		e.outside(span, from, to, mode, rule)
	}
}

// planned counts what lies in the plan; what an approved leave covers waits for a decision instead.
func (e *evaluator) planned(span int, x Interval, s *ruleset.ShiftRule) {
	if len(e.leaves) == 0 {
		e.add(piece{from: x.From, to: x.To, counted: true, inPlan: true, policy: s.Pointer, span: span})
		return
	}
	for _, p := range appendMinus(nil, []Interval{x}, e.leaves) {
		e.add(piece{from: p.From, to: p.To, counted: true, inPlan: true, policy: s.Pointer, span: span})
	}
	for _, p := range appendBoth(nil, []Interval{x}, e.leaves) {
		e.add(piece{from: p.From, to: p.To, inPlan: true, policy: "/leave", span: span})
	}
}

func (e *evaluator) add(p piece) {
	if p.to > p.from {
		p.code--
		e.pieces = append(e.pieces, p)
	}
}

// takeBreak notes a planned break that lies in a span.
func (e *evaluator) takeBreak(x Interval) {
	e.breaks = insert(e.breaks, x)
	if e.rec != nil {
		e.note(7, e.today.rule().Pointer, "break.planned", "from", e.local(x.From), "to", e.local(x.To))
	}
}

// outside counts time that is not planned as the rules and approvals allow.
func (e *evaluator) outside(span int, from, to domain.Seconds, mode ruleset.CountMode, rule string) {
	if from >= to {
		return
	}
	if mode == ruleset.CountApproved && e.rules.Approval != ruleset.ApprovalNone && !e.rules.ApprovalDays.Has(e.day.Kind) {
		mode = ruleset.CountAlways
	}
	p := piece{from: from, to: to, policy: rule, span: span}
	switch mode {
	case ruleset.CountAlways:
		p.counted = true
		e.add(p)
		return
	case ruleset.CountNever:
		e.add(p)
	case ruleset.CountApproved:
		hours := e.rules.Approval == ruleset.ApprovalHours
		for _, a := range e.overtime {
			if a.To <= p.from || a.From >= to {
				continue
			}
			if a.From > p.from {
				e.add(piece{from: p.from, to: a.From, policy: rule, span: span})
			}
			p.from = max(p.from, a.From)
			if !hours {
				e.add(piece{from: p.from, to: min(to, a.To), counted: true, policy: rule, span: span, appr: a})
			}
			p.from = min(to, a.To)
		}
		e.add(p)
	}
	if e.rec != nil {
		e.note(7, rule, "count.outside", "from", e.local(from), "to", e.local(to), "mode", countWords[mode])
	}
}

var countWords = [...]string{"never", "approved", "always"}

// approvedHours counts approved overtime as long as it was approved, whatever was punched.
func (e *evaluator) approvedHours() {
	for _, a := range e.overtime {
		x := clip(a, e.day.Window)
		for _, p := range appendMinus(nil, []Interval{x}, e.plan) {
			e.overlayPieces([]Interval{p}, piece{policy: "/overtime/approval", appr: a})
		}
	}
}

// credit counts the part of the plan that x covers.
func (e *evaluator) credit(x Interval, p piece) {
	if e.today.fixedPlan() {
		p.inPlan = true
		e.overlayPieces(appendBoth(nil, e.plan, []Interval{x}), p)
	}
}

// overlayPieces counts the parts of list that nothing counts yet.
func (e *evaluator) overlayPieces(list []Interval, p piece) {
	var have []Interval
	n := 0
	for _, q := range e.pieces {
		if q.counted {
			have = insert(have, Interval{q.from, q.to})
		}
	}
	rest := appendMinus(nil, list, have)
	for _, q := range e.pieces { // what an overlay counts is no longer unapproved
		if q.counted || overlap(rest, Interval{q.from, q.to}) == 0 {
			e.pieces[n] = q
			n++
		}
	}
	e.pieces = e.pieces[:n]
	p.counted, p.span = true, -1
	for _, x := range rest {
		p.from, p.to = x.From, x.To
		e.add(p)
	}
	e.sortPieces()
	if e.rec != nil && len(rest) > 0 {
		e.note(6, p.policy, "overlay.counted", "s", seconds(length(rest)))
	}
}

func (e *evaluator) sortPieces() {
	for i := 1; i < len(e.pieces); i++ {
		for j := i; j > 0 && e.pieces[j].from < e.pieces[j-1].from; j-- {
			e.pieces[j], e.pieces[j-1] = e.pieces[j-1], e.pieces[j]
		}
	}
}

// credits adds the day's credited time: an interval where nothing else counts, or bare seconds.
func (e *evaluator) credits() {
	for i := range e.facts.Credits {
		c := &e.facts.Credits[i]
		if c.Date != e.day.Date {
			continue
		}
		code, ok := e.rules.CodeIndex(c.Code)
		if !ok {
			code = e.rules.Straight
			if c.Code != "" && e.rec != nil {
				e.note(6, "/pay_codes", "credit.unknown_code", "credit", c.ID, "code", c.Code)
			}
		}
		p := piece{credit: c, code: code + 1, inPlan: e.today.n > 0}
		switch {
		case e.rules.Codes[code].Class != ruleset.ClassBase:
			continue // becomes a row of its own
		case c.From < c.To:
			e.overlayPieces([]Interval{{c.From, c.To}}, p)
		case c.Seconds > 0:
			start := e.at(e.today.zone, e.day.Date, 0)
			if e.today.n > 0 {
				start = e.today.start
			}
			p.from, p.to, p.counted, p.span, p.untimed = start, start+c.Seconds, true, -1, true
			e.add(p)
			e.sortPieces()
		}
	}
}

// present sums up attended time, whatever the rules pay of it, less the breaks that were taken.
func (e *evaluator) present() {
	var s domain.Seconds
	for _, x := range e.spans {
		s += x.to - x.from - overlap(e.breaks, Interval{x.from, x.to})
	}
	s -= e.autoBreak
	for i := range e.pieces {
		if p := &e.pieces[i]; p.counted {
			e.day.Counted += p.to - p.from
			if p.span < 0 && (p.appr == nil || p.appr.Kind != "leave" || e.leaveWorked(p.appr)) {
				s += p.to - p.from
			}
		}
	}
	e.day.Present = max(s, 0)
}

func (e *evaluator) leaveWorked(a *Approval) bool { return e.rules.Leaves[a.Type].Worked }
