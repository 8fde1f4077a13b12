package attendance

import "github.com/punchledger/punchledger/domain/ruleset"

// undertime shows what a day that was worked has less than its target. A day of absence has x.absent instead, and a day without a shift
// has no target.
func (e *evaluator) undertime() {
	u := &e.rules.Undertime
	if !u.Said || !e.judged || e.today.rule() == nil || e.day.Counted == 0 {
		return
	}
	target := u.Below
	if u.Plan {
		target = length(e.plan)
	}
	for i := range e.leaveSecs {
		if l := &e.leaveSecs[i]; !e.leaveCounts(l.rule) {
			target -= l.secs
		}
	}
	short := target - e.day.Counted
	if short <= u.Tolerance || short <= 0 {
		return
	}
	r := e.info(ruleset.Undertimes)
	r.Seconds, r.Count = short, 1
	if e.rec != nil {
		e.note(10, "/overtime/undertime", "ot.undertime", "s", seconds(short), "target_s", seconds(target))
	}
}
