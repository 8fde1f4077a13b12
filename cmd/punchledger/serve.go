package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/adapters/esdb"
	"github.com/punchledger/punchledger/adapters/metrics"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
)

type serveCmd struct {
	Listen       string   `help:"Address of the HTTP API; off serves none." default:"127.0.0.1:8088" placeholder:"ADDRESS"`
	TLSCert      string   `name:"tls-cert" help:"Certificate (PEM), with those that lead to its root." placeholder:"FILE"`
	TLSKey       string   `name:"tls-key" help:"Key of the certificate." placeholder:"FILE"`
	TrustedProxy []string `help:"Networks whose word on a client's address is believed, such as 10.0.0.0/8." placeholder:"NETWORK"`
	Origin       []string `help:"Where the pages are, such as https://time.example.com; passkeys are made for the first." placeholder:"URL"`
	OIDCIssuer   string   `name:"oidc-issuer" help:"Identity provider (OpenID Connect) that people may log in at; takes an origin." placeholder:"URL"`
	OIDCClient   string   `name:"oidc-client" help:"What the provider calls this ledger." placeholder:"ID"`
	OIDCSecret   string   `name:"oidc-secret" help:"File with the secret that the provider gave, if it gave one." placeholder:"FILE"`
	OIDCClaim    string   `name:"oidc-claim" help:"Claim by which people are announced, such as employee_number; the subject when left out." placeholder:"NAME"`
	Bus          string   `help:"Broker that gets every event, such as nats://host:4222/topic or kafka://host:9092/topic: the endpoint bus of “relay”." placeholder:"URL"`
	BusLogin     string   `name:"bus-login" help:"File with user:password of the broker." placeholder:"FILE"`
	OIDCACR      []string `name:"oidc-acr" help:"Classes of authentication that count as strong; any is taken when left out." placeholder:"ACR"`
	esdbFlags    `embed:""`
}

// turnEvery is how often a server looks whether a day is over somewhere.
const turnEvery = 20 * time.Second

// How long a server gathers what comes in quick succession before the views show it, and before it looks whether something is to be
// carried out.
const (
	gatherFor = 50 * time.Millisecond
	carryFor  = 500 * time.Millisecond
)

// gatherAtOnce is how many events the views of a server take in at once at most: after a flood it does not hold all of it in memory.
const gatherAtOnce = 10_000

// Run serves until the process is told to stop: it accepts no more requests and commands, finishes those under way, lets the
// projectors commit their batch, and closes views and log. Where another process writes the log, it stands by until that one has gone.
func (cmd *serveCmd) Run(c *console) error {
	for {
		front, err := cmd.front(c)
		if err == nil {
			err = front.standBy(c)
		}
		if err != nil {
			return err
		}
		if c.ctx.Err() != nil {
			c.say("cli.stopped")
			return nil
		}
		if err = cmd.lead(c, front); !c.follows(err) {
			return err
		}
		fmt.Fprintln(c.Err, "punchledger:", c.sentence(err))
		if projections.Rest(c.ctx, time.Now(), standbyLooks) != nil {
			return nil
		}
	}
}

// lead serves as the writer.
func (cmd *serveCmd) lead(c *console, front *front) error {
	counts := metrics.New(engineVersion)
	c.measure = counts.Store
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
	front.condition = newCondition(c, w, r, counts)
	err = cmd.serve(c, w, r, front)
	return errors.Join(err, r.Close(), w.Close())
}

func (cmd *serveCmd) serve(c *console, w *writer, r *reader, front *front) error {
	l, err := listen(c.ctx, c.cfg.Data)
	if err != nil {
		return err
	}
	if err := r.catchUp(c.ctx, r.views, nil, newProgress(c, c.t("cli.catching_up"))); err != nil {
		return errors.Join(err, l.Close())
	}
	out, err := cmd.relay(c, w, front.condition.counts)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	moved := newMilestone(r.views)
	api, err := front.open(c, w, r, moved)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	var others *esdb.Server
	if front.feed != nil {
		if others, err = front.feed.openFor(c, w); err != nil {
			return errors.Join(err, l.Close())
		}
	}
	behind, stop := context.WithCancel(context.WithoutCancel(c.ctx)) // what the requests under way still need
	defer stop()
	back, behind := errgroup.WithContext(behind)
	before, cancel := context.WithCancel(c.ctx)
	defer cancel()
	context.AfterFunc(behind, cancel)
	doors, before := errgroup.WithContext(before)
	back.Go(func() error { // the writer's log knows at once when something was appended
		return r.follow(behind, c, w.log, func(eventstore.Position, int) { moved.reached() })
	})
	tick := time.NewTicker(turnEvery)
	defer tick.Stop()
	back.Go(func() error { return fenced(behind, w.log) })
	back.Go(func() error { return c.patiently(behind, func() error { return turnDays(behind, c, w, tick.C) }) })
	back.Go(func() error { return c.patiently(behind, func() error { return carryOut(behind, w, r.views) }) })
	back.Go(func() error { return c.patiently(behind, func() error { return out.Run(behind) }) })
	context.AfterFunc(before, func() { l.Close() })
	doors.Go(func() error { return answerCommands(before, l, w) })
	if api != nil {
		doors.Go(func() error { return api.Serve(before, front.door) })
	}
	if others != nil {
		doors.Go(func() error { return front.feed.serve(before, others) })
	}
	c.say("cli.serving", "data", c.cfg.Data)
	front.announce(c)
	err = doors.Wait()
	stop()
	if err = errors.Join(err, back.Wait()); err != nil {
		return fmt.Errorf("serve %s: %w", c.cfg.Data, err)
	}
	c.say("cli.stopped")
	return nil
}

// carryOut moves and takes back punches as corrections of clocks and voided imports are recorded.
func carryOut(ctx context.Context, w *writer, views viewStore) error {
	for {
		began := time.Now()
		at, err := w.log.Head(ctx)
		if err == nil {
			err = w.process(ctx, views)
		}
		if err == nil {
			err = w.log.Wait(ctx, at)
		}
		if err == nil {
			err = projections.Rest(ctx, began, carryFor)
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
