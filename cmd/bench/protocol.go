package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"time"

	"github.com/punchledger/punchledger/adapters/esdb"
	"github.com/punchledger/punchledger/adapters/kurrent"
	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// protocol measures a log that is reached over the EventStoreDB protocol: our server, the vendor's client, loopback.
func (b *bench) protocol(ctx context.Context) error {
	for _, x := range []struct{ writers, n, inserts int }{{1, 2_000, 3_000}, {16, 15_000, 20_000}, {256, 20_000, 20_000}} {
		err := b.hold(ctx, contest{
			name: fmt.Sprintf("durable append through the EventStoreDB protocol, %d writers", x.writers), unit: "event",
			anchor: "PostgreSQL, one insert a transaction", us: appendingOver(x.writers, x.n), them: b.inserting(x.writers, x.inserts),
		})
		if err != nil {
			return err
		}
	}
	const scan = "read of the whole log through the EventStoreDB protocol"
	return b.hold(ctx, contest{
		name: scan, unit: "event", anchor: "the same log read from its file",
		us: readingOver(true), them: readingOver(false),
	})
}

// served is a log in a file behind the protocol, and a client of it.
type served struct {
	*kurrent.Log
	file  *sqlite.Log
	stop  context.CancelFunc
	ended chan error
}

func serveLog(ctx context.Context, dir string) (*served, error) {
	log, err := sqlite.OpenLog(filepath.Join(dir, "log.db"), sqlite.LogOptions{MaxAppendBytes: esdb.StoreBytes})
	if err != nil {
		return nil, err
	}
	server, err := esdb.New(esdb.Options{Log: esdb.FromStore(log, ledger.Owns, time.Now), Owns: ledger.Owns, Now: time.Now})
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	s := &served{file: log, ended: make(chan error, 1)}
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	go func() { s.ended <- server.Serve(serving, l) }()
	s.Log, err = kurrent.Open(ctx, kurrent.Options{Connection: "esdb://" + l.Addr().String() + "?tls=false"})
	if err != nil {
		stop()
		return nil, errors.Join(err, <-s.ended, log.Close())
	}
	return s, nil
}

// Close ends client and server.
func (s *served) Close() error {
	err := s.Log.Close()
	s.stop()
	return errors.Join(err, <-s.ended, s.file.Close())
}

func appendingOver(writers, n int) side {
	return func(ctx context.Context, dir string) (attempt, error) {
		s, err := serveLog(ctx, dir)
		if err != nil {
			return attempt{}, err
		}
		return attempt{run: filling(ctx, s, writers, n), done: s.Close}, nil
	}
}

// readEvents is how long the log is that is read over the protocol.
const readEvents = 50_000

// readingOver reads all events of a log, over the protocol or from the file. Both recompute every commitment.
func readingOver(protocol bool) side {
	return func(ctx context.Context, dir string) (attempt, error) {
		s, err := serveLog(ctx, dir)
		if err != nil {
			return attempt{}, err
		}
		if _, err := share(1, readEvents/batched, func(_, i int) error { return fill(ctx, s.file, i) }); err != nil {
			return attempt{}, errors.Join(err, s.Close())
		}
		var from eventstore.Store = s.file
		if protocol {
			from = s.Log
		}
		return attempt{run: func() (float64, error) {
			n := 0.0
			for _, err := range from.ReadAll(ctx, 0) {
				if err != nil {
					return 0, err
				}
				n++
			}
			return n, nil
		}, done: s.Close}, nil
	}
}

// batched is how many events one append writes where appending is not measured.
const batched = 50

// fill appends one batch to a stream of its own.
func fill(ctx context.Context, l eventstore.Store, i int) error {
	stream := fmt.Sprintf("timecard-e%d-202610", i)
	events := make([]eventstore.Event, batched)
	for k := range events {
		events[k] = punchEvent(stream, k)
	}
	_, err := l.Append(ctx, stream, 0, events...)
	return err
}
