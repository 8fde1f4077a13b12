package main

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAConnectionThatSaysNothingDoesNotKeepAServer(t *testing.T) {
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	l, err := listen(ctx, dir)
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- answerCommands(ctx, l, nil) }()
	var dialer net.Dialer
	silent, err := dialer.DialContext(t.Context(), "unix", socketPath(dir))
	require.NoError(t, err)
	defer silent.Close()
	_, err = silent.Write([]byte(`{"args":`)) // and never the rest
	require.NoError(t, err)
	stop()
	require.NoError(t, l.Close())
	select {
	case err := <-ended:
		require.NoError(t, err)
	case <-time.After(lineWithin / 2):
		t.Fatal("the server waits for a caller that says nothing")
	}
}

func TestIDsOfARepeatedRequestAreTheSame(t *testing.T) {
	w := &writer{newID: func() string { return "drawn" }}
	require.Equal(t, "drawn", w.repeatable("").newID())
	first, again, other := w.repeatable("r1"), w.repeatable("r1"), w.repeatable("r2")
	seen := map[string]bool{}
	again.commandID("site-a") // a step more does not shift the steps on other streams
	for range 3 {
		id, command := first.newID(), first.commandID("employee-e1")
		require.Equal(t, id, again.newID())
		require.Equal(t, command, again.commandID("employee-e1"))
		for _, id := range []string{id, command, other.newID(), other.commandID("employee-e1")} {
			require.False(t, seen[id])
			seen[id] = true
		}
	}
}
