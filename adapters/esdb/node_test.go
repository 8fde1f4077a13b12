package esdb_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"testing"

	client "github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/gossip"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/persistent"
	server_features "github.com/EventStore/EventStore-Client-Go/v4/protos/serverfeatures"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/punchledger/punchledger/adapters/esdb"
)

func TestPagesAnswerOnTheSamePort(t *testing.T) {
	plain, secure := serve(t), serve(t, secured(t, newAuthority(t)))
	web := &http.Client{Transport: &http.Transport{
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // the subject is not the certificate
		ForceAttemptHTTP2: true,
	}}
	defer web.CloseIdleConnections()
	for _, base := range []string{"http://" + plain.addr, "https://" + secure.addr} {
		for path, want := range map[string]int{"/health/live": 204, "/health/ready": 204, "/info": 200, "/gossip": 200, "/nothing": 404} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+path, nil)
			require.NoError(t, err)
			resp, err := web.Do(req)
			require.NoError(t, err, base+path)
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Equal(t, want, resp.StatusCode, base+path)
			if want == 200 {
				require.True(t, json.Valid(body))
			}
		}
	}
}

func TestAServerAloneIsItsOwnLeader(t *testing.T) {
	s := serve(t)
	info, err := gossip.NewGossipClient(s.connect(t)).Read(t.Context(), none)
	require.NoError(t, err)
	require.Len(t, info.GetMembers(), 1)
	m := info.GetMembers()[0]
	require.Equal(t, gossip.MemberInfo_Leader, m.GetState())
	require.Equal(t, s.addr, m.GetHttpEndPoint().GetAddress()+":"+strconv.Itoa(int(m.GetHttpEndPoint().GetPort())))
	must(t, dial(t, "esdb+discover://"+s.addr+"?tls=false"), "gate-1", 0, 1) // as clients of a cluster find it
}

func TestAServerForReadingDoesNotSayThatItKeepsSubscriptions(t *testing.T) {
	for _, readOnly := range []bool{true, false} {
		s := serve(t, func(o *esdb.Options) { o.ReadOnly = readOnly })
		f, err := server_features.NewServerFeaturesClient(s.connect(t)).GetSupportedMethods(t.Context(), none)
		require.NoError(t, err)
		keeps := false
		for _, m := range f.GetMethods() {
			keeps = keeps || strings.Contains(m.GetServiceName(), "persistent_subscriptions")
		}
		require.Equal(t, !readOnly, keeps)
		if readOnly {
			_, err := persistent.NewPersistentSubscriptionsClient(s.connect(t)).List(t.Context(), &persistent.ListReq{})
			require.Equal(t, codes.Unimplemented, status.Code(err))
		}
	}
}

// TestAFollowerSendsWritersToTheLeader has two servers of one log, of which one leads.
func TestAFollowerSendsWritersToTheLeader(t *testing.T) {
	log := kept()
	leader := serve(t, log)
	host, port, _ := strings.Cut(leader.addr, ":")
	n, err := strconv.ParseUint(port, 10, 16)
	require.NoError(t, err)
	at := esdb.Endpoint{Host: host, Port: uint16(n)}
	follower := serve(t, log, func(o *esdb.Options) { o.Leader = &at })

	must(t, leader.client(t), "gate-1", 0, 2)
	got, err := read(t, follower.client(t), "gate-1", client.ReadStreamOptions{})
	require.NoError(t, err)
	require.Len(t, got, 2, "a follower is read like the leader")

	var trailer metadata.MD
	_, err = follower.streams(t).Delete(t.Context(), &streams.DeleteReq{Options: &streams.DeleteReq_Options{
		StreamIdentifier: named("gate-1"), ExpectedStreamRevision: &streams.DeleteReq_Options_Any{Any: none},
	}}, grpc.Trailer(&trailer))
	require.Equal(t, codes.NotFound, status.Code(err))
	require.Equal(t, []string{"not-leader"}, trailer.Get("exception"))
	require.Equal(t, []string{host}, trailer.Get("leader-endpoint-host"))
	require.Equal(t, []string{port}, trailer.Get("leader-endpoint-port"))

	db := follower.client(t)
	_, err = db.AppendToStream(t.Context(), "gate-1", client.AppendToStreamOptions{ExpectedRevision: client.Any{}}, event(5))
	requireCode(t, client.ErrorCodeNotLeader, err)
	must(t, db, "gate-1", 5, 6) // the client has gone to the leader by itself
}

// brittle is a log that panics, and one that fails.
type brittle struct {
	esdb.Log
	err error
}

func (b brittle) ReadAll(context.Context, esdb.Range) iter.Seq2[esdb.Record, error] {
	if b.err == nil {
		panic("the log is gone")
	}
	return func(yield func(esdb.Record, error) bool) { yield(esdb.Record{}, b.err) }
}

func (b brittle) Append(context.Context, string, uint64, []esdb.Proposed) (esdb.Place, error) {
	if b.err == nil {
		panic("the log is gone")
	}
	return esdb.Place{}, b.err
}

func TestAPanicEndsACallAndNotTheServer(t *testing.T) {
	for name, err := range map[string]error{"panics": nil, "fails": errors.New("the disk of Wang is full")} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(o *esdb.Options) { o.Log = brittle{o.Log, err} })
			_, readErr := readAll(t, s.streams(t), func(*streams.ReadReq_Options) {})
			require.Equal(t, codes.Internal, status.Code(readErr))
			require.NotContains(t, readErr.Error(), "Wang", "what failed is for the server's log")
			_, appendErr := send(t, s.streams(t), "gate-1", -2, 1)
			require.Equal(t, codes.Internal, status.Code(appendErr))
			batch, batchErr := s.streams(t).BatchAppend(t.Context())
			require.NoError(t, batchErr)
			require.NoError(t, batch.Send(part("a", true, options("gate-1", -2), 1)))
			got, batchErr := batch.Recv()
			require.NoError(t, batchErr)
			require.Equal(t, int32(codes.Internal), got.GetError().GetCode())
			_, readErr = read(t, s.client(t), "gate-1", client.ReadStreamOptions{})
			requireCode(t, client.ErrorCodeResourceNotFound, readErr)
		})
	}
}

func TestStoppingEndsWhatFollows(t *testing.T) {
	var sub *client.Subscription
	t.Run("server", func(t *testing.T) {
		s := serve(t)
		db, err := client.ParseConnectionString("esdb://" + s.addr + "?tls=false")
		require.NoError(t, err)
		db.Logger = client.NoopLogging()
		c, err := client.NewClient(db)
		require.NoError(t, err)
		sub, err = c.SubscribeToAll(context.WithoutCancel(t.Context()), client.SubscribeToAllOptions{From: client.Start{}})
		require.NoError(t, err)
		require.NotNil(t, sub.Recv().CaughtUp)
	})
	require.ErrorContains(t, sub.Recv().SubscriptionDropped.Error, "the server is stopping")
}
