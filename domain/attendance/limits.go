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
	if r := e.today.rule(); r != nil {
		e.onCall(&r.Standby, r.Pointer)
	}
	for _, k := range e.today.also[:e.today.more] {
		r := &e.rules.Shifts[k]
		e.onCall(&r.Standby, r.Pointer)
	}
}

func (e *evaluator) onCall(y *ruleset.StandbyRule, shift string) {
	e.scratch = e.scratch[:0]
	for _, a := range e.appr {
		if a.Kind == "leave" {
			e.scratch = insert(e.scratch, Interval{a.From, a.To})
		}
	}
	var hours domain.Seconds
	for _, w := range y.Hours {
		x := Interval{e.at(e.today.zone, e.day.Date, w.From), e.atEnd(e.today.zone, e.day.Date, w.To)}
		hours += x.Len() - overlap(e.scratch, x)
	}
	switch {
	case hours <= 0:
	case y.Qty > 0:
		e.penalty(y.Code, y.Qty, 0, shift+"/standby")
	default:
		if s := hours * domain.Seconds(y.Percent) / 100; s > 0 {
			e.penalty(y.Code, s, 0, shift+"/standby")
		}
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

func (e *evaluator) makeUp(g *ruleset.GuaranteeRule, s domain.Seconds) {
	if s > 0 {
		e.penalty(g.Code, s, 0, g.Pointer)
	}
}

// limits compares measures with limits. They raise anomalies and never cut paid time. A sum is reported on days that add to it.
func (e *evaluator) limits() {
	e.addMeasures()
	for i := range e.rules.Limits {
		l := &e.rules.Limits[i]
		if !e.limitApplies(l) {
			continue
		}
		switch l.Measure {
		case ruleset.MeasureRestGap:
			e.restGap(l)
		case ruleset.MeasureDaysInRow:
			e.rowLimit(l)
		case ruleset.MeasureWeeklyRest:
			e.weeklyRest(l)
		default:
			if added := e.measured(l); added > 0 {
				e.limitSum(l, added)
			}
		}
	}
}

func (e *evaluator) limitApplies(l *ruleset.LimitRule) bool {
	if l.Match.Any {
		return true
	}
	s := ruleset.Subject{
		Shift: ruleset.ShiftBit(e.today.shift), Tags: e.today.gov.tags, Contract: e.today.gov.contract, Place: ruleset.PlaceBit(""),
	}
	if r := e.today.rule(); r != nil {
		s.Tags |= r.Tags
	}
	return l.Match.OnDate(e.day.Kind, e.day.Date) && l.Match.OnSubject(&s)
}

// measured is what today adds to a limit's measure.
func (e *evaluator) measured(l *ruleset.LimitRule) domain.Seconds {
	if l.Measure == ruleset.MeasureWorked {
		return e.day.Present
	}
	var s domain.Seconds
	for i := range e.day.Rows {
		if code, ok := e.rules.CodeIndex(e.day.Rows[i].Code); ok && l.Codes.Has(code) {
			s += e.day.Rows[i].Seconds
		}
	}
	return s
}

// addMeasures adds the day to the sums that limits share, each once.
func (e *evaluator) addMeasures() {
	var done uint64
	for i := range e.rules.Limits {
		l := &e.rules.Limits[i]
		if l.Slot < 0 || done&(1<<uint(l.Slot)) != 0 {
			continue
		}
		done |= 1 << uint(l.Slot)
		if l.Measure == ruleset.MeasureWeeklyRest {
			e.rested(l)
			continue
		}
		e.carry.sums[e.sumOf[l.Slot]].acc += e.measured(l)
	}
}

func (e *evaluator) limitSum(l *ruleset.LimitRule, added domain.Seconds) {
	value := added
	if l.Slot >= 0 {
		sum := &e.carry.sums[e.sumOf[l.Slot]]
		value = sum.acc
		if len(l.AverageOf) > 0 {
			value = 0
			for _, n := range l.AverageOf {
				value = max(value, sum.total(n)/domain.Seconds(n))
			}
		}
	}
	switch {
	case l.Max >= 0 && value > l.Max:
		e.limitAnomaly("limit.over", l, value, l.Max)
	case l.Below >= 0 && value >= l.Below:
		e.limitAnomaly("limit.over", l, value, l.Below)
	case l.Warn >= 0 && value > l.Warn:
		e.limitAnomaly("limit.warn", l, value, l.Warn)
	}
}

// rowLimit compares the days worked in a row, today included.
func (e *evaluator) rowLimit(l *ruleset.LimitRule) {
	row := domain.Seconds(e.daysInRow())
	switch {
	case e.day.Present == 0:
	case l.Max >= 0 && row > l.Max:
		e.limitAnomaly("rest.days_in_row", l, row, l.Max)
	case l.Warn >= 0 && row > l.Warn:
		e.limitAnomaly("limit.warn", l, row, l.Warn)
	}
}

// restGap compares the time between the last departure and today's arrival with the minimum.
func (e *evaluator) restGap(l *ruleset.LimitRule) {
	if !e.hasIn || e.carry.lastOut == 0 || l.Min < 0 {
		return
	}
	if gap := e.firstIn - e.carry.lastOut; gap < l.Min {
		e.limitAnomaly("rest.gap", l, gap, l.Min)
	}
}

// rested notes the end of a rest that is long enough for a week; what came before the first day that is known was one.
func (e *evaluator) rested(l *ruleset.LimitRule) {
	since := &e.carry.sums[e.sumOf[l.Slot]].acc
	if e.hasIn && (*since == 0 || e.carry.lastOut == 0 || e.firstIn-e.carry.lastOut >= l.Min) {
		*since = e.firstIn
	}
}

const week = 7 * domain.Day

// weeklyRest compares the time since the last rest of a week with what of seven days the next one leaves: who works beyond it has seven
// days without such a rest.
func (e *evaluator) weeklyRest(l *ruleset.LimitRule) {
	since := e.carry.sums[e.sumOf[l.Slot]].acc
	if !e.hasOut || since == 0 {
		return
	}
	if worked := e.lastOut - since; worked > week-l.Min {
		e.limitAnomaly("rest.weekly", l, worked, week-l.Min)
	}
}

func (e *evaluator) limitAnomaly(id string, l *ruleset.LimitRule, value, limit domain.Seconds) {
	if e.rec != nil {
		e.note(12, l.Pointer, id, "rule", l.ID, "value", seconds(value), "limit", seconds(limit))
	}
	e.anomaly(id, l.ID, evidence("value", seconds(value), "limit", seconds(limit)))
	if l.Severity != "" {
		e.day.Anomalies[len(e.day.Anomalies)-1].Severity = l.Severity
	}
}

// daysInRow is the number of days worked in a row, today included.
func (e *evaluator) daysInRow() int {
	if e.carry.Through != e.day.Date-1 {
		return 1
	}
	return e.carry.row + 1
}

// advance moves the carry over the day.
func (e *evaluator) advance() {
	c := &e.carry
	if e.day.Present > 0 {
		c.row = e.daysInRow()
	} else {
		c.row = 0
	}
	if e.hasOut {
		c.lastOut, c.outDate = e.lastOut, e.day.Date
	}
	c.cut = e.day.Window.To
	if c.backAt < c.cut { // no later day can meet those punches again
		c.backAt, c.backID = 0, ""
	}
	c.Through = e.day.Date
}
