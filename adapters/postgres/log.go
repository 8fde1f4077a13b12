package postgres

import (
	"context"
	"iter"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/punchledger/punchledger/eventstore"
)

// LogSchema is where the tables of a log are when the address names no search_path.
const LogSchema = "punchledger_log"

// Log is an eventstore.Store in PostgreSQL. Of all processes that have it open one writes, elected by a lock of its session: it gives
// dense positions and commits many appends at once, so that whoever reads what follows a position misses nothing. An append in
// another process is a *NotWriterError while the writer lives; when it is gone, the next append takes over.
type Log struct {
	pool  *pgxpool.Pool
	where string
	space int32
	left  bool      // it is opened although it was left
	self  uuid.UUID // tells this process from every other that writes the log
	here  Holder

	appends   chan *appending
	elections chan *election
	fenced    chan struct{} // closed when another process has taken over from this one; whom names it
	whom      *FencedError
	trouble   atomic.Pointer[error]
	closing   chan struct{}
	ended     chan struct{}

	mu    sync.Mutex
	grown chan struct{} // closed and replaced by every append of this process
}

var (
	_ eventstore.Store    = (*Log)(nil)
	_ eventstore.Ordered  = (*Log)(nil)
	_ eventstore.Backward = (*Log)(nil)
)

// LogOptions say which log is opened.
type LogOptions struct {
	Address string // URL of the database; search_path names the schema
	Create  bool   // make the tables where there are none; else that is a *NoLogError
	Left    bool   // also a log that was left for another one; else that is a *LeftError
}

// How the server of the database finds out that the machine of a writer is gone: its lock is free after some 20 seconds. Where a process
// ends and its machine lives, that is told at once.
var noticing = map[string]string{
	"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3", "tcp_user_timeout": "20000",
}

// OpenLog opens a log.
func OpenLog(ctx context.Context, o LogOptions) (*Log, error) {
	where := Where(o.Address)
	config, err := configure(o.Address, LogSchema)
	if err != nil {
		return nil, &LogUnreachableError{where, err}
	}
	config.ConnConfig.RuntimeParams["synchronous_commit"] = "on" // what is acknowledged is on the disk
	for name, value := range noticing {
		if config.ConnConfig.RuntimeParams[name] == "" {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, &LogUnreachableError{where, err}
	}
	l := &Log{
		pool: pool, where: where, space: spaceOf(schemaOf(config)), left: o.Left, self: uuid.New(), appends: make(chan *appending, 1024),
		elections: make(chan *election), fenced: make(chan struct{}), closing: make(chan struct{}), ended: make(chan struct{}),
		grown: make(chan struct{}),
	}
	l.here.Process = os.Getpid()
	if l.here.Machine, err = os.Hostname(); err != nil {
		l.here.Machine = "unknown" // it is for people only
	}
	err = l.prepare(ctx, config, o.Create)
	if err == nil {
		err = l.stays(ctx, pool)
	}
	if err != nil {
		pool.Close()
		return nil, err
	}
	go l.commit()
	return l, nil
}

// prepare makes what is missing, where it may.
func (l *Log) prepare(ctx context.Context, config *pgxpool.Config, create bool) error {
	var number int64
	err := l.pool.QueryRow(ctx, "SELECT number FROM epoch WHERE moved_to IS NOT NULL").Scan(&number)
	switch {
	case err == nil:
		return nil
	case codeOf(err) == undefinedTable && !create:
		return &NoLogError{l.where}
	case codeOf(err) == undefinedTable || codeOf(err) == undefinedColumn:
		err = migrate(ctx, config.ConnConfig, schemaOf(config), logTables)
	}
	if err == nil || ctx.Err() != nil {
		return err
	}
	return &LogUnreachableError{l.where, err}
}

// Close ends the writing of this process, after what was handed in, and closes all connections.
func (l *Log) Close() error {
	close(l.closing)
	<-l.ended
	l.pool.Close()
	return nil
}

// Head implements eventstore.Store.
func (l *Log) Head(ctx context.Context) (eventstore.Cursor, error) {
	var head int64
	err := l.pool.QueryRow(ctx, "SELECT coalesce(max(position), 0) FROM event").Scan(&head)
	return eventstore.Cursor(head), l.wrap(ctx, "read the head of the log", err)
}

// askEvery is how often a waiting reader asks whether another process has appended. A notification would take a lock of the whole
// database at every commit.
const askEvery = 20 * time.Millisecond

// Wait implements eventstore.Store.
func (l *Log) Wait(ctx context.Context, after eventstore.Cursor) error {
	ask := time.NewTicker(askEvery)
	defer ask.Stop()
	for {
		l.mu.Lock()
		grown := l.grown
		l.mu.Unlock()
		head, err := l.Head(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil || head > after {
			return err
		}
		select {
		case <-grown:
		case <-ask.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// readAtOnce is how many records are read by one statement.
const readAtOnce = 1000

const recordColumns = "position, stream, revision, id, type, metadata, data, commitment"

// ReadAll implements eventstore.Store.
func (l *Log) ReadAll(ctx context.Context, after eventstore.Cursor) iter.Seq2[eventstore.Record, error] {
	return func(yield func(eventstore.Record, error) bool) {
		last := after
		l.pages(ctx, yield, func() (string, []any) {
			return "SELECT " + recordColumns + " FROM event WHERE position > $1 ORDER BY position LIMIT $2", []any{int64(last), readAtOnce}
		}, func(r eventstore.Record) error {
			if r.Cursor != last+1 {
				return &eventstore.CorruptError{Cursor: last + 1, Problem: "it is missing"}
			}
			last = r.Cursor
			return nil
		})
	}
}

// ReadStream implements eventstore.Store.
func (l *Log) ReadStream(ctx context.Context, stream string, after eventstore.Revision) iter.Seq2[eventstore.Record, error] {
	return func(yield func(eventstore.Record, error) bool) {
		last := after
		l.pages(ctx, yield, func() (string, []any) {
			return "SELECT " + recordColumns + " FROM event WHERE stream = $1 AND revision > $2 ORDER BY revision LIMIT $3",
				[]any{stream, int64(last), readAtOnce}
		}, func(r eventstore.Record) error {
			if r.Revision != last+1 {
				return &eventstore.CorruptError{Cursor: r.Cursor, Stream: stream, Revision: last + 1, Problem: "it is missing"}
			}
			last = r.Revision
			return nil
		})
	}
}

// pages reads pages until one is not full. No connection is held while a record is looked at.
func (l *Log) pages(
	ctx context.Context, yield func(eventstore.Record, error) bool, next func() (string, []any), follows func(eventstore.Record) error,
) {
	for {
		query, args := next()
		rows, err := l.pool.Query(ctx, query, args...)
		var page []eventstore.Record
		if err == nil {
			page, err = pgx.CollectRows(rows, scanRecord)
		}
		if err != nil {
			yield(eventstore.Record{}, l.wrap(ctx, "read the log", err))
			return
		}
		for _, r := range page {
			err := ctx.Err()
			if err == nil {
				err = follows(r)
			}
			if err == nil && eventstore.Commit(r.Stream, r.Revision, r.Event) != r.Commitment {
				err = &eventstore.CorruptError{Cursor: r.Cursor, Stream: r.Stream, Revision: r.Revision, Problem: "its commitment is another one"}
			}
			if err != nil {
				yield(eventstore.Record{}, err)
				return
			}
			if !yield(r, nil) {
				return
			}
		}
		if len(page) < readAtOnce {
			return
		}
	}
}

func scanRecord(row pgx.CollectableRow) (r eventstore.Record, err error) {
	var position, revision int64
	var id [16]byte
	var commitment []byte
	err = row.Scan(&position, &r.Stream, &revision, &id, &r.Type, &r.Metadata, &r.Data, &commitment)
	r.ID, r.Revision = uuid.UUID(id), eventstore.Revision(revision)
	r.Cursor, r.Position = eventstore.Cursor(position), eventstore.Position(position)
	copy(r.Commitment[:], commitment)
	return r, err
}
