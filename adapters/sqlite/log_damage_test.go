package sqlite_test

import (
	"errors"
	"iter"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/eventstore"
)

// until reads up to the first error.
func until(seq iter.Seq2[eventstore.Record, error]) (n int, err error) {
	for _, err = range seq {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func TestDamagedRecordsAreNamed(t *testing.T) {
	for _, c := range []struct {
		name, statement string
		want            eventstore.CorruptError
	}{
		{
			"a byte of its data flipped", "UPDATE events SET data = CAST(replace(CAST(data AS TEXT), 'p-7', 'p-8') AS BLOB) WHERE cursor = 8",
			eventstore.CorruptError{Cursor: 8, Stream: "gate-a", Revision: 8},
		},
		{
			"its metadata emptied", "UPDATE events SET metadata = x'' WHERE cursor = 8",
			eventstore.CorruptError{Cursor: 8, Stream: "gate-a", Revision: 8},
		},
		{
			"its type changed", "UPDATE events SET type = 'PunchRejected' WHERE cursor = 8",
			eventstore.CorruptError{Cursor: 8, Stream: "gate-a", Revision: 8},
		},
		{
			"its id cut", "UPDATE events SET event_id = x'00' WHERE cursor = 8",
			eventstore.CorruptError{Cursor: 8, Stream: "gate-a", Revision: 8},
		},
		{
			"its commitment changed", "UPDATE events SET commitment = zeroblob(33) WHERE cursor = 8",
			eventstore.CorruptError{Cursor: 8, Stream: "gate-a", Revision: 8},
		},
		{
			"its stream renamed", "UPDATE streams SET name = 'gate-z'",
			eventstore.CorruptError{Cursor: 1, Stream: "gate-z", Revision: 1},
		},
		{
			"its stream gone", "DELETE FROM streams",
			eventstore.CorruptError{Cursor: 1, Revision: 1},
		},
		{
			"itself deleted", "DELETE FROM events WHERE cursor = 8",
			eventstore.CorruptError{Cursor: 8},
		},
		{
			"its place changed", "UPDATE events SET cursor = 100 WHERE cursor = 8",
			eventstore.CorruptError{Cursor: 8},
		},
	} {
		t.Run("a record with "+c.name, func(t *testing.T) {
			dir := t.TempDir()
			l := open(t, dir)
			append1(t, l, "gate-a", 0, 10)
			require.NoError(t, l.Close())
			alter(t, ledger(dir), "PRAGMA foreign_keys = OFF; "+c.statement)
			n, err := until(open(t, dir).ReadAll(t.Context(), 0))
			got, ok := errors.AsType[*eventstore.CorruptError](err)
			require.True(t, ok, "got %v", err)
			require.Equal(t, int(c.want.Cursor)-1, n, "the records before it are read")
			c.want.Problem = got.Problem
			require.NotEmpty(t, got.Problem)
			require.Equal(t, c.want, *got)
		})
	}
}

func TestADamagedRecordEndsTheReadOfItsStream(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	append1(t, l, "gate-a", 0, 5)
	append1(t, l, "gate-b", 0, 5)
	require.NoError(t, l.Close())
	alter(t, ledger(dir), "DELETE FROM events WHERE cursor = 8")
	l = open(t, dir)
	n, err := until(l.ReadStream(t.Context(), "gate-a", 0))
	require.NoError(t, err)
	require.Equal(t, 5, n)
	n, err = until(l.ReadStream(t.Context(), "gate-b", 0))
	require.Equal(t, 2, n)
	got, ok := errors.AsType[*eventstore.CorruptError](err)
	require.True(t, ok, "got %v", err)
	require.Equal(t, "gate-b", got.Stream)
	require.Equal(t, eventstore.Revision(3), got.Revision)
}

func TestADamagedPageIsNamedWithTheLastGoodRecord(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	append1(t, l, "gate-a", 0, 400)
	require.NoError(t, l.Close())
	b, err := os.ReadFile(ledger(dir))
	require.NoError(t, err)
	const pageSize = 4096
	for i := pageSize * (len(b) / pageSize / 2); i < len(b)-4*pageSize; i++ {
		b[i] = 0xa5
	}
	require.NoError(t, os.WriteFile(ledger(dir), b, 0o600))
	r, err := sqlite.OpenReader(ledger(dir))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	n, err := until(r.ReadAll(t.Context(), 0))
	got, ok := errors.AsType[*eventstore.CorruptError](err)
	require.True(t, ok, "got %v", err)
	require.Positive(t, n)
	require.Equal(t, eventstore.Cursor(n+1), got.Cursor)
	require.Contains(t, got.Problem, "the last good record is")
}

func TestAnUnexpectedErrorStopsTheWriterForGood(t *testing.T) {
	dir := t.TempDir()
	var reported []error
	l, err := sqlite.OpenLog(ledger(dir), sqlite.LogOptions{Fatal: func(err error) { reported = append(reported, err) }})
	require.NoError(t, err)
	append1(t, l, "gate-a", 0, 3)
	alter(t, ledger(dir), "CREATE TRIGGER broken BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'the disk is on fire'); END")
	for range 2 {
		_, err = l.Append(t.Context(), "gate-a", 3, punch("gate-a", 3))
		failed, ok := errors.AsType[*sqlite.FailedError](err)
		require.True(t, ok, "got %v", err)
		require.Equal(t, ledger(dir), failed.Path)
		require.ErrorContains(t, err, "the disk is on fire")
		alter(t, ledger(dir), "DROP TRIGGER IF EXISTS broken") // nothing is tried again even if it could succeed
	}
	require.Len(t, reported, 1)
	require.Len(t, records(t, l), 3, "what was durable can still be read")
	require.Error(t, l.Close())
	require.Len(t, records(t, open(t, dir)), 3)
}
