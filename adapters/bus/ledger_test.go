package bus_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/memory"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/relay"
)

// shelf is a relay.State in memory.
type shelf struct {
	mu      sync.Mutex
	entries map[string]access.Entry
}

func (s *shelf) Get(_ context.Context, kind access.EntryKind, key string) (access.Entry, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.entries[string(kind)+" "+key]
	return e, ok, nil
}

func (s *shelf) List(_ context.Context, kind access.EntryKind, principal string) (out []access.Entry, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.entries {
		if e.Kind == kind && (principal == "" || e.Principal == principal) {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b access.Entry) int { return strings.Compare(a.Key, b.Key) })
	return out, nil
}

func (s *shelf) Put(_ context.Context, e access.Entry) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := string(e.Kind) + " " + e.Key
	if s.entries[key].Version != e.Version {
		return false, nil
	}
	e.Version++
	s.entries[key] = e
	return true, nil
}

func (s *shelf) Delete(_ context.Context, kind access.EntryKind, key string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.entries[string(kind)+" "+key]
	delete(s.entries, string(kind)+" "+key)
	return ok, nil
}

// scroll is a log with events of nobody in particular, and a book.
type scroll struct {
	t     testing.TB
	store *memory.Store
	book  *relay.Book
	n     int
}

func newScroll(t testing.TB) *scroll {
	t.Helper()
	book, err := relay.NewBook(&shelf{entries: map[string]access.Entry{}}, make([]byte, 32))
	require.NoError(t, err)
	return &scroll{t: t, store: memory.New(), book: book}
}

func owns(stream string) bool { return domain.Category(stream) == "timecard" }

// write appends n events, to ten streams in turn.
func (s *scroll) write(n int) {
	s.t.Helper()
	for range n {
		meta, err := json.Marshal(eventstore.Metadata{Schema: 1, Correlation: "c", Causation: "c", RecordedAt: domain.Instant(1_790_000_000_000 + s.n)})
		require.NoError(s.t, err)
		e := eventstore.Event{ID: uuid.New(), Type: "PunchAccepted", Metadata: meta, Data: []byte(fmt.Sprintf(`{"punch":"p%d"}`, s.n))}
		_, err = s.store.Append(s.t.Context(), fmt.Sprintf("timecard-e%d-202610", s.n%10), eventstore.Revision(s.n/10), e)
		require.NoError(s.t, err)
		s.n++
	}
}

// streams are the ids of each stream in the order of the log.
func (s *scroll) streams() map[string][]string {
	s.t.Helper()
	out := map[string][]string{}
	for rec, err := range s.store.ReadAll(s.t.Context(), 0) {
		require.NoError(s.t, err)
		out[rec.Stream] = append(out[rec.Stream], rec.ID.String())
	}
	return out
}

// relay delivers to e through the publishers of this package.
func (s *scroll) relay(a ...string) *relay.Relay {
	return &relay.Relay{
		Setting: relay.Setting{Store: s.store, Owns: owns, Book: s.book, Source: "test.example"},
		Open:    func(_ context.Context, e relay.Endpoint) (relay.Publisher, error) { return openWith(e, a) },
		Logger:  slog.New(slog.DiscardHandler),
	}
}

func (s *scroll) add(e relay.Endpoint) relay.Endpoint {
	s.t.Helper()
	require.NoError(s.t, s.book.Add(s.t.Context(), e, projections.Checkpoint{}))
	return e
}

// received are the ids of each stream in the order in which they came, each where it came first.
type received struct {
	mu      sync.Mutex
	streams map[string][]string
	seen    map[string]bool
	again   int
}

func (r *received) add(t testing.TB, body []byte) {
	t.Helper()
	var e struct {
		ID      string `json:"id"`
		Subject string `json:"subject"`
	}
	require.NoError(t, json.Unmarshal(body, &e))
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen == nil {
		r.seen, r.streams = map[string]bool{}, map[string][]string{}
	}
	if r.seen[e.ID] {
		r.again++
		return
	}
	r.seen[e.ID] = true
	r.streams[e.Subject] = append(r.streams[e.Subject], e.ID)
}
