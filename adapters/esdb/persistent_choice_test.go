package esdb_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	client "github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/persistent"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

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
			StreamIdentifier: named("gate-1"), GroupName: name, //nolint:staticcheck // the older field is the subject
			Settings: &persistent.CreateReq_Settings{
				Revision:              revision,                        //nolint:staticcheck // the older field is the subject
				NamedConsumerStrategy: persistent.CreateReq_RoundRobin, //nolint:staticcheck // and this one
				MessageTimeout:        &persistent.CreateReq_Settings_MessageTimeoutTicks{MessageTimeoutTicks: 300_000_000},
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

func TestEventsOfOneCorrelationGoToOneConsumer(t *testing.T) {
	s := serve(t, live)
	c := s.client(t)
	groups := persistent.NewPersistentSubscriptionsClient(s.connect(t))
	_, err := groups.Create(t.Context(), &persistent.CreateReq{Options: &persistent.CreateReq_Options{
		GroupName: "g", Settings: &persistent.CreateReq_Settings{ConsumerStrategy: "PinnedByCorrelation"},
		StreamOption: &persistent.CreateReq_Options_Stream{Stream: &persistent.CreateReq_StreamOptions{StreamIdentifier: named("gate-1")}},
	}})
	require.NoError(t, err)
	info, err := groups.GetInfo(t.Context(), &persistent.GetInfoReq{Options: &persistent.GetInfoReq_Options{
		GroupName: "g", StreamOption: &persistent.GetInfoReq_Options_StreamIdentifier{StreamIdentifier: named("gate-1")},
	}})
	require.NoError(t, err)
	require.Equal(t, "PinnedByCorrelation", info.GetSubscriptionInfo().GetNamedConsumerStrategy())
	type got struct {
		consumer    int
		correlation string
	}
	const correlations, each = 6, 5
	seen := make(chan got, correlations*each)
	var all sync.WaitGroup
	var subs []*client.PersistentSubscription
	for n := range 3 {
		sub := consume(t, c, "gate-1", 100)
		subs = append(subs, sub)
		all.Go(func() {
			for e := sub.Recv(); e.SubscriptionDropped == nil; e = sub.Recv() {
				_ = sub.Ack(e.EventAppeared.Event)
				seen <- got{n, string(e.EventAppeared.Event.OriginalEvent().UserMetadata)}
			}
		})
	}
	for n := range correlations * each {
		e := event(n)
		e.Metadata = fmt.Appendf(nil, `{"$correlationId":"c%d"}`, n%correlations)
		_, err := c.AppendToStream(t.Context(), "gate-1", client.AppendToStreamOptions{ExpectedRevision: client.Any{}}, e)
		require.NoError(t, err)
	}
	homes := map[string]int{}
	for range correlations * each {
		g := <-seen
		home, known := homes[g.correlation]
		require.True(t, !known || home == g.consumer, "%s went to several", g.correlation)
		homes[g.correlation] = g.consumer
	}
	require.Len(t, homes, correlations)
	for _, sub := range subs {
		require.NoError(t, sub.Close())
	}
	all.Wait()
}
