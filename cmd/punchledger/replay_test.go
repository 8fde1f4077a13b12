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

// stopping stops a command when it has said for the nth time how far it is.
type stopping struct {
	stop context.CancelFunc
	said bytes.Buffer
}

func (w *stopping) Write(p []byte) (int, error) {
	if strings.Contains(string(p), " of 12 people") {
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

func TestOtherZoneDataIsTried(t *testing.T) {
	s := newReplayLedger(t)
	source, err := os.ReadFile("../../domain/zone/zoneinfo.zip")
	require.NoError(t, err)
	archive := func(shanghai string) []byte {
		in, err := zip.NewReader(bytes.NewReader(source), int64(len(source)))
		require.NoError(t, err)
		var b bytes.Buffer
		out := zip.NewWriter(&b)
		for _, name := range []string{"UTC", "Asia/Shanghai"} {
			from := name
			if name == "Asia/Shanghai" {
				from = shanghai
			}
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
	try := func(name, shanghai string) (d replayed) {
		s.write(name, archive(shanghai))
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
