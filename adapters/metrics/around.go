package metrics

import (
	"context"
	"errors"
	"time"

	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections/relay"
)

// How an append ends: its events are durable, were there already, did not fit the revision, or something went wrong.
const (
	stored   = "stored"
	repeated = "repeated"
	conflict = "conflict"
	failed   = "failed"
)

var results = []string{stored, repeated, conflict, failed}

// outcomeOf is what became of a punch, by the type of the event that records it first.
var outcomeOf = map[string]string{
	timecard.PunchAccepted{}.EventType(): "accepted",
	timecard.PunchHeld{}.EventType():     "held",
	timecard.PunchRejected{}.EventType(): "rejected",
	timecard.PunchAdded{}.EventType():    "added",
}

var outcomes = []string{"accepted", "held", "rejected", "added"}

// Store measures the appends of a store and counts what it holds durably for the first time. Reads go to the store itself.
func (m *Metrics) Store(s eventstore.Store) eventstore.Store {
	out := measured{Store: s, m: m}
	if o, ok := s.(eventstore.Ordered); ok {
		return &inOrder{out, o}
	}
	return &out
}

type measured struct {
	eventstore.Store
	m *Metrics
}

// Append implements eventstore.Store.
func (s *measured) Append(
	ctx context.Context, stream string, expected eventstore.Revision, events ...eventstore.Event,
) (eventstore.Place, error) {
	began := time.Now()
	place, err := s.Store.Append(ctx, stream, expected, events...)
	s.m.ended(began, events, place, err)
	return place, err
}

// inOrder is measured for a store with one writer.
type inOrder struct {
	measured
	ordered eventstore.Ordered
}

// AppendInOrder implements eventstore.Ordered.
func (s *inOrder) AppendInOrder(
	ctx context.Context, stream string, expected eventstore.Revision, build func() ([]eventstore.Event, error),
) (eventstore.Place, error) {
	began := time.Now()
	var built []eventstore.Event
	place, err := s.ordered.AppendInOrder(ctx, stream, expected, func() ([]eventstore.Event, error) {
		var err error
		built, err = build()
		return built, err
	})
	s.m.ended(began, built, place, err)
	return place, err
}

// ended notes how an append went.
func (m *Metrics) ended(began time.Time, events []eventstore.Event, place eventstore.Place, err error) {
	result := stored
	if _, ok := errors.AsType[*eventstore.ConflictError](err); ok {
		result = conflict
	} else if err != nil {
		result = failed
	} else if place.Repeated {
		result = repeated
	}
	m.appends.WithLabelValues(result).Observe(time.Since(began).Seconds())
	if result != stored {
		return
	}
	m.appended.Add(float64(len(events)))
	for _, e := range events {
		if o, ok := outcomeOf[e.Type]; ok {
			m.punches.WithLabelValues(o).Inc()
		}
	}
}

// Kinds of endpoints.
const (
	Webhook = "webhook"
	NATS    = "nats"
	Kafka   = "kafka"
)

var kinds = []string{Webhook, NATS, Kafka}

// How an attempt to hand over a message ends.
const (
	taken       = "taken"
	refused     = "refused"
	unreachable = "unreachable"
)

// Publisher counts what becomes of the messages to endpoints of a kind.
func (m *Metrics) Publisher(kind string, p relay.Publisher) relay.Publisher {
	return &counted{p, m, kind}
}

type counted struct {
	relay.Publisher
	m    *Metrics
	kind string
}

// Publish implements relay.Publisher.
func (p *counted) Publish(ctx context.Context, msg relay.Message) error {
	err := p.Publisher.Publish(ctx, msg)
	result := taken
	if _, away := errors.AsType[*relay.UnavailableError](err); away {
		result = unreachable
	} else if err != nil && ctx.Err() != nil {
		return err // whoever asked has gone: nothing is known of the receiver
	} else if err != nil {
		result = refused
	}
	p.m.relayed.WithLabelValues(p.kind, result).Inc()
	return err
}
