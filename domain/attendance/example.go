package attendance

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/zone"
)

// Difference is what an example of a rules document expects and does not get. What is rows, late, flags or anomalies.
type Difference struct {
	Date string `json:"date"`
	What string `json:"what"`
	Want string `json:"want"`
	Got  string `json:"got"`
}

// RunExample evaluates an example of a rules document under its own rules and the calendar that the document names, if there is
// one, for one employee, with all days over. It returns nothing where the example holds. The error is a time or date of the
// example that cannot be read, or a zone that the archive does not have.
func RunExample(rules *ruleset.Rules, calendar *schedule.Calendar, x ruleset.Example) ([]Difference, error) {
	z, err := zone.Embedded().Zone(rules.Doc.Timezone)
	if err != nil {
		return nil, err
	}
	facts, from, to, err := exampleFacts(z, x)
	if err != nil {
		return nil, fmt.Errorf("example %s: %w", x.ID, err)
	}
	book := &Rulebook{
		Groups:    map[string][]Binding{exampleID: {{Ruleset: exampleID, From: 1}}},
		Rulesets:  map[string][]Version{exampleID: {{Rules: rules, Number: 1, From: 1}}},
		Calendars: map[string]*schedule.Calendar{}, Sites: map[string]Site{}, Zones: zone.Embedded(),
		Turned: map[string]domain.Date{rules.Doc.Timezone: to + 30},
	}
	if calendar != nil {
		book.Calendars[calendar.ID] = calendar
	}
	rows, days := map[string]map[string]domain.Seconds{}, map[string]Day{}
	err = Evaluate(book, facts, from, to, Carry{}, func(d *Day, _ *Carry) bool {
		days[d.Date.String()] = d.Clone()
		for i := range d.Rows {
			date := d.Rows[i].Date.String()
			if rows[date] == nil {
				rows[date] = map[string]domain.Seconds{}
			}
			rows[date][d.Rows[i].Code] += d.Rows[i].Seconds
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	var out []Difference
	for _, want := range x.Expect {
		out = append(out, differences(want, rows[want.Date], days[want.Date])...)
	}
	return out, nil
}

// ExampleOutcome is what one example of a document came to.
type ExampleOutcome struct {
	Example     string
	Differences []Difference // none: the example holds
}

// RunExamples runs all examples that a document carries, in their order.
func RunExamples(rules *ruleset.Rules, calendar *schedule.Calendar) ([]ExampleOutcome, error) {
	out := make([]ExampleOutcome, 0, len(rules.Doc.Examples))
	for _, x := range rules.Doc.Examples {
		differences, err := RunExample(rules, calendar, x)
		if err != nil {
			return nil, err
		}
		out = append(out, ExampleOutcome{Example: x.ID, Differences: differences})
	}
	return out, nil
}

const exampleID = "example"

func differences(want ruleset.ExampleDay, rows map[string]domain.Seconds, d Day) []Difference {
	var out []Difference
	date := want.Date
	compare := func(what, want, got string) {
		if want != got {
			out = append(out, Difference{date, what, want, got})
		}
	}
	if want.Rows != nil {
		got := map[string]string{}
		for code, s := range rows {
			if _, named := want.Rows[code]; named || !strings.HasPrefix(code, "x.") {
				got[code] = clock(s)
			}
		}
		compare("rows", pairs(want.Rows), pairs(got))
	}
	if want.Late != "" {
		compare("late", want.Late, clock(d.Late))
	}
	if want.Flags != nil {
		compare("flags", words(want.Flags), words(d.Flags))
	}
	if want.Anomalies != nil {
		ids := make([]string, len(d.Anomalies))
		for i := range d.Anomalies {
			ids[i] = d.Anomalies[i].ID
		}
		compare("anomalies", words(want.Anomalies), words(ids))
	}
	return out
}

func pairs(m map[string]string) string {
	out := make([]string, 0, len(m))
	for _, code := range slices.Sorted(maps.Keys(m)) {
		out = append(out, code+" "+m[code])
	}
	return strings.Join(out, ", ")
}

func words(list []string) string { return strings.Join(slices.Sorted(slices.Values(list)), " ") }

// clock formats a length as h:mm, with seconds where there are some.
func clock(s domain.Seconds) string {
	if s%domain.Minute != 0 {
		return fmt.Sprintf("%s:%02d", s.HM(), s%domain.Minute)
	}
	return s.HM()
}

// exampleFacts reads the facts of an example and the dates that it is about, with a day on each side.
func exampleFacts(z *zone.Zone, x ruleset.Example) (f *Facts, from, to domain.Date, err error) {
	f = &Facts{Employee: exampleID, Employment: []Employment{{From: 1}}, Assignments: []Assignment{{From: 1, Group: exampleID}}}
	var dates []domain.Date
	for i, p := range x.Punches {
		wall, dir, _ := strings.Cut(p, " ")
		if dir == "" {
			dir = string(Auto)
		}
		at, err := exampleTime(z, wall)
		if err != nil {
			return nil, 0, 0, err
		}
		dates = append(dates, z.DateOf(at))
		f.Punches = append(f.Punches, Punch{
			ID: fmt.Sprintf("p%02d", i+1), At: at, Dir: Direction(dir), Position: domain.Seconds(i + 1), Event: fmt.Sprintf("e%02d", i+1),
		})
	}
	slices.SortStableFunc(f.Punches, func(a, b Punch) int { return int(a.At - b.At) })
	for i, a := range x.Approved {
		start, err := exampleTime(z, a.From)
		if err != nil {
			return nil, 0, 0, err
		}
		end, err := exampleTime(z, a.To)
		if err != nil {
			return nil, 0, 0, err
		}
		id := fmt.Sprintf("a%02d", i+1)
		f.Approvals = append(f.Approvals, Approval{Request: id, Kind: a.Kind, From: start, To: end, Settle: a.Settle, Type: a.Type, Event: id})
	}
	for _, s := range slices.Sorted(maps.Keys(x.Roster)) {
		d, err := domain.ParseDate(s)
		if err != nil {
			return nil, 0, 0, err
		}
		dates = append(dates, d)
		f.Roster = append(f.Roster, RosterDay{Date: d, Shift: x.Roster[s]})
	}
	for _, e := range x.Expect {
		d, err := domain.ParseDate(e.Date)
		if err != nil {
			return nil, 0, 0, err
		}
		dates = append(dates, d)
	}
	if len(dates) == 0 {
		return f, 1, 1, nil
	}
	return f, slices.Min(dates) - 1, slices.Max(dates) + 2, nil
}

// exampleTime reads a local time, or one with an offset.
func exampleTime(z *zone.Zone, s string) (domain.Seconds, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return domain.Seconds(t.Unix()), nil
	}
	layout := "2006-01-02T15:04:05"
	if len(s) < len(layout) {
		layout = "2006-01-02T15:04"
	}
	t, err := time.Parse(layout, s)
	if err != nil {
		return 0, fmt.Errorf("time %q: want 2026-10-08T09:05, with seconds or an offset where they matter", s)
	}
	wall := domain.Seconds(t.Unix())
	d := domain.DateOfUnix(wall)
	return z.Start(d, wall-d.Unix()), nil
}
