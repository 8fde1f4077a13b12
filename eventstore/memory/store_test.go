package memory_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/memory"
	"github.com/punchledger/punchledger/eventstore/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) eventstore.Store { return memory.New() })
}

func TestGappyStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) eventstore.Store { return memory.New(memory.Gappy(7)) })
}

func fill(t *testing.T, s *memory.Store, n int) []eventstore.Record {
	t.Helper()
	for i := range n {
		e := eventstore.Event{ID: eventstore.EventID("gate-1", "c", i), Type: "GateOpened", Data: []byte("{}")}
		_, err := s.Append(t.Context(), "gate-1", eventstore.Revision(i), e)
		require.NoError(t, err)
	}
	var out []eventstore.Record
	for r, err := range s.ReadAll(t.Context(), 0) {
		require.NoError(t, err)
		out = append(out, r)
	}
	return out
}

func TestPositionIsTheCursorWithoutGaps(t *testing.T) {
	for i, r := range fill(t, memory.New(), 20) {
		require.Equal(t, eventstore.Cursor(i+1), r.Cursor)
		require.Equal(t, eventstore.Position(i+1), r.Position)
	}
}

func TestGappyCursorsAreSparseAndTheSameForASeed(t *testing.T) {
	got := fill(t, memory.New(memory.Gappy(3)), 50)
	require.Equal(t, got, fill(t, memory.New(memory.Gappy(3)), 50))
	require.NotEqual(t, got, fill(t, memory.New(memory.Gappy(4)), 50))
	var before eventstore.Cursor
	for _, r := range got {
		require.Greater(t, r.Cursor, before)
		require.LessOrEqual(t, r.Cursor, before+50)
		require.Zero(t, r.Position)
		before = r.Cursor
	}
	require.Greater(t, before, eventstore.Cursor(100))
}

func TestBytesChangedByACallerAreFound(t *testing.T) {
	s := memory.New()
	fill(t, s, 3)[1].Data[0] = '['
	var corrupt *eventstore.CorruptError
	n := 0
	for _, err := range s.ReadAll(t.Context(), 0) {
		if err != nil {
			corrupt, _ = errors.AsType[*eventstore.CorruptError](err)
			break
		}
		n++
	}
	require.Equal(t, 1, n)
	require.NotNil(t, corrupt)
	require.Equal(t, eventstore.Cursor(2), corrupt.Cursor)
	require.Equal(t, eventstore.Revision(2), corrupt.Revision)
}
