package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
)

type serveCmd struct{}

// turnEvery is how often a server looks whether a day is over somewhere.
const turnEvery = 20 * time.Second

// Run serves until the process is told to stop: it accepts no more commands, finishes those under way, lets the projectors
// commit their batch, and closes views and log.
func (cmd *serveCmd) Run(c *console) error {
	w, err := openWriter(c)
	if err != nil {
		return err
	}
	if err := errors.Join(w.releaseEngine(c), w.turnDue(c.ctx)); err != nil {
		return errors.Join(err, w.Close())
	}
	if _, err := w.notary(c); err != nil { // all else works without receipts
		fmt.Fprintln(c.Err, "punchledger:", c.sentence(err))
	}
	r, err := openReader(c)
	if err != nil {
		return errors.Join(err, w.Close())
	}
	err = serve(c, w, r)
	return errors.Join(err, r.Close(), w.Close())
}

func serve(c *console, w *writer, r *reader) error {
	l, err := listen(c.ctx, c.cfg.Data)
	if err != nil {
		return err
	}
	if err := r.catchUp(c.ctx, r.views, nil, newProgress(c, c.t("cli.catching_up"))); err != nil {
		return errors.Join(err, l.Close())
	}
	group, ctx := errgroup.WithContext(c.ctx)
	context.AfterFunc(ctx, func() { l.Close() })
	group.Go(func() error { return answerCommands(ctx, l, w) })
	runner := r.runner(r.views)
	runner.Store = w.log // which knows at once when something was appended
	group.Go(func() error { return runner.Run(ctx) })
	tick := time.NewTicker(turnEvery)
	defer tick.Stop()
	group.Go(func() error { return turnDays(ctx, c, w, tick.C) })
	group.Go(func() error { return carryOut(ctx, w, r.views) })
	c.say("cli.serving", "data", c.cfg.Data)
	if err := group.Wait(); err != nil {
		return fmt.Errorf("serve %s: %w", c.cfg.Data, err)
	}
	c.say("cli.stopped")
	return nil
}

// carryOut moves and takes back punches as corrections of clocks and voided imports are recorded.
func carryOut(ctx context.Context, w *writer, views *sqlite.Views) error {
	for {
		at, err := w.log.Head(ctx)
		if err == nil {
			err = w.process(ctx, views)
		}
		if err == nil {
			err = w.log.Wait(ctx, at)
		}
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("carry out what was ordered: %w", err)
		}
	}
}

// turnDays turns the days that are over. It waits while the clock is not believed: that is for people to mend, and the server still
// shows what is recorded.
func turnDays(ctx context.Context, c *console, w *writer, tick <-chan time.Time) error {
	waits := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick:
		}
		err := w.turnDue(ctx)
		switch {
		case err == nil:
			waits = false
		case ctx.Err() != nil:
			return nil
		case !errors.Is(err, &domain.Error{Code: "clock_ahead"}):
			return err
		case !waits:
			waits = true
			fmt.Fprintln(c.Err, "punchledger:", c.sentence(err), c.t("cli.clock_waits"))
		}
	}
}
