package storetest

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/eventstore"
)

func testPlace(t *testing.T, s eventstore.Store) {
	first := must(t, s, "gate-a", 0, 1)
	second := must(t, s, "gate-b", 0, 3)
	third := must(t, s, "gate-a", 1, 3)
	records := all(t, s)
	require.Len(t, records, 6)
	for i, p := range map[int]eventstore.Place{0: first, 3: second, 5: third} {
		r := records[i]
		require.Equal(t, r.Revision, p.Revision)
		require.Equal(t, r.Cursor, p.Cursor)
		require.Equal(t, r.Position, p.Position)
		require.Equal(t, r.Commitment, p.Commitment)
		require.False(t, p.Repeated)
	}
}

func testConflict(t *testing.T, s eventstore.Store) {
	_, err := s.Append(t.Context(), "gate-a", 1, event("gate-a", 7))
	requireConflict(t, err, eventstore.ConflictError{Stream: "gate-a", Expected: 1, Actual: 0})
	must(t, s, "gate-a", 0, 3)
	before := all(t, s)
	for _, expected := range []eventstore.Revision{0, 1, 2, 4, 1 << 40, 1<<64 - 1} {
		_, err := s.Append(t.Context(), "gate-a", expected, event("gate-a", 7))
		requireConflict(t, err, eventstore.ConflictError{Stream: "gate-a", Expected: expected, Actual: 3})
	}
	require.Equal(t, before, all(t, s))
	must(t, s, "gate-a", 3, 4)
}

func testRepeat(t *testing.T, s eventstore.Store) {
	must(t, s, "gate-a", 0, 2)
	first := must(t, s, "gate-a", 2, 5)
	want := first
	want.Repeated = true
	require.Equal(t, want, must(t, s, "gate-a", 2, 5), "at the end of the stream")

	must(t, s, "gate-b", 0, 4)
	must(t, s, "gate-a", 5, 9)
	before := all(t, s)
	require.Equal(t, want, must(t, s, "gate-a", 2, 5), "after further appends")
	require.Equal(t, before, all(t, s))
}

func testPartialRepeat(t *testing.T, s eventstore.Store) {
	must(t, s, "gate-a", 0, 3)
	before := all(t, s)
	other := event("gate-a", 99)
	for name, c := range map[string]struct {
		expected eventstore.Revision
		events   []eventstore.Event
	}{
		"one more event than is stored":   {1, run("gate-a", 1, 4)},
		"another event at the end":        {1, []eventstore.Event{event("gate-a", 1), other}},
		"another event at the beginning":  {1, []eventstore.Event{other, event("gate-a", 2)}},
		"the same events in other order":  {1, []eventstore.Event{event("gate-a", 2), event("gate-a", 1)}},
		"the same events one place later": {2, run("gate-a", 1, 2)},
		"the same events at the end":      {4, run("gate-a", 1, 2)},
	} {
		_, err := s.Append(t.Context(), "gate-a", c.expected, c.events...)
		require.Error(t, err, name)
		requireConflict(t, err, eventstore.ConflictError{Stream: "gate-a", Expected: c.expected, Actual: 3})
	}
	require.Equal(t, before, all(t, s))
}

func testAllOrNone(t *testing.T, s eventstore.Store) {
	must(t, s, "gate-a", 0, 1)
	_, err := s.Append(t.Context(), "gate-a", 0, run("gate-a", 10, 20)...)
	require.Error(t, err)
	require.Len(t, all(t, s), 1)
	must(t, s, "gate-a", 1, 101)
	records := all(t, s)
	require.Len(t, records, 101)
	requireSound(t, records)
}

func testTooLarge(t *testing.T, s eventstore.Store) {
	e := event("gate-a", 0)
	e.Data = bytes.Repeat([]byte("x"), eventstore.MaxAppendBytes-len(e.Type)-len(e.Metadata)+1)
	_, err := s.Append(t.Context(), "gate-a", 0, e)
	got, ok := errors.AsType[*eventstore.TooLargeError](err)
	require.True(t, ok, "got %v", err)
	require.Equal(t, eventstore.TooLargeError{Stream: "gate-a", Bytes: eventstore.MaxAppendBytes + 1}, *got)
	require.Empty(t, all(t, s))

	half := event("gate-a", 1)
	half.Data = bytes.Repeat([]byte("y"), eventstore.MaxAppendBytes/2)
	_, err = s.Append(t.Context(), "gate-a", 0, half, half)
	_, ok = errors.AsType[*eventstore.TooLargeError](err)
	require.True(t, ok, "the events of an append count together: %v", err)
	require.Empty(t, all(t, s))

	e.Data = e.Data[1:]
	_, err = s.Append(t.Context(), "gate-a", 0, e)
	require.NoError(t, err, "the limit itself is allowed")
	require.Len(t, all(t, s), 1)
}

func testAppendNothing(t *testing.T, s eventstore.Store) {
	p, err := s.Append(t.Context(), "gate-a", 0)
	require.NoError(t, err)
	require.Zero(t, p)
	last := must(t, s, "gate-a", 0, 3)
	must(t, s, "gate-b", 0, 1)
	before := all(t, s)
	for _, expected := range []eventstore.Revision{3, 0, 9} {
		p, err = s.Append(t.Context(), "gate-a", expected)
		require.NoError(t, err)
		require.Equal(t, last, p)
	}
	require.Equal(t, before, all(t, s))
}

func testAppendCancelled(t *testing.T, s eventstore.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Append(ctx, "gate-a", 0, event("gate-a", 0))
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, all(t, s))
	must(t, s, "gate-a", 0, 1)
}
