package ledger_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/memory"
)

// company is founded with people who lead each other, units and grants. Today is 2026-10-08.
//
//	chief leads ann, carl and hana; ann leads dora; ben was led by old until May, by ann until September, then by carl.
func company(t *testing.T) *office {
	t.Helper()
	o := founded(t)
	o.must(people.DefineOrgUnit{Unit: "sales", Title: "Sales"})
	o.must(people.DefineOrgUnit{Unit: "north", Title: "North", Parent: "sales"})
	o.must(people.DefineOrgUnit{Unit: "lab", Title: "Lab"})
	led := func(emp, manager, unit string) {
		c := hire(emp, "2026-03-01", "office")
		c.Terms.Manager, c.Terms.OrgUnit = manager, unit
		o.must(c)
	}
	led("chief", "", "")
	led("old", "chief", "sales")
	led("ann", "chief", "sales")
	led("carl", "chief", "lab")
	led("hana", "chief", "lab")
	led("ben", "old", "north")
	led("dora", "ann", "north")
	led("eve", "carl", "lab")
	again := hire("ben2", "2026-03-01", "office")
	again.Person = "p1"
	o.must(again)
	again.Emp, again.Terms.Manager = "ben3", "ben2"
	o.must(again)
	o.manager("ben", "2026-05-01", "ann")
	o.manager("ben", "2026-09-01", "carl")
	unit := "lab"
	o.must(people.ChangeAssignment{Emp: "ben", EffectiveOn: date(t, "2026-09-01"), Change: people.TermsChange{OrgUnit: &unit}})
	o.must(people.TerminateEmployee{Emp: "old", LastDay: date(t, "2026-06-30"), ReasonCode: "resigned"})
	return o
}

func (o *office) manager(emp, from, manager string) {
	o.t.Helper()
	o.must(people.ChangeAssignment{Emp: emp, EffectiveOn: date(o.t, from), Change: people.TermsChange{Manager: &manager}})
}

// grant gives a role at the machine, for a year from September on.
func (o *office) grant(principal string, role access.Role, scope access.Scope) {
	o.t.Helper()
	o.must(access.GrantAccess{
		Principal: principal, Grant: fmt.Sprintf("g%d", o.ids), Role: role, Scope: scope, Purpose: "test",
		From: date(o.t, "2026-09-01"), To: date(o.t, "2027-09-01"), ActorID: "root", AtMachine: true,
	})
}

func (o *office) delegate(emp, to, from, until string, change ...func(*people.SetDelegation)) {
	o.t.Helper()
	c := people.SetDelegation{
		Emp: emp, Delegation: fmt.Sprintf("d%d", o.ids), Delegate: to, From: date(o.t, from), To: date(o.t, until), Reason: "away", ActorID: emp,
	}
	for _, f := range change {
		f(&c)
	}
	o.must(c)
}

func whileAway(c *people.SetDelegation) { c.WhileAway = true }

func kinds(of ...string) func(*people.SetDelegation) {
	return func(c *people.SetDelegation) { c.Kinds = of }
}

// shown writes standings as words.
func shown(standings []access.Standing) string {
	out := make([]string, len(standings))
	for i, s := range standings {
		out[i] = fmt.Sprintf("%s %s", s.Role, s.Relation)
	}
	return strings.Join(out, ", ")
}

func TestStandings(t *testing.T) {
	o := company(t)
	o.grant("hana", access.HR, access.Scope{Units: []string{"sales"}})
	o.grant("aud", access.Auditor, access.Scope{Dates: access.Dates{From: date(t, "2026-06-01"), To: date(t, "2026-10-01")}})
	o.grant("root", access.Owner, access.Scope{})
	o.must(access.GrantAccess{
		Principal: "late", Grant: "g", Role: access.HR, Purpose: "test", From: date(t, "2026-01-01"), To: date(t, "2026-10-08"), ActorID: "root", AtMachine: true,
	})
	o.delegate("ann", "dora", "2026-10-01", "2026-10-20")
	o.delegate("carl", "eve", "2026-09-01", "2026-10-08")
	for _, c := range []struct{ name, principal, emp, on, want string }{
		{"a person about themselves", "ben", "ben", "2026-10-01", "employee self"},
		{"two employments of one person", "ben2", "ben3", "2026-10-01", "employee self, manager team"},
		{"the manager of the date", "carl", "ben", "2026-10-01", "manager team"},
		{"a manager before the first day", "carl", "ben", "2026-08-31", ""},
		{"a former manager about the time before", "ann", "ben", "2026-08-31", "manager team"},
		{"a former manager about the time after", "ann", "ben", "2026-09-01", ""},
		{"the manager above", "chief", "ben", "2026-10-01", "manager team"},
		{"a manager who has left leads nobody, not even then", "old", "ben", "2026-04-01", ""},
		{"a colleague", "dora", "eve", "2026-10-01", ""},
		{"a report about the manager", "ben", "carl", "2026-10-01", ""},
		{"a deputy today about a date before the delegation", "dora", "ben", "2026-08-01", "manager deputy"},
		{"a deputy about somebody whom the manager does not lead", "dora", "ben", "2026-10-01", ""},
		{"a deputy about themselves", "dora", "dora", "2026-10-01", "employee self, manager deputy"},
		{"a deputy after the end", "eve", "ben", "2026-10-01", ""},
		{"HR of a unit about a unit below", "hana", "dora", "2026-10-01", "hr in_scope"},
		{"HR about a person who has moved away, then", "hana", "ben", "2026-08-31", "hr in_scope"},
		{"HR about a person who has moved away, since", "hana", "ben", "2026-09-01", "hr outside"},
		{"HR about themselves", "hana", "hana", "2026-10-01", "employee self, hr outside"},
		{"an auditor about the dates", "aud", "ben", "2026-09-30", "auditor in_scope"},
		{"an auditor about other dates", "aud", "ben", "2026-10-01", "auditor outside"},
		{"an owner about an auditor from outside", "root", "aud", "2026-10-01", "owner in_scope"},
		{"an owner about himself, who is not employed", "root", "root", "2026-10-01", " self, owner in_scope"},
		{"a grant that has expired, about a date when it had not", "late", "ben", "2026-08-01", ""},
		{"a stranger", "nobody", "ben", "2026-10-01", ""},
		{"an unknown subject", "carl", "nobody", "2026-10-01", ""},
		{"an act without a subject by an employee", "ben", "", "2026-10-01", "employee no_one"},
		{"by a manager", "carl", "", "2026-10-01", "employee no_one, manager no_one"},
		{"by somebody who has left", "old", "", "2026-10-01", "employee no_one"},
		{"by HR of a part", "hana", "", "2026-10-01", "employee no_one, hr no_one"},
		{"by an auditor of some dates", "aud", "", "2026-10-01", "auditor no_one"},
		{"by an owner", "root", "", "2026-10-01", "owner no_one, owner whole"},
		{"by a stranger", "nobody", "", "2026-10-01", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Equal(t, c.want, shown(o.Directory().Standings(c.principal, c.emp, date(t, c.on))))
		})
	}
}

func TestNobodyDecidesTheirOwnWhateverElseTheyAre(t *testing.T) {
	o := company(t)
	o.grant("hana", access.HR, access.Scope{})
	o.grant("ben2", access.HR, access.Scope{})
	o.delegate("chief", "ann", "2026-10-01", "2026-10-20")
	on := date(t, "2026-10-07")
	for _, c := range []struct {
		name, principal, emp string
		may                  bool
	}{
		{"HR decides the request of a colleague", "hana", "dora", true},
		{"HR does not decide their own", "hana", "hana", false},
		{"HR does not decide that of their other employment", "ben2", "ben3", false},
		{"a deputy of one's own manager decides for others", "ann", "carl", true},
		{"a deputy of one's own manager does not decide one's own", "ann", "ann", false},
		{"the manager above decides", "chief", "dora", true},
		{"the manager above does not decide their own", "chief", "chief", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, ok := access.Allowed(access.RequestDecide, o.Directory().Standings(c.principal, c.emp, on))
			require.Equal(t, c.may, ok)
		})
	}
}

func TestAStandingDeputyDecidesWhileTheManagerIsOnLeave(t *testing.T) {
	o := company(t)
	o.delegate("carl", "hana", "2026-09-01", "2027-09-01", whileAway)
	o.delegate("carl", "dora", "2026-09-01", "2027-09-01", kinds("leave"))
	stands := func() string {
		return shown(o.Directory().StandingsFor(ledger.Asking{Principal: "hana", Emp: "eve", On: date(t, "2026-10-01")}))
	}
	require.Empty(t, stands(), "the manager is there")
	leave := request.RecordExternalDecision{
		Request: "r1", Emp: "carl", System: "oa", ExternalID: "1", Kind: request.Leave, Type: "annual", Outcome: request.Approved, DecidedBy: "chief",
		Target: request.Target{Date: date(t, "2026-10-07"), From: instant(t, "2026-10-07T01:00:00Z"), To: instant(t, "2026-10-09T10:00:00Z")},
	}
	o.must(leave)
	require.Equal(t, "manager deputy", stands(), "the manager is away")
	require.Equal(t, []string{"dora", "hana"}, o.Directory().DeputiesOf("carl", "leave", date(t, "2026-10-08")))
	require.Equal(t, []string{"hana"}, o.Directory().DeputiesOf("carl", "overtime", date(t, "2026-10-09")))
	require.Empty(t, o.Directory().DeputiesOf("carl", "overtime", date(t, "2026-10-10")), "after the leave")
	leave.Outcome = request.Revoked
	o.must(leave)
	require.Empty(t, stands(), "the leave was revoked")
}

func TestADelegationOfSomeKindsCountsForThose(t *testing.T) {
	o := company(t)
	o.delegate("carl", "dora", "2026-09-01", "2027-09-01", kinds("leave", "trip"))
	ask := ledger.Asking{Principal: "dora", Emp: "eve", On: date(t, "2026-10-01")}
	for kind, want := range map[string]string{"leave": "manager deputy", "trip": "manager deputy", "overtime": "", "punch": "", "": ""} {
		ask.Kind = kind
		require.Equal(t, want, shown(o.Directory().StandingsFor(ask)), kind)
	}
}

func TestWhoMayNameADeputy(t *testing.T) {
	o := company(t)
	o.grant("hana", access.HR, access.Scope{Units: []string{"sales"}})
	set := people.SetDelegation{Emp: "ann", Delegation: "d", Delegate: "carl", From: date(t, "2026-10-01"), Reason: "away"}
	by := func(actor string) people.SetDelegation {
		c := set
		c.ActorID, c.Delegation = actor, "by_"+actor
		return c
	}
	o.must(by("ann"))
	o.must(by("chief"))
	o.must(by("hana"))
	o.refuses("not_authorised", by("dora"))
	self := by("hana")
	self.Delegate = "hana"
	o.refuses("self_delegation", self)
	gone := by("ann")
	gone.Delegation, gone.Delegate = "x", "old"
	o.refuses("unknown_delegate", gone)
	gone.Delegate = "ann"
	o.refuses("invalid_field", gone)
	o.refuses("delegation_exists", people.SetDelegation{Emp: "ann", Delegation: "by_ann", Delegate: "eve", From: set.From, Reason: "away", ActorID: "ann"})
	o.refuses("not_authorised", people.EndDelegation{Emp: "ann", Delegation: "by_ann", Reason: "back", ActorID: "eve"})
	o.must(people.EndDelegation{Emp: "ann", Delegation: "by_ann", Reason: "too much", ActorID: "carl"})
	o.refuses("no_change", people.EndDelegation{Emp: "ann", Delegation: "by_ann", Reason: "back", ActorID: "ann"})
	o.refuses("unknown_delegation", people.EndDelegation{Emp: "ann", Delegation: "none", Reason: "back", ActorID: "ann"})
}

func TestManagersLeadNobodyInACircle(t *testing.T) {
	o := company(t)
	change := func(emp, from, manager string) people.ChangeAssignment {
		return people.ChangeAssignment{Emp: emp, EffectiveOn: date(t, from), Change: people.TermsChange{Manager: &manager}}
	}
	o.refuses("unknown_manager", change("ann", "2026-10-01", "nobody"))
	o.refuses("manager_cycle", change("chief", "2026-10-01", "dora"))
	o.refuses("manager_cycle", change("chief", "2026-08-01", "ben"))
	o.must(change("dora", "2027-01-01", "carl"))
	o.refuses("manager_cycle", change("carl", "2026-11-01", "dora"))
	o.refuses("manager_cycle", change("carl", "2026-10-01", "dora")) // on the day on which dora moves
	o.must(change("carl", "2027-02-01", "chief"))
	o.must(change("ann", "2026-10-01", "carl"))
	unit := "nowhere"
	o.refuses("unknown_unit", people.ChangeAssignment{Emp: "ann", EffectiveOn: date(t, "2026-10-01"), Change: people.TermsChange{OrgUnit: &unit}})
	o.refuses("unit_cycle", people.DefineOrgUnit{Unit: "sales", Title: "Sales", Parent: "north"})
	o.refuses("unit_cycle", people.DefineOrgUnit{Unit: "sales", Title: "Sales", Parent: "sales"})
	o.refuses("unknown_unit", people.DefineOrgUnit{Unit: "west", Title: "West", Parent: "nowhere"})
	o.refuses("no_change", people.DefineOrgUnit{Unit: "sales", Title: "Sales"})
}

func TestReportsAndRoles(t *testing.T) {
	o := company(t)
	o.grant("carl", access.Payroll, access.Scope{})
	d := o.Directory()
	require.Equal(t, []string{"ben", "dora"}, d.ReportsOf("ann", date(t, "2026-08-01")))
	require.Equal(t, []string{"dora"}, d.ReportsOf("ann", date(t, "2026-10-01")))
	require.Equal(t, []string{"ben", "eve"}, d.ReportsOf("carl", date(t, "2026-10-01")))
	require.Empty(t, d.ReportsOf("dora", date(t, "2026-10-01")))
	require.Equal(t, "carl", d.ManagerOf("ben", date(t, "2026-10-01")))
	require.Equal(t, []string{"carl", "chief"}, d.ManagersOf("ben", date(t, "2026-10-01")))
	require.Equal(t, []access.Role{access.Employee, access.Manager, access.Payroll}, d.RolesOf("carl", date(t, "2026-10-08")))
	require.Equal(t, []access.Role{access.Employee, access.Manager}, d.RolesOf("carl", date(t, "2026-08-31")))
	require.Empty(t, d.RolesOf("old", date(t, "2026-10-08")))
	require.Equal(t, access.IdentityEdit, d.IdentityAction("ben"))
	require.Equal(t, access.HolderEdit, d.IdentityAction("carl"))
}

func TestAGrantGoesThroughTheLedger(t *testing.T) {
	o := company(t)
	ask := func(principal, actor string, role access.Role, scope access.Scope) access.GrantAccess {
		return access.GrantAccess{
			Principal: principal, Grant: "g" + actor + string(role), Role: role, Scope: scope, Purpose: "test", To: date(t, "2027-01-01"), ActorID: actor,
		}
	}
	first := ask("chief", "chief", access.Owner, access.Scope{})
	o.refuses("self_grant", first)
	first.AtMachine = true
	o.must(first)
	o.must(ask("ann", "chief", access.Owner, access.Scope{Units: []string{"sales"}}))
	o.must(ask("hana", "ann", access.HR, access.Scope{Units: []string{"north"}}))
	o.refuses("scope_exceeds_grantor", ask("hana", "ann", access.Payroll, access.Scope{Units: []string{"lab"}}))
	o.refuses("scope_exceeds_grantor", ask("hana", "carl", access.Payroll, access.Scope{Units: []string{"lab"}}))
	o.refuses("unknown_in_scope", ask("hana", "chief", access.Payroll, access.Scope{Groups: []string{"nothing"}}))
	o.refuses("self_grant", ask("ben2", "ben3", access.HR, access.Scope{}))
	o.must(people.SetPolicy{Policy: people.DualControl, Value: people.On, ActorID: "chief"})
	o.must(ask("carl", "chief", access.Payroll, access.Scope{}))
	payroll := func() string { return shown(o.Directory().Standings("carl", "dora", date(t, "2026-10-01"))) }
	require.Empty(t, payroll(), "it waits")
	o.refuses("second_approver_needed", access.ConfirmAccess{Principal: "carl", Grant: "gchiefpayroll", ActorID: "chief"})
	o.refuses("scope_exceeds_grantor", access.ConfirmAccess{Principal: "carl", Grant: "gchiefpayroll", ActorID: "ann"})
	o.must(access.ConfirmAccess{Principal: "carl", Grant: "gchiefpayroll", ActorID: "root", AtMachine: true})
	require.Equal(t, "payroll in_scope", payroll())
	o.must(access.RevokeAccess{Principal: "carl", Grant: "gchiefpayroll", Reason: "moved", ActorID: "chief"})
	require.Empty(t, payroll(), "at once")
	o.must(access.RevokeAccess{Principal: "ann", Grant: "gchiefowner", Reason: "moved", ActorID: "chief"})
	o.refuses("last_owner", access.RevokeAccess{Principal: "chief", Grant: "gchiefowner", Reason: "moved", ActorID: "chief"})
}

func TestTheOneWhoActsIsNoApprover(t *testing.T) {
	o := founded(t)
	o.must(people.SetPolicy{Policy: people.DualControl, Value: people.On, ActorID: "ann"})
	off := people.SetPolicy{Policy: people.DualControl, Value: people.Off, Approvers: []string{"ann", "ben"}, ActorID: "ann"}
	o.refuses("second_approver_needed", off)
	off.ActorID = "carl"
	o.must(off)
}

// TestAListShowsThoseAboutWhomOneMayAsk compares InView with asking about everybody, in companies drawn at random.
func TestAListShowsThoseAboutWhomOneMayAsk(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			o := company(t)
			r := rand.New(rand.NewPCG(seed, 1))
			everybody := []string{"chief", "old", "ann", "carl", "hana", "ben", "dora", "eve", "ben2", "ben3", "e1"}
			slices.Sort(everybody)
			one := func(of []string) string { return of[r.IntN(len(of))] }
			for range 12 {
				scopes := []access.Scope{
					{},
					{Units: []string{one([]string{"sales", "north", "lab"})}},
					{Employees: []string{one(everybody), one(everybody)}},
					{Groups: []string{"office"}, Dates: access.Dates{To: date(t, "2026-09-01")}},
				}
				role := []access.Role{access.HR, access.Payroll, access.Owner, access.PrivacyOfficer}[r.IntN(4)]
				o.grant(one(everybody), role, scopes[r.IntN(len(scopes))])
				from, to := one(everybody), one(everybody)
				if from != to && to != "old" {
					o.delegate(from, to, "2026-10-01", "2026-11-01")
				}
			}
			for _, principal := range append(everybody, "nobody") {
				for _, action := range access.Actions() {
					for _, on := range []domain.Date{date(t, "2026-04-01"), date(t, "2026-10-01")} {
						view := o.Directory().InView(principal, action, on)
						for _, emp := range everybody {
							_, may := access.Allowed(action, o.Directory().Standings(principal, emp, on))
							require.Equal(t, may, view.Has(emp), "%s %s %s on %s", principal, action, emp, on)
						}
					}
				}
			}
		})
	}
}

// BenchmarkStandings asks about one of 10,000 people under eleven managers: as a manager, with a grant, and for a list.
func BenchmarkStandings(b *testing.B) {
	store, codec := memory.New(), ledger.NewCodec()
	metadata := []byte(`{"actor":{"kind":"admin","id":"boss"},"schema":1}`)
	for i := range 10_000 {
		manager := ""
		if i > 0 {
			manager = fmt.Sprintf("e%d", (i-1)/1000)
		}
		data, _, err := codec.Encode(people.EmployeeRegistered{
			Emp: fmt.Sprintf("e%d", i), HiredOn: date(b, "2026-01-01"), Terms: people.Terms{Group: "office", Manager: manager},
		})
		require.NoError(b, err)
		e := eventstore.Event{ID: eventstore.EventID("s", fmt.Sprint(i), 0), Type: "EmployeeRegistered", Metadata: metadata, Data: data}
		_, err = store.Append(b.Context(), fmt.Sprintf("employee-e%d", i), 0, e)
		require.NoError(b, err)
	}
	d, err := ledger.OpenDirectory(b.Context(), store, codec)
	require.NoError(b, err)
	on := date(b, "2026-10-01")
	b.Run("manager", func(b *testing.B) {
		for b.Loop() {
			d.Standings("e9", "e9999", on)
		}
	})
	b.Run("reports", func(b *testing.B) {
		for b.Loop() {
			d.ReportsOf("e9", on)
		}
	})
	b.Run("list", func(b *testing.B) {
		for b.Loop() {
			d.InView("e9", access.DayRead, on)
		}
	})
}
