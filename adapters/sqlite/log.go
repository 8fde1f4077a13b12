// Package sqlite keeps the ledger's files in SQLite: the log, the keys of personal evidence and the views, each in one file.
//
// A file is written by one process. Any unexpected error of a write ends that process: it is never retried, because what
// reached the disk is unknown. Files of ours must not be opened by other means in the same process while they are in use:
// closing them would drop SQLite's locks.
package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/punchledger/punchledger/eventstore"
)

// Log is an eventstore.Store in one SQLite file. Cursors are dense from 1 and positions are the same numbers.
type Log struct {
	path    string
	readers *readers
	writer  *writer // nil for a reader
	watch   *watcher
	head    atomic.Uint64 // of the writer: the last durable record

	mu     sync.Mutex
	grown  chan struct{} // closed and replaced when records have come
	err    error         // why waiting is over
	closed sync.Once
}

var (
	_ eventstore.Store    = (*Log)(nil)
	_ eventstore.Backward = (*Log)(nil)
)

// LogOptions change how a log is written.
type LogOptions struct {
	// Fatal is called once, with a *FailedError, when a write ends in an unexpected error; the log then refuses all further
	// appends. Nil prints the error and ends the process with exit status 70. Anything else is for tests.
	Fatal func(error)
	// GuardEvery is how often the head guard follows the log while records come. Zero is half a second.
	GuardEvery time.Duration
	// MaxAppendBytes is the limit of one append. Zero is eventstore.MaxAppendBytes; more is for those who wrap what others hand in.
	MaxAppendBytes int

	disk    disk     // nil is the operating system's
	relieve pressure // zero is walPages, checkEvery
}

// Errors of a file that is not there for the call.
var (
	ErrClosed   = errors.New("the file is closed")
	ErrReadOnly = errors.New("the log is open for reading only")
)

// OpenLog opens the log at path for writing, conventionally ledger.db in the data folder, and creates it where there is none.
// It holds the lock beside it (ledger.lock) until Close; while somebody else does, it returns a *LockedError. A log that has
// lost the record named by its head guard (ledger.head) is a *GuardError and is left as it is. A file whose pages or indexes are
// damaged is a *DamagedError: an index that has lost the end of a stream would let the same revision be written twice.
func OpenLog(path string, opts LogOptions) (*Log, error) {
	lock, err := lockFile(beside(path, ".lock"))
	if err != nil {
		return nil, err
	}
	if err := inspect(path, true); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	if opts.GuardEvery == 0 {
		opts.GuardEvery = 500 * time.Millisecond
	}
	if opts.MaxAppendBytes == 0 {
		opts.MaxAppendBytes = eventstore.MaxAppendBytes
	}
	if opts.disk == nil {
		opts.disk = osDisk{}
	}
	if opts.relieve == (pressure{}) {
		opts.relieve = pressure{pages: walPages, every: checkEvery}
	}
	l := &Log{path: path, readers: newReaders(path), grown: make(chan struct{})}
	if l.writer, err = openWriter(l, opts, lock); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return l, nil
}

// OpenReader opens the log at path for reading, also while another process writes it, and sees its committed records.
func OpenReader(path string) (*Log, error) {
	if err := inspect(path, false); err != nil {
		return nil, err
	}
	l := &Log{path: path, readers: newReaders(path), grown: make(chan struct{})}
	var err error
	if l.watch, err = newWatcher(l); err != nil {
		return nil, err
	}
	return l, nil
}

// beside returns the path of a file that belongs to the log: ledger.lock beside ledger.db.
func beside(path, ext string) string { return strings.TrimSuffix(path, ".db") + ext }

// inspect reads the log at path, and changes nothing, to find out whether it may be opened.
func inspect(path string, mayCreate bool) (err error) {
	g, guarded, err := readGuard(beside(path, ".head"))
	if err != nil {
		return err
	}
	if info, err := os.Stat(path); errors.Is(err, os.ErrNotExist) || err == nil && info.Size() == 0 {
		switch {
		case guarded && g.Cursor > 0:
			return &GuardError{path, beside(path, ".head"), g.Cursor, "the ledger is missing or empty"}
		case !mayCreate:
			return fmt.Errorf("there is no ledger at %s: %w", path, os.ErrNotExist)
		}
		return nil
	}
	c, err := logSchema.open(path, readOnly, 1)
	if mayCreate && unfinished(err) {
		// A crash while the file was made. Whoever may write it lets SQLite put back what was there before, which is nothing.
		c, err = logSchema.open(path, readWrite, 1)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	version, err := logSchema.version(c)
	if err != nil || version == 0 {
		return err
	}
	if !guarded || g.Cursor == 0 {
		return nil
	}
	return checkGuard(c, g)
}

// checkGuard compares g with the record it names.
func checkGuard(c *conn, g guard) error {
	refused := &GuardError{Path: c.path, Guard: beside(c.path, ".head"), Cursor: g.Cursor}
	find, err := c.prepare("SELECT commitment FROM events WHERE cursor = ?")
	if err != nil {
		return err
	}
	dest := make([]driver.Value, 1)
	found, err := find.row(dest, int64(g.Cursor))
	switch {
	case err != nil:
		refused.Problem = "that record cannot be read: " + err.Error()
		return refused
	case !found:
		last, err := c.number("SELECT coalesce(max(cursor), 0) FROM events")
		if err != nil {
			return err
		}
		refused.Problem = fmt.Sprintf("the ledger ends at record %d", last)
		return refused
	}
	if got, _ := dest[0].([]byte); string(got) != string(g.Commitment[:]) {
		refused.Problem = "the record there has another commitment"
		return refused
	}
	return nil
}

// Check reads the whole file behind the records: its pages, its declarations, and that the indexes, through which streams are found and
// read, have exactly the entries of the records. What it finds is a *DamagedError. Records themselves prove what they say when they
// are read.
func (l *Log) Check(ctx context.Context) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	c, err := logSchema.open(l.path, readOnly, 8)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	return logSchema.checkFile(c)
}

// Close ends the log: appends that wait are finished, the guard is written, the write-ahead log is emptied and the lock given back.
func (l *Log) Close() error {
	var err error
	l.closed.Do(func() {
		var errs []error
		if l.writer != nil {
			l.writer.stop()
		}
		if l.watch != nil {
			errs = append(errs, l.watch.close())
		}
		l.announce(ErrClosed)
		errs = append(errs, l.readers.close())
		if l.writer != nil {
			errs = append(errs, l.writer.close())
		}
		err = errors.Join(errs...)
	})
	return err
}

// Append implements eventstore.Store. Once it has begun to write, it does not watch ctx any more, so that its answer is
// always what the log holds.
func (l *Log) Append(
	ctx context.Context, stream string, expected eventstore.Revision, events ...eventstore.Event,
) (eventstore.Place, error) {
	if l.writer == nil {
		return eventstore.Place{}, ErrReadOnly
	}
	if err := ctx.Err(); err != nil {
		return eventstore.Place{}, err
	}
	if n := eventstore.Size(events); n > l.writer.maxAppend {
		return eventstore.Place{}, &eventstore.TooLargeError{Stream: stream, Bytes: n}
	}
	r := newWrite(stream, expected, events)
	if err := l.writer.hand(r); err != nil {
		return eventstore.Place{}, err
	}
	return r.await(ctx)
}

// AppendInOrder implements eventstore.Ordered: appends are made in the order in which they were built.
func (l *Log) AppendInOrder(
	ctx context.Context, stream string, expected eventstore.Revision, build func() ([]eventstore.Event, error),
) (eventstore.Place, error) {
	if l.writer == nil {
		return eventstore.Place{}, ErrReadOnly
	}
	r, err := l.writer.build(stream, expected, build)
	if err != nil {
		return eventstore.Place{}, err
	}
	return r.await(ctx)
}

// Head implements eventstore.Store.
func (l *Log) Head(ctx context.Context) (eventstore.Cursor, error) {
	if l.writer != nil {
		return eventstore.Cursor(l.head.Load()), ctx.Err()
	}
	var head eventstore.Cursor
	err := l.readers.use(ctx, func(r *reader) (err error) {
		head, err = r.last()
		return err
	})
	return head, err
}

// Wait implements eventstore.Store.
func (l *Log) Wait(ctx context.Context, after eventstore.Cursor) error {
	for {
		l.mu.Lock()
		grown, err := l.grown, l.err
		l.mu.Unlock()
		if err != nil {
			return err
		}
		head, err := l.Head(ctx)
		if err != nil {
			return err
		}
		if head > after {
			return nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// announce wakes everybody who waits; with an error, waiting is over for good.
func (l *Log) announce(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return
	}
	close(l.grown)
	l.grown = make(chan struct{})
	l.err = err
}
