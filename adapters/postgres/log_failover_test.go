package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/adapters/postgres"
	"github.com/punchledger/punchledger/eventstore"
)

// cluster of nodes: processes that have one log open. A client that one of them refuses asks the next, with the same events.
type nodes []*postgres.Log

const (
	failoverWriters = 64
	failoverEvents  = 15 // of each writer
	failovers       = 12
	writerLock      = 1<<20 + 2 // as the log takes it
)

// acknowledged is what a writer was told.
type acknowledged struct {
	event eventstore.Event
	place eventstore.Place
}

// insist appends an event until a node acknowledges it.
func (n nodes) insist(ctx context.Context, first int, stream string, at eventstore.Revision, e eventstore.Event) (eventstore.Place, error) {
	for try := first; ; try++ {
		place, err := n[try%len(n)].Append(ctx, stream, at, e)
		_, conflict := errors.AsType[*eventstore.ConflictError](err)
		if err == nil || conflict || ctx.Err() != nil {
			return place, err
		}
	}
}

// TestFailover ends the writer's session again and again while 64 writers append and one reader follows.
func TestFailover(t *testing.T) {
	name := fmt.Sprintf("log_%d", schemas.Add(1))
	n := nodes{openLog(t, name), openLog(t, name), openLog(t, name)}
	defer func() {
		for _, l := range n {
			require.NoError(t, l.Close())
		}
	}()
	super := connect(t, server.Address("postgres"))
	acks := make([][]acknowledged, failoverWriters)
	writers, ctx := errgroup.WithContext(t.Context())
	step := make(chan struct{}, failoverWriters*failoverEvents)
	told := atomic.Int64{}
	for w := range acks {
		writers.Go(func() error {
			stream := fmt.Sprintf("gate-%d", w)
			for i := range failoverEvents {
				e := eventstore.Event{ID: eventstore.EventID(stream, "c", i), Type: "GateOpened", Metadata: []byte("{}"), Data: fmt.Append(nil, i)}
				place, err := n.insist(ctx, w, stream, eventstore.Revision(i), e)
				if err != nil {
					return err
				}
				acks[w] = append(acks[w], acknowledged{e, place})
				told.Add(1)
				step <- struct{}{}
			}
			return nil
		})
	}
	seen := make(chan []eventstore.Record, 1)
	go func() { seen <- follow(t.Context(), n[2], failoverWriters*failoverEvents) }()
	ended := 0
	for range failovers {
		for range failoverWriters * failoverEvents / (failovers + 1) { // so much is acknowledged in between
			<-step
		}
		sessions := 0
		for sessions == 0 && told.Load() < failoverWriters*failoverEvents { // nobody may be the writer just now
			err := super.QueryRow(t.Context(), `SELECT count(pg_terminate_backend(pid)) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND objid = $1::int8::oid`, int64(writerLock)).Scan(&sessions)
			require.NoError(t, err)
		}
		ended += sessions
	}
	require.NoError(t, writers.Wait())
	records := <-seen
	require.Equal(t, failoverWriters*failoverEvents, len(records), "nothing is lost, nothing is there twice")
	for i, r := range records {
		require.EqualValues(t, i+1, r.Position)
	}
	var before eventstore.Position
	for w, list := range acks {
		before = 0
		for i, a := range list {
			r := records[a.place.Position-1]
			require.Equal(t, fmt.Sprintf("gate-%d", w), r.Stream)
			require.EqualValues(t, i+1, r.Revision)
			require.Equal(t, a.event.ID, r.ID)
			require.Equal(t, a.place.Commitment, r.Commitment)
			require.Greater(t, r.Position, before, "in the order in which they were acknowledged")
			before = r.Position
		}
	}
	require.Greater(t, ended, failovers/2)
	t.Logf("%d writers, %d sessions of the writer ended: acknowledged %d, lost 0, doubled 0", failoverWriters, ended, len(records))
}

// follow reads what comes until it has so many records.
func follow(ctx context.Context, l *postgres.Log, want int) (out []eventstore.Record) {
	var at eventstore.Cursor
	for len(out) < want && ctx.Err() == nil {
		if l.Wait(ctx, at) != nil {
			continue // the database has ended the connection
		}
		for r, err := range l.ReadAll(ctx, at) {
			if err != nil {
				break
			}
			out, at = append(out, r), r.Cursor
		}
	}
	return out
}
