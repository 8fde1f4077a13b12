// Package kurrent keeps the log on EventStoreDB or KurrentDB, through the vendor's own client. The same product runs on it as on the
// embedded log; what it stores is the same bytes, so commitments and seals are equal.
//
// A cursor is the commit position of an event. The server's own events, whose streams or types begin with a dollar, are not records.
package kurrent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"github.com/punchledger/punchledger/eventstore"
)

// Options are how a log is reached.
type Options struct {
	// Connection is a connection string as the vendor documents it: esdb://HOST:PORT?tls=false, esdb+discover://NAME, or several
	// hosts of a cluster, with user and password where the server asks for them.
	Connection string
	// Patience is how long a call goes on trying while the server is away, a leader is being chosen, or a connection was lost. 0: 30 s.
	Patience time.Duration
	// Log is told of connections that were lost and made again; nil: nothing is.
	Log *slog.Logger
}

const defaultPatience = 30 * time.Second

// Log implements eventstore.Store.
//
// Repeated of a Place is told by what this Log knew of the server when the append began: an append that somebody else made for the
// first time in between counts as made now. The ledger has one writer, so nobody does.
type Log struct {
	config   *esdb.Configuration
	patience time.Duration
	log      *slog.Logger
	streams  keyed

	mu     sync.Mutex
	client *esdb.Client
	calls  int // under way
	closed bool
	known  eventstore.Cursor // up to here the server has records, as far as anybody has told
}

// Open connects and finds the end of the log. The error names what is wrong with the connection string, or why the server cannot
// be reached.
func Open(ctx context.Context, o Options) (*Log, error) {
	config, err := esdb.ParseConnectionString(o.Connection)
	if err != nil {
		return nil, fmt.Errorf("the connection string of the log: %w", err)
	}
	l := &Log{config: config, patience: o.Patience, log: o.Log}
	if l.patience == 0 {
		l.patience = defaultPatience
	}
	if l.log == nil {
		l.log = slog.New(slog.DiscardHandler)
	}
	config.MaxDiscoverAttempts = math.MaxInt // a client that has given up holds calls back for ever; patience is ours
	config.Logger = func(level esdb.LogLevel, format string, args ...any) {
		l.log.Debug("the client of the log says", "what", fmt.Sprintf(format, args...), "level", level)
	}
	if _, err := l.Head(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("reach the log at %s: %w", address(config), err), l.Close())
	}
	return l, nil
}

func address(c *esdb.Configuration) string {
	if c.Address != "" {
		return c.Address
	}
	var list []string
	for _, seed := range c.GossipSeeds {
		list = append(list, fmt.Sprintf("%s:%d", seed.Host, seed.Port))
	}
	return fmt.Sprint(list)
}

// Close ends the connection when the calls that are under way have ended. There are no new ones.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	return l.disconnect()
}

// Head implements eventstore.Store.
func (l *Log) Head(ctx context.Context) (eventstore.Cursor, error) {
	var head eventstore.Cursor
	err := l.try(ctx, func(patience time.Duration) (_ bool, err error) {
		head, err = held(ctx, l, patience, lastCursor)
		return false, err
	})
	if err != nil {
		return 0, fmt.Errorf("find the end of the log: %w", err)
	}
	l.learn(head)
	return head, nil
}

func lastCursor(ctx context.Context, c *esdb.Client) (eventstore.Cursor, error) {
	s, err := c.ReadAll(ctx, esdb.ReadAllOptions{Direction: esdb.Backwards, From: esdb.End{}}, math.MaxInt64)
	for r, err := range records(s, err) {
		return r.Cursor, err
	}
	return 0, nil
}

// learn notes that the server has a record at c.
func (l *Log) learn(c eventstore.Cursor) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.known = max(l.known, c)
}

func (l *Log) knows() eventstore.Cursor {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.known
}

// keyed is a mutex for each stream that somebody appends to.
type keyed struct {
	mu   sync.Mutex
	held map[string]*turn
}

type turn struct {
	mu      sync.Mutex
	waiting int
}

// take waits for the turn of a stream; the caller calls what it returns.
func (k *keyed) take(stream string) (done func()) {
	k.mu.Lock()
	if k.held == nil {
		k.held = map[string]*turn{}
	}
	t := k.held[stream]
	if t == nil {
		t = &turn{}
		k.held[stream] = t
	}
	t.waiting++
	k.mu.Unlock()
	t.mu.Lock()
	return func() {
		t.mu.Unlock()
		k.mu.Lock()
		defer k.mu.Unlock()
		if t.waiting--; t.waiting == 0 {
			delete(k.held, stream)
		}
	}
}
