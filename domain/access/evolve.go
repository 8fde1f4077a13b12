package access

import (
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// State is a principal as the stream tells it.
type State struct {
	Principal   string
	Name        domain.Secret
	Grants      []Grant // in the order in which they were given
	Credentials []HeldCredential
}

// Grant is a role that was given.
type Grant struct {
	ID        string
	Role      Role
	Scope     Scope
	Purpose   string
	From, To  domain.Date
	By        string
	AtMachine bool
	Pending   bool
	Revoked   bool
}

// HeldCredential is one way to prove who somebody is, without what proves it.
type HeldCredential struct {
	ID   string
	Kind string
}

// Live reports whether the grant may be used on a date.
func (g Grant) Live(today domain.Date) bool {
	return !g.Revoked && !g.Pending && today.Covers(g.From, g.To)
}

// Live returns the grants that may be used on a date.
func (s State) Live(today domain.Date) []Grant {
	var out []Grant
	for _, g := range s.Grants {
		if g.Live(today) {
			out = append(out, g)
		}
	}
	return out
}

// Grant returns the grant of an id.
func (s State) Grant(id string) (Grant, bool) {
	i := slices.IndexFunc(s.Grants, func(g Grant) bool { return g.ID == id })
	if i < 0 {
		return Grant{}, false
	}
	return s.Grants[i], true
}

// Evolve applies one event.
func Evolve(s State, e Event) State {
	switch e := e.(type) {
	case AccessGranted:
		s.Principal = e.Principal
		s.Grants = append(slices.Clone(s.Grants), Grant{
			ID: e.Grant, Role: e.Role, Scope: e.Scope, Purpose: e.Purpose, From: e.From, To: e.To, By: e.By, AtMachine: e.AtMachine,
			Pending: e.Pending,
		})
		return s
	case AccessConfirmed:
		return s.change(e.Grant, func(g *Grant) { g.Pending = false })
	case AccessRevoked:
		return s.change(e.Grant, func(g *Grant) { g.Revoked = true })
	case PrincipalNamed:
		s.Principal, s.Name = e.Principal, e.Name
		return s
	case CredentialAdded:
		s.Principal = e.Principal
		s.Credentials = append(slices.Clone(s.Credentials), HeldCredential{ID: e.Credential, Kind: e.Kind})
		return s
	case CredentialRemoved:
		s.Credentials = slices.DeleteFunc(slices.Clone(s.Credentials), func(c HeldCredential) bool { return c.ID == e.Credential })
		return s
	}
	panic(fmt.Sprintf("access: no case for %T", e))
}

func (s State) change(grant string, f func(*Grant)) State {
	s.Grants = slices.Clone(s.Grants)
	for i := range s.Grants {
		if s.Grants[i].ID == grant {
			f(&s.Grants[i])
		}
	}
	return s
}
