package kurrent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
)

// errClosed says that the log was closed by its owner.
var errClosed = errors.New("the log is closed")

// try makes a call until it succeeds, fails for good, or patience ends, which begins anew whenever a call says that it got on. A call
// is made again only where that changes nothing: reads, and appends with their expected revision and ids, which the server answers
// as it did the first time.
func (l *Log) try(ctx context.Context, call func(*esdb.Client) (gotOn bool, err error)) error {
	const first, longest = 10 * time.Millisecond, time.Second
	until, wait := time.Now().Add(l.patience), first
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		c, err := l.connected()
		if err != nil {
			return err
		}
		gotOn, err := call(c)
		if gotOn {
			until, wait = time.Now().Add(l.patience), first
		}
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err() // what the client makes of it has other words
		case !passing(err) || time.Now().Add(wait).After(until):
			return err
		}
		l.log.Warn("the log did not answer; trying again", "in", wait, "error", err)
		if is(err, esdb.ErrorCodeConnectionClosed) {
			l.renew(c)
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
		wait = min(2*wait, longest)
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// connected is the client, made where there is none.
func (l *Log) connected() (*esdb.Client, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return nil, errClosed
	case l.client != nil:
		return l.client, nil
	}
	c, err := esdb.NewClient(l.config)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	l.client = c
	return c, nil
}

// renew drops a client that will never answer again: one whose discovery failed closes itself for good.
func (l *Log) renew(c *esdb.Client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.client != c {
		return
	}
	if err := c.Close(); err != nil {
		l.log.Debug("close a dead connection", "error", err)
	}
	l.client = nil
}

// codeOf is the client's code of an error, also where it is wrapped.
func codeOf(err error) (esdb.ErrorCode, bool) {
	e, ok := errors.AsType[*esdb.Error](err)
	if !ok {
		return esdb.ErrorCodeUnknown, false
	}
	return e.Code(), true
}

func is(err error, code esdb.ErrorCode) bool {
	got, ok := codeOf(err)
	return ok && got == code
}

// passing reports whether the same call may succeed later.
func passing(err error) bool {
	code, ok := codeOf(err)
	if !ok {
		return false
	}
	switch code {
	case esdb.ErrorUnavailable, esdb.ErrorCodeNotLeader, esdb.ErrorCodeDeadlineExceeded, esdb.ErrorAborted, esdb.ErrorCodeConnectionClosed,
		esdb.ErrorCodeUnknown:
		return true
	default:
		return false
	}
}
