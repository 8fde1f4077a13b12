package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/punchledger/punchledger/eventstore"
)

// One transaction holds what was waiting when it began, up to these limits, so that no caller waits for a whole burst.
const (
	maxBatchWrites = 1024
	maxBatchBytes  = 8 << 20
)

// write is one append on its way through the writer.
type write struct {
	stream      string
	expected    eventstore.Revision
	events      []eventstore.Event
	commitments []eventstore.Commitment

	taken atomic.Bool // by the writer, or by a caller that no longer wants it
	done  chan struct{}
	place eventstore.Place
	err   error
}

// newWrite computes the commitments in the caller's goroutine: they depend on the expected revision alone.
func newWrite(stream string, expected eventstore.Revision, events []eventstore.Event) *write {
	w := &write{
		stream: stream, expected: expected, events: events, done: make(chan struct{}),
		commitments: make([]eventstore.Commitment, len(events)),
	}
	for i, e := range events {
		w.commitments[i] = eventstore.Commit(stream, expected+eventstore.Revision(i)+1, e)
	}
	return w
}

// writer owns the one connection that writes. Its goroutine takes all appends that wait into one transaction.
type writer struct {
	log    *Log
	conn   *conn
	tables *tables
	fail   *failure
	guard  guardFile
	lock   *os.File

	order   sync.Mutex // held while an append is built and handed over
	mu      sync.Mutex
	arrived sync.Cond
	waiting []*write
	closed  bool

	last      atomic.Pointer[guard] // the last durable record
	unchecked int                   // appends since the size of the write-ahead log was looked at
	relieveAt pressure
	maxAppend int
	stopping  chan struct{}
	running   sync.WaitGroup
}

func openWriter(l *Log, opts LogOptions, lock *os.File) (_ *writer, err error) {
	if err := renewWAL(opts.disk, l.path); err != nil {
		return nil, err
	}
	c, err := logSchema.open(l.path, create, 64)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.close())
		}
	}()
	if err := c.useWAL(); err != nil {
		return nil, err
	}
	if err := logSchema.migrate(c); err != nil {
		return nil, err
	}
	if err := logSchema.checkBeforeWriting(c); err != nil {
		return nil, err
	}
	w := &writer{
		log: l, conn: c, fail: newFailure(l.path, opts.Fatal), lock: lock,
		guard: guardFile{path: beside(l.path, ".head"), disk: opts.disk}, stopping: make(chan struct{}), relieveAt: opts.relieve,
		maxAppend: opts.MaxAppendBytes,
	}
	w.arrived.L = &w.mu
	// The log begins with an empty write-ahead log; what a process before us left there is durable since it was renewed.
	if err := c.checkpoint("TRUNCATE"); err != nil {
		return nil, err
	}
	if w.tables, err = openTables(c); err != nil {
		return nil, err
	}
	if err := errors.Join(opts.disk.SyncDir(filepath.Dir(l.path)), w.guard.write(w.tables.last)); err != nil {
		return nil, err
	}
	w.publish()
	w.running.Go(w.run)
	w.running.Go(func() { w.keepGuard(opts.GuardEvery) })
	return w, nil
}

// build makes an append and hands it over before anybody else builds one.
func (w *writer) build(stream string, expected eventstore.Revision, build func() ([]eventstore.Event, error)) (*write, error) {
	w.order.Lock()
	defer w.order.Unlock()
	events, err := build()
	if err != nil {
		return nil, err
	}
	if n := eventstore.Size(events); n > w.maxAppend {
		return nil, &eventstore.TooLargeError{Stream: stream, Bytes: n}
	}
	r := newWrite(stream, expected, events)
	return r, w.hand(r)
}

// hand gives r to the writer, behind what was given before.
func (w *writer) hand(r *write) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return ErrClosed
	}
	w.waiting = append(w.waiting, r)
	w.arrived.Signal()
	return nil
}

// await waits for what came of r.
func (r *write) await(ctx context.Context) (eventstore.Place, error) {
	select {
	case <-r.done:
	case <-ctx.Done():
		if r.taken.CompareAndSwap(false, true) {
			return eventstore.Place{}, ctx.Err()
		}
		<-r.done
	}
	return r.place, r.err
}

// take waits for writes and returns those of one transaction, or nothing after stop.
func (w *writer) take() []*write {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.waiting) == 0 {
		if w.closed {
			return nil
		}
		w.arrived.Wait()
	}
	n, size := 0, 0
	for n < len(w.waiting) && n < maxBatchWrites && size < maxBatchBytes {
		size += eventstore.Size(w.waiting[n].events)
		n++
	}
	batch := w.waiting[:n:n]
	if w.waiting = w.waiting[n:]; len(w.waiting) == 0 {
		w.waiting = nil
	}
	return batch
}

func (w *writer) run() {
	for {
		runtime.Gosched() // those just answered may have more to write: one transaction then holds them all
		batch := w.take()
		if batch == nil {
			return
		}
		mine := batch[:0]
		for _, r := range batch {
			if r.taken.CompareAndSwap(false, true) {
				mine = append(mine, r)
			}
		}
		w.commit(mine)
	}
}

// commit makes a batch durable and then, only then, answers it.
func (w *writer) commit(batch []*write) {
	err := w.fail.check()
	if err == nil {
		if err = w.transact(batch); err != nil {
			err = w.fail.raise(err)
			_ = w.conn.exec("ROLLBACK") // gives back SQLite's lock; it is an error where SQLite has done so itself
		}
	}
	if err == nil {
		w.publish()
	}
	for _, r := range batch {
		if err != nil {
			r.place, r.err = eventstore.Place{}, err
		}
		close(r.done)
	}
	if err != nil {
		return
	}
	w.unchecked += len(batch)
	if w.unchecked >= w.relieveAt.every {
		w.unchecked = 0
		if err := w.relieve(); err != nil {
			_ = w.fail.raise(err) // later appends return it
		}
	}
}

func (w *writer) transact(batch []*write) error {
	if _, err := w.tables.begin.exec(); err != nil {
		return fmt.Errorf("begin a transaction: %w", err)
	}
	for _, r := range batch {
		if err := w.tables.apply(r); err != nil {
			return fmt.Errorf("append to %s at revision %d: %w", r.stream, r.expected, err)
		}
	}
	if _, err := w.tables.commit.exec(); err != nil {
		return fmt.Errorf("commit up to record %d: %w", w.tables.last.Cursor, err)
	}
	return nil
}

// publish shows the committed records to Head, Wait and the guard.
func (w *writer) publish() {
	if before := w.last.Load(); before != nil && *before == w.tables.last {
		return
	}
	last := w.tables.last
	w.last.Store(&last)
	w.log.head.Store(uint64(last.Cursor))
	w.log.announce(nil)
}

func (w *writer) keepGuard(every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-w.stopping:
			return
		case <-tick.C:
		}
		if !w.keepGuardOnce() {
			return
		}
	}
}

// keepGuardOnce writes the guard if it is behind, and reports whether the log is still written.
func (w *writer) keepGuardOnce() bool {
	if w.fail.check() != nil {
		return false
	}
	if err := w.guard.write(*w.last.Load()); err != nil {
		_ = w.fail.raise(err) // later appends return it
		return false
	}
	return true
}

// stop refuses new writes and waits for those that are under way.
func (w *writer) stop() {
	w.mu.Lock()
	w.closed = true
	w.arrived.Signal()
	w.mu.Unlock()
	close(w.stopping)
	w.running.Wait()
}

// close follows stop, when no reader is left.
func (w *writer) close() error {
	err := w.fail.check()
	if err == nil {
		err = errors.Join(w.guard.write(*w.last.Load()), w.conn.checkpoint("TRUNCATE"))
	}
	return errors.Join(err, w.conn.close(), w.lock.Close())
}

// The write-ahead log is copied into the file when it has this many pages (16 MiB); it is looked at every so many appends.
const (
	walPages   = 4096
	checkEvery = 256
)

// pressure is how many pages of the write-ahead log are too many, and after how many appends they are counted.
type pressure struct {
	pages int64
	every int
}

// relieve checkpoints when the write-ahead log has grown. It runs between transactions, so that the log begins anew after it.
func (w *writer) relieve() error {
	state, err := w.conn.row("PRAGMA wal_checkpoint(NOOP)", 3)
	if err != nil {
		return fmt.Errorf("look at the write-ahead log: %w", err)
	}
	if pages, _ := state[1].(int64); pages < w.relieveAt.pages {
		return nil
	}
	return w.conn.checkpoint("PASSIVE")
}

// checkpoint copies the write-ahead log into the file. Readers in its way leave the rest to the next one.
func (c *conn) checkpoint(mode string) error {
	_, err := c.row("PRAGMA wal_checkpoint("+mode+")", 3)
	if err != nil {
		return fmt.Errorf("checkpoint %s: %w", c.path, err)
	}
	return nil
}
