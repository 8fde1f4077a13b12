package esdb_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	client "github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/punchledger/punchledger/adapters/esdb"
	"github.com/punchledger/punchledger/eventstore/memory"
)

// clock is a clock that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// owned says which streams belong to the ledger in these tests.
func owned(stream string) bool { return strings.HasPrefix(stream, "timecard-") }

// served is a server with its address.
type served struct {
	addr  string
	clock *clock
	log   esdb.Log
}

// serve starts a server until the test ends. Change may set its options.
func serve(t testing.TB, change ...func(*esdb.Options)) *served {
	t.Helper()
	s := &served{clock: newClock()}
	s.log = esdb.FromStore(memory.New(memory.Gappy(7), memory.Limit(esdb.StoreBytes)), owned, s.clock.Now)
	opts := esdb.Options{Log: s.log, Owns: owned, Now: s.clock.Now}
	for _, c := range change {
		c(&opts)
	}
	s.log = opts.Log
	server, err := esdb.New(opts)
	require.NoError(t, err)
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error)
	go func() { done <- server.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-done)
	})
	s.addr = l.Addr().String()
	return s
}

// kept is a log that outlives servers; its cursors have no gaps.
func kept() func(*esdb.Options) {
	store := memory.New(memory.Limit(esdb.StoreBytes))
	return func(o *esdb.Options) { o.Log = esdb.FromStore(store, owned, newClock().Now) }
}

// client returns the official client, connected.
func (s *served) client(t testing.TB) *client.Client {
	t.Helper()
	return dial(t, "esdb://"+s.addr+"?tls=false")
}

func dial(t testing.TB, address string) *client.Client {
	t.Helper()
	config, err := client.ParseConnectionString(address)
	require.NoError(t, err)
	config.Logger = client.NoopLogging()
	c, err := client.NewClient(config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// streams returns the protocol itself, for what the official client does not show.
func (s *served) streams(t testing.TB) streams.StreamsClient {
	t.Helper()
	return streams.NewStreamsClient(s.connect(t))
}

func (s *served) connect(t testing.TB) *grpc.ClientConn {
	t.Helper()
	conn, err := grpc.NewClient(s.addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return conn
}

func event(n int) client.EventData {
	return client.EventData{
		EventID: uuid.NewSHA1(uuid.NameSpaceOID, []byte{byte(n >> 16), byte(n >> 8), byte(n)}), EventType: "Opened",
		ContentType: client.ContentTypeJson, Data: fmt.Appendf(nil, `{"n":%d}`, n), Metadata: []byte(`{"m":1}`),
	}
}

func eventsFrom(from, to int) []client.EventData {
	var out []client.EventData
	for n := from; n < to; n++ {
		out = append(out, event(n))
	}
	return out
}

// must appends events from to to-1 wherever the stream ends.
func must(t testing.TB, c *client.Client, stream string, from, to int) *client.WriteResult {
	t.Helper()
	r, err := c.AppendToStream(t.Context(), stream, client.AppendToStreamOptions{ExpectedRevision: client.Any{}}, eventsFrom(from, to)...)
	require.NoError(t, err)
	return r
}

// read returns what a read of a stream gives, as revisions, and the code of its error.
func read(t testing.TB, c *client.Client, stream string, opts client.ReadStreamOptions) ([]uint64, error) {
	t.Helper()
	in, err := c.ReadStream(t.Context(), stream, opts, 100_000)
	require.NoError(t, err)
	defer in.Close()
	var out []uint64
	for {
		e, err := in.Recv()
		if err != nil {
			if strings.Contains(err.Error(), "EOF") {
				return out, nil
			}
			return out, err
		}
		out = append(out, e.OriginalEvent().EventNumber)
	}
}

func requireCode(t testing.TB, want client.ErrorCode, err error) {
	t.Helper()
	got, ok := client.FromError(err)
	require.False(t, ok, "no error")
	for got.Code() != want {
		inner, isInner := got.Err().(*client.Error) //nolint:errorlint // the client wraps its own errors in its own way
		require.True(t, isInner, "got %v", err)
		got = inner
	}
}

func message(n int) *streams.AppendReq_ProposedMessage {
	id := event(n).EventID
	return &streams.AppendReq_ProposedMessage{
		Id:       &shared.UUID{Value: &shared.UUID_String_{String_: id.String()}},
		Metadata: map[string]string{"type": "Opened", "content-type": "application/json"},
		Data:     event(n).Data,
	}
}

var none = &shared.Empty{}

func named(stream string) *shared.StreamIdentifier {
	return &shared.StreamIdentifier{StreamName: []byte(stream)}
}

// expected makes the options of an append; -1 is no stream, -2 any, -4 stream exists.
func expected(stream string, revision int) *streams.AppendReq {
	o := &streams.AppendReq_Options{StreamIdentifier: named(stream)}
	switch revision {
	case -1:
		o.ExpectedStreamRevision = &streams.AppendReq_Options_NoStream{NoStream: none}
	case -2:
		o.ExpectedStreamRevision = &streams.AppendReq_Options_Any{Any: none}
	case -4:
		o.ExpectedStreamRevision = &streams.AppendReq_Options_StreamExists{StreamExists: none}
	default:
		o.ExpectedStreamRevision = &streams.AppendReq_Options_Revision{Revision: uint64(revision)}
	}
	return &streams.AppendReq{Content: &streams.AppendReq_Options_{Options: o}}
}

// send appends messages over the protocol itself.
func send(t testing.TB, c streams.StreamsClient, stream string, revision int, ns ...int) (*streams.AppendResp, error) {
	t.Helper()
	call, err := c.Append(t.Context())
	require.NoError(t, err)
	require.NoError(t, call.Send(expected(stream, revision)))
	for _, n := range ns {
		require.NoError(t, call.Send(&streams.AppendReq{Content: &streams.AppendReq_ProposedMessage_{ProposedMessage: message(n)}}))
	}
	return call.CloseAndRecv()
}
