package relay_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/memory"
	"github.com/punchledger/punchledger/eventstore/vault"
	"github.com/punchledger/punchledger/projections/relay"
)

// shelf is a State in memory.
type shelf struct {
	mu      sync.Mutex
	entries map[string]access.Entry
	puts    int
}

func (s *shelf) Get(ctx context.Context, kind access.EntryKind, key string) (access.Entry, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.entries[string(kind)+" "+key]
	return e, ok, ctx.Err()
}

func (s *shelf) List(ctx context.Context, kind access.EntryKind, principal string) (out []access.Entry, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.entries {
		if e.Kind == kind && (principal == "" || e.Principal == principal) {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b access.Entry) int { return strings.Compare(a.Key, b.Key) })
	return out, ctx.Err()
}

func (s *shelf) Put(ctx context.Context, e access.Entry) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	key := string(e.Kind) + " " + e.Key
	if s.entries[key].Version != e.Version {
		return false, nil
	}
	s.puts++
	e.Version++
	if s.entries == nil {
		s.entries = map[string]access.Entry{}
	}
	s.entries[key] = e
	return true, nil
}

func (s *shelf) Delete(ctx context.Context, kind access.EntryKind, key string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.entries[string(kind)+" "+key]
	delete(s.entries, string(kind)+" "+key)
	return ok, ctx.Err()
}

// receiver is a Publisher that keeps what it gets. Refuse says what is wrong with a message at its n-th attempt, from 1.
type receiver struct {
	refuse func(m relay.Message, n int) error

	mu     sync.Mutex
	got    []relay.Message
	tried  map[string]int
	opened int
	more   chan struct{} // is told of each message, where it is not nil
}

func (r *receiver) Publish(ctx context.Context, m relay.Message) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if r.tried == nil {
		r.tried = map[string]int{}
	}
	r.tried[m.ID]++
	if r.refuse != nil {
		if err := r.refuse(m, r.tried[m.ID]); err != nil {
			return err
		}
	}
	r.got = append(r.got, m)
	if r.more != nil {
		r.more <- struct{}{}
	}
	return nil
}

func (r *receiver) Close() error { return nil }

func (r *receiver) open(context.Context, relay.Endpoint) (relay.Publisher, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.opened++
	return r, nil
}

// keys are the streams of what was received, each with the ids in the order in which they came.
func (r *receiver) keys() map[string][]string {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := map[string][]string{}
	for _, m := range r.got {
		out[m.Key] = append(out[m.Key], m.ID)
	}
	return out
}

// house is a ledger with a book beside it.
type house struct {
	t     *testing.T
	store *memory.Store
	codec *eventstore.Codec
	door  *ledger.Ledger
	state *shelf
	book  *relay.Book
	ids   int
}

var noon = (domain.NewDate(2026, 10, 7).Unix() + 12*domain.Hour).Instant()

const minute = domain.Instant(60_000)

func newHouse(t *testing.T, options ...memory.Option) *house {
	t.Helper()
	h := &house{t: t, store: memory.New(options...), codec: ledger.NewCodec(), state: &shelf{}}
	random := rand.NewChaCha8([32]byte{1})
	epoch, err := vault.NewEpochKey(random, 1)
	require.NoError(t, err)
	clock := func() time.Time { return (noon + 6000*minute).Time() }
	sealer, err := vault.New(t.Context(), &vault.Memory{}, epoch, vault.Options{Create: true, Rand: random, Now: clock})
	require.NoError(t, err)
	h.door, err = ledger.Open(t.Context(), ledger.Options{Store: h.store, Codec: h.codec, Sealer: sealer, Now: clock})
	require.NoError(t, err)
	h.book, err = relay.NewBook(h.state, make([]byte, 32))
	require.NoError(t, err)
	h.must(people.CreateGroup{Group: "g", Title: "all"})
	for _, emp := range []string{"e1", "e2", "e3"} {
		h.must(people.RegisterEmployee{Emp: emp, Name: "Canary Name", HiredOn: domain.NewDate(2026, 1, 1), Terms: people.Terms{Group: "g"}})
	}
	return h
}

func (h *house) must(c ledger.Command) {
	h.t.Helper()
	h.ids++
	actor := domain.Actor{Kind: domain.ActorHR, ID: "hr"}
	_, err := h.door.Do(h.t.Context(), ledger.Request{ID: fmt.Sprint("t", h.ids), Command: c, Actor: actor})
	require.NoError(h.t, err)
}

// punch adds n punches, to each person in turn.
func (h *house) punch(n int) {
	h.t.Helper()
	for range n {
		h.ids++
		h.must(timecard.AddPunch{
			Emp: fmt.Sprint("e", h.ids%3+1), Punch: fmt.Sprint("p", h.ids), EffectiveAt: noon + domain.Instant(h.ids)*2*minute, Dir: timecard.In,
			Grounds: timecard.Grounds{ReasonCode: "forgot"}, ActorID: "hr", Now: noon + 6000*minute,
		})
	}
}

// log is what the ledger holds.
func (h *house) log() (out []eventstore.Record) {
	h.t.Helper()
	for rec, err := range eventstore.Number(h.store.ReadAll(h.t.Context(), 0), 0, h.codec.Owns) {
		require.NoError(h.t, err)
		out = append(out, rec)
	}
	return out
}

// streams is what a receiver of everything should have.
func (h *house) streams() map[string][]string {
	out := map[string][]string{}
	for _, rec := range h.log() {
		out[rec.Stream] = append(out[rec.Stream], rec.ID.String())
	}
	return out
}

func (h *house) endpoint(name string, change ...func(*relay.Endpoint)) relay.Endpoint {
	h.t.Helper()
	e := relay.Endpoint{Name: name, URL: "https://example.com/", Direction: relay.Out, Attempts: 3}
	for _, f := range change {
		f(&e)
	}
	h.add(e)
	return e
}

func (h *house) relay(r *receiver) *relay.Relay {
	return &relay.Relay{
		Setting: relay.Setting{
			Store: h.store, Owns: h.codec.Owns, Book: h.book, Source: "test.example",
			Wait: func(ctx context.Context, _ int) error { return ctx.Err() },
		},
		Open: r.open, Logger: slog.New(slog.DiscardHandler),
	}
}

var errNo = errors.New("the receiver says no")
