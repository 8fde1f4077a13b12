package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/punchledger/punchledger/projections"
)

// Still are divided views that nobody moves but who has them. It implements projections.Divided.
type Still struct {
	views *Views
	conn  *pgxpool.Conn // holds the gate; nil: it is open again
}

// Still runs f while no shard moves but through the parts that f is given: what wants all shards at one position brings those that
// are behind there first. Updates wait meanwhile; Moment lets them go on as soon as it has its moment.
func (v *Views) Still(ctx context.Context, f func(*Still) error) error {
	conn, err := v.pool.Acquire(ctx)
	if err != nil {
		return v.wrap(ctx, "connect", err)
	}
	s := &Still{v, conn}
	if _, err = conn.Exec(ctx, "SELECT pg_advisory_lock($1, $2)", v.space, gateLock); err != nil {
		err = v.wrap(ctx, "stop the updates", err)
	} else {
		err = f(s)
	}
	return errors.Join(err, s.open(ctx))
}

// open lets updates go on.
func (s *Still) open(ctx context.Context) error {
	if s.conn == nil {
		return nil
	}
	conn := s.conn
	s.conn = nil
	_, err := conn.Exec(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock_all()")
	if err != nil { // the lock ends with the connection
		err = errors.Join(err, conn.Conn().Close(context.WithoutCancel(ctx)))
	}
	conn.Release()
	return s.views.wrap(ctx, "let the updates go on", err)
}

// Shards implements projections.Divided.
func (s *Still) Shards() int { return s.views.shards }

// Part implements projections.Divided.
func (s *Still) Part(number int) projections.Views { return &shard{s.views, number, true} }

// Moment is Views.Moment. Updates go on while f runs.
func (s *Still) Moment(
	ctx context.Context, name string, f func(projections.AllReader, projections.Tx, projections.Checkpoint) error,
) error {
	return s.views.Moment(ctx, name, func(now projections.AllReader, tx projections.Tx, at projections.Checkpoint) error {
		if err := s.open(ctx); err != nil {
			return err
		}
		return f(now, tx, at)
	})
}

// Reach returns where the last and the first of the shards are. They are one where the views are not divided, or at rest.
func (v *Views) Reach(ctx context.Context) (least, most projections.Checkpoint, err error) {
	least, err = v.Checkpoint(ctx, projections.AllViews)
	for number := 0; number < v.shards && err == nil; number++ {
		var at projections.Checkpoint
		if at, err = v.Part(number).Checkpoint(ctx, projections.AllViews); at.Cursor > most.Cursor {
			most = at
		}
	}
	return least, most, err
}
