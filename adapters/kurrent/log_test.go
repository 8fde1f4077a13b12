package kurrent_test

import (
	"context"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	served "github.com/punchledger/punchledger/adapters/esdb"
	"github.com/punchledger/punchledger/adapters/kurrent"
	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/memory"
	"github.com/punchledger/punchledger/eventstore/storetest"
)

// node is a server of the protocol that tests stop and start again at the same address, over the same records.
type node struct {
	t      testing.TB
	store  served.Store
	addr   string
	leader *served.Endpoint // nil: it leads
	stop   func()
}

func startNode(t testing.TB, store served.Store) *node {
	t.Helper()
	n := &node{t: t, store: store, addr: "127.0.0.1:0"}
	n.start()
	t.Cleanup(func() { n.stop() })
	return n
}

func (n *node) start() {
	nobody := func(string) bool { return false }
	server, err := served.New(served.Options{Log: served.FromStore(n.store, nobody, time.Now), Now: time.Now, Leader: n.leader})
	require.NoError(n.t, err)
	l, err := new(net.ListenConfig).Listen(n.t.Context(), "tcp", n.addr)
	require.NoError(n.t, err)
	n.addr = l.Addr().String()
	ctx, cancel := context.WithCancel(context.WithoutCancel(n.t.Context()))
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, l) }()
	n.stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(n.t, <-done)
	})
}

func (n *node) string() string { return "esdb://" + n.addr + "?tls=false" }

func openLog(t testing.TB, connection string) *kurrent.Log {
	t.Helper()
	l, err := kurrent.Open(t.Context(), kurrent.Options{Connection: connection, Patience: 20 * time.Second})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l
}

func TestStoreOverTheProtocol(t *testing.T) {
	storetest.Run(t, func(t *testing.T) eventstore.Store {
		t.Helper()
		n := startNode(t, memory.New(memory.Gappy(7), memory.Limit(served.StoreBytes)))
		return openLog(t, n.string())
	})
}

// gate is an event of a stream.
func gate(n int) eventstore.Event {
	return eventstore.Event{ID: eventstore.EventID("gate-a", "c", n), Type: "GateOpened", Metadata: []byte(`{"schema":1}`), Data: fmt.Appendf(nil, `{"n":%d}`, n)}
}

func TestBytesAndCommitmentsAreThoseOfTheEmbeddedLog(t *testing.T) {
	embedded, err := sqlite.OpenLog(filepath.Join(t.TempDir(), "ledger.db"), sqlite.LogOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, embedded.Close()) })
	remote := openLog(t, startNode(t, memory.New(memory.Limit(served.StoreBytes))).string())
	for n := range 5 {
		a, err := embedded.Append(t.Context(), "gate-a", eventstore.Revision(n), gate(n))
		require.NoError(t, err)
		b, err := remote.Append(t.Context(), "gate-a", eventstore.Revision(n), gate(n))
		require.NoError(t, err)
		require.Equal(t, a.Commitment, b.Commitment)
		require.Equal(t, a.Revision, b.Revision)
	}
}

func TestTheServersOwnEventsAreNoRecords(t *testing.T) {
	n := startNode(t, memory.New(memory.Limit(served.StoreBytes)))
	l := openLog(t, n.string())
	_, err := l.Append(t.Context(), "gate-a", 0, gate(0))
	require.NoError(t, err)
	config, err := esdb.ParseConnectionString(n.string())
	require.NoError(t, err)
	c, err := esdb.NewClient(config)
	require.NoError(t, err)
	defer c.Close()
	_, err = c.AppendToStream(t.Context(), "$stats-127.0.0.1", esdb.AppendToStreamOptions{}, esdb.EventData{EventType: "$statsCollected", ContentType: esdb.ContentTypeJson, Data: []byte("{}")})
	require.NoError(t, err)
	head, err := l.Head(t.Context())
	require.NoError(t, err)
	var list []eventstore.Record
	for r, err := range l.ReadAll(t.Context(), 0) {
		require.NoError(t, err)
		list = append(list, r)
	}
	require.Len(t, list, 1)
	require.Equal(t, list[0].Cursor, head)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, l.Wait(ctx, head), context.DeadlineExceeded, "an event of the server ends no wait")
}

// A server that goes away and comes back is waited for: by whoever appends, reads on, or waits for the next record.
func TestAServerThatComesBackIsWaitedFor(t *testing.T) {
	n := startNode(t, memory.New(memory.Limit(served.StoreBytes)))
	l := openLog(t, n.string())
	place, err := l.Append(t.Context(), "gate-a", 0, gate(0))
	require.NoError(t, err)
	for round := 1; round < 4; round++ {
		waited := make(chan error, 1)
		go func() { waited <- l.Wait(t.Context(), place.Cursor) }()
		n.stop()
		appended := make(chan error, 1)
		go func() {
			p, err := l.Append(t.Context(), "gate-a", eventstore.Revision(round), gate(round))
			place = p
			appended <- err
		}()
		n.start()
		require.NoError(t, <-appended)
		require.NoError(t, <-waited)
		require.False(t, place.Repeated)
	}
	var list []eventstore.Event
	for r, err := range l.ReadStream(t.Context(), "gate-a", 0) {
		require.NoError(t, err)
		list = append(list, r.Event)
	}
	require.Equal(t, []eventstore.Event{gate(0), gate(1), gate(2), gate(3)}, list)
}

// The client alone would hold them back, and panic when it is closed meanwhile.
func TestNobodyIsHeldBackByAServerThatStaysAway(t *testing.T) {
	n := startNode(t, memory.New(memory.Limit(served.StoreBytes)))
	l, err := kurrent.Open(t.Context(), kurrent.Options{Connection: n.string(), Patience: 300 * time.Millisecond})
	require.NoError(t, err)
	place, err := l.Append(t.Context(), "gate-a", 0, gate(0))
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	waited := make(chan error, 1)
	go func() { waited <- l.Wait(ctx, place.Cursor) }()
	n.stop()
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			e := eventstore.Event{ID: eventstore.EventID("gate-b", "c", i), Type: "GateOpened", Metadata: []byte(`{}`), Data: []byte(`{}`)}
			_, err := l.Append(t.Context(), fmt.Sprintf("gate-b%d", i), 0, e)
			assert.Error(t, err)
			for _, err := range l.ReadAll(t.Context(), 0) {
				assert.Error(t, err)
			}
		})
	}
	all.Wait()
	stop()
	require.ErrorIs(t, <-waited, context.Canceled)
	require.NoError(t, l.Close())
	_, err = l.Head(t.Context())
	require.ErrorContains(t, err, "the log is closed")
}

func TestAReadGoesOnBehindTheRecordAtWhichTheServerWentAway(t *testing.T) {
	n := startNode(t, memory.New(memory.Gappy(3), memory.Limit(served.StoreBytes)))
	l := openLog(t, n.string())
	const records = 3000
	for i := 0; i < records; i += 500 {
		var events []eventstore.Event
		for k := range 500 {
			events = append(events, gate(i+k))
		}
		_, err := l.Append(t.Context(), "gate-a", eventstore.Revision(i), events...)
		require.NoError(t, err)
	}
	i := 0
	for r, err := range l.ReadAll(t.Context(), 0) {
		require.NoError(t, err)
		require.Equal(t, gate(i), r.Event)
		if i++; i%1000 == 10 {
			n.stop()
			n.start()
		}
	}
	require.Equal(t, records, i)
}

func TestAFollowerSendsOnToItsLeader(t *testing.T) {
	store := memory.New(memory.Limit(served.StoreBytes))
	leader := startNode(t, store)
	host, port, err := net.SplitHostPort(leader.addr)
	require.NoError(t, err)
	number, err := strconv.Atoi(port)
	require.NoError(t, err)
	follower := &node{t: t, store: store, addr: "127.0.0.1:0", leader: &served.Endpoint{Host: host, Port: uint16(number)}}
	follower.start()
	t.Cleanup(func() { follower.stop() })
	l := openLog(t, follower.string())
	for i := range 3 {
		_, err := l.Append(t.Context(), "gate-a", eventstore.Revision(i), gate(i))
		require.NoError(t, err)
	}
}

func TestWhatCannotBeReachedIsSaid(t *testing.T) {
	for connection, says := range map[string]string{
		"postgres://127.0.0.1:1": "connection string of the log: an invalid scheme",
		"esdb://127.0.0.1:1?tls=false&maxDiscoverAttempts=1&discoveryInterval=10": "reach the log at 127.0.0.1:1",
	} {
		_, err := kurrent.Open(t.Context(), kurrent.Options{Connection: connection, Patience: 50 * time.Millisecond})
		require.ErrorContains(t, err, says)
	}
}

func TestARepeatIsToldAfterARestart(t *testing.T) {
	n := startNode(t, memory.New(memory.Limit(served.StoreBytes)))
	first, err := openLog(t, n.string()).Append(t.Context(), "gate-a", 0, gate(0))
	require.NoError(t, err)
	changed := gate(0)
	changed.Data = []byte(`{"other":true}`)
	again, err := openLog(t, n.string()).Append(t.Context(), "gate-a", 0, changed)
	require.NoError(t, err)
	require.True(t, again.Repeated)
	again.Repeated = false
	require.Equal(t, first, again, "the first bytes count")
}
