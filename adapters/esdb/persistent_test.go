package esdb_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	client "github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/persistent"

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
	dir := t.TempDir()
	s := serve(t, live, func(o *esdb.Options) { o.Log = onSQLite(t, dir) })
	c := s.client(t)
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
			dir := t.TempDir()
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
				s := serve(t, live, func(o *esdb.Options) { o.Log = onSQLite(t, dir) })
				c := s.client(t)
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
			c := serve(t, live, func(o *esdb.Options) { o.Log = onSQLite(t, dir) }).client(t)
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

func TestStrategiesChooseConsumers(t *testing.T) {
	const consumers, streams, each = 3, 12, 10
	for _, strategy := range []client.ConsumerStrategy{
		client.ConsumerStrategyRoundRobin, client.ConsumerStrategyDispatchToSingle, client.ConsumerStrategyPinned,
	} {
		t.Run(string(strategy), func(t *testing.T) {
			c := serve(t, live).client(t)
			settings := client.SubscriptionSettingsDefault()
			settings.ConsumerStrategyName = strategy
			require.NoError(t, c.CreatePersistentSubscriptionToAll(t.Context(), "g", client.PersistentAllSubscriptionOptions{
				StartFrom: client.Start{}, Settings: &settings,
				Filter: &client.SubscriptionFilter{Type: client.StreamFilterType, Prefixes: []string{"gate-"}},
			}))
			type got struct {
				consumer int
				stream   string
				revision uint64
			}
			seen := make(chan got, streams*each)
			var all sync.WaitGroup
			var subs []*client.PersistentSubscription
			for n := range consumers {
				sub, err := c.SubscribeToPersistentSubscriptionToAll(t.Context(), "g", client.SubscribeToPersistentSubscriptionOptions{BufferSize: 500})
				require.NoError(t, err)
				subs = append(subs, sub)
				all.Go(func() {
					for e := sub.Recv(); e.SubscriptionDropped == nil; e = sub.Recv() {
						_ = sub.Ack(e.EventAppeared.Event)
						seen <- got{n, e.EventAppeared.Event.OriginalEvent().StreamID, revisionOf(e.EventAppeared)}
					}
				})
			}
			for n := range each {
				for i := range streams {
					must(t, c, fmt.Sprintf("gate-%d", i), i*100+n, i*100+n+1)
				}
			}
			by := map[int]int{}
			homes := map[string][]int{}
			for range streams * each {
				g := <-seen
				by[g.consumer]++
				if !slices.Contains(homes[g.stream], g.consumer) {
					homes[g.stream] = append(homes[g.stream], g.consumer)
				}
			}
			for _, sub := range subs {
				require.NoError(t, sub.Close())
			}
			all.Wait()
			switch strategy {
			case client.ConsumerStrategyRoundRobin:
				require.Equal(t, map[int]int{0: 40, 1: 40, 2: 40}, by)
			case client.ConsumerStrategyDispatchToSingle:
				require.Len(t, by, 1)
			case client.ConsumerStrategyPinned:
				for stream, home := range homes {
					require.Len(t, home, 1, "%s went to several", stream)
				}
			}
		})
	}
}

func TestGroupsThatAreRefused(t *testing.T) {
	s := serve(t, live)
	c := s.client(t)
	createGroup(t, c, "gate-1", func(p *client.PersistentSubscriptionSettings) { p.MaxSubscriberCount = 1 })
	consume(t, c, "gate-1", 1)
	groups := persistent.NewPersistentSubscriptionsClient(s.connect(t))
	create := func(change func(*persistent.CreateReq_Options)) func() (metadata.MD, error) {
		return func() (trailer metadata.MD, err error) {
			o := &persistent.CreateReq_Options{
				GroupName: "new", Settings: &persistent.CreateReq_Settings{},
				StreamOption: &persistent.CreateReq_Options_Stream{Stream: &persistent.CreateReq_StreamOptions{StreamIdentifier: named("gate-1")}},
			}
			change(o)
			_, err = groups.Create(t.Context(), &persistent.CreateReq{Options: o}, grpc.Trailer(&trailer))
			return trailer, err
		}
	}
	connect := func(group string) func() (metadata.MD, error) {
		return func() (metadata.MD, error) {
			call, err := groups.Read(t.Context())
			require.NoError(t, err)
			require.NoError(t, call.Send(&persistent.ReadReq{Content: &persistent.ReadReq_Options_{Options: &persistent.ReadReq_Options{
				GroupName: group, StreamOption: &persistent.ReadReq_Options_StreamIdentifier{StreamIdentifier: named("gate-1")},
			}}}))
			_, err = call.Recv()
			return call.Trailer(), err
		}
	}
	for _, r := range []struct {
		name string
		call func() (metadata.MD, error)
		code codes.Code
		kind []string
	}{
		{"a name that is taken", create(func(o *persistent.CreateReq_Options) { o.GroupName = "g" }), codes.AlreadyExists, []string{"persistent-subscription-exists"}},
		{"no name", create(func(o *persistent.CreateReq_Options) { o.GroupName = "" }), codes.InvalidArgument, nil},
		{"an unknown strategy", create(func(o *persistent.CreateReq_Options) { o.Settings.ConsumerStrategy = "Best" }), codes.InvalidArgument, nil},
		{"a negative buffer", create(func(o *persistent.CreateReq_Options) { o.Settings.HistoryBufferSize = -1 }), codes.InvalidArgument, nil},
		{"one consumer too many", connect("g"), codes.FailedPrecondition, []string{"maximum-subscribers-reached"}},
		{"a group that is not there", connect("nobody"), codes.NotFound, []string{"persistent-subscription-does-not-exist"}},
	} {
		trailer, err := r.call()
		require.Equal(t, r.code, status.Code(err), "%s: %v", r.name, err)
		require.Equal(t, r.kind, trailer.Get("exception"), r.name)
	}
}

// TestOlderClientsCreateGroupsWithTheOlderFields is what the official Node clients send.
func TestOlderClientsCreateGroupsWithTheOlderFields(t *testing.T) {
	s := serve(t, live)
	c := s.client(t)
	must(t, c, "gate-1", 0, 3)
	groups := persistent.NewPersistentSubscriptionsClient(s.connect(t))
	for name, revision := range map[string]uint64{"start": 0, "middle": 2, "end": 1<<64 - 1} {
		_, err := groups.Create(t.Context(), &persistent.CreateReq{Options: &persistent.CreateReq_Options{
			StreamIdentifier: named("gate-1"), GroupName: name,
			Settings: &persistent.CreateReq_Settings{
				Revision: revision, NamedConsumerStrategy: persistent.CreateReq_RoundRobin,
				MessageTimeout: &persistent.CreateReq_Settings_MessageTimeoutTicks{MessageTimeoutTicks: 300_000_000},
			},
		}})
		require.NoError(t, err)
		info, err := groups.GetInfo(t.Context(), &persistent.GetInfoReq{Options: &persistent.GetInfoReq_Options{
			GroupName: name, StreamOption: &persistent.GetInfoReq_Options_StreamIdentifier{StreamIdentifier: named("gate-1")},
		}})
		require.NoError(t, err)
		require.Equal(t, map[string]string{"start": "0", "middle": "2", "end": "-1"}[name], info.GetSubscriptionInfo().GetStartFrom())
		require.Equal(t, int32(30_000), info.GetSubscriptionInfo().GetMessageTimeoutMilliseconds())
	}
	must(t, c, "gate-1", 3, 4)
	sub, err := c.SubscribeToPersistentSubscription(t.Context(), "gate-1", "end", client.SubscribeToPersistentSubscriptionOptions{})
	require.NoError(t, err)
	defer sub.Close()
	require.Equal(t, uint64(3), revisionOf(next(t, sub)))
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
