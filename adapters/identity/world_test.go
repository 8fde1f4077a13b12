package identity_test

import (
	"context"
	"crypto/rand"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/adapters/identity/identitytest"
	"github.com/punchledger/punchledger/domain"
)

const (
	origin = "https://time.example.com"
	good   = "correct horse under the bridge"
)

// world is a service with its surroundings.
type world struct {
	*identity.Service
	t     testing.TB
	store identity.Store

	mu      sync.Mutex
	clock   time.Time
	people  map[string]identity.Person
	changes []identity.Change
	refuse  error // what the register says
}

func newWorld(t testing.TB, change ...func(*identity.Options)) *world {
	t.Helper()
	w := &world{
		t: t, store: &identitytest.Memory{}, clock: time.Date(2026, 11, 2, 8, 0, 0, 0, time.UTC),
		people: map[string]identity.Person{
			"e1": {Name: "Li Wei", Known: true, Active: true}, "e2": {Name: "Anna", Known: true, Active: true}, "boss": {Name: "Boss", Known: true, Active: true, Privileged: true},
		},
	}
	o := identity.Options{
		Store: w.store, Now: w.now, Random: rand.Reader, Key: make([]byte, 32), Origins: []string{origin}, Name: "Acme & Co",
		Person: func(_ context.Context, principal string) (identity.Person, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			return w.people[principal], nil
		},
		Record: func(_ context.Context, c identity.Change) error {
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.refuse == nil {
				w.changes = append(w.changes, c)
			}
			return w.refuse
		},
	}
	for _, f := range change {
		f(&o)
	}
	w.store = o.Store
	var err error
	w.Service, err = identity.New(o)
	require.NoError(t, err)
	identity.HashCheaply(w.Service)
	return w
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

func (w *world) person(principal string, p identity.Person) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.people[principal] = p
}

var from = identity.From{Network: "198.51.100.7", Client: "Firefox on Linux"}

// invited returns who has redeemed an invitation.
func (w *world) invited(principal string, confirm bool) (identity.Identified, identity.Opened) {
	w.t.Helper()
	code, _, err := w.Invite(w.t.Context(), identity.InvitationRequest{Principal: principal, By: "hr1", Confirm: confirm})
	require.NoError(w.t, err)
	opened, err := w.Redeem(w.t.Context(), from, code.Reveal())
	require.NoError(w.t, err)
	return w.who(opened), opened
}

func (w *world) who(o identity.Opened) identity.Identified {
	w.t.Helper()
	who, err := w.Authenticate(w.t.Context(), o.Token.Reveal())
	require.NoError(w.t, err)
	return who
}

// enrolled returns a session of a principal who has set the password good.
func (w *world) enrolled(principal string) identity.Opened {
	w.t.Helper()
	who, _ := w.invited(principal, false)
	added, advised, err := w.SetPassword(w.t.Context(), who, good)
	require.NoError(w.t, err)
	require.True(w.t, advised)
	require.NotNil(w.t, added.Opened)
	require.Empty(w.t, added.Confirmation)
	return *added.Opened
}

func (w *world) login(principal string) identity.Opened {
	w.t.Helper()
	l, err := w.LoginPassword(w.t.Context(), from, principal, good)
	require.NoError(w.t, err)
	require.NotNil(w.t, l.Opened)
	return *l.Opened
}

func refused(t testing.TB, err error, code string) {
	t.Helper()
	require.ErrorIs(t, err, &domain.Error{Code: code})
}

// gone asserts that a session is no more.
func (w *world) gone(o identity.Opened) {
	w.t.Helper()
	_, err := w.Authenticate(w.t.Context(), o.Token.Reveal())
	refused(w.t, err, "session_ended")
}

func TestMemoryIsAStore(t *testing.T) {
	identitytest.Run(t, func(*testing.T) identity.Store { return &identitytest.Memory{} })
}
