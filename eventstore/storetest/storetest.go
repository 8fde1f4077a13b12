// Package storetest is the contract of eventstore.Store as tests. Every adapter runs it; a promise that has no test here is none.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/eventstore"
)

// Run proves that the stores which open returns keep the promises of eventstore.Store. Every case opens a store of its own,
// which must be empty; open closes it in t.Cleanup where it has to be closed.
func Run(t *testing.T, open func(t *testing.T) eventstore.Store) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, eventstore.Store)
	}{
		{"an empty store has no records", testEmptyStore},
		{"an unknown stream is an empty one", testUnknownStream},
		{"an append returns the place of its last event", testPlace},
		{"an append at another revision is a conflict and changes nothing", testConflict},
		{"repeating an append returns its first result", testRepeat},
		{"an append that matches in part is a conflict", testPartialRepeat},
		{"an append is all or none", testAllOrNone},
		{"an append above the limit is refused", testTooLarge},
		{"an append without events returns the end of the stream", testAppendNothing},
		{"an append whose context has ended changes nothing", testAppendCancelled},
		{"a stream is read after a revision", testReadStream},
		{"the log is read after a cursor", testReadAll},
		{"a read that is left early can be begun again", testLeaveEarly},
		{"a read ends with its context", testReadCancelled},
		{"records come back byte for byte", testBytes},
		{"commitments are those of the stored bytes", testCommitments},
		{"many streams are kept apart", testManyStreams},
		{"a wait ends at an append", testWait},
		{"a wait ends with its context", testWaitCancelled},
		{"of appends at one revision exactly one wins", testRace},
		{"the same append sent at once by many is stored once", testRepeatAtOnce},
		{"random appends are those of a simple model", testModel},
		{"appends in order are stored in the order in which they were built", testInOrder},
		{"a store that reads backwards reads the same records", testBackward},
		{"a follower sees every record once and in order", testFollow},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// patience is how long a case waits for what must happen; only a failing case ever waits that long.
const patience = 60 * time.Second

// event returns the n-th event of a stream that a case writes.
func event(stream string, n int) eventstore.Event {
	return eventstore.Event{
		ID:       eventstore.EventID(stream, "command", n),
		Type:     "GateOpened",
		Metadata: fmt.Appendf(nil, `{"schema":1,"n":%d}`, n),
		Data:     fmt.Appendf(nil, `{"stream":%q,"n":%d}`, stream, n),
	}
}

// run returns events from to to-1 of a stream.
func run(stream string, from, to int) []eventstore.Event {
	var out []eventstore.Event
	for n := from; n < to; n++ {
		out = append(out, event(stream, n))
	}
	return out
}

// must appends events from to to-1 of a stream at revision from.
func must(t *testing.T, s eventstore.Store, stream string, from, to int) eventstore.Place {
	t.Helper()
	p, err := s.Append(t.Context(), stream, eventstore.Revision(from), run(stream, from, to)...)
	require.NoError(t, err)
	return p
}

func collect(t *testing.T, seq iter.Seq2[eventstore.Record, error]) []eventstore.Record {
	t.Helper()
	var out []eventstore.Record
	for r, err := range seq {
		require.NoError(t, err)
		out = append(out, r)
	}
	return out
}

func all(t *testing.T, s eventstore.Store) []eventstore.Record {
	t.Helper()
	return collect(t, s.ReadAll(t.Context(), 0))
}

func requireConflict(t *testing.T, err error, want eventstore.ConflictError) {
	t.Helper()
	got, ok := errors.AsType[*eventstore.ConflictError](err)
	require.True(t, ok, "got %v", err)
	require.Equal(t, want, *got)
}

// requireSound checks what every reading of a whole log must show: growing cursors, positions dense or unknown, revisions
// of each stream from 1 without a gap, and commitments of the bytes.
func requireSound(t *testing.T, records []eventstore.Record) {
	t.Helper()
	var before eventstore.Cursor
	revisions := map[string]eventstore.Revision{}
	for i, r := range records {
		require.Greater(t, r.Cursor, before, "record %d", i)
		before = r.Cursor
		if r.Position != 0 {
			require.Equal(t, eventstore.Position(i+1), r.Position)
		}
		revisions[r.Stream]++
		require.Equal(t, revisions[r.Stream], r.Revision, "record %d of %s", i, r.Stream)
		require.Equal(t, eventstore.Commit(r.Stream, r.Revision, r.Event), r.Commitment)
	}
}

func limited(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}
