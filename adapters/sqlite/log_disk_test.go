package sqlite_test

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/adapters/sqlite/crashtest"
)

// recorded returns a recorder of a new folder and options of a log in it.
func recorded(t *testing.T) (string, *crashtest.Recorder, sqlite.LogOptions) {
	t.Helper()
	dir := t.TempDir()
	rec, err := crashtest.Record(dir, nil)
	require.NoError(t, err)
	t.Cleanup(rec.Stop)
	return dir, rec, sqlite.LogOptions{Fatal: func(error) {}, GuardEvery: time.Hour}.On(rec)
}

// TestALogWhoseMakingWasCutOffIsOpened ends the process at every operation of a first opening.
func TestALogWhoseMakingWasCutOffIsOpened(t *testing.T) {
	dir, rec, opts := recorded(t)
	l, err := sqlite.OpenLog(ledger(dir), opts)
	require.NoError(t, err)
	require.NoError(t, l.Close())
	m := crashtest.NewDisk(nil)
	journals := 0
	for i, op := range rec.Ops() {
		m.Apply(op)
		image := m.Crash(crashtest.Nothing, nil)
		if image["ledger.db-journal"] != nil && len(image["ledger.db"]) > 0 {
			journals++
		}
		left := t.TempDir()
		require.NoError(t, image.Put(left))
		l, err := sqlite.OpenLog(ledger(left), sqlite.LogOptions{})
		require.NoError(t, err, "after operation %d, %s", i, op)
		append1(t, l, "gate-a", 0, 1)
		require.NoError(t, l.Close())
	}
	require.Positive(t, journals, "states with a journal that has to be rolled back")
}

func TestAFullDiskEndsTheWriterAndLosesNothing(t *testing.T) {
	dir, rec, opts := recorded(t)
	l, err := sqlite.OpenLog(ledger(dir), opts)
	require.NoError(t, err)
	append1(t, l, "gate-a", 0, 3)
	rec.Fail(crashtest.Fault{Kinds: []crashtest.Kind{crashtest.Write}, At: 1, Full: true, Forever: true})
	_, err = l.Append(t.Context(), "gate-a", 3, punch("gate-a", 3))
	failed, ok := errors.AsType[*sqlite.FailedError](err)
	require.True(t, ok, "got %v", err)
	require.ErrorContains(t, failed, "full")
	require.ErrorContains(t, failed, "start again")
	require.ErrorContains(t, l.Close(), "full")

	_, err = sqlite.OpenLog(ledger(dir), opts)
	require.Error(t, err, "the lost head guard or the log cannot be written on a full disk")
	require.Regexp(t, "full|no space", err.Error())
	rec.Fail(crashtest.Fault{})
	l, err = sqlite.OpenLog(ledger(dir), opts)
	require.NoError(t, err)
	require.Len(t, records(t, l), 3)
	append1(t, l, "gate-a", 3, 4)
	require.NoError(t, l.Close())
}

func TestAFailingFsyncIsNamedAndNotTriedAgain(t *testing.T) {
	dir, rec, opts := recorded(t)
	l, err := sqlite.OpenLog(ledger(dir), opts)
	require.NoError(t, err)
	append1(t, l, "gate-a", 0, 3)
	rec.Fail(crashtest.Fault{Kinds: []crashtest.Kind{crashtest.Sync}, At: 1})
	for range 2 {
		_, err = l.Append(t.Context(), "gate-a", 3, punch("gate-a", 3))
		_, ok := errors.AsType[*sqlite.FailedError](err)
		require.True(t, ok, "got %v", err)
		require.ErrorContains(t, err, "I/O error")
	}
	require.Equal(t, 1, rec.Struck())
	require.Error(t, l.Close())
}

// TestAWriteAheadLogIsRenewedBeforeItIsCopied proves the order: written over itself and synced, then copied into the file.
func TestAWriteAheadLogIsRenewedBeforeItIsCopied(t *testing.T) {
	dir, rec, opts := recorded(t)
	l, err := sqlite.OpenLog(ledger(dir), opts)
	require.NoError(t, err)
	append1(t, l, "gate-a", 0, 3)
	after := t.TempDir()
	heir, err := rec.Die(after)
	require.NoError(t, err)
	t.Cleanup(heir.Stop)
	require.NoError(t, l.Close())
	wal, err := os.ReadFile(ledger(after) + "-wal")
	require.NoError(t, err)
	require.NotEmpty(t, wal)

	begin := heir.Len()
	l, err = sqlite.OpenLog(ledger(after), opts.On(heir))
	require.NoError(t, err)
	require.NoError(t, l.Close())
	var changes []crashtest.Op
	for _, op := range heir.Ops()[begin:] {
		if op.Kind == crashtest.Write || op.Kind == crashtest.Sync {
			changes = append(changes, op)
		}
	}
	require.Greater(t, len(changes), 2)
	require.Equal(t, crashtest.Write, changes[0].Kind)
	require.Equal(t, "ledger.db-wal", changes[0].Name)
	require.Equal(t, wal, changes[0].Data)
	require.Equal(t, crashtest.Sync, changes[1].Kind)
	require.Equal(t, "ledger.db-wal", changes[1].Name)
}
