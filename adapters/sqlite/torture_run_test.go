package sqlite_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite/crashtest"
)

func TestTortureCrashStates(t *testing.T) {
	began := time.Now()
	x := newTorture(t, 0.2)
	require.NoError(t, x.run(*tortureSeed, 2, func() act { return newLogLife(25) }))
	x.tell(t, "log", began)
}

func TestTortureCrashStatesOfViews(t *testing.T) {
	began := time.Now()
	x := newTorture(t, 0.2)
	first := newViewsLives(t)
	require.NoError(t, x.run(*tortureSeed, 2, func() act { return first() }))
	x.tell(t, "log and views", began)
}

// TestTheTortureNoticesAMissingSync lets syncs count for nothing, as if the code forgot them.
func TestTheTortureNoticesAMissingSync(t *testing.T) {
	syncs := func(suffix string) func(crashtest.Op) bool {
		return func(op crashtest.Op) bool { return op.Kind == crashtest.Sync && strings.HasSuffix(op.Name, suffix) }
	}
	for _, c := range []struct {
		name string
		want error
		deaf func(crashtest.Op) bool
	}{
		{"of the write-ahead log before an append is acknowledged", errLost, syncs("-wal")},
		{"of the file before the write-ahead log begins anew", errRefused, syncs(".db")},
		{"of the guard before it is renamed", errRefused, syncs(".tmp")},
		{"of the folder after files were made", errRefused, func(op crashtest.Op) bool { return op.Kind == crashtest.SyncDir }},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := newTorture(t, 0.3)
			x.deaf, x.once, x.only, x.live = c.deaf, c.want, -1, 1
			for seed := uint64(1); seed <= 5 && !x.found(); seed++ {
				require.NoError(t, x.round(seed, newLogLife(25)))
			}
			require.True(t, x.found())
			t.Logf("after %d states: %s", x.tally.states, x.tally.first[0])
		})
	}
}
