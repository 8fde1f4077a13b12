package golden

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/zone"
)

// Setup is what a case is evaluated with: one run, or one for each state of its rules.
type Setup struct {
	Runs []*Run
}

// Run is one rules document with the facts it is applied to.
type Run struct {
	ID       string // of the case, as an id of the product: it names rules, group and employee
	Name     string // empty, or which state of the rules: before, after
	Document []byte // the rules document, as JSON
	Rules    *ruleset.Rules
	Calendar *schedule.Calendar // nil: the rules name none
	Zone     *zone.Zone
	Facts    *attendance.Facts
	From, To domain.Date       // To is not evaluated
	Turned   domain.Date       // the last date that is over
	Synced   domain.Seconds    // up to when all punches are in, where the case says so; else 0
	codes    map[string]string // pay code by the code of the case
}

// farAhead is behind every case, so that all its days are over unless it says otherwise.
var farAhead = domain.NewDate(2099, 12, 31)

// translation builds a run out of a case.
type translation struct {
	*reading
	c        *Case
	variant  string // which of several runs this is
	employee string // whose punches alone are meant, where the case has several people
	rules    *object
	context  *object
	expected *object
	punches  []*object
	zone     *zone.Zone

	doc        ruleset.Document
	facts      attendance.Facts
	holidays   []schedule.CalendarDay
	dates      []domain.Date
	turned     domain.Date
	synced     domain.Seconds
	codes      map[string]string
	scheduled  bool // the schedule plans a number of minutes a day
	perDay     domain.Seconds
	reductions []reduction
	short      ruleset.Duration // what a day may be short of without being so
}

// newTranslation reads a case; its concepts say what of it was not understood.
func newTranslation(c *Case) *translation {
	t := &translation{reading: &reading{}, c: c, turned: farAhead, codes: map[string]string{}}
	t.rules, t.context = t.root("rules", c.Rules), t.root("context", c.Context)
	t.expected = t.root("expected", c.Expected)
	t.roots = t.roots[:2] // what is expected is read when results are there
	var list []map[string]any
	if len(c.Punches) > 0 {
		if err := json.Unmarshal(c.Punches, &list); err != nil {
			t.lacks("punches are no list of objects")
		}
	}
	for _, p := range list {
		o := t.object("punches", p)
		t.roots, t.punches = append(t.roots, o), append(t.punches, o)
	}
	z, err := zone.Embedded().Zone(c.Timezone)
	if err != nil {
		t.lacks("zone %s", c.Timezone)
		z, _ = zone.Embedded().Zone("UTC")
	}
	t.zone = z
	return t
}

// Translate turns a case into rules documents and facts. concepts names what it has no translation for; there is no setup then.
// The error is a document that the product refuses, which is a fault of the translation.
func Translate(c *Case) (setup *Setup, concepts []string, err error) {
	setup = &Setup{}
	for _, v := range variants(c) {
		t := newTranslation(v.c)
		t.employee, t.variant = v.employee, v.name
		run, err := t.run()
		if missing := t.concepts(); err != nil || len(missing) > 0 {
			return nil, missing, err
		}
		run.Name = v.name
		setup.Runs = append(setup.Runs, run)
	}
	return setup, nil, nil
}

func (t *translation) run() (*Run, error) {
	t.head()
	t.plan()
	t.pairing()
	t.presence()
	t.calendar()
	t.holidayPay()
	t.overtime()
	t.premiums()
	t.meals()
	t.rounding()
	t.facts.Employee, t.facts.Employment = t.id(), []attendance.Employment{{From: 1}}
	t.facts.Assignments = []attendance.Assignment{{From: 1, Group: t.id(), Zone: t.employeeZone()}}
	t.punchFacts()
	t.contextWork()
	t.rules.number("hours_decimals") // how lengths are shown, which is compared
	t.leaves()
	t.absences()
	t.status()
	t.dates = append(t.dates, t.expectedDates()...)
	if len(t.concepts()) > 0 {
		return nil, nil
	}
	r, err := t.compile()
	if err == nil && r != nil {
		err = t.reduce(r)
	}
	return r, err
}

// employeeZone is the zone of the employee's assignment. Dates of a case are those of its own zone: where that is another one, they go by
// the zone of the rules.
func (t *translation) employeeZone() string {
	name := t.rules.text("employee_timezone")
	if name != "" && name != t.c.Timezone {
		t.doc.Day.Zone = "rules"
	}
	return name
}

// id is the id of the case, with nothing in it but what ids of the product may have.
func (t *translation) id() string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(strings.TrimSuffix(t.c.ID+"_"+t.variant, "_")))
}

// head writes what every document has.
func (t *translation) head() {
	t.doc = ruleset.Document{
		Rules: ruleset.Format, ID: t.id(), Title: ruleset.Text{"en": t.c.ID}, Effective: domain.NewDate(1900, 1, 1), Timezone: t.c.Timezone,
		Week: ruleset.Week{Starts: "mon"}, Shifts: map[string]ruleset.Shift{}, Schedule: ruleset.Schedule{Weekly: map[string]string{}},
		Count:    ruleset.Count{Early: "always", Late: "always", Off: "always"},
		Punch:    ruleset.Punch{Pair: "typed"},
		Breaks:   ruleset.Breaks{Mode: "punched"},
		Overtime: ruleset.Overtime{Approval: &ruleset.Approval{Mode: "none"}},
		PayCodes: map[string]ruleset.PayCode{"REG": {Class: "base", Rate: "1.00"}},
	}
	t.dayAssignment()
	if day := t.rules.oneOf("week_starts", "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"); day != "" {
		t.doc.Week.Starts = day[:3]
	}
}

// dayAssignment translates which date owns a shift, and what a shift is.
func (t *translation) dayAssignment() {
	d := &t.doc.Day
	switch s := t.rules.oneOf("day_assignment", "shift_start", "shift_end", "most_worked", "split_at_midnight"); s {
	case "split_at_midnight":
		d.OTDay = "split"
	default:
		d.Assign = s
	}
	d.ShiftGap, d.LongestShift = ruleset.Duration(t.rules.minutes("shift_gap_min")), ruleset.Duration(t.rules.minutes("max_shift_min"))
}

var dateText = regexp.MustCompile(`\b\d{4}-\d{2}-\d{2}\b`)

// expectedDates are the dates that the case expects something of, so that they are evaluated.
func (t *translation) expectedDates() []domain.Date {
	var out []domain.Date
	for _, s := range dateText.FindAllString(string(t.c.Expected), -1) {
		if d, err := domain.ParseDate(s); err == nil {
			out = append(out, d)
		}
	}
	return out
}

// compile turns the document into the one that the product reads, and refuses what its lint refuses.
func (t *translation) compile() (*Run, error) {
	source, err := json.Marshal(&t.doc)
	if err != nil {
		return nil, fmt.Errorf("case %s: %w", t.c.ID, err)
	}
	doc, err := ruleset.Parse(source, t.c.ID)
	if err != nil {
		return nil, fmt.Errorf("case %s: %w", t.c.ID, err)
	}
	for _, p := range append(ruleset.Lint(doc), ruleset.CompileProblems(doc)...) {
		if p.Severity == ruleset.SeverityError {
			return nil, fmt.Errorf("case %s: %s: %s", t.c.ID, p.Pointer, p.Text())
		}
	}
	hash, err := ruleset.Hash(doc)
	if err != nil {
		return nil, fmt.Errorf("case %s: %w", t.c.ID, err)
	}
	rules, err := ruleset.Compile(doc, hash)
	if err != nil {
		return nil, fmt.Errorf("case %s: %w", t.c.ID, err)
	}
	z, err := zone.Embedded().Zone(doc.Timezone)
	if err != nil {
		return nil, fmt.Errorf("case %s: %w", t.c.ID, err)
	}
	r := &Run{ID: t.id(), Document: source, Rules: rules, Zone: z, Facts: &t.facts, Turned: t.turned, Synced: t.synced, codes: t.codes, Calendar: t.house()}
	if len(t.dates) == 0 {
		t.lacks("a date")
		return nil, nil
	}
	r.From, r.To = slices.Min(t.dates)-8, slices.Max(t.dates)+3
	return r, nil
}

// house is the calendar of the case's own holidays.
func (t *translation) house() *schedule.Calendar {
	if t.doc.Calendar == "" {
		return nil
	}
	if c, ok := ruleset.Calendar(t.doc.Calendar); ok {
		return c
	}
	c := &schedule.Calendar{ID: t.doc.Calendar, Years: map[int]schedule.CalendarYear{}}
	for _, d := range t.dates {
		y, _, _ := d.Civil()
		c.Years[y] = schedule.CalendarYear{Year: y, Version: 1}
	}
	slices.SortFunc(t.holidays, func(a, b schedule.CalendarDay) int { return int(a.Date - b.Date) })
	for _, d := range t.holidays {
		y, _, _ := d.Date.Civil()
		year := c.Years[y]
		year.Year, year.Version, year.Days = y, 1, append(year.Days, d)
		c.Years[y] = year
	}
	return c
}

func (t *translation) date(s string) domain.Date {
	d, err := domain.ParseDate(s)
	if err != nil {
		t.lacks("date %s", s)
		return 1
	}
	t.dates = append(t.dates, d)
	return d
}

// instant reads a local time of the case; a repeated one is the earlier.
func (t *translation) instant(s string) domain.Seconds {
	at, err := readInstant(t.zone, s)
	if err != nil {
		t.lacks("time %s", s)
	}
	return at
}

func readInstant(z *zone.Zone, s string) (domain.Seconds, error) {
	if at, err := time.Parse(time.RFC3339, s); err == nil {
		return domain.Seconds(at.Unix()), nil
	}
	at, err := time.Parse("2006-01-02T15:04:05", s)
	if err != nil {
		return 0, err
	}
	wall := domain.Seconds(at.Unix())
	d := domain.DateOfUnix(wall)
	return z.Start(d, wall-d.Unix()), nil
}

func (t *translation) clock(s string) ruleset.Clock {
	c, err := ruleset.ParseClock(s)
	if err != nil {
		t.lacks("time of day %s", s)
	}
	return c
}

// punchFacts are the punches of the case. Direction unknown is auto; a meal or break is a pause, not a departure.
func (t *translation) punchFacts() {
	for i, p := range t.punches {
		if who := p.text("employee"); t.employee != "" && who != t.employee {
			p.skip(p.keys()...)
			continue
		}
		at := t.instant(p.text("at"))
		t.dates = append(t.dates, t.zone.DateOf(at))
		dir := attendance.Auto
		if s := p.oneOf("dir", "in", "out", "unknown"); s != "unknown" && s != "" {
			dir = attendance.Direction(s)
		}
		if p.oneOf("punch_type", "meal", "break") != "" {
			dir = "break_" + dir
			t.breakOver(at, dir)
		}
		id := fmt.Sprintf("p%02d", i+1)
		t.facts.Punches = append(t.facts.Punches, attendance.Punch{
			ID: id, At: at, Dir: dir, Position: domain.Seconds(i + 1), Event: "e" + id, Site: p.text("branch"), Cost: p.text("department"),
		})
	}
	t.intervals()
	slices.SortStableFunc(t.facts.Punches, func(a, b attendance.Punch) int { return int(a.At - b.At) })
	if n := len(t.facts.Punches); n > 0 && t.facts.Punches[n-1].Dir == attendance.BreakOut {
		t.facts.Punches[n-1].Dir = attendance.Out // a break from which nobody comes back is a departure
	}
}

// intervals are entries of work and of breaks that a case has instead of punches.
func (t *translation) intervals() {
	t.rules.oneOf("work_overlap", "add_up")
	var work []attendance.Interval
	for _, o := range t.context.objects("intervals") {
		from, to := t.instant(o.text("from")), t.instant(o.text("to"))
		t.dates = append(t.dates, t.zone.DateOf(from))
		in, out := attendance.In, attendance.Out
		if o.yes("break") {
			in, out = attendance.BreakOut, attendance.BreakIn
		} else {
			for _, w := range work {
				if from < w.To && w.From < to {
					t.lacks("work that overlaps work counts twice: one person works once at a time here")
				}
			}
			work = append(work, attendance.Interval{From: from, To: to})
		}
		for _, p := range []attendance.Punch{{At: from, Dir: in}, {At: to, Dir: out}} {
			n := len(t.facts.Punches) + 1
			p.ID, p.Position, p.Event = fmt.Sprintf("p%02d", n), domain.Seconds(n), fmt.Sprintf("ep%02d", n)
			t.facts.Punches = append(t.facts.Punches, p)
		}
	}
}

// breakOver notes a break over midnight where shifts are split there: the rules split what was worked, and know nothing of a shift that
// stays whole because its break lies on the midnight.
func (t *translation) breakOver(at domain.Seconds, dir attendance.Direction) {
	if n := len(t.facts.Punches); t.doc.Day.OTDay == "split" && dir == attendance.BreakIn && n > 0 &&
		t.zone.DateOf(t.facts.Punches[n-1].At) != t.zone.DateOf(at) {
		t.lacks("shift that is split at midnight unless its break lies there")
	}
}

// payCode declares a pay code for a code of the case and returns it. Codes of one name are one.
func (t *translation) payCode(code, class string, rate float64) string {
	if id, ok := t.codes[code]; ok {
		return id
	}
	id := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_':
			return r
		}
		return '_'
	}, code)
	t.codes[code] = id
	t.doc.PayCodes[id] = ruleset.PayCode{Class: class, Rate: fmt.Sprintf("%.4g", rate)}
	return id
}
