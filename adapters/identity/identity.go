// Package identity proves who somebody is: passkeys, passwords, one-time codes, an identity provider, invitations; and keeps what
// follows from a proof: sessions and API tokens.
//
// It decides nothing about what somebody may do; that is domain/access. What it stores lies beside the log and is hashes, public keys
// and sealed keys only. No error, log line or String of it shows a secret.
package identity

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
)

// Store keeps entries durably. What one call has stored, every later call sees. It is safe for concurrent use.
type Store interface {
	// Get returns the entry of a kind with a key, and false where there is none.
	Get(ctx context.Context, kind access.EntryKind, key string) (access.Entry, bool, error)
	// List returns the entries of a kind in the order of their keys: those of one principal, or all where principal is empty.
	List(ctx context.Context, kind access.EntryKind, principal string) ([]access.Entry, error)
	// Put stores an entry if what is stored still has its version, and reports whether it did. Version 0 stands for an entry that is
	// not there yet. Of several that put the same version at once, exactly one succeeds.
	Put(ctx context.Context, e access.Entry) (bool, error)
	// Delete removes an entry and reports whether it was there.
	Delete(ctx context.Context, kind access.EntryKind, key string) (bool, error)
	// Purge removes what has expired at an instant, that instant included.
	Purge(ctx context.Context, at domain.Instant) error
}

// Person is what is known of a principal now.
type Person struct {
	Name       string // for the authenticator's list of accounts
	Known      bool   // may be invited: registered, or named in a grant
	Active     bool   // may log in: employed, or holds a grant
	Privileged bool   // holds a role with short sessions
}

// Change is a credential that was added or removed, for the register. ID is the credential's; the same change may be told twice and
// has the same ID then.
type Change struct {
	ID          string
	Principal   string
	By          string
	Kind        access.CredentialKind
	Removed     bool
	Reason      string // why it was removed, as a code
	DeviceBound bool
	At          domain.Instant
}

// Options are what a service works with. Provider and Origins may be left out; what needs them is then refused.
type Options struct {
	Store  Store
	Now    func() time.Time
	Random io.Reader
	// Key seals what must be computed with and binds codes to this ledger. It is 32 bytes, and kept elsewhere than the store.
	Key []byte
	// Person says what is known of a principal now. It is asked at each use of a session or token, so it must be cheap.
	Person func(ctx context.Context, principal string) (Person, error)
	// Kiosk says what is known of a device now. Without it there are no kiosks.
	Kiosk func(ctx context.Context, device string) (Kiosk, error)
	// Record tells the register of a change. One that is refused is not made.
	Record func(ctx context.Context, c Change) error
	// Origins are where the pages are, such as https://time.example.com. The first one's host is what passkeys are made for.
	Origins []string
	// Name is what authenticators and one-time code apps call the ledger.
	Name     string
	Provider *Provider
}

// Service proves identities. It is safe for concurrent use. One process uses one service for a store.
type Service struct {
	store    Store
	now      func() time.Time
	random   io.Reader
	key      []byte
	person   func(ctx context.Context, principal string) (Person, error)
	record   func(ctx context.Context, c Change) error
	kiosk    func(ctx context.Context, device string) (Kiosk, error)
	name     string
	provider *Provider

	passkeys *relyingParty // nil without an origin
	pending  *ceremonies
	attempts *throttle
	lanes    chan struct{} // who hashes a password
	queue    chan struct{} // who waits for that, and who hashes

	memoryKiB uint32 // that a hash takes
	decoying  sync.Mutex
	decoy     string

	mu sync.Mutex // held while sessions are made or ended, so that ending all misses none
}

// New returns a service.
func New(o Options) (*Service, error) {
	if len(o.Key) != sha256.Size {
		return nil, fmt.Errorf("identity: the key has %d bytes, not %d", len(o.Key), sha256.Size)
	}
	s := &Service{
		store: o.Store, now: o.Now, random: o.Random, key: o.Key, person: o.Person, record: o.Record, kiosk: o.Kiosk, name: o.Name, provider: o.Provider,
		pending: newCeremonies(), attempts: newThrottle(), lanes: make(chan struct{}, hashesAtOnce), queue: make(chan struct{}, hashesWaiting),
		memoryKiB: hashMemoryKiB,
	}
	if len(o.Origins) == 0 {
		return s, nil
	}
	var err error
	s.passkeys, err = newRelyingParty(o.Name, o.Origins)
	return s, err
}

func (s *Service) instant() domain.Instant { return domain.InstantOf(s.now()) }

// known refuses a principal whom the ledger does not know.
func (s *Service) known(ctx context.Context, principal string) error {
	p, err := s.person(ctx, principal)
	if err == nil && !p.Known {
		err = domain.NewError(domain.NotFound, "unknown_principal", "principal", principal)
	}
	return err
}

// Why credentials were removed, as the register has it.
const (
	reasonReplaced = "replaced"
	reasonRemoved  = "removed"
	reasonReset    = "reset"
	reasonRevoked  = "revoked"
)

// mac binds parts to this ledger and to what they are for.
func (s *Service) mac(purpose string, parts ...string) []byte {
	h := hmac.New(sha256.New, s.key)
	for _, p := range append([]string{purpose}, parts...) {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return h.Sum(nil)
}

// kept is a value together with the entry that holds it.
type kept[T any] struct {
	entry access.Entry
	value T
}

func unpack[T any](e access.Entry) (kept[T], error) {
	k := kept[T]{entry: e}
	if err := json.Unmarshal(e.Body, &k.value); err != nil {
		return k, fmt.Errorf("read the %s %s: %w", e.Kind, e.Key, err)
	}
	return k, nil
}

func find[T any](ctx context.Context, s *Service, kind access.EntryKind, key string) (kept[T], bool, error) {
	e, ok, err := s.store.Get(ctx, kind, key)
	if err != nil || !ok {
		return kept[T]{}, false, err
	}
	k, err := unpack[T](e)
	return k, err == nil, err
}

func listed[T any](ctx context.Context, s *Service, kind access.EntryKind, principal string) ([]kept[T], error) {
	entries, err := s.store.List(ctx, kind, principal)
	if err != nil {
		return nil, err
	}
	out := make([]kept[T], len(entries))
	for i, e := range entries {
		if out[i], err = unpack[T](e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// errMoved says that somebody else has changed an entry since it was read.
var errMoved = errors.New("somebody else has changed it meanwhile")

// put stores a value in its entry, whose version must be the stored one.
func put[T any](ctx context.Context, s *Service, k kept[T]) error {
	body, err := json.Marshal(k.value)
	if err != nil {
		return err
	}
	k.entry.Body = body
	ok, err := s.store.Put(ctx, k.entry)
	if err == nil && !ok {
		err = errMoved
	}
	return err
}

// alter reads an entry, changes its value and stores it, and begins again when somebody else was faster. Change returns false where
// there is nothing to store.
func alter[T any](ctx context.Context, s *Service, kind access.EntryKind, key string, change func(*T) bool) (kept[T], bool, error) {
	for {
		k, ok, err := find[T](ctx, s, kind, key)
		if err != nil || !ok || !change(&k.value) {
			return k, ok, err
		}
		if err := put(ctx, s, k); !errors.Is(err, errMoved) {
			return k, true, err
		}
	}
}
