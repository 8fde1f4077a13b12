package projections

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/eventstore"
)

// Divided are views in shards, each of which has its own checkpoint under AllViews and the rows of its employees (ShardOf). Together
// they hold what undivided views would hold.
type Divided interface {
	Shards() int
	// Part returns a shard as views of their own.
	Part(shard int) Views
}

// Leases say which shards are this process's to bring up to date. They only share out work: two processes that hold the same shard
// get in each other's way, and ErrMoved keeps the rows right.
type Leases interface {
	Held(ctx context.Context) ([]int, error)
}

// Shards keeps divided views up with the log: it reads and decodes each event once for all shards that it works on, and applies it
// to them at the same time. It is for one goroutine.
type Shards struct {
	Store     eventstore.Store
	Codec     *eventstore.Codec
	Views     Divided
	Projector func() Projector                           // makes one for each shard
	Batch     int                                        // events that are read at once; DefaultBatch when 0
	Every     time.Duration                              // what Run leaves at least between the beginnings of two batches
	Look      time.Duration                              // after how long a rest Run asks again which shards are held
	Until     func(eventstore.Decoded) bool              // stops before the first event for which it is false; nil: never
	Progress  func(done eventstore.Position, events int) // called after each batch; may be nil

	projectors []Projector
	seen       eventstore.Cursor // of the last record that was read
}

// All are the numbers of all shards.
func (s *Shards) All() []int {
	out := make([]int, s.Views.Shards())
	for i := range out {
		out[i] = i
	}
	return out
}

// CatchUp applies all events that the log holds now to some shards. ErrNotOfThisLog says that they cannot be caught up.
func (s *Shards) CatchUp(ctx context.Context, shards []int) error {
	for {
		n, err := s.step(ctx, shards)
		if n == 0 || err != nil {
			return err
		}
	}
}

// Run catches up and follows with the shards that are held, until its context ends, then returns nil.
func (s *Shards) Run(ctx context.Context, leases Leases) error {
	for {
		began := time.Now()
		held, err := leases.Held(ctx)
		n := 0
		if err == nil {
			n, err = s.step(ctx, held)
		}
		if err == nil && n == 0 {
			err = s.wait(ctx)
		}
		if err == nil {
			err = Rest(ctx, began, s.Every)
		}
		if err != nil {
			return ended(ctx, err)
		}
	}
}

// wait returns when there is something to do: an event, or perhaps a shard whose process has died.
func (s *Shards) wait(ctx context.Context) error {
	rest, cancel := context.WithTimeout(ctx, s.Look)
	defer cancel()
	err := s.Store.Wait(rest, s.seen)
	if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

// place is where a shard is.
type place struct {
	shard int
	at    Checkpoint
}

// step applies one batch to the shards that have not seen it, and reports how many events it held.
func (s *Shards) step(ctx context.Context, shards []int) (int, error) {
	for len(s.projectors) < s.Views.Shards() {
		s.projectors = append(s.projectors, s.Projector())
	}
	places, err := s.places(ctx, shards)
	if err != nil || len(places) == 0 {
		return 0, err
	}
	from := slices.MinFunc(places, func(a, b place) int { return cmp.Compare(a.at.Cursor, b.at.Cursor) }).at
	batch, to, err := s.read(ctx, from)
	if err != nil || len(batch) == 0 {
		return 0, err
	}
	var all errgroup.Group
	all.SetLimit(runtime.GOMAXPROCS(0))
	for _, p := range places {
		if p.at.Cursor < to.Cursor {
			all.Go(func() error { return s.apply(ctx, p, to, batch) })
		}
	}
	if err := all.Wait(); err != nil {
		return 0, fmt.Errorf("apply %d events after position %d: %w", len(batch), from.Position, err)
	}
	if s.Progress != nil {
		s.Progress(to.Position, len(batch))
	}
	return len(batch), nil
}

// places reads where shards are, each of which must be at a record of this log.
func (s *Shards) places(ctx context.Context, shards []int) ([]place, error) {
	out := make([]place, 0, len(shards))
	checked := map[Checkpoint]bool{}
	for _, shard := range shards {
		at, err := s.Views.Part(shard).Checkpoint(ctx, AllViews)
		if err != nil {
			return nil, fmt.Errorf("read the checkpoint of shard %d: %w", shard, err)
		}
		if !checked[at] {
			if err := belongs(ctx, s.Store, at); err != nil {
				return nil, err
			}
			checked[at] = true
		}
		out = append(out, place{shard, at})
	}
	return out, nil
}

// read decodes a batch of events and says where it ends.
func (s *Shards) read(ctx context.Context, from Checkpoint) (batch []eventstore.Decoded, to Checkpoint, err error) {
	limit := cmp.Or(s.Batch, DefaultBatch)
	s.seen, to = max(s.seen, from.Cursor), from
	records := eventstore.Number(noting(s.Store.ReadAll(ctx, from.Cursor), &s.seen), from.Position, s.Codec.Owns)
	for d, err := range s.Codec.DecodeAll(records) {
		if err != nil {
			return nil, to, fmt.Errorf("after position %d: %w", to.Position, err)
		}
		if s.Until != nil && !s.Until(d) {
			break
		}
		batch = append(batch, d)
		to = Checkpoint{Cursor: d.Cursor, Position: d.Position, RecordedAt: d.Meta.RecordedAt}
		if len(batch) == limit {
			break
		}
	}
	return batch, to, nil
}

// apply moves one shard to the end of a batch.
func (s *Shards) apply(ctx context.Context, p place, to Checkpoint, batch []eventstore.Decoded) error {
	shards := s.Views.Shards()
	var ours []eventstore.Decoded
	for _, d := range batch {
		if d.Position > p.at.Position && Concerns(d.Stream, p.shard, shards) {
			ours = append(ours, d)
		}
	}
	err := s.Views.Part(p.shard).Update(ctx, AllViews, p.at, to, func(tx Tx) error {
		if len(ours) == 0 {
			return nil
		}
		return s.projectors[p.shard].Apply(ctx, tx, ours)
	})
	if errors.Is(err, ErrMoved) { // another process has brought it up to date meanwhile
		return nil
	}
	if err != nil {
		return fmt.Errorf("shard %d: %w", p.shard, err)
	}
	return nil
}
