package projections_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/memory"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/viewtest"
)

// counted are views that hold nothing but how far they are, and a projector that notes when how many events came.
type counted struct {
	mu      sync.Mutex
	at      projections.Checkpoint
	batches []batch
}

type batch struct {
	after  time.Duration
	events int
}

func (c *counted) Checkpoint(context.Context, string) (projections.Checkpoint, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at, nil
}

func (c *counted) Update(_ context.Context, _ string, _, to projections.Checkpoint, change func(projections.Tx) error) error {
	err := change(nil)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = to
	return err
}

type counter struct {
	began time.Time
	into  *counted
}

func (counter) Name() string { return "count" }

func (c counter) Apply(_ context.Context, _ projections.Tx, events []eventstore.Decoded) error {
	c.into.batches = append(c.into.batches, batch{time.Since(c.began), len(events)})
	return nil
}

func TestARunnerAppliesAtOnceWhatComesAfterARestAndGathersTheRest(t *testing.T) {
	small := viewtest.NewSmall(t)
	synctest.Test(t, func(t *testing.T) {
		store, views := memory.New(), &counted{}
		rest := small.Records
		add := func(n int) {
			for _, r := range rest[:n] {
				_, err := store.Append(t.Context(), r.Stream, r.Revision-1, r.Event)
				require.NoError(t, err)
			}
			rest = rest[n:]
			synctest.Wait()
		}
		ctx, stop := context.WithCancel(t.Context())
		r := projections.Runner{Store: store, Codec: small.Codec, Views: views, Projector: counter{time.Now(), views}, Every: time.Second}
		ended := make(chan error, 1)
		go func() { ended <- r.Run(ctx) }()
		time.Sleep(time.Minute)
		add(1)
		time.Sleep(300 * time.Millisecond)
		add(2)
		time.Sleep(300 * time.Millisecond)
		add(3)
		time.Sleep(time.Minute)
		add(1)
		add(1)
		stop()
		require.NoError(t, <-ended, "also while it waits")
		require.Equal(t, []batch{
			{time.Minute, 1}, {time.Minute + time.Second, 5}, {2*time.Minute + 600*time.Millisecond, 1},
		}, views.batches)
	})
}
