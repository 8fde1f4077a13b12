package ledger

import (
	"maps"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/zone"
)

// Asking is who wants to act about whom. On is the date that the act is about: it settles who led whom and where people belonged.
// Whether a grant, a delegation or an employment of the one who acts still holds is judged by today. Kind is the kind of a request,
// or people.DelegatePunches; without it only delegations of everything count. Request is the open request that the act is about:
// whoever has its turn stands to the employee as a deputy of the manager does, though they may not lead them. Terms, where there are
// any, are where the subject would belong: they count for the scopes of grants in the place of those that the subject has.
type Asking struct {
	Principal string
	Emp       string // the subject; empty where there is none
	On        domain.Date
	Kind      string
	Request   string
	Terms     *people.Terms
}

// Standings returns how a principal stands to an employee on a date, or in general where emp is empty, for access.Allowed. A device is
// not known here: who speaks for one adds its standing.
func (d *Directory) Standings(principal, emp string, on domain.Date) []access.Standing {
	return d.StandingsFor(Asking{Principal: principal, Emp: emp, On: on})
}

// StandingsFor is Standings for an act about one kind of request.
func (d *Directory) StandingsFor(a Asking) []access.Standing {
	today := d.Today()
	if a.Emp == "" {
		return d.standingsOfNobody(a.Principal, today)
	}
	var out []access.Standing
	if d.SamePerson(a.Principal, a.Emp) {
		out = append(out, d.self(a.Principal))
	}
	leaders := d.ManagersOf(a.Emp, a.On)
	if slices.Contains(leaders, a.Principal) && d.employed(a.Principal, today) {
		out = append(out, access.Standing{Role: access.Manager, Relation: access.Team})
	}
	for _, absent := range d.standsInFor(a.Principal, a.Kind, today) {
		if slices.Contains(leaders, absent) {
			out = append(out, access.Standing{Role: access.Manager, Relation: access.Deputy})
			break
		}
	}
	if stand := (access.Standing{Role: access.Manager, Relation: access.Deputy}); !slices.Contains(out, stand) && d.hasTurn(a, today) {
		out = append(out, stand)
	}
	person := d.PersonOn(a.Emp, a.On)
	if a.Terms != nil {
		person = d.personUnder(a.Emp, *a.Terms)
	}
	for _, g := range d.Grants(a.Principal).Live(today) {
		relation := access.Outside
		if g.Scope.Covers(person, a.On) {
			relation = access.InScope
		}
		if s := (access.Standing{Role: g.Role, Relation: relation}); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// self is the standing of somebody about themselves. Who is not employed has it without a role: nothing is allowed by it, and what
// nobody may do about themselves is forbidden.
func (d *Directory) self(principal string) access.Standing {
	s := access.Standing{Relation: access.Self}
	if d.Employee(principal).Exists() {
		s.Role = access.Employee
	}
	return s
}

// standingsOfNobody returns the standings of an act without a subject.
func (d *Directory) standingsOfNobody(principal string, today domain.Date) []access.Standing {
	var out []access.Standing
	if d.Employee(principal).Exists() {
		out = append(out, access.Standing{Role: access.Employee, Relation: access.NoOne})
	}
	if d.leads(principal, today) {
		out = append(out, access.Standing{Role: access.Manager, Relation: access.NoOne})
	}
	for _, g := range d.Grants(principal).Live(today) {
		for _, relation := range []access.Relation{access.NoOne, access.Whole} {
			s := access.Standing{Role: g.Role, Relation: relation}
			if (relation == access.NoOne || g.Scope.Unbounded()) && !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// RolesOf returns the roles that a principal has on a date, in the order of the table: by grant, as an employee, and as the manager of
// somebody.
func (d *Directory) RolesOf(principal string, on domain.Date) []access.Role {
	has := map[access.Role]bool{access.Employee: d.employed(principal, on), access.Manager: d.leads(principal, on)}
	for _, g := range d.Grants(principal).Live(on) {
		has[g.Role] = true
	}
	return slices.DeleteFunc(access.Roles(), func(r access.Role) bool { return !has[r] })
}

// IdentityAction returns the action that it takes to invite a principal, to reset their credentials or to end their sessions: who
// holds a grant, or will, is in the hands of owners only, as their login gives their rights.
func (d *Directory) IdentityAction(principal string) access.Action {
	today := d.Today()
	holds := func(g access.Grant) bool { return !g.Revoked && (g.To == 0 || today < g.To) }
	if slices.ContainsFunc(d.Grants(principal).Grants, holds) {
		return access.HolderEdit
	}
	return access.IdentityEdit
}

// Grants returns what was granted to a principal, also what is over.
func (d *Directory) Grants(principal string) access.State {
	return stateOf[access.State](d, access.Stream(principal))
}

// Today is the date of an act that is made now, in the zone of the organisation, or in UTC where it names none.
func (d *Directory) Today() domain.Date {
	now := domain.InstantOf(d.now()).Seconds()
	if name := d.Org().TZ; name != "" {
		if z, err := zone.Embedded().Zone(name); err == nil {
			return z.DateOf(now)
		}
	}
	return domain.DateOfUnix(now)
}

// SamePerson reports whether two ids are one human being: the same id, or two employments of one person.
func (d *Directory) SamePerson(a, b string) bool {
	x, y := d.Employee(a), d.Employee(b)
	return a == b || x.Person != "" && x.Person == y.Person
}

// PersonOn returns where an employee belongs on a date, for the scopes of grants; before the first day nowhere.
func (d *Directory) PersonOn(emp string, on domain.Date) access.Person {
	a, _ := d.Employee(emp).AssignmentOn(on)
	return d.personUnder(emp, a.Terms)
}

func (d *Directory) personUnder(emp string, t people.Terms) access.Person {
	return access.Person{Emp: emp, Employer: t.Employer, Group: t.Group, Site: t.Site, Units: d.Org().UnitsAbove(t.OrgUnit)}
}

// ManagerOf returns who leads an employee on a date; nobody before the first day, and perhaps nobody after.
func (d *Directory) ManagerOf(emp string, on domain.Date) string {
	a, _ := d.Employee(emp).AssignmentOn(on)
	return a.Manager
}

// ManagersOf returns who leads an employee on a date, then who leads that one, and so on.
func (d *Directory) ManagersOf(emp string, on domain.Date) []string {
	var out []string
	for m := d.ManagerOf(emp, on); m != "" && m != emp && !slices.Contains(out, m); m = d.ManagerOf(m, on) {
		out = append(out, m)
	}
	return out
}

// ReportsOf returns whom a principal leads on a date, directly, sorted; also those whose employment is over, with the last manager.
func (d *Directory) ReportsOf(principal string, on domain.Date) []string {
	var out []string
	for _, emp := range d.indexed(func(x index) []string { return x.led[principal] }) {
		if d.ManagerOf(emp, on) == principal {
			out = append(out, emp)
		}
	}
	slices.Sort(out)
	return out
}

// leads reports whether anybody has the principal for a manager on a date.
func (d *Directory) leads(principal string, on domain.Date) bool {
	led := d.indexed(func(x index) []string { return x.led[principal] })
	return d.employed(principal, on) && slices.ContainsFunc(led, func(emp string) bool { return d.ManagerOf(emp, on) == principal })
}

func (d *Directory) employed(emp string, on domain.Date) bool { return d.Employee(emp).EmployedOn(on) }

// indexed returns a copy of a list of the index.
func (d *Directory) indexed(list func(index) []string) []string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.Clone(list(d.index))
}

// DeputiesOf returns who may decide in the place of an employee on a date of acting, on one kind of request; sorted.
func (d *Directory) DeputiesOf(emp, kind string, today domain.Date) []string {
	var out []string
	for _, x := range d.Employee(emp).Delegations {
		if d.delegates(emp, x, kind, today) && !slices.Contains(out, x.Delegate) {
			out = append(out, x.Delegate)
		}
	}
	slices.Sort(out)
	return out
}

// standsInFor returns in whose place a principal decides now.
func (d *Directory) standsInFor(principal, kind string, today domain.Date) []string {
	var out []string
	for _, emp := range d.indexed(func(x index) []string { return x.delegates[principal] }) {
		if slices.Contains(d.DeputiesOf(emp, kind, today), principal) {
			out = append(out, emp)
		}
	}
	return out
}

// Delegators returns those who have made a principal their deputy, for whatever and whenever, sorted.
func (d *Directory) Delegators(principal string) []string {
	out := d.indexed(func(x index) []string { return x.delegates[principal] })
	slices.Sort(out)
	return slices.Compact(out)
}

// delegates reports whether a delegation of an employee holds today. The deputy of somebody who has left is nobody's deputy.
func (d *Directory) delegates(emp string, x people.Delegation, kind string, today domain.Date) bool {
	return !x.Ended && x.Names(kind) && today.Covers(x.From, x.To) && d.employed(emp, today) && d.employed(x.Delegate, today) &&
		(!x.WhileAway || d.OnLeave(emp, today))
}

// OnLeave reports whether an employee has approved leave on a date, also for a part of it.
func (d *Directory) OnLeave(emp string, on domain.Date) bool {
	d.mu.RLock()
	approvals := slices.Clone(d.index.approvals[emp])
	d.mu.RUnlock()
	return slices.ContainsFunc(approvals, func(a approval) bool {
		if a.kind != request.Leave {
			return false
		}
		if a.target.From == 0 {
			return a.target.Date == on
		}
		z := d.zoneOf(emp, a.target.From)
		return z.DateOf(a.target.From.Seconds()) <= on && on <= z.DateOf(a.target.To.Seconds()-1)
	})
}

// Concerned returns those who may stand somehow to an employee on a date, sorted: the person under all ids, the managers, their
// deputies, and everybody with a grant.
func (d *Directory) Concerned(emp string, on domain.Date) []string {
	person := d.Employee(emp).Person
	out := append(d.IDs("grant"), emp)
	out = append(out, d.indexed(func(x index) []string { return x.persons[person] })...)
	for _, m := range d.ManagersOf(emp, on) {
		out = append(out, m)
		for _, x := range d.Employee(m).Delegations {
			out = append(out, x.Delegate)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// InView returns whom a list may show to a principal: those about whom the principal may carry out the action on the date.
func (d *Directory) InView(principal string, action access.Action, on domain.Date) access.View {
	return d.InViewFor(Asking{Principal: principal, On: on}, action)
}

// InViewFor is InView for a list of one kind of requests; the subject is left out.
func (d *Directory) InViewFor(a Asking, action access.Action) access.View {
	principal, on, today := a.Principal, a.On, d.Today()
	candidates := map[string]bool{}
	d.below(principal, on, candidates)
	for _, absent := range d.standsInFor(principal, a.Kind, today) {
		d.below(absent, on, candidates)
	}
	person := d.Employee(principal).Person
	for _, own := range append(d.indexed(func(x index) []string { return x.persons[person] }), principal) {
		candidates[own] = d.Employee(own).Exists()
	}
	for _, g := range d.Grants(principal).Live(today) {
		s := access.Standing{Role: g.Role, Relation: access.InScope}
		if _, ok := access.Allowed(action, []access.Standing{s}); !ok {
			continue
		}
		self := access.Standing{Role: access.Employee, Relation: access.Self}
		if _, ok := access.Allowed(action, []access.Standing{s, self}); ok && g.Scope.Everybody() && g.Scope.Covers(access.Person{}, on) {
			return access.View{Everybody: true}
		}
		list := g.Scope.Employees
		if len(list) == 0 {
			list = d.indexed(func(x index) []string { return x.people })
		}
		for _, emp := range list {
			candidates[emp] = d.Employee(emp).Exists()
		}
	}
	var out []string
	for _, emp := range slices.Sorted(maps.Keys(candidates)) {
		a.Emp = emp
		if _, ok := access.Allowed(action, d.StandingsFor(a)); ok && candidates[emp] {
			out = append(out, emp)
		}
	}
	return access.View{Employees: out}
}

// below adds everybody whom somebody leads on a date, at any depth.
func (d *Directory) below(leader string, on domain.Date, found map[string]bool) {
	for _, emp := range d.ReportsOf(leader, on) {
		if !found[emp] {
			found[emp] = true
			d.below(emp, on, found)
		}
	}
}

func grantFacts(d *Directory, _ access.State, c access.Command) (access.Facts, pins) {
	f := access.Facts{Today: d.Today()}
	_, principal, _ := strings.Cut(c.Stream(), "-")
	switch c := c.(type) {
	case access.GrantAccess:
		f.DualControl = d.dualControl()
		f.MissingKind, f.Missing = d.missing(c.Scope)
		d.grantorFacts(&f, principal, c.ActorID, c.Scope)
	case access.ConfirmAccess:
		g, _ := d.Grants(principal).Grant(c.Grant)
		d.grantorFacts(&f, principal, c.ActorID, g.Scope)
	case access.RevokeAccess:
		g, _ := d.Grants(principal).Grant(c.Grant)
		d.grantorFacts(&f, principal, c.ActorID, g.Scope)
	case access.NamePrincipal, access.AddCredential, access.RemoveCredential: // need nothing from elsewhere
	}
	return f, pins{"grants": d.pin(access.Stream(principal))}
}

// grantorFacts says what the one who acts may give, and who owns the ledger.
func (d *Directory) grantorFacts(f *access.Facts, principal, actor string, given access.Scope) {
	f.IsActor = d.SamePerson(actor, principal)
	for _, g := range d.Grants(actor).Live(f.Today) {
		if g.Role == access.Owner {
			f.Grantor = append(f.Grantor, g.Scope)
		}
	}
	d.mu.RLock()
	owners := slices.Collect(maps.Keys(d.index.owners))
	d.mu.RUnlock()
	for _, id := range owners {
		if slices.ContainsFunc(d.Grants(id).Live(f.Today), func(g access.Grant) bool { return g.Role == access.Owner }) {
			f.Owned, f.OtherOwner = true, f.OtherOwner || id != principal
		}
	}
	f.Above = map[string][]string{}
	for _, u := range given.Units {
		f.Above[u] = d.Org().UnitsAbove(u)
	}
}

// missing returns the first thing that a scope names and that does not exist.
func (d *Directory) missing(s access.Scope) (kind, id string) {
	for _, list := range []struct {
		kind   string
		ids    []string
		exists func(string) bool
	}{
		{"employer", s.Employers, func(id string) bool { return stateOf[people.EmployerState](d, "employer-"+id).Exists() }},
		{"group", s.Groups, func(id string) bool { return d.Group(id).Exists() }},
		{"site", s.Sites, func(id string) bool { return d.Site(id).Exists() }},
		{"unit", s.Units, func(id string) bool { _, ok := d.Org().Units[id]; return ok }},
		{"employee", s.Employees, func(id string) bool { return d.Employee(id).Exists() || d.Grants(id).Principal != "" }},
	} {
		if i := slices.IndexFunc(list.ids, func(id string) bool { return !list.exists(id) }); i >= 0 {
			return list.kind, list.ids[i]
		}
	}
	return "", ""
}
