package golden

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
)

// countries are the shipped calendars by country.
var countries = map[string]string{"CN": "cn-mainland"}

// judgeCalendar asks the days of somebody who works from Monday to Friday under the calendar of a country whether they are worked.
func judgeCalendar(m *comparison) {
	if m.rules.oneOf("week_numbering", "iso8601") != "" {
		judgeWeeks(m)
		return
	}
	country := m.rules.text("country")
	calendar := countries[country]
	switch {
	case country == "":
		m.lacks("calendar figures")
		return
	case calendar == "":
		m.lacks("calendar of %s", country)
		return
	}
	if m.context.has("versions") {
		judgeRevision(m)
		return
	}
	office := officeOf(m.translation, calendar)
	if office == nil {
		return
	}
	for key, want := range map[string]bool{"off": false, "working": true} {
		for _, s := range m.expected.texts(key) {
			m.same(key+" "+s, office.worked(m.translation.date(s)), want)
		}
	}
	for _, o := range m.expected.objects("rows") {
		d := m.translation.date(o.text("date"))
		if o.has("working") {
			m.same("working "+d.String(), office.worked(d), o.yes("working"))
		}
	}
	if n := int(m.context.number("add_working_days")); n != 0 {
		d, step := m.translation.date(m.context.text("from")), domain.Date(cmp.Compare(n, 0))
		for ; n != 0; n -= int(step) {
			for d += step; !office.worked(d); {
				d += step
			}
		}
		m.same("date", d, m.expected.text("date"))
	}
	if y := int(m.context.number("year")); y > 0 {
		got := ""
		for _, a := range office.day(domain.NewDate(y, 1, 4)).Anomalies {
			if a.ID == "calendar.provisional" {
				got = "no_calendar_data"
			}
		}
		m.same("error", got, m.expected.text("error"))
	}
	office.months(m)
}

// judgeWeeks compares the numbers of weeks.
func judgeWeeks(m *comparison) {
	for _, o := range m.expected.objects("rows") {
		d := m.translation.date(o.text("date"))
		_, number, _ := strings.Cut(d.Week(), "-W")
		m.same("week of "+d.String(), strings.TrimPrefix(number, "0"), o.number("week"))
	}
}

// office is an employee with a plan from Monday to Friday.
type office struct {
	t   *translation
	run *Run
}

func officeOf(t *translation, calendar string) *office {
	t.head()
	t.doc.Calendar = calendar
	t.doc.Shifts["D"] = ruleset.Shift{Kind: "fixed", Work: []ruleset.Span{{ruleset.Clock(9 * domain.Hour), ruleset.Clock(17 * domain.Hour)}}}
	for _, d := range weekdays[:5] {
		t.doc.Schedule.Weekly[d] = "D"
	}
	t.doc.Schedule.Makeup = "D"
	t.facts.Employee, t.facts.Employment = t.id(), []attendance.Employment{{From: 1}}
	t.facts.Assignments = []attendance.Assignment{{From: 1, Group: t.id()}}
	t.dates = append(t.dates, domain.NewDate(2000, 1, 1))
	run, err := t.compile()
	if err != nil || run == nil {
		t.lacks("%s", fmt.Sprint(err))
		return nil
	}
	return &office{t: t, run: run}
}

func (o *office) day(d domain.Date) *attendance.Day {
	run := *o.run
	run.From, run.To = d, d+1
	r, err := run.Evaluate()
	if err != nil || len(r.days) == 0 {
		o.t.lacks("%s", fmt.Sprint(err))
		return &attendance.Day{}
	}
	return &r.days[0]
}

func (o *office) worked(d domain.Date) bool { return len(o.day(d).Plan) > 0 }

// months compares how many days of each month are worked.
func (o *office) months(m *comparison) {
	list := m.expected.object("working_days")
	if list == nil {
		return
	}
	total := 0
	for _, month := range list.keys() {
		first, n := m.translation.date(month+"-01"), 0
		for d := first; d < first.AddMonths(1); d++ {
			if o.worked(d) {
				n++
			}
		}
		total += n
		m.same("working_days "+month, n, list.number(month))
	}
	m.same("total", total, m.expected.number("total"))
}

// judgeRevision publishes a year and amends a day of it, as the versions say in order of issue.
func judgeRevision(m *comparison) {
	date := m.translation.date(m.context.text("date"))
	versions := m.context.objects("versions")
	slices.SortStableFunc(versions, func(a, b *object) int { return cmp.Compare(a.text("issued"), b.text("issued")) })
	year, _, _ := date.Civil()
	kinds := map[string]schedule.Kind{"work": schedule.Makeup, "off": schedule.Rest}
	var s schedule.CalendarState
	var got []string
	for i, v := range versions {
		kind := kinds[v.oneOf("kind", "work", "off")]
		day := schedule.CalendarDay{Date: date, Kind: kind, Name: "case"}
		var c schedule.CalendarCommand = schedule.AmendCalendarDay{Calendar: "case", Date: date, Kind: kind, Name: "case", Why: "notice of " + v.text("issued")}
		if i == 0 {
			c = schedule.PublishCalendarYear{
				Calendar: "case", Year: year, Version: 1, Days: []schedule.CalendarDay{day}, Extended: true,
				Source: schedule.Source{Title: "notice", IssuedOn: v.text("issued")},
			}
		}
		events, err := schedule.DecideCalendar(s, c, schedule.CalendarFacts{})
		if err != nil {
			m.lacks("%s", fmt.Sprint(err))
			return
		}
		for _, e := range events {
			s = schedule.EvolveCalendar(s, e)
		}
		now, _ := s.Calendar().Day(date, nil)
		got = append(got, map[bool]string{true: "working", false: "off"}[now.Kind == schedule.Makeup])
	}
	m.same("after_revision", got[len(got)-1], m.expected.text("after_revision"))
	var want []string
	o := m.expected.object("by_source")
	for _, k := range o.keys() {
		want = append(want, o.text(k))
	}
	slices.Sort(got)
	slices.Sort(want)
	m.same("by_source", got, want)
}

// judgeHolidayRates works eight approved hours on each date under the rules that are shipped for an office of the calendar's country, and
// compares what they are paid at.
func judgeHolidayRates(m *comparison) {
	if m.rules.oneOf("calendar", "cn_calendar") == "" {
		return
	}
	doc, ok := ruleset.Pack("cn-bj-office")
	if !ok {
		m.lacks("rules for an office in China")
		return
	}
	for _, o := range m.expected.objects("rows") {
		d := m.translation.date(o.text("date"))
		s := m.scenario()
		s.doc = *doc
		s.doc.Effective = domain.NewDate(2000, 1, 1)
		s.doc.Examples = nil
		in, out := s.zone.Start(d, 9*domain.Hour), s.zone.Start(d, 18*domain.Hour)
		s.punch(in, attendance.In).punch(out, attendance.Out)
		s.facts.Approvals = []attendance.Approval{{Request: "r1", Kind: "overtime", From: in, To: out, Event: "r1"}}
		rate := ""
		for _, row := range s.results().day(d).Rows {
			if row.Class == "base" {
				rate = row.Rate
			}
		}
		got, err := strconv.ParseFloat(rate, 64)
		m.err(err)
		m.same("rate on "+d.String(), got, o.number("rate"))
	}
}
