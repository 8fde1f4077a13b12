package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/storetest"
)

// open returns a log in dir that must never fail.
func open(t testing.TB, dir string) *sqlite.Log {
	t.Helper()
	l, err := sqlite.OpenLog(filepath.Join(dir, "ledger.db"), sqlite.LogOptions{Fatal: func(err error) { t.Error(err) }})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l
}

func TestLog(t *testing.T) {
	storetest.Run(t, func(t *testing.T) eventstore.Store {
		t.Helper()
		return open(t, t.TempDir())
	})
}

func TestLogIsDurable(t *testing.T) {
	storetest.RunDurable(t, func(t *testing.T, dir string) storetest.Closer {
		t.Helper()
		return open(t, dir)
	})
}
