// Package ledger is the one door for writes: it reads a stream, folds it, decides, seals secrets, appends and gives a receipt.
//
// It knows how commands reach their deciders and which facts a decision needs from other streams; it holds no rule of its own.
package ledger

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
)

// Command is a wish for one stream. The commands of the domain packages are the only ones that the ledger knows.
type Command interface {
	Stream() string
}

// Request is a command with the key that makes it idempotent and the one who asks. Correlation and Causation default to the id,
// OccurredAt to now. A dry run decides and appends nothing. With IfRevision the request is stale_revision unless its stream ends there.
type Request struct {
	ID          string
	Command     Command
	Actor       domain.Actor
	Correlation string
	Causation   string
	OccurredAt  domain.Instant
	DryRun      bool
	IfRevision  eventstore.Revision
}

// Receipt says what came of a request: the events it wrote, in order, and the place and commitment of the last one.
// Revision is 0 when nothing was written. Position is 0 where the backend has not counted yet. Repeated receipts are the first
// one again.
type Receipt struct {
	Stream     string
	Revision   eventstore.Revision
	Position   eventstore.Position
	Commitment eventstore.Commitment
	RecordedAt domain.Instant
	Events     []Written
	Repeated   bool
}

// Written is one event of a receipt.
type Written struct {
	ID    string
	Event domain.Event
}

// Sealer seals the secrets of events and authenticates commands; eventstore/vault is the one that is shipped.
type Sealer interface {
	Seal(ctx context.Context, subject, period, stream, eventType string, s domain.Secret) (domain.Secret, error)
	MAC(parts ...[]byte) []byte
}

// Options are what a Ledger is made of. Now and Random default to the clock and the system's randomness. MaxAhead is how far the
// clock may be ahead of the last event (see CheckClock); zero is no bound.
type Options struct {
	Store  eventstore.Store
	Codec  *eventstore.Codec
	Sealer Sealer
	Now    func() time.Time
	Random io.Reader

	MaxAhead domain.Seconds
}

// Ledger decides and appends. It is safe for concurrent use; requests for one stream take their turns.
type Ledger struct {
	store  eventstore.Store
	codec  *eventstore.Codec
	sealer Sealer
	now    func() time.Time
	random io.Reader
	dir    *Directory
	cache  *cache
	turns  turns
	ahead  domain.Instant // how far the clock may be ahead of last; 0 is no bound

	mu   sync.Mutex
	last domain.Instant // recorded_at of the last event that this writer stamped

	tipPosition   eventstore.Position // the last event that this process has read or written
	tipCommitment eventstore.Commitment
}

const attempts = 3

// Open folds the small streams into the directory and returns a ledger.
func Open(ctx context.Context, o Options) (*Ledger, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	l := &Ledger{
		store: o.Store, codec: o.Codec, sealer: o.Sealer, now: o.Now, random: o.Random,
		cache: newCache(cachedStreams), dir: newDirectory(o.Store, o.Codec),
		ahead: o.MaxAhead.Instant(),
	}
	l.dir.secret = o.Sealer.MAC
	l.dir.now = l.Now
	if err := l.dir.CatchUp(ctx); err != nil {
		return nil, err
	}
	l.last = l.dir.lastRecorded
	l.tipPosition, l.tipCommitment = l.dir.tipPosition, l.dir.tipCommitment
	return l, nil
}

// Directory returns the ledger's fold of the small streams, caught up to this process's last append.
func (l *Ledger) Directory() *Directory { return l.dir }

// Do carries out a request. A *domain.Error says that it makes no sense and that nothing was appended; otherwise there is a
// receipt, also for a refusal that is an event. The same id gives the first receipt again; the same id with another command is
// idempotency_conflict.
func (l *Ledger) Do(ctx context.Context, r Request) (Receipt, error) {
	k, ok := kinds[domain.Category(r.Command.Stream())]
	if !ok || r.ID == "" {
		return Receipt{}, fmt.Errorf("request %q for %s: no decider or no id", r.ID, r.Command.Stream())
	}
	stream := r.Command.Stream()
	if err := known(r.Actor); err != nil {
		return Receipt{}, err
	}
	mac := l.mac(r.Command)
	streams := append([]string{stream}, neighbours(r.Command)...)
	defer l.turns.take(streams)()
	for n := 1; ; n++ {
		if first, done, err := l.before(ctx, k, r, streams, mac); done || err != nil {
			return first, err
		}
		if err := l.dir.CatchUp(ctx); err != nil {
			return Receipt{}, err
		}
		receipt, err := l.try(ctx, k, r, mac)
		var conflict *eventstore.ConflictError
		if !errors.As(err, &conflict) && !receipt.Repeated {
			// What was appended stands. Where it cannot be read now, the directory stays behind, and the next request says so.
			_ = l.dir.CatchUp(ctx)
			return receipt, err
		}
		// Another process writes this log: what is known of it is read again. It may be this very request that it wrote.
		l.cache.drop(stream)
		l.dir.Refresh()
		if n == attempts {
			return Receipt{}, domain.NewError(domain.Conflict, "stale_revision", "stream", stream)
		}
	}
}

// before looks for the request in the streams that may already hold it: its own, and a neighbour where a month's edge is near.
func (l *Ledger) before(ctx context.Context, k kind, r Request, streams []string, mac string) (Receipt, bool, error) {
	for _, stream := range streams {
		f, err := l.load(ctx, k, stream)
		if err != nil {
			return Receipt{}, false, err
		}
		c, ok := f.commands[r.ID]
		if !ok {
			continue
		}
		if c.mac != mac {
			return Receipt{}, true, domain.NewError(domain.Conflict, "idempotency_conflict", "id", r.ID)
		}
		receipt, err := l.repeat(ctx, stream, c)
		return receipt, true, err
	}
	return Receipt{}, false, nil
}

func (l *Ledger) repeat(ctx context.Context, stream string, c done) (Receipt, error) {
	out := Receipt{Stream: stream, Repeated: true}
	for rec, err := range l.store.ReadStream(ctx, stream, c.first-1) {
		if err != nil {
			return Receipt{}, fmt.Errorf("read %s after revision %d: %w", stream, c.first-1, err)
		}
		if rec.Revision > c.last {
			break
		}
		d, err := l.codec.DecodeRecord(rec)
		if err != nil {
			return Receipt{}, err
		}
		out.Revision, out.Position, out.Commitment, out.RecordedAt = rec.Revision, rec.Position, rec.Commitment, d.Meta.RecordedAt
		out.Events = append(out.Events, Written{ID: rec.ID.String(), Event: d.Event})
	}
	return out, nil
}

// try decides and appends once, at the revision it read. A repeated receipt says that the log held the request already.
func (l *Ledger) try(ctx context.Context, k kind, r Request, mac string) (Receipt, error) {
	stream := r.Command.Stream()
	f, err := l.load(ctx, k, stream)
	if err != nil {
		return Receipt{}, err
	}
	if r.IfRevision != 0 && r.IfRevision != f.revision {
		return Receipt{}, domain.NewError(domain.Conflict, "stale_revision", "stream", stream)
	}
	command, err := l.consult(ctx, r.Command)
	if err != nil {
		return Receipt{}, err
	}
	decided, pins, err := k.decide(l.dir, f.state, command)
	if err != nil || len(decided) == 0 {
		return Receipt{Stream: stream}, err
	}
	if r.DryRun {
		return preview(stream, decided), nil
	}
	meta := l.metadata(r, mac, pins)
	sealed, err := l.seal(ctx, stream, decided)
	if err != nil {
		return Receipt{}, err
	}
	var events []eventstore.Event
	place, err := l.append(ctx, stream, f.revision, func() ([]eventstore.Event, error) {
		var err error
		if meta.RecordedAt, err = l.stamp(); err != nil {
			return nil, err
		}
		if r.OccurredAt == 0 {
			meta.OccurredAt = meta.RecordedAt
		}
		events, err = l.encode(stream, r.ID, sealed, meta)
		return events, err
	})
	if err != nil {
		return Receipt{}, fmt.Errorf("append to %s at revision %d: %w", stream, f.revision, err)
	}
	if place.Repeated {
		return Receipt{Stream: stream, Repeated: true}, nil
	}
	out := Receipt{
		Stream: stream, Revision: place.Revision, Position: place.Position, Commitment: place.Commitment, RecordedAt: meta.RecordedAt,
	}
	l.reached(place.Position, place.Commitment)
	next := f
	for i, e := range sealed {
		next.state = k.evolve(next.state, e)
		out.Events = append(out.Events, Written{ID: events[i].ID.String(), Event: e})
	}
	next.remember(r.ID, done{mac: mac, first: f.revision + 1, last: place.Revision})
	next.revision = place.Revision
	l.cache.put(stream, next)
	l.dir.appended(stream)
	return out, nil
}

// known refuses an actor whose id may not be stored: ids are pseudonyms, and a name typed in their place would stand in clear for ever.
func known(a domain.Actor) error {
	var f domain.Fields
	f.That(a.Kind != "", "actor.kind", "missing")
	f.Document("actor.id", a.ID)
	f.OptionalDocument("actor.on_behalf_of", a.OnBehalfOf)
	return f.First
}

func preview(stream string, events []domain.Event) Receipt {
	out := Receipt{Stream: stream}
	for _, e := range events {
		out.Events = append(out.Events, Written{Event: e})
	}
	return out
}

// append builds and appends events; where the store can, in the order in which they were stamped.
func (l *Ledger) append(
	ctx context.Context, stream string, expected eventstore.Revision, build func() ([]eventstore.Event, error),
) (eventstore.Place, error) {
	if s, ok := l.store.(eventstore.Ordered); ok {
		return s.AppendInOrder(ctx, stream, expected, build)
	}
	events, err := build()
	if err != nil {
		return eventstore.Place{}, err
	}
	return l.store.Append(ctx, stream, expected, events...)
}

func (l *Ledger) metadata(r Request, mac string, pins map[string]string) eventstore.Metadata {
	m := eventstore.Metadata{
		CommandID: r.ID, CommandMAC: mac, Correlation: r.Correlation, Causation: r.Causation,
		Actor: r.Actor, OccurredAt: r.OccurredAt, Pins: pins,
	}
	if m.Correlation == "" {
		m.Correlation = r.ID
	}
	if m.Causation == "" {
		m.Causation = r.ID
	}
	return m
}

func (l *Ledger) salt() (string, error) {
	var b [32]byte
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, err := io.ReadFull(l.random, b[:]); err != nil {
		return "", fmt.Errorf("draw a salt: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}
