package golden

import (
	"fmt"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/pay"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// holidayPay translates pay for a holiday, by who worked on it.
func (t *translation) holidayPay() {
	qty := t.rules.minutes("holiday_pay_minutes")
	who := t.rules.oneOf("holiday_pay_condition", "must_work_on_holiday", "must_not_work_on_holiday")
	if qty == 0 {
		return
	}
	words := map[string]string{"": "always", "must_work_on_holiday": "worked", "must_not_work_on_holiday": "off"}
	t.doc.PayCodes[holidayCode] = ruleset.PayCode{Class: "statutory_pay", Rate: "1.00"}
	t.doc.Guarantees = append(t.doc.Guarantees, ruleset.Guarantee{ID: "holiday", Kind: "holiday", If: words[who], Qty: ruleset.Duration(qty), Code: holidayCode})
}

const holidayCode = "HOLIDAY"

// absence is what is paid of a date without work: holidays and leave.
func (r *Results) absence(d domain.Date) domain.Seconds {
	return sum(on(r.lines(func(id string, c ruleset.PayCode) bool { return id == holidayCode || c.Class == "leave" }), d))
}

// callIn translates a least length of each shift: what is missing to it is paid on top.
func (t *translation) callIn(o *object, id, code string) {
	gap := o.minutes("min_gap_between_shifts_min")
	t.doc.Guarantees = append(t.doc.Guarantees, ruleset.Guarantee{
		ID: id, Kind: "min_shift", Floor: ruleset.Duration(o.minutes("min_shift_min")), GapOver: ruleset.Duration(max(0, gap-1)), Code: code, // a gap as long parts already
	})
}

// labels compares lengths as decimal hours.
func (m *comparison) labels(worked domain.Seconds) {
	if m.expected.has("hours_label") {
		m.same("hours_label", pay.HoursText(worked, int(m.rules.number("hours_decimals")), pay.HalfUp), m.expected.text("hours_label"))
	}
}

// weeks compares overtime week by week, from the first that was worked.
func (m *comparison) weeks() {
	if !m.expected.has("overtime_minutes_by_week") {
		return
	}
	worked := m.worked()
	for i, want := range m.expected.numbers("overtime_minutes_by_week") {
		var got domain.Seconds
		if len(worked) > 0 {
			first := m.weekOf(worked[0].Date) + domain.Date(7*i)
			for d := first; d < first+7; d++ {
				got += sum(on(m.lines(overtimeCode), d))
			}
		}
		m.same(fmt.Sprintf("overtime_minutes of week %d", i+1), minutes(got), fmt.Sprint(want))
	}
}

func (m *comparison) weekOf(d domain.Date) domain.Date {
	for weekdays[(int(d.Weekday())+6)%7] != m.Results.run.Rules.Doc.Week.Starts {
		d--
	}
	return d
}
