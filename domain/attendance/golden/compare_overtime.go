package golden

import (
	"fmt"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

func (m *comparison) overtimeFields() {
	e := m.expected
	lines := m.lines(overtimeCode)
	for _, key := range []string{"overtime_minutes", "overtime_minutes_total"} {
		m.minutes(e, key, sum(lines))
	}
	if o := e.object("overtime_minutes_by_date"); o != nil {
		for _, k := range o.keys() {
			m.minutes(o, k, sum(on(lines, m.translation.date(k))))
		}
	}
	if o := e.object("overtime_minutes_by_code"); o != nil {
		for _, k := range o.keys() {
			m.minutes(o, k, sum(m.lines(func(id string, c ruleset.PayCode) bool { return overtimeCode(id, c) && m.caseCode(id) == k })))
		}
	}
	if e.has("overtime_minutes_by_interval") {
		var want []string
		for _, n := range e.numbers("overtime_minutes_by_interval") {
			want = append(want, fmt.Sprint(n))
		}
		m.same("overtime_minutes_by_interval", strings.Join(m.byInterval(), " "), strings.Join(want, " "))
	}
	m.overtimeLines(lines)
}

// byInterval is the overtime that lies in each interval of presence.
func (m *comparison) byInterval() []string {
	var out []string
	for i := range m.days {
		d := &m.days[i]
		for _, x := range d.Intervals {
			var s domain.Seconds
			for _, g := range d.Segments {
				if c, ok := m.Results.run.Rules.Doc.PayCodes[g.Base]; ok && overtimeCode(g.Base, c) {
					s += max(0, min(g.To, x.To)-max(g.From, x.From))
				}
			}
			out = append(out, minutes(s))
		}
	}
	return out
}

// overtimeLines compares overtime by date, and by its place where the case names one.
func (m *comparison) overtimeLines(lines []line) {
	for _, o := range m.expected.objects("overtime_lines") {
		d := m.translation.date(o.text("date"))
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
