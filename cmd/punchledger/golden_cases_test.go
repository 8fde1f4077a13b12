package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance/golden"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/projections/payroll"
)

// caseFiles is a golden case as files that the command line takes.
type caseFiles struct {
	run      *golden.Run
	expected json.RawMessage
	rows     map[string]map[string]domain.Seconds
}

// emittedCases returns every case that is supported and evaluated; want chooses among them.
func emittedCases(t *testing.T, want func(i int) bool) []caseFiles {
	t.Helper()
	dir := os.Getenv("PUNCHLEDGER_CASES")
	if dir == "" {
		dir = "../../domain/attendance/testdata/cases"
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.jsonl"))
	require.NoError(t, err)
	var out []caseFiles
	n := 0
	for _, f := range files {
		data, err := os.ReadFile(f)
		require.NoError(t, err)
		cases, err := golden.Read(data)
		if err != nil {
			continue // data beside the cases
		}
		for i := range cases {
			runs, err := golden.Emit(&cases[i])
			require.NoError(t, err)
			for _, r := range runs {
				n++
				if !want(n - 1) {
					continue
				}
				results, err := r.Evaluate()
				require.NoError(t, err)
				out = append(out, caseFiles{r, cases[i].Expected, results.Rows()})
			}
		}
	}
	return out
}

// TestEmittedCasesGiveTheSameFiguresThroughTheCommands writes golden cases as files, publishes their rules, tells their facts and reads
// the rows back. PUNCHLEDGER_EMIT names a folder that keeps the files, and asks for all cases instead of some.
func TestEmittedCasesGiveTheSameFiguresThroughTheCommands(t *testing.T) {
	keep := os.Getenv("PUNCHLEDGER_EMIT")
	every := 10
	if keep != "" {
		every = 1
	}
	cases := emittedCases(t, func(i int) bool { return i%every == 0 })
	require.NotEmpty(t, cases)
	now := time.Date(2099, 12, 31, 12, 0, 0, 0, time.UTC)
	s := shell{t: t, dir: t.TempDir(), now: func() time.Time { return now }}
	s.must("init")
	for _, c := range cases {
		c.write(s)
		if keep != "" {
			require.NoError(t, os.MkdirAll(keep, 0o755))
			require.NoError(t, os.CopyFS(filepath.Join(keep, c.run.ID), os.DirFS(filepath.Join(s.dir, c.run.ID))))
		}
		c.tell(s)
	}
	for _, c := range cases {
		require.Equal(t, clean(c.rows), c.read(s), "rows of %s", c.run.ID)
	}
	fmt.Fprintf(os.Stdout, "cases: %d through the commands\n", len(cases))
}

func (c caseFiles) file(name string) string { return c.run.ID + "/" + name }

// write writes rules, calendars, punches and the figures that are expected.
func (c caseFiles) write(s shell) {
	require.NoError(s.t, os.Mkdir(filepath.Join(s.dir, c.run.ID), 0o755))
	var rules bytes.Buffer
	require.NoError(s.t, json.Indent(&rules, c.run.Document, "", "  "))
	s.write(c.file("rules.json"), rules.Bytes())
	for name, lines := range c.punches() {
		s.write(c.file(name), []byte(strings.Join(lines, "")))
	}
	rows, err := json.MarshalIndent(map[string]any{"expected": c.expected, "rows": clean(c.rows)}, "", "  ")
	require.NoError(s.t, err)
	s.write(c.file("expected.json"), rows)
	for year, y := range c.calendar() {
		file, err := json.MarshalIndent(y, "", "  ")
		require.NoError(s.t, err)
		s.write(c.file(fmt.Sprintf("calendar-%d.json", year)), file)
	}
}

// punches are the lines of the case's clock, and of a second one where two punches are of one second: a clock has one a second.
func (c caseFiles) punches() map[string][]string {
	out := map[string][]string{}
	last := domain.Seconds(-1)
	for _, p := range c.run.Facts.Punches {
		name := "gate.jsonl"
		if p.At == last {
			name = "door.jsonl"
		}
		last = p.At
		at := time.Unix(int64(p.At), 0).UTC().Format(time.RFC3339)
		out[name] = append(out[name], fmt.Sprintf("{\"emp\":%q,\"at\":%q,\"dir\":%q}\n", c.run.ID, at, p.Dir))
	}
	return out
}

// calendar is the case's own calendar, as files of a year.
func (c caseFiles) calendar() map[int]ruleset.CalendarFile {
	out := map[int]ruleset.CalendarFile{}
	if c.run.Calendar == nil || c.run.Calendar.ID != c.run.ID {
		return out
	}
	for year, y := range c.run.Calendar.Years {
		f := ruleset.CalendarFile{
			Calendar: ruleset.CalendarFormat, ID: c.run.ID, Year: year, Source: ruleset.CalendarSource{Title: c.run.ID, Issued: fmt.Sprint(year)},
		}
		for _, d := range y.Days {
			e := ruleset.CalendarEntry{Date: d.Date.String()[5:]}
			switch d.Kind {
			case schedule.Holiday:
				f.Days.Holiday = append(f.Days.Holiday, e)
			case schedule.Rest:
				f.Days.Rest = append(f.Days.Rest, e)
			}
		}
		out[year] = f
	}
	return out
}

// tell publishes the rules and records the facts.
func (c caseFiles) tell(s shell) {
	r := c.run
	s.must("rules", "lint", c.file("rules.json"))
	for year := range c.calendar() {
		s.must("calendars", "publish", c.file(fmt.Sprintf("calendar-%d.json", year)))
	}
	s.must("rules", "publish", c.file("rules.json"), "--from", r.From.String())
	s.must("groups", "add", r.ID)
	s.must("groups", "bind", r.ID, r.ID, "--from", r.From.String())
	if len(r.Facts.Employment) == 0 {
		return
	}
	s.must("people", "add", "--id", r.ID, "--name", "Case", "--group", r.ID, "--hired", r.From.String())
	if len(r.Facts.Roster) > 0 {
		args := []string{"roster", "set", r.ID}
		for i, d := range r.Facts.Roster {
			if i > 0 && d.Date == r.Facts.Roster[i-1].Date {
				args[len(args)-1] += "+" + d.Shift
				continue
			}
			args = append(args, d.Date.String()+"="+d.Shift)
		}
		s.must(args...)
	}
	for _, a := range r.Facts.Approvals {
		s.must("approve", r.ID, a.Kind, wall(r, a.From), wall(r, a.To), "--type", a.Type)
	}
	clocks := c.punches()
	for _, name := range []string{"gate.jsonl", "door.jsonl"} { // in this order, which is that of punches of one second
		lines := clocks[name]
		if len(lines) == 0 {
			continue
		}
		counts := s.imports(c.file(name), "--format", "jsonl", "--device", strings.TrimSuffix(name, ".jsonl")+"_"+r.ID, "--timezone", r.Zone.Name())
		require.Equal(s.t, map[string]int{"accepted": len(lines)}, counts, r.ID)
	}
	s.must("people", "terminate", r.ID, "--last-day", (r.To - 1).String())
}

func wall(r *golden.Run, at domain.Seconds) string {
	d, w := r.Zone.Wall(at)
	return fmt.Sprintf("%sT%02d:%02d", d, w/domain.Hour, w%domain.Hour/domain.Minute)
}

// read asks for the rows of the case.
func (c caseFiles) read(s shell) map[string]map[string]domain.Seconds {
	out := map[string]map[string]domain.Seconds{}
	if len(c.run.Facts.Employment) == 0 {
		return out
	}
	for _, r := range decoded[payroll.Row](s.t, s.must("rows", "-e", c.run.ID, "-o", "json")) {
		date := r.Date.String()
		if out[date] == nil {
			out[date] = map[string]domain.Seconds{}
		}
		out[date][r.Code] += r.Seconds
	}
	return clean(out)
}

// clean leaves out rows without seconds.
func clean(rows map[string]map[string]domain.Seconds) map[string]map[string]domain.Seconds {
	out := map[string]map[string]domain.Seconds{}
	for date, codes := range rows {
		for code, s := range codes {
			if s == 0 {
				continue
			}
			if out[date] == nil {
				out[date] = map[string]domain.Seconds{}
			}
			out[date][code] = s
		}
	}
	return out
}
