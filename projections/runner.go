package projections

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/punchledger/punchledger/eventstore"
)

// DefaultBatch is how many events one transaction covers at most while a view catches up: an import of a clock's year fits,
// so each employee is evaluated once.
const DefaultBatch = 200_000

// Runner keeps one projector's views up with the log. It is for one goroutine.
type Runner struct {
	Store     eventstore.Store
	Codec     *eventstore.Codec
	Views     Views
	Projector Projector
	Batch     int                                        // events per transaction; DefaultBatch when 0
	Every     time.Duration                              // what Run leaves at least between the beginnings of two batches; 0: nothing
	Until     func(eventstore.Decoded) bool              // stops before the first event for which it is false; nil: never
	Skip      func(eventstore.Record) bool               // says which records are counted and not read; nil: none
	Progress  func(done eventstore.Position, events int) // called after each batch; may be nil

	seen eventstore.Cursor // of the last record that was read, also of others' records, which move no checkpoint
}

// ErrNotOfThisLog says that views end at a record that the log does not have: the log was put back to an older state, or lost records
// that the views had seen. They are to be dropped and built again.
var ErrNotOfThisLog = errors.New("the views are of another state of the log")

// CatchUp applies all events that the log holds now. ErrNotOfThisLog says that the views cannot be caught up.
func (r *Runner) CatchUp(ctx context.Context) error {
	r.seen = 0
	if err := r.belongs(ctx); err != nil {
		return err
	}
	for {
		n, err := r.step(ctx)
		if n == 0 || err != nil {
			return err
		}
	}
}

// belongs looks for the record at which the views end.
func (r *Runner) belongs(ctx context.Context) error {
	at, err := r.Views.Checkpoint(ctx, r.Projector.Name())
	if err != nil {
		return fmt.Errorf("read the checkpoint of %s: %w", r.Projector.Name(), err)
	}
	return belongs(ctx, r.Store, at)
}

// belongs looks for the record of a checkpoint.
func belongs(ctx context.Context, store eventstore.Store, at Checkpoint) error {
	if at.Cursor == 0 {
		return nil
	}
	for rec, err := range store.ReadAll(ctx, at.Cursor-1) {
		if err != nil {
			return err
		}
		meta, err := rec.DecodeMetadata()
		if err != nil {
			return err
		}
		if rec.Cursor == at.Cursor && meta.RecordedAt == at.RecordedAt {
			return nil
		}
		break
	}
	return ErrNotOfThisLog
}

// Run catches up and follows until its context ends, then returns nil. What comes after a rest is applied at once; what comes in quick
// succession is gathered as Every says, since a transaction costs about as much for one event as for some dozen.
func (r *Runner) Run(ctx context.Context) error {
	for {
		began := time.Now()
		r.seen = 0
		if err := r.belongs(ctx); err != nil {
			return ended(ctx, err)
		}
		if _, err := r.step(ctx); err != nil {
			return ended(ctx, err)
		}
		at, err := r.Views.Checkpoint(ctx, r.Projector.Name())
		if err != nil {
			return ended(ctx, err)
		}
		if err := r.Store.Wait(ctx, max(at.Cursor, r.seen)); err != nil {
			return ended(ctx, err)
		}
		if err := Rest(ctx, began, r.Every); err != nil {
			return ended(ctx, err)
		}
	}
}

// Rest waits until some time has passed since an instant, or returns the context's error.
func Rest(ctx context.Context, since time.Time, least time.Duration) error {
	left := least - time.Since(since)
	if left <= 0 {
		return nil
	}
	t := time.NewTimer(left)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// step applies one batch and reports how many events it held.
func (r *Runner) step(ctx context.Context) (int, error) {
	name := r.Projector.Name()
	from, err := r.Views.Checkpoint(ctx, name)
	if err != nil {
		return 0, fmt.Errorf("read the checkpoint of %s: %w", name, err)
	}
	limit := r.Batch
	if limit == 0 {
		limit = DefaultBatch
	}
	to := from
	var batch []eventstore.Decoded
	records := eventstore.Number(noting(r.Store.ReadAll(ctx, from.Cursor), &r.seen), from.Position, r.Codec.Owns)
	for d, err := range r.Codec.DecodeAll(r.skipping(records)) {
		if err != nil {
			return 0, fmt.Errorf("%s, after position %d: %w", name, to.Position, err)
		}
		if r.Until != nil && !r.Until(d) {
			break
		}
		batch = append(batch, d)
		to = Checkpoint{Cursor: d.Cursor, Position: d.Position, RecordedAt: d.Meta.RecordedAt}
		if len(batch) == limit {
			break
		}
	}
	if len(batch) == 0 {
		return 0, nil
	}
	err = r.Views.Update(ctx, name, from, to, func(tx Tx) error { return r.Projector.Apply(ctx, tx, batch) })
	if errors.Is(err, ErrMoved) { // another process caught the views up meanwhile
		return len(batch), nil
	}
	if err != nil {
		return 0, fmt.Errorf("apply %d events to %s after position %d: %w", len(batch), name, from.Position, err)
	}
	if r.Progress != nil {
		r.Progress(to.Position, len(batch))
	}
	return len(batch), nil
}

// skipping leaves out what Skip says.
func (r *Runner) skipping(seq iter.Seq2[eventstore.Record, error]) iter.Seq2[eventstore.Record, error] {
	if r.Skip == nil {
		return seq
	}
	return func(yield func(eventstore.Record, error) bool) {
		for rec, err := range seq {
			if err == nil && r.Skip(rec) {
				continue
			}
			if !yield(rec, err) {
				return
			}
		}
	}
}

// noting keeps the cursor of the last record that seq yields.
func noting(seq iter.Seq2[eventstore.Record, error], seen *eventstore.Cursor) iter.Seq2[eventstore.Record, error] {
	return func(yield func(eventstore.Record, error) bool) {
		for rec, err := range seq {
			if err == nil {
				*seen = max(*seen, rec.Cursor)
			}
			if !yield(rec, err) {
				return
			}
		}
	}
}
