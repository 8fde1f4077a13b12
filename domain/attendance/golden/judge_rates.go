package golden

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/pay"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
)

// situation is a row of a case that names the kind of a day, and what was done with the hours.
var situation = regexp.MustCompile(`^(\d+) h (after work on a working day|on a rest day, no substitute rest|on a rest day, substitute rest given|on a statutory holiday)$`)

// judgeKindsOfDays pays hours by the rates of kinds of days. Rest that is given instead takes the place of pay on rest days only.
func judgeKindsOfDays(m *comparison) {
	m.context.skip("inputs_by")
	m.context.text("currency")
	wage := m.amount(m.context, "hourly_wage")
	rates := m.rules.object("rates")
	for _, o := range m.expected.objects("rows") {
		parts := situation.FindStringSubmatch(o.text("case"))
		if parts == nil {
			m.lacks("hours of another kind")
			return
		}
		hours, _ := strconv.Atoi(parts[1]) // the pattern has digits there
		r := m.kindOfDay(rates, domain.Seconds(hours)*domain.Hour, parts[2])
		var got pay.Number
		for i := range r.days {
			for _, row := range r.days[i].Rows {
				if rate, err := pay.Parse(row.Rate); err == nil && strings.HasPrefix(row.Code, "OT_") {
					got = got.Plus(pay.For(row.Seconds, wage.Times(rate)))
				}
			}
		}
		m.money(o, "amount", got)
	}
}

func (m *comparison) kindOfDay(rates *object, hours domain.Seconds, what string) *Results {
	s := m.scenario()
	s.doc.Shifts["D"] = ruleset.Shift{Kind: "fixed", Work: []ruleset.Span{{ruleset.Clock(8 * domain.Hour), ruleset.Clock(16 * domain.Hour)}}}
	for i, d := range weekdays {
		s.doc.Schedule.Weekly[d] = "D"
		if i > 4 {
			s.doc.Schedule.Weekly[d] = "rest"
		}
	}
	s.doc.Schedule.Statutory = "rest"
	delete(s.doc.Shifts, "open")
	s.doc.Schedule.Holiday = ""
	s.doc.PayCodes["LIEU"] = ruleset.PayCode{Class: "bank", Rate: "1.00"}
	for _, k := range []struct{ key, code string }{{"statutory_holiday", "OT_S"}, {"rest_day_without_substitute_rest", "OT_R"}, {"working_day", "OT_W"}} {
		s.doc.PayCodes[k.code] = ruleset.PayCode{Class: "base", Rate: m.amount(rates, k.key).Short(4, pay.HalfUp)}
	}
	s.doc.Overtime.Rules = []ruleset.OvertimeRule{
		{ID: "statutory", Selector: ruleset.Selector{Day: []string{"statutory"}}, Over: &ruleset.Over{}, Code: "OT_S"},
		{ID: "rest", Selector: ruleset.Selector{Day: []string{"rest"}}, Over: &ruleset.Over{}, Code: "OT_R", TOIL: "LIEU"},
		{ID: "work", Selector: ruleset.Selector{Day: []string{"work"}}, Outside: "plan", Code: "OT_W"},
	}
	s.doc.Calendar = s.id()
	s.holidays = append(s.holidays, schedule.CalendarDay{Date: firstDay + 1, Kind: schedule.Statutory})
	switch what {
	case "after work on a working day":
		return s.work(0, 0, 8*domain.Hour+hours).results()
	case "on a statutory holiday":
		return s.work(1, 0, hours).results()
	case "on a rest day, substitute rest given":
		s.approvedAsTime(firstDay + 5)
	}
	return s.work(5, 0, hours).results()
}

// law begins a scenario of the shipped rules for the zone of the case, where it has no rules of its own but those of the law.
func (m *comparison) law() *scenario {
	s := m.scenario()
	for _, p := range ruleset.Packs() {
		if p.Timezone == m.c.Timezone && p.Jurisdiction != "" {
			s.doc = *p
			s.doc.ID, s.doc.Examples = s.id(), nil
			return s
		}
	}
	m.lacks("rules of the law in %s", m.c.Timezone)
	return nil
}

// rateAtEnd is what the last second that was worked pays: its base code and the premiums on top.
func (r *Results) rateAtEnd() pay.Number {
	var rate pay.Number
	for i := range r.days {
		codes := r.run.Rules.Doc.PayCodes
		for _, g := range r.days[i].Segments {
			rate = pay.Number{}
			for _, code := range append([]string{g.Base}, g.Premiums...) {
				if n, err := pay.Parse(codes[code].Rate); err == nil {
					rate = rate.Plus(n)
				}
			}
		}
	}
	return rate
}

// judgeRates asks the shipped rules of the law what hours of a situation pay.
func judgeRates(m *comparison) {
	for _, o := range m.expected.objects("rows") {
		s := m.law()
		if s == nil {
			return
		}
		what := o.text("case")
		if !s.meets(what) {
			m.lacks("hours of another kind")
			return
		}
		m.same("rate of "+what, s.results().rateAtEnd().Short(4, pay.HalfUp), m.amount(o, "rate").Short(4, pay.HalfUp))
	}
}

// clocked punches a date from one hour of the clock to another.
func (s *scenario) clocked(d domain.Date, from, to domain.Seconds) {
	s.punch(s.zone.Start(d, from*domain.Hour), attendance.In).punch(s.zone.Start(d, to*domain.Hour), attendance.Out)
}

// meets works until the situation is there, so that the last hour is of it. Sunday is the weekly holiday, and 60 hours beyond eight a day
// are reached after twenty days of four.
func (s *scenario) meets(what string) bool {
	sunday := firstDay + 6
	switch what {
	case "overtime":
		s.clocked(firstDay, 9, 20)
	case "overtime at night":
		s.clocked(firstDay, 9, 24)
	case "night only":
		s.clocked(firstDay, 16, 23)
	case "statutory holiday":
		s.clocked(sunday, 10, 15)
	case "statutory holiday at night":
		s.clocked(sunday, 18, 23)
	case "overtime beyond 60 h a month", "overtime beyond 60 h a month at night":
		end := domain.Seconds(22)
		if strings.HasSuffix(what, "at night") {
			end = 24
		}
		for d := firstDay; d < firstDay+28 && d.MonthStart() == firstDay.MonthStart(); d++ {
			if w := d.Weekday(); w != 0 && w != 6 {
				s.clocked(d, 9, end)
			}
		}
	default:
		return false
	}
	return true
}
