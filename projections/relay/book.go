package relay

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"sync"

	json "github.com/go-json-experiment/json"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/projections"
)

// State is where a Book keeps its entries, durably. Put stores an entry if what is stored still has its version, 0 for none yet, and
// reports whether it did. List is in the order of keys.
type State interface {
	Get(ctx context.Context, kind access.EntryKind, key string) (access.Entry, bool, error)
	List(ctx context.Context, kind access.EntryKind, principal string) ([]access.Entry, error)
	Put(ctx context.Context, e access.Entry) (bool, error)
	Delete(ctx context.Context, kind access.EntryKind, key string) (bool, error)
}

// The kinds of entries of a book.
const (
	EndpointEntry access.EntryKind = "relay_endpoint"
	StandingEntry access.EntryKind = "relay_standing"
	PoisonEntry   access.EntryKind = "relay_poison"
)

// Standing is how far an endpoint has come, and what it waits for.
type Standing struct {
	projections.Checkpoint
	Problem      string         `json:"problem,omitempty"`
	ProblemSince domain.Instant `json:"problem_since,omitzero"`
}

// Book keeps endpoints, how far they have come and their poison queues. It is safe for concurrent use; one process writes at a time.
type Book struct {
	state State
	aead  cipher.AEAD // nil where secrets are not asked for

	mu      sync.Mutex
	changed chan struct{}
}

// NewBook returns the book in a state. Key is 32 bytes that are kept elsewhere and seal what is secret of endpoints; without a key
// secrets can neither be added nor read.
func NewBook(state State, key []byte) (*Book, error) {
	b := &Book{state: state, changed: make(chan struct{})}
	if key == nil {
		return b, nil
	}
	block, err := aes.NewCipher(key)
	if err == nil {
		b.aead, err = cipher.NewGCMWithRandomNonce(block)
	}
	return b, err
}

var errNoKey = errors.New("relay: this book was opened without the key of its secrets")

// Seal returns a secret of an endpoint as it is stored.
func (b *Book) Seal(endpoint, secret string) ([]byte, error) {
	if b.aead == nil {
		return nil, errNoKey
	}
	return b.aead.Seal(nil, nil, []byte(secret), []byte("relay/"+endpoint)), nil
}

// Open returns a sealed secret of an endpoint.
func (b *Book) Open(endpoint string, box []byte) (string, error) {
	if b.aead == nil {
		return "", errNoKey
	}
	clear, err := b.aead.Open(nil, nil, box, []byte("relay/"+endpoint))
	if err != nil {
		return "", fmt.Errorf("open a secret of endpoint %s: %w", endpoint, err)
	}
	return string(clear), nil
}

// Changed returns a channel that is closed at the next change of an endpoint.
func (b *Book) Changed() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.changed
}

func (b *Book) tell() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.changed)
	b.changed = make(chan struct{})
}

// Add stores a new endpoint that begins after a checkpoint. A name that is taken is endpoint_exists.
func (b *Book) Add(ctx context.Context, e Endpoint, from projections.Checkpoint) error {
	if _, there, err := b.state.Get(ctx, EndpointEntry, e.Name); err != nil || there {
		return errors.Join(err, taken(there, e.Name))
	}
	if _, _, err := alter(ctx, b.state, StandingEntry, e.Name, e.Name, func(s *Standing, _ bool) bool {
		*s = Standing{Checkpoint: from}
		return true
	}); err != nil {
		return err
	}
	_, _, err := alter(ctx, b.state, EndpointEntry, e.Name, e.Name, func(stored *Endpoint, there bool) bool {
		*stored = e
		return !there
	})
	b.tell()
	return err
}

func taken(there bool, name string) error {
	if !there {
		return nil
	}
	return domain.NewError(domain.Conflict, "endpoint_exists", "endpoint", name)
}

// Endpoint returns one endpoint; a name that nobody has is unknown_endpoint.
func (b *Book) Endpoint(ctx context.Context, name string) (Endpoint, error) {
	entry, there, err := b.state.Get(ctx, EndpointEntry, name)
	if err == nil && !there {
		err = unknownEndpoint(name)
	}
	if err != nil {
		return Endpoint{}, err
	}
	return endpointOf(entry)
}

// has says whether an endpoint is still as it was read.
func (b *Book) has(ctx context.Context, e Endpoint) (bool, error) {
	entry, there, err := b.state.Get(ctx, EndpointEntry, e.Name)
	return there && entry.Version == e.version, err
}

// Endpoints returns all endpoints in the order of their names.
func (b *Book) Endpoints(ctx context.Context) ([]Endpoint, error) {
	entries, err := b.state.List(ctx, EndpointEntry, "")
	if err != nil {
		return nil, err
	}
	out := make([]Endpoint, len(entries))
	for i, e := range entries {
		if out[i], err = endpointOf(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func endpointOf(entry access.Entry) (Endpoint, error) {
	e := Endpoint{version: entry.Version}
	if err := json.Unmarshal(entry.Body, &e); err != nil {
		return e, fmt.Errorf("read endpoint %s: %w", entry.Key, err)
	}
	return e, nil
}

// Change lets f alter an endpoint and returns it as it then is.
func (b *Book) Change(ctx context.Context, name string, f func(*Endpoint)) (Endpoint, error) {
	e, there, err := alter(ctx, b.state, EndpointEntry, name, name, func(e *Endpoint, there bool) bool {
		if there {
			f(e)
		}
		return there
	})
	if err == nil && !there {
		err = unknownEndpoint(name)
	}
	b.tell()
	return e, err
}

// Remove forgets an endpoint, how far it had come and its poison queue.
func (b *Book) Remove(ctx context.Context, name string) error {
	there, err := b.state.Delete(ctx, EndpointEntry, name)
	if err == nil && !there {
		err = unknownEndpoint(name)
	}
	if err != nil {
		return err
	}
	b.tell()
	poisoned, err := b.state.List(ctx, PoisonEntry, name)
	for _, p := range poisoned {
		if err == nil {
			_, err = b.state.Delete(ctx, PoisonEntry, p.Key)
		}
	}
	if err == nil {
		_, err = b.state.Delete(ctx, StandingEntry, name)
	}
	return err
}

// Standing returns how far an endpoint has come; one that has not begun is at the beginning.
func (b *Book) Standing(ctx context.Context, name string) (s Standing, err error) {
	entry, there, err := b.state.Get(ctx, StandingEntry, name)
	if err == nil && there {
		err = json.Unmarshal(entry.Body, &s)
	}
	return s, err
}

// Checkpoint returns the place after which an endpoint goes on.
func (b *Book) Checkpoint(ctx context.Context, name string) (projections.Checkpoint, error) {
	s, err := b.Standing(ctx, name)
	return s.Checkpoint, err
}

// Move moves a checkpoint; it is projections.ErrMoved where that is not at from. An endpoint that moves has no problem.
func (b *Book) Move(ctx context.Context, name string, from, to projections.Checkpoint) error {
	moved := false
	_, _, err := alter(ctx, b.state, StandingEntry, name, name, func(s *Standing, _ bool) bool {
		if moved = s.Checkpoint == from; moved {
			*s = Standing{Checkpoint: to}
		}
		return moved
	})
	if err == nil && !moved {
		err = projections.ErrMoved
	}
	return err
}

// Rewind sets an endpoint back, or forth, to a checkpoint. Whoever delivers to it begins anew.
func (b *Book) Rewind(ctx context.Context, name string, to projections.Checkpoint) error {
	if _, err := b.Endpoint(ctx, name); err != nil {
		return err
	}
	if _, _, err := alter(ctx, b.state, StandingEntry, name, name, func(s *Standing, _ bool) bool {
		*s = Standing{Checkpoint: to}
		return true
	}); err != nil {
		return err
	}
	_, err := b.Change(ctx, name, func(e *Endpoint) { e.Rewound++ })
	return err
}

// Note records what an endpoint waits for; an empty problem takes that back.
func (b *Book) Note(ctx context.Context, name, problem string, now domain.Instant) error {
	_, _, err := alter(ctx, b.state, StandingEntry, name, name, func(s *Standing, _ bool) bool {
		if s.Problem == problem {
			return false
		}
		switch {
		case problem == "":
			s.ProblemSince = 0
		case s.Problem == "":
			s.ProblemSince = now
		}
		s.Problem = problem
		return true
	})
	return err
}

// PauseAll pauses every endpoint. A restored ledger is not to speak for the one that it is a copy of.
func PauseAll(ctx context.Context, state State) error {
	b, err := NewBook(state, nil)
	if err != nil {
		return err
	}
	all, err := b.Endpoints(ctx)
	for _, e := range all {
		if err == nil && !e.Paused {
			_, err = b.Change(ctx, e.Name, func(e *Endpoint) { e.Paused = true })
		}
	}
	return err
}

// alter reads an entry, lets f change it and stores it where f says so, anew while somebody else is quicker. It reports whether the entry
// was there before.
func alter[T any](
	ctx context.Context, state State, kind access.EntryKind, key, principal string, f func(v *T, there bool) bool,
) (v T, there bool, err error) {
	for {
		var entry access.Entry
		if entry, there, err = state.Get(ctx, kind, key); err != nil {
			return v, there, err
		}
		var fresh T
		v = fresh
		if there {
			if err := json.Unmarshal(entry.Body, &v); err != nil {
				return v, there, fmt.Errorf("read %s %s: %w", kind, key, err)
			}
		}
		if !f(&v, there) {
			return v, there, nil
		}
		body, err := json.Marshal(v)
		if err != nil {
			return v, there, fmt.Errorf("write %s %s: %w", kind, key, err)
		}
		stored, err := state.Put(ctx, access.Entry{Kind: kind, Key: key, Principal: principal, Version: entry.Version, Body: body})
		if stored || err != nil {
			return v, there, err
		}
	}
}
