package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
)

// failover is a fleet whose writer is killed again and again while clients punch.
type failover struct {
	*fleet
	kills    int
	answers  atomic.Int64 // unix nanoseconds of the last answer
	longest  atomic.Int64 // without an answer
	repeated atomic.Int64
}

const failoverWriters = 64

// killsAtLeast is how many kills make test does.
const killsAtLeast = 2

// TestTortureFailover kills the elected writer of a log in PostgreSQL while 64 clients send punches to three servers. What was
// acknowledged is in the log once, at the place that the answer named, in the order of the answers.
func TestTortureFailover(t *testing.T) {
	f := &failover{fleet: newFleet(t, 3, failoverWriters)}
	interval, lasting := 500*time.Millisecond, time.Duration(0)
	if *tortureFor > 0 {
		interval, lasting = 5*time.Second, *tortureFor
	}
	for _, n := range f.nodes {
		n.start()
	}
	f.leader()
	before := eventstore.Position(len(f.records()))
	ctx, end := context.WithCancel(t.Context())
	defer end()
	f.answers.Store(time.Now().UnixNano())
	var all errgroup.Group
	for w, p := range f.clients {
		all.Go(func() error {
			for n := 0; ctx.Err() == nil; n++ {
				if err := f.punch(p, w, n); err != nil {
					return err
				}
			}
			return nil
		})
	}
	random, began := rand.New(rand.NewPCG(uint64(*tortureSeed), 7)), time.Now()
	for time.Since(began) < lasting || f.kills < killsAtLeast {
		leader := f.leader()
		wait := time.NewTimer(interval/2 + time.Duration(random.Int64N(int64(interval))))
		<-wait.C
		leader.kill()
		f.kills++
		leader.start()
	}
	end()
	require.NoError(t, all.Wait())
	took := time.Since(began)
	leader := f.leader()
	for _, n := range f.nodes {
		if n != leader {
			n.stop()
		}
	}
	leader.stop()
	acknowledged := f.compare(before)
	fmt.Printf("failover: %d writers, %d servers, the writer killed %d times in %s, seed %d; acknowledged %d (%.0f/s, %d of them at the second asking), lost 0, doubled 0, order kept; longest without an answer %s\n",
		len(f.clients), len(f.nodes), f.kills, took.Round(time.Second), *tortureSeed, acknowledged, float64(acknowledged)/took.Seconds(), f.repeated.Load(),
		time.Duration(f.longest.Load()).Round(time.Millisecond))
}

// punch enters a punch, with one key, until it is acknowledged.
func (f *failover) punch(p *puncher, w, n int) error {
	minute := 7*n + w
	at := domain.NewDate(2026, 10, 20+minute/1440%10).Time().Add(time.Duration(minute%1440) * time.Minute)
	body := fmt.Sprintf(`{"at":%q,"dir":"in","reason":"forgotten"}`, at.Format("2006-01-02T15:04"))
	ack, err := f.insist(p, body, fmt.Sprintf("w%d-%d", w, n))
	if err == nil {
		p.acks = append(p.acks, ack)
		f.answered(ack)
	}
	return err
}

// answered notes that somebody was answered.
func (f *failover) answered(a acknowledgement) {
	now := time.Now().UnixNano()
	gap := now - f.answers.Swap(now)
	for longest := f.longest.Load(); gap > longest && !f.longest.CompareAndSwap(longest, gap); longest = f.longest.Load() {
	}
	if a.Repeated {
		f.repeated.Add(1)
	}
}

// compare looks for everything that was acknowledged in the log.
func (f *failover) compare(before eventstore.Position) (acknowledged int) {
	records := f.records()
	punches := map[uuid.UUID]eventstore.Position{}
	for i, r := range records {
		require.EqualValues(f.t, i+1, r.Position, "positions are dense")
		if r.Type == "PunchAdded" && r.Position > before {
			punches[r.ID] = r.Position
		}
	}
	for _, p := range f.clients {
		var last eventstore.Position
		for _, a := range p.acks {
			acknowledged++
			r := records[a.Position-1]
			require.Equal(f.t, a.Stream, r.Stream)
			require.Equal(f.t, a.Revision, r.Revision)
			require.Equal(f.t, a.Commitment, r.Commitment, "what was acknowledged is there")
			require.Equal(f.t, a.EventIDs[len(a.EventIDs)-1], r.ID)
			require.Greater(f.t, r.Position, last, "in the order of the answers")
			last = r.Position
			_, first := punches[r.ID]
			require.True(f.t, first, "two were acknowledged at one place")
			delete(punches, r.ID)
		}
	}
	require.Empty(f.t, punches, "a punch was stored twice")
	return acknowledged
}
