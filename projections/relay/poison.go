package relay

import (
	"context"
	"errors"
	"fmt"

	json "github.com/go-json-experiment/json"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/eventstore"
)

// Poisoned is an event that an endpoint did not take. The event itself stays in the log, where it is read again.
type Poisoned struct {
	Endpoint string              `json:"endpoint"`
	Event    string              `json:"event"` // its id
	Type     string              `json:"type"`
	Stream   string              `json:"stream"`
	Position eventstore.Position `json:"position"`
	Cursor   eventstore.Cursor   `json:"cursor"`
	Attempts int                 `json:"attempts"`
	Problem  string              `json:"problem"` // of the last attempt
	FirstAt  domain.Instant      `json:"first_at"`
	LastAt   domain.Instant      `json:"last_at"`
}

// poisonKey sorts the queue of an endpoint by position.
func poisonKey(endpoint string, p eventstore.Position) string {
	return fmt.Sprintf("%s/%020d", endpoint, p)
}

// Poison stores an event in the poison queue of its endpoint; one that is there already gets the attempts on top.
func (b *Book) Poison(ctx context.Context, p Poisoned) error {
	_, _, err := alter(ctx, b.state, PoisonEntry, poisonKey(p.Endpoint, p.Position), p.Endpoint, func(stored *Poisoned, there bool) bool {
		if there {
			p.Attempts += stored.Attempts
			p.FirstAt = stored.FirstAt
		}
		*stored = p
		return true
	})
	return err
}

// Poisoned returns the poison queue of an endpoint in the order of the log.
func (b *Book) Poisoned(ctx context.Context, endpoint string) ([]Poisoned, error) {
	entries, err := b.state.List(ctx, PoisonEntry, endpoint)
	if err != nil {
		return nil, err
	}
	out := make([]Poisoned, len(entries))
	for i, e := range entries {
		if out[i], err = poisonedOf(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// PoisonedAt returns what stands in the queue of an endpoint for a position; not_poisoned says that nothing does.
func (b *Book) PoisonedAt(ctx context.Context, endpoint string, p eventstore.Position) (Poisoned, error) {
	entry, there, err := b.state.Get(ctx, PoisonEntry, poisonKey(endpoint, p))
	if err == nil && !there {
		err = notPoisoned(endpoint, p)
	}
	if err != nil {
		return Poisoned{}, err
	}
	return poisonedOf(entry)
}

func notPoisoned(endpoint string, p eventstore.Position) error {
	return domain.NewError(domain.NotFound, "not_poisoned", "endpoint", endpoint, "position", fmt.Sprint(p))
}

func poisonedOf(entry access.Entry) (p Poisoned, err error) {
	if err := json.Unmarshal(entry.Body, &p); err != nil {
		return p, fmt.Errorf("read the poison queue at %s: %w", entry.Key, err)
	}
	return p, nil
}

// Drop takes an event out of the queue of an endpoint: it will not be delivered there.
func (b *Book) Drop(ctx context.Context, endpoint string, p eventstore.Position) error {
	there, err := b.state.Delete(ctx, PoisonEntry, poisonKey(endpoint, p))
	if err == nil && !there {
		err = notPoisoned(endpoint, p)
	}
	return err
}

// Replay publishes an event of the poison queue once more. What is taken leaves the queue; what is not stays, with its new problem, and
// Replay returns that.
func (d *Delivery) Replay(ctx context.Context, p Poisoned) error {
	m, err := d.reread(ctx, p)
	if err != nil {
		return err
	}
	problem := d.Publisher.Publish(ctx, m)
	if problem == nil {
		return d.Book.Drop(ctx, p.Endpoint, p.Position)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	again := p
	again.Attempts, again.Problem, again.LastAt = 1, problem.Error(), domain.InstantOf(d.now())
	return errors.Join(problem, d.Book.Poison(ctx, again))
}

// reread returns an event of the poison queue as it is published.
func (d *Delivery) reread(ctx context.Context, p Poisoned) (Message, error) {
	for rec, err := range d.Store.ReadAll(ctx, p.Cursor-1) {
		if err != nil {
			return Message{}, err
		}
		if rec.ID.String() != p.Event {
			break
		}
		rec.Position = p.Position
		return Envelope(d.Source, rec)
	}
	return Message{}, domain.NewError(domain.NotFound, "poison_not_in_log", "endpoint", p.Endpoint, "position", fmt.Sprint(p.Position))
}
