package postgres

import (
	"context"
	"errors"
	"hash/fnv"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/punchledger/punchledger/projections"
)

// Advisory locks of a schema: one for each shard, and two that are no shards. They end with the connection that holds them.
const (
	workerLock = 1 << 20   // shared by all workers, to be counted
	gateLock   = 1<<20 + 1 // shared by updates, exclusive for who needs all shards at one position
)

// spaceOf tells the locks of a schema from those of others in the same database.
func spaceOf(schema string) int32 {
	h := fnv.New32a()
	h.Write([]byte("punchledger " + schema))
	return int32(h.Sum32() & 0x7fffffff)
}

// Leases share the shards out among the workers that are there: nobody holds more than an equal part, rounded up. Those of a process
// that dies are free as soon as the database notices, and taken by others when they look next. It is for one goroutine.
type Leases struct {
	views  *Views
	conn   *pgx.Conn
	held   []int
	looked time.Time
	every  time.Duration
}

// NewLeases returns leases for a worker, which looks every so often whether others came or went.
func (v *Views) NewLeases(every time.Duration) *Leases { return &Leases{views: v, every: every} }

var _ projections.Leases = (*Leases)(nil)

// Held implements projections.Leases.
func (l *Leases) Held(ctx context.Context) ([]int, error) {
	if l.conn != nil && time.Since(l.looked) < l.every {
		return l.held, nil
	}
	if err := l.look(ctx); err != nil {
		return nil, errors.Join(l.views.wrap(ctx, "share out the shards", err), l.Close(ctx))
	}
	l.looked = time.Now()
	return l.held, nil
}

// look counts the workers, gives up what is more than an equal part and takes what is free.
func (l *Leases) look(ctx context.Context) error {
	if l.conn == nil {
		if err := l.join(ctx); err != nil {
			return err
		}
	}
	var workers int
	err := l.conn.QueryRow(ctx, `SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
WHERE l.locktype = 'advisory' AND d.datname = current_database() AND l.classid = $1::int8::oid AND l.objid = $2::int8::oid AND l.granted`,
		int64(l.views.space), int64(workerLock)).Scan(&workers)
	if err != nil {
		return err
	}
	shards := l.views.shards
	share := (shards + max(workers, 1) - 1) / max(workers, 1)
	for len(l.held) > share {
		last := len(l.held) - 1
		if _, err := l.conn.Exec(ctx, "SELECT pg_advisory_unlock($1, $2)", l.views.space, l.held[last]); err != nil {
			return err
		}
		l.held = l.held[:last]
	}
	for shard := 0; shard < shards && len(l.held) < share; shard++ {
		if slices.Contains(l.held, shard) {
			continue
		}
		var got bool
		if err := l.conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1, $2)", l.views.space, shard).Scan(&got); err != nil {
			return err
		}
		if got {
			l.held = append(l.held, shard)
		}
	}
	slices.Sort(l.held)
	return nil
}

// join connects and is counted from then on.
func (l *Leases) join(ctx context.Context) (err error) {
	if l.conn, err = pgx.ConnectConfig(ctx, l.views.pool.Config().ConnConfig); err != nil {
		return err
	}
	_, err = l.conn.Exec(ctx, "SELECT pg_advisory_lock_shared($1, $2)", l.views.space, workerLock)
	return err
}

// Close gives all shards back: others can take them when it returns, and not only when the database has noticed the end of a connection.
func (l *Leases) Close(ctx context.Context) error {
	l.held = nil
	if l.conn == nil {
		return nil
	}
	conn := l.conn
	l.conn = nil
	ctx = context.WithoutCancel(ctx)
	_, _ = conn.Exec(ctx, "SELECT pg_advisory_unlock_all()") // where it fails the connection has ended, and its locks with it
	return conn.Close(ctx)
}
