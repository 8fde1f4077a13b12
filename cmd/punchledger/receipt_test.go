package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// stopAfter ends a command when it has printed so many lines.
type stopAfter struct {
	bytes.Buffer
	left int
	stop func()
}

func (s *stopAfter) Write(p []byte) (int, error) {
	if s.left -= bytes.Count(p, []byte("\n")); s.left <= 0 {
		s.stop()
	}
	return s.Buffer.Write(p)
}

// TestACommandThatIsInterruptedIsCompletedByItsRequestID ends commands of several steps after each of their receipts and runs them again.
func TestACommandThatIsInterruptedIsCompletedByItsRequestID(t *testing.T) {
	for _, command := range [][]string{
		{"rules", "publish", "de-by-plant", "--from", "2026-01-01"},
		{"sites", "add", "munich", "--name", "M", "--tz", "Europe/Berlin", "--calendar", "de-by"},
		{"roster", "set", "e1", "2027-03-01=rest", "2027-03-02=rest", "2027-04-01=rest"},
	} {
		t.Run(strings.Join(command[:2], " "), func(t *testing.T) {
			steps := 1
			for step := 1; step <= steps; step++ {
				s := newShell(t)
				s.must("rules", "publish", "flex-open", "--from", "2026-01-01")
				s.must("groups", "add", "all")
				s.must("groups", "bind", "all", "flex-open", "--from", "2026-01-01")
				s.must("people", "add", "--id", "e1", "--name", "Wang", "--group", "all", "--hired", "2026-01-01")
				args := append(command, "--request-id", "r1", "--receipts", "--data", "ledger")
				ctx, stop := context.WithCancel(t.Context())
				out := &stopAfter{left: step, stop: stop}
				run(ctx, invocation{Args: args, Dir: s.dir, Getenv: func(string) string { return "" }, In: eof{}, Out: out, Err: &bytes.Buffer{}})
				stop()
				said := strings.Count(out.String(), `{"receipt":`)
				require.GreaterOrEqual(t, said, step)
				again := s.must(args[:len(args)-2]...) // run names the folder
				require.True(t, strings.HasSuffix(again, s.must(args[:len(args)-2]...)), "it says the same once more: %s", again)
				steps = max(steps, strings.Count(s.must(args[:len(args)-2]...), `{"receipt":`), said)
				s.must("verify")
			}
		})
	}
}

// TestReceiptsNameWhatIsDurable compares the receipts of an import with the log.
func TestReceiptsNameWhatIsDurable(t *testing.T) {
	s := newShell(t)
	s.must("rules", "publish", "flex-open", "--from", "2026-01-01")
	s.must("groups", "add", "all")
	s.must("groups", "bind", "all", "flex-open", "--from", "2026-01-01")
	s.must("people", "add", "--id", "e1", "--name", "Wang", "--group", "all", "--hired", "2026-01-01", "--badge", "1")
	var file bytes.Buffer
	for n := range 50 {
		fmt.Fprintf(&file, "%d\t2026-0%d-13 08:%02d:10\t1\t0\t1\t0\n", 1+n%2, 1+n%3, n)
	}
	s.write("clock.dat", file.Bytes())
	command := []string{"import", "punches", "clock.dat", "--format", "attlog", "--layout", "usb", "--device", "gate", "--timezone", "UTC"}
	out := s.must(append(command, "--receipts", "-o", "json")...)
	log := map[string]printed{}
	d := json.NewDecoder(strings.NewReader(s.must("log", "tail", "-n", "1000", "-o", "json")))
	for d.More() {
		var e printed
		require.NoError(t, d.Decode(&e))
		log[e.ID] = e
	}
	lines := map[int]bool{}
	types := map[string]int{}
	for line := range strings.Lines(out) {
		var said struct {
			Receipt *receipt `json:"receipt"`
		}
		if json.Unmarshal([]byte(line), &said) != nil || said.Receipt == nil {
			continue // the report
		}
		r := said.Receipt
		for i, id := range r.EventIDs {
			back := len(r.EventIDs) - 1 - i
			require.Equal(t, int(r.Position), int(log[id].Position)+back, "%+v", r)
			require.Equal(t, r.Events[i], log[id].Type)
			require.Equal(t, r.Stream, log[id].Stream)
			types[log[id].Type]++
		}
		for _, n := range r.Lines {
			lines[n] = true
		}
	}
	require.Equal(t, map[string]int{"DeviceEnrolled": 1, "PunchAccepted": 25, "PunchQuarantined": 25, "ImportBatchRecorded": 1}, types)
	require.Len(t, lines, 50)
}

func TestAListOfPeopleThatIsInterruptedIsCompletedByRunningItAgain(t *testing.T) {
	const receipts = 4 // two people with a badge each
	for step := 1; step <= receipts; step++ {
		s := newShell(t)
		s.must("rules", "publish", "flex-open", "--from", "2026-01-01")
		s.must("groups", "add", "all")
		s.must("groups", "bind", "all", "flex-open", "--from", "2026-01-01")
		s.write("people.csv", []byte("name,group,hired,badge\nA,all,2026-01-01,1\nB,all,2026-01-01,2\n"))
		args := []string{"people", "import", "people.csv", "--receipts"}
		ctx, stop := context.WithCancel(t.Context())
		out := &stopAfter{left: step, stop: stop}
		run(ctx, invocation{Args: append(args, "--data", "ledger"), Dir: s.dir, Getenv: func(string) string { return "" }, In: eof{}, Out: out, Err: &bytes.Buffer{}})
		stop()
		before := strings.Count(out.String(), `{"receipt":`)
		again := s.must(args...)
		require.Equal(t, receipts, before+strings.Count(again, `{"receipt":`), "after %d: %s", step, again)
		require.NotContains(t, s.must(args...), `{"receipt":`)
		require.Equal(t, 2, strings.Count(s.must("people", "-o", "json"), `"emp":`))
		s.must("verify")
	}
}
