package bus_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/punchledger/punchledger/adapters/bus"
	"github.com/punchledger/punchledger/projections/relay"
)

// startKafka starts a broker with topics of four partitions and returns its address.
func startKafka(t testing.TB, topics ...string) string {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(4, topics...))
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return "kafka://" + strings.Join(c.ListenAddrs(), ",")
}

// messagesIn reads n messages of a topic, each partition in its order.
func messagesIn(t testing.TB, address, topic string, n int) (out []*sarama.ConsumerMessage) {
	t.Helper()
	config := sarama.NewConfig()
	config.Version = sarama.V2_1_0_0
	c, err := sarama.NewConsumer([]string{strings.TrimPrefix(address, "kafka://")}, config)
	require.NoError(t, err)
	defer c.Close()
	partitions, err := c.Partitions(topic)
	require.NoError(t, err)
	all := make(chan *sarama.ConsumerMessage)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	for _, p := range partitions {
		pc, err := c.ConsumePartition(topic, p, sarama.OffsetOldest)
		require.NoError(t, err)
		defer pc.Close()
		go func() {
			for m := range pc.Messages() {
				select {
				case all <- m:
				case <-ctx.Done():
					return
				}
			}
		}()
	}
	for range n {
		out = append(out, <-all)
	}
	return out
}

func TestAKafkaTopicGetsEverythingKeyedByStream(t *testing.T) {
	address := startKafka(t, "acme")
	s := newScroll(t)
	s.write(300)
	e := s.add(relay.Endpoint{Name: "bus", URL: address + "/acme", Direction: relay.Out, Attempts: 3})
	n, err := s.relay().CatchUp(t.Context(), e)
	require.NoError(t, err)
	require.Equal(t, 300, n)
	var got received
	partition := map[string]int32{}
	for _, m := range messagesIn(t, address, "acme", 300) {
		key := string(m.Key)
		was, seen := partition[key]
		require.True(t, !seen || was == m.Partition, "a stream stays in one partition")
		partition[key] = m.Partition
		got.add(t, m.Value)
	}
	require.Equal(t, s.streams(), got.streams)
	require.Zero(t, got.again)
}

func TestAKafkaBrokerThatIsAwayIsNoFaultOfTheMessage(t *testing.T) {
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "acme"))
	require.NoError(t, err)
	e := relay.Endpoint{URL: "kafka://" + c.ListenAddrs()[0] + "/acme"}
	p, err := bus.Open(e, bus.Access{})
	require.NoError(t, err)
	require.NoError(t, p.Publish(t.Context(), relay.Message{ID: "m", Key: "k", Body: []byte("{}")}))
	c.Close()
	err = p.Publish(t.Context(), relay.Message{ID: "n", Key: "k", Body: []byte("{}")})
	_, waited := errors.AsType[*relay.UnavailableError](err)
	require.True(t, waited, "%v", err)
	require.NoError(t, p.Close())
	_, err = bus.Open(e, bus.Access{})
	require.Error(t, err)
}

func TestDecisionsComeInFromKafka(t *testing.T) {
	address := startKafka(t, "oa", "oa.poison")
	e := relay.Endpoint{Name: "oa", URL: address + "/oa", Direction: relay.In}
	out, err := bus.Open(relay.Endpoint{URL: e.URL}, bus.Access{})
	require.NoError(t, err)
	for _, body := range []string{"one", "bad two", "three"} {
		require.NoError(t, out.Publish(t.Context(), relay.Message{ID: body, Key: "same", Body: []byte(body)}))
	}
	require.NoError(t, out.Close())
	var taken []string
	got := make(chan struct{}, 10)
	failed := false
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- bus.Take(ctx, e, bus.Access{}, "punchledger-oa", func(_ context.Context, body []byte) error {
			switch {
			case strings.HasPrefix(string(body), "bad"):
				return &relay.BadMessageError{Reason: errors.New("it is bad")}
			case !failed:
				failed = true
				return errors.New("not now")
			}
			taken = append(taken, string(body))
			got <- struct{}{}
			return nil
		}, func(error) {})
	}()
	<-got
	<-got
	stop()
	require.NoError(t, <-done)
	require.Equal(t, []string{"one", "three"}, taken)
	bad := messagesIn(t, address, "oa.poison", 1)[0]
	require.Equal(t, "bad two", string(bad.Value))
	headers := map[string]string{}
	for _, h := range bad.Headers {
		headers[string(h.Key)] = string(h.Value)
	}
	require.Equal(t, "it is bad", headers["reason_poisoned"])
}

// What the publishers take in a second, with brokers in the same process; run with -bench.
func BenchmarkRelay(b *testing.B) {
	for name, open := range map[string]func() string{
		"nats, each message synced to the disk": func() string { return startNATS(b, b.TempDir(), -1).ClientURL() + "/bench" },
		"kafka, a broker in memory":             func() string { return startKafka(b, "bench") + "/bench" },
		"webhook":                               func() string { return discard(b) },
	} {
		b.Run(name, func(b *testing.B) {
			s := newScroll(b)
			e := s.add(relay.Endpoint{Name: "bus", URL: open(), Direction: relay.Out, Private: true, Attempts: 3})
			r := s.relay(newKey)
			n := 0
			took := time.Duration(0)
			for b.Loop() {
				b.StopTimer()
				s.write(2000) // new ones: a broker does not store again what it has
				b.StartTimer()
				began := time.Now()
				k, err := r.CatchUp(b.Context(), e)
				require.NoError(b, err)
				n, took = n+k, took+time.Since(began)
			}
			b.ReportMetric(float64(n)/took.Seconds(), "events/s")
		})
	}
}
