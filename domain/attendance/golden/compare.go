package golden

import (
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// Compare holds results against what the case expects. An expected field that it does not know makes the case unsupported.
func Compare(c *Case, results []*Results) Outcome {
	t := newTranslation(c)
	t.roots = []*object{t.expected}
	m := &comparison{translation: t, Results: results[len(results)-1], all: results}
	m.fields()
	return m.outcome()
}

// comparison collects what is not as expected.
type comparison struct {
	*translation
	*Results
	all        []*Results
	wrong      []string
	wrongTimes []bool // of the times read, those that no clock shows
}

func (m *comparison) outcome() Outcome {
	if missing := m.concepts(); len(missing) > 0 {
		return Outcome{State: Unsupported, Concepts: missing}
	}
	if len(m.wrong) > 0 {
		return Outcome{State: Fail, Differences: m.wrong}
	}
	return Outcome{State: Pass}
}

func (m *comparison) same(what string, got, want any) {
	if fmt.Sprint(got) != fmt.Sprint(want) {
		m.wrong = append(m.wrong, fmt.Sprintf("%s: got %v, want %v", what, got, want))
	}
}

// minutes compares a length with a field of minutes of an expected object; null means nothing at all.
func (m *comparison) minutes(o *object, key string, got domain.Seconds) {
	switch {
	case o.null(key):
		m.same(key, minutes(got), "0")
	case o.has(key):
		m.same(key, minutes(got), fmt.Sprint(o.number(key)))
	}
}

func minutes(s domain.Seconds) string { return fmt.Sprint(float64(s) / float64(domain.Minute)) }

// subject is the day that fields of one day are about: that of the date which is named, else the only one with punches.
func (m *comparison) subject() *attendance.Day {
	if s := m.expected.text("date"); s != "" {
		return m.day(m.translation.date(s))
	}
	if w := m.worked(); len(w) > 0 {
		return w[0]
	}
	return nil
}

// fields compares every field of the vocabulary that results have an answer to.
func (m *comparison) fields() {
	m.dayFields()
	m.sums()
	m.daysOf()
	m.overtimeFields()
	m.counts()
	m.closing()
	m.targets()
	m.meanwhile()
}

func (m *comparison) dayFields() {
	e := m.expected
	d := m.subject()
	if d == nil {
		d = &attendance.Day{}
	}
	if e.has("date") {
		overtime := m.lines(overtimeCode)
		for _, l := range overtime {
			m.same("date", l.date, e.text("date"))
		}
	}
	if _, ok := e.values["status"]; ok {
		m.same("status", m.statusOf(d), wanted(e, "status"))
	}
	if e.has("other_half_status") {
		m.same("other_half_status", otherHalf(d), e.text("other_half_status"))
	}
	for _, s := range []struct {
		key, flag string
	}{{"late", "late"}, {"early", "early_leave"}} {
		if _, count := e.values[s.key].(float64); count {
			continue // of all days together
		}
		if e.has(s.key) {
			m.same(s.key, slices.Contains(d.Flags, s.flag), e.yes(s.key))
		}
	}
	if n := len(d.Intervals); e.has("first_in") {
		got := ""
		if n > 0 {
			got = m.local(d.Intervals[0].From)
		}
		m.same("first_in", got, e.text("first_in"))
	}
	if n := len(d.Intervals); e.has("last_out") {
		got := ""
		if n > 0 {
			got = m.local(d.Intervals[n-1].To)
		}
		m.same("last_out", got, e.text("last_out"))
	}
	if o := e.object("status_by_date"); o != nil {
		for _, k := range o.keys() {
			day := m.day(m.translation.date(k))
			if day == nil {
				day = &attendance.Day{}
			}
			m.same("status_by_date "+k, m.statusOf(day), wanted(o, k))
		}
	}
	m.shiftFields(d)
}

// wanted is a text or nothing.
func wanted(o *object, key string) string {
	if o.null(key) {
		return "nothing"
	}
	return o.text(key)
}

// statusOf is the status of a day in the words of the cases; nothing has been judged of a day without one.
func (m *comparison) statusOf(d *attendance.Day) string {
	switch {
	case m.leaveOf(d) > 0:
		if m.leaveOf(d) < planOf(d) {
			return "half_day"
		}
		return "leave"
	case slices.Contains(d.Flags, "absent"):
		return "absent"
	case slices.Contains(d.Flags, "absent_half"):
		return "half_day"
	case d.Settled && len(d.Intervals) > 0:
		return "present"
	}
	return "nothing"
}

// leaveOf is what leave takes of the day.
func (m *comparison) leaveOf(d *attendance.Day) domain.Seconds {
	return sum(on(m.lines(func(_ string, c ruleset.PayCode) bool { return c.Class == "leave" }), d.Date))
}

func planOf(d *attendance.Day) domain.Seconds {
	var s domain.Seconds
	for _, x := range d.Plan {
		s += x.Len()
	}
	return s
}

// otherHalf is the status of what leave has left of the day.
func otherHalf(d *attendance.Day) string {
	switch {
	case slices.Contains(d.Flags, "absent") || slices.Contains(d.Flags, "absent_half"):
		return "absent"
	case len(d.Intervals) > 0:
		return "present"
	}
	return "nothing"
}

func (m *comparison) shiftFields(d *attendance.Day) {
	e := m.expected
	if e.has("day_records") {
		m.same("day_records", len(m.worked()), e.number("day_records"))
	}
	m.shiftOfPunch(m.Results, "shift", "punch_flags")
	m.shiftOfPunch(m.all[0], "shift_before", "flags_before")
	m.shiftOfPunch(m.Results, "shift_after_replay", "flags_after_replay")
	m.window()
	if o := e.object("by_shift"); o != nil {
		for _, id := range o.keys() {
			got := "nothing"
			for i := range m.days {
				if x := &m.days[i]; x.Shift == id && len(x.Intervals) > 0 {
					got = m.statusOf(x)
				}
			}
			m.same("by_shift "+id, got, wanted(o, id))
		}
	}
}

// punch returns what became of a punch.
func (r *Results) punch(id string) attendance.PunchRole {
	for i := range r.days {
		for _, p := range r.days[i].Punches {
			if p.ID == id && p.Role != "carried_back" {
				return p
			}
		}
	}
	return attendance.PunchRole{}
}

// shiftOfPunch compares which shift took the first punch, and which punches no shift took.
func (m *comparison) shiftOfPunch(r *Results, shift, flags string) {
	e := m.expected
	if _, ok := e.values[shift]; ok {
		got := r.punch("p01").Shift
		if got == "" {
			got = "nothing"
		}
		m.same(shift, got, wanted(e, shift))
	}
	if !e.has(flags) {
		return
	}
	flagged := []any{}
	for i := range m.translation.punches {
		one := []any{}
		if r.punch(fmt.Sprintf("p%02d", i+1)).Role == "off_shift" {
			one = append(one, "off_shift")
		}
		flagged = append(flagged, one)
	}
	want := e.list(flags)
	if flags != "punch_flags" { // the flags of the first punch
		flagged, _ = flagged[0].([]any)
	}
	m.same(flags, flagged, want)
}

// window compares the plan of the shift that took the first punch, and when it takes punches. The last second of a window belongs to it.
func (m *comparison) window() {
	var w attendance.ShiftWindow
	for i := range m.days {
		for _, x := range m.days[i].Shifts {
			for _, p := range m.days[i].Punches {
				if p.ID == "p01" && p.Shift == x.Shift {
					w = x
				}
			}
		}
	}
	for key, at := range map[string]domain.Seconds{
		"shift_start": w.From, "shift_end": w.To, "window_start": w.Window.From, "window_end": w.Window.To - 1,
	} {
		if m.expected.has(key) {
			m.same(key, m.local(at), m.expected.text(key))
		}
	}
}

// sums compares totals of all days.
func (m *comparison) sums() {
	e := m.expected
	var worked domain.Seconds
	for i := range m.days {
		worked += m.minutesOf(&m.days[i])
	}
	for _, key := range []string{"worked_minutes", "worked_minutes_week", "week_minutes"} {
		m.minutes(e, key, worked)
	}
	m.labels(worked)
	if e.has("worked_seconds") {
		m.same("worked_seconds", worked, e.number("worked_seconds"))
	}
	if o := e.object("minutes_by_date"); o != nil && m.Results.run.Rules.SplitDay {
		base := m.lines(func(_ string, c ruleset.PayCode) bool { return c.Class == "base" })
		for _, l := range base {
			m.same("minutes_by_date "+l.date.String(), minutes(sum(on(base, l.date))), o.number(l.date.String()))
		}
		for _, k := range o.keys() {
			m.minutes(o, k, sum(on(base, m.translation.date(k))))
		}
	} else if o != nil {
		for i := range m.days {
			if d := &m.days[i]; m.minutesOf(d) > 0 && !slices.Contains(o.keys(), d.Date.String()) {
				m.same("minutes_by_date "+d.Date.String(), minutes(m.minutesOf(d)), "0")
			}
		}
		for _, k := range o.keys() {
			if d := m.day(m.translation.date(k)); d != nil {
				m.minutes(o, k, m.minutesOf(d))
			}
		}
	}
	m.minutes(e, "regular_minutes", sum(m.lines(func(id string, _ ruleset.PayCode) bool { return id == "REG" })))
	for key, rate := range map[string]string{"at_1_5": "1.5", "at_2_0": "2"} {
		m.minutes(e, key, sum(m.lines(func(id string, c ruleset.PayCode) bool { return overtimeCode(id, c) && c.Rate == rate })))
	}
}

// daysOf compares the list of days: what is paid, plain, beyond and on top.
func (m *comparison) daysOf() {
	list := m.expected.objects("days")
	for _, o := range list {
		d := m.translation.date(o.text("date"))
		day := m.day(d)
		if day == nil {
			m.same("days", "no "+d.String(), "one")
			continue
		}
		was := len(m.wrong)
		m.minutes(o, "paid_minutes", m.regular(d)+sum(on(m.lines(overtimeCode), d))+m.absence(d))
		m.minutes(o, "absence_minutes", m.absence(d))
		m.minutes(o, "regular_minutes", m.regular(d))
		m.codes(o, "overtime", on(m.lines(overtimeCode), d))
		m.codes(o, "premium", on(m.lines(premiumCode), d))
		for i := was; i < len(m.wrong); i++ {
			m.wrong[i] = d.String() + " " + m.wrong[i]
		}
	}
	if len(list) == 0 {
		return
	}
	for _, d := range m.worked() {
		if !slices.ContainsFunc(list, func(o *object) bool { return o.values["date"] == d.Date.String() }) {
			m.same("days", d.Date, "not there")
		}
	}
}

// codes compares minutes by code.
func (m *comparison) codes(o *object, key string, lines []line) {
	if !o.has(key) {
		if len(lines) > 0 && key == "overtime" {
			return // regular and paid minutes say it
		}
		return
	}
	got, want := map[string]string{}, map[string]string{}
	for _, l := range lines {
		if l.secs != 0 {
			got[m.caseCode(l.code)] = minutes(l.secs)
		}
	}
	for _, x := range o.objects(key) {
		want[x.text("code")] = fmt.Sprint(x.number("minutes"))
	}
	m.same(key, got, want)
}
