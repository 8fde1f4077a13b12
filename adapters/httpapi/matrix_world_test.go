package httpapi_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
)

// The subjects of the matrix: e1 holds nothing, e7 is HR of the plant and e8 HR of everybody, e999 does not exist. All who exist are in
// the office and led by e3 today.
const (
	plain, holder, almighty, unknown = "e1", "e7", "e8", "e999"
)

// actor is somebody who asks, and how they stand to whom: written down by hand, for the test to compare with what the server finds.
type actor struct {
	name   string
	nobody []access.Standing
	now    map[string][]access.Standing // by subject
	then   map[string][]access.Standing // about September
}

func by(role access.Role, relations ...access.Relation) []access.Standing {
	var out []access.Standing
	for _, r := range relations {
		out = append(out, access.Standing{Role: role, Relation: r})
	}
	return out
}

func everyone(s []access.Standing, subjects ...string) map[string][]access.Standing {
	out := map[string][]access.Standing{}
	for _, x := range subjects {
		out[x] = s
	}
	return out
}

// people of the matrix, as matrixCompany makes them.
func actors() []actor {
	employee, self := by(access.Employee, access.NoOne), by(access.Employee, access.Self)
	leads := append(by(access.Employee, access.NoOne), by(access.Manager, access.NoOne)...)
	team, deputy := by(access.Manager, access.Team), by(access.Manager, access.Deputy)
	hr := append(by(access.Employee, access.NoOne), by(access.HR, access.NoOne)...)
	covered := by(access.HR, access.InScope)
	full := map[string][]access.Standing{plain: covered, holder: covered, unknown: covered, almighty: append(by(access.Employee, access.Self), covered...)}
	out := []actor{
		{plain, employee, everyone(self, plain), everyone(self, plain)},
		{holder, hr, everyone(self, holder), everyone(self, holder)},
		{almighty, append(hr, by(access.HR, access.Whole)...), full, full},
		{"e2", employee, nil, everyone(team, plain)}, // led e1 until the end of September
		{"e3", leads, everyone(team, plain, holder, almighty), everyone(team, holder, almighty)},
		{"e5", leads, everyone(team, plain, holder, almighty), everyone(team, holder, almighty)}, // leads e3
		{"e6", employee, everyone(deputy, plain, holder, almighty), everyone(deputy, holder, almighty)},
		{"e4", employee, nil, nil}, // of another group
		{"nobody", nil, nil, nil},
	}
	device := everyone(by(access.Device, access.AtDevice), plain, holder, almighty, unknown, kiosk)
	out = append(out, actor{kiosk, device[kiosk], device, device})
	for _, r := range access.Roles() {
		if !r.Granted() {
			continue
		}
		all, some := by(r, access.InScope), everyone(by(r, access.InScope), plain, holder, almighty)
		out = append(out,
			actor{string(r) + ".all", by(r, access.NoOne, access.Whole), everyone(all, plain, holder, almighty, unknown), everyone(all, plain, holder, almighty, unknown)},
			actor{string(r) + ".office", by(r, access.NoOne), some, some},
			actor{string(r) + ".plant", by(r, access.NoOne), nil, nil},
			actor{string(r) + ".old", nil, nil, nil},     // the grant has expired
			actor{string(r) + ".revoked", nil, nil, nil}, // and this one was taken away
		)
	}
	return out
}

// matrixCompany is an office with everybody of the matrix, and punches that are still to be sent. Nothing that is asked of it over HTTP
// is written.
func matrixCompany(t *testing.T) (o *office, punches map[string]string) {
	t.Helper()
	return makeCompany(t, func() error { return domain.NewError(domain.Conflict, "clock_ahead") })
}

// makeCompany is the company of the matrix, in which things can be written if writable says so.
func makeCompany(t *testing.T, writable func() error) (o *office, punches map[string]string) {
	t.Helper()
	var intake func() (*ledger.Intake, error)
	o = newOffice(t, func(options *httpapi.Options) {
		takesPunches(t, options)
		intake, options.Payroll = options.Intake, septemberRows{t}
		options.Writable = writable
		options.PerPrincipal, options.PerNetwork = httpapi.Rate{Each: 1e9, Burst: 1e9}, httpapi.Rate{Each: 1e9, Burst: 1e9}
	})
	for _, emp := range []string{"e5", "e6"} {
		o.must(hire(t, emp, "office", ""))
	}
	for _, emp := range []string{holder, almighty} {
		o.must(hire(t, emp, "office", "e3"))
	}
	above := "e5"
	o.must(people.ChangeAssignment{Emp: "e3", EffectiveOn: date(t, "2026-03-02"), Change: people.TermsChange{Manager: &above}})
	o.must(people.SetDelegation{
		Emp: "e3", Delegation: "d1", Delegate: "e6", From: date(t, "2026-01-01"), To: date(t, "2027-01-01"), Reason: "holiday", ActorID: "e3", AtMachine: true,
	})
	o.grant(holder, access.HR, access.Scope{Groups: []string{"plant"}}, "2027-01-01")
	o.grant(almighty, access.HR, access.Scope{}, "2027-01-01")
	for _, r := range access.Roles() {
		if !r.Granted() {
			continue
		}
		o.grant(string(r)+".all", r, access.Scope{}, "2027-01-01")
		o.grant(string(r)+".office", r, access.Scope{Groups: []string{"office"}}, "2027-01-01")
		o.grant(string(r)+".plant", r, access.Scope{Groups: []string{"plant"}}, "2027-01-01")
		o.grant(string(r)+".old", r, access.Scope{}, "2026-02-01")
		o.grant(string(r)+".revoked", r, access.Scope{}, "2027-01-01")
		o.must(access.RevokeAccess{Principal: string(r) + ".revoked", Grant: "g1", Reason: "over", ActorID: "boss", AtMachine: true})
	}
	for _, on := range []string{"2026-09-05", "2026-10-05"} {
		o.views.days = append(o.views.days, daily.Row{Day: attendance.Day{Employee: plain, Date: date(t, on)}})
		o.views.anomalies = append(o.views.anomalies, anomaly.Row{Employee: plain, Date: date(t, on), Anomaly: attendance.Anomaly{ID: "x", Severity: "high"}})
	}
	taking, err := intake()
	require.NoError(t, err)
	return o, o.things(taking)
}

func (o *office) grant(principal string, role access.Role, scope access.Scope, to string) {
	o.t.Helper()
	o.must(access.GrantAccess{
		Principal: principal, Grant: "g1", Role: role, Scope: scope, From: date(o.t, "2026-01-01"), To: date(o.t, to), Purpose: "test",
		ActorID: "boss", AtMachine: true,
	})
}

// The standings written down above are those that the ledger finds.
func TestTheStandingsOfTheMatrixAreTrue(t *testing.T) {
	o, _ := matrixCompany(t)
	d := o.ledger.Directory()
	for _, a := range actors() {
		if a.name == kiosk { // has no standing but that of a device, which its credential says
			continue
		}
		require.ElementsMatch(t, a.nobody, d.Standings(a.name, "", d.Today()), a.name)
		for _, emp := range []string{plain, holder, almighty, unknown} {
			for on, want := range map[string]map[string][]access.Standing{"2026-10-08": a.now, "2026-09-05": a.then} {
				var found []access.Standing
				for _, s := range d.Standings(a.name, emp, date(t, on)) {
					if s.Relation != access.Outside {
						found = append(found, s)
					}
				}
				require.ElementsMatch(t, want[emp], found, "%s about %s on %s", a.name, emp, on)
			}
		}
	}
}
