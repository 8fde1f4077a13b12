package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/punchledger/punchledger/adapters/metrics"
	"github.com/punchledger/punchledger/adapters/postgres"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/evaluate"
)

// Views in a database may be divided into shards, which several processes bring up to date: a server and its workers.

// lookEvery is how often a process looks whether others came or went, and whether a database that was away is back.
const lookEvery = time.Second

// allViews is the projector of all views.
func allViews(e *evaluate.Projector) projections.Projector {
	return projections.Together{e, projections.People{}, projections.Waiting{}}
}

// shards brings divided views up to date.
func (r *reader) shards(views projections.Divided, log eventstore.Store) *projections.Shards {
	return &projections.Shards{
		Store: log, Codec: r.codec, Views: views, Look: lookEvery,
		Projector: func() projections.Projector { return allViews(r.projector()) },
	}
}

// divided returns views that are divided.
func divided(views viewStore) (*postgres.Views, bool) {
	d, ok := views.(*postgres.Views)
	return d, ok && d.Shards() > 1
}

// catchUpOnce applies what the log holds to views, or what it holds up to where until ends.
func (r *reader) catchUpOnce(ctx context.Context, views viewStore, batch int, until func(eventstore.Decoded) bool, p *progress) error {
	if d, ok := divided(views); ok {
		s := r.shards(d, r.log)
		s.Batch, s.Until, s.Progress = batch, until, p.events
		return s.CatchUp(ctx, s.All())
	}
	runner := r.runner(views)
	runner.Batch, runner.Until, runner.Progress = batch, until, p.events
	return runner.CatchUp(ctx)
}

// follow keeps the ledger's views up with a log until ctx ends; of views in a database, this process's share of them.
func (r *reader) follow(ctx context.Context, c *console, log eventstore.Store, progress func(eventstore.Position, int)) error {
	db, ok := r.views.(*postgres.Views)
	if !ok {
		runner := r.runner(r.views)
		runner.Store, runner.Every, runner.Batch, runner.Progress = log, gatherFor, gatherAtOnce, progress
		return c.patiently(ctx, func() error { return runner.Run(ctx) })
	}
	return c.patiently(ctx, func() error {
		s, leases := r.shards(db, log), db.NewLeases(lookEvery)
		s.Every, s.Batch, s.Progress = gatherFor, gatherAtOnce, progress
		return errors.Join(s.Run(ctx, leases), leases.Close(ctx))
	})
}

// patiently runs f again while a database is away: that of the views, of the log, or of keys and logins. It says so once. When ctx ends
// meanwhile, what had no database is not to be finished.
func (c *console) patiently(ctx context.Context, f func() error) error {
	said := ""
	for {
		began := time.Now()
		err := f()
		if !away(err) {
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
		if problem := c.sentence(err); problem != said || time.Since(began) > sayAgainAfter {
			said = problem
			fmt.Fprintln(c.Err, "punchledger:", problem)
		}
		if projections.Rest(ctx, began, lookEvery) != nil {
			return nil
		}
	}
}

// sayAgainAfter is how long something has worked before its next failure is news.
const sayAgainAfter = 10 * time.Second

// away reports that a database does not answer now.
func away(err error) bool {
	_, views := errors.AsType[*postgres.UnreachableError](err)
	_, log := errors.AsType[*postgres.LogUnreachableError](err)
	_, doubt := errors.AsType[*postgres.InDoubtError](err)
	_, kept := errors.AsType[*postgres.UnavailableError](err)
	return views || log || doubt || kept
}

// moment runs f on views all of which are at one position.
func (r *reader) moment(
	ctx context.Context, views viewStore, f func(projections.AllReader, projections.Tx, projections.Checkpoint) error,
) error {
	d, ok := divided(views)
	if !ok {
		return views.Moment(ctx, projections.AllViews, f)
	}
	return d.Still(ctx, func(still *postgres.Still) error {
		_, most, err := d.Reach(ctx)
		if err != nil {
			return err
		}
		s := r.shards(still, r.log)
		s.Until = func(e eventstore.Decoded) bool { return e.Position <= most.Position }
		if err := s.CatchUp(ctx, s.All()); err != nil {
			return err
		}
		return still.Moment(ctx, projections.AllViews, f)
	})
}

// place is where views are, and whether all of them are there.
func placeOf(ctx context.Context, views viewStore) (at projections.Checkpoint, even bool, err error) {
	d, ok := divided(views)
	if !ok {
		at, err = views.Checkpoint(ctx, projections.AllViews)
		return at, true, err
	}
	at, most, err := d.Reach(ctx)
	return at, at == most, err
}

type workerCmd struct {
	metricsFlags `embed:""`
}

// Run brings shards of views up to date until the process is told to stop.
func (cmd *workerCmd) Run(c *console) error {
	if c.cfg.Views == "" {
		return domain.NewError(domain.Invalid, "worker_without_database")
	}
	r, err := openReader(c)
	if err != nil {
		return err
	}
	counts := metrics.New(engineVersion)
	newCondition(c, nil, r, counts)
	end, err := cmd.answer(c, counts)
	if err != nil {
		return errors.Join(err, r.Close())
	}
	if db, ok := r.views.(*postgres.Views); ok {
		c.say("cli.working", "database", r.viewsCalled(), "shards", strconv.Itoa(db.Shards()))
	}
	err = r.follow(c.ctx, c, r.log, nil)
	if err == nil {
		c.say("cli.stopped")
	}
	return errors.Join(err, end(), r.Close())
}
