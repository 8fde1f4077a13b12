package golden

import (
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/bank"
	"github.com/punchledger/punchledger/domain/pay"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
)

// judgeCompensation books work on a holiday to a bank of time off: what a day of eight hours earns is a day.
func judgeCompensation(m *comparison) {
	const day = 8 * domain.Hour
	d := m.translation.date(m.context.text("holiday_worked"))
	worked := domain.Seconds(day)
	if m.context.oneOf("status", "present", "half_day") == "half_day" {
		worked = day / 2
	}
	s := m.scenario()
	s.doc.PayCodes["OFF"], s.doc.PayCodes["HOL"] = ruleset.PayCode{Class: "bank", Rate: "1.00"}, ruleset.PayCode{Class: "base", Rate: "1.00"}
	s.doc.Overtime.Rules = []ruleset.OvertimeRule{{ID: "holiday", Selector: ruleset.Selector{Day: []string{"holiday"}}, Over: &ruleset.Over{}, Code: "HOL", TOIL: "OFF"}}
	s.doc.Calendar = s.id()
	s.holidays = append(s.holidays, schedule.CalendarDay{Date: d, Kind: schedule.Holiday})
	s.approvedAsTime(d)
	var entries []bank.Entry
	for _, l := range s.work(int(d-firstDay), 0, worked).results().lines(func(id string, _ ruleset.PayCode) bool { return id == "OFF" }) {
		entries = append(entries, bank.Entry{Date: l.date, Kind: bank.Earned, Seconds: l.secs, Code: l.code})
	}
	days := func(s domain.Seconds) string { return pay.Ratio(int64(s), int64(day)).Short(2, pay.HalfUp) }
	earned := bank.Balance(entries, d)
	if m.expected.has("balance_change_days") {
		m.same("balance_change_days", days(earned), m.amount(m.expected, "balance_change_days").Short(2, pay.HalfUp))
	}
	for key, length := range map[string]domain.Seconds{"full_day_request_accepted": day, "half_day_request_accepted": day / 2} {
		if m.expected.has(key) {
			_, err := bank.Decide(bank.State{}, m.post(d+1, bank.Taken, -length, bank.Lowest(entries, d+1)), known)
			m.same(key, err == nil, m.expected.yes(key))
		}
	}
	if m.expected.has("effective_from") {
		m.lacks("time off that can be taken from the day after on")
	}
}

var known = bank.Facts{EmployeeKnown: true, BankKnown: true}

func (m *comparison) post(d domain.Date, kind bank.Kind, s, lowest domain.Seconds) bank.Post {
	return bank.Post{Post: "post1", Bank: "OFF", Emp: "e1", Date: d, Seconds: s, Kind: kind, Reason: "case", Source: "manual", ActorID: "hr", Lowest: lowest}
}
