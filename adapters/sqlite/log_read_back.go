package sqlite

import (
	"context"
	"fmt"
	"iter"
	"math"

	"github.com/punchledger/punchledger/eventstore"
)

// ReadAllBack implements eventstore.Backward.
func (l *Log) ReadAllBack(ctx context.Context, before eventstore.Cursor) iter.Seq2[eventstore.Record, error] {
	return func(yield func(eventstore.Record, error) bool) {
		next := min(before, math.MaxInt64)
		begun := false // where a read from the end begins, only the first record says
		l.walk(ctx, yield, walk{
			first: 1, // whoever reads backwards asks for the last record, mostly
			load: func(r *reader, p *page, limit int) error {
				return r.load(p, r.allBack, limit, int64(next))
			},
			accept: func(r eventstore.Record) error {
				if begun && r.Cursor != next-1 {
					return &eventstore.CorruptError{
						Cursor: next - 1, Problem: fmt.Sprintf("it is missing; the one before is %d", r.Cursor),
					}
				}
				next, begun = r.Cursor, true
				return nil
			},
			damaged: func(problem string) error {
				return &eventstore.CorruptError{
					Cursor: next - 1, Problem: fmt.Sprintf("%s; the first good record is %d", problem, next),
				}
			},
		})
	}
}

// ReadStreamBack implements eventstore.Backward.
func (l *Log) ReadStreamBack(
	ctx context.Context, stream string, before eventstore.Revision,
) iter.Seq2[eventstore.Record, error] {
	return func(yield func(eventstore.Record, error) bool) {
		var id int64
		next := min(before, math.MaxInt64)
		begun := false
		l.walk(ctx, yield, walk{
			first: 1,
			load: func(r *reader, p *page, limit int) (err error) {
				if id == 0 {
					if id, err = r.streamID(stream); id == 0 {
						return err
					}
				}
				return r.load(p, r.streamBack, limit, id, int64(next))
			},
			accept: func(r eventstore.Record) error {
				if begun && r.Revision != next-1 {
					return &eventstore.CorruptError{
						Cursor: r.Cursor, Stream: stream, Revision: next - 1,
						Problem: fmt.Sprintf("it is missing; the one before is revision %d", r.Revision),
					}
				}
				next, begun = r.Revision, true
				return nil
			},
			damaged: func(problem string) error {
				return &eventstore.CorruptError{
					Stream: stream, Revision: next - 1,
					Problem: fmt.Sprintf("%s; the first good record is revision %d", problem, next),
				}
			},
		})
	}
}
