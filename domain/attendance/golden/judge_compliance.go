package golden

import (
	"fmt"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// judgeCompliance puts limits and breaks that a law demands to the engine.
func judgeCompliance(m *comparison) {
	switch {
	case m.rules.has("meal_min"):
		judgeShortMeal(m)
	case m.rules.has("first_meal_starts_before_end_of_hour"):
		judgeLateMeal(m)
	case m.rules.has("first_meal_by_end_of_hour"):
		judgeMealsDue(m)
	case m.rules.has("break_if_over_min"):
		over := m.rules.minutes("break_if_over_min")
		m.rows("worked_min", "break_due", func(o *object) bool {
			return m.demanding(comply("break", over, 15*domain.Minute)).work(0, 0, o.minutes("worked_min")).results().raised(broken...) > 0
		})
	case m.rules.has("max_day_min"):
		m.rules.minutes("average_day_min") // what longer days are averaged out to; the rows are of single days
		limit := ruleset.Limit{Measure: ruleset.Measure{"worked"}, Max: amount(m.rules.minutes("max_day_min"))}
		m.rows("worked_min", "compliant", func(o *object) bool {
			return m.limited(limit).work(0, 0, o.minutes("worked_min")).results().raised("limit.over") == 0
		})
	case m.rules.has("min_rest_min"):
		limit := ruleset.Limit{Measure: ruleset.Measure{"rest_gap"}, Min: amount(m.rules.minutes("min_rest_min"))}
		m.rows("out", "compliant", func(o *object) bool {
			out, in := m.instant(o.text("out")), m.instant(o.text("in"))
			s := m.limited(limit).punch(out-8*domain.Hour, attendance.In).punch(out, attendance.Out)
			return s.punch(in, attendance.In).punch(in+domain.Hour, attendance.Out).results().raised("rest.gap") == 0
		})
	case m.rules.has("reference_weeks"):
		judgeAverage(m)
	case m.rules.has("weekly_overtime_limit_min"):
		judgeExcess(m)
	case m.rules.has("min_weekly_rest_min"):
		judgeWeeklyRest(m)
	default:
		m.lacks("compliance arithmetic")
	}
}

// judgeWeeklyRest works four hours from eight on six days, which leave no time for another rest of a week before Saturday evening; on
// Sunday, or whenever it ends, work goes on.
func judgeWeeklyRest(m *comparison) {
	limit := ruleset.Limit{Measure: ruleset.Measure{"weekly_rest"}, Min: amount(m.rules.minutes("min_weekly_rest_min"))}
	m.rows("rest_min", "compliant", func(o *object) bool {
		s := m.limited(limit)
		for day := range 6 {
			s.work(day, 0, 4*domain.Hour)
		}
		in := s.facts.Punches[len(s.facts.Punches)-1].At + o.minutes("rest_min")
		return s.punch(in, attendance.In).punch(in+domain.Hour, attendance.Out).results().raised("rest.weekly") == 0
	})
}

// broken are the anomalies of breaks that were not as a law demands.
var broken = []string{"break.missed", "break.short", "break.late"}

func amount(s domain.Seconds) *ruleset.Amount {
	return &ruleset.Amount{Length: ruleset.Duration(s)}
}

func comply(id string, over, need domain.Seconds) ruleset.Comply {
	return ruleset.Comply{ID: id, WorkedOver: ruleset.Duration(over), Need: ruleset.Duration(need)}
}

func (m *comparison) demanding(list ...ruleset.Comply) *scenario {
	s := m.scenario()
	s.doc.Breaks.Comply = list
	return s
}

func (m *comparison) limited(l ruleset.Limit) *scenario {
	s := m.scenario()
	l.ID, l.Severity = "limit", "high"
	s.doc.Limits = []ruleset.Limit{l}
	return s
}

// rows compares a yes or no of each row.
func (m *comparison) rows(by, key string, got func(o *object) bool) {
	for _, o := range m.expected.objects("rows") {
		m.same(fmt.Sprintf("%s at %v", key, o.values[by]), got(o), o.yes(key))
	}
}

// judgeShortMeal takes a meal as punched in the middle of a day; a missed one costs an hour.
func judgeShortMeal(m *comparison) {
	m.rules.oneOf("rounding_of_meal_punches", "forbidden") // breaks are judged on what was punched, whatever is rounded
	c := comply("meal", 0, m.rules.minutes("meal_min"))
	c.Pay, c.Qty, c.Nth = "MEAL", ruleset.Duration(domain.Hour), 1
	s := m.demanding(c)
	s.doc.PayCodes["MEAL"] = ruleset.PayCode{Class: "statutory_pay", Rate: "1.00"}
	var at []domain.Seconds
	for _, p := range m.punches {
		p.oneOf("punch_type", "meal")
		p.oneOf("dir", "in", "out")
		at = append(at, m.instant(p.text("at")))
	}
	if len(at) != 2 {
		m.lacks("a meal of %d punches", len(at))
		return
	}
	s.punch(at[0]-3*domain.Hour, attendance.In).punch(at[0], attendance.BreakOut).punch(at[1], attendance.BreakIn).punch(at[1]+4*domain.Hour, attendance.Out)
	r := s.results()
	var meal, pay domain.Seconds
	for _, d := range r.worked() {
		for i := 1; i < len(d.Intervals); i++ {
			meal += d.Intervals[i].From - d.Intervals[i-1].To
		}
		for _, row := range d.Rows {
			if row.Code == "MEAL" {
				pay += row.Seconds
			}
		}
	}
	m.minutes(m.expected, "meal_minutes", meal)
	m.same("premium_hours_due", float64(pay)/float64(domain.Hour), m.expected.number("premium_hours_due"))
	ten := ruleset.Grid{Every: 10 * domain.Minute, Dir: ruleset.RoundNearest}
	m.minutes(m.expected, "meal_minutes_if_rounded_10", ten.Apply(at[1])-ten.Apply(at[0]))
}

// judgeLateMeal asks whether a meal began in time, as it was punched and as it would be if punches were rounded first.
func judgeLateMeal(m *comparison) {
	m.rules.oneOf("rounding_of_meal_punches", "forbidden")
	by := domain.Seconds(m.rules.number("first_meal_starts_before_end_of_hour")) * domain.Hour
	c := comply("meal", by, 30*domain.Minute)
	c.StartBy, c.Nth = ruleset.Duration(by), 1
	met := func(before domain.Seconds) bool {
		s := m.demanding(c).work(0, 0, before).work(0, before+30*domain.Minute, before+4*domain.Hour)
		return s.results().raised(broken...) == 0
	}
	before := m.context.minutes("minutes_before_meal")
	m.same("compliant", met(before), m.expected.yes("compliant"))
	ten := ruleset.Grid{Every: 10 * domain.Minute, Dir: ruleset.RoundDown}
	m.same("compliant_if_rounded_10", met(ten.Apply(before)), m.expected.yes("compliant_if_rounded_10"))
}

// judgeMealsDue counts the meals that a shift without any is short of, and those of them that could have been waived.
func judgeMealsDue(m *comparison) {
	first := comply("first", domain.Seconds(m.rules.number("first_meal_by_end_of_hour"))*domain.Hour, 30*domain.Minute)
	second := comply("second", domain.Seconds(m.rules.number("second_meal_by_end_of_hour"))*domain.Hour, 30*domain.Minute)
	first.StartBy, second.StartBy, second.Nth = first.WorkedOver, second.WorkedOver, 2
	waived, waivedToo := first, second
	waived.WaivedUpto = ruleset.Duration(m.rules.minutes("waive_first_up_to_min"))
	waivedToo.WaivedUpto = ruleset.Duration(m.rules.minutes("waive_second_up_to_min"))
	for _, o := range m.expected.objects("rows") {
		worked := o.minutes("shift_min")
		due := m.demanding(first, second).work(0, 0, worked).results().raised(broken...)
		left := m.demanding(waived, waivedToo).work(0, 0, worked).results().raised(broken...)
		m.same(fmt.Sprintf("meals_due at %v", worked/domain.Minute), due, o.number("meals_due"))
		if o.has("waivable") {
			m.same(fmt.Sprintf("waivable at %v", worked/domain.Minute), due-left, o.number("waivable"))
		}
	}
}

// judgeAverage works weeks of some length and asks the mean over all of them.
func judgeAverage(m *comparison) {
	weeks := int(m.rules.number("reference_weeks"))
	s := m.limited(ruleset.Limit{
		Measure: ruleset.Measure{"worked"}, Per: "week", AverageOf: []int{weeks}, Max: amount(m.rules.minutes("max_average_minutes")),
	})
	n := 0
	for _, o := range m.context.objects("weeks") {
		for range int(o.number("count")) {
			for day := range 5 {
				s.work(7*n+day, 0, o.minutes("minutes")/5)
			}
			n++
		}
	}
	r := s.results()
	var total domain.Seconds
	over := false
	for i := range r.days {
		total += r.days[i].Present
		last := r.days[i].Date >= firstDay+domain.Date(7*(weeks-1)) // the reference period is whole
		for _, a := range r.days[i].Anomalies {
			over = over || last && a.ID == "limit.over"
		}
	}
	m.minutes(m.expected, "total_minutes", total)
	m.same("average_hours", fmt.Sprintf("%.1f", float64(total)/float64(weeks)/float64(domain.Hour)), m.expected.text("average_hours"))
	m.same("compliant", !over, m.expected.yes("compliant"))
}

// judgeExcess limits the sum of what each day has beyond eight hours.
func judgeExcess(m *comparison) {
	s := m.limited(ruleset.Limit{Measure: ruleset.Measure{"OT"}, Per: "week", Max: amount(m.rules.minutes("weekly_overtime_limit_min"))})
	if m.rules.oneOf("overtime_for_limit", "sum_of_daily_excess_over_480") == "" {
		return
	}
	s.doc.PayCodes["OT"] = ruleset.PayCode{Class: "base", Rate: "1.50"}
	eight := ruleset.Over{Length: ruleset.Duration(8 * domain.Hour)}
	s.doc.Overtime.Rules = []ruleset.OvertimeRule{{ID: "day", Over: &eight, Code: "OT"}}
	for i, n := range m.context.numbers("worked_minutes_by_day") {
		s.work(i, 0, domain.Seconds(n)*domain.Minute)
	}
	r := s.results()
	m.minutes(m.expected, "overtime_for_limit_min", sum(r.lines(overtimeCode)))
	m.same("compliant", r.raised("limit.over") == 0, m.expected.yes("compliant"))
}
