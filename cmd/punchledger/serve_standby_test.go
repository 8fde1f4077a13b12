package main

import (
	"fmt"
	"net/http"
	"strings"
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

// TestAServerOutlivesAnAbsenceOfTheDatabaseOfItsLog says what is missing, and goes on when it is back.
func TestAServerOutlivesAnAbsenceOfTheDatabaseOfItsLog(t *testing.T) {
	f := newFleet(t, 1, 1)
	p, one := f.clients[0], f.nodes[0]
	body := `{"at":"2026-10-20T08:00","dir":"in","reason":"forgotten"}`
	one.start()
	require.Same(t, one, f.leader())
	_, err := one.enter(t.Context(), p, body, "k1")
	require.NoError(t, err)

	f.shut(true)
	_, err = one.enter(t.Context(), p, body, "k2")
	require.ErrorIs(t, err, errElsewhere, "%s", one.said)
	one.until(func() bool {
		status, problem := one.get("/readyz")
		return status == http.StatusServiceUnavailable && strings.Contains(problem, `"code":"log_unreachable"`)
	})
	one.await("cannot be reached")
	f.shut(false)
	require.Same(t, one, f.leader())
	second, err := f.insist(p, body, "k2")
	require.NoError(t, err)
	third, err := one.enter(t.Context(), p, body, "k2")
	require.NoError(t, err)
	require.Equal(t, second.Position, third.Position)
	one.stop()
}
