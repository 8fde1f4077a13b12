package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/punchledger/punchledger/projections"
)

// Update implements projections.Views. Divided views are moved shard by shard: here only a change that moves no checkpoint of theirs.
func (v *Views) Update(ctx context.Context, name string, from, to projections.Checkpoint, change func(projections.Tx) error) error {
	if name != projections.AllViews || v.shards == 1 {
		return v.update(ctx, name, 0, from, to, change)
	}
	if from != to {
		return fmt.Errorf("%s: the views are divided into %d shards, each of which moves by itself", v.where, v.shards)
	}
	return v.within(ctx, anyShard, func(tx pgx.Tx, rows *viewTx) error {
		at, err := v.least(ctx, tx, name)
		if err != nil {
			return err
		}
		if at != from {
			return projections.ErrMoved
		}
		return change(rows)
	})
}

// Shard is a part of divided views as views of their own: it has a checkpoint and the rows of its employees.
type Shard struct {
	views *Views
	shard int
}

// Shard returns one of the parts, from 0.
func (v *Views) Shard(shard int) *Shard { return &Shard{v, shard} }

// Checkpoint implements projections.Views.
func (s *Shard) Checkpoint(ctx context.Context, name string) (projections.Checkpoint, error) {
	rows, err := s.views.pool.Query(ctx, "SELECT cursor, position, recorded_at FROM checkpoint WHERE name = $1 AND shard = $2", name, s.shard)
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
func (s *Shard) Update(ctx context.Context, name string, from, to projections.Checkpoint, change func(projections.Tx) error) error {
	return s.views.update(ctx, name, s.shard, from, to, change)
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

// within runs f in a transaction and commits it where f has no error.
func (v *Views) within(ctx context.Context, shard int, f func(pgx.Tx, *viewTx) error) error {
	tx, err := v.pool.BeginTx(ctx, pgx.TxOptions{BeginQuery: "BEGIN; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"})
	if err != nil {
		return v.wrap(ctx, "begin", err)
	}
	if err := f(tx, newViewTx(v, tx, shard)); err != nil {
		return errors.Join(err, v.end(ctx, tx))
	}
	return v.wrap(ctx, "commit", tx.Commit(ctx))
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
