package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/projections"
)

// Relay serves all endpoints of a book, and follows the book: an endpoint that is added, changed, paused or taken away is so at once.
type Relay struct {
	Setting
	Open   func(ctx context.Context, e Endpoint) (Publisher, error) // a connection to an endpoint
	TakeIn func(ctx context.Context, e Endpoint) error              // serves an endpoint whose messages come in until ctx ends
	Logger *slog.Logger
}

// serving is an endpoint that is being served.
type serving struct {
	version int64
	stop    context.CancelFunc
	ended   chan struct{}
}

// Run serves until its context ends, then returns nil; an error is one of the book or of the log.
func (r *Relay) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		served := map[string]serving{}
		for {
			changed := r.Book.Changed()
			if err := r.follow(ctx, g, served); err != nil {
				return ended(ctx, err)
			}
			select {
			case <-ctx.Done():
				return nil
			case <-changed:
			}
		}
	})
	return ended(ctx, g.Wait())
}

// follow starts and ends servings so that they are those of the book.
func (r *Relay) follow(ctx context.Context, g *errgroup.Group, served map[string]serving) error {
	endpoints, err := r.Book.Endpoints(ctx)
	if err != nil {
		return err
	}
	wanted := map[string]Endpoint{}
	for _, e := range endpoints {
		if !e.Paused {
			wanted[e.Name] = e
		}
	}
	for name, s := range served {
		if e, ok := wanted[name]; !ok || e.version != s.version {
			s.stop()
			<-s.ended
			delete(served, name)
		}
	}
	for name, e := range wanted {
		if _, ok := served[name]; ok {
			continue
		}
		ctx, stop := context.WithCancel(ctx)
		s := serving{version: e.version, stop: stop, ended: make(chan struct{})}
		served[name] = s
		g.Go(func() error {
			defer close(s.ended)
			return ended(ctx, r.serve(ctx, e))
		})
	}
	return nil
}

// serve serves one endpoint until its context ends.
func (r *Relay) serve(ctx context.Context, e Endpoint) error {
	if e.Direction == In {
		return r.taking(ctx, e)
	}
	p, err := r.connect(ctx, e)
	if err != nil {
		return err
	}
	d := r.delivery(e, p)
	err = d.Run(ctx)
	if closing := p.Close(); closing != nil {
		r.Logger.WarnContext(ctx, "closing a connection went wrong", "endpoint", e.Name, "problem", closing)
	}
	if errors.Is(err, projections.ErrNotOfThisLog) {
		return r.halt(ctx, e, err)
	}
	return err
}

// delivery is the delivery to one endpoint.
func (r *Relay) delivery(e Endpoint, p Publisher) *Delivery {
	return &Delivery{Setting: r.Setting, Endpoint: e, Publisher: p}
}

// connect opens an endpoint, again and again while it cannot be opened.
func (r *Relay) connect(ctx context.Context, e Endpoint) (Publisher, error) {
	for attempt := 1; ; attempt++ {
		p, err := r.Open(ctx, e)
		if err == nil {
			return p, nil
		}
		if err := r.waiting(ctx, e, err, attempt); err != nil {
			return nil, err
		}
	}
}

// taking serves an endpoint whose messages come in, again and again while it cannot be reached.
func (r *Relay) taking(ctx context.Context, e Endpoint) error {
	for attempt := 1; ; attempt++ {
		err := r.TakeIn(ctx, e)
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		if err := r.waiting(ctx, e, err, attempt); err != nil {
			return err
		}
	}
}

// waiting notes why an endpoint cannot be served and waits before the next attempt.
func (r *Relay) waiting(ctx context.Context, e Endpoint, problem error, attempt int) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	r.Logger.WarnContext(ctx, "an endpoint cannot be reached", "endpoint", e.Name, "attempt", attempt, "problem", problem)
	if err := r.Book.Note(ctx, e.Name, problem.Error(), domain.InstantOf(r.now())); err != nil {
		return err
	}
	return r.wait(ctx, attempt)
}

// halt pauses an endpoint that cannot go on by itself and says why.
func (r *Relay) halt(ctx context.Context, e Endpoint, problem error) error {
	r.Logger.ErrorContext(ctx, "an endpoint was paused", "endpoint", e.Name, "problem", problem)
	if err := r.Book.Note(ctx, e.Name, problem.Error(), domain.InstantOf(r.now())); err != nil {
		return err
	}
	_, err := r.Book.Change(ctx, e.Name, func(e *Endpoint) { e.Paused = true })
	return err
}

// CatchUp delivers to one endpoint what the log holds now and returns how many events were taken or poisoned.
func (r *Relay) CatchUp(ctx context.Context, e Endpoint) (int, error) {
	return with(ctx, r, e, func(d *Delivery) (int, error) { return d.CatchUp(ctx) })
}

// Replay publishes an event of an endpoint's poison queue once more; see Delivery.Replay.
func (r *Relay) Replay(ctx context.Context, e Endpoint, p Poisoned) error {
	_, err := with(ctx, r, e, func(d *Delivery) (struct{}, error) { return struct{}{}, d.Replay(ctx, p) })
	return err
}

// Try publishes a message that is about nothing that happened.
func (r *Relay) Try(ctx context.Context, e Endpoint, id string) error {
	_, err := with(ctx, r, e, func(d *Delivery) (struct{}, error) {
		m, err := Trial(r.Source, id, domain.InstantOf(d.now()))
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, d.Publisher.Publish(ctx, m)
	})
	return err
}

// with opens an endpoint for f.
func with[T any](ctx context.Context, r *Relay, e Endpoint, f func(*Delivery) (T, error)) (out T, err error) {
	p, err := r.Open(ctx, e)
	if err != nil {
		return out, fmt.Errorf("open endpoint %s: %w", e.Name, err)
	}
	out, err = f(r.delivery(e, p))
	return out, errors.Join(err, p.Close())
}
