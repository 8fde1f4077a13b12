package attendance

import (
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
)

// guarantee books make-up rows (stage 12).
func (e *evaluator) guarantee() {
	e.standby()
	came := e.missIn+e.missOut == 0 && (e.day.Present > 0 || e.reported())
	for i := range e.rules.Guarantees {
		g := &e.rules.Guarantees[i]
		if g.Kind == ruleset.HolidayPay {
			e.holidayPay(g)
		}
		if !came {
			continue
		}
		switch g.Kind {
		case ruleset.ReportingTime:
			planned := length(e.plan)
			if share := planned * domain.Seconds(g.Percent) / 100; e.judged && planned > 0 && e.day.Present < share {
				want := max(share, g.Floor)
				if g.Ceil > 0 {
					want = min(want, g.Ceil)
				}
				e.makeUp(g, want-e.day.Present)
			}
		case ruleset.SplitShift:
			for _, x := range e.gaps {
				if x.Len() > g.GapOver {
					e.makeUp(g, g.Qty)
					break
				}
			}
		case ruleset.MinShift, ruleset.CallBack:
			if e.judged {
				e.topUp(g)
			}
		case ruleset.HolidayPay:
		}
	}
}

// standby pays for the hours on call of the day's shifts, less those of leave. A flat length is paid unless leave takes them all.
func (e *evaluator) standby() {
	if !e.judged {
		return
	}
	if e.today.rule() != nil {
		e.onCall(e.today.shift)
	}
	for _, k := range e.today.also[:e.today.more] {
		e.onCall(k)
	}
}

func (e *evaluator) onCall(shift int) {
	r, z := &e.rules.Shifts[shift], e.today.clock(shift)
	y := &r.Standby
	if len(y.Hours) == 0 {
		return
	}
	e.scratch = e.scratch[:0]
	for _, a := range e.appr {
		if a.Kind == "leave" {
			e.scratch = insert(e.scratch, Interval{a.From, a.To})
		}
	}
	var hours domain.Seconds
	for _, w := range y.Hours {
		x := Interval{e.at(z, e.day.Date, w.From), e.atEnd(z, e.day.Date, w.To)}
		hours += x.Len() - overlap(e.scratch, x)
	}
	paid := y.Qty
	if paid == 0 {
		paid = hours * domain.Seconds(y.Percent) / 100
	}
	if hours > 0 && paid > 0 {
		e.penalty(y.Code, paid, 0, r.Pointer+"/standby", "pay.standby")
	}
}

// reported reports whether somebody came and was sent away at once: an in and an out with no time between them.
func (e *evaluator) reported() bool {
	var in, out bool
	for i := range e.clusters {
		in, out = in || e.clusters[i].role == "in", out || e.clusters[i].role == "out"
	}
	return in && out
}

// topUp makes up for a day that was too short, or, where gaps part it, for each of its parts. A call-back is every part but the first.
func (e *evaluator) topUp(g *ruleset.GuaranteeRule) {
	if g.GapOver == 0 {
		e.makeUp(g, g.Floor-e.day.Present)
		return
	}
	nth, present := 0, domain.Seconds(0)
	for i, s := range e.spans {
		if i > 0 && s.from-e.spans[i-1].to > g.GapOver {
			e.topUpPart(g, nth, present)
			nth, present = nth+1, 0
		}
		present += s.to - s.from - overlap(e.breaks, Interval{s.from, s.to})
	}
	e.topUpPart(g, nth, present)
}

func (e *evaluator) topUpPart(g *ruleset.GuaranteeRule, nth int, present domain.Seconds) {
	if nth > 0 || g.Kind == ruleset.MinShift {
		e.makeUp(g, g.Floor-present)
	}
}

// holidayPay pays for a holiday those whom the condition names. A day with a missing punch was neither worked nor off.
func (e *evaluator) holidayPay(g *ruleset.GuaranteeRule) {
	if !e.judged {
		return
	}
	holiday := e.day.Kind == schedule.Holiday || e.day.Kind == schedule.Statutory
	switch g.If {
	case ruleset.PaidIfWorkedAround:
		e.holidayAround(g, holiday)
	case ruleset.PaidIfWorked:
		holiday = holiday && e.day.Present > 0
	case ruleset.PaidIfOff:
		holiday = holiday && len(e.clusters) == 0
	case ruleset.PaidAlways:
	}
	if holiday && g.If != ruleset.PaidIfWorkedAround {
		e.makeUp(g, g.Qty)
	}
}

// holidayAround lets a holiday wait for the next planned day when the last one was worked. What is carried is 1 when it was, and 2 for
// each holiday that waits. A planned day that is excused altogether is neither worked nor missed.
func (e *evaluator) holidayAround(g *ruleset.GuaranteeRule, holiday bool) {
	acc := &e.carry.sums[e.sumOf[g.Slot]].acc
	switch {
	case holiday:
		if *acc&1 != 0 {
			*acc += 2
			if e.rec != nil {
				e.note(12, g.Pointer, "holiday.waits", "rule", g.ID)
			}
		}
		return
	case len(e.plan) == 0 || e.today.fixedPlan() && length(e.due) == 0:
		return
	}
	worked, waiting := e.day.Present > 0, *acc/2
	if !worked && waiting > 0 && e.rec != nil {
		e.note(12, g.Pointer, "holiday.lost", "rule", g.ID)
	}
	*acc = 0
	if worked {
		*acc = 1
		for range waiting {
			e.makeUp(g, g.Qty)
		}
	}
}

// guaranteed are the notes that say what a guarantee paid for.
var guaranteed = [...]string{
	ruleset.ReportingTime: "pay.reporting", ruleset.SplitShift: "pay.split_shift", ruleset.MinShift: "pay.min_shift",
	ruleset.HolidayPay: "pay.holiday", ruleset.CallBack: "pay.call_back",
}

func (e *evaluator) makeUp(g *ruleset.GuaranteeRule, s domain.Seconds) {
	if s > 0 {
		e.penalty(g.Code, s, 0, g.Pointer, guaranteed[g.Kind])
	}
}
