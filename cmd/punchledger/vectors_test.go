package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/payroll"
)

// vector is a vector of domain/attendance, or an example of a shipped pack.
type vector struct {
	Rules  string       `yaml:"rules"`
	Change string       `yaml:"change"`
	To     string       `yaml:"to"`
	Moves  []reassigned `yaml:"moves"`

	ruleset.Example `yaml:",inline"`
	Present         map[string]string `yaml:"present"`
	Total           map[string]string `yaml:"total"`
}

// reassigned puts a person into other rules or another zone from a date on.
type reassigned struct {
	From  string `yaml:"from"`
	Rules string `yaml:"rules"`
	Zone  string `yaml:"zone"`
}

// readVectors returns all vectors by the document they are read under: the pack, and a change of it.
func readVectors(t *testing.T) map[string][]vector {
	t.Helper()
	files, err := filepath.Glob("../../domain/attendance/testdata/vectors/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	out := map[string][]vector{}
	for _, f := range files {
		data, err := os.ReadFile(f)
		require.NoError(t, err)
		var list []vector
		require.NoError(t, yaml.UnmarshalWithOptions(data, &list, yaml.Strict()), f)
		for _, v := range list {
			document := v.Rules
			if v.Change != "" {
				document += " with " + v.To
			}
			out[document] = append(out[document], v)
		}
	}
	for _, doc := range ruleset.Packs() {
		for _, x := range doc.Examples {
			x.ID = "example_" + x.ID
			out[doc.ID] = append(out[doc.ID], vector{Rules: doc.ID, Example: x})
		}
	}
	return out
}

// TestVectors writes every vector and every example through the commands that a user has, one ledger for each document, and
// reads it back from the views, under the rules that govern and under the file, and as an explanation in both languages. None is
// left out: a vector that commands cannot express fails.
func TestVectors(t *testing.T) {
	documents := readVectors(t)
	for _, document := range slices.Sorted(maps.Keys(documents)) {
		t.Run(document, func(t *testing.T) {
			t.Parallel()
			l := newVectorLedger(t, documents[document])
			for _, v := range l.vectors {
				t.Run(v.ID, func(t *testing.T) { l.check(t, v) })
			}
		})
	}
}

// vectorLedger is a ledger with a person for each vector.
type vectorLedger struct {
	shell
	vectors []vector
	doc     *ruleset.Document
	seen    []seen
}

func newVectorLedger(t *testing.T, vectors []vector) *vectorLedger {
	t.Helper()
	l := &vectorLedger{vectors: vectors}
	now := time.Date(2027, 12, 31, 12, 0, 0, 0, time.UTC) // all days of the vectors are over
	l.shell = shell{t: t, dir: t.TempDir(), now: func() time.Time { return now }}
	l.must("init")
	first := vectors[0]
	source, ok := ruleset.PackSource(first.Rules)
	require.True(t, ok, first.Rules)
	text := string(source)
	if first.Change != "" {
		require.Contains(t, text, first.Change)
		text = strings.Replace(text, first.Change, first.To, 1)
		text, _, _ = strings.Cut(text, "\nexamples:\n") // which are of the rules as shipped
		text += "\n"
	}
	l.write("rules.yaml", []byte(text))
	var err error
	l.doc, err = ruleset.Parse([]byte(text), "rules.yaml")
	require.NoError(t, err)
	l.govern(l.doc.ID, "rules.yaml")
	for _, v := range vectors {
		for _, m := range v.Moves {
			if code, _, _ := l.run("groups", "bind", m.Rules, m.Rules, "--from", "2026-06-01"); code != exitDone && m.Rules != l.doc.ID {
				l.govern(m.Rules, m.Rules)
			}
		}
		l.tell(v)
	}
	l.seen = []seen{l.look(""), l.look("rules.yaml"), l.look(l.doc.ID + "@1")}
	return l
}

// govern publishes rules and binds a group of the same name.
func (l *vectorLedger) govern(id, rules string) {
	l.must("rules", "publish", rules, "--from", "2026-01-01")
	l.must("groups", "add", id)
	l.must("groups", "bind", id, id, "--from", "2026-01-01")
}

// subject is the id of a vector's employee.
func subject(v vector) string { return "e_" + strings.ToLower(v.ID) }

// tell writes the facts of a vector.
func (l *vectorLedger) tell(v vector) {
	emp := subject(v)
	l.must("people", "add", "--id", emp, "--name", "Person "+v.ID, "--group", l.doc.ID, "--hired", v.first(l.t).String())
	for _, m := range v.Moves {
		l.must("people", "assign", emp, "--from", m.From, "--group", m.Rules, "--tz", m.Zone)
	}
	for _, date := range slices.Sorted(maps.Keys(v.Roster)) {
		l.must("roster", "set", emp, date+"="+v.Roster[date])
	}
	for _, a := range v.Approved {
		args := []string{"approve", emp, a.Kind, a.From, a.To}
		if a.Type != "" {
			args = append(args, "--type", a.Type)
		}
		if a.Settle != "" {
			args = append(args, "--settle", a.Settle)
		}
		l.must(args...)
	}
	var file strings.Builder
	for _, p := range v.Punches {
		at, dir, _ := strings.Cut(p, " ")
		if len(at) == len("2026-10-08T08:50") {
			at += ":00"
		}
		if dir == "" {
			dir = "auto"
		}
		fmt.Fprintf(&file, "{\"emp\":%q,\"at\":%q,\"dir\":%q}\n", emp, at, dir)
	}
	if file.Len() == 0 {
		return
	}
	l.write("punches.jsonl", []byte(file.String()))
	counts := l.imports("punches.jsonl", "--format", "jsonl", "--device", "gate", "--timezone", l.doc.Timezone)
	require.Equal(l.t, map[string]int{"accepted": len(v.Punches)}, counts, v.ID)
}

// first is the first date that a vector is about, less some days of which nothing is known.
func (v vector) first(t testing.TB) domain.Date {
	t.Helper()
	dates := slices.Sorted(maps.Keys(v.Roster))
	for _, p := range v.Punches {
		dates = append(dates, p[:10])
	}
	for _, x := range v.Expect {
		dates = append(dates, x.Date)
	}
	d, err := domain.ParseDate(slices.Min(dates))
	require.NoError(t, err)
	return d - 3
}

// check compares a vector with the views, and its dates with their explanations.
func (l *vectorLedger) check(t *testing.T, v vector) {
	t.Helper()
	for _, seen := range l.seen {
		moved := slices.ContainsFunc(v.Moves, func(m reassigned) bool { return m.Rules != v.Rules })
		if seen.rules == "" || !moved { // one document cannot stand for two
			seen.compare(t, v)
		}
	}
	s := *l
	s.t = t
	for _, x := range v.Expect {
		s.explained(v, x.Date)
	}
}

// seen is what the three views show of everybody, under the rules that govern or under a file.
type seen struct {
	rules  string
	rows   map[string]map[string]domain.Seconds // by employee and date, then code
	total  map[string]map[string]domain.Seconds // by employee, then code
	days   map[string]attendance.Day            // by employee and date
	raised map[string][]string                  // by employee and date
}

func (l *vectorLedger) look(rules string) seen {
	out := seen{
		rules: rules, rows: map[string]map[string]domain.Seconds{}, total: map[string]map[string]domain.Seconds{},
		days: map[string]attendance.Day{}, raised: map[string][]string{},
	}
	ask := func(view string) string {
		args := []string{view, "-o", "json"}
		if view == "anomalies" {
			args = append(args, "--min", "info")
		}
		if rules != "" {
			args = append(args, "--rules", rules)
		}
		return l.must(args...)
	}
	add := func(to map[string]map[string]domain.Seconds, key, code string, s domain.Seconds) {
		if to[key] == nil {
			to[key] = map[string]domain.Seconds{}
		}
		to[key][code] += s
	}
	for _, r := range decoded[payroll.Row](l.t, ask("rows")) {
		add(out.rows, r.Employee+" "+r.Date.String(), r.Code, r.Seconds)
		add(out.total, r.Employee, r.Code, r.Seconds)
	}
	for _, d := range decoded[attendance.Day](l.t, ask("days")) {
		out.days[d.Employee+" "+d.Date.String()] = d
	}
	for _, a := range decoded[anomaly.Row](l.t, ask("anomalies")) {
		key := a.Employee + " " + a.Date.String()
		out.raised[key] = append(out.raised[key], a.ID)
	}
	return out
}

// decoded reads JSON lines.
func decoded[T any](t testing.TB, text string) []T {
	t.Helper()
	var out []T
	for d := json.NewDecoder(strings.NewReader(text)); ; {
		var v T
		err := d.Decode(&v)
		if err == io.EOF {
			return out
		}
		require.NoError(t, err)
		out = append(out, v)
	}
}

func hm(s domain.Seconds) string {
	if s%60 != 0 {
		return fmt.Sprintf("%s:%02d", s.HM(), s%60)
	}
	return s.HM()
}

// compare holds what was seen against what a vector expects.
func (s seen) compare(t *testing.T, v vector) {
	t.Helper()
	emp := subject(v)
	for _, x := range v.Expect {
		key, about := emp+" "+x.Date, fmt.Sprintf("%s %s under %q", v.ID, x.Date, s.rules)
		if x.Rows != nil {
			require.Equal(t, x.Rows, figures(s.rows[key], x.Rows), "rows of %s", about)
		}
		if x.Late != "" {
			require.Equal(t, x.Late, hm(s.days[key].Late), "lateness of %s", about)
		}
		if x.Flags != nil {
			require.ElementsMatch(t, x.Flags, s.days[key].Flags, "flags of %s", about)
		}
		if x.Anomalies != nil {
			require.ElementsMatch(t, x.Anomalies, s.raised[key], "anomalies of %s", about)
		}
	}
	for date, present := range v.Present {
		require.Equal(t, present, hm(s.days[emp+" "+date].Present), "presence of %s %s under %q", v.ID, date, s.rules)
	}
	for code, want := range v.Total {
		require.Equal(t, want, hm(s.total[emp][code]), "total of %s %s under %q", v.ID, code, s.rules)
	}
}

// figures are the rows of a date that a vector speaks of: all but the informative ones that it does not name.
func figures(rows map[string]domain.Seconds, want map[string]string) map[string]string {
	got := map[string]string{}
	for code, s := range rows {
		if _, named := want[code]; named || !strings.HasPrefix(code, "x.") {
			got[code] = hm(s)
		}
	}
	return got
}

// codes are those of notes, which texts stand for.
var codes = func() map[string]bool {
	out := map[string]bool{}
	for _, n := range attendance.Notes {
		out[n.Code] = true
	}
	return out
}()

// rawKey finds a key of the catalogue that has no text.
var rawKey = regexp.MustCompile(`\b(cli|labels|notes|anomalies|reasons|paycodes|errors|stages|found)\.[a-z_]+`)

// explained checks the explanation of a date: figures that sum up, recomputed to the same hashes, and told in both languages.
func (l *vectorLedger) explained(v vector, date string) {
	t := l.t
	var why struct {
		attendance.Trace
		Match bool `json:"match"`
	}
	require.NoError(t, json.Unmarshal([]byte(l.must("why", subject(v), date, "-o", "json")), &why))
	require.True(t, why.Match, "%s %s: the hashes of the explanation are those of the view", v.ID, date)
	require.True(t, why.Balanced, "%s %s", v.ID, date)
	summed, timed := map[string]domain.Seconds{}, map[string]domain.Seconds{}
	for _, s := range why.Day.Segments {
		for _, code := range append([]string{s.Base}, s.Premiums...) {
			summed[code] += s.To - s.From
		}
	}
	for _, r := range why.Day.Rows {
		if len(r.Segments) > 0 && r.Class != "bank" { // a bank counts the same stretches a second time
			timed[r.Code] += r.Seconds
		}
	}
	for _, s := range why.Sums {
		timed[s.Code] -= s.Rounding
	}
	for code, s := range timed {
		if s != 0 {
			require.Equal(t, hm(summed[code]), hm(s), "segments of %s on %s sum to its row", code, date)
		}
	}
	told := map[string]string{}
	for _, lang := range []string{"en", "zh"} {
		story := l.must("why", subject(v), date, "--lang", lang)
		require.Empty(t, rawKey.FindAllString(story, -1), "%s %s in %s\n%s", v.ID, date, lang, story)
		for word := range strings.FieldsSeq(story) {
			require.False(t, strings.Contains(word, ".") && codes[word], "%s %s in %s tells %s", v.ID, date, lang, word)
		}
		require.NotContains(t, story, "%!", "%s %s in %s", v.ID, date, lang)
		told[lang] = story
	}
	require.NotEqual(t, told["en"], told["zh"])
}
