package main

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"slices"
	"sync"

	"github.com/google/uuid"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections/relay"
)

// stateFile holds credentials, sessions, tokens and invitations. It is made when the first of them is.
const stateFile = "state.db"

// desk proves identities for a writer and all who share it. It opens when it is first needed; before, Origins and Provider may be
// set.
type desk struct {
	Origins  []string
	Provider *identity.Provider

	mu      sync.Mutex
	state   stateStore
	service *identity.Service
	book    *relay.Book
}

// state returns the state of the ledger; it is made where there is none. The caller holds the desk's lock.
func (w *writer) state() (_ stateStore, err error) {
	if w.desk.state == nil {
		w.desk.state, err = openStateToWrite(context.Background(), w.data, w.parts.state, w.log) // for as long as the writer is
	}
	return w.desk.state, err
}

// identity returns what proves identities.
func (w *writer) identity() (*identity.Service, error) {
	w.desk.mu.Lock()
	defer w.desk.mu.Unlock()
	if w.desk.service != nil {
		return w.desk.service, nil
	}
	state, err := w.state()
	if err != nil {
		return nil, err
	}
	org := w.ledger.Directory().Org()
	service, err := identity.New(identity.Options{
		Store: state, Now: w.now, Random: rand.Reader, Key: w.vault.MAC([]byte("state key"), []byte(org.Origin)),
		Person: personOf(w.ledger.Directory()), Kiosk: kioskOf(w.ledger.Directory()), Record: w.noteCredential, Origins: w.desk.Origins, Name: org.Name, Provider: w.desk.Provider,
	})
	if err != nil {
		return nil, err
	}
	w.desk.service = service
	return service, nil
}

// Close closes the state where it was opened.
func (d *desk) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.state == nil {
		return nil
	}
	err := d.state.Close()
	d.state, d.service, d.book = nil, nil, nil
	return err
}

// personFunc says what is known of a principal now.
type personFunc = func(context.Context, string) (identity.Person, error)

// personOf tells who may log in: who is employed today or holds a grant that is in force.
func personOf(d *ledger.Directory) personFunc {
	return func(ctx context.Context, principal string) (identity.Person, error) {
		if err := d.CatchUp(ctx); err != nil {
			return identity.Person{}, err
		}
		today := d.Today()
		employee, grants := d.Employee(principal), d.Grants(principal)
		live := grants.Live(today)
		return identity.Person{
			Known:      employee.Exists() || len(grants.Grants) > 0,
			Active:     employee.EmployedOn(today) || len(live) > 0,
			Privileged: slices.ContainsFunc(live, func(g access.Grant) bool { return g.Role.Privileged() }),
		}, nil
	}
}

// kioskOf tells which devices may speak for themselves.
func kioskOf(d *ledger.Directory) func(context.Context, string) (identity.Kiosk, error) {
	return func(ctx context.Context, device string) (identity.Kiosk, error) {
		if err := d.CatchUp(ctx); err != nil {
			return identity.Kiosk{}, err
		}
		s := d.Device(device)
		if !s.MayOpen() {
			return identity.Kiosk{}, nil
		}
		key, err := place.ParseKey(s.Keys[len(s.Keys)-1].PublicKey)
		return identity.Kiosk{Open: err == nil, Origin: d.Org().Origin, KeyID: key.ID, Verify: key.Verify}, err
	}
}

// noteCredential writes into the ledger which credentials there are. The same change is the same request, so it is written once.
func (w *writer) noteCredential(ctx context.Context, c identity.Change) error {
	kind := domain.ActorEmployee
	if c.By != c.Principal {
		kind = domain.ActorAdmin
	}
	r := ledger.Request{Actor: domain.Actor{Kind: kind, ID: c.By}, ID: changeID("credential added", c.ID)}
	r.Command = access.AddCredential{Principal: c.Principal, Credential: c.ID, Kind: string(c.Kind)}
	if c.Removed {
		r.ID = changeID("credential removed", c.ID)
		r.Command = access.RemoveCredential{Principal: c.Principal, Credential: c.ID, Reason: c.Reason}
	}
	_, err := w.ledger.Do(ctx, r)
	// A credential that was about to be added when its command was stopped is registered under an id that nobody has.
	if c.Removed && errors.Is(err, &domain.Error{Code: "unknown_credential"}) {
		return nil
	}
	return err
}

func changeID(what, credential string) string {
	return uuid.NewSHA1(uuid.Nil, []byte("punchledger/"+what+"/"+credential)).String()
}

// registered runs f on what is stored of identities, beside a server or where none runs, and changes nothing.
func (c *console) registered(f func(*identity.Service, *ledger.Directory) error) error {
	return c.directory("", func(d *ledger.Directory) (err error) {
		var store identity.Store
		state, err := c.openState()
		switch {
		case errors.Is(err, os.ErrNotExist):
			store = nothing{}
		case err != nil:
			return err
		default:
			defer func() { err = errors.Join(err, state.Close()) }()
			store = state
		}
		// What is only listed is neither sealed nor drawn.
		s, err := identity.New(identity.Options{
			Store: store, Now: c.Now, Random: rand.Reader, Key: make([]byte, 32), Person: personOf(d),
			Record: func(context.Context, identity.Change) error { return sqlite.ErrStateReadOnly },
		})
		if err != nil {
			return err
		}
		return f(s, d)
	})
}

// nothing is the state of a ledger in which nobody was invited yet.
type nothing struct{}

func (nothing) Get(context.Context, access.EntryKind, string) (access.Entry, bool, error) {
	return access.Entry{}, false, nil
}

func (nothing) List(context.Context, access.EntryKind, string) ([]access.Entry, error) {
	return nil, nil
}

func (nothing) Put(context.Context, access.Entry) (bool, error) {
	return false, sqlite.ErrStateReadOnly
}

func (nothing) Delete(context.Context, access.EntryKind, string) (bool, error) {
	return false, sqlite.ErrStateReadOnly
}

func (nothing) Purge(context.Context, domain.Instant) error { return nil }
