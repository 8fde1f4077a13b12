package access_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/decidertest"
)

type accessCase = decidertest.Case[access.Command, access.Facts, access.Event]

var today = domain.NewDate(2026, 10, 8)

func day(n int) domain.Date { return today + domain.Date(n) }

func TestReleasedEventsStayReadable(t *testing.T) {
	decidertest.Fixtures(t, os.DirFS("testdata/events"), access.Events())
}

func TestCommandsNameTheirStreams(t *testing.T) {
	require.Equal(t, []string{"grant"}, access.Categories())
	for _, c := range []access.Command{
		access.GrantAccess{Principal: "e1"},
		access.ConfirmAccess{Principal: "e1"},
		access.RevokeAccess{Principal: "e1"},
		access.NamePrincipal{Principal: "e1"},
		access.AddCredential{Principal: "e1"},
		access.RemoveCredential{Principal: "e1"},
	} {
		require.Equal(t, "grant-e1", c.Stream(), "%T", c)
	}
}

func ask(role access.Role) access.GrantAccess {
	return access.GrantAccess{Principal: "e1", Grant: "g1", Role: role, Purpose: "the office in Beijing", To: day(365), ActorID: "boss"}
}

func given(role access.Role) access.AccessGranted {
	return access.AccessGranted{Principal: "e1", Grant: "g1", Role: role, Purpose: "the office in Beijing", From: today, To: day(365), By: "boss"}
}

func with[T any](v T, change func(*T)) T {
	change(&v)
	return v
}

func TestDecideGrant(t *testing.T) {
	owner := access.Facts{Today: today, Owned: true, OtherOwner: true, Grantor: []access.Scope{{}}}
	dual := with(owner, func(f *access.Facts) { f.DualControl = true })
	group := access.Scope{Groups: []string{"office"}}
	narrow := with(owner, func(f *access.Facts) { f.Grantor = []access.Scope{group} })
	first := access.GrantAccess{Principal: "boss", Grant: "g1", Role: access.Owner, Purpose: "sets the ledger up", ActorID: "boss", AtMachine: true}
	decidertest.Run(t, access.Decide, access.Evolve, []accessCase{
		{Name: "an owner gives a role", When: ask(access.HR), Facts: owner, Then: []access.Event{given(access.HR)}},
		{
			Name: "a scope is kept in order", Facts: owner,
			When: with(ask(access.HR), func(c *access.GrantAccess) { c.Scope.Groups = []string{"b", "a", "b"} }),
			Then: []access.Event{with(given(access.HR), func(e *access.AccessGranted) { e.Scope.Groups = []string{"a", "b"} })},
		},
		{Name: "without a purpose there is no right", When: with(ask(access.HR), func(c *access.GrantAccess) { c.Purpose = "" }), Facts: owner, Err: "purpose_required"},
		{Name: "without an end there is no right", When: with(ask(access.HR), func(c *access.GrantAccess) { c.To = 0 }), Facts: owner, Err: "purpose_required"},
		{
			Name: "only an owner's right may be open", Facts: owner, When: with(ask(access.Owner), func(c *access.GrantAccess) { c.To = 0 }),
			Then: []access.Event{with(given(access.Owner), func(e *access.AccessGranted) { e.To = 0 })},
		},
		{Name: "a right does not end before it begins", When: with(ask(access.HR), func(c *access.GrantAccess) { c.To = today }), Facts: owner, Err: "invalid_field"},
		{Name: "being a manager is not granted", When: ask(access.Manager), Facts: owner, Err: "invalid_field"},
		{Name: "being a device is not granted", When: ask(access.Device), Facts: owner, Err: "invalid_field"},
		{Name: "a role is one we know", When: ask("king"), Facts: owner, Err: "invalid_field"},
		{Name: "a grant has an id of its own", Given: []access.Event{given(access.HR)}, When: ask(access.HR), Facts: owner, Err: "grant_exists"},
		{Name: "who is no owner gives nothing", When: ask(access.HR), Facts: access.Facts{Today: today, Owned: true}, Err: "scope_exceeds_grantor"},
		{Name: "nobody gives more than he has", When: ask(access.HR), Facts: narrow, Err: "scope_exceeds_grantor"},
		{
			Name: "an owner of a part gives that part", Facts: narrow, When: with(ask(access.HR), func(c *access.GrantAccess) { c.Scope = group }),
			Then: []access.Event{with(given(access.HR), func(e *access.AccessGranted) { e.Scope = group })},
		},
		{
			Name: "at the machine of the ledger it takes no grant", Facts: access.Facts{Today: today, Owned: true},
			When: with(ask(access.HR), func(c *access.GrantAccess) { c.AtMachine = true }),
			Then: []access.Event{with(given(access.HR), func(e *access.AccessGranted) { e.AtMachine = true })},
		},
		{Name: "nobody gives to himself", When: ask(access.HR), Facts: with(owner, func(f *access.Facts) { f.IsActor = true }), Err: "self_grant"},
		{
			Name: "the first owner sets himself up at the machine", When: first, Facts: access.Facts{Today: today, IsActor: true, DualControl: true},
			Then: []access.Event{access.AccessGranted{
				Principal: "boss", Grant: "g1", Role: access.Owner, Purpose: "sets the ledger up", From: today, By: "boss", AtMachine: true,
			}},
		},
		{Name: "and nobody after him", When: first, Facts: access.Facts{Today: today, IsActor: true, Owned: true}, Err: "self_grant"},
		{
			Name: "nor over the network", Facts: access.Facts{Today: today, IsActor: true},
			When: with(first, func(c *access.GrantAccess) { c.AtMachine = false }), Err: "self_grant",
		},
		{Name: "a scope names what exists", When: ask(access.HR), Facts: with(owner, func(f *access.Facts) { f.Missing = "sales" }), Err: "unknown_in_scope"},
		{
			Name: "under dual control a grant waits for a second person", When: ask(access.HR), Facts: dual,
			Then: []access.Event{with(given(access.HR), func(e *access.AccessGranted) { e.Pending = true })},
		},
		{
			Name: "a representative changes nothing, so one person is enough", When: ask(access.Representative), Facts: dual,
			Then: []access.Event{given(access.Representative)},
		},
	})
}

func TestDecideRoleConflicts(t *testing.T) {
	owner := access.Facts{Today: today, Owned: true, OtherOwner: true, Grantor: []access.Scope{{}}}
	for _, c := range []struct {
		held, asked access.Role
		conflict    bool
	}{
		{access.RulesAdmin, access.Payroll, true},
		{access.Payroll, access.RulesAdmin, true},
		{access.Auditor, access.HR, true},
		{access.HR, access.Auditor, true},
		{access.Owner, access.Auditor, true},
		{access.Auditor, access.PrivacyOfficer, true},
		{access.Auditor, access.Representative, false},
		{access.HR, access.Payroll, false},
		{access.HR, access.HR, false},
		{access.Owner, access.HR, false},
	} {
		t.Run(string(c.held)+" and "+string(c.asked), func(t *testing.T) {
			second := with(ask(c.asked), func(c *access.GrantAccess) { c.Grant = "g2" })
			s := decidertest.Fold(access.Evolve, access.Event(given(c.held)))
			_, err := access.Decide(s, second, owner)
			require.Equal(t, c.conflict, decidertest.Code(err) == "role_conflict", "%v", err)
			later := with(second, func(c *access.GrantAccess) { c.From, c.To = day(365), day(400) })
			_, err = access.Decide(s, later, owner)
			require.NoError(t, err, "one after the other")
			s = access.Evolve(s, access.AccessRevoked{Principal: "e1", Grant: "g1", Reason: "r"})
			_, err = access.Decide(s, second, owner)
			require.NoError(t, err, "after the first has ended")
		})
	}
}

func TestDecideConfirmAndRevoke(t *testing.T) {
	pending := with(given(access.HR), func(e *access.AccessGranted) { e.Pending = true })
	owned := with(given(access.Owner), func(e *access.AccessGranted) { e.To = 0 })
	owner := access.Facts{Today: today, Owned: true, OtherOwner: true, Grantor: []access.Scope{{}}}
	confirm := access.ConfirmAccess{Principal: "e1", Grant: "g1", ActorID: "ann"}
	confirmed := access.AccessConfirmed{Principal: "e1", Grant: "g1", By: "ann"}
	revoke := access.RevokeAccess{Principal: "e1", Grant: "g1", Reason: "moved", ActorID: "ann"}
	revoked := access.AccessRevoked{Principal: "e1", Grant: "g1", Reason: "moved", By: "ann"}
	events := func(e ...access.Event) []access.Event { return e }
	decidertest.Run(t, access.Decide, access.Evolve, []accessCase{
		{Name: "a second person confirms", Given: events(pending), When: confirm, Facts: owner, Then: events(confirmed)},
		{Name: "who gave it is no second person", Given: events(pending), When: with(confirm, func(c *access.ConfirmAccess) { c.ActorID = "boss" }), Facts: owner, Err: "second_approver_needed"},
		{Name: "who gets it is no second person", Given: events(pending), When: confirm, Facts: with(owner, func(f *access.Facts) { f.IsActor = true }), Err: "second_approver_needed"},
		{Name: "who is no owner confirms nothing", Given: events(pending), When: confirm, Facts: access.Facts{Today: today}, Err: "scope_exceeds_grantor"},
		{Name: "what is in force waits for nobody", Given: events(given(access.HR)), When: confirm, Facts: owner, Err: "grant_not_pending"},
		{Name: "what has ended waits for nobody", Given: events(pending, revoked), When: confirm, Facts: owner, Err: "grant_not_pending"},
		{Name: "only what is there is confirmed", When: confirm, Facts: owner, Err: "unknown_grant"},
		{Name: "an owner ends a grant", Given: events(given(access.HR)), When: revoke, Facts: owner, Then: events(revoked)},
		{Name: "an end has a reason", Given: events(given(access.HR)), When: with(revoke, func(c *access.RevokeAccess) { c.Reason = " " }), Facts: owner, Err: "invalid_field"},
		{Name: "a grant ends once", Given: events(given(access.HR), revoked), When: revoke, Facts: owner, Err: "grant_revoked"},
		{Name: "only what is there ends", When: revoke, Facts: owner, Err: "unknown_grant"},
		{Name: "who is no owner ends nothing", Given: events(given(access.HR)), When: revoke, Facts: access.Facts{Today: today}, Err: "scope_exceeds_grantor"},
		{Name: "the last owner stays", Given: events(owned), When: revoke, Facts: with(owner, func(f *access.Facts) { f.OtherOwner = false }), Err: "last_owner"},
		{Name: "one of two owners leaves", Given: events(owned), When: revoke, Facts: owner, Then: events(revoked)},
	})
}

func TestDecideCredentials(t *testing.T) {
	key := access.AddCredential{Principal: "e1", Credential: "k1", Kind: "passkey"}
	gone := access.RemoveCredential{Principal: "e1", Credential: "k1", Reason: "phone lost"}
	decidertest.Run(t, access.Decide, access.Evolve, []accessCase{
		{Name: "a credential is added", When: key, Then: []access.Event{access.CredentialAdded(key)}},
		{Name: "a credential is added once", Given: []access.Event{access.CredentialAdded(key)}, When: key, Err: "credential_exists"},
		{Name: "a credential is of a known kind", When: access.AddCredential{Principal: "e1", Credential: "k1", Kind: "face"}, Err: "invalid_field"},
		{Name: "a credential is removed", Given: []access.Event{access.CredentialAdded(key)}, When: gone, Then: []access.Event{access.CredentialRemoved(gone)}},
		{Name: "only what is there is removed", When: gone, Err: "unknown_credential"},
		{
			Name: "somebody from outside gets a name", When: access.NamePrincipal{Principal: "aud", Name: "Ann"},
			Then: []access.Event{access.PrincipalNamed{Principal: "aud", Name: domain.NewSecret(domain.ClassIdentity, "Ann")}},
		},
		{Name: "a name says something", When: access.NamePrincipal{Principal: "aud"}, Err: "invalid_field"},
	})
}

func TestAGrantIsLiveBetweenItsDates(t *testing.T) {
	s := decidertest.Fold(access.Evolve, access.Event(with(given(access.HR), func(e *access.AccessGranted) { e.Pending = true })))
	require.Empty(t, s.Live(today), "while it waits")
	s = access.Evolve(s, access.AccessConfirmed{Principal: "e1", Grant: "g1"})
	for n, live := range map[int]bool{-1: false, 0: true, 364: true, 365: false} {
		require.Equal(t, live, len(s.Live(day(n))) == 1, n)
	}
	require.Empty(t, access.Evolve(s, access.AccessRevoked{Grant: "g1"}).Live(today))
}

func TestScopeCovers(t *testing.T) {
	ann := access.Person{Emp: "ann", Employer: "acme", Group: "office", Site: "bj", Units: []string{"north", "sales"}}
	for _, c := range []struct {
		name   string
		scope  access.Scope
		covers bool
	}{
		{"everybody", access.Scope{}, true},
		{"her employer", access.Scope{Employers: []string{"other", "acme"}}, true},
		{"another employer", access.Scope{Employers: []string{"other"}}, false},
		{"her group", access.Scope{Groups: []string{"office"}}, true},
		{"her site", access.Scope{Sites: []string{"sh"}}, false},
		{"her unit", access.Scope{Units: []string{"north"}}, true},
		{"the unit above hers", access.Scope{Units: []string{"sales"}}, true},
		{"a unit beside hers", access.Scope{Units: []string{"south"}}, false},
		{"herself", access.Scope{Employees: []string{"ann"}}, true},
		{"her group at another site", access.Scope{Groups: []string{"office"}, Sites: []string{"sh"}}, false},
		{"dates that include the date", access.Scope{Dates: access.Dates{From: today, To: day(1)}}, true},
		{"dates before", access.Scope{Dates: access.Dates{To: today}}, false},
		{"dates after", access.Scope{Dates: access.Dates{From: day(1)}}, false},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.covers, c.scope.Covers(ann, today)) })
	}
}

func TestScopeWithin(t *testing.T) {
	above := func(u string) []string {
		return map[string][]string{"north": {"north", "sales"}, "sales": {"sales"}}[u]
	}
	year := access.Dates{From: day(-100), To: day(100)}
	for _, c := range []struct {
		name         string
		inner, outer access.Scope
		within       bool
	}{
		{"everything is within everybody", access.Scope{Groups: []string{"a"}}, access.Scope{}, true},
		{"everybody is not within a part", access.Scope{}, access.Scope{Groups: []string{"a"}}, false},
		{"a part of a part", access.Scope{Groups: []string{"a"}}, access.Scope{Groups: []string{"a", "b"}}, true},
		{"more than a part", access.Scope{Groups: []string{"a", "c"}}, access.Scope{Groups: []string{"a", "b"}}, false},
		{"a part of another kind", access.Scope{Sites: []string{"bj"}}, access.Scope{Groups: []string{"a"}}, false},
		{"a unit below", access.Scope{Units: []string{"north"}}, access.Scope{Units: []string{"sales"}}, true},
		{"a unit above", access.Scope{Units: []string{"sales"}}, access.Scope{Units: []string{"north"}}, false},
		{"any unit within everybody", access.Scope{Units: []string{"sales"}}, access.Scope{}, true},
		{"no unit named", access.Scope{}, access.Scope{Units: []string{"sales"}}, false},
		{"fewer dates", access.Scope{Dates: access.Dates{From: today, To: day(1)}}, access.Scope{Dates: year}, true},
		{"open dates", access.Scope{Dates: access.Dates{From: today}}, access.Scope{Dates: year}, false},
		{"earlier dates", access.Scope{Dates: access.Dates{From: day(-101), To: today}}, access.Scope{Dates: year}, false},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.within, c.inner.Within(c.outer, above)) })
	}
}

func TestAViewHasWhomItNames(t *testing.T) {
	require.True(t, access.View{Everybody: true}.Has("e1"))
	require.True(t, access.View{Employees: []string{"e1", "e2"}}.Has("e2"))
	require.False(t, access.View{Employees: []string{"e1", "e3"}}.Has("e2"))
}
