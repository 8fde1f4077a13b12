package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/IBM/sarama"
	"github.com/ThreeDotsLabs/watermill"
	wmkafka "github.com/ThreeDotsLabs/watermill-kafka/v3/pkg/kafka"
	wmnats "github.com/ThreeDotsLabs/watermill-nats/v2/pkg/nats"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go"

	"github.com/punchledger/punchledger/projections/relay"
)

// PoisonSuffix is appended to a topic for the messages that were not taken.
const PoisonSuffix = ".poison"

// Metadata of a bad message, named as by watermill's own poison queue.
const (
	reasonKey = "reason_poisoned"
	topicKey  = "topic_poisoned"
)

// Taker carries out one message; a *relay.BadMessageError says that it never will.
type Taker func(ctx context.Context, body []byte) error

// retryAfter is how long a message rests that could not be carried out now.
const retryAfter = time.Second

// Take hands the messages of a topic to a taker, one after the other, until ctx ends. Group is the name under which the broker keeps how
// far this has come. A bad message goes to the topic's poison topic, with the reason in its metadata, and counts as done; a message that
// cannot be carried out now comes again. trouble is told of each of those problems, and of nil when a message was carried out.
func Take(ctx context.Context, e relay.Endpoint, a Access, group string, take Taker, trouble func(error)) error {
	t, err := ParseTarget(e.URL)
	if err != nil {
		return err
	}
	var in *incoming
	switch t.Scheme {
	case NATS, NATSTLS:
		in, err = takeNATS(t, a, group)
	case Kafka, KafkaTLS:
		in, err = takeKafka(t, a, group)
	case HTTP, HTTPS:
		return refused("intake_needs_topic", e.URL)
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	messages, err := in.subscriber.Subscribe(ctx, t.Topic)
	if err == nil {
		for m := range messages {
			if err := in.one(ctx, t.Topic, m, take); err != nil {
				trouble(err)
				m.Nack()
				continue
			}
			trouble(nil)
			m.Ack()
		}
		if ctx.Err() == nil {
			err = errors.New("the subscription ended")
		}
	}
	cancel()
	return errors.Join(err, in.subscriber.Close(), in.poison.Close())
}

// incoming is a topic, and where its bad messages go.
type incoming struct {
	subscriber message.Subscriber
	poison     message.Publisher
}

// one carries out one message or puts it aside.
func (in *incoming) one(ctx context.Context, topic string, m *message.Message, take Taker) error {
	err := take(ctx, m.Payload)
	bad, ok := errors.AsType[*relay.BadMessageError](err)
	if !ok {
		return err
	}
	aside := message.NewMessage(watermill.NewUUID(), m.Payload)
	aside.Metadata.Set(reasonKey, bad.Error())
	aside.Metadata.Set(topicKey, topic)
	if err := in.poison.Publish(topic+PoisonSuffix, aside); err != nil {
		return fmt.Errorf("put a bad message (%w) aside: %w", bad, err)
	}
	return nil
}

// takeNATS binds to a durable consumer of the topic's stream. The stream also keeps the bad messages, where nobody made another one.
func takeNATS(t Target, a Access, group string) (_ *incoming, err error) {
	conn, js, err := connectNATS(t, a)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			conn.Close()
		}
	}()
	stream, err := durableStream(conn, js, t.Topic, t.Topic, t.Topic+PoisonSuffix)
	if err != nil {
		return nil, err
	}
	if _, err := durableStream(conn, js, t.Topic+PoisonSuffix, t.Topic+PoisonSuffix); err != nil {
		return nil, err
	}
	if _, err := js.ConsumerInfo(stream, group); errors.Is(err, nats.ErrConsumerNotFound) {
		_, err = js.AddConsumer(stream, &nats.ConsumerConfig{
			Durable: group, DeliverSubject: "_PUNCHLEDGER." + group, DeliverPolicy: nats.DeliverAllPolicy, AckPolicy: nats.AckExplicitPolicy,
			AckWait: time.Minute, MaxAckPending: 1, FilterSubject: t.Topic,
		})
		if err != nil {
			return nil, fmt.Errorf("make the consumer %s of the stream %s: %w", group, stream, err)
		}
	} else if err != nil {
		return nil, fmt.Errorf("find the consumer %s of the stream %s: %w", group, stream, err)
	}
	s, err := wmnats.NewSubscriberWithNatsConn(conn, wmnats.SubscriberSubscriptionConfig{
		Unmarshaler: plain{}, AckWaitTimeout: time.Minute, CloseTimeout: answerWithin, NakDelay: wmnats.NewStaticDelay(retryAfter),
		JetStream: wmnats.JetStreamConfig{
			SubscribeOptions: []nats.SubOpt{nats.Bind(stream, group), nats.ManualAck()}, DurablePrefix: group,
		},
	}, watermill.NopLogger{})
	if err != nil {
		return nil, err
	}
	p, err := newNATSPublisher(conn)
	return &incoming{s, p}, err
}

// plain takes messages from whoever sent them; their ids are in their bodies.
type plain struct{}

// Unmarshal implements the interface of watermill-nats.
func (plain) Unmarshal(m *nats.Msg) (*message.Message, error) {
	return message.NewMessage(m.Header.Get(nats.MsgIdHdr), m.Data), nil
}

// takeKafka joins a consumer group.
func takeKafka(t Target, a Access, group string) (*incoming, error) {
	c := kafkaSettings(t, a)
	c.Consumer.Offsets.Initial = sarama.OffsetOldest
	c.Consumer.Return.Errors = true
	s, err := wmkafka.NewSubscriber(wmkafka.SubscriberConfig{
		Brokers: t.Hosts, OverwriteSaramaConfig: c, Unmarshaler: wmkafka.DefaultMarshaler{}, ConsumerGroup: group, NackResendSleep: retryAfter,
	}, watermill.NopLogger{})
	if err != nil {
		return nil, fmt.Errorf("connect to Kafka at %s: %w", t.Hosts, err)
	}
	p, err := newKafkaPublisher(t, a)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return &incoming{s, p}, nil
}
