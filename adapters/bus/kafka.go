package bus

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"

	"github.com/IBM/sarama"
	"github.com/ThreeDotsLabs/watermill"
	wmkafka "github.com/ThreeDotsLabs/watermill-kafka/v3/pkg/kafka"
	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/punchledger/punchledger/projections/relay"
)

// largestMessage is more than any event is.
const largestMessage = 4 << 20

// kafkaPublisher publishes to one topic, keyed by stream, so that a stream stays in one partition.
type kafkaPublisher struct {
	publisher *wmkafka.Publisher
	topic     string
}

func openKafka(t Target, a Access) (*kafkaPublisher, error) {
	p, err := newKafkaPublisher(t, a)
	if err != nil {
		return nil, err
	}
	return &kafkaPublisher{p, t.Topic}, nil
}

func newKafkaPublisher(t Target, a Access) (*wmkafka.Publisher, error) {
	c := kafkaSettings(t, a)
	c.Producer.RequiredAcks = sarama.WaitForAll // all replicas that are in step have it
	c.Producer.Return.Successes = true
	c.Producer.Timeout = answerWithin / 2
	c.Producer.MaxMessageBytes = largestMessage
	p, err := wmkafka.NewPublisher(wmkafka.PublisherConfig{
		Brokers: t.Hosts, OverwriteSaramaConfig: c,
		Marshaler: wmkafka.NewWithPartitioningMarshaler(func(_ string, m *message.Message) (string, error) { return m.Metadata.Get(keyOf), nil }),
	}, watermill.NopLogger{})
	if err != nil {
		return nil, fmt.Errorf("connect to Kafka at %s: %w", strings.Join(t.Hosts, ","), err)
	}
	return p, nil
}

func kafkaSettings(t Target, a Access) *sarama.Config {
	c := sarama.NewConfig()
	c.ClientID = "punchledger"
	c.Version = sarama.V2_1_0_0
	c.Net.DialTimeout, c.Net.ReadTimeout, c.Net.WriteTimeout = dialWithin, answerWithin, answerWithin
	if t.Scheme == KafkaTLS {
		c.Net.TLS.Enable = true
		c.Net.TLS.Config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if a.User != "" {
		c.Net.SASL.Enable = true
		c.Net.SASL.Mechanism = sarama.SASLTypePlaintext
		c.Net.SASL.User, c.Net.SASL.Password = a.User, a.Password
	}
	return c
}

// Publish implements relay.Publisher.
func (p *kafkaPublisher) Publish(ctx context.Context, m relay.Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := p.publisher.Publish(p.topic, messageOf(m))
	if err == nil || errors.Is(err, sarama.ErrMessageSizeTooLarge) || errors.Is(err, sarama.ErrInvalidMessage) {
		return err
	}
	return unavailable(err)
}

// Close implements relay.Publisher.
func (p *kafkaPublisher) Close() error { return p.publisher.Close() }
