package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
)

var everyPosition = flag.Bool("asof.all", false, "compare as-of answers at every position instead of a sample of them")

// An answer as of a position or an instant is what a ledger says that was truncated there. The truncated ledger grows record by
// record and follows with its own views, so what was folded step by step is compared with what is built anew for one question.

// truncated is a ledger that holds the first records of another.
type truncated struct {
	shell
	log     *sqlite.Log
	records []eventstore.Record
	times   []domain.Instant // recorded_at of the records
	held    int
}

// truncate returns an empty copy of the ledger of s, with its keys.
func truncate(t *testing.T, s shell) *truncated {
	t.Helper()
	out := &truncated{shell: shell{t: t, dir: t.TempDir(), now: s.now}}
	require.NoError(t, os.Mkdir(filepath.Join(out.dir, "ledger"), 0o700))
	for _, name := range []string{"ledger/vault.db", "ledger.kek"} {
		b, err := os.ReadFile(filepath.Join(s.dir, name))
		require.NoError(t, err)
		out.write(name, b)
	}
	whole, err := sqlite.OpenReader(filepath.Join(s.dir, "ledger", logFile))
	require.NoError(t, err)
	for rec, err := range whole.ReadAll(t.Context(), 0) {
		require.NoError(t, err)
		meta, err := rec.DecodeMetadata()
		require.NoError(t, err)
		out.records, out.times = append(out.records, rec), append(out.times, meta.RecordedAt)
	}
	require.NoError(t, whole.Close())
	out.log, err = sqlite.OpenLog(filepath.Join(out.dir, "ledger", logFile), sqlite.LogOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, out.log.Close()) })
	return out
}

// grow appends records until the ledger holds n.
func (r *truncated) grow(n int) {
	r.t.Helper()
	for _, rec := range r.records[r.held:n] {
		_, err := r.log.Append(r.t.Context(), rec.Stream, rec.Revision-1, rec.Event)
		require.NoError(r.t, err)
	}
	r.held = n
}

// until returns how many records were recorded up to an instant.
func (r *truncated) until(at domain.Instant) int {
	for i, t := range r.times {
		if t > at {
			return i
		}
	}
	return len(r.times)
}

// moments are as-of values that name the first n records: the position, and instants where no later record has the same time.
func (r *truncated) moments(n int) []string {
	out := []string{fmt.Sprint(n)}
	var at []domain.Instant
	if n > 0 {
		at = append(at, r.times[n-1])
	}
	if n < len(r.times) {
		at = append(at, r.times[n]-1)
	}
	for _, x := range at {
		if r.until(x) == n {
			out = append(out, x.String())
		}
	}
	return out
}

func (s shell) open() *reader {
	s.t.Helper()
	data := filepath.Join(s.dir, "ledger")
	c := &console{ctx: s.t.Context(), cfg: &Config{Data: data, KEK: data + ".kek"}}
	r, err := openReader(c)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { require.NoError(s.t, r.Close()) })
	return r
}

// questions are commands that answer from the ledger alone.
func questions(rules string, people, dates []string) [][]string {
	out := [][]string{
		{"days"},
		{"anomalies", "--min", "info"},
		{"rows"},
		{"people"},
		{"groups"},
		{"rules"},
		{"sites"},
		{"devices"},
		{"presence", "--at", dates[1] + "T02:30:00Z"},
		{"presence", "--at", dates[len(dates)-1] + "T02:30:00Z"},
		{"anomalies", "--grouped", "--min", "info"},
		{"team", dates[0][:7]},
		{"inbox", "--at", dates[1] + "T02:30:00Z"},
		{"days", "--rules", rules},
		{"rows", "--rules", rules + "@1"},
		{"replay", "--rules", rules, "--from", dates[0]},
	}
	for _, e := range people {
		out = append(out, []string{"days", "-e", e}, []string{"rows", "-e", e, "--from", dates[0], "--to", dates[len(dates)-1]})
		out = append(out, []string{"month", e, dates[0][:7]}, []string{"slots", e, "--at", dates[len(dates)-1] + "T10:00:00Z"},
			[]string{"preview", e, "correction", "--at", dates[1] + "T18:00:00+08:00", "--dir", "out", "--why"})
		for _, d := range dates {
			out = append(out, []string{"why", e, d})
		}
	}
	return out
}

// sameAnswers asks the whole ledger as of each moment, and the truncated one as it is.
func sameAnswers(t *testing.T, whole shell, short *truncated, asked [][]string) {
	t.Helper()
	for _, q := range asked {
		code, want, problem := short.run(append(q, "-o", "json")...)
		for _, at := range short.moments(short.held) {
			gotCode, got, gotProblem := whole.run(append(q, "-o", "json", "--as-of", at)...)
			about := fmt.Sprintf("%v as of %s, which is position %d", q, at, short.held)
			require.Equal(t, code, gotCode, "%s: %s%s", about, problem, gotProblem)
			require.Equal(t, problem, gotProblem, about)
			require.True(t, want == got, "%s:\n%s", about, whereTheyPart(want, got))
		}
	}
}

func whereTheyPart(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return "truncated: " + w[i] + "\nas of:     " + g[i]
		}
	}
	return fmt.Sprintf("truncated has %d lines, as of %d", len(w), len(g))
}

// smallOffice writes, by commands, a fortnight in which something is corrected, arrives late, changes its rules or is taken back.
func smallOffice(t *testing.T) shell {
	t.Helper()
	at := time.Date(2026, 10, 11, 23, 0, 0, 0, time.UTC)
	s := shell{t: t, dir: t.TempDir(), now: func() time.Time { return at }}
	on := func(day, hour int) { at = time.Date(2026, 10, day, hour, 0, 0, 0, time.UTC) }
	punches := func(name string, lines ...string) {
		s.write(name, []byte("badge,time,dir\n"+strings.Join(lines, "\n")+"\n"))
		s.imports(name, "--format", "csv", "--device", "gate", "--timezone", "Asia/Shanghai")
	}
	s.must("init", "--tz", "Asia/Shanghai")
	s.must("sites", "add", "hq", "--name", "HQ", "--tz", "Asia/Shanghai")
	s.must("devices", "add", "gate", "--tz", "Asia/Shanghai", "--site", "hq")
	s.must("rules", "publish", "cn-bj-office", "--from", "2026-09-01")
	for _, g := range []string{"office", "store"} {
		s.must("groups", "add", g)
	}
	s.must("groups", "bind", "office", "cn-bj-office", "--from", "2026-09-01")
	s.must("people", "add", "--id", "e1", "--name", "Wang Xiaoming", "--group", "office", "--hired", "2026-10-12", "--badge", "41")
	on(12, 12)
	punches("mon.csv", "41,2026-10-12 08:58:00,in", "41,2026-10-12 18:00:00,out", "42,2026-10-12 09:20:00,in", "42,2026-10-12 18:00:00,out")
	on(13, 3)
	s.must("people", "add", "--id", "e2", "--name", "Zhao Min", "--group", "office", "--hired", "2026-10-12", "--badge", "42")
	s.must("people", "badge", "e1", "43", "--from", "2026-10-13")
	on(13, 12)
	punches("tue.csv", "43,2026-10-13 08:20:00,in", "42,2026-10-13 09:00:00,in", "42,2026-10-13 21:00:00,out")
	on(15, 1)
	forgotten := strings.TrimSpace(s.must("punch", "add", "e1", "2026-10-13T18:00", "out", "--note", "badge left at home"))
	mistaken := strings.TrimSpace(s.must("punch", "add", "e1", "2026-10-14T09:00", "in"))
	s.must("punch", "void", "e1", mistaken)
	s.must("approve", "e2", "overtime", "2026-10-13T18:00", "2026-10-13T21:00")
	s.must("approve", "e1", "leave", "2026-10-14T09:00", "2026-10-14T18:00", "--type", "annual")
	s.must("roster", "set", "e2", "2026-10-15=rest")
	on(16, 12)
	punches("wed.csv", "42,2026-10-14 08:55:00,in", "42,2026-10-14 18:02:00,out") // two days late
	s.must("devices", "fix", "gate", "--from", "2026-10-13T00:00:00+08:00", "--to", "2026-10-14T00:00:00+08:00", "--offset", "40m", "--evidence", "compared")
	s.must("punch", "void", "e1", forgotten, "--reason", "mistake")
	office, _, _ := strings.Cut(s.must("rules", "show", "cn-bj-office"), "\nexamples:\n") // which are of the rules as shipped
	s.write("late.yaml", []byte(strings.Replace(office, "late: {grace: 5m,", "late: {grace: 30m,", 1)+"\n"))
	var report struct{ Replay string }
	require.NoError(t, json.Unmarshal([]byte(s.must("replay", "--rules", "late.yaml", "--from", "2026-10-12", "--record", "-o", "json")), &report))
	s.must("replay", "adopt", report.Replay)
	s.must("rules", "publish", "late.yaml", "--from", "2026-10-12", "--replay", report.Replay)
	on(17, 1)
	s.must("rules", "withdraw", "cn-bj-office", "2", "--reason", "mistake")
	s.must("people", "assign", "e2", "--from", "2026-10-16", "--group", "store")
	s.must("groups", "unbind", "office", "cn-bj-office", "--from", "2026-10-20")
	s.must("people", "terminate", "e1", "--last-day", "2026-10-16")
	on(21, 1)
	s.must("groups", "add", "other")
	return s
}

func TestAsOfIsWhatATruncatedLedgerSays(t *testing.T) {
	t.Parallel()
	whole := smallOffice(t)
	short := truncate(t, whole)
	asked := questions("cn-bj-office", []string{"e1", "e2"}, []string{"2026-10-12", "2026-10-13", "2026-10-14", "2026-10-16"})
	from, here := whole.open(), short.open()
	require.NoError(t, from.catchUp(t.Context(), from.views, nil, nil))
	step := 17
	if *everyPosition {
		step = 1
	}
	for n := 0; n <= len(short.records); n++ {
		if n%step != 0 && n != len(short.records) {
			continue
		}
		short.grow(n)
		sameAnswers(t, whole, short, asked)
		// What a drill and verify ask of views that a server has moved on.
		sum, _, err := from.fingerprintAt(t.Context(), ":memory:", eventstore.Position(n), nil)
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(short.views(here), sum), "position %d", n)
	}
	before := (short.times[0] - 1).String()
	code, out, _ := whole.run("people", "--as-of", before, "-o", "json")
	require.Equal(t, exitDone, code)
	require.Empty(t, out, "before the first event there is nobody")
	require.Equal(t, whole.must("days", "-o", "json"), whole.must("days", "-o", "json", "--as-of", "2100-01-01T00:00:00Z"))
	require.Equal(t, whole.must("days", "-o", "json"), whole.must("days", "-o", "json", "--as-of", fmt.Sprint(len(short.records)+1)))
}

func TestAsOfTheSampleCompanyIsWhatATruncatedLedgerSays(t *testing.T) {
	t.Parallel()
	whole, stories := sampleCompany(t)
	short := truncate(t, whole)
	every := max(len(short.records)/6, 1)
	if *everyPosition {
		every = 1
	}
	from, here := whole.open(), short.open()
	var people, dates []string
	for _, x := range stories.Stories[:3] {
		people, dates = append(people, x.Employee), append(dates, x.Date)
	}
	for n := every / 2; n < len(short.records); n += every {
		short.grow(n)
		want := short.views(here)
		for _, at := range short.moments(n) {
			require.True(t, want == asOf(t, from, at), "as of %s, which is position %d", at, n)
		}
		if n%(3*every) == every/2 { // a few of them through the commands
			sameAnswers(t, whole, short, [][]string{{"people"}, {"groups"}, {"rules"}, {"why", people[0], dates[0]}, {"rows", "-e", people[1]}, {"days", "-e", people[2]}})
		}
	}
}

// views returns the fingerprint and the people of a truncated ledger's own views.
func (r *truncated) views(here *reader) string {
	r.t.Helper()
	require.NoError(r.t, here.catchUp(r.t.Context(), here.views, nil, nil))
	return contentOf(r.t, here, here.views)
}

// asOf returns the same of a whole ledger as of a moment.
func asOf(t *testing.T, r *reader, at string) string {
	t.Helper()
	v := &view{reader: r, window: window{AsOf: at}, views: r.views}
	done, err := v.asOf(t.Context())
	require.NoError(t, err)
	defer done()
	return contentOf(t, r, v.views)
}

func contentOf(t *testing.T, r *reader, views viewStore) string {
	t.Helper()
	sum, _, err := projections.Fingerprint(context.WithoutCancel(t.Context()), views)
	require.NoError(t, err)
	n, err := r.namesOf(t.Context(), views)
	require.NoError(t, err)
	people, err := json.Marshal([]any{n.people, n.byID})
	require.NoError(t, err)
	return sum + string(people)
}
