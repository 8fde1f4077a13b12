package golden

import (
	"fmt"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/pay"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// cents is how many digits money has.
const cents = 2

// judgePay puts hours that the engine has counted to the arithmetic of pay.
func judgePay(m *comparison) {
	switch {
	case m.rules.has("second_report_min_paid_min"):
		m.lacks("facts that only the note of a case has")
	case m.rules.has("paid_share_of_schedule"):
		judgeReporting(m)
	case m.rules.has("rates"):
		judgeKindsOfDays(m)
	case m.rules.has("rate"):
		rate := m.amount(m.rules, "rate")
		for _, o := range m.expected.objects("rows") {
			m.money(o, "overtime_rate", m.amount(o, "hourly_rate").Times(rate))
		}
	case m.rules.has("factors"):
		judgeFactors(m)
	case m.rules.has("hours_rounding"):
		judgeDecimalPay(m)
	default:
		judgeWorkweek(m)
	}
}

// amount reads a decimal: a text, or a number as a factor is.
func (m *comparison) amount(o *object, key string) pay.Number {
	v := o.value(key)
	if v == nil {
		return pay.Number{}
	}
	n, err := pay.Parse(fmt.Sprint(v))
	if err != nil {
		o.odd(key)
	}
	return n
}

// money compares an amount with one of the case, to as many digits as that has.
func (m *comparison) money(o *object, key string, got pay.Number) {
	if !o.has(key) {
		return
	}
	want := o.text(key)
	_, fraction, _ := strings.Cut(want, ".")
	m.same(key, got.Text(len(fraction), pay.HalfUp), want)
}

// counted is a scenario with the case's own overtime rules, that works what its context says.
func (m *comparison) counted() *scenario {
	s := m.scenario()
	s.context = m.context
	s.overtime()
	s.contextWork()
	return s
}

// due is overtime by factor.
func (r *Results) due() []pay.Overtime {
	var out []pay.Overtime
	for _, l := range r.lines(overtimeCode) {
		factor, err := pay.Parse(r.run.Rules.Doc.PayCodes[l.code].Rate)
		if err == nil {
			out = append(out, pay.Overtime{Worked: l.secs, Factor: factor})
		}
	}
	return out
}

func (r *Results) present() domain.Seconds {
	var s domain.Seconds
	for i := range r.days {
		s += r.days[i].Present
	}
	return s
}

// judgeWorkweek pays one workweek.
func judgeWorkweek(m *comparison) {
	w := &pay.Workweek{RateDigits: cents, Included: m.amount(m.rules, "bonus_in_regular_rate"), Idle: m.amount(m.rules, "vacation_pay")}
	m.context.text("currency")
	rate := m.amount(m.rules, "hourly_rate")
	s := m.counted()
	var back pay.CallBack
	if m.context.has("callback_worked_min") {
		worked := m.context.minutes("callback_worked_min")
		back = pay.CalledBack(worked, m.rules.minutes("callback_minimum_paid_min"), rate, s.factor())
		s.workDay(len(m.context.numbers("worked_minutes_by_day")), worked)
		w.Premiums, w.Idle = append(w.Premiums, back.Premium), w.Idle.Plus(back.Idle)
		m.money(m.expected, "callback_pay", back.Paid)
	}
	if parts := m.context.objects("parts"); len(parts) > 0 {
		var all domain.Seconds
		for _, o := range parts {
			p := pay.Part{Worked: o.minutes("minutes"), Rate: m.amount(o, "rate")}
			w.Parts, all = append(w.Parts, p), all+p.Worked
		}
		s.workWeek(0, all)
	}
	r := s.results()
	w.Overtime = r.due()
	if len(w.Parts) == 0 {
		w.Parts = []pay.Part{{Worked: r.present(), Rate: rate}}
	}
	m.salary(w)
	m.specialDays(w, r, rate)
	m.dailyPremium(w, s, rate)
	m.paid(w.Compute(), w)
}

// factor is that of the first overtime rule.
func (s *scenario) factor() pay.Number {
	n := pay.Whole(1)
	for _, x := range s.doc.Overtime.Rules[:min(1, len(s.doc.Overtime.Rules))] {
		if f, err := pay.Parse(s.doc.PayCodes[x.Code].Rate); err == nil {
			n = f
		}
	}
	return n
}

func (m *comparison) salary(w *pay.Workweek) {
	if !m.rules.has("salary_week") {
		return
	}
	w.Salary = &pay.Salary{Amount: m.amount(m.rules, "salary_week")}
	if covers := m.rules.value("salary_covers_minutes"); covers != "all" {
		w.Salary.Covers = m.rules.minutes("salary_covers_minutes")
	}
}

// specialDays adds what special days are paid above the rate. A day is named by its weekday; what stands behind that is why.
func (m *comparison) specialDays(w *pay.Workweek, r *Results, rate pay.Number) {
	special := m.amount(m.rules, "special_day_rate")
	for _, s := range m.rules.texts("special_days") {
		name, _, _ := strings.Cut(s, " ")
		for _, d := range r.worked() {
			if weekdays[(int(d.Date.Weekday())+6)%7] == name {
				w.Premiums = append(w.Premiums, pay.Premium{Because: pay.SpecialDay, Worked: d.Present, Straight: rate, Extra: special.Minus(rate)})
			}
		}
	}
}

// dailyPremium adds what an agreement pays beyond some hours of a day: hours that the same days give under a rule of the day alone.
func (m *comparison) dailyPremium(w *pay.Workweek, s *scenario, rate pay.Number) {
	if !m.rules.has("daily_overtime_over_min") {
		return
	}
	day := m.scenario()
	day.facts.Punches, day.dates = s.facts.Punches, s.dates
	over := ruleset.Over{Length: ruleset.Duration(m.rules.minutes("daily_overtime_over_min"))}
	day.doc.PayCodes["DAY"] = ruleset.PayCode{Class: "base", Rate: "1.50"}
	day.doc.Overtime.Rules = []ruleset.OvertimeRule{{ID: "day", Over: &over, Code: "DAY"}}
	w.Premiums = append(w.Premiums, pay.Premium{
		Because: pay.BeyondDay, Worked: sum(day.results().lines(overtimeCode)), Straight: rate, Extra: rate.Times(s.factor().Minus(pay.Whole(1))),
	})
}

// paid compares what a week comes to.
func (m *comparison) paid(p pay.Pay, w *pay.Workweek) {
	e := m.expected
	for key, got := range map[string]pay.Number{
		"regular_rate": p.RegularRate, "pay_total": p.Total, "overtime_premium": p.Due, "straight_total": p.Straight, "vacation_pay": w.Idle,
		"premium_excluded_from_regular_rate": p.Credited, "premium_credited_against_overtime": p.Due.Minus(p.Owed), "overtime_still_due": p.Owed,
		"straight_for_hours_counted": p.Straight, "creditable_premium": p.Credited,
	} {
		m.money(e, key, got)
	}
	m.minutes(e, "hours_counted_minutes", p.Worked)
}

// judgeReporting sends people away early from days that were planned so long.
func judgeReporting(m *comparison) {
	share := m.rules.number("paid_share_of_schedule")
	if m.rules.number("applies_if_worked_below_share") != share {
		m.lacks("reporting pay of another share than that below which it is due")
		return
	}
	floor, ceil := m.rules.minutes("min_paid_min"), m.rules.minutes("max_paid_min")
	for _, o := range m.expected.objects("rows") {
		s := m.scenario()
		eight := ruleset.Clock(8 * domain.Hour)
		s.everyDay("open", ruleset.Shift{Kind: "open", Plan: []ruleset.Span{{eight, eight + ruleset.Clock(o.minutes("scheduled_min"))}}})
		s.doc.PayCodes["REPORT"] = ruleset.PayCode{Class: "statutory_pay", Rate: "1.00"}
		s.doc.Guarantees = []ruleset.Guarantee{{
			ID: "reporting", Kind: "reporting_time", Share: fmt.Sprintf("%.0f%%", 100*share), Floor: ruleset.Duration(floor), Ceil: ruleset.Duration(ceil), Code: "REPORT",
		}}
		r := s.work(0, 0, o.minutes("worked_min")).results()
		got := r.present() + sum(r.lines(func(id string, _ ruleset.PayCode) bool { return id == "REPORT" }))
		m.same(fmt.Sprintf("paid_min of %v worked of %v", o.values["worked_min"], o.values["scheduled_min"]), minutes(got), fmt.Sprint(o.number("paid_min")))
	}
}

// judgeFactors pays a length at a rate by the sum of the factors that hold; where none does, by the rate alone.
func judgeFactors(m *comparison) {
	m.rules.oneOf("factors", "summed")
	factor := pay.Number{}
	list := m.rules.numbers("day_factors_matching")
	for _, f := range list {
		n, err := pay.Parse(fmt.Sprint(f))
		if err != nil {
			m.lacks("factor %v", f)
		}
		factor = factor.Plus(n)
	}
	if len(list) == 0 {
		factor = pay.Whole(1)
	}
	worked := domain.Seconds(m.context.number("worked_seconds"))
	m.same("worked_seconds", worked, m.expected.number("worked_seconds"))
	m.money(m.expected, "amount", pay.For(worked, m.amount(m.rules, "hourly_rate")).Times(factor))
}

// judgeDecimalPay pays hours that were rounded to hundredths before.
func judgeDecimalPay(m *comparison) {
	m.rules.oneOf("hours_rounding", "two_decimals_before_multiplying")
	digits := int(m.rules.number("amount_decimals"))
	for _, o := range m.expected.objects("rows") {
		hours := pay.DecimalHours(domain.Seconds(o.number("seconds")), 2, pay.HalfUp)
		got := hours.Times(m.amount(o, "hourly_rate")).Round(digits, pay.HalfUp)
		if want := m.amount(o, "amount"); got.Cmp(want) != 0 {
			m.same("amount", got.Text(digits, pay.HalfUp), o.text("amount"))
		}
	}
}

// judgeDecimalHours writes lengths in hours of some digits, and takes them back to seconds where the case does.
func judgeDecimalHours(m *comparison) {
	digits := int(m.rules.number("hours_decimals"))
	if m.rules.oneOf("hours_rounding", "two_decimals") != "" {
		digits = 2
	}
	for _, o := range m.expected.objects("rows") {
		if o.has("seconds") {
			s := pay.DecimalHours(domain.Seconds(o.number("seconds")), digits, pay.HalfUp).Seconds(pay.HalfUp)
			m.same("rounded_seconds", s, o.number("rounded_seconds"))
			continue
		}
		length := o.minutes("minutes")
		m.same("hours", pay.Hours(length).Short(digits, pay.HalfUp), o.text("hours"))
	}
}

// judgeMealGap asks whether a gap counts: who is relieved of duty punches it, who is not has no gap.
func judgeMealGap(m *comparison) {
	m.rules.oneOf("requires", "completely relieved from duty")
	least := m.rules.minutes("meal_unpaid_from_min")
	for _, o := range m.expected.objects("rows") {
		s, gap := m.scenario(), o.minutes("gap_min")
		s.doc.Breaks.PaidUpto = ruleset.Duration(least - 1)
		if o.yes("relieved") {
			s.work(0, 0, 4*domain.Hour).work(0, 4*domain.Hour+gap, 8*domain.Hour)
		} else {
			s.work(0, 0, 8*domain.Hour)
		}
		var counted domain.Seconds
		for _, d := range s.results().worked() {
			counted += d.Counted
		}
		m.same(fmt.Sprintf("worked in %v minutes, relieved %v", o.values["gap_min"], o.values["relieved"]), counted == 8*domain.Hour, o.yes("worked"))
	}
}

// approvedAsTime approves all overtime of a date, to be given back as time.
func (s *scenario) approvedAsTime(d domain.Date) {
	s.doc.Overtime.Approval = &ruleset.Approval{Mode: "none"}
	id := "ot" + d.String()
	s.facts.Approvals = append(s.facts.Approvals, attendance.Approval{
		Request: id, Kind: "overtime", From: s.zone.Start(d, 0), To: s.zone.Start(d+1, 0), Settle: "toil", Event: id,
	})
}
