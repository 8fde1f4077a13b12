package main

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
)

// settings that give the anchor its best: memory, and workers for its queries. Durability is the default: fsync and
// synchronous_commit are on.
var postgresSettings = []string{
	"shared_buffers=1GB", "work_mem=256MB", "effective_cache_size=8GB", "max_wal_size=4GB",
	"max_parallel_workers_per_gather=2", "jit=off", "checkpoint_timeout=30min", "max_connections=300",
}

const postgresEvents = `
DROP TABLE IF EXISTS event;
CREATE TABLE event (position bigint GENERATED ALWAYS AS IDENTITY, stream text NOT NULL, revision bigint NOT NULL, id uuid NOT NULL,
  type text NOT NULL, metadata jsonb NOT NULL, data jsonb NOT NULL, PRIMARY KEY (stream, revision));
CHECKPOINT;`

// inserting appends the same events to a table with a unique (stream, revision): one insert a transaction on a connection for
// each writer, the usual way of an event store on PostgreSQL.
func (b *bench) inserting(writers, n int) side {
	return func(ctx context.Context, _ string) (attempt, error) {
		pg, err := b.database(ctx)
		if err != nil {
			return attempt{}, err
		}
		conns := make([]*pgx.Conn, writers)
		for i := range conns {
			if conns[i], err = pg.Connect(ctx); err != nil {
				return attempt{}, err
			}
		}
		for statement := range strings.SplitSeq(strings.TrimSpace(postgresEvents), ";") {
			if _, err := conns[0].Exec(ctx, statement); err != nil {
				return attempt{}, err
			}
		}
		const insert = "INSERT INTO event (stream, revision, id, type, metadata, data) VALUES ($1, $2, $3, $4, $5, $6)"
		return attempt{
			run: func() (float64, error) {
				return share(writers, n, func(w, i int) error {
					stream := streamName(w, i)
					e := punchEvent(stream, i)
					_, err := conns[w].Exec(ctx, insert, stream, i/streamsPerWriter+1, [16]byte(e.ID), e.Type, e.Metadata, e.Data)
					return err
				})
			},
			done: func() error {
				var errs []error
				for _, c := range conns {
					errs = append(errs, c.Close(ctx))
				}
				return errors.Join(errs...)
			},
		}, nil
	}
}
