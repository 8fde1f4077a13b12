package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/whatif"
)

// newReplayLedger is a ledger in which twelve people came a little late, and a candidate with more grace.
func newReplayLedger(t *testing.T) shell {
	t.Helper()
	s := shell{t: t, dir: t.TempDir(), now: badInputNow}
	s.must("init", "--tz", "Asia/Shanghai")
	s.must("rules", "publish", "cn-bj-office", "--from", "2026-01-01")
	s.must("groups", "add", "office")
	s.must("groups", "bind", "office", "cn-bj-office", "--from", "2026-01-01")
	var people, punches strings.Builder
	people.WriteString("id,name,group,hired\n")
	for i := 1; i <= 12; i++ {
		fmt.Fprintf(&people, "e%d,Name %d,office,2026-10-01\n", i, i)
		for day := 12; day <= 16; day++ {
			fmt.Fprintf(&punches, `{"emp":"e%d","at":"2026-10-%dT09:%02d:00","dir":"in"}`+"\n", i, day, i)
			fmt.Fprintf(&punches, `{"emp":"e%d","at":"2026-10-%dT18:00:00","dir":"out"}`+"\n", i, day)
		}
	}
	s.write("people.csv", []byte(people.String()))
	s.must("people", "import", "people.csv")
	s.write("punches.jsonl", []byte(punches.String()))
	s.must("import", "punches", "punches.jsonl", "--format", "jsonl", "--device", "app", "--timezone", "Asia/Shanghai")
	pack, _ := ruleset.PackSource("cn-bj-office")
	s.write("grace.yaml", bytes.Replace(pack, []byte("grace: 5m"), []byte("grace: 10m"), 1))
	return s
}

// stopping stops a command when it says that it is done with the first person.
type stopping struct {
	stop context.CancelFunc
	said bytes.Buffer
}

func (w *stopping) Write(p []byte) (int, error) {
	if strings.Contains(string(p), "1 of ") {
		w.stop()
	}
	return w.said.Write(p)
}

func TestAReplayThatWasStoppedGoesOn(t *testing.T) {
	s := newReplayLedger(t)
	args := []string{"replay", "--rules", "grace.yaml", "--rules", "flex-open", "--group", "office", "--from", "2026-10-12", "--to", "2026-10-16", "-o", "json"}
	hashes := func(out string) (list []string) {
		var got several
		require.NoError(t, json.Unmarshal([]byte(out), &got))
		for _, d := range got.Candidates {
			require.Equal(t, 12, d.Summary.Persons)
			require.Equal(t, d.ReportHash, d.Hash())
			list = append(list, d.ReportHash)
		}
		return list
	}
	want := hashes(s.must(args...))
	args = append(args, "--resume", "part.jsonl")

	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	messages := &stopping{stop: stop}
	var out bytes.Buffer
	code := run(ctx, invocation{
		Args: append(args, "--progress", "--data", "ledger"), Dir: s.dir, Getenv: func(string) string { return "" },
		In: bytes.NewReader(nil), Out: &out, Err: messages, Now: s.now,
	})
	require.Equal(t, exitUsage, code)
	require.Empty(t, out.String())
	require.Contains(t, messages.said.String(), "stopped after 1 of 12 people")
	require.Contains(t, messages.said.String(), "part.jsonl")
	part := filepath.Join(s.dir, "part.jsonl")
	kept, err := os.ReadFile(part)
	require.NoError(t, err)
	require.Equal(t, 2, bytes.Count(kept, []byte("\n")), "the question and one person")

	t.Run("another question is refused", func(t *testing.T) {
		code, _, messages := s.run("replay", "--rules", "grace.yaml", "--from", "2026-10-12", "--resume", "part.jsonl")
		require.Equal(t, exitUsage, code)
		require.Contains(t, messages, "belongs to another replay")
	})
	t.Run("who is done is not evaluated again, and a line that was cut off is", func(t *testing.T) {
		changed := bytes.Replace(kept, []byte(`"same":`), []byte(`"same":1`), 1)
		require.NotEqual(t, kept, changed)
		s.write("part.jsonl", append(changed, `{"emp":"e10","fou`...))
		require.NotEqual(t, want, hashes(s.must(args...)), "what was kept is in the report")
	})
	s.write("part.jsonl", kept)
	require.Equal(t, want, hashes(s.must(args...)))
	require.NoFileExists(t, part)

	s.write("part.jsonl", kept)
	s.must("people", "add", "--id", "e99", "--name", "Late Comer", "--group", "office", "--hired", "2026-10-01")
	code, _, said := s.run(args...)
	require.Equal(t, exitUsage, code)
	require.Contains(t, said, "the ledger has gone on since")
	_, position, _ := strings.Cut(said, "--as-of ")
	position, _, _ = strings.Cut(position, " ")
	require.Equal(t, want, hashes(s.must(append(args, "--as-of", position)...)))
}

// zoneArchive is an archive of UTC and one zone, which has the clock of another.
func zoneArchive(t *testing.T, zone, clock string) []byte {
	t.Helper()
	source, err := os.ReadFile("../../domain/zone/zoneinfo.zip")
	require.NoError(t, err)
	in, err := zip.NewReader(bytes.NewReader(source), int64(len(source)))
	require.NoError(t, err)
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	for name, from := range map[string]string{"UTC": "UTC", zone: clock} {
		f, err := in.Open(from)
		require.NoError(t, err)
		w, err := out.Create(name)
		require.NoError(t, err)
		_, err = io.Copy(w, f)
		require.NoError(t, err)
	}
	require.NoError(t, out.Close())
	return b.Bytes()
}

func TestOtherZoneDataIsTried(t *testing.T) {
	s := newReplayLedger(t)
	try := func(name, shanghai string) (d replayed) {
		s.write(name, zoneArchive(t, "Asia/Shanghai", shanghai))
		require.NoError(t, json.Unmarshal([]byte(s.must("replay", "--zone", name, "--from", "2026-10-12", "--to", "2026-10-16", "-o", "json")), &d))
		return d
	}
	same := try("2026a.zip", "Asia/Shanghai")
	require.Zero(t, same.Summary.DaysChanged)
	last := same.Header.After[len(same.Header.After)-1]
	require.Equal(t, "zones", last.Kind)
	require.Equal(t, "2026a", last.ID)
	moved := try("2026b.zip", "Asia/Tokyo")
	require.Equal(t, 12, moved.Summary.PersonsChanged, "the morning began an hour earlier")
	require.NotEmpty(t, moved.Days[0].Name)
}

func TestWhoCannotBeEvaluatedDoesNotEndAReplay(t *testing.T) {
	s := newReplayLedger(t)
	s.must("people", "add", "--id", "e13", "--name", "Far Away", "--group", "office", "--hired", "2026-10-01", "--tz", "Europe/Berlin")
	s.write("east.zip", zoneArchive(t, "Asia/Shanghai", "Asia/Tokyo"))
	args := []string{"replay", "--zone", "east.zip", "--rules", "grace.yaml", "--from", "2026-10-12", "--to", "2026-10-16", "-o", "json"}
	code, out, _ := s.run(append(args, "--html", "page.html", "--resume", "part.jsonl")...)
	require.Equal(t, exitNo, code, "a report that is not of everybody")
	s.write("report.json", []byte(out))
	var d whatif.Document
	require.NoError(t, json.Unmarshal([]byte(out), &d))
	require.Equal(t, d.ReportHash, d.Hash())
	require.Equal(t, []whatif.Failure{{
		Emp: "e13", Side: whatif.After, Code: "unknown_tz", Args: map[string]string{"tz": "Europe/Berlin"}, Reason: "unknown_tz: tz Europe/Berlin",
	}}, d.Failures)
	require.Equal(t, [3]int{12, 1, 12}, [3]int{d.Summary.Persons, d.Summary.PersonsFailed, d.Summary.PersonsChanged})
	page, err := os.ReadFile(filepath.Join(s.dir, "page.html"))
	require.NoError(t, err)
	require.Contains(t, string(page), "1 people could not be evaluated")
	require.Contains(t, string(page), "<code>unknown_tz</code>")

	t.Run("show names them, and a report for representatives only their number", func(t *testing.T) {
		code, _, messages := s.run("replay", "show", "report.json")
		require.Zero(t, code)
		require.Contains(t, messages, "e13, under the candidate: The time zone is not known")
		_, _, messages = s.run("replay", "show", "report.json", "--collective")
		require.Contains(t, messages, "1 people could not be evaluated")
		require.NotContains(t, messages, "e13")
	})
	t.Run("the others are counted as they are without them", func(t *testing.T) {
		var alone whatif.Document
		rest := append([]string{}, args...)
		for i := 1; i <= 12; i++ {
			rest = append(rest, "-e", fmt.Sprint("e", i))
		}
		require.NoError(t, json.Unmarshal([]byte(s.must(rest...)), &alone))
		d.Failures, d.Summary.PersonsFailed = nil, 0
		require.Equal(t, alone.Report, d.Report)
	})
}

func TestAReportHasBothComputationsOfItsFirstDays(t *testing.T) {
	s := newReplayLedger(t)
	try := []string{"replay", "--rules", "grace.yaml", "--from", "2026-10-12", "--to", "2026-10-16", "--traces", "7", "--html", "page.html", "-o", "json"}
	s.write("report.json", []byte(s.must(try...)))
	first, err := os.ReadFile(filepath.Join(s.dir, "page.html"))
	require.NoError(t, err)
	require.Equal(t, 7, strings.Count(string(first), "<details>"))
	require.Contains(t, string(first), "The first 7 of them open")
	require.Contains(t, string(first), "this lateness is forgiven")

	var d whatif.Document
	data, err := os.ReadFile(filepath.Join(s.dir, "report.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(data, &d))
	for _, day := range d.Days[:7] {
		shown := s.must("replay", "show", "report.json", day.Emp, day.Date.String())
		why := s.must("why", day.Emp, day.Date.String(), "--diff", "grace.yaml", "--from", "2026-10-12")
		_, shown, _ = strings.Cut(shown, "\n") // the first line of why has the name
		_, why, _ = strings.Cut(why, "\n")
		require.Equal(t, why, shown)
	}
	code, _, messages := s.run("replay", "show", "report.json", d.Days[7].Emp, d.Days[7].Date.String())
	require.Equal(t, exitUsage, code)
	require.Contains(t, messages, "punchledger why "+d.Days[7].Emp+" "+d.Days[7].Date.String()+" --diff grace.yaml --from 2026-10-12")
	s.must("replay", "show", "report.json", "--html", "again.html")
	again, err := os.ReadFile(filepath.Join(s.dir, "again.html"))
	require.NoError(t, err)
	require.Equal(t, string(first), string(again))

	out := s.must("replay", "--rules", "cn-bj-office", "--from", "2026-10-12", "--to", "2026-10-16", "-o", "json")
	require.Contains(t, out, `"days": []`)
	require.NotContains(t, out, "null")
	out = s.must(append(try, "--collective")...)
	require.NotContains(t, out, "traces")
	require.Equal(t, d.ReportHash, func() string {
		var few whatif.Document
		require.NoError(t, json.Unmarshal([]byte(out), &few))
		return few.ReportHash
	}())
}
