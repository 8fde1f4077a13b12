package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/ruleset"
)

// besideServer serves a ledger until the test ends.
func besideServer(t *testing.T, s shell) {
	t.Helper()
	messages := &addressed{url: make(chan string, 1)}
	ctx, stop := context.WithCancel(context.Background()) //nolint:usetesting // it ends before the test does
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, invocation{
			Args: []string{"serve", "--listen", "127.0.0.1:0", "--data", "ledger"}, Dir: s.dir, Getenv: func(string) string { return "" },
			In: eof{}, Out: &bytes.Buffer{}, Err: messages, Now: s.now,
		})
	}()
	t.Cleanup(func() {
		stop()
		require.Equal(t, exitDone, <-ended, messages.String())
	})
	select {
	case <-messages.url:
	case code := <-ended:
		ended <- code
		require.FailNow(t, "the server did not start", "%d %s", code, messages)
	}
}

func TestBesideAServerAReplayIsEvaluatedOnceAndRecordedThere(t *testing.T) {
	s := newReplayLedger(t)
	pack, _ := ruleset.PackSource("cn-bj-office")
	s.write("office.yaml", bytes.Replace(pack, []byte("max_accuracy: 150m"), []byte("max_accuracy: 100m"), 1))
	besideServer(t, s)
	code, out, messages := s.run("replay", "--rules", "office.yaml", "--from", "2026-10-12", "--record", "--progress", "--html", "page.html", "-o", "json")
	require.Equal(t, exitDone, code, messages)
	require.Equal(t, 1, strings.Count(messages, " of 12 people"), messages)
	var r replayed
	require.NoError(t, json.Unmarshal([]byte(out), &r), "one document: %s", out)
	require.NotEmpty(t, r.Replay)
	require.FileExists(t, s.dir+"/page.html")

	code, _, messages = s.run("replay", "adopt", r.Replay)
	require.Equal(t, exitDone, code, messages)
	require.Equal(t, 1, strings.Count(messages, "Nothing that the report depends on"), messages)
	s.must("rules", "publish", "office.yaml", "--from", "2026-10-12", "--replay", r.Replay)
	code, out, messages = s.run("rules", "undo", "cn-bj-office@2")
	require.Equal(t, exitDone, code, messages)
	require.Equal(t, 1, strings.Count(messages, "cn-bj-office version 1 is published again"), out+messages)
}

func TestNothingIsRecordedForACallerWhoHasGone(t *testing.T) {
	s := newReplayLedger(t)
	gone, leave := context.WithCancel(t.Context())
	leave()
	var messages bytes.Buffer
	c := newConsole(t.Context(), invocation{
		Args: []string{"replay", "--rules", "grace.yaml", "--from", "2026-10-12", "--record", "--data", "ledger"}, Dir: s.dir,
		Getenv: func(string) string { return "" }, In: eof{}, Out: &messages, Err: &messages, Now: s.now,
	}, nil)
	c.asked = gone
	require.Equal(t, exitUsage, c.exitCode(c.execute()), messages.String())
	require.NotContains(t, s.must("log", "stats"), "ReplayRequested")
}
