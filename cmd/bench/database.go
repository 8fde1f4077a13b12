package main

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/adapters/postgres"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/evaluate"
)

// databases measures log and views in PostgreSQL.
func (b *bench) databases(ctx context.Context) error {
	for _, x := range []struct{ writers, n, inserts int }{{1, 3_000, 3_000}, {16, 30_000, 20_000}, {256, 60_000, 20_000}} {
		err := b.hold(ctx, contest{
			name: fmt.Sprintf("durable append to a log in PostgreSQL, %d writers", x.writers), unit: "event",
			anchor: "PostgreSQL, one insert a transaction", us: b.appendingThere(x.writers, x.n), them: b.inserting(x.writers, x.inserts),
		})
		if err != nil {
			return err
		}
	}
	const views = "rebuild of views in PostgreSQL, %d workers"
	for _, workers := range []int{1, 2, 4} {
		name := fmt.Sprintf(views, workers)
		if !b.only.MatchString(name) {
			continue
		}
		o, err := b.theOffice(ctx)
		if err != nil {
			return err
		}
		err = b.hold(ctx, contest{
			name: name, unit: "event", anchor: "views in a file, one process", us: b.sharing(o, workers), them: o.rebuilding(),
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// schema is the address of a schema of the private PostgreSQL that nothing is in yet.
func (b *bench) schema(ctx context.Context) (string, error) {
	pg, err := b.database(ctx)
	if err != nil {
		return "", err
	}
	b.schemas++
	return fmt.Sprintf("%s&search_path=round_%d", pg.Address("postgres"), b.schemas), nil
}

// appendingThere is appending to a log in PostgreSQL.
func (b *bench) appendingThere(writers, n int) side {
	return func(ctx context.Context, _ string) (attempt, error) {
		address, err := b.schema(ctx)
		if err != nil {
			return attempt{}, err
		}
		l, err := postgres.OpenLog(ctx, postgres.LogOptions{Address: address, Create: true})
		if err != nil {
			return attempt{}, err
		}
		return attempt{run: filling(ctx, l, writers, n), done: l.Close}, nil
	}
}

// shardsOfBench is into how many shards views are divided.
const shardsOfBench = 8

// sharing builds the views of the office with some workers, each with connections of its own. They share two cores with the database.
func (b *bench) sharing(o *office, workers int) side {
	return func(ctx context.Context, _ string) (attempt, error) {
		address, err := b.schema(ctx)
		if err != nil {
			return attempt{}, err
		}
		open := func() (*postgres.Views, error) {
			return postgres.Open(ctx, postgres.Options{Address: address, Shape: "bench", Ledger: "office"})
		}
		first, err := open()
		if err != nil {
			return attempt{}, err
		}
		if err := errors.Join(first.Divide(ctx, shardsOfBench), first.Close()); err != nil {
			return attempt{}, err
		}
		return attempt{run: func() (float64, error) {
			var all errgroup.Group
			for w := range workers {
				all.Go(func() error {
					v, err := open()
					if err != nil {
						return err
					}
					var held []int
					for shard := w; shard < shardsOfBench; shard += workers {
						held = append(held, shard)
					}
					s := projections.Shards{Store: o.log, Codec: o.codec, Views: v, Projector: func() projections.Projector {
						return projections.Together{evaluate.New(o.codec, zone.Embedded(), "bench"), projections.People{}, projections.Waiting{}}
					}}
					return errors.Join(s.CatchUp(ctx, held), v.Close())
				})
			}
			return float64(o.events), all.Wait()
		}}, nil
	}
}
