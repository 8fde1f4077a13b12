package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/punchledger/punchledger/eventstore"
)

// appending is an append on its way to the writer.
type appending struct {
	ctx      context.Context
	stream   string
	expected eventstore.Revision
	events   []eventstore.Event
	build    func() ([]eventstore.Event, error) // makes the events when it is settled what comes before them
	place    eventstore.Place
	err      error
	done     chan struct{}
}

// Append implements eventstore.Store.
func (l *Log) Append(ctx context.Context, stream string, expected eventstore.Revision, events ...eventstore.Event) (eventstore.Place, error) {
	return l.hand(ctx, &appending{stream: stream, expected: expected, events: events})
}

// AppendInOrder implements eventstore.Ordered.
func (l *Log) AppendInOrder(
	ctx context.Context, stream string, expected eventstore.Revision, build func() ([]eventstore.Event, error),
) (eventstore.Place, error) {
	return l.hand(ctx, &appending{stream: stream, expected: expected, build: build})
}

// hand hands an append to the committing goroutine. Once it is taken up it is carried out, whatever becomes of the context.
func (l *Log) hand(ctx context.Context, a *appending) (eventstore.Place, error) {
	if err := ctx.Err(); err != nil {
		return eventstore.Place{}, err
	}
	if n := eventstore.Size(a.events); n > eventstore.MaxAppendBytes {
		return eventstore.Place{}, &eventstore.TooLargeError{Stream: a.stream, Bytes: n}
	}
	if !utf8.ValidString(a.stream) || strings.Contains(a.stream, "\x00") {
		return eventstore.Place{}, fmt.Errorf("append to %q: a stream's name is UTF-8 without NUL", a.stream)
	}
	a.ctx, a.done = ctx, make(chan struct{})
	select {
	case l.appends <- a:
	case <-ctx.Done():
		return eventstore.Place{}, ctx.Err()
	case <-l.ended:
		return eventstore.Place{}, ErrLogClosed
	}
	select {
	case <-a.done:
		return a.place, a.err
	case <-l.ended:
		select {
		case <-a.done:
			return a.place, a.err
		default:
			return eventstore.Place{}, ErrLogClosed
		}
	}
}

// Bounds of what is committed at once.
const (
	appendsAtOnce = 1000
	bytesAtOnce   = 8 << 20
)

// commit takes what is handed in, as much as there is, and commits it at once.
func (l *Log) commit() {
	defer close(l.ended)
	s := &session{log: l}
	defer s.end()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		var batch []*appending
		select {
		case a := <-l.appends:
			batch = append(batch, a)
		case e := <-l.elections:
			s.stand(e)
			continue
		case <-tick.C:
			if s.lasting {
				s.look()
			}
			continue
		case <-l.closing:
			return
		}
		for n := eventstore.Size(batch[0].events); len(batch) < appendsAtOnce && n < bytesAtOnce && len(l.appends) > 0; {
			a := <-l.appends
			batch, n = append(batch, a), n+eventstore.Size(a.events)
		}
		s.write(batch)
		for _, a := range batch {
			close(a.done)
		}
		l.mu.Lock()
		close(l.grown)
		l.grown = make(chan struct{})
		l.mu.Unlock()
	}
}

// keptStreams is of how many streams the end is remembered.
const keptStreams = 100_000

// write carries out what it can of a batch in one transaction. Where that fails, nothing of it was acknowledged; it may have been
// committed nevertheless, and then the same append says so when it comes again.
func (s *session) write(batch []*appending) {
	ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
	defer cancel()
	err, sent := s.elect(ctx), false
	var records []eventstore.Record
	if err == nil {
		if records, err = s.decide(ctx, batch); err == nil && len(records) > 0 {
			err, sent = s.store(ctx, records), true
		}
	}
	if err != nil {
		if _, follows := errors.AsType[*NotWriterError](err); !follows { // who only follows asks again by the same connection
			err = s.failed(ctx, err, sent)
			s.fares(err)
		}
		for _, a := range batch {
			a.place, a.err = eventstore.Place{}, err
		}
		return
	}
	s.head += eventstore.Cursor(len(records))
	if len(s.streams) > keptStreams {
		clear(s.streams)
	}
}

// decide gives every append of a batch its place or its error, and returns the records to store.
func (s *session) decide(ctx context.Context, batch []*appending) ([]eventstore.Record, error) {
	if err := s.learn(ctx, batch); err != nil {
		return nil, err
	}
	var records []eventstore.Record
	for _, a := range batch {
		actual := s.streams[a.stream]
		if a.err = a.ctx.Err(); a.err == nil && a.build != nil {
			if actual != a.expected {
				a.err = &eventstore.ConflictError{Stream: a.stream, Expected: a.expected, Actual: actual}
			} else if a.events, a.err = a.build(); a.err == nil && eventstore.Size(a.events) > eventstore.MaxAppendBytes {
				a.err = &eventstore.TooLargeError{Stream: a.stream, Bytes: eventstore.Size(a.events)}
			}
		}
		if a.err != nil {
			continue
		}
		if actual != a.expected || len(a.events) == 0 {
			var err error
			if a.place, a.err, err = s.before(ctx, a, actual, records); err != nil {
				return nil, err
			}
			continue
		}
		for _, e := range a.events {
			actual++
			r := eventstore.Record{Event: e, Stream: a.stream, Revision: actual, Commitment: eventstore.Commit(a.stream, actual, e)}
			r.Cursor = s.head + eventstore.Cursor(len(records)) + 1
			r.Position = eventstore.Position(r.Cursor)
			records = append(records, r)
		}
		s.streams[a.stream] = actual
		a.place = placeOf(records[len(records)-1])
	}
	return records, nil
}

func placeOf(r eventstore.Record) eventstore.Place {
	return eventstore.Place{Revision: r.Revision, Cursor: r.Cursor, Position: r.Position, Commitment: r.Commitment}
}

// learn asks for the ends of streams that are not known.
func (s *session) learn(ctx context.Context, batch []*appending) error {
	var unknown []string
	for _, a := range batch {
		if _, known := s.streams[a.stream]; !known {
			unknown = append(unknown, a.stream)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	rows, err := s.conn.Query(ctx, `SELECT s.name, coalesce((SELECT e.revision FROM event e WHERE e.stream = s.name ORDER BY e.revision DESC LIMIT 1), 0)
FROM unnest($1::text[]) AS s (name)`, unknown)
	if err != nil {
		return err
	}
	var stream string
	var revision int64
	_, err = pgx.ForEachRow(rows, []any{&stream, &revision}, func() error {
		s.streams[stream] = eventstore.Revision(revision)
		return nil
	})
	return err
}

// before answers an append that does not follow the end of its stream: it was made before, asks where the stream ends, or conflicts.
func (s *session) before(
	ctx context.Context, a *appending, actual eventstore.Revision, new []eventstore.Record,
) (place eventstore.Place, refusal, err error) {
	end := a.expected + eventstore.Revision(len(a.events))
	if len(a.events) == 0 {
		end = actual
	}
	conflict := &eventstore.ConflictError{Stream: a.stream, Expected: a.expected, Actual: actual}
	if end > actual || end < a.expected && len(a.events) > 0 {
		return place, conflict, nil
	}
	if end == 0 {
		return place, nil, nil
	}
	first := end - eventstore.Revision(max(len(a.events), 1)) + 1
	rows, err := s.conn.Query(ctx, "SELECT "+recordColumns+" FROM event WHERE stream = $1 AND revision BETWEEN $2 AND $3 ORDER BY revision",
		a.stream, int64(first), int64(end))
	if err != nil {
		return place, nil, err
	}
	stored, err := pgx.CollectRows(rows, scanRecord)
	if err != nil {
		return place, nil, err
	}
	for _, r := range new {
		if r.Stream == a.stream && r.Revision >= first && r.Revision <= end {
			stored = append(stored, r)
		}
	}
	same := len(stored) == len(a.events) && slices.EqualFunc(stored, a.events, func(r eventstore.Record, e eventstore.Event) bool { return r.ID == e.ID })
	if len(a.events) > 0 && !same || len(stored) == 0 {
		return place, conflict, nil
	}
	place = placeOf(stored[len(stored)-1])
	place.Repeated = len(a.events) > 0
	return place, nil, nil
}

// store writes records by one statement, which writes nothing where another epoch has begun, and is its own transaction.
func (s *session) store(ctx context.Context, records []eventstore.Record) error {
	n := len(records)
	positions, revisions := make([]int64, n), make([]int64, n)
	streams, types := make([]string, n), make([]string, n)
	ids, metadata, data, commitments := make([]uuid.UUID, n), make([][]byte, n), make([][]byte, n), make([][]byte, n)
	for i, r := range records {
		positions[i], revisions[i], streams[i], types[i] = int64(r.Cursor), int64(r.Revision), r.Stream, r.Type
		ids[i], metadata[i], data[i], commitments[i] = r.ID, solid(r.Metadata), solid(r.Data), r.Commitment[:]
	}
	done, err := s.conn.Exec(ctx, "WITH ours AS (SELECT 1 FROM epoch WHERE id = 1 AND number = $9 FOR SHARE) INSERT INTO event ("+recordColumns+`)
SELECT e.* FROM ours, unnest($1::int8[], $2::text[], $3::int8[], $4::uuid[], $5::text[], $6::bytea[], $7::bytea[], $8::bytea[]) AS e`,
		positions, streams, revisions, ids, types, metadata, data, commitments, s.epoch)
	if err == nil && done.RowsAffected() != int64(n) {
		err = errEpoch
	}
	return err
}

// solid makes no bytes an empty value: the database has another word for no value.
func solid(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
