package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	wmnats "github.com/ThreeDotsLabs/watermill-nats/v2/pkg/nats"
	"github.com/nats-io/nats.go"

	"github.com/punchledger/punchledger/projections/relay"
)

// duplicatesWithin is how long a stream that we make remembers ids, and shortestDuplicates what another one must remember at least.
const (
	duplicatesWithin   = 10 * time.Minute
	shortestDuplicates = time.Minute
)

// natsPublisher publishes to a JetStream stream, under topic.category.Type.
type natsPublisher struct {
	publisher *wmnats.Publisher
	topic     string
}

func openNATS(t Target, a Access) (*natsPublisher, error) {
	conn, js, err := connectNATS(t, a)
	if err != nil {
		return nil, err
	}
	if _, err := durableStream(conn, js, t.Topic, t.Topic+".>"); err != nil {
		conn.Close()
		return nil, err
	}
	p, err := newNATSPublisher(conn)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return &natsPublisher{publisher: p, topic: t.Topic}, nil
}

func newNATSPublisher(conn *nats.Conn) (*wmnats.Publisher, error) {
	return wmnats.NewPublisherWithNatsConn(conn, wmnats.PublisherPublishConfig{
		Marshaler: &wmnats.NATSMarshaler{}, SubjectCalculator: wmnats.DefaultSubjectCalculator,
		JetStream: wmnats.JetStreamConfig{TrackMsgId: true},
	}, watermill.NopLogger{})
}

// connectNATS connects. A connection that is lost is made again for ever; what is published meanwhile is refused and not kept in memory.
func connectNATS(t Target, a Access) (*nats.Conn, nats.JetStreamContext, error) {
	scheme := "nats://"
	options := []nats.Option{
		nats.Name("punchledger"), nats.Timeout(dialWithin), nats.MaxReconnects(-1), nats.ReconnectWait(250 * time.Millisecond), nats.ReconnectBufSize(-1),
	}
	if t.Scheme == NATSTLS {
		scheme = "tls://"
	}
	if a.User != "" {
		options = append(options, nats.UserInfo(a.User, a.Password))
	}
	conn, err := nats.Connect(scheme+strings.Join(t.Hosts, ","+scheme), options...)
	if err != nil {
		return nil, nil, fmt.Errorf("connect to NATS at %s: %w", strings.Join(t.Hosts, ","), err)
	}
	js, err := conn.JetStream(nats.MaxWait(answerWithin / 2))
	if err != nil {
		conn.Close()
	}
	return conn, js, err
}

// Publish implements relay.Publisher.
func (p *natsPublisher) Publish(ctx context.Context, m relay.Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := p.publisher.Publish(p.topic+"."+m.Category+"."+m.Type, messageOf(m))
	if err == nil || errors.Is(err, nats.ErrMaxPayload) {
		return err
	}
	return unavailable(err)
}

// Close implements relay.Publisher.
func (p *natsPublisher) Close() error { return p.publisher.Close() }

// streamSettings are those settings of a stream that decide whether it keeps what it acknowledged.
type streamSettings struct {
	Name        string        `json:"name"`
	Storage     string        `json:"storage"`
	Retention   string        `json:"retention"`
	Discard     string        `json:"discard"`
	MaxMsgs     int64         `json:"max_msgs"`
	MaxBytes    int64         `json:"max_bytes"`
	MaxPerTopic int64         `json:"max_msgs_per_subject"`
	NoAck       bool          `json:"no_ack"`
	PersistMode string        `json:"persist_mode"`
	Duplicates  time.Duration `json:"duplicate_window"`
}

// SettingsError says that a broker is set up so that it may lose what it has acknowledged.
type SettingsError struct {
	Stream, Setting, Problem string
}

func (e *SettingsError) Error() string {
	return fmt.Sprintf("the stream %s would lose messages: %s %s", e.Stream, e.Setting, e.Problem)
}

// check returns the first setting by which a stream may lose what it acknowledged.
func (s streamSettings) check() error {
	for _, c := range []struct {
		bad              bool
		setting, problem string
	}{
		{s.Storage != "file", "storage", "is " + s.Storage + " and must be file"},
		{s.NoAck, "no_ack", "must be off: nobody would know what was stored"},
		{s.PersistMode == "async", "persist_mode", "is async and must be default: messages are acknowledged before they are written"},
		{s.Retention == "interest", "retention", "is interest and must be limits or workqueue: a message that nobody waits for is dropped"},
		{
			s.Discard != "new" && (s.MaxMsgs > 0 || s.MaxBytes > 0 || s.MaxPerTopic > 0), "discard",
			"is old and must be new where the stream has limits: what nobody has read is dropped",
		},
		{s.Duplicates < shortestDuplicates, "duplicate_window", "must be a minute at least: messages that are sent again would be stored twice"},
	} {
		if c.bad {
			return &SettingsError{s.Name, c.setting, c.problem}
		}
	}
	return nil
}

// durableStream finds the stream that stores a subject, makes one where there is none, and refuses one that may lose messages.
func durableStream(conn *nats.Conn, js nats.JetStreamContext, topic string, subjects ...string) (string, error) {
	name, err := js.StreamNameBySubject(subjects[0])
	if errors.Is(err, nats.ErrNoMatchingStream) {
		name = strings.ToUpper(strings.NewReplacer(".", "_").Replace(topic))
		_, err = js.AddStream(&nats.StreamConfig{
			Name: name, Subjects: subjects, Storage: nats.FileStorage, Retention: nats.LimitsPolicy, Discard: nats.DiscardNew,
			Duplicates: duplicatesWithin,
		})
	}
	if err != nil {
		return "", fmt.Errorf("find or make the stream for %s: %w", subjects[0], err)
	}
	reply, err := conn.Request("$JS.API.STREAM.INFO."+name, nil, answerWithin/2)
	if err != nil {
		return "", fmt.Errorf("ask for the settings of the stream %s: %w", name, err)
	}
	var info struct {
		Config streamSettings `json:"config"`
	}
	if err := json.Unmarshal(reply.Data, &info); err != nil {
		return "", fmt.Errorf("read the settings of the stream %s: %w", name, err)
	}
	if info.Config.Name != name {
		return "", fmt.Errorf("ask for the settings of the stream %s: %s", name, reply.Data)
	}
	return name, info.Config.check()
}
