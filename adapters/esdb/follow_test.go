package esdb_test

import (
	"fmt"
	"sync"
	"testing"

	client "github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/esdb"
)

func TestASubscriptionBeginsBehindItsPlace(t *testing.T) {
	s := serve(t)
	c := s.client(t)
	must(t, c, "gate-1", 0, 4)
	for _, f := range []struct {
		name string
		from client.StreamPosition
		want []uint64
	}{
		{"the start", client.Start{}, []uint64{0, 1, 2, 3}},
		{"a revision", client.Revision(1), []uint64{2, 3}},
		{"the last revision", client.Revision(3), nil},
		{"the end", client.End{}, nil},
	} {
		sub, err := c.SubscribeToStream(t.Context(), "gate-1", client.SubscribeToStreamOptions{From: f.from})
		require.NoError(t, err)
		var got []uint64
		for {
			e := sub.Recv()
			require.Nil(t, e.SubscriptionDropped, f.name)
			if e.CaughtUp != nil {
				break
			}
			got = append(got, e.EventAppeared.OriginalEvent().EventNumber)
		}
		require.Equal(t, f.want, got, f.name)
		require.NoError(t, sub.Close())
	}
}

func TestASubscriptionWaitsForAStreamThatIsNotThere(t *testing.T) {
	s := serve(t)
	c := s.client(t)
	sub, err := c.SubscribeToStream(t.Context(), "gate-1", client.SubscribeToStreamOptions{From: client.Start{}})
	require.NoError(t, err)
	defer sub.Close()
	require.NotNil(t, sub.Recv().CaughtUp)
	must(t, c, "gate-2", 0, 1)
	must(t, c, "gate-1", 5, 6)
	require.Equal(t, event(5).EventID, sub.Recv().EventAppeared.OriginalEvent().EventID)
}

func TestASubscriptionEndsWithItsStream(t *testing.T) {
	s := serve(t)
	c := s.client(t)
	must(t, c, "gate-1", 0, 1)
	sub, err := c.SubscribeToStream(t.Context(), "gate-1", client.SubscribeToStreamOptions{From: client.End{}})
	require.NoError(t, err)
	defer sub.Close()
	require.NotNil(t, sub.Recv().CaughtUp)
	_, err = c.TombstoneStream(t.Context(), "gate-1", client.TombstoneStreamOptions{ExpectedRevision: client.Any{}})
	require.NoError(t, err)
	dropped := sub.Recv().SubscriptionDropped
	require.NotNil(t, dropped)
	require.ErrorContains(t, dropped.Error, "is deleted")
}

// TestNothingIsLostOrDoubledWhileOthersAppend follows from the start, from the middle and from the end while writers append.
func TestNothingIsLostOrDoubledWhileOthersAppend(t *testing.T) {
	const writers, each = 8, 150
	for name, log := range map[string]func(*esdb.Options){
		"cursors with gaps":    func(*esdb.Options) {},
		"cursors without gaps": kept(),
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, log)
			c := s.client(t)
			must(t, c, "gate-shared", 0, 50)
			var all sync.WaitGroup
			for w := range writers {
				all.Go(func() {
					for n := range each {
						stream := []string{"gate-shared", fmt.Sprintf("gate-%d", w)}[n%2]
						_, err := c.AppendToStream(t.Context(), stream, client.AppendToStreamOptions{ExpectedRevision: client.Any{}}, event(1000+w*each+n))
						if err != nil {
							t.Error(err)
						}
					}
				})
			}
			const shared = 50 + writers*each/2
			for range 4 {
				all.Go(func() { followStream(t, c, shared) })
				all.Go(func() { followAll(t, c, 50+writers*each) })
			}
			all.Wait()
		})
	}
}

// followStream expects the revisions of the shared stream one after the other.
func followStream(t *testing.T, c *client.Client, n uint64) {
	t.Helper()
	sub, err := c.SubscribeToStream(t.Context(), "gate-shared", client.SubscribeToStreamOptions{From: client.Start{}})
	if err != nil {
		t.Error(err)
		return
	}
	defer sub.Close()
	for want := uint64(0); want < n; {
		e := sub.Recv()
		switch {
		case e.SubscriptionDropped != nil:
			t.Error(e.SubscriptionDropped.Error)
			return
		case e.EventAppeared != nil:
			if got := e.EventAppeared.OriginalEvent().EventNumber; got != want {
				t.Errorf("got revision %d, want %d", got, want)
				return
			}
			want++
		}
	}
}

// followAll expects growing positions, and each event once.
func followAll(t *testing.T, c *client.Client, n int) {
	t.Helper()
	sub, err := c.SubscribeToAll(t.Context(), client.SubscribeToAllOptions{From: client.Start{}})
	if err != nil {
		t.Error(err)
		return
	}
	defer sub.Close()
	var before uint64
	for range n {
		e := sub.Recv()
		for e.CaughtUp != nil {
			e = sub.Recv()
		}
		if e.SubscriptionDropped != nil {
			t.Error(e.SubscriptionDropped.Error)
			return
		}
		at := e.EventAppeared.OriginalEvent().Position.Commit
		if at <= before {
			t.Errorf("position %d after %d", at, before)
			return
		}
		before = at
	}
}

// TestAFilteredSubscriptionCanBeTakenUpAtEveryCheckpoint leaves a subscription at each of its checkpoints and begins anew there: all
// wanted events come once.
func TestAFilteredSubscriptionCanBeTakenUpAtEveryCheckpoint(t *testing.T) {
	s := serve(t)
	c := s.client(t)
	for n := range 400 {
		stream := "gate-1"
		if n%40 == 17 {
			stream = "door-1"
		}
		must(t, c, stream, n, n+1)
	}
	at := client.AllPosition(client.Start{})
	var got []uint64
	var marks []uint64
	for len(got) < 10 {
		sub, err := c.SubscribeToAll(t.Context(), client.SubscribeToAllOptions{
			From: at, MaxSearchWindow: 10, CheckpointInterval: 3,
			Filter: &client.SubscriptionFilter{Type: client.StreamFilterType, Prefixes: []string{"door"}},
		})
		require.NoError(t, err)
		for {
			e := sub.Recv()
			require.Nil(t, e.SubscriptionDropped)
			if e.EventAppeared != nil {
				got = append(got, e.EventAppeared.OriginalEvent().EventNumber)
			}
			if e.CheckPointReached != nil {
				at = *e.CheckPointReached
				marks = append(marks, e.CheckPointReached.Commit)
				break
			}
		}
		require.NoError(t, sub.Close())
	}
	require.Equal(t, []uint64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, got)
	require.IsIncreasing(t, marks)
	require.GreaterOrEqual(t, len(marks), 10, "a checkpoint at least every thirty events that were looked at")
}

func TestAFilteredSubscriptionMarksTheEndWhenItGoesLive(t *testing.T) {
	s := serve(t)
	c := s.client(t)
	last := must(t, c, "gate-1", 0, 5)
	in, err := s.streams(t).Read(t.Context(), request(func(o *streams.ReadReq_Options) {
		o.CountOption = &streams.ReadReq_Options_Subscription{Subscription: &streams.ReadReq_Options_SubscriptionOptions{}}
		o.FilterOption = &streams.ReadReq_Options_Filter{Filter: &streams.ReadReq_Options_FilterOptions{
			Filter: &streams.ReadReq_Options_FilterOptions_EventType{EventType: &streams.ReadReq_Options_FilterOptions_Expression{Prefix: []string{"Nothing"}}},
			Window: &streams.ReadReq_Options_FilterOptions_Max{Max: 100}, CheckpointIntervalMultiplier: 1,
		}}
	}))
	require.NoError(t, err)
	first, err := in.Recv()
	require.NoError(t, err)
	require.NotEmpty(t, first.GetConfirmation().GetSubscriptionId())
	mark, err := in.Recv()
	require.NoError(t, err)
	require.Equal(t, last.CommitPosition, mark.GetCheckpoint().GetCommitPosition())
	live, err := in.Recv()
	require.NoError(t, err)
	require.NotNil(t, live.GetCaughtUp())
}

// TestASubscriptionGoesOnAfterARestart follows from the last position that was seen, on another server of the same log.
func TestASubscriptionGoesOnAfterARestart(t *testing.T) {
	log := kept()
	var seen client.Position
	t.Run("before", func(t *testing.T) {
		c := serve(t, log).client(t)
		for n := range 50 {
			must(t, c, fmt.Sprintf("gate-%d", n%3), n, n+1)
		}
		sub, err := c.SubscribeToAll(t.Context(), client.SubscribeToAllOptions{From: client.Start{}})
		require.NoError(t, err)
		defer sub.Close()
		for range 20 {
			seen = sub.Recv().EventAppeared.OriginalEvent().Position
		}
	})
	c := serve(t, log).client(t)
	sub, err := c.SubscribeToAll(t.Context(), client.SubscribeToAllOptions{From: seen})
	require.NoError(t, err)
	defer sub.Close()
	for n := 20; n < 50; n++ {
		require.Equal(t, event(n).EventID, sub.Recv().EventAppeared.OriginalEvent().EventID)
	}
	require.NotNil(t, sub.Recv().CaughtUp)
}

// TestASlowReaderFallsBehindAndCatchesUp does not read while more is appended than any buffer holds.
func TestASlowReaderFallsBehindAndCatchesUp(t *testing.T) {
	c := serve(t).client(t)
	sub, err := c.SubscribeToStream(t.Context(), "gate-1", client.SubscribeToStreamOptions{From: client.Start{}})
	require.NoError(t, err)
	defer sub.Close()
	require.NotNil(t, sub.Recv().CaughtUp)
	const batches, each = 60, 100
	for b := range batches {
		events := eventsFrom(b*each, (b+1)*each)
		for n := range events {
			events[n].Metadata = make([]byte, 1000)
		}
		_, err := c.AppendToStream(t.Context(), "gate-1", client.AppendToStreamOptions{ExpectedRevision: client.Any{}}, events...)
		require.NoError(t, err)
	}
	again := 0
	for want := uint64(0); want < batches*each || again == 0; {
		e := sub.Recv()
		require.Nil(t, e.SubscriptionDropped)
		if e.CaughtUp != nil {
			again++
			continue
		}
		require.Equal(t, want, e.EventAppeared.OriginalEvent().EventNumber)
		want++
	}
}
