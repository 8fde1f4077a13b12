package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/punchledger/punchledger/projections"
)

// Update implements projections.Views. Divided views move shard by shard: here only a change that moves nothing, about everybody.
func (v *Views) Update(ctx context.Context, name string, from, to projections.Checkpoint, change func(projections.Tx) error) error {
	if name != projections.AllViews || v.shards == 1 {
		return v.update(ctx, name, 0, from, to, change)
	}
	if from != to {
		return fmt.Errorf("%s: the views are divided into %d shards, each of which moves by itself", v.where, v.shards)
	}
	return v.within(ctx, anyShard, func(tx pgx.Tx, rows *viewTx) error {
		for shard := range v.shards { // all of them stand still, in the order in which nobody waits for one that we hold
			if _, err := v.lock(ctx, tx, name, shard); err != nil {
				return err
			}
		}
		if err := change(rows); err != nil {
			return err
		}
		return rows.flush(ctx)
	})
}

// shard is a part of divided views as views of their own.
type shard struct {
	views  *Views
	number int
	inside bool // while the gate is shut, by who has shut it
}

// Part implements projections.Divided.
func (v *Views) Part(number int) projections.Views { return &shard{v, number, false} }

// Checkpoint implements projections.Views.
func (s *shard) Checkpoint(ctx context.Context, name string) (projections.Checkpoint, error) {
	rows, err := s.views.pool.Query(ctx, "SELECT cursor, position, recorded_at FROM checkpoint WHERE name = $1 AND shard = $2", name, s.number)
	if err != nil {
		return projections.Checkpoint{}, s.views.wrap(ctx, "read the checkpoint", err)
	}
	at, err := pgx.CollectExactlyOneRow(rows, scanCheckpoint)
	if errors.Is(err, pgx.ErrNoRows) {
		return projections.Checkpoint{}, nil
	}
	return at, s.views.wrap(ctx, "read the checkpoint", err)
}

// Update implements projections.Views.
func (s *shard) Update(ctx context.Context, name string, from, to projections.Checkpoint, change func(projections.Tx) error) error {
	v := *s.views
	v.inside = s.inside
	return v.update(ctx, name, s.number, from, to, change)
}

func (v *Views) update(ctx context.Context, name string, shard int, from, to projections.Checkpoint, change func(projections.Tx) error) error {
	return v.within(ctx, shard, func(tx pgx.Tx, rows *viewTx) error {
		at, err := v.lock(ctx, tx, name, shard)
		if err != nil {
			return err
		}
		if at != from {
			return projections.ErrMoved
		}
		if err := change(rows); err != nil {
			return err
		}
		if err := rows.flush(ctx); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "UPDATE checkpoint SET cursor = $3, position = $4, recorded_at = $5 WHERE name = $1 AND shard = $2",
			name, shard, int64(to.Cursor), int64(to.Position), int64(to.RecordedAt))
		return v.wrap(ctx, "move the checkpoint", err)
	})
}

// within runs f in a transaction and commits it where f has no error. Whoever was in its way goes first.
func (v *Views) within(ctx context.Context, shard int, f func(pgx.Tx, *viewTx) error) error {
	begin := "BEGIN; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
	if v.shards > 1 && !v.inside {
		begin += fmt.Sprintf("; SELECT pg_advisory_xact_lock_shared(%d, %d)", v.space, gateLock)
	}
	tx, err := v.pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: begin})
	if err != nil {
		return v.wrap(ctx, "begin", err)
	}
	if err = f(tx, newViewTx(v, tx, shard)); err == nil {
		return v.wrap(ctx, "commit", tx.Commit(ctx))
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && (e.Code == "40P01" || e.Code == "40001") { // deadlock, serialization
		err = fmt.Errorf("%w (%w)", projections.ErrMoved, err)
	}
	return errors.Join(err, v.end(ctx, tx))
}

// lock keeps everybody else from moving a checkpoint until the transaction ends, and returns where it is.
func (v *Views) lock(ctx context.Context, tx pgx.Tx, name string, shard int) (at projections.Checkpoint, err error) {
	const held = "SELECT cursor, position, recorded_at FROM checkpoint WHERE name = $1 AND shard = $2 FOR UPDATE"
	for range 2 {
		var rows pgx.Rows
		if rows, err = tx.Query(ctx, held, name, shard); err != nil {
			break
		}
		if at, err = pgx.CollectExactlyOneRow(rows, scanCheckpoint); !errors.Is(err, pgx.ErrNoRows) {
			break
		}
		if _, err = tx.Exec(ctx, "INSERT INTO checkpoint (name, shard) VALUES ($1, $2) ON CONFLICT DO NOTHING", name, shard); err != nil {
			break
		}
	}
	if err != nil {
		return at, v.wrap(ctx, "take the checkpoint", err)
	}
	var shape string // read after the lock: Divide may have held it
	var shards int
	if err := tx.QueryRow(ctx, "SELECT shape, shards FROM meta").Scan(&shape, &shards); err != nil {
		return at, v.wrap(ctx, "read what the views are", err)
	}
	if shape != v.shape || shards != v.shards {
		return at, ErrReplaced
	}
	return at, nil
}
