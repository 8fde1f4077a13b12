package attendance_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/zone"
)

// vector is one line of testdata/vectors: a rules document, facts in local times, and what the days must come to.
type vector struct {
	Rules  string `yaml:"rules"`  // id of a pack
	Change string `yaml:"change"` // a line of the pack, and what stands in its place
	To     string `yaml:"to"`
	Moves  []move `yaml:"moves"` // from a date on, other rules or another zone

	ruleset.Example `yaml:",inline"`
	Present         map[string]string `yaml:"present"` // date -> h:mm
	Total           map[string]string `yaml:"total"`   // rows of all days together
}

type move struct {
	From  string `yaml:"from"`
	Rules string `yaml:"rules"`
	Zone  string `yaml:"zone"`
}

// year2027 is far behind every vector, so that all their days are settled.
var year2027 = domain.NewDate(2027, 12, 31)

func zoneOf(t testing.TB, name string) *zone.Zone {
	t.Helper()
	z, err := zone.Embedded().Zone(name)
	require.NoError(t, err)
	return z
}

// pack compiles a shipped ruleset, with texts replaced: pairs of old and new.
func pack(t testing.TB, id string, changes ...string) *ruleset.Rules {
	t.Helper()
	source, ok := ruleset.PackSource(id)
	require.True(t, ok, "no pack %s", id)
	text := string(source)
	for i := 0; i+1 < len(changes) && changes[i] != ""; i += 2 {
		require.Contains(t, text, changes[i])
		text = strings.Replace(text, changes[i], changes[i+1], 1)
	}
	doc, err := ruleset.Parse([]byte(text), id)
	require.NoError(t, err)
	hash, err := ruleset.Hash(doc)
	require.NoError(t, err)
	rules, err := ruleset.Compile(doc, hash)
	require.NoError(t, err)
	return rules
}

// bookOf binds one group of the same name to each of the rules.
func bookOf(t testing.TB, list ...*ruleset.Rules) *attendance.Rulebook {
	t.Helper()
	b := &attendance.Rulebook{
		Groups: map[string][]attendance.Binding{}, Rulesets: map[string][]attendance.Version{}, Zones: zone.Embedded(),
		Calendars: map[string]*schedule.Calendar{}, Sites: map[string]attendance.Site{}, Turned: map[string]domain.Date{}, Engine: "test",
	}
	for _, name := range []string{"UTC", "Asia/Shanghai", "America/Los_Angeles", "Europe/Berlin", "Asia/Tokyo"} {
		b.Turned[name] = year2027
	}
	for _, r := range list {
		id := r.Doc.ID
		b.Groups[id] = []attendance.Binding{{Ruleset: id, From: 1, Event: "bound-" + id}}
		b.Rulesets[id] = append(b.Rulesets[id], attendance.Version{Rules: r, Number: 1, From: 1, Event: "published-" + id})
		if c, ok := ruleset.Calendar(r.Doc.Calendar); ok {
			b.Calendars[c.ID] = c
		}
	}
	return b
}

func date(t testing.TB, s string) domain.Date {
	t.Helper()
	d, err := domain.ParseDate(s)
	require.NoError(t, err)
	return d
}

// instant reads a local time, with an offset if one stands behind it.
func instant(t testing.TB, z *zone.Zone, s string) domain.Seconds {
	t.Helper()
	if at, err := time.Parse(time.RFC3339, s); err == nil {
		return domain.Seconds(at.Unix())
	}
	layout := "2006-01-02T15:04"
	if len(s) > len(layout) {
		layout += ":05"
	}
	at, err := time.Parse(layout, s)
	require.NoError(t, err)
	d := domain.NewDate(at.Date())
	return z.Start(d, domain.Seconds(at.Unix())-d.Unix())
}

func facts(t testing.TB, v *vector, z *zone.Zone) *attendance.Facts {
	t.Helper()
	f := &attendance.Facts{
		Employee: "e1", Employment: []attendance.Employment{{From: 1}},
		Assignments: []attendance.Assignment{{From: 1, Group: v.Rules, Event: "assigned"}},
	}
	for _, m := range v.Moves {
		f.Assignments = append(f.Assignments, attendance.Assignment{From: date(t, m.From), Group: m.Rules, Zone: m.Zone, Event: "moved"})
	}
	for i, p := range v.Punches {
		at, dir, _ := strings.Cut(p, " ")
		if dir == "" {
			dir = "auto"
		}
		f.Punches = append(f.Punches, attendance.Punch{
			ID: fmt.Sprintf("p%02d", i+1), At: instant(t, z, at), Dir: attendance.Direction(dir), Event: fmt.Sprintf("ev%02d", i+1),
			Position: domain.Seconds(i + 1),
		})
	}
	for i, a := range v.Approved {
		f.Approvals = append(f.Approvals, attendance.Approval{
			Request: fmt.Sprintf("r%d", i+1), Kind: a.Kind, From: instant(t, z, a.From), To: instant(t, z, a.To),
			Settle: a.Settle, Type: a.Type, Event: fmt.Sprintf("approved%d", i+1),
		})
	}
	for _, d := range slices.Sorted(maps.Keys(v.Roster)) {
		f.Roster = append(f.Roster, attendance.RosterDay{Date: date(t, d), Shift: v.Roster[d]})
	}
	return f
}

// span of dates that a vector is about, with a day on each side.
func (v *vector) span(t testing.TB) (from, to domain.Date) {
	t.Helper()
	var dates []domain.Date
	for _, p := range v.Punches {
		dates = append(dates, date(t, p[:10]))
	}
	for _, x := range v.Expect {
		dates = append(dates, date(t, x.Date))
	}
	return slices.Min(dates) - 1, slices.Max(dates) + 2
}

func hm(s domain.Seconds) string {
	if s%60 != 0 {
		return fmt.Sprintf("%s:%02d", s.HM(), s%60)
	}
	return s.HM()
}

// outcome collects what a run of days came to: rows by the date they are for.
type outcome struct {
	rows map[string]map[string]domain.Seconds
	days map[string]attendance.Day
}

func run(t testing.TB, v *vector) outcome {
	t.Helper()
	main := pack(t, v.Rules, v.Change, v.To)
	list := []*ruleset.Rules{main}
	for _, m := range v.Moves {
		if m.Rules != v.Rules {
			list = append(list, pack(t, m.Rules))
		}
	}
	out := outcome{map[string]map[string]domain.Seconds{}, map[string]attendance.Day{}}
	from, to := v.span(t)
	book, f := bookOf(t, list...), facts(t, v, zoneOf(t, main.Doc.Timezone))
	carry := attendance.Carry{}
	for d := from; d < to; d++ {
		trace, err := attendance.Explain(book, f, d, carry)
		require.NoError(t, err)
		checkTrace(t, trace)
		require.NoError(t, attendance.Evaluate(book, f, d, d+1, carry, func(day *attendance.Day, next *attendance.Carry) bool {
			require.Equal(t, trace.Day, day.Clone(), "the trace shows another day than the evaluation")
			out.days[d.String()] = day.Clone()
			for _, r := range day.Rows {
				if out.rows[r.Date.String()] == nil {
					out.rows[r.Date.String()] = map[string]domain.Seconds{}
				}
				out.rows[r.Date.String()][r.Code] += r.Seconds
			}
			carry = next.Clone()
			return true
		}))
	}
	return out
}

func checkTrace(t testing.TB, trace *attendance.Trace) {
	t.Helper()
	require.True(t, trace.Balanced, "segments and rows differ on %s: %+v", trace.Day.Date, trace.Sums)
	for i := range trace.Day.Anomalies {
		require.NotEmpty(t, trace.Day.Anomalies[i].Severity, "anomaly %s is not listed", trace.Day.Anomalies[i].ID)
	}
	for _, s := range trace.Steps {
		i := slices.IndexFunc(attendance.Notes, func(n attendance.Note) bool { return n.Code == s.Note })
		require.GreaterOrEqual(t, i, 0, "note %s is not listed", s.Note)
		want := slices.Sorted(slices.Values(attendance.Notes[i].Args))
		require.Equal(t, want, slices.Sorted(maps.Keys(s.Args)), "arguments of note %s", s.Note)
	}
}

func (o outcome) check(t *testing.T, v *vector) {
	t.Helper()
	for _, x := range v.Expect {
		got := map[string]string{}
		for code, s := range o.rows[x.Date] {
			if _, named := x.Rows[code]; named || !strings.HasPrefix(code, "x.") {
				got[code] = hm(s)
			}
		}
		if x.Rows != nil {
			require.Equal(t, x.Rows, got, "rows of %s", x.Date)
		}
		day := o.days[x.Date]
		if x.Late != "" {
			require.Equal(t, x.Late, hm(day.Late), "lateness on %s", x.Date)
		}
		if x.Flags != nil {
			require.ElementsMatch(t, x.Flags, day.Flags, "flags of %s", x.Date)
		}
		if x.Anomalies != nil {
			var keys []string
			for i := range day.Anomalies {
				keys = append(keys, day.Anomalies[i].ID)
			}
			require.ElementsMatch(t, x.Anomalies, keys, "anomalies of %s", x.Date)
		}
	}
	for d, want := range v.Present {
		require.Equal(t, want, hm(o.days[d].Present), "time present on %s", d)
	}
	if v.Total != nil {
		got := map[string]string{}
		sums := map[string]domain.Seconds{}
		for _, rows := range o.rows {
			for code, s := range rows {
				if !strings.HasPrefix(code, "x.") {
					sums[code] += s
					got[code] = hm(sums[code])
				}
			}
		}
		require.Equal(t, v.Total, got, "rows of all days together")
	}
}

func vectors(t testing.TB) []vector {
	t.Helper()
	files, err := filepath.Glob("testdata/vectors/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var all []vector
	for _, f := range files {
		data, err := os.ReadFile(f)
		require.NoError(t, err)
		var list []vector
		require.NoError(t, yaml.UnmarshalWithOptions(data, &list, yaml.Strict()), f)
		all = append(all, list...)
	}
	return all
}

func TestVectors(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Rules+" "+v.ID+" "+v.Title, func(t *testing.T) { run(t, &v).check(t, &v) })
	}
}

func TestPackExamples(t *testing.T) {
	for _, doc := range ruleset.Packs() {
		for _, x := range doc.Examples {
			v := vector{Rules: doc.ID, Example: x}
			t.Run(v.Rules+" "+v.ID+" "+v.Title, func(t *testing.T) { run(t, &v).check(t, &v) })
		}
	}
}
