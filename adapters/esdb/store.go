package esdb

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/punchledger/punchledger/eventstore"
)

// Store is a log of ours that can be served.
type Store interface {
	eventstore.Store
	eventstore.Backward
}

// FromStore returns a log that keeps its records in store. Those of streams that owns names are stored as they are: they are JSON and
// their metadata says when they were recorded, which is when they were created. All others are stored with an envelope of
// EnvelopeBytes, which holds when they came, by now, and whether they are JSON; a store that takes MaxAppendBytes from clients
// must take StoreBytes itself.
func FromStore(store Store, owns func(stream string) bool, now func() time.Time) Log {
	return &storeLog{store: store, owns: owns, now: now}
}

// StoreBytes is what a store takes in one append for a log to take MaxAppendBytes, also in many small events.
const StoreBytes = 12 * MaxAppendBytes

type storeLog struct {
	store Store
	owns  func(stream string) bool
	now   func() time.Time
}

// Append implements Log.
func (l *storeLog) Append(ctx context.Context, stream string, next uint64, events []Proposed) (Place, error) {
	out := make([]eventstore.Event, len(events))
	bytes := 0
	created := l.now()
	owned := l.owns(stream)
	for i, e := range events {
		out[i] = e.Event
		bytes += len(e.Type) + len(e.Metadata) + len(e.Data)
		if !owned {
			out[i].Metadata = seal(created, e.JSON, e.Metadata)
		} else if _, ok := recordedAt(e.Metadata); !ok || !e.JSON {
			return Place{}, &UnfitError{Stream: stream, Type: e.Type}
		}
	}
	if bytes > MaxAppendBytes {
		return Place{}, &eventstore.TooLargeError{Stream: stream, Bytes: bytes}
	}
	p, err := l.store.Append(ctx, stream, eventstore.Revision(next), out...)
	return Place{Revision: uint64(p.Revision) - 1, Position: uint64(p.Cursor)}, err
}

// UnfitError says that an event is not what the ledger keeps in its streams.
type UnfitError struct{ Stream, Type string }

func (e *UnfitError) Error() string {
	return fmt.Sprintf("%s in %s: events of the ledger are JSON and have metadata with recorded_at", e.Type, e.Stream)
}

// ReadStream implements Log.
func (l *storeLog) ReadStream(ctx context.Context, stream string, read Range) iter.Seq2[Record, error] {
	if read.Backwards {
		before := eventstore.Revision(End)
		if read.At < End {
			before = eventstore.Revision(read.At + 1)
		}
		return l.shown(l.store.ReadStreamBack(ctx, stream, before))
	}
	return l.shown(l.store.ReadStream(ctx, stream, eventstore.Revision(read.At)))
}

// ReadAll implements Log.
func (l *storeLog) ReadAll(ctx context.Context, read Range) iter.Seq2[Record, error] {
	if read.Backwards {
		return l.shown(l.store.ReadAllBack(ctx, eventstore.Cursor(read.At)))
	}
	return l.shown(l.store.ReadAll(ctx, eventstore.Cursor(max(read.At, 1)-1)))
}

// Head implements Log.
func (l *storeLog) Head(ctx context.Context) (uint64, error) {
	head, err := l.store.Head(ctx)
	return uint64(head), err
}

// Wait implements Log.
func (l *storeLog) Wait(ctx context.Context, after uint64) error {
	return l.store.Wait(ctx, eventstore.Cursor(after))
}

// shown turns stored records into those that clients see.
func (l *storeLog) shown(seq iter.Seq2[eventstore.Record, error]) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for r, err := range seq {
			if err != nil {
				yield(Record{}, err)
				return
			}
			out := Record{Event: r.Event, Stream: r.Stream, Revision: uint64(r.Revision) - 1, Position: uint64(r.Cursor)}
			if l.owns(r.Stream) {
				out.Created, _ = recordedAt(r.Metadata)
				out.JSON = true
			} else {
				out.Created, out.JSON, out.Metadata = open(r.Metadata)
			}
			if !yield(out, nil) {
				return
			}
		}
	}
}
