package postgres

import (
	"context"
	"iter"
	"math"

	"github.com/punchledger/punchledger/eventstore"
)

// ReadAllBack implements eventstore.Backward.
func (l *Log) ReadAllBack(ctx context.Context, before eventstore.Cursor) iter.Seq2[eventstore.Record, error] {
	return func(yield func(eventstore.Record, error) bool) {
		end := min(uint64(before), math.MaxInt64)
		begun := false
		l.pages(ctx, yield, func() (string, []any) {
			return "SELECT " + recordColumns + " FROM event WHERE position < $1 ORDER BY position DESC LIMIT $2", []any{int64(end), readAtOnce}
		}, func(r eventstore.Record) error {
			if begun && uint64(r.Cursor) != end-1 {
				return &eventstore.CorruptError{Cursor: eventstore.Cursor(end - 1), Problem: "it is missing"}
			}
			begun, end = true, uint64(r.Cursor)
			return nil
		})
	}
}

// ReadStreamBack implements eventstore.Backward.
func (l *Log) ReadStreamBack(ctx context.Context, stream string, before eventstore.Revision) iter.Seq2[eventstore.Record, error] {
	return func(yield func(eventstore.Record, error) bool) {
		end := min(uint64(before), math.MaxInt64)
		begun := false
		l.pages(ctx, yield, func() (string, []any) {
			return "SELECT " + recordColumns + " FROM event WHERE stream = $1 AND revision < $2 ORDER BY revision DESC LIMIT $3",
				[]any{stream, int64(end), readAtOnce}
		}, func(r eventstore.Record) error {
			if begun && uint64(r.Revision) != end-1 {
				return &eventstore.CorruptError{Cursor: r.Cursor, Stream: stream, Revision: eventstore.Revision(end - 1), Problem: "it is missing"}
			}
			begun, end = true, uint64(r.Revision)
			return nil
		})
	}
}
