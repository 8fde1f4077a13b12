package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	client "github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/kurrent"
	"github.com/punchledger/punchledger/eventstore"
)

// TestAKilledLogServerKeepsWhatItAcknowledged kills a log server again and again while clients append. Each time all that was
// acknowledged is there, and what a client repeats because it heard no answer is there once.
func TestAKilledLogServerKeepsWhatItAcknowledged(t *testing.T) {
	const rounds, writers = 3, 8
	data := t.TempDir()
	random := rand.New(rand.NewPCG(uint64(*tortureSeed), 6))
	acknowledged := make([]int, writers) // events of each writer's stream
	repeated := 0
	for range rounds {
		address, kill := logProcess(t, data)
		log := logOf(t, address)
		left := atomic.Int64{}
		left.Store(50 + random.Int64N(400)) // acknowledgements until the server dies
		var all sync.WaitGroup
		for w := range writers {
			all.Go(func() {
				for appendOne(t, log, w, acknowledged[w]) == nil {
					acknowledged[w]++
					if left.Add(-1) == 0 {
						kill()
					}
				}
			})
		}
		all.Wait()
		kill()

		address, kill = logProcess(t, data)
		db := official(t, address)
		log = logOf(t, address)
		for w := range writers {
			found := listedAll(t, db, stream(w))
			require.GreaterOrEqual(t, len(found), acknowledged[w], "acknowledged and lost")
			require.LessOrEqual(t, len(found), acknowledged[w]+1, "nobody appended that")
			if len(found) > acknowledged[w] {
				repeated++
			}
			require.NoError(t, appendOne(t, log, w, acknowledged[w]), "what was under way is repeated")
			acknowledged[w]++
			for n, e := range listedAll(t, db, stream(w)) {
				require.Equal(t, uint64(n), e.EventNumber)
				require.Equal(t, eventstore.EventID(stream(w), "c", n), e.EventID, "doubled")
			}
		}
		kill()
	}
	sum := 0
	for _, n := range acknowledged {
		sum += n
	}
	t.Logf("%d kills, %d appends acknowledged, %d stored and not acknowledged; lost 0, doubled 0", 2*rounds, sum, repeated)
}

func stream(w int) string { return fmt.Sprintf("gate-%d", w) }

// logOf reaches a log server; its calls end soon after the server has. The client alone would hold some of them back for ever.
func logOf(t *testing.T, address string) *kurrent.Log {
	t.Helper()
	l, err := kurrent.Open(t.Context(), kurrent.Options{Connection: address, Patience: time.Second})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l
}

// appendOne appends the n-th event of a writer where it belongs.
func appendOne(t *testing.T, log *kurrent.Log, w, n int) error {
	t.Helper()
	_, err := log.Append(t.Context(), stream(w), eventstore.Revision(n), eventstore.Event{
		ID: eventstore.EventID(stream(w), "c", n), Type: "Opened", Metadata: []byte("{}"), Data: fmt.Appendf(nil, `{"n":%d}`, n),
	})
	return err
}

// listedAll is listed for a stream that may not be there.
func listedAll(t *testing.T, db *client.Client, stream string) (out []*client.RecordedEvent) {
	t.Helper()
	in, err := db.ReadStream(t.Context(), stream, client.ReadStreamOptions{}, 1<<40)
	require.NoError(t, err)
	defer in.Close()
	for {
		e, err := in.Recv()
		if err != nil {
			return out
		}
		out = append(out, e.OriginalEvent())
	}
}

// logProcess runs a log server in a process of its own, which kill ends at once.
func logProcess(t *testing.T, data string) (address string, kill func()) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "punchledger", "logd", "--data", data, "--esdb-listen", "127.0.0.1:0")
	said, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(said)
	for address == "" {
		require.True(t, lines.Scan(), "the log server did not start")
		address = esdbAddress.FindString(lines.Text())
	}
	var once sync.Once
	kill = func() {
		once.Do(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait() // it was killed
		})
	}
	t.Cleanup(kill)
	return address, kill
}
