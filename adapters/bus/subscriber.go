package bus

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/relay"
)

// Marks keep how far subscriptions have come; relay.Book does.
type Marks interface {
	Checkpoint(ctx context.Context, name string) (projections.Checkpoint, error)
	Move(ctx context.Context, name string, from, to projections.Checkpoint) error
}

// Subscriber is a message.Subscriber of watermill over the ledger's own log: what is subscribed to comes in the order of the log, each
// message once the one before is acknowledged, from the first event on and then as events are recorded. A message that is refused (Nack)
// comes again before any other. A subscription of the same name goes on after the last message that was acknowledged, also in another
// process; the message that was under way then comes again, under its own id.
//
// A topic is a filter: "all", a category such as "timecard", or a type such as "timecard.PunchAccepted". Payloads are CloudEvents, as
// relay sends them; nothing that was sealed is in them.
type Subscriber struct {
	o SubscriberOptions

	ctx  context.Context // ends with Close
	stop context.CancelFunc
	busy sync.WaitGroup
}

// SubscriberOptions are what a Subscriber reads, and under which name it keeps how far it has come.
type SubscriberOptions struct {
	Store  eventstore.Store
	Owns   func(stream string) bool // which streams are the ledger's
	Source string                   // the ledger's origin
	Marks  Marks
	Name   string
	Logger watermill.LoggerAdapter // nil logs nothing
}

var _ message.Subscriber = (*Subscriber)(nil)

// ErrSubscriberClosed refuses subscriptions after Close.
var ErrSubscriberClosed = errors.New("the subscriber is closed")

// AllTopics is the topic of everything.
const AllTopics = "all"

// NewSubscriber returns a Subscriber; its Close ends all its subscriptions.
func NewSubscriber(o SubscriberOptions) *Subscriber {
	if o.Logger == nil {
		o.Logger = watermill.NopLogger{}
	}
	s := &Subscriber{o: o}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// Subscribe implements message.Subscriber. The channel is closed when ctx or the subscriber ends, or when the log cannot be read, which
// is logged.
func (s *Subscriber) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	if s.ctx.Err() != nil {
		return nil, ErrSubscriberClosed
	}
	ctx, cancel := context.WithCancel(ctx)
	context.AfterFunc(s.ctx, cancel)
	out := make(chan *message.Message)
	s.busy.Go(func() {
		defer close(out)
		defer cancel()
		if err := s.follow(ctx, topic, out); err != nil && ctx.Err() == nil {
			s.o.Logger.Error("a subscription to the log ended", err, watermill.LogFields{"topic": topic, "name": s.o.Name})
		}
	})
	return out, nil
}

// Close implements message.Subscriber: it ends all subscriptions and waits until they have.
func (s *Subscriber) Close() error {
	s.stop()
	s.busy.Wait()
	return nil
}

// follow hands out events until its context ends.
func (s *Subscriber) follow(ctx context.Context, topic string, out chan<- *message.Message) error {
	name := "subscriber/" + s.o.Name + "/" + topic
	mark, err := s.o.Marks.Checkpoint(ctx, name)
	if err == nil {
		err = relay.Belongs(ctx, s.o.Store, mark)
	}
	if err != nil {
		return err
	}
	at := mark // behind all that was looked at
	for {
		for rec, err := range eventstore.Number(s.o.Store.ReadAll(ctx, at.Cursor), at.Position, s.o.Owns) {
			if err != nil {
				return err
			}
			at.Cursor, at.Position = rec.Cursor, rec.Position
			if !asked(topic, rec) {
				continue
			}
			meta, err := rec.DecodeMetadata()
			if err != nil {
				return err
			}
			if err := s.hand(ctx, rec, out); err != nil {
				return err
			}
			to := projections.Checkpoint{Cursor: rec.Cursor, Position: rec.Position, RecordedAt: meta.RecordedAt}
			if err := s.o.Marks.Move(ctx, name, mark, to); err != nil {
				return err
			}
			mark = to
		}
		if err := s.o.Store.Wait(ctx, at.Cursor); err != nil {
			return err
		}
	}
}

// hand gives one event to the subscriber until that acknowledges it.
func (s *Subscriber) hand(ctx context.Context, rec eventstore.Record, out chan<- *message.Message) error {
	m, err := relay.Envelope(s.o.Source, rec)
	if err != nil {
		return err
	}
	for {
		msg := messageOf(m)
		inner, done := context.WithCancel(ctx)
		msg.SetContext(inner)
		acked, err := offered(ctx, msg, out)
		done()
		if acked || err != nil {
			return err
		}
	}
}

// offered offers a message and reports whether it was acknowledged.
func offered(ctx context.Context, msg *message.Message, out chan<- *message.Message) (bool, error) {
	select {
	case out <- msg:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	select {
	case <-msg.Acked():
		return true, nil
	case <-msg.Nacked():
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// asked reports whether a record is of a topic.
func asked(topic string, rec eventstore.Record) bool {
	if topic == AllTopics {
		return true
	}
	category, eventType, typed := strings.Cut(topic, ".")
	return relay.Filter{Categories: []string{category}}.Passes(rec.Stream, rec.Type) && (!typed || rec.Type == eventType)
}
