package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/eventstore"
)

func testWait(t *testing.T, s eventstore.Store) {
	ctx := limited(t)
	var head eventstore.Cursor
	for i := range 20 {
		var waits errgroup.Group
		for range 3 {
			waits.Go(func() error { return s.Wait(ctx, head) })
		}
		p := must(t, s, "gate-a", i, i+1)
		require.NoError(t, waits.Wait())
		require.NoError(t, s.Wait(ctx, 0), "a record that exists is not waited for")
		head = p.Cursor
	}
}

func testWaitCancelled(t *testing.T, s eventstore.Store) {
	p := must(t, s, "gate-a", 0, 1)
	ctx, cancel := context.WithCancel(t.Context())
	var waits errgroup.Group
	for range 3 {
		waits.Go(func() error { return s.Wait(ctx, p.Cursor) })
	}
	cancel()
	require.ErrorIs(t, waits.Wait(), context.Canceled)
	require.ErrorIs(t, s.Wait(ctx, p.Cursor), context.Canceled)
}

func testRace(t *testing.T, s eventstore.Store) {
	const writers, rounds = 16, 20
	for round := range rounds {
		var mu sync.Mutex
		var won []int
		var writes errgroup.Group
		for w := range writers {
			writes.Go(func() error {
				_, err := s.Append(t.Context(), "gate-a", eventstore.Revision(round), event("gate-a", round*writers+w))
				if conflict, ok := errors.AsType[*eventstore.ConflictError](err); ok {
					if conflict.Actual != eventstore.Revision(round+1) || conflict.Expected != eventstore.Revision(round) {
						return conflict
					}
					return nil
				}
				mu.Lock()
				defer mu.Unlock()
				won = append(won, round*writers+w)
				return err
			})
		}
		require.NoError(t, writes.Wait())
		require.Len(t, won, 1)
		got := collect(t, s.ReadStream(t.Context(), "gate-a", eventstore.Revision(round)))
		require.Len(t, got, 1)
		require.Equal(t, event("gate-a", won[0]), got[0].Event)
	}
}

func testRepeatAtOnce(t *testing.T, s eventstore.Store) {
	const writers, rounds = 16, 20
	for round := range rounds {
		places := make([]eventstore.Place, writers)
		var writes errgroup.Group
		for w := range writers {
			writes.Go(func() (err error) {
				places[w], err = s.Append(t.Context(), "gate-a", eventstore.Revision(2*round), run("gate-a", 2*round, 2*round+2)...)
				return err
			})
		}
		require.NoError(t, writes.Wait())
		first := 0
		for _, p := range places {
			if !p.Repeated {
				first++
			}
			p.Repeated = places[0].Repeated
			require.Equal(t, places[0], p)
		}
		require.Equal(t, 1, first)
	}
	require.Len(t, all(t, s), 2*rounds)
}

// testModel appends at random, right, wrong and repeated, and keeps beside it what the contract says must be stored.
func testModel(t *testing.T, s eventstore.Store) {
	random := rand.New(rand.NewPCG(1, 2))
	var log []eventstore.Event
	streams := map[string][]eventstore.Event{}
	for range 600 {
		stream := fmt.Sprintf("gate-%d", random.IntN(4))
		stored := streams[stream]
		expected := max(0, len(stored)-random.IntN(4)+random.IntN(2))
		var events []eventstore.Event
		for n := range 1 + random.IntN(3) {
			// Half of the appends below the end repeat what is stored there, the other half are new.
			if at := expected + n; random.IntN(2) == 0 && at < len(stored) {
				events = append(events, stored[at])
			} else {
				events = append(events, event(stream, random.Int()))
			}
		}
		repeats := expected+len(events) <= len(stored)
		for n, e := range events {
			repeats = repeats && stored[expected+n].ID == e.ID
		}
		p, err := s.Append(t.Context(), stream, eventstore.Revision(expected), events...)
		switch {
		case expected == len(stored):
			require.NoError(t, err)
			streams[stream], log = append(stored, events...), append(log, events...)
		case repeats:
			require.NoError(t, err)
			require.True(t, p.Repeated)
			require.Equal(t, eventstore.Revision(expected+len(events)), p.Revision)
		default:
			requireConflict(t, err, eventstore.ConflictError{
				Stream: stream, Expected: eventstore.Revision(expected), Actual: eventstore.Revision(len(stored)),
			})
		}
	}
	records := all(t, s)
	requireSound(t, records)
	require.Len(t, records, len(log))
	for i, r := range records {
		require.Equal(t, log[i], r.Event)
	}
}

// testFollow follows the log while many append. A store that hands out cursors in one order and commits them in another
// fails here: the follower reads past the record that is committed late.
func testFollow(t *testing.T, s eventstore.Store) {
	const writers, appends, followers = 32, 24, 2
	ctx := limited(t)
	total := writers * appends * 3 / 2 // every second append has two events
	seen := make([][]eventstore.Record, followers)
	var work errgroup.Group
	for f := range followers {
		work.Go(func() (err error) {
			seen[f], err = follow(ctx, s, total)
			return err
		})
	}
	for w := range writers {
		work.Go(func() error { return write(ctx, s, w, appends) })
	}
	require.NoError(t, work.Wait())
	want := all(t, s)
	require.Len(t, want, total)
	requireSound(t, want)
	for f := range followers {
		require.Equal(t, want, seen[f], "the follower saw other records than a later read")
	}
}

// follow reads on from where it was, as a projector does, until it has seen total records.
func follow(ctx context.Context, s eventstore.Store, total int) ([]eventstore.Record, error) {
	var seen []eventstore.Record
	var after eventstore.Cursor
	ids := map[uuid.UUID]bool{}
	for len(seen) < total {
		if err := s.Wait(ctx, after); err != nil {
			return nil, fmt.Errorf("wait after %d with %d of %d records: %w", after, len(seen), total, err)
		}
		for r, err := range s.ReadAll(ctx, after) {
			switch {
			case err != nil:
				return nil, err
			case r.Cursor <= after:
				return nil, fmt.Errorf("record %d comes after record %d", r.Cursor, after)
			case ids[r.ID]:
				return nil, fmt.Errorf("record %d has been seen before", r.Cursor)
			}
			ids[r.ID], after, seen = true, r.Cursor, append(seen, r)
		}
	}
	return seen, nil
}

// write appends one and two events in turn, to a stream that all writers share and to one of its own.
func write(ctx context.Context, s eventstore.Store, writer, appends int) error {
	own := fmt.Sprintf("gate-%d", writer)
	n := 0
	revisions := map[string]eventstore.Revision{}
	for i := range appends {
		stream := own
		if i%6 == 0 {
			stream = "gate-shared"
		}
		events := make([]eventstore.Event, 1+i%2)
		for j := range events {
			events[j] = event(own, n)
			n++
		}
		for {
			p, err := s.Append(ctx, stream, revisions[stream], events...)
			conflict, ok := errors.AsType[*eventstore.ConflictError](err)
			if ok {
				revisions[stream] = conflict.Actual
				continue
			}
			if err != nil {
				return err
			}
			revisions[stream] = p.Revision
			break
		}
	}
	return nil
}
