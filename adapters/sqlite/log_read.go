package sqlite

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math"

	"github.com/punchledger/punchledger/eventstore"
)

// A read takes a page, gives its connection back and only then yields, so that nobody holds a transaction open however slowly
// records are taken. The first page is small for those who look for one record.
const (
	firstPage = 64
	lastPage  = 512
	pageBytes = 4 << 20
)

// reader reads pages on a connection of its own.
type reader struct {
	scan                  *scanner
	all, stream, id, name *query
	allBack, streamBack   *query
	head                  *query
	names                 *names
}

// row is a record as it is stored, before anything of it is believed.
type row struct {
	record   eventstore.Record
	streamID int64
	problem  string
}

// page is a run of rows. More says that it ended at a limit, so that the next page may hold rows.
type page struct {
	rows []row
	more bool
}

// load adds rows to p. The rows before an error are in it too.
func (r *reader) load(p *page, q *query, limit int, args ...int64) error {
	defer q.reset()
	if err := q.bindInts(append(args, int64(limit))...); err != nil {
		return err
	}
	for size := 0; size < pageBytes; {
		found, err := q.next()
		if err != nil {
			return err
		}
		if !found {
			p.more = len(p.rows) == limit
			return nil
		}
		next := q.row()
		if next.record.Stream, err = r.streamName(next.streamID); err != nil {
			return err
		}
		p.rows = append(p.rows, next)
		size += len(next.record.Metadata) + len(next.record.Data)
	}
	p.more = true
	return nil
}

// streamName returns the name of a stream, or nothing for an unknown one.
func (r *reader) streamName(id int64) (string, error) {
	if name, ok := r.names.get(id); ok {
		return name, nil
	}
	defer r.name.reset()
	if err := r.name.bindInts(id); err != nil {
		return "", err
	}
	found, err := r.name.next()
	if err != nil || !found {
		return "", err
	}
	name := string(r.name.bytes(0))
	r.names.put(id, name)
	return name, nil
}

// streamID returns the id of a stream, or 0 for an unknown one.
func (r *reader) streamID(name string) (int64, error) {
	defer r.id.reset()
	if err := r.id.bindText(name); err != nil {
		return 0, err
	}
	found, err := r.id.next()
	if err != nil || !found {
		return 0, err
	}
	return r.id.int(0), nil
}

// last returns the cursor of the last record, or 0.
func (r *reader) last() (eventstore.Cursor, error) {
	defer r.head.reset()
	_, err := r.head.next()
	return eventstore.Cursor(r.head.int(0)), err
}

// walk is one read of the log: load takes the next page, accept says whether a record is the one that must come next, and
// damaged names the place where SQLite itself could not read on.
type walk struct {
	load    func(r *reader, p *page, limit int) error
	accept  func(eventstore.Record) error
	damaged func(problem string) error
	first   int // rows of the first page; 0 is firstPage
}

// ReadAll implements eventstore.Store.
func (l *Log) ReadAll(ctx context.Context, after eventstore.Cursor) iter.Seq2[eventstore.Record, error] {
	return func(yield func(eventstore.Record, error) bool) {
		last := min(after, math.MaxInt64)
		l.walk(ctx, yield, walk{
			load: func(r *reader, p *page, limit int) error {
				return r.load(p, r.all, limit, int64(last))
			},
			accept: func(r eventstore.Record) error {
				if r.Cursor != last+1 {
					return &eventstore.CorruptError{
						Cursor: last + 1, Problem: fmt.Sprintf("it is missing; the next one is %d", r.Cursor),
					}
				}
				last = r.Cursor
				return nil
			},
			damaged: func(problem string) error {
				return &eventstore.CorruptError{
					Cursor: last + 1, Problem: fmt.Sprintf("%s; the last good record is %d", problem, last),
				}
			},
		})
	}
}

// ReadStream implements eventstore.Store.
func (l *Log) ReadStream(
	ctx context.Context, stream string, after eventstore.Revision,
) iter.Seq2[eventstore.Record, error] {
	return func(yield func(eventstore.Record, error) bool) {
		var id int64
		var cursor eventstore.Cursor
		last := min(after, math.MaxInt64)
		l.walk(ctx, yield, walk{
			load: func(r *reader, p *page, limit int) (err error) {
				if id == 0 {
					if id, err = r.streamID(stream); id == 0 {
						return err
					}
				}
				return r.load(p, r.stream, limit, id, int64(last))
			},
			accept: func(r eventstore.Record) error {
				if r.Revision != last+1 {
					return &eventstore.CorruptError{
						Cursor: r.Cursor, Stream: stream, Revision: last + 1,
						Problem: fmt.Sprintf("it is missing; the next one is revision %d", r.Revision),
					}
				}
				last, cursor = r.Revision, r.Cursor
				return nil
			},
			damaged: func(problem string) error {
				return &eventstore.CorruptError{
					Cursor: cursor + 1, Stream: stream, Revision: last + 1,
					Problem: fmt.Sprintf("%s; the last good record of the stream is %d", problem, cursor),
				}
			},
		})
	}
}

func (l *Log) walk(ctx context.Context, yield func(eventstore.Record, error) bool, w walk) {
	var p page
	fail := func(err error) {
		if malformed(err) {
			err = w.damaged(err.Error())
		}
		yield(eventstore.Record{}, err)
	}
	for limit := cmp.Or(w.first, firstPage); ; limit = min(2*limit, lastPage) {
		p.rows, p.more = p.rows[:0], false
		loading := l.readers.use(ctx, func(r *reader) error { return w.load(r, &p, limit) })
		for i := range p.rows {
			r, err := p.rows[i].check()
			if err == nil {
				err = w.accept(r)
			}
			if err != nil {
				fail(err)
				return
			}
			if !yield(r, nil) {
				return
			}
		}
		if loading != nil {
			fail(loading)
			return
		}
		if !p.more {
			return
		}
	}
}

// check returns the record of a row, or an empty one and what is wrong with it.
func (w *row) check() (eventstore.Record, error) {
	r := w.record
	problem := w.problem
	switch {
	case problem != "":
	case r.Stream == "" && w.streamID != 0 && eventstore.Commit("", r.Revision, r.Event) != r.Commitment:
		problem = fmt.Sprintf("its stream %d has no name", w.streamID)
	case eventstore.Commit(r.Stream, r.Revision, r.Event) != r.Commitment:
		problem = "its bytes do not have its commitment"
	}
	if problem != "" {
		return eventstore.Record{}, &eventstore.CorruptError{
			Cursor: r.Cursor, Stream: r.Stream, Revision: r.Revision, Problem: problem,
		}
	}
	return r, nil
}
