package sqlite_test

import (
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

var _ = crashtest.Sync
