package golden

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
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

// validated compares what counts of a day in the end: the balance of a running account that earns overtime as time and takes undertime,
// before and after a figure that somebody enters, which is a correction of the account. What was computed is the same after it.
func (m *comparison) validated() {
	const after = "validated_minutes_after_manual_"
	e := m.expected
	if !slices.ContainsFunc(e.keys(), func(k string) bool { return strings.HasPrefix(k, "validated_minutes") }) {
		return
	}
	r := m.account()
	if r == nil {
		return
	}
	var entries []bank.Entry
	for i := range r.days {
		for _, row := range r.days[i].Rows {
			x := bank.Entry{Date: row.Date, Kind: bank.Earned, Seconds: row.Seconds, Code: row.Code}
			switch _, earns, booked := r.run.Rules.Booked(row.Code); {
			case !booked:
				continue
			case !earns:
				x.Kind, x.Seconds = bank.Used, -row.Seconds
			}
			entries = append(entries, x)
		}
	}
	balance := bank.Balance(entries, 0)
	m.minutes(e, "validated_minutes", balance)
	for _, k := range e.keys() {
		figure, ok := strings.CutPrefix(k, after)
		manual, err := strconv.Atoi(figure)
		if !ok || err != nil {
			continue
		}
		m.minutes(e, k, bank.Balance(m.corrected(r, entries, domain.Seconds(manual)*domain.Minute-balance), 0))
		m.minutes(e, "overtime_minutes_after_manual_"+figure, sum(r.lines(overtimeCode))-sum(r.shortOf()))
	}
}

// corrected adds a correction to the entries of an account.
func (m *comparison) corrected(r *Results, entries []bank.Entry, by domain.Seconds) []bank.Entry {
	events, err := bank.Decide(bank.State{}, m.post(r.run.From, bank.Correction, by, bank.Lowest(entries, r.run.From)), known)
	m.err(err)
	out := slices.Clone(entries)
	for _, e := range events {
		if p, ok := e.(bank.BankPosted); ok {
			out = append(out, bank.Entry{Date: p.Date, Kind: p.Kind, Seconds: p.Seconds, Post: p.Post})
		}
	}
	return out
}

// account evaluates the run with a running account: all overtime is given back as time.
func (m *comparison) account() *Results {
	run := *m.Results.run
	doc := *run.Rules.Doc
	b := ruleset.Bank{Earn: []string{"TIME"}}
	if doc.Overtime.Undertime != nil {
		b.Take = []string{ruleset.Undertimes}
	}
	doc.PayCodes = maps.Clone(doc.PayCodes)
	doc.PayCodes["TIME"], doc.Banks = ruleset.PayCode{Class: "bank", Rate: "1.00"}, map[string]ruleset.Bank{"ACCOUNT": b}
	doc.Overtime.Rules = slices.Clone(doc.Overtime.Rules)
	for i := range doc.Overtime.Rules {
		doc.Overtime.Rules[i].TOIL = "TIME"
	}
	facts := *run.Facts
	facts.Approvals = append(slices.Clone(facts.Approvals), attendance.Approval{
		Request: "time", Kind: "overtime", From: run.Zone.Midnight(run.From), To: run.Zone.Midnight(run.To), Settle: "toil", Event: "time",
	})
	slices.SortStableFunc(facts.Approvals, func(a, b attendance.Approval) int { return int(a.From - b.From) })
	run.Facts = &facts
	rules, err := ruleset.Compile(&doc, run.Rules.Hash)
	m.err(err)
	if err != nil {
		return nil
	}
	run.Rules = rules
	r, err := run.Evaluate()
	m.err(err)
	return r
}

var known = bank.Facts{EmployeeKnown: true, BankKnown: true}

func (m *comparison) post(d domain.Date, kind bank.Kind, s, lowest domain.Seconds) bank.Post {
	return bank.Post{Post: "post1", Bank: "OFF", Emp: "e1", Date: d, Seconds: s, Kind: kind, Reason: "case", Source: "manual", ActorID: "hr", Lowest: lowest}
}
