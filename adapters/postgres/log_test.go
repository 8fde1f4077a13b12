package postgres_test

import (
	"fmt"
	"iter"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/postgres"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/storetest"
)

// logAddress is that of a log in a schema of that name.
func logAddress(name string) string {
	return fmt.Sprintf("%s&search_path=%s", server.Address("postgres"), name)
}

// openLog opens a log in a schema of that name.
func openLog(tb testing.TB, name string) *postgres.Log {
	tb.Helper()
	l, err := postgres.OpenLog(tb.Context(), postgres.LogOptions{Address: logAddress(name), Create: true})
	require.NoError(tb, err)
	return l
}

func newLog(t *testing.T) *postgres.Log {
	t.Helper()
	l := openLog(t, fmt.Sprintf("log_%d", schemas.Add(1)))
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l
}

func TestLog(t *testing.T) {
	storetest.Run(t, func(t *testing.T) eventstore.Store {
		t.Helper()
		return newLog(t)
	})
}

func TestLogIsDurable(t *testing.T) {
	var mu sync.Mutex
	names := map[string]string{}
	storetest.RunDurable(t, func(t *testing.T, dir string) storetest.Closer {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		if names[dir] == "" {
			names[dir] = fmt.Sprintf("log_%d_%s", schemas.Add(1), filepath.Base(dir))
		}
		return openLog(t, names[dir])
	})
}

func TestAWriterOfAnEarlierEpochWritesNothing(t *testing.T) {
	name := fmt.Sprintf("log_%d", schemas.Add(1))
	l := openLog(t, name)
	defer func() { require.NoError(t, l.Close()) }()
	event := func(n int) eventstore.Event {
		return eventstore.Event{ID: eventstore.EventID("gate-1", "c", n), Type: "GateOpened", Data: []byte("{}")}
	}
	_, err := l.Append(t.Context(), "gate-1", 0, event(0))
	require.NoError(t, err)
	alter(t, server.Address("postgres"), "UPDATE "+name+".epoch SET number = number + 1")
	_, err = l.Append(t.Context(), "gate-1", 1, event(1))
	require.ErrorAs(t, err, new(*postgres.NotWriterError))
	head, err := l.Head(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, head)
	place, err := l.Append(t.Context(), "gate-1", 1, event(1))
	require.NoError(t, err, "it is elected again")
	require.EqualValues(t, 2, place.Position)
}

func TestAnotherProcessDoesNotWriteBesideTheWriter(t *testing.T) {
	name := fmt.Sprintf("log_%d", schemas.Add(1))
	one, two := openLog(t, name), openLog(t, name)
	defer func() { require.NoError(t, two.Close()) }()
	appendTo := func(l *postgres.Log, n int) error {
		e := eventstore.Event{ID: eventstore.EventID("gate-1", "c", n), Type: "GateOpened", Data: []byte("{}")}
		_, err := l.Append(t.Context(), "gate-1", eventstore.Revision(n), e)
		return err
	}
	require.NoError(t, appendTo(one, 0))
	require.ErrorAs(t, appendTo(two, 1), new(*postgres.NotWriterError))
	require.NoError(t, two.Wait(t.Context(), 0), "it reads meanwhile")
	require.NoError(t, one.Close())
	require.ErrorIs(t, appendTo(one, 1), postgres.ErrLogClosed)
	require.NoError(t, appendTo(two, 1), "the writer has gone")
}

func TestARecordThatWasChangedOrRemovedIsCorrupt(t *testing.T) {
	for change, statement := range map[string]string{
		"changed": "UPDATE %s.event SET data = '\\x7b20' WHERE position = 2", "removed": "DELETE FROM %s.event WHERE position = 2",
	} {
		t.Run(change, func(t *testing.T) {
			name := fmt.Sprintf("log_%d", schemas.Add(1))
			l := openLog(t, name)
			defer func() { require.NoError(t, l.Close()) }()
			for n := range 3 {
				e := eventstore.Event{ID: eventstore.EventID("gate-1", "c", n), Type: "GateOpened", Data: []byte("{}")}
				_, err := l.Append(t.Context(), "gate-1", eventstore.Revision(n), e)
				require.NoError(t, err)
			}
			alter(t, server.Address("postgres"), fmt.Sprintf(statement, name))
			for _, records := range []iter.Seq2[eventstore.Record, error]{l.ReadAll(t.Context(), 0), l.ReadStream(t.Context(), "gate-1", 0)} {
				read, failed := 0, error(nil)
				for _, err := range records {
					if err != nil {
						failed = err
						break
					}
					read++
				}
				require.Equal(t, 1, read)
				require.ErrorAs(t, failed, new(*eventstore.CorruptError))
			}
		})
	}
}
