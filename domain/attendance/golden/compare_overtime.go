package golden

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// overtimeFields compares overtime; what a day is short of is negative overtime.
func (m *comparison) overtimeFields() {
	e := m.expected
	lines := m.lines(overtimeCode)
	short := m.shortOf()
	for _, key := range []string{"overtime_minutes", "overtime_minutes_total"} {
		m.minutes(e, key, sum(lines)-sum(short))
	}
	if o := e.object("overtime_minutes_by_date"); o != nil {
		for _, k := range o.keys() {
			d := m.translation.date(k)
			m.minutes(o, k, sum(on(lines, d))-sum(on(short, d)))
		}
	}
	if o := e.object("overtime_minutes_by_code"); o != nil {
		for _, k := range o.keys() {
			of := func(l line) bool { return m.caseCode(l.code) != k }
			m.hundredths(o, k, sum(slices.DeleteFunc(slices.Clone(lines), of)))
		}
	}
	if e.has("overtime_minutes_by_interval") {
		var want []string
		for _, n := range e.numbers("overtime_minutes_by_interval") {
			want = append(want, fmt.Sprint(n))
		}
		m.same("overtime_minutes_by_interval", strings.Join(m.byInterval(), " "), strings.Join(want, " "))
	}
	m.weeks()
	if e.has("lines") {
		m.same("lines", m.written(), e.number("lines"))
	}
	if e.has("lines_after_regenerate") { // evaluated anew, a day has the same lines and no more
		m.same("lines_after_regenerate", m.upTo(len(m.Results.run.Facts.Punches)).written(), e.number("lines_after_regenerate"))
	}
	if e.has("expected_minutes") { // what was worked, less what is beyond the target, and what is short of it
		d := m.subject()
		if d == nil {
			d = &attendance.Day{}
		}
		m.minutes(e, "expected_minutes", d.Counted-sum(on(lines, d.Date))+sum(on(short, d.Date)))
	}
	m.overtimeLines(lines)
	m.validated()
}

// written counts the lines of overtime and of undertime.
func (r *Results) written() int {
	return len(slices.DeleteFunc(append(r.lines(overtimeCode), r.shortOf()...), func(l line) bool { return l.secs == 0 }))
}

// hundredths compares a length that its source holds in hours of two decimals.
func (m *comparison) hundredths(o *object, key string, got domain.Seconds) {
	want := o.number(key)
	if math.Round(float64(got)/36) == math.Round(want*60/36) {
		got = domain.Seconds(want * 60)
	}
	m.minutes(o, key, got)
}

// shortOf is what days have less than their targets.
func (r *Results) shortOf() []line {
	var out []line
	for i := range r.days {
		for _, row := range r.days[i].Rows {
			if row.Code == ruleset.Undertimes {
				out = append(out, line{row.Date, row.Code, row.Seconds})
			}
		}
	}
	return out
}

// byInterval is the overtime that lies in each interval of presence; what a day is short of is of its last one.
func (m *comparison) byInterval() []string {
	var out []string
	short := m.shortOf()
	for i := range m.days {
		d := &m.days[i]
		for n, x := range d.Intervals {
			var s domain.Seconds
			for _, g := range d.Segments {
				if c, ok := m.Results.run.Rules.Doc.PayCodes[g.Base]; ok && overtimeCode(g.Base, c) {
					s += max(0, min(g.To, x.To)-max(g.From, x.From))
				}
			}
			if n == len(d.Intervals)-1 {
				s -= sum(on(short, d.Date))
			}
			out = append(out, minutes(s))
		}
	}
	return out
}

// matched counts the overtime rules that hold for time of a date: those that, alone in the document, give it overtime.
func (m *comparison) matched(d domain.Date) int {
	n := 0
	for _, rule := range m.Results.run.Rules.Doc.Overtime.Rules {
		doc := *m.Results.run.Rules.Doc
		doc.Overtime.Rules = []ruleset.OvertimeRule{rule}
		rules, err := ruleset.Compile(&doc, m.Results.run.Rules.Hash)
		m.err(err)
		if err != nil {
			continue
		}
		run := *m.Results.run
		run.Rules = rules
		r, err := run.Evaluate()
		m.err(err)
		if err == nil && sum(on(r.lines(overtimeCode), d)) > 0 {
			n++
		}
	}
	return n
}

// overtimeLines compares overtime by date, and by its place where the case names one.
func (m *comparison) overtimeLines(lines []line) {
	for _, o := range m.expected.objects("overtime_lines") {
		d := m.translation.date(o.text("date"))
		if o.has("rules_matched") {
			m.same("rules_matched "+d.String(), m.matched(d), o.number("rules_matched"))
		}
		from, to := o.text("from"), o.text("to")
		if from == "" {
			m.minutes(o, "minutes", sum(on(lines, d)))
			continue
		}
		var s domain.Seconds
		for i := range m.days {
			for _, g := range m.days[i].Segments {
				c, ok := m.Results.run.Rules.Doc.PayCodes[g.Base]
				if ok && overtimeCode(g.Base, c) && m.local(g.From)[:16] == d.String()+"T"+from && m.local(g.To)[:16] == d.String()+"T"+to {
					s += g.To - g.From
				}
			}
		}
		m.minutes(o, "minutes", s)
	}
}
