package golden

import (
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
)

// targets compares what is to be worked on a date: what is planned less leave.
func (m *comparison) targets() {
	if _, whole := m.expected.values["target_minutes"].(float64); whole {
		m.lacks("window of a report that the case does not name")
		return
	}
	o := m.expected.object("target_minutes")
	if o == nil {
		return
	}
	for _, k := range o.keys() {
		d := m.day(m.translation.date(k))
		if d == nil {
			d = &attendance.Day{}
		}
		m.minutes(o, k, planOf(d)-m.leaveOf(d))
	}
}

// counts compares how many days of all people have a status.
func (m *comparison) counts() {
	got, shifts := map[string]int{}, map[string]int{}
	for _, r := range m.all {
		for i := range r.days {
			d := &r.days[i]
			status := (&comparison{translation: m.translation, Results: r}).statusOf(d)
			if status == "nothing" {
				continue
			}
			got[status]++
			shifts[d.Shift]++
			for key, flag := range map[string]string{"late": "late", "early": "early_leave"} {
				if slices.Contains(d.Flags, flag) {
					got[key]++
				}
			}
		}
	}
	for _, key := range []string{"present", "half_day", "absent", "late", "early"} {
		if n, ok := m.expected.values[key].(float64); ok {
			m.expected.skip(key)
			m.same(key, got[key], n)
		}
	}
	if o := m.expected.object("records_by_shift"); o != nil {
		for _, id := range o.keys() {
			m.same("records_by_shift "+id, shifts[id], o.number(id))
		}
	}
}

// closed are the intervals that the rules have ended.
func (r *Results) closed() []attendance.Interval {
	var out []attendance.Interval
	for i := range r.days {
		d := &r.days[i]
		for _, a := range d.Anomalies {
			if n := len(d.Intervals); a.ID == "punch.auto_closed" && n > 0 {
				out = append(out, d.Intervals[n-1])
			}
		}
	}
	return out
}

// closing compares where the rules have ended an interval without an out, and that this is said.
func (m *comparison) closing() {
	e, closed := m.expected, m.closed()
	if _, ok := e.values["closed_at"]; ok {
		got := "nothing"
		if len(closed) > 0 {
			got = m.local(closed[len(closed)-1].To)
		}
		m.same("closed_at", got, wanted(e, "closed_at"))
	}
	var worked domain.Seconds
	for i := range m.days {
		worked += m.minutesOf(&m.days[i])
	}
	m.minutes(e, "worked_minutes_after_close", worked)
	if e.has("reason_recorded") {
		m.same("reason_recorded", len(closed) > 0, e.yes("reason_recorded"))
	}
	if e.has("reason_on_manually_closed_interval") {
		whole := 0 // of intervals that have both punches, none is closed by the rules
		for i := range m.days {
			whole += len(m.days[i].Intervals)
		}
		m.same("reason_on_manually_closed_interval", len(closed) > 0 && whole > len(closed), e.yes("reason_on_manually_closed_interval"))
	}
	if e.has("accepted") {
		m.same("accepted", !m.unpaired(), e.yes("accepted"))
	}
	if e.has("shifts") {
		n := 0
		for i := range m.days {
			n += len(m.days[i].Stints(m.Results.run.Rules.ShiftGap, m.Results.run.Rules.Longest))
		}
		m.same("shifts", n, e.number("shifts"))
	}
}

// unpaired reports whether a punch was left without its other one.
func (m *comparison) unpaired() bool {
	for i := range m.days {
		for _, a := range m.days[i].Anomalies {
			if a.ID == "punch.missing_in" || a.ID == "punch.missing_out" {
				return true
			}
		}
	}
	return false
}

// meanwhile compares results of a moment at which not all punches were there.
func (m *comparison) meanwhile() {
	e := m.expected
	if o := e.object("minutes_by_date_after_first_interval"); o != nil {
		r := m.upTo(2)
		for _, k := range o.keys() {
			d := r.day(m.translation.date(k))
			if d == nil {
				d = &attendance.Day{}
			}
			m.minutes(o, k, r.minutesOf(d))
		}
	}
	if e.has("overtime_minutes_while_open") {
		m.minutes(e, "overtime_minutes_while_open", sum(m.upTo(len(m.Results.run.Facts.Punches)-1).lines(overtimeCode)))
	}
}

// upTo evaluates the run with its first punches alone.
func (m *comparison) upTo(n int) *Results {
	run, facts := *m.Results.run, *m.Results.run.Facts
	facts.Punches = facts.Punches[:n]
	if n > 0 && facts.Punches[n-1].Dir == attendance.BreakOut {
		m.lacks("results while a break is open")
	}
	run.Facts = &facts
	r, err := run.Evaluate()
	if err != nil {
		m.lacks("%s", fmt.Sprint(err))
		return m.Results
	}
	return r
}
