package attendance

import (
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

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
		Site: e.today.site, Cost: e.today.gov.assign.Cost,
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
	for i, code := range e.rowCodes {
		if code >= 0 && l.Codes.Has(code) {
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
	e.anomaly(id, l.ID, e.evidence(inNumber("value", value), inNumber("limit", limit)))
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
