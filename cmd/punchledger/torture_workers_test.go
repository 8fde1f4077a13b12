package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/directory"
	"github.com/punchledger/punchledger/projections/inbox"
	"github.com/punchledger/punchledger/projections/month"
	"github.com/punchledger/punchledger/projections/presence"
)

// siege is views in shards whose workers are killed.
type siege struct {
	t        *testing.T
	dir      string
	address  string
	rng      *rand.Rand
	workers  []*exec.Cmd
	kills    int
	punches  atomic.Int64
	rate     int           // punches a second
	lasting  time.Duration // of the punches
	took     time.Duration // until the last of them was stored
	interval time.Duration // between kills
}

// TestTortureWorkers kills workers at random moments while punches arrive. Afterwards the rows are those of one process that builds
// views from nothing.
func TestTortureWorkers(t *testing.T) {
	s := &siege{
		t: t, dir: t.TempDir(), rng: rand.New(rand.NewPCG(uint64(*tortureSeed), 4)), rate: 100, lasting: 6 * time.Second, interval: time.Second,
	}
	if *tortureFor > 0 {
		s.rate, s.lasting, s.interval = 500, min(*tortureFor, 2*time.Minute), 5*time.Second
	}
	s.must("demo", "--people", "60", "--days", "20")
	var err error
	s.address, err = newDatabase(t).create(t.Context())
	require.NoError(t, err)
	s.must("rebuild", "--shards", "8", "--views", s.address)
	for range 4 {
		worker := s.command("worker", "--views", s.address)
		require.NoError(t, worker.Start())
		s.workers = append(s.workers, worker)
	}
	defer func() {
		for _, w := range s.workers {
			_, _ = w.Process.Kill(), w.Wait()
		}
	}()
	s.compare(s.write())
}

func (s *siege) command(args ...string) *exec.Cmd {
	c := exec.CommandContext(s.t.Context(), "punchledger", args...)
	c.Dir = s.dir
	c.Env = append(c.Environ(), "PUNCHLEDGER_DATA="+filepath.Join(s.dir, "ledger"))
	return c
}

func (s *siege) must(args ...string) {
	out, err := s.command(args...).CombinedOutput()
	require.NoError(s.t, err, "%v: %s", args, out)
}

// killUntil ends workers as a power cut does, and starts others in their place.
func (s *siege) killUntil(ctx context.Context) {
	next := time.NewTicker(s.interval)
	defer next.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-next.C:
		}
		n := s.rng.IntN(len(s.workers))
		if err := s.workers[n].Process.Kill(); err != nil {
			s.t.Errorf("a worker had ended by itself: %v", err)
			return
		}
		_ = s.workers[n].Wait() // it was killed
		s.workers[n] = s.command("worker", "--views", s.address)
		if err := s.workers[n].Start(); err != nil {
			s.t.Error(err)
			return
		}
		s.kills++
	}
}

// write lets punches arrive, kills meanwhile, and returns where the log ends.
func (s *siege) write() eventstore.Cursor {
	data := filepath.Join(s.dir, "ledger")
	w, err := openParts(s.t.Context(), opening{data: data, kek: data + ".kek", sign: data + ".sign", now: time.Now})
	require.NoError(s.t, err)
	defer func() { require.NoError(s.t, w.Close()) }()
	who := s.people()
	ctx, cancel := context.WithTimeout(s.t.Context(), s.lasting)
	defer cancel()
	due := make(chan int, 1024)
	var all errgroup.Group
	for range 16 {
		all.Go(func() error {
			for n := range due {
				if err := s.punch(w.ledger, who[n%len(who)], n); err != nil {
					return err
				}
			}
			return nil
		})
	}
	killed := make(chan struct{})
	go func() {
		defer close(killed)
		s.killUntil(ctx)
	}()
	every, began := time.NewTicker(10*time.Millisecond), time.Now()
	defer every.Stop()
	for n := 0; ctx.Err() == nil; <-every.C {
		for ; n < int(time.Since(began).Seconds()*float64(s.rate)); n++ {
			due <- n
		}
	}
	close(due)
	<-killed
	require.NoError(s.t, all.Wait())
	s.took = time.Since(began)
	head, err := w.log.Head(s.t.Context())
	require.NoError(s.t, err)
	return head
}

// people are those of the sample company.
func (s *siege) people() (out []string) {
	v, done := s.views("")
	defer done()
	require.NoError(s.t, v.People(s.t.Context(), func(p directory.Person) error {
		if p.LastDay == 0 && p.HiredOn < domain.NewDate(2026, 10, 20) {
			out = append(out, p.Employee)
		}
		return nil
	}))
	return out
}

// punch enters a punch of the last days of the company.
func (s *siege) punch(l *ledger.Ledger, emp string, n int) error {
	at := domain.NewDate(2026, 10, 20+n/7%10).Time().Add(time.Duration(n*7919%86400) * time.Second)
	dir := timecard.In
	if n%2 == 1 {
		dir = timecard.Out
	}
	_, err := l.Do(s.t.Context(), ledger.Request{
		ID: uuid.NewString(), Actor: domain.Actor{Kind: domain.ActorAdmin, ID: "admin"},
		Command: timecard.AddPunch{
			Emp: emp, Punch: fmt.Sprintf("t%d", n), EffectiveAt: domain.InstantOf(at), Dir: dir, Grounds: timecard.Grounds{ReasonCode: "forgotten"},
			ActorID: "admin", Now: domain.InstantOf(time.Now()),
		},
	})
	if err == nil {
		s.punches.Add(1)
	}
	return err
}

// views opens the ledger's views in a database, or in a file that is caught up.
func (s *siege) views(address string) (viewStore, func()) {
	data := filepath.Join(s.dir, "ledger")
	c := &console{ctx: s.t.Context(), cfg: &Config{Data: data, KEK: data + ".kek", Views: address}}
	r, err := openReader(c)
	require.NoError(s.t, err)
	if address == "" {
		require.NoError(s.t, r.catchUp(s.t.Context(), r.views, nil, nil))
	}
	return r.views, func() { require.NoError(s.t, r.Close()) }
}

// compare waits for the workers and compares what they have built with what one process builds.
func (s *siege) compare(head eventstore.Cursor) {
	began := time.Now()
	divided, done := s.views(s.address)
	defer done()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		least, even, err := placeOf(s.t.Context(), divided)
		require.NoError(s.t, err)
		if even && least.Cursor == head {
			break
		}
		select {
		case <-look.C:
		case <-s.t.Context().Done():
			require.Fail(s.t, "the workers did not come to the end of the log")
		}
	}
	behind := time.Since(began)
	require.NoError(s.t, divided.Check(s.t.Context()))
	single, closed := s.views("")
	defer closed()
	want, got := s.content(single), s.content(divided)
	require.Equal(s.t, want, got)
	fmt.Printf("workers: %d, killed %d times, seed %d; %d punches in %s (%.0f/s of %d/s asked), shown %s after the last; rows equal those of one process: %v\n",
		len(s.workers), s.kills, *tortureSeed, s.punches.Load(), s.took.Round(time.Second), float64(s.punches.Load())/s.took.Seconds(), s.rate,
		behind.Round(time.Millisecond), got["fingerprint"])
	require.Positive(s.t, s.kills)
}

// content is what all views show.
func (s *siege) content(v viewStore) map[string]any {
	ctx := s.t.Context()
	print, counts, err := projections.Fingerprint(ctx, v)
	require.NoError(s.t, err)
	out := map[string]any{"fingerprint": print, "counts": counts}
	add := func(view string, row any) error {
		b, err := json.Marshal(row)
		lines, _ := out[view].([]string)
		out[view] = append(lines, string(b))
		return err
	}
	for _, err := range []error{
		v.ResolvedAnomalies(ctx, anomaly.Query{}, func(r anomaly.Row) error { return add("resolved", r) }),
		v.Shadows(ctx, daily.Query{}, func(r daily.Shadow) error { return add("shadows", r) }),
		v.Presences(ctx, "", func(r presence.Row) error { return add("presence", r) }),
		v.Months(ctx, month.Query{Month: domain.NewDate(2026, 10, 1)}, func(r month.Person) error { return add("month", r) }),
		v.InboxItems(ctx, inbox.Query{}, func(r inbox.Item) error { return add("inbox", r) }),
		v.Requests(ctx, "", func(r inbox.Filed) error { return add("requests", r) }),
		v.People(ctx, func(r directory.Person) error { return add("people", r) }),
	} {
		require.NoError(s.t, err)
	}
	return out
}
