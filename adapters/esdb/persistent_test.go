package esdb_test

import (
	"fmt"
	"testing"
	"time"

	client "github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/esdb"
)

// live runs a server by the clock of the machine: timeouts are its own.
func live(o *esdb.Options) { o.Now = time.Now }

func createGroup(t *testing.T, c *client.Client, stream string, change func(*client.PersistentSubscriptionSettings)) {
	t.Helper()
	settings := client.SubscriptionSettingsDefault()
	change(&settings)
	require.NoError(t, c.CreatePersistentSubscription(t.Context(), stream, "g", client.PersistentStreamSubscriptionOptions{
		StartFrom: client.Start{}, Settings: &settings,
	}))
}

func consume(t *testing.T, c *client.Client, stream string, buffer int) *client.PersistentSubscription {
	t.Helper()
	sub, err := c.SubscribeToPersistentSubscription(t.Context(), stream, "g", client.SubscribeToPersistentSubscriptionOptions{BufferSize: uint32(buffer)})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, sub.Close()) })
	return sub
}

// next returns the next event of a consumer.
func next(t *testing.T, sub *client.PersistentSubscription) *client.EventAppeared {
	t.Helper()
	e := sub.Recv()
	require.Nil(t, e.SubscriptionDropped, "%+v", e.SubscriptionDropped)
	return e.EventAppeared
}

func revisionOf(e *client.EventAppeared) uint64 { return e.Event.OriginalEvent().EventNumber }

func TestAConsumerHasAsManyEventsAsItsBufferHolds(t *testing.T) {
	c := serve(t, live).client(t)
	must(t, c, "gate-1", 0, 5)
	createGroup(t, c, "gate-1", func(*client.PersistentSubscriptionSettings) {})
	sub := consume(t, c, "gate-1", 2)
	first, second := next(t, sub), next(t, sub)
	info, err := c.GetPersistentSubscriptionInfo(t.Context(), "gate-1", "g", client.GetPersistentSubscriptionOptions{})
	require.NoError(t, err)
	require.Equal(t, int64(2), info.Stats.TotalInFlightMessages)
	require.Equal(t, int64(3), info.Stats.ReadBufferCount)
	require.Equal(t, int64(0), info.Connections[0].AvailableSlots)
	require.NoError(t, sub.Ack(second.Event))
	require.Equal(t, uint64(2), revisionOf(next(t, sub)))
	require.NoError(t, sub.Ack(first.Event))
	require.Equal(t, uint64(3), revisionOf(next(t, sub)))
}

func TestAnEventThatIsNotAcknowledgedInTimeComesAgainAndIsParkedInTheEnd(t *testing.T) {
	c := serve(t, live).client(t)
	must(t, c, "gate-1", 0, 1)
	createGroup(t, c, "gate-1", func(s *client.PersistentSubscriptionSettings) { s.MessageTimeout, s.MaxRetryCount = 30, 2 })
	sub := consume(t, c, "gate-1", 10)
	for retries := range 3 {
		e := next(t, sub)
		require.Equal(t, retries, e.RetryCount)
	}
	must(t, c, "gate-1", 1, 2)
	require.Equal(t, uint64(1), revisionOf(next(t, sub)))
	parked, err := c.SubscribeToStream(t.Context(), "$persistentsubscription-gate-1::g-parked", client.SubscribeToStreamOptions{
		From: client.Start{}, ResolveLinkTos: true,
	})
	require.NoError(t, err)
	defer parked.Close()
	e := parked.Recv()
	for e.CaughtUp != nil {
		e = parked.Recv()
	}
	require.Equal(t, event(0).EventID, e.EventAppeared.Event.EventID)
	require.Contains(t, string(e.EventAppeared.Link.UserMetadata), "took too long")
}

func TestWhatBecomesOfEventsThatAreNotAcknowledged(t *testing.T) {
	for _, c := range []struct {
		name   string
		action client.NackAction
		again  bool
		parked int
	}{
		{"retried", client.NackActionRetry, true, 0},
		{"left to the server", client.NackActionUnknown, true, 0},
		{"skipped", client.NackActionSkip, false, 0},
		{"parked", client.NackActionPark, false, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := serve(t, live).client(t)
			must(t, db, "gate-1", 0, 2)
			createGroup(t, db, "gate-1", func(*client.PersistentSubscriptionSettings) {})
			sub := consume(t, db, "gate-1", 1)
			require.NoError(t, sub.Nack("because", c.action, next(t, sub).Event))
			want := uint64(1)
			if c.again {
				want = 0
			}
			e := next(t, sub)
			require.Equal(t, want, revisionOf(e))
			require.NoError(t, sub.Ack(e.Event))
			if c.parked > 0 {
				in, err := db.ReadStream(t.Context(), "$persistentsubscription-gate-1::g-parked", client.ReadStreamOptions{ResolveLinkTos: true}, 10)
				require.NoError(t, err)
				defer in.Close()
				parked, err := in.Recv()
				require.NoError(t, err)
				require.Equal(t, event(0).EventID, parked.Event.EventID)
				require.Contains(t, string(parked.Link.UserMetadata), "because")
			}
		})
	}
}

func TestAStoppedConsumerIsDisconnectedAndItsEventsGoToOthers(t *testing.T) {
	c := serve(t, live).client(t)
	must(t, c, "gate-1", 0, 3)
	createGroup(t, c, "gate-1", func(*client.PersistentSubscriptionSettings) {})
	first := consume(t, c, "gate-1", 3)
	e := next(t, first)
	next(t, first)
	require.NoError(t, first.Nack("enough", client.NackActionStop, e.Event))
	for {
		if dropped := first.Recv(); dropped.SubscriptionDropped != nil {
			break
		}
	}
	second := consume(t, c, "gate-1", 10)
	for want := range uint64(3) {
		require.Equal(t, want, revisionOf(next(t, second)))
	}
}

func TestParkedEventsAreReplayedBeforeOthers(t *testing.T) {
	c := serve(t, live).client(t)
	must(t, c, "gate-1", 0, 4)
	createGroup(t, c, "gate-1", func(*client.PersistentSubscriptionSettings) {})
	sub := consume(t, c, "gate-1", 1)
	for range 3 {
		require.NoError(t, sub.Nack("later", client.NackActionPark, next(t, sub).Event))
	}
	held := next(t, sub)
	require.Equal(t, uint64(3), revisionOf(held))
	require.NoError(t, c.ReplayParkedMessages(t.Context(), "gate-1", "g", client.ReplayParkedMessagesOptions{StopAt: 2}))
	must(t, c, "gate-1", 4, 5)
	require.NoError(t, sub.Ack(held.Event))
	for _, want := range []uint64{0, 1, 4} {
		e := next(t, sub)
		require.Equal(t, want, revisionOf(e))
		require.Nil(t, e.Event.Link)
		require.NoError(t, sub.Ack(e.Event))
	}
	info, err := c.GetPersistentSubscriptionInfo(t.Context(), "gate-1", "g", client.GetPersistentSubscriptionOptions{})
	require.NoError(t, err)
	require.Equal(t, int64(1), info.Stats.ParkedMessagesCount)
	require.NoError(t, c.ReplayParkedMessages(t.Context(), "gate-1", "g", client.ReplayParkedMessagesOptions{}))
	require.Equal(t, uint64(2), revisionOf(next(t, sub)))
}

// TestAGroupGoesOnAfterARestartWhereItWas stops a server after a consumer acknowledged some events, and one out of order.
func TestAGroupGoesOnAfterARestartWhereItWas(t *testing.T) {
	for _, all := range []bool{false, true} {
		t.Run(fmt.Sprintf("of all streams %t", all), func(t *testing.T) {
			log := kept()
			subscribe := func(t *testing.T, c *client.Client) *client.PersistentSubscription {
				t.Helper()
				if !all {
					return consume(t, c, "gate-1", 10)
				}
				sub, err := c.SubscribeToPersistentSubscriptionToAll(t.Context(), "g", client.SubscribeToPersistentSubscriptionOptions{BufferSize: 10})
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, sub.Close()) })
				return sub
			}
			t.Run("before", func(t *testing.T) {
				c := serve(t, live, log).client(t)
				must(t, c, "gate-1", 0, 6)
				settings := client.SubscriptionSettingsDefault()
				settings.CheckpointLowerBound, settings.CheckpointUpperBound = 1, 2
				if all {
					require.NoError(t, c.CreatePersistentSubscriptionToAll(t.Context(), "g", client.PersistentAllSubscriptionOptions{
						StartFrom: client.Start{}, Settings: &settings,
						Filter: &client.SubscriptionFilter{Type: client.StreamFilterType, Prefixes: []string{"gate-"}},
					}))
				} else {
					createGroup(t, c, "gate-1", func(s *client.PersistentSubscriptionSettings) { *s = settings })
				}
				sub := subscribe(t, c)
				var events []*client.ResolvedEvent
				for range 6 {
					events = append(events, next(t, sub).Event)
				}
				require.NoError(t, sub.Ack(events[0], events[1], events[2], events[4]))
				require.NoError(t, sub.Nack("later", client.NackActionPark, events[5]))
				for range 1000 { // until it has been taken note of
					var info *client.PersistentSubscriptionInfo
					var err error
					if all {
						info, err = c.GetPersistentSubscriptionInfoToAll(t.Context(), "g", client.GetPersistentSubscriptionOptions{})
					} else {
						info, err = c.GetPersistentSubscriptionInfo(t.Context(), "gate-1", "g", client.GetPersistentSubscriptionOptions{})
					}
					require.NoError(t, err)
					if info.Stats.ParkedMessagesCount == 1 {
						break
					}
				}
			})
			c := serve(t, live, log).client(t)
			sub := subscribe(t, c)
			for _, want := range []uint64{3, 4, 5} { // 3 was open, and a checkpoint knows of nothing behind it
				require.Equal(t, want, revisionOf(next(t, sub)))
			}
			list, err := c.ListAllPersistentSubscriptions(t.Context(), client.ListPersistentSubscriptionsOptions{})
			require.NoError(t, err)
			require.Len(t, list, 1)
			require.Equal(t, int64(1), list[0].Stats.ParkedMessagesCount)
		})
	}
}

func TestAGroupOfAllStreamsDoesNotFollowItself(t *testing.T) {
	c := serve(t, live).client(t)
	settings := client.SubscriptionSettingsDefault()
	settings.CheckpointLowerBound, settings.CheckpointUpperBound = 1, 1
	for _, name := range []string{"g", "h"} {
		require.NoError(t, c.CreatePersistentSubscriptionToAll(t.Context(), name, client.PersistentAllSubscriptionOptions{
			StartFrom: client.Start{}, Settings: &settings,
		}))
	}
	for _, name := range []string{"g", "h"} {
		sub, err := c.SubscribeToPersistentSubscriptionToAll(t.Context(), name, client.SubscribeToPersistentSubscriptionOptions{})
		require.NoError(t, err)
		must(t, c, "gate-"+name, 0, 1)
		for {
			e := next(t, sub)
			require.NoError(t, sub.Ack(e.Event))
			require.NotContains(t, e.Event.OriginalEvent().StreamID, "persistentsubscription-")
			if e.Event.OriginalEvent().StreamID == "gate-"+name {
				break
			}
		}
		require.NoError(t, sub.Close())
	}
}

func TestAGroupThatIsChangedSendsItsConsumersAwayAndGoesOn(t *testing.T) {
	c := serve(t, live).client(t)
	must(t, c, "gate-1", 0, 4)
	createGroup(t, c, "gate-1", func(s *client.PersistentSubscriptionSettings) {
		s.CheckpointLowerBound, s.CheckpointUpperBound = 1, 1
	})
	sub := consume(t, c, "gate-1", 1)
	require.NoError(t, sub.Ack(next(t, sub).Event))
	require.Equal(t, uint64(1), revisionOf(next(t, sub)))
	settings := client.SubscriptionSettingsDefault()
	settings.MaxRetryCount = 3
	require.NoError(t, c.UpdatePersistentSubscription(t.Context(), "gate-1", "g", client.PersistentStreamSubscriptionOptions{
		StartFrom: client.Start{}, Settings: &settings,
	}))
	for e := sub.Recv(); e.SubscriptionDropped == nil; e = sub.Recv() {
		require.NotNil(t, e)
	}
	again := consume(t, c, "gate-1", 1)
	require.Equal(t, uint64(1), revisionOf(next(t, again)))
	info, err := c.GetPersistentSubscriptionInfo(t.Context(), "gate-1", "g", client.GetPersistentSubscriptionOptions{})
	require.NoError(t, err)
	require.Equal(t, int32(3), info.Settings.MaxRetryCount)
}

func TestADeletedGroupLeavesNothingToOneOfItsName(t *testing.T) {
	c := serve(t, live).client(t)
	must(t, c, "gate-1", 0, 2)
	createGroup(t, c, "gate-1", func(*client.PersistentSubscriptionSettings) {})
	sub := consume(t, c, "gate-1", 1)
	require.NoError(t, sub.Nack("later", client.NackActionPark, next(t, sub).Event))
	next(t, sub)
	require.NoError(t, c.DeletePersistentSubscription(t.Context(), "gate-1", "g", client.DeletePersistentSubscriptionOptions{}))
	createGroup(t, c, "gate-1", func(*client.PersistentSubscriptionSettings) {})
	info, err := c.GetPersistentSubscriptionInfo(t.Context(), "gate-1", "g", client.GetPersistentSubscriptionOptions{})
	require.NoError(t, err)
	require.Zero(t, info.Stats.ParkedMessagesCount)
	again := consume(t, c, "gate-1", 1)
	require.Equal(t, uint64(0), revisionOf(next(t, again)))
}

func TestAnIDMayStandInSeveralStreamsOfAGroup(t *testing.T) {
	c := serve(t, live).client(t)
	require.NoError(t, c.CreatePersistentSubscriptionToAll(t.Context(), "g", client.PersistentAllSubscriptionOptions{
		StartFrom: client.Start{}, Filter: &client.SubscriptionFilter{Type: client.StreamFilterType, Prefixes: []string{"gate-"}},
	}))
	same := event(1)
	same.EventID = uuid.New()
	for n := range 3 {
		_, err := c.AppendToStream(t.Context(), fmt.Sprintf("gate-%d", n), client.AppendToStreamOptions{ExpectedRevision: client.Any{}}, same)
		require.NoError(t, err)
	}
	sub, err := c.SubscribeToPersistentSubscriptionToAll(t.Context(), "g", client.SubscribeToPersistentSubscriptionOptions{BufferSize: 3})
	require.NoError(t, err)
	defer sub.Close()
	for range 3 {
		require.NoError(t, sub.Ack(next(t, sub).Event))
	}
	must(t, c, "gate-9", 0, 3)
	for range 3 {
		require.NoError(t, sub.Ack(next(t, sub).Event))
	}
}
