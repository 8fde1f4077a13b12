package kurrent

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
)

// errClosed says that the log was closed by its owner.
var errClosed = errors.New("the log is closed")

// errAway says that nothing came for as long as the log's patience lasts.
var errAway = errors.New("the server did not answer in time")

// try makes a call until it succeeds, fails for good, or patience ends, which begins anew whenever a call says that it got on; patience is what is
// left of it. A call is made again only where that changes nothing: reads, and appends with their expected revision and ids, which the
// server answers as it did the first time.
func (l *Log) try(ctx context.Context, call func(patience time.Duration) (gotOn bool, err error)) error {
	const first, longest = 10 * time.Millisecond, time.Second
	until, wait := time.Now().Add(l.patience), first
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		gotOn, err := call(time.Until(until))
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
		if err := pause(ctx, wait); err != nil {
			return err
		}
		wait = min(2*wait, longest)
	}
}

// forEver is the patience of somebody who waits for what may come.
const forEver = time.Duration(math.MaxInt64)

// held makes one call and waits for it while its context and patience last. While the client looks for a server it holds calls back,
// whatever their context says; a call that was given up ends when the server is found again.
func held[T any](
	ctx context.Context, l *Log, patience time.Duration, call func(context.Context, *esdb.Client) (T, error),
) (out T, err error) {
	c, done, err := l.connected()
	if err != nil {
		return out, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	type answer struct {
		out T
		err error
	}
	answered := make(chan answer, 1)
	go func() {
		defer done()
		out, err := call(ctx, c)
		answered <- answer{out, err}
	}()
	away := time.NewTimer(patience)
	defer away.Stop()
	select {
	case a := <-answered:
		return a.out, a.err
	case <-ctx.Done():
		return out, ctx.Err()
	case <-away.C:
		return out, errAway
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

// connected is the client, made where there is none; done is called when a call of it has ended.
func (l *Log) connected() (c *esdb.Client, done func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, nil, errClosed
	}
	if l.client == nil {
		if l.client, err = esdb.NewClient(l.config); err != nil {
			return nil, nil, fmt.Errorf("connect: %w", err)
		}
	}
	l.calls++
	return l.client, l.done, nil
}

// done notes the end of a call, and ends the connection where it was the last one of a closed log.
func (l *Log) done() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls--
	if err := l.disconnect(); err != nil {
		l.log.Debug("close the connection", "error", err)
	}
}

// disconnect ends the connection of a closed log once nobody calls: a call that the client holds back would panic. l.mu is held.
func (l *Log) disconnect() error {
	if !l.closed || l.calls > 0 || l.client == nil {
		return nil
	}
	c := l.client
	l.client = nil
	return c.Close()
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
	case esdb.ErrorUnavailable, esdb.ErrorCodeNotLeader, esdb.ErrorCodeDeadlineExceeded, esdb.ErrorAborted, esdb.ErrorCodeUnknown:
		return true
	default:
		return false
	}
}
