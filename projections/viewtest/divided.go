package viewtest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/memory"
	"github.com/punchledger/punchledger/projections"
)

// DividedStore is a store of views in shards.
type DividedStore interface {
	Store
	projections.Divided
}

// RunDivided proves that divided views hold what undivided ones do, however many workers bring them up to date and however often a
// shard goes from one to another. Open returns an empty store in so many shards.
func RunDivided(t *testing.T, open func(tb testing.TB, shards int) DividedStore) {
	c := newCompany(t)
	tellStory(c)
	log := recordsOf(t, c.store)
	once := open(t, 1)
	follow(t, c.store, c.codec, once, 0, nil)
	want, print := dump(t, once), fingerprint(t, once)
	worker := func(views projections.Divided, store eventstore.Store, batch int) *projections.Shards {
		return &projections.Shards{
			Store: store, Codec: c.codec, Views: views, Batch: batch, Projector: func() projections.Projector { return projectors(c.codec) },
		}
	}
	for _, shards := range []int{1, 2, 5} {
		t.Run(fmt.Sprintf("the same rows in %d shards", shards), func(t *testing.T) {
			views := open(t, shards)
			w := worker(views, c.store, 37)
			require.NoError(t, w.CatchUp(t.Context(), w.All()))
			requireSame(t, want, dump(t, views), "")
			require.Equal(t, print, fingerprint(t, views))
			at, err := views.Checkpoint(t.Context(), projections.AllViews)
			require.NoError(t, err)
			require.EqualValues(t, len(log), at.Position)
		})
	}
	t.Run("together they are where the last one is", func(t *testing.T) {
		views := open(t, 3)
		w := worker(views, copyOf(t, log, memory.Gappy(3)), 0)
		require.NoError(t, w.CatchUp(t.Context(), []int{0, 2}))
		requirePosition(t, views, 0)
		w.Until = func(d eventstore.Decoded) bool { return d.Position <= 9 }
		require.NoError(t, w.CatchUp(t.Context(), []int{1}))
		requirePosition(t, views, 9)
		w.Until = nil
		require.NoError(t, w.CatchUp(t.Context(), w.All()))
		requirePosition(t, views, len(log))
		require.Equal(t, print, fingerprint(t, views))
	})
	t.Run("views of another log are told from ours", func(t *testing.T) {
		views := open(t, 2)
		w := worker(views, c.store, 0)
		require.NoError(t, w.CatchUp(t.Context(), w.All()))
		w = worker(views, copyOf(t, log[:len(log)-1]), 0)
		require.ErrorIs(t, w.CatchUp(t.Context(), []int{1}), projections.ErrNotOfThisLog)
	})
	t.Run("the same rows where workers share the shards and pass them on", func(t *testing.T) {
		views := open(t, 5)
		testWorkers(t, log, views, worker)
		requireSame(t, want, dump(t, views), "")
		require.Equal(t, print, fingerprint(t, views))
	})
}

func requirePosition(t *testing.T, views Store, want int) {
	t.Helper()
	at, err := views.Checkpoint(t.Context(), projections.AllViews)
	require.NoError(t, err)
	require.EqualValues(t, want, at.Position)
}

// testWorkers lets three workers follow a log that grows. Each of them takes other shards every time it asks, also those of others.
func testWorkers(
	t *testing.T, log []eventstore.Record, views DividedStore, worker func(projections.Divided, eventstore.Store, int) *projections.Shards,
) {
	t.Helper()
	store := memory.New()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	for n := range 3 {
		w := worker(views, store, 11+n)
		w.Look = 1
		group.Go(func() error { return w.Run(ctx, &restless{shards: w.All(), turn: n}) })
	}
	for _, r := range log {
		_, err := store.Append(t.Context(), r.Stream, r.Revision-1, r.Event)
		require.NoError(t, err)
	}
	last := worker(views, store, 0)
	require.NoError(t, last.CatchUp(t.Context(), last.All()))
	cancel()
	require.NoError(t, group.Wait())
}

// restless leases are of two shards in a row, one further each time.
type restless struct {
	shards []int
	turn   int
}

func (r *restless) Held(context.Context) ([]int, error) {
	r.turn++
	at := r.turn % len(r.shards)
	return slices.Concat(r.shards[at:], r.shards[:at])[:2], nil
}
