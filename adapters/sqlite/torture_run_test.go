package sqlite_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite/crashtest"
)

func TestTortureCrashStates(t *testing.T) {
	var sum tally
	t.Run("of the log", func(t *testing.T) {
		began, x := time.Now(), newTorture(t, 0.06, 0.4)
		require.NoError(t, x.run(*tortureSeed, 2, func() act { return newLogLife(25) }))
		x.tell(t, began, &sum)
	})
	t.Run("of views beside their log", func(t *testing.T) {
		began, x, first := time.Now(), newTorture(t, 0.02, 0.3), newViewsLives(t)
		require.NoError(t, x.run(*tortureSeed, 2, func() act { return first() }))
		x.tell(t, began, &sum)
	})
	t.Run("of the log on a failing disk", func(t *testing.T) {
		began, x := time.Now(), newTorture(t, 1, 0.15)
		require.NoError(t, x.failAll(*tortureSeed, stride(19), func() act { return newLogLife(6) }))
		x.tell(t, began, &sum)
	})
	t.Run("of views on a failing disk", func(t *testing.T) {
		began, x, first := time.Now(), newTorture(t, 1, 0.15), newViewsLives(t)
		require.NoError(t, x.failAll(*tortureSeed, stride(301), func() act { return first() }))
		x.tell(t, began, &sum)
	})
	fmt.Printf("crash states: %d tried, acknowledged lost %d, doubled %d, wrong reads %d, refused %d, seed %d\n",
		sum.states, sum.lost, sum.doubled, sum.wrong, sum.refused, *tortureSeed)
}

// stride is how many operations lie between two that fail: few in a long run.
func stride(slice int) int {
	if *tortureFor > 0 {
		return 7
	}
	return slice
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
			x := newTorture(t, 0.3, 0)
			x.deaf, x.once, x.only, x.live = c.deaf, c.want, -1, 1
			for seed := uint64(1); seed <= 5 && !x.found(); seed++ {
				require.NoError(t, x.round(seed, newLogLife(25)))
			}
			require.True(t, x.found())
			t.Logf("after %d states: %s", x.tally.states, x.tally.first[0])
		})
	}
}
