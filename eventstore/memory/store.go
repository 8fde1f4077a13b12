// Package memory is the log in memory: for tests, for demonstrations and for servers that keep nothing.
//
// It keeps every promise of eventstore.Store but durability.
package memory

import (
	"bytes"
	"cmp"
	"context"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"

	"github.com/punchledger/punchledger/eventstore"
)

// Store is an eventstore.Store in memory. Records that it yields share its bytes: a caller that changes them finds a
// *eventstore.CorruptError in the next read.
type Store struct {
	order sync.Mutex // held while an append is built and made

	gaps  *rand.Rand
	limit int // bytes of one append

	mu      sync.RWMutex
	all     []eventstore.Record
	streams map[string][]int // places in all
	grown   chan struct{}    // closed and replaced by every append
}

var (
	_ eventstore.Store    = (*Store)(nil)
	_ eventstore.Backward = (*Store)(nil)
)

// Option changes a new Store.
type Option func(*Store)

// Gappy makes cursors grow by 1 to 50, drawn from seed, and leaves positions unknown: followers must count by themselves,
// as they must on a backend whose log holds records of others.
func Gappy(seed uint64) Option {
	return func(s *Store) { s.gaps = rand.New(rand.NewPCG(seed, seed)) }
}

// Limit makes the store take n bytes in one append, in place of eventstore.MaxAppendBytes: for those who wrap what others hand in.
func Limit(n int) Option { return func(s *Store) { s.limit = n } }

// New returns an empty store. Without options its cursors and positions are the same dense numbers.
func New(options ...Option) *Store {
	s := &Store{streams: map[string][]int{}, grown: make(chan struct{}), limit: eventstore.MaxAppendBytes}
	for _, o := range options {
		o(s)
	}
	return s
}

// Append implements eventstore.Store.
func (s *Store) Append(
	ctx context.Context, stream string, expected eventstore.Revision, events ...eventstore.Event,
) (eventstore.Place, error) {
	if err := ctx.Err(); err != nil {
		return eventstore.Place{}, err
	}
	if n := eventstore.Size(events); n > s.limit {
		return eventstore.Place{}, &eventstore.TooLargeError{Stream: stream, Bytes: n}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	actual := eventstore.Revision(len(s.streams[stream]))
	if len(events) == 0 {
		return s.place(stream, actual), nil
	}
	if actual != expected {
		end := expected + eventstore.Revision(len(events))
		if expected < actual && end <= actual && s.holds(stream, expected, events) {
			p := s.place(stream, end)
			p.Repeated = true
			return p, nil
		}
		return eventstore.Place{}, &eventstore.ConflictError{Stream: stream, Expected: expected, Actual: actual}
	}
	for i, e := range events {
		s.add(stream, expected+eventstore.Revision(i)+1, e)
	}
	close(s.grown)
	s.grown = make(chan struct{})
	return s.place(stream, expected+eventstore.Revision(len(events))), nil
}

// AppendInOrder implements eventstore.Ordered.
func (s *Store) AppendInOrder(
	ctx context.Context, stream string, expected eventstore.Revision, build func() ([]eventstore.Event, error),
) (eventstore.Place, error) {
	s.order.Lock()
	defer s.order.Unlock()
	events, err := build()
	if err != nil {
		return eventstore.Place{}, err
	}
	return s.Append(ctx, stream, expected, events...)
}

// holds reports whether the events after a revision of stream have the ids of events.
func (s *Store) holds(stream string, after eventstore.Revision, events []eventstore.Event) bool {
	for i, at := range s.streams[stream][after:][:len(events)] {
		if s.all[at].ID != events[i].ID {
			return false
		}
	}
	return true
}

func (s *Store) place(stream string, revision eventstore.Revision) eventstore.Place {
	if revision == 0 {
		return eventstore.Place{}
	}
	r := s.all[s.streams[stream][revision-1]]
	return eventstore.Place{Revision: r.Revision, Cursor: r.Cursor, Position: r.Position, Commitment: r.Commitment}
}

func (s *Store) add(stream string, revision eventstore.Revision, e eventstore.Event) {
	e.Metadata, e.Data = bytes.Clone(e.Metadata), bytes.Clone(e.Data)
	r := eventstore.Record{
		Event: e, Stream: stream, Revision: revision, Cursor: s.head() + 1,
		Commitment: eventstore.Commit(stream, revision, e),
	}
	if s.gaps != nil {
		r.Cursor += eventstore.Cursor(s.gaps.IntN(50))
	} else {
		r.Position = eventstore.Position(r.Cursor)
	}
	s.streams[stream] = append(s.streams[stream], len(s.all))
	s.all = append(s.all, r)
}

func (s *Store) head() eventstore.Cursor {
	if len(s.all) == 0 {
		return 0
	}
	return s.all[len(s.all)-1].Cursor
}

// ReadStream implements eventstore.Store.
func (s *Store) ReadStream(
	ctx context.Context, stream string, after eventstore.Revision,
) iter.Seq2[eventstore.Record, error] {
	return func(yield func(eventstore.Record, error) bool) {
		s.mu.RLock()
		all, places := s.all, s.streams[stream]
		s.mu.RUnlock()
		for i := after; i < eventstore.Revision(len(places)); i++ {
			if !checked(ctx, all[places[i]], yield) {
				return
			}
		}
	}
}

// ReadAll implements eventstore.Store.
func (s *Store) ReadAll(ctx context.Context, after eventstore.Cursor) iter.Seq2[eventstore.Record, error] {
	return func(yield func(eventstore.Record, error) bool) {
		s.mu.RLock()
		all := s.all
		s.mu.RUnlock()
		first, found := find(all, after)
		if found {
			first++
		}
		for _, r := range all[first:] {
			if !checked(ctx, r, yield) {
				return
			}
		}
	}
}

// find returns the place of the first record at a cursor or after it, and whether it is at it.
func find(all []eventstore.Record, at eventstore.Cursor) (int, bool) {
	return slices.BinarySearchFunc(all, at, func(r eventstore.Record, c eventstore.Cursor) int { return cmp.Compare(r.Cursor, c) })
}

// ReadStreamBack implements eventstore.Backward.
func (s *Store) ReadStreamBack(
	ctx context.Context, stream string, before eventstore.Revision,
) iter.Seq2[eventstore.Record, error] {
	return func(yield func(eventstore.Record, error) bool) {
		s.mu.RLock()
		all, places := s.all, s.streams[stream]
		s.mu.RUnlock()
		last := min(before, eventstore.Revision(len(places))+1)
		for i := max(last, 1) - 1; i > 0; i-- {
			if !checked(ctx, all[places[i-1]], yield) {
				return
			}
		}
	}
}

// ReadAllBack implements eventstore.Backward.
func (s *Store) ReadAllBack(ctx context.Context, before eventstore.Cursor) iter.Seq2[eventstore.Record, error] {
	return func(yield func(eventstore.Record, error) bool) {
		s.mu.RLock()
		all := s.all
		s.mu.RUnlock()
		end, _ := find(all, before)
		for _, r := range slices.Backward(all[:end]) {
			if !checked(ctx, r, yield) {
				return
			}
		}
	}
}

// checked yields r, or what is wrong with it or with the context, and reports whether the read goes on.
func checked(ctx context.Context, r eventstore.Record, yield func(eventstore.Record, error) bool) bool {
	if err := ctx.Err(); err != nil {
		yield(eventstore.Record{}, err)
		return false
	}
	if eventstore.Commit(r.Stream, r.Revision, r.Event) != r.Commitment {
		yield(eventstore.Record{}, &eventstore.CorruptError{
			Cursor: r.Cursor, Stream: r.Stream, Revision: r.Revision, Problem: "its commitment is another one",
		})
		return false
	}
	return yield(r, nil)
}

// Head implements eventstore.Store.
func (s *Store) Head(ctx context.Context) (eventstore.Cursor, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.head(), ctx.Err()
}

// Wait implements eventstore.Store.
func (s *Store) Wait(ctx context.Context, after eventstore.Cursor) error {
	for {
		s.mu.RLock()
		head, grown := s.head(), s.grown
		s.mu.RUnlock()
		if head > after {
			return nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
