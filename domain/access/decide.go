package access

import (
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// Facts are what a decision about a principal needs from elsewhere.
type Facts struct {
	Today       domain.Date // of the act, where the organisation is
	DualControl bool        // the policy of the organisation
	Grantor     []Scope     // of the live owner grants of the one who acts
	Owned       bool        // somebody holds a live owner grant
	OtherOwner  bool        // somebody other than the principal does
	IsActor     bool        // the one who acts is the principal, or the same person under another employment
	Missing     string      // what the scope names and is not there: its id
	MissingKind string
	Above       map[string][]string // each unit that a scope names, with the units above it
}

const (
	longestPurpose = 200
	longestName    = 200
)

// fields checks commands of this package.
type fields struct{ domain.Fields }

// Decide decides a command about a principal.
func Decide(s State, c Command, f Facts) ([]Event, error) {
	switch c := c.(type) {
	case GrantAccess:
		return grant(s, c, f)
	case ConfirmAccess:
		return confirm(s, c, f)
	case RevokeAccess:
		return revoke(s, c, f)
	case NamePrincipal:
		return name(c)
	case AddCredential:
		return addCredential(s, c)
	case RemoveCredential:
		return removeCredential(s, c)
	}
	panic(fmt.Sprintf("access: no case for %T", c))
}

func grant(s State, c GrantAccess, f Facts) ([]Event, error) {
	if c.From == 0 {
		c.From = f.Today
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	first := c.Role == Owner && !f.Owned && c.AtMachine
	switch _, exists := s.Grant(c.Grant); {
	case exists:
		return nil, domain.NewError(domain.Conflict, "grant_exists", "grant", c.Grant)
	case f.IsActor && !first:
		return nil, domain.NewError(domain.Forbidden, "self_grant", "principal", c.Principal)
	case f.Missing != "":
		return nil, domain.NewError(domain.Invalid, "unknown_in_scope", "kind", f.MissingKind, "id", f.Missing)
	case !c.AtMachine && !f.mayGive(c.Scope):
		return nil, domain.NewError(domain.Forbidden, "scope_exceeds_grantor")
	}
	if other, conflicts := s.conflict(c, f.Today); conflicts {
		return nil, domain.NewError(domain.Conflict, "role_conflict", "role", string(c.Role), "held", string(other))
	}
	return []Event{AccessGranted{
		Principal: c.Principal, Grant: c.Grant, Role: c.Role, Scope: c.Scope.tidy(), Purpose: c.Purpose, From: c.From, To: c.To,
		By: c.ActorID, AtMachine: c.AtMachine, Pending: f.DualControl && c.Role.TakesTwo() && !first,
	}}, nil
}

// check judges what needs no facts.
func (c GrantAccess) check() error {
	var is fields
	is.ID("principal", c.Principal)
	is.Document("grant", c.Grant)
	is.That(c.Role.Granted() && slices.Contains(Roles(), c.Role), "role", "unknown_value")
	is.OptionalText("purpose", c.Purpose, longestPurpose)
	is.Document("actor", c.ActorID)
	is.Date("from", c.From)
	is.OptionalDate("to", c.To)
	is.That(c.To == 0 || c.From < c.To, "to", "not_after_from")
	is.scope(c.Scope)
	if is.First != nil {
		return is.First
	}
	if c.Purpose == "" || c.To == 0 && c.Role != Owner {
		return domain.NewError(domain.Invalid, "purpose_required", "role", string(c.Role))
	}
	return nil
}

func (f *fields) scope(s Scope) {
	for _, list := range []struct {
		name     string
		ids      []string
		document bool
	}{
		{"employers", s.Employers, false},
		{"groups", s.Groups, true},
		{"sites", s.Sites, true},
		{"units", s.Units, true},
		{"employees", s.Employees, false},
	} {
		for _, id := range list.ids {
			f.That(domain.ValidID(id, list.document), "scope."+list.name, "not_an_id")
		}
	}
	f.OptionalDate("scope.dates.from", s.Dates.From)
	f.OptionalDate("scope.dates.to", s.Dates.To)
	f.That(s.Dates.To == 0 || s.Dates.From < s.Dates.To, "scope.dates.to", "not_after_from")
}

// tidy returns the scope with every list in order and each id once, so that equal scopes are equal bytes.
func (s Scope) tidy() Scope {
	for _, list := range []*[]string{&s.Employers, &s.Groups, &s.Sites, &s.Units, &s.Employees} {
		*list = slices.Compact(slices.Sorted(slices.Values(*list)))
	}
	return s
}

// mayGive reports whether one who acts as an owner holds what is given, or is to be taken back, himself.
func (f Facts) mayGive(s Scope) bool {
	above := func(unit string) []string { return f.Above[unit] }
	return slices.ContainsFunc(f.Grantor, func(outer Scope) bool { return s.Within(outer, above) })
}

// conflict returns a role that the principal holds, or will hold while the new one lasts, and that does not go with it.
func (s State) conflict(c GrantAccess, today domain.Date) (Role, bool) {
	for _, g := range s.Grants {
		over := g.Revoked || g.To != 0 && g.To <= max(today, c.From)
		if !over && (c.To == 0 || g.From < c.To) && Conflicting(g.Role, c.Role) {
			return g.Role, true
		}
	}
	return "", false
}

func confirm(s State, c ConfirmAccess, f Facts) ([]Event, error) {
	g, ok := s.Grant(c.Grant)
	switch {
	case !ok:
		return nil, domain.NewError(domain.NotFound, "unknown_grant", "grant", c.Grant)
	case g.Revoked || !g.Pending:
		return nil, domain.NewError(domain.Conflict, "grant_not_pending", "grant", c.Grant)
	case c.ActorID == g.By || f.IsActor:
		return nil, domain.NewError(domain.Forbidden, "second_approver_needed")
	case !c.AtMachine && !f.mayGive(g.Scope):
		return nil, domain.NewError(domain.Forbidden, "scope_exceeds_grantor")
	}
	return []Event{AccessConfirmed{Principal: s.Principal, Grant: c.Grant, By: c.ActorID, AtMachine: c.AtMachine}}, nil
}

func revoke(s State, c RevokeAccess, f Facts) ([]Event, error) {
	var is fields
	is.Text("reason", c.Reason, longestPurpose)
	if is.First != nil {
		return nil, is.First
	}
	g, ok := s.Grant(c.Grant)
	switch {
	case !ok:
		return nil, domain.NewError(domain.NotFound, "unknown_grant", "grant", c.Grant)
	case g.Revoked:
		return nil, domain.NewError(domain.Conflict, "grant_revoked", "grant", c.Grant)
	case !c.AtMachine && !f.mayGive(g.Scope):
		return nil, domain.NewError(domain.Forbidden, "scope_exceeds_grantor")
	case g.Role == Owner && g.Live(f.Today) && !f.OtherOwner && !s.ownsBeside(c.Grant, f.Today):
		return nil, domain.NewError(domain.Conflict, "last_owner", "principal", s.Principal)
	}
	return []Event{AccessRevoked{Principal: s.Principal, Grant: c.Grant, Reason: c.Reason, By: c.ActorID, AtMachine: c.AtMachine}}, nil
}

// ownsBeside reports whether the principal is an owner by another grant.
func (s State) ownsBeside(grant string, today domain.Date) bool {
	return slices.ContainsFunc(s.Live(today), func(g Grant) bool { return g.Role == Owner && g.ID != grant })
}

func name(c NamePrincipal) ([]Event, error) {
	var is fields
	is.ID("principal", c.Principal)
	is.Text("name", c.Name, longestName)
	if is.First != nil {
		return nil, is.First
	}
	return []Event{PrincipalNamed{Principal: c.Principal, Name: domain.NewSecret(domain.ClassIdentity, c.Name)}}, nil
}

func addCredential(s State, c AddCredential) ([]Event, error) {
	var is fields
	is.ID("principal", c.Principal)
	is.Document("credential", c.Credential)
	is.OneOf("kind", c.Kind, "passkey", "password", "totp", "recovery", "oidc", "token", "pin", "badge")
	if is.First != nil {
		return nil, is.First
	}
	if s.holds(c.Credential) {
		return nil, domain.NewError(domain.Conflict, "credential_exists", "credential", c.Credential)
	}
	return []Event{CredentialAdded(c)}, nil
}

func removeCredential(s State, c RemoveCredential) ([]Event, error) {
	var is fields
	is.Text("reason", c.Reason, longestPurpose)
	if is.First != nil {
		return nil, is.First
	}
	if !s.holds(c.Credential) {
		return nil, domain.NewError(domain.NotFound, "unknown_credential", "credential", c.Credential)
	}
	return []Event{CredentialRemoved(c)}, nil
}

func (s State) holds(credential string) bool {
	return slices.ContainsFunc(s.Credentials, func(c HeldCredential) bool { return c.ID == credential })
}
