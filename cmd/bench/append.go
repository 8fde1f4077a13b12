package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/eventstore"
)

// streamsPerWriter is how many timecards a writer of the benchmark fills in turn.
const streamsPerWriter = 500

func streamName(writer, n int) string {
	return fmt.Sprintf("timecard-e%d.%d-202610", writer, n%streamsPerWriter)
}

// punchEvent has the size of an accepted punch of a terminal with its metadata: about 600 bytes in all.
func punchEvent(stream string, n int) eventstore.Event {
	return eventstore.Event{
		ID: eventstore.EventID(stream, "c", n), Type: "PunchAccepted",
		Metadata: fmt.Appendf(nil, `{"schema":1,"command_id":"c-%d","recorded_at":"2026-10-08T01:02:03.004Z","salt":"%s","pins":{"rules":"%s"}}`,
			n, strings.Repeat("s", 43), strings.Repeat("p", 199)),
		Data: fmt.Appendf(nil, `{"punch_id":"p-%d","direction":"in","evidence":"%s"}`, n, strings.Repeat("e", 200)),
	}
}

// share gives n turns to writers that run at once; f is called with the writer and its own count from 0.
func share(writers, n int, f func(writer, i int) error) (float64, error) {
	var next atomic.Int64
	var g errgroup.Group
	for w := range writers {
		g.Go(func() error {
			for i := 0; next.Add(1) <= int64(n); i++ {
				if err := f(w, i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return float64(n), g.Wait()
}

// filling appends single events to a log by some writers at once.
func filling(ctx context.Context, l eventstore.Store, writers, n int) func() (float64, error) {
	return func() (float64, error) {
		return share(writers, n, func(w, i int) error {
			stream := streamName(w, i)
			_, err := l.Append(ctx, stream, eventstore.Revision(i/streamsPerWriter), punchEvent(stream, i))
			return err
		})
	}
}

// appending appends single events by some writers at once: through the store with its expected revision, its answer to a
// repeated append and its unique indexes.
func appending(writers, n int) side {
	return func(ctx context.Context, dir string) (attempt, error) {
		l, err := sqlite.OpenLog(filepath.Join(dir, "ledger.db"), sqlite.LogOptions{})
		if err != nil {
			return attempt{}, err
		}
		return attempt{run: filling(ctx, l, writers, n), done: l.Close}, nil
	}
}

// appendingSegment writes the same bytes to a bare segment file.
func appendingSegment(writers, n int) side {
	return func(_ context.Context, dir string) (attempt, error) {
		s, err := openSegment(dir)
		if err != nil {
			return attempt{}, err
		}
		return attempt{
			run: func() (float64, error) {
				return share(writers, n, func(w, i int) error {
					stream := streamName(w, i)
					e := punchEvent(stream, i)
					b := append(append(append(append([]byte(stream), e.ID[:]...), e.Type...), e.Metadata...), e.Data...)
					return s.append(b)
				})
			},
			done: s.close,
		}, nil
	}
}

func (b *bench) appends(ctx context.Context) error {
	for _, x := range []struct {
		writers, n int
		goal       string
	}{{1, 5_000, "≥ 0.90"}, {16, 40_000, "≥ 0.90"}, {256, 150_000, "≥ 0.20"}} {
		err := b.hold(ctx, contest{
			name: fmt.Sprintf("durable append, %d writers", x.writers), unit: "event", goal: x.goal,
			anchor: "bare segment file, group commit", us: appending(x.writers, x.n), them: appendingSegment(x.writers, x.n),
		})
		if err != nil {
			return err
		}
	}
	return b.hold(ctx, contest{
		name: "durable append, 16 writers, against a database", unit: "event", goal: "≥ 3",
		anchor: "PostgreSQL, one insert a transaction", us: appending(16, 40_000), them: b.inserting(16, 20_000),
	})
}
