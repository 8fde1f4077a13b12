package bus_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/bus"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections/relay"
)

func noWait(ctx context.Context, _ int) error { return ctx.Err() }

// startNATS starts a server with JetStream in dir; port -1 is any.
func startNATS(t testing.TB, dir string, port int) *server.Server {
	t.Helper()
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: port, JetStream: true, StoreDir: dir, NoSigs: true, NoLog: true, SyncAlways: true})
	require.NoError(t, err)
	s.Start()
	require.True(t, s.ReadyForConnections(time.Minute))
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	return s
}

func portOf(s *server.Server) int { return s.Addr().(*net.TCPAddr).Port }

func jetstream(t testing.TB, url string) nats.JetStreamContext {
	t.Helper()
	conn, err := nats.Connect(url)
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	js, err := conn.JetStream()
	require.NoError(t, err)
	return js
}

// stored reads all messages below a subject.
func stored(t testing.TB, js nats.JetStreamContext, stream, subject string) (out []*nats.Msg) {
	t.Helper()
	info, err := js.StreamInfo(stream)
	require.NoError(t, err)
	sub, err := js.SubscribeSync(subject, nats.OrderedConsumer())
	require.NoError(t, err)
	for range info.State.Msgs {
		m, err := sub.NextMsg(30 * time.Second)
		require.NoError(t, err)
		out = append(out, m)
	}
	return out
}

func TestABrokerThatIsRestartedInTheMiddleGetsEverythingOnce(t *testing.T) {
	dir := t.TempDir()
	broker := startNATS(t, dir, -1)
	port, url := portOf(broker), broker.ClientURL()
	s := newScroll(t)
	s.write(300)
	e := s.add(relay.Endpoint{Name: "bus", URL: url + "/acme.time", Direction: relay.Out, Attempts: 3})
	r := s.relay()
	delivered := make(chan struct{}, 600)
	r.Delivered = func(relay.Message, eventstore.Position) { delivered <- struct{}{} }
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	<-delivered
	broker.Shutdown()
	broker.WaitForShutdown()
	s.write(300) // while nobody is there
	startNATS(t, dir, port)
	for range 599 {
		<-delivered
	}
	stop()
	require.NoError(t, <-done)

	at, err := s.book.Checkpoint(t.Context(), e.Name)
	require.NoError(t, err)
	require.EqualValues(t, 600, at.Position)
	var got received
	for _, m := range stored(t, jetstream(t, url), "ACME_TIME", "acme.time.>") {
		require.Equal(t, "acme.time.timecard.PunchAccepted", m.Subject)
		require.Equal(t, relay.ContentType, m.Header.Get("content-type"))
		got.add(t, m.Data)
	}
	require.Equal(t, s.streams(), got.streams, "everything, each stream in its order")
	require.Zero(t, got.again, "what was sent again was recognised by its id")
}

func TestAStreamThatWouldLoseMessagesIsRefused(t *testing.T) {
	broker := startNATS(t, t.TempDir(), -1)
	js := jetstream(t, broker.ClientURL())
	for _, c := range []struct {
		name, setting string
		change        func(*nats.StreamConfig)
	}{
		{"in memory", "storage", func(c *nats.StreamConfig) { c.Storage = nats.MemoryStorage }},
		{"that acknowledges nothing", "no_ack", func(c *nats.StreamConfig) { c.NoAck = true }},
		{"that drops what nobody waits for", "retention", func(c *nats.StreamConfig) { c.Retention = nats.InterestPolicy }},
		{"that drops the oldest", "discard", func(c *nats.StreamConfig) { c.MaxMsgs = 1000 }},
		{"that forgets ids", "duplicate_window", func(c *nats.StreamConfig) { c.Duplicates = time.Second }},
		{"that is full one day and says so", "", func(c *nats.StreamConfig) { c.MaxMsgs, c.Discard = 1000, nats.DiscardNew }},
		{"of the usual kind", "", func(*nats.StreamConfig) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := nats.StreamConfig{Name: "MINE", Subjects: []string{"mine.>"}}
			c.change(&config)
			_, err := js.AddStream(&config)
			require.NoError(t, err)
			defer func() { require.NoError(t, js.DeleteStream("MINE")) }()
			p, err := bus.Open(relay.Endpoint{URL: broker.ClientURL() + "/mine"}, bus.Access{})
			if c.setting == "" {
				require.NoError(t, err)
				require.NoError(t, p.Close())
				return
			}
			wrong, ok := errors.AsType[*bus.SettingsError](err)
			require.True(t, ok, "%v", err)
			require.Equal(t, c.setting, wrong.Setting)
		})
	}
}

func TestDecisionsComeInFromATopicAndBadOnesArePutAside(t *testing.T) {
	dir := t.TempDir()
	broker := startNATS(t, dir, -1)
	url := broker.ClientURL()
	e := relay.Endpoint{Name: "oa", URL: url + "/oa.decisions", Direction: relay.In}
	var taken []string
	failures := 2
	three := make(chan struct{}, 10)
	take := func(_ context.Context, body []byte) error {
		switch {
		case strings.HasPrefix(string(body), "bad"):
			return &relay.BadMessageError{Reason: errors.New("it is bad")}
		case failures > 0:
			failures--
			return errors.New("not now")
		}
		taken = append(taken, string(body))
		three <- struct{}{}
		return nil
	}
	var troubles []string
	run := func() (func(), chan error) {
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			done <- bus.Take(ctx, e, bus.Access{}, "punchledger-oa", take, func(err error) {
				if err != nil {
					troubles = append(troubles, err.Error())
				}
			})
		}()
		return stop, done
	}
	stop, done := run()
	js := jetstream(t, url)
	for {
		if _, err := js.StreamInfo("OA_DECISIONS"); err == nil {
			break
		}
	}
	for _, body := range []string{"one", "bad two", "three"} {
		_, err := js.Publish("oa.decisions", []byte(body))
		require.NoError(t, err)
	}
	<-three
	<-three
	stop()
	require.NoError(t, <-done)
	_, err := js.Publish("oa.decisions", []byte("four"))
	require.NoError(t, err)
	stop, done = run()
	<-three
	stop()
	require.NoError(t, <-done)
	require.Equal(t, []string{"one", "three", "four"}, taken, "who comes back goes on after what was acknowledged")
	require.Equal(t, []string{"not now", "not now"}, troubles)

	sub, err := js.SubscribeSync("oa.decisions.poison", nats.OrderedConsumer())
	require.NoError(t, err)
	m, err := sub.NextMsg(30 * time.Second)
	require.NoError(t, err)
	require.Equal(t, []string{"bad two", "it is bad", "oa.decisions"},
		[]string{string(m.Data), m.Header.Get("reason_poisoned"), m.Header.Get("topic_poisoned")})
}
