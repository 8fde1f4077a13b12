package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/adapters/postgres"
	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
)

// Of several servers on one log in PostgreSQL one writes. The others stand by: they keep their views up to date, say on their address
// who writes, and the first that finds the log free is the next writer.

// standbyLooks is how often a server that stands by asks whether the log is free.
const standbyLooks = 250 * time.Millisecond

// follows reports that somebody else is the writer, before or after this process was, or that a command of this machine is just asking.
func (c *console) follows(err error) bool {
	_, taken := errors.AsType[*postgres.NotWriterError](err)
	_, fenced := errors.AsType[*postgres.FencedError](err)
	_, asking := errors.AsType[*sqlite.LockedError](err)
	return taken || fenced || asking && inDatabase(c.cfg.LogAt)
}

// standBy returns when nobody writes the log, or when the process is told to stop. A log that is not in PostgreSQL has no standby.
func (f *front) standBy(c *console) error {
	if !inDatabase(c.cfg.LogAt) {
		return nil
	}
	if err := exists(c.cfg.Data, c.cfg.LogAt); err != nil {
		return err
	}
	log, err := postgres.OpenLog(c.ctx, postgres.LogOptions{Address: c.cfg.LogAt})
	if err != nil {
		return err
	}
	defer log.Close()
	h, there, err := log.Writer(c.ctx)
	if err != nil || !there {
		return err
	}
	r, err := openReader(c)
	if err != nil {
		return err
	}
	return errors.Join(f.besides(c, r, log, h), r.Close())
}

// besides is the time in which somebody else writes.
func (f *front) besides(c *console, r *reader, log *postgres.Log, h postgres.Holder) error {
	ctx, free := context.WithCancel(c.ctx)
	defer free()
	group, ctx := errgroup.WithContext(ctx)
	var writer atomic.Pointer[domain.Error]
	writes := func(h postgres.Holder) {
		writer.Store(refusal(&postgres.NotWriterError{Where: c.cfg.LogAt, Holder: h}))
	}
	writes(h)
	if f.address != "" {
		door, err := new(net.ListenConfig).Listen(ctx, "tcp", f.address)
		if err != nil {
			return domain.NewError(domain.Conflict, "address_not_free", "address", f.address, "problem", err.Error())
		}
		if f.tls != nil {
			door = tls.NewListener(door, f.tls)
		}
		group.Go(func() error { return httpapi.StandBy(ctx, door, writer.Load) })
		c.say("cli.standing_by_at", "address", door.Addr().String())
	}
	group.Go(func() error { return r.follow(ctx, c, r.log, nil) })
	group.Go(func() error {
		defer free()
		return c.patiently(ctx, func() error { return untilFree(ctx, log, writes) })
	})
	c.say("cli.standing_by", "process", strconv.Itoa(h.Process), "machine", h.Machine, "since", h.Since.UTC().Format(time.RFC3339))
	if err := group.Wait(); err != nil {
		return fmt.Errorf("stand by: %w", err)
	}
	return nil
}

// untilFree waits until nobody writes a log, or ctx ends, and tells who does meanwhile.
func untilFree(ctx context.Context, log *postgres.Log, writes func(postgres.Holder)) error {
	look := time.NewTicker(standbyLooks)
	defer look.Stop()
	for {
		h, there, err := log.Writer(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil || !there {
			return err
		}
		writes(h)
		select {
		case <-look.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// fenced waits until another process has taken over from this one, and returns an error that says so.
func fenced(ctx context.Context, log logStore) error {
	l, ok := log.(*lockedDatabase)
	if !ok {
		return nil
	}
	return l.Fenced(ctx)
}

// writable says why nothing can be written now.
func (w *writer) writable() error {
	if err := w.ledger.CheckClock(); err != nil {
		return err
	}
	if l, ok := w.log.(*lockedDatabase); ok {
		return l.Trouble()
	}
	return nil
}
