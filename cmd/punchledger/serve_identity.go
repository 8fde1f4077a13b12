package main

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// stateFile holds credentials, sessions and tokens.
const stateFile = "state.db"

// identities are a ledger's credentials, sessions and tokens, open.
type identities struct {
	*identity.Service
	state *sqlite.State
}

// openIdentities opens what proves who somebody is; a ledger that has had no login yet gets its file.
func (w *writer) openIdentities(c *console) (*identities, error) {
	path := filepath.Join(w.data, stateFile)
	_, err := os.Stat(path)
	state, err := sqlite.OpenState(path, sqlite.StateOptions{Create: errors.Is(err, os.ErrNotExist)})
	if err != nil {
		return nil, err
	}
	service, err := identity.New(identity.Options{
		Store: state, Now: c.Now, Random: rand.Reader, Key: w.vault.MAC([]byte("identity"), []byte(w.ledger.Directory().Org().Origin)),
		Person: w.principal, Record: w.credentialChanged, Name: "punchledger",
	})
	if err != nil {
		return nil, errors.Join(err, state.Close())
	}
	return &identities{service, state}, nil
}

// principal says what is known of who logs in.
func (w *writer) principal(_ context.Context, id string) (identity.Person, error) {
	d := w.ledger.Directory()
	roles := d.RolesOf(id, d.Today())
	p := identity.Person{Name: id, Active: len(roles) > 0}
	for _, r := range roles {
		p.Privileged = p.Privileged || r.Privileged()
	}
	return p, nil
}

// credentialChanged writes a change of a credential into the log.
func (w *writer) credentialChanged(ctx context.Context, c identity.Change) error {
	var cmd ledger.Command = access.AddCredential{Principal: c.Principal, Credential: c.ID, Kind: string(c.Kind)}
	if c.Removed {
		cmd = access.RemoveCredential{Principal: c.Principal, Credential: c.ID, Reason: "removed"}
	}
	id := "credential/" + c.ID
	if c.Removed {
		id += "/removed"
	}
	_, err := w.ledger.Do(ctx, ledger.Request{ID: id, Command: cmd, Actor: domain.Actor{Kind: domain.ActorAdmin, ID: c.By}})
	return err
}

// Close closes the file.
func (i *identities) Close() error { return i.state.Close() }

// Who implements httpapi.Identity.
func (i *identities) Who(ctx context.Context, c httpapi.Credential) (httpapi.Who, error) {
	var found identity.Identified
	var err error
	if c.Bearer != "" {
		found, err = i.AuthenticateToken(ctx, c.Bearer)
	} else {
		found, err = i.Authenticate(ctx, c.Session)
	}
	if e, ok := errors.AsType[*domain.Error](err); ok && e.Kind == domain.Forbidden {
		return httpapi.Who{}, httpapi.ErrNobody
	}
	if err != nil {
		return httpapi.Who{}, err
	}
	who := httpapi.Who{Principal: found.Principal, Permits: found.Permits, Fresh: found.Fresh}
	if found.Token != nil {
		who.Session, who.Token = found.Token.ID, true
	} else {
		who.Session = found.Session.ID
	}
	return who, nil
}
