// Package eventstore is the log of the ledger: its port, its records, their commitments and the codec of their events.
//
// It knows no word of attendance. Adapters implement Store; storetest proves that they keep its promises.
package eventstore

import (
	"context"
	"fmt"
	"iter"

	"github.com/google/uuid"
)

// Revision is the place of an event in its stream, from 1. As an expected revision, 0 means that the stream has none yet.
type Revision uint64

// Position is the dense number of an event among the ledger's own events, from 1, counted alike by every follower.
type Position uint64

// Cursor is the backend's own place of an event: it grows, may have gaps, and 0 is before the first event.
// It lives only in calls of Store and in checkpoints.
type Cursor uint64

// Event is what Append stores: bytes that are never encoded again.
type Event struct {
	ID       uuid.UUID
	Type     string
	Metadata []byte // one JSON object: Metadata
	Data     []byte // JSON
}

// Record is a stored event with its envelope. Position is 0 unless the backend or Number has counted it.
type Record struct {
	Event
	Stream     string
	Revision   Revision
	Cursor     Cursor
	Position   Position
	Commitment Commitment
}

// Place is where an append ended: revision, cursor and commitment of its last event. Position is 0 where the backend
// does not count; Repeated says that the same append had been made before and this is its first result.
type Place struct {
	Revision   Revision
	Cursor     Cursor
	Position   Position
	Commitment Commitment
	Repeated   bool
}

// MaxAppendBytes is the limit of one append: types, metadata and data of all its events (EventStoreDB's own default).
const MaxAppendBytes = 1 << 20

// Store is an append-only log of streams.
//
//   - Append is all or none, durable when it returns, and a *ConflictError at any revision other than expected. Repeating an
//     append with the same event ids at the same place returns the first result. More than MaxAppendBytes is a *TooLargeError.
//     An append without events changes nothing and returns the stream's end.
//   - Reads yield records in order, beginning after the given place; they never show a record that is not durable and never
//     skip a record that a later read shows. A read ends at the end that it found when it began, or later. An unknown stream is
//     an empty one. Every record's commitment is recomputed; a difference is a *CorruptError and ends the read.
//   - Head is the cursor of the last record, 0 when there is none.
//   - Wait returns nil when a record after the cursor exists, or the context's error.
//
// A Store is safe for concurrent use.
type Store interface {
	Append(ctx context.Context, stream string, expected Revision, events ...Event) (Place, error)
	ReadStream(ctx context.Context, stream string, after Revision) iter.Seq2[Record, error]
	ReadAll(ctx context.Context, after Cursor) iter.Seq2[Record, error]
	Head(ctx context.Context) (Cursor, error)
	Wait(ctx context.Context, after Cursor) error
}

// Ordered is what a store with one writer can do beyond Store: build is called when it is settled what comes before the append, so
// that an instant which it writes into metadata never lies before that of an earlier record. build is called at most once, by one
// caller at a time, and must not wait for the store.
type Ordered interface {
	AppendInOrder(ctx context.Context, stream string, expected Revision, build func() ([]Event, error)) (Place, error)
}

// Backward is what a store can do that is served to readers of other programs: reading from the end. Both reads yield the records
// before a place, the last one first, under the promises of Store; the greatest place there is stands for the end.
type Backward interface {
	ReadStreamBack(ctx context.Context, stream string, before Revision) iter.Seq2[Record, error]
	ReadAllBack(ctx context.Context, before Cursor) iter.Seq2[Record, error]
}

// ConflictError says that a stream was not at the revision an append expected.
type ConflictError struct {
	Stream           string
	Expected, Actual Revision
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("stream %s is at revision %d, not %d", e.Stream, e.Actual, e.Expected)
}

// TooLargeError says that an append exceeds MaxAppendBytes.
type TooLargeError struct {
	Stream string
	Bytes  int
}

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("append to %s has %d bytes; the limit is %d", e.Stream, e.Bytes, MaxAppendBytes)
}

// CorruptError names the first place at which stored bytes are not what was appended. Stream is empty where the place is
// so damaged that the stream cannot be told.
type CorruptError struct {
	Cursor   Cursor
	Stream   string
	Revision Revision
	Problem  string
}

func (e *CorruptError) Error() string {
	if e.Stream == "" {
		return fmt.Sprintf("record %d is corrupt: %s", e.Cursor, e.Problem)
	}
	return fmt.Sprintf("record %d (%s revision %d) is corrupt: %s", e.Cursor, e.Stream, e.Revision, e.Problem)
}

// Size returns the bytes that an append of events counts against MaxAppendBytes.
func Size(events []Event) int {
	n := 0
	for _, e := range events {
		n += len(e.Type) + len(e.Metadata) + len(e.Data)
	}
	return n
}

// Number sets Position on the records of seq, counting on from the position of the last record before them.
// Only records for which owns is true are counted and yielded.
func Number(seq iter.Seq2[Record, error], last Position, owns func(stream string) bool) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for r, err := range seq {
			if err != nil {
				yield(r, err)
				return
			}
			if !owns(r.Stream) {
				continue
			}
			last++
			r.Position = last
			if !yield(r, nil) {
				return
			}
		}
	}
}
