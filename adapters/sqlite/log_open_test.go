package sqlite_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/eventstore"
)

// append1 appends n events of one stream, one by one.
func append1(t *testing.T, l *sqlite.Log, stream string, from, to int) eventstore.Place {
	t.Helper()
	var p eventstore.Place
	for n := from; n < to; n++ {
		var err error
		p, err = l.Append(t.Context(), stream, eventstore.Revision(n), punch(stream, n))
		require.NoError(t, err)
	}
	return p
}

func ledger(dir string) string { return filepath.Join(dir, "ledger.db") }

func TestASecondWriterIsRefused(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	_, err := sqlite.OpenLog(ledger(dir), sqlite.LogOptions{})
	locked, ok := errors.AsType[*sqlite.LockedError](err)
	require.True(t, ok, "got %v", err)
	require.Equal(t, os.Getpid(), locked.PID)
	require.WithinDuration(t, time.Now(), locked.Since, time.Minute)
	require.ErrorContains(t, err, "the ledger in "+dir+" is being written by process")
	append1(t, l, "gate-a", 0, 1)

	require.NoError(t, l.Close())
	append1(t, open(t, dir), "gate-a", 1, 2)
}

func TestGuardFollowsTheLog(t *testing.T) {
	dir := t.TempDir()
	l, err := sqlite.OpenLog(ledger(dir), sqlite.LogOptions{GuardEvery: time.Millisecond})
	require.NoError(t, err)
	read := func() (g struct {
		Cursor     eventstore.Cursor     `json:"cursor"`
		Commitment eventstore.Commitment `json:"commitment"`
	},
	) {
		text, err := os.ReadFile(filepath.Join(dir, "ledger.head"))
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &g))
		return g
	}
	require.Zero(t, read().Cursor)
	p := append1(t, l, "gate-a", 0, 5)
	require.Eventually(t, func() bool { return read().Cursor == 5 }, time.Minute, time.Millisecond, "while the log is open")
	require.Equal(t, p.Commitment, read().Commitment)
	p = append1(t, l, "gate-a", 5, 7)
	require.NoError(t, l.Close())
	require.Equal(t, p.Cursor, read().Cursor)
	require.Equal(t, p.Commitment, read().Commitment)
}

func TestALogBehindItsGuardIsNotOpened(t *testing.T) {
	for _, c := range []struct {
		name, want string
		damage     func(t *testing.T, path string)
	}{
		{"its last record is gone", "the ledger ends at record 9", func(t *testing.T, path string) {
			t.Helper()
			alter(t, path, "DELETE FROM events WHERE cursor = 10")
		}},
		{"all records are gone", "the ledger ends at record 0", func(t *testing.T, path string) {
			t.Helper()
			alter(t, path, "DELETE FROM events")
		}},
		{"its last record is another one", "has another commitment", func(t *testing.T, path string) {
			t.Helper()
			alter(t, path, "UPDATE events SET commitment = (SELECT commitment FROM events WHERE cursor = 9) WHERE cursor = 10")
		}},
		{"the file is gone", "missing or empty", func(t *testing.T, path string) {
			t.Helper()
			require.NoError(t, os.Remove(path))
		}},
		{"the file is empty", "missing or empty", func(t *testing.T, path string) {
			t.Helper()
			require.NoError(t, os.Truncate(path, 0))
		}},
	} {
		t.Run("when "+c.name, func(t *testing.T) {
			dir := t.TempDir()
			l := open(t, dir)
			append1(t, l, "gate-a", 0, 10)
			require.NoError(t, l.Close())
			c.damage(t, ledger(dir))
			_, err := sqlite.OpenReader(ledger(dir))
			require.Error(t, err)
			_, err = sqlite.OpenLog(ledger(dir), sqlite.LogOptions{})
			behind, ok := errors.AsType[*sqlite.GuardError](err)
			require.True(t, ok, "got %v", err)
			require.Equal(t, eventstore.Cursor(10), behind.Cursor)
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, "restore the newest backup")

			// The way out that the message names.
			require.NoError(t, os.Remove(filepath.Join(dir, "ledger.head")))
			open(t, dir)
		})
	}
}

func TestADamagedGuardIsNamed(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, open(t, dir).Close())
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ledger.head"), []byte("{"), 0o600))
	_, err := sqlite.OpenLog(ledger(dir), sqlite.LogOptions{})
	require.ErrorContains(t, err, "is damaged")
}

// copyFiles copies the files of a ledger, as a crash leaves them, while it is open.
func copyFiles(t *testing.T, from, to string, names ...string) {
	t.Helper()
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join(from, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(to, name), b, 0o600))
	}
}

func TestAWriteAheadLogCutByOneBadByteIsNoticedAndKept(t *testing.T) {
	dir, crashed := t.TempDir(), t.TempDir()
	l, err := sqlite.OpenLog(ledger(dir), sqlite.LogOptions{GuardEvery: time.Millisecond})
	require.NoError(t, err)
	append1(t, l, "gate-a", 0, 20)
	require.Eventually(t, func() bool {
		text, err := os.ReadFile(filepath.Join(dir, "ledger.head"))
		return err == nil && string(text[:12]) == `{"cursor":20`
	}, time.Minute, time.Millisecond)
	copyFiles(t, dir, crashed, "ledger.db", "ledger.db-wal", "ledger.head")
	require.NoError(t, l.Close())

	wal := filepath.Join(crashed, "ledger.db-wal")
	whole, err := os.ReadFile(wal)
	require.NoError(t, err)
	damaged := append([]byte(nil), whole...)
	damaged[len(damaged)/2] ^= 1
	require.NoError(t, os.WriteFile(wal, damaged, 0o600))
	for range 2 {
		_, err = sqlite.OpenLog(ledger(crashed), sqlite.LogOptions{})
		var behind *sqlite.GuardError
		require.ErrorAs(t, err, &behind)
		after, err := os.ReadFile(wal)
		require.NoError(t, err)
		require.True(t, string(damaged) == string(after), "a refused log is left as it is")
	}

	require.NoError(t, os.WriteFile(wal, whole, 0o600))
	require.NoError(t, os.Remove(ledger(crashed)+"-shm"))
	require.Len(t, records(t, open(t, crashed)), 20)
}

func records(t *testing.T, l *sqlite.Log) []eventstore.Record {
	t.Helper()
	var out []eventstore.Record
	for r, err := range l.ReadAll(t.Context(), 0) {
		require.NoError(t, err)
		out = append(out, r)
	}
	return out
}

func TestFilesThatAreNoLedgerAreRefused(t *testing.T) {
	opened := func(path string) []error {
		_, writing := sqlite.OpenLog(path, sqlite.LogOptions{})
		_, reading := sqlite.OpenReader(path)
		return []error{writing, reading}
	}
	t.Run("a newer format", func(t *testing.T) {
		dir := t.TempDir()
		require.NoError(t, open(t, dir).Close())
		alter(t, ledger(dir), "PRAGMA user_version = 2")
		for _, err := range opened(ledger(dir)) {
			newer, ok := errors.AsType[*sqlite.NewerFileError](err)
			require.True(t, ok, "got %v", err)
			require.Equal(t, sqlite.NewerFileError{Path: ledger(dir), Version: 2, Known: 1}, *newer)
		}
	})
	t.Run("another application's database", func(t *testing.T) {
		path := ledger(t.TempDir())
		alter(t, path, "CREATE TABLE notes (text TEXT)")
		for _, err := range opened(path) {
			foreign, ok := errors.AsType[*sqlite.ForeignFileError](err)
			require.True(t, ok, "got %v", err)
			require.Equal(t, path, foreign.Path)
		}
	})
	t.Run("no database at all", func(t *testing.T) {
		path := ledger(t.TempDir())
		require.NoError(t, os.WriteFile(path, []byte("Dear diary, today the clock was late again."), 0o600))
		for _, err := range opened(path) {
			_, ok := errors.AsType[*sqlite.ForeignFileError](err)
			require.True(t, ok, "got %v", err)
		}
	})
	t.Run("nothing to read", func(t *testing.T) {
		path := ledger(t.TempDir())
		_, err := sqlite.OpenReader(path)
		require.ErrorIs(t, err, fs.ErrNotExist)
		_, err = os.Stat(path)
		require.ErrorIs(t, err, fs.ErrNotExist, "a reader creates nothing")
	})
	t.Run("no folder", func(t *testing.T) {
		_, err := sqlite.OpenLog(filepath.Join(t.TempDir(), "nowhere", "ledger.db"), sqlite.LogOptions{})
		require.ErrorIs(t, err, fs.ErrNotExist)
	})
}

func TestAClosedLogRefusesEverything(t *testing.T) {
	l := open(t, t.TempDir())
	append1(t, l, "gate-a", 0, 1)
	waited := make(chan error)
	go func() { waited <- l.Wait(t.Context(), 1) }()
	require.NoError(t, l.Close())
	require.NoError(t, l.Close())
	require.ErrorIs(t, <-waited, sqlite.ErrClosed)
	_, err := l.Append(t.Context(), "gate-a", 1, punch("gate-a", 1))
	require.ErrorIs(t, err, sqlite.ErrClosed)
	for _, err := range l.ReadAll(t.Context(), 0) {
		require.ErrorIs(t, err, sqlite.ErrClosed)
	}
}
