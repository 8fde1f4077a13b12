package main

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAServerStandsByWhileAnotherWrites says who writes, and takes over when that one ends, killed or stopped.
func TestAServerStandsByWhileAnotherWrites(t *testing.T) {
	f := newFleet(t, 2, 1)
	p := f.clients[0]
	body := `{"at":"2026-10-20T08:00","dir":"in","reason":"forgotten"}`
	one, two := f.nodes[0], f.nodes[1]
	one.start()
	require.Same(t, one, f.leader())
	two.start()
	two.await("Standing by: process")
	status, problem := two.get("/readyz")
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Contains(t, problem, `"code":"log_written_by"`)
	require.Contains(t, problem, fmt.Sprintf(`"process":"%d"`, one.cmd.Process.Pid))
	status, _ = two.get("/livez")
	require.Equal(t, http.StatusOK, status)
	_, err := two.enter(t.Context(), p, body, "k1")
	require.ErrorIs(t, err, errElsewhere)

	first, err := one.enter(t.Context(), p, body, "k1")
	require.NoError(t, err)
	one.kill()
	require.Same(t, two, f.leader())
	second, err := two.enter(t.Context(), p, body, "k1")
	require.NoError(t, err)
	require.True(t, second.Repeated)
	require.Equal(t, first.Position, second.Position, "the next writer knows what the last one has stored")
	one.start()
	one.await("Standing by: process")
	two.stop()
	require.Same(t, one, f.leader())

	f.endSession()
	_, err = f.insist(p, body, "k2")
	require.NoError(t, err, "its connection was lost, and nobody followed")
	one.stop()
}
