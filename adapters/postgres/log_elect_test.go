package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/postgres"
	"github.com/punchledger/punchledger/eventstore"
)

// gateOpened is the n-th event of one stream.
func gateOpened(ctx context.Context, l *postgres.Log, n int) error {
	e := eventstore.Event{ID: eventstore.EventID("gate-1", "c", n), Type: "GateOpened", Data: []byte("{}")}
	_, err := l.Append(ctx, "gate-1", eventstore.Revision(n), e)
	return err
}

// endWriter ends the session that holds the lock of a log, and waits until it has ended.
func endWriter(t *testing.T) {
	t.Helper()
	super := connect(t, server.Address("postgres"))
	var ended int
	require.NoError(t, super.QueryRow(t.Context(), `SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND objid = $1::int8::oid`, int64(writerLock)).Scan(&ended))
}

func TestTheElectedWriterSaysWhoItIs(t *testing.T) {
	name := fmt.Sprintf("log_%d", schemas.Add(1))
	one, two := openLog(t, name), openLog(t, name)
	defer func() { require.NoError(t, two.Close()) }()
	_, there, err := two.Writer(t.Context())
	require.NoError(t, err)
	require.False(t, there)

	require.NoError(t, one.Elect(t.Context()))
	require.NoError(t, one.Elect(t.Context()), "it is the writer already")
	require.NoError(t, one.Trouble())
	h, there, err := two.Writer(t.Context())
	require.NoError(t, err)
	require.True(t, there)
	require.Equal(t, os.Getpid(), h.Process)
	require.NotEmpty(t, h.Machine)
	require.NotZero(t, h.Since)
	var taken *postgres.NotWriterError
	require.ErrorAs(t, two.Elect(t.Context()), &taken)
	require.Equal(t, h, taken.Holder)
	require.ErrorAs(t, gateOpened(t.Context(), two, 0), &taken)
	require.Equal(t, h, taken.Holder)

	require.NoError(t, gateOpened(t.Context(), one, 0))
	require.NoError(t, one.Close())
	require.ErrorIs(t, one.Elect(t.Context()), postgres.ErrLogClosed)
	require.NoError(t, two.Elect(t.Context()), "the writer has gone")
	require.NoError(t, gateOpened(t.Context(), two, 1))
}

func TestAnElectedWriterThatAnotherHasFollowedNeverWritesAgain(t *testing.T) {
	name := fmt.Sprintf("log_%d", schemas.Add(1))
	one, two := openLog(t, name), openLog(t, name)
	defer func() { require.NoError(t, errors.Join(one.Close(), two.Close())) }()
	require.NoError(t, one.Elect(t.Context()))
	require.NoError(t, gateOpened(t.Context(), one, 0))
	for {
		endWriter(t)
		if two.Elect(t.Context()) == nil { // the first may have been quicker
			break
		}
	}
	var fenced *postgres.FencedError
	require.ErrorAs(t, one.Fenced(t.Context()), &fenced, "it looks by itself")
	require.ErrorAs(t, gateOpened(t.Context(), one, 1), &fenced)
	require.ErrorAs(t, one.Trouble(), &fenced)
	require.ErrorAs(t, gateOpened(t.Context(), one, 1), &fenced)
	require.Equal(t, os.Getpid(), fenced.Holder.Process)
	require.NoError(t, gateOpened(t.Context(), two, 1))
	require.NoError(t, two.Close())
	require.ErrorAs(t, gateOpened(t.Context(), one, 2), &fenced, "also when that one has gone")
	require.ErrorAs(t, one.Elect(t.Context()), &fenced)
	two = openLog(t, name)
	head, err := two.Head(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 2, head)
}

func TestAnElectedWriterGoesOnWhereItsConnectionWasLostAndNobodyFollowed(t *testing.T) {
	name := fmt.Sprintf("log_%d", schemas.Add(1))
	l := openLog(t, name)
	defer func() { require.NoError(t, l.Close()) }()
	require.NoError(t, l.Elect(t.Context()))
	for n := range 5 {
		for gateOpened(t.Context(), l, n) != nil {
		}
		endWriter(t)
	}
	alter(t, server.Address("postgres"), "UPDATE "+name+".epoch SET number = number + 1")
	for gateOpened(t.Context(), l, 5) != nil {
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, l.Fenced(ctx))
	head, err := l.Head(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 6, head)
}

func TestALogThatIsNotThereIsNotMadeByWhoLooksForIt(t *testing.T) {
	name := fmt.Sprintf("log_%d", schemas.Add(1))
	_, err := postgres.OpenLog(t.Context(), postgres.LogOptions{Address: logAddress(name)})
	require.ErrorAs(t, err, new(*postgres.NoLogError))
	require.NoError(t, openLog(t, name).Close())
	l, err := postgres.OpenLog(t.Context(), postgres.LogOptions{Address: logAddress(name)})
	require.NoError(t, err)
	require.NoError(t, l.Close())
	_, err = postgres.OpenLog(t.Context(), postgres.LogOptions{Address: "postgres://me:secret@127.0.0.1:1/x?connect_timeout=1"})
	var away *postgres.LogUnreachableError
	require.ErrorAs(t, err, &away)
	require.NotContains(t, err.Error(), "secret")
}

func TestALogThatWasLeftIsNotTakenForTheLedgers(t *testing.T) {
	name := fmt.Sprintf("log_%d", schemas.Add(1))
	one, two := openLog(t, name), openLog(t, name)
	defer func() { require.NoError(t, two.Close()) }()
	require.NoError(t, one.Elect(t.Context()))
	require.NoError(t, gateOpened(t.Context(), one, 0))
	require.NoError(t, one.Leave(t.Context(), "elsewhere"))
	require.NoError(t, one.Close())
	var left *postgres.LeftError
	require.ErrorAs(t, two.Elect(t.Context()), &left, "who stood by does not go on with it")
	require.Equal(t, "elsewhere", left.To)
	_, err := postgres.OpenLog(t.Context(), postgres.LogOptions{Address: logAddress(name)})
	require.ErrorAs(t, err, &left)
	three, err := postgres.OpenLog(t.Context(), postgres.LogOptions{Address: logAddress(name), Left: true})
	require.NoError(t, err)
	require.NoError(t, three.Elect(t.Context()))
	require.NoError(t, gateOpened(t.Context(), three, 1))
	require.NoError(t, three.Leave(t.Context(), ""))
	require.NoError(t, three.Close())
	require.NoError(t, two.Elect(t.Context()))
}

func TestALogOfTheFirstFormIsBroughtToThePresentOne(t *testing.T) {
	name := fmt.Sprintf("log_%d", schemas.Add(1))
	l := openLog(t, name)
	require.NoError(t, gateOpened(t.Context(), l, 0))
	require.NoError(t, l.Close())
	alter(t, server.Address("postgres"), fmt.Sprintf(`ALTER TABLE %[1]s.epoch DROP COLUMN writer, DROP COLUMN machine, DROP COLUMN process, DROP COLUMN since, DROP COLUMN moved_to;
DELETE FROM %[1]s.goose_db_version WHERE version_id = 2`, name))
	l, err := postgres.OpenLog(t.Context(), postgres.LogOptions{Address: logAddress(name)})
	require.NoError(t, err)
	require.NoError(t, l.Elect(t.Context()))
	require.NoError(t, gateOpened(t.Context(), l, 1))
	require.NoError(t, l.Close())
}
