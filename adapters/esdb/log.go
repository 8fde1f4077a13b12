package esdb

import (
	"context"
	"iter"
	"math"
	"time"

	"github.com/punchledger/punchledger/eventstore"
)

// Record is an event as the protocol shows it. Revisions count from 0; a position is the log's own place, above 0, and may have gaps.
type Record struct {
	eventstore.Event
	Stream   string
	Revision uint64
	Position uint64
	Created  time.Time
	JSON     bool
}

// Proposed is an event that a client hands in.
type Proposed struct {
	eventstore.Event
	JSON bool
}

// Place is where an append ended.
type Place struct {
	Revision uint64
	Position uint64
}

// Log is what the server serves: the promises of eventstore.Store, in the protocol's own places.
//
//   - Append adds events when the stream has exactly next events, and is otherwise an *eventstore.ConflictError, or an
//     *eventstore.TooLargeError. There is always at least one event.
//   - ReadStream and ReadAll yield records from a place on, itself included; ReadStreamBack and ReadAllBack those before a place, the
//     last one first. End is behind the last record.
//   - Head is the position of the last record, 0 when there is none; Wait returns when there is one behind a position.
type Log interface {
	Append(ctx context.Context, stream string, next uint64, events []Proposed) (Place, error)
	ReadStream(ctx context.Context, stream string, read Range) iter.Seq2[Record, error]
	ReadAll(ctx context.Context, read Range) iter.Seq2[Record, error]
	Head(ctx context.Context) (uint64, error)
	Wait(ctx context.Context, after uint64) error
}

// End is behind every record.
const End = math.MaxUint64

// Range is where a read begins and which way it goes: forwards from At on, itself included, or backwards from the last one before At.
type Range struct {
	At        uint64
	Backwards bool
}
