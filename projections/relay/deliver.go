package relay

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
)

// How much is delivered between two checkpoints at most, how many records are looked at for it, how many may be passed over before that is
// noted, and how many streams are delivered at a time.
const (
	batchEvents  = 256
	batchRecords = 20_000
	unnoted      = 10_000
	lanes        = 8
)

// Setting is what all deliveries of a ledger share.
type Setting struct {
	Store     eventstore.Store
	Owns      func(stream string) bool // which streams are the ledger's; their events are counted
	Book      *Book
	Source    string                                        // the ledger's origin
	Now       func() time.Time                              // nil is the system's clock
	Wait      func(ctx context.Context, attempt int) error  // between attempts; nil is Backoff with a timer
	Impatient bool                                          // an endpoint that cannot be reached ends the delivery with its error
	Delivered func(m Message, position eventstore.Position) // is told what was taken; may be nil
}

// Delivery takes the events of the log to one endpoint. Events of one stream are delivered one after the other, in their order; those of
// different streams at the same time. It is for one goroutine.
type Delivery struct {
	Setting
	Endpoint  Endpoint
	Publisher Publisher

	begun, passed projections.Checkpoint // behind what nobody asked for since the checkpoint that the book has

	mu    sync.Mutex
	noted string // the problem that the book shows
}

// CatchUp delivers what the log holds and returns how many events were taken or poisoned. What was delivered stays delivered also where
// it returns an error.
func (d *Delivery) CatchUp(ctx context.Context) (int, error) {
	at, err := d.Book.Checkpoint(ctx, d.Endpoint.Name)
	if err == nil {
		err = Belongs(ctx, d.Store, at)
	}
	if err != nil {
		return 0, err
	}
	total := 0
	for {
		n, more, err := d.step(ctx)
		total += n
		if err != nil || !more {
			return total, err
		}
	}
}

// Run catches up and follows the log until its context ends or the book has another version of the endpoint, then returns nil. What is
// recorded after an endpoint was paused is not delivered.
func (d *Delivery) Run(ctx context.Context) error {
	for {
		if same, err := d.Book.has(ctx, d.Endpoint); err != nil || !same {
			return ended(ctx, err)
		}
		if _, err := d.CatchUp(ctx); err != nil {
			return ended(ctx, err)
		}
		at, err := d.Book.Checkpoint(ctx, d.Endpoint.Name)
		if err == nil {
			err = d.Store.Wait(ctx, d.from(at).Cursor)
		}
		if err != nil {
			return ended(ctx, err)
		}
	}
}

func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

// Belongs looks for the record at which a checkpoint stands. Without it the log was put back to an older state, which is
// projections.ErrNotOfThisLog: what was delivered is not what it holds now.
func Belongs(ctx context.Context, store eventstore.Store, at projections.Checkpoint) error {
	if at.Cursor == 0 {
		return nil
	}
	for rec, err := range store.ReadAll(ctx, at.Cursor-1) {
		if err != nil {
			return err
		}
		if meta, err := rec.DecodeMetadata(); err != nil || meta.RecordedAt == at.RecordedAt && rec.Cursor == at.Cursor {
			return err
		}
		break
	}
	return projections.ErrNotOfThisLog
}

// read returns what is to be delivered next, and the checkpoint behind all that was looked at.
func (d *Delivery) read(ctx context.Context, from projections.Checkpoint) (batch []eventstore.Record, to projections.Checkpoint, err error) {
	to = from
	seen := 0
	last := eventstore.Record{}
	for rec, err := range eventstore.Number(d.Store.ReadAll(ctx, from.Cursor), from.Position, d.Owns) {
		if err != nil {
			return nil, from, err
		}
		last = rec
		if d.Endpoint.Filter.Passes(rec.Stream, rec.Type) {
			batch = append(batch, rec)
		}
		if seen++; len(batch) == batchEvents || seen == batchRecords {
			break
		}
	}
	if seen > 0 {
		to, err = checkpointAt(last)
	}
	return batch, to, err
}

func checkpointAt(rec eventstore.Record) (projections.Checkpoint, error) {
	meta, err := rec.DecodeMetadata()
	return projections.Checkpoint{Cursor: rec.Cursor, Position: rec.Position, RecordedAt: meta.RecordedAt}, err
}

// from returns where to read on after the checkpoint that the book has.
func (d *Delivery) from(at projections.Checkpoint) projections.Checkpoint {
	if d.begun == at && d.passed.Position > at.Position {
		return d.passed
	}
	return at
}

// step delivers one batch; more says that the log may hold another one.
func (d *Delivery) step(ctx context.Context) (n int, more bool, err error) {
	from, err := d.Book.Checkpoint(ctx, d.Endpoint.Name)
	if err != nil {
		return 0, false, err
	}
	begin := d.from(from)
	batch, to, err := d.read(ctx, begin)
	if err != nil || to == begin {
		return 0, false, err
	}
	if len(batch) == 0 && to.Position < from.Position+unnoted { // not worth a write for each event that somebody else asks for
		d.begun, d.passed = from, to
		return 0, true, nil
	}
	done, failed := d.deliverAll(ctx, batch)
	if failed != nil {
		if done == 0 {
			return 0, false, failed
		}
		if to, err = checkpointAt(batch[done-1]); err != nil {
			return 0, false, errors.Join(failed, err)
		}
	}
	// What was taken is noted also when the context has ended: it would be sent once more.
	err = d.Book.Move(context.WithoutCancel(ctx), d.Endpoint.Name, from, to)
	if errors.Is(err, projections.ErrMoved) { // somebody has rewound it meanwhile
		err = nil
	}
	if err = errors.Join(failed, err); failed == nil && err == nil {
		d.mu.Lock()
		d.noted = "" // moving cleared it
		d.mu.Unlock()
	}
	return done, true, err
}

// deliverAll delivers a batch and returns how many of it, from the first, are done.
func (d *Delivery) deliverAll(ctx context.Context, batch []eventstore.Record) (int, error) {
	done := make([]bool, len(batch))
	var lane [lanes][]int
	for i, rec := range batch {
		h := fnv.New32a()
		h.Write([]byte(rec.Stream))
		k := h.Sum32() % lanes
		lane[k] = append(lane[k], i)
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, mine := range lane {
		g.Go(func() error {
			for _, i := range mine {
				if err := d.deliver(ctx, batch[i]); err != nil {
					return err
				}
				done[i] = true
			}
			return nil
		})
	}
	err := g.Wait()
	n := 0
	for n < len(done) && done[n] {
		n++
	}
	return n, err
}

// deliver publishes one event until it is taken, or puts it into the poison queue. Waiting for somebody who cannot be reached counts as
// no attempt.
func (d *Delivery) deliver(ctx context.Context, rec eventstore.Record) error {
	m, err := Envelope(d.Source, rec)
	if err != nil {
		return err
	}
	var first domain.Instant
	for attempt, waits := 0, 0; ; {
		problem := d.Publisher.Publish(ctx, m)
		if problem == nil {
			if d.Delivered != nil {
				d.Delivered(m, rec.Position)
			}
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		away, unavailable := errors.AsType[*UnavailableError](problem)
		switch {
		case unavailable && d.Impatient:
			return fmt.Errorf("deliver to %s: %w", d.Endpoint.Name, problem)
		case unavailable:
			waits++
			if err := errors.Join(d.note(ctx, problem.Error()), pause(ctx, away.After)); err != nil {
				return err
			}
		default:
			attempt, waits = attempt+1, 0
			if first == 0 {
				first = domain.InstantOf(d.now())
			}
		}
		if attempt >= max(d.Endpoint.Attempts, 1) {
			return d.Book.Poison(ctx, Poisoned{
				Endpoint: d.Endpoint.Name, Event: m.ID, Type: m.Type, Stream: rec.Stream, Position: rec.Position, Cursor: rec.Cursor,
				Attempts: attempt, Problem: problem.Error(), FirstAt: first, LastAt: domain.InstantOf(d.now()),
			})
		}
		if err := d.wait(ctx, attempt+waits); err != nil {
			return err
		}
	}
}

// note shows in the book what is waited for, once for each problem.
func (d *Delivery) note(ctx context.Context, problem string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.noted == problem {
		return nil
	}
	d.noted = problem
	return d.Book.Note(ctx, d.Endpoint.Name, problem, domain.InstantOf(d.now()))
}

func (s *Setting) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

func (s *Setting) wait(ctx context.Context, attempt int) error {
	if s.Wait != nil {
		return s.Wait(ctx, attempt)
	}
	return pause(ctx, Backoff(attempt))
}

// pause waits, or returns the context's error.
func pause(ctx context.Context, length time.Duration) error {
	if length <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(length)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// LongestWait bounds the time between two attempts.
const LongestWait = 5 * time.Minute

// Backoff is how long to wait after an attempt, from the first: half a second, doubled each time up to LongestWait, and a quarter more
// or less so that many do not come back at once.
func Backoff(attempt int) time.Duration {
	length := LongestWait
	if attempt < 11 {
		length = min(length, 500*time.Millisecond<<max(attempt-1, 0))
	}
	return length*3/4 + rand.N(length/2)
}

// Locate returns the checkpoint behind a position, from which an endpoint would go on with the next. A position that the log has not
// reached is unknown_position.
func Locate(ctx context.Context, store eventstore.Store, owns func(string) bool, p eventstore.Position) (projections.Checkpoint, error) {
	if p == 0 {
		return projections.Checkpoint{}, nil
	}
	head := eventstore.Position(0)
	for rec, err := range eventstore.Number(store.ReadAll(ctx, 0), 0, owns) {
		if err != nil {
			return projections.Checkpoint{}, err
		}
		if head = rec.Position; head == p {
			return checkpointAt(rec)
		}
	}
	return projections.Checkpoint{}, domain.NewError(domain.NotFound, "unknown_position", "position", fmt.Sprint(p), "head", fmt.Sprint(head))
}

// Tail returns the checkpoint behind the last event, for an endpoint that is to get only what comes. Where the backend counts positions
// it reads one record, else all.
func Tail(ctx context.Context, store eventstore.Store, owns func(string) bool) (projections.Checkpoint, error) {
	head, err := store.Head(ctx)
	if err != nil || head == 0 {
		return projections.Checkpoint{}, err
	}
	for rec, err := range store.ReadAll(ctx, head-1) {
		if err == nil && rec.Position > 0 && owns(rec.Stream) {
			return checkpointAt(rec)
		}
		break
	}
	var last eventstore.Record
	for rec, err := range eventstore.Number(store.ReadAll(ctx, 0), 0, owns) {
		if err != nil {
			return projections.Checkpoint{}, err
		}
		last = rec
	}
	if last.Position == 0 {
		return projections.Checkpoint{}, nil
	}
	return checkpointAt(last)
}
