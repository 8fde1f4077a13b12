package ledger

import (
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// defaultSLA is how long a step of a chain that the rules do not name may take.
const defaultSLA = 48 * domain.Hour

func requestFacts(d *Directory, s request.State, c request.Command) (request.Facts, pins) {
	var f request.Facts
	switch c := c.(type) {
	case request.RecordExternalDecision:
		f.NotEmployed = !d.Employee(c.Emp).EmployedOn(c.Target.Date)
		f.ZoneUnknown = !knownZone(c.Target.TZ)
		f.Overlaps = d.overlapped(c.Emp, c.Request, c.Kind, request.Subject{Target: c.Target})
	case request.SubmitRequest:
		p := d.wishFacts(&f, c.Emp, c.Request, c.Wish, c.Now)
		year, _, _ := c.Target.Date.Civil()
		f.Used = d.used(c.Emp, c.Kind, f.Policy.Cycle, year)
		first := s.Plan(c, f).Chain[0]
		f.Seat = d.seat(seating{emp: c.Emp, filedBy: c.By, on: c.Target.Date, step: first, now: c.Now})
		return f, p
	case request.ResubmitRequest:
		p := d.wishFacts(&f, c.Emp, c.Request, c.Wish, c.Now)
		if r, ok := s.Own(c.Request); ok {
			f.Seat = d.seat(seatingOf(r, r.Chain[0], c.Now))
		}
		return f, p
	case request.DecideStep:
		d.stepFacts(&f, s, c)
	case request.EscalateDue:
		if r, ok := s.Own(c.Request); ok && r.Status == request.StatusOpen {
			f.Gone = r.Turn.Approver != "" && !d.Present(r.Turn.Approver, c.Now)
			f.Seat = d.above(r, c.Now)
		}
	case request.ReassignStep:
		f.NotActive = !d.Present(c.To, c.Now)
		if r, ok := s.Own(c.Request); ok && r.Status == request.StatusOpen {
			f.Seat = d.seated(seatingOf(r, r.Current(), c.Now), r.Turn.Role, c.To, "")
		}
	case request.AttachEvidence, request.WithdrawRequest, request.RevokeRequest, request.ExpireRequest, request.ApplyRequest:
		// decide on the requests of the year alone
	}
	return f, nil
}

// wishFacts gathers what is known of a wish: the rules of its date, and what stands in its way in other years.
func (d *Directory) wishFacts(f *request.Facts, emp, id string, w request.Wish, now domain.Instant) pins {
	t := w.Target
	f.NotEmployed = !d.Employee(emp).EmployedOn(t.Date)
	f.ZoneUnknown = !knownZone(t.TZ)
	f.Overlaps = d.overlapped(emp, id, w.Kind, t)
	f.Today = d.DateOf(emp, now)
	if w.Kind == request.Swap {
		f.Unswappable = d.unswappable(emp, t, f.Today)
	}
	rules, ok := d.rulesOn(emp, t.Date)
	f.Policy = policyOf(rules, w.Kind, t.Date)
	if ok && w.Kind == request.Leave {
		_, known := rules.Leaves[w.Type]
		f.UnknownType = !known
	}
	p := pins{"employee": d.pin("employee-" + emp)}
	if g := d.RulesOn(emp, t.Date); g.Ruleset != "" {
		p["ruleset"] = d.pin("ruleset-" + g.Ruleset)
	}
	return p
}

// policyOf reads what rules say about requests of a kind for a date; without rules a manager decides.
func policyOf(rules *ruleset.Rules, kind request.Kind, date domain.Date) request.Policy {
	p := request.Policy{Cycle: date.Time().Format("2006-01")}
	var c ruleset.Corrections
	if rules != nil {
		c = rules.Doc.Requests[string(kind)]
		if kind == request.Correction && rules.Doc.Corrections != nil {
			c = *rules.Doc.Corrections
		}
	}
	p.Evidence, p.Both = c.Evidence == "required", c.Both
	p.Deadline = c.Deadline
	if q := c.Quota; q != nil {
		p.Quota = q.Count
		switch {
		case q.Per == "year":
			p.Cycle = date.Time().Format("2006")
		case q.Per == "cycle" && q.Starts > 1:
			first := date.MonthStart()
			if _, _, day := date.Civil(); day < q.Starts {
				first = first.AddMonths(-1)
			}
			p.Cycle = fmt.Sprintf("%s@%d", first.Time().Format("2006-01"), q.Starts)
		}
	}
	for _, s := range c.Chain {
		p.Chain = append(p.Chain, request.PolicyStep{Role: s.Role, SLA: domain.Seconds(s.SLA), FromNth: s.FromNth})
	}
	if !slices.ContainsFunc(p.Chain, func(s request.PolicyStep) bool { return s.FromNth <= 1 }) {
		p.Chain = append([]request.PolicyStep{{Role: request.RoleManager, SLA: defaultSLA}}, p.Chain...)
	}
	return p
}

// overlapped returns a live request of the same kind in the stream of another year.
func (d *Directory) overlapped(emp, id string, kind request.Kind, t request.Subject) string {
	year, _, _ := t.Date.Civil()
	d.mu.RLock()
	defer d.mu.RUnlock()
	for _, a := range d.index.approvals[emp] {
		if a.year != year && a.kind == kind && a.request != id && a.target.Overlaps(t) {
			return a.request
		}
	}
	for _, other := range d.index.requests.byEmp[emp] {
		r := d.index.requests.pending[other]
		if y, _, _ := r.Target.Date.Civil(); y != year && r.Kind == kind && other != id && r.Target.Overlaps(t) {
			return other
		}
	}
	return ""
}

// used returns how many requests count in a cycle and are kept in the streams of other years.
func (d *Directory) used(emp string, kind request.Kind, cycle string, year int) int {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.index.requests.used[cycleKey{emp, kind, cycle, year - 1}] + d.index.requests.used[cycleKey{emp, kind, cycle, year + 1}]
}

// stepFacts says how the one who acts stands to a step, and who takes the next one.
func (d *Directory) stepFacts(f *request.Facts, s request.State, c request.DecideStep) {
	r, ok := s.Own(c.Request)
	if !ok || r.Status != request.StatusOpen {
		return
	}
	f.Self = d.SamePerson(c.By, r.Emp)
	switch {
	case r.Turn.Approver == "":
		holds := access.Standing{Role: access.Role(r.Turn.Role), Relation: access.InScope}
		f.Approver = slices.Contains(d.StandingsFor(Asking{Principal: c.By, Emp: r.Emp, On: r.Target.Date, Kind: string(r.Kind)}), holds)
	case c.By == r.Turn.Approver || d.SamePerson(c.By, r.Turn.Approver):
		f.Approver = true
	case slices.Contains(d.DeputiesOf(r.Turn.Approver, string(r.Kind), d.Today()), c.By):
		f.DelegateFor = r.Turn.Approver
	}
	if r.Turn.Step < len(r.Chain) {
		f.Seat = d.seat(seatingOf(r, r.Chain[r.Turn.Step], c.Now))
	}
}

// Present reports whether somebody may be given a step at an instant: at work, or no employee and with a grant.
func (d *Directory) Present(id string, at domain.Instant) bool {
	on := d.DateOf(id, at)
	return d.Employee(id).ActiveOn(on) || !d.Employee(id).Exists() && len(d.Grants(id).Live(on)) > 0
}

// DateOf returns the date at somebody's place of work.
func (d *Directory) DateOf(emp string, at domain.Instant) domain.Date {
	return d.zoneOf(emp, at).DateOf(at.Seconds())
}

// seating is a step that somebody is to take.
type seating struct {
	emp, filedBy string
	on           domain.Date // the target's
	step         request.Step
	now          domain.Instant
}

func seatingOf(r request.Request, step request.Step, now domain.Instant) seating {
	return seating{emp: r.Emp, filedBy: r.FiledBy, on: r.Target.Date, step: step, now: now}
}

// seat finds who takes a step. A manager who has left, or who would decide an own wish, is passed over for the next one up; where
// nobody is left it is HR. A role that nobody can be granted, such as shift_lead, is the manager's.
func (d *Directory) seat(s seating) request.Seat {
	switch s.step.Role {
	case request.RoleEmployee:
		return d.seated(s, request.RoleEmployee, s.emp, "")
	case request.RoleManager:
		return d.lead(s, s.emp, "")
	}
	if granted(s.step.Role) {
		return d.seated(s, s.step.Role, "", "")
	}
	return d.lead(s, s.emp, "")
}

// lead seats the nearest manager above somebody.
func (d *Directory) lead(s seating, of string, why request.Why) request.Seat {
	seen := []string{s.emp}
	for m := d.ManagerOf(of, s.on); ; m = d.ManagerOf(m, s.on) {
		switch {
		case m == "" || slices.Contains(seen[1:], m):
			if why == "" {
				why = request.Absent
			}
			return d.seated(s, request.RoleHR, "", why)
		case m == s.emp || m == s.filedBy || d.SamePerson(m, s.emp):
			why = request.Conflict
		case !d.Present(m, s.now):
			why = request.Absent
		default:
			return d.seated(s, request.RoleManager, m, why)
		}
		seen = append(seen, m)
	}
}

// above seats the manager of the one who has the turn.
func (d *Directory) above(r request.Request, now domain.Instant) request.Seat {
	s := seatingOf(r, r.Current(), now)
	if r.Turn.Approver == "" || r.Turn.Role != request.RoleManager {
		return d.seated(s, request.RoleHR, "", "")
	}
	return d.lead(s, r.Turn.Approver, request.SLAPassed)
}

func (d *Directory) seated(s seating, role, approver string, why request.Why) request.Seat {
	out := request.Seat{Role: role, Approver: approver, Why: why}
	if s.step.SLA > 0 {
		whose := approver
		if whose == "" {
			whose = s.emp // whoever holds a role is taken to work when the employee does
		}
		out.RemindAt = d.worked(whose, s.now, s.step.SLA/2)
		out.DueAt = d.worked(whose, s.now, s.step.SLA)
	}
	return out
}

// granted reports whether a role is one that a grant gives.
func granted(role string) bool {
	return slices.Contains(access.Roles(), access.Role(role)) && access.Role(role).Granted()
}
