package ledger

import (
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/zone"
)

// knownZone reports whether the shipped archive has a zone; an empty name leaves the choice to the rules.
func knownZone(name string) bool {
	if name == "" {
		return true
	}
	_, err := zone.Embedded().Zone(name)
	return err == nil
}

func orgFacts(d *Directory, _ people.OrgState, c people.OrgCommand) (people.OrgFacts, pins) {
	var f people.OrgFacts
	switch c := c.(type) {
	case people.DescribeOrganisation:
		f.ZoneKnown = knownZone(c.TZ)
	case people.DefinePayGroup:
		f.EmployerKnown = stateOf[people.EmployerState](d, "employer-"+c.Employer).Exists()
	case people.CreateLedger, people.SetPolicy, people.DefineOrgUnit, people.RotateSealKey: // need nothing from elsewhere
	}
	return f, nil
}

func employeeFacts(d *Directory, _ people.EmployeeState, c people.EmployeeCommand) (people.EmployeeFacts, pins) {
	var f people.EmployeeFacts // a decider asks only for what a command names
	switch c := c.(type) {
	case people.RegisterEmployee:
		t := c.Terms
		pinned := d.termsFacts(&f, c.HiredOn, &t.WorkTZ, &t.Group, &t.Site, &t.Employer, &t.PayGroup) // before f is read
		d.leaderFacts(&f, c.Emp, c.HiredOn, &t.Manager, &t.OrgUnit)
		return f, pinned
	case people.ChangeAssignment:
		t := c.Change
		pinned := d.termsFacts(&f, c.EffectiveOn, t.WorkTZ, t.Group, t.Site, t.Employer, t.PayGroup) // before f is read
		d.leaderFacts(&f, c.Emp, c.EffectiveOn, t.Manager, t.OrgUnit)
		return f, pinned
	case people.AssignBadge:
		f.DeviceKnown = d.Device(c.Device).Exists()
		f.BadgeTakenBy = d.BadgeTakenBy(c)
	case people.SetDelegation:
		today := d.Today()
		f.DelegateEmployed = d.employed(c.Delegate, max(today, c.From))
		f.ActorMayDelegate = d.mayDelegate(c.ActorID, c.Emp, today)
	case people.EndDelegation:
		f.ActorMayDelegate = d.mayDelegate(c.ActorID, c.Emp, d.Today())
	case people.SuspendEmployee, people.ResumeEmployee, people.TerminateEmployee, people.RehireEmployee,
		people.AcknowledgeNotice, people.RecordConsent, people.SetWageRate, people.RecordEarning: // need nothing from elsewhere
	}
	return f, nil
}

// termsFacts checks what terms refer to; nil or empty refers to nothing.
func (d *Directory) termsFacts(f *people.EmployeeFacts, on domain.Date, tz, group, site, employer, payGroup *string) pins {
	p := pins{}
	if tz != nil {
		f.ZoneKnown = knownZone(*tz)
	}
	if group != nil && *group != "" {
		f.GroupLive = d.Group(*group).Live()
		p["group"] = d.pin("group-" + *group)
	}
	if site != nil && *site != "" {
		f.SiteOpen = d.Site(*site).OpenOn(on)
		p["site"] = d.pin("site-" + *site)
	}
	if employer != nil && *employer != "" {
		f.EmployerKnown = stateOf[people.EmployerState](d, "employer-"+*employer).Exists()
	}
	if payGroup != nil && *payGroup != "" {
		_, f.PayGroupKnown = d.Org().PayGroups[*payGroup]
	}
	return p
}

// leaderFacts checks the manager and the org unit of terms; nil or empty refers to nothing.
func (d *Directory) leaderFacts(f *people.EmployeeFacts, emp string, from domain.Date, manager, unit *string) {
	if manager != nil && *manager != "" {
		f.ManagerKnown = d.Employee(*manager).Exists()
		f.ManagerCycleOn = d.managerCycle(emp, *manager, from)
	}
	if unit != nil && *unit != "" {
		units := d.Org().Units
		_, known := units[*unit]
		f.UnitKnown = known || len(units) == 0 // a title without a definition, until units are defined
	}
}

// managerCycle returns the first date found on which a manager who leads from a date on would be led by the employee, now or by a
// change that is recorded for later.
func (d *Directory) managerCycle(emp, manager string, from domain.Date) domain.Date {
	until := domain.Date(0) // the next change of the employee's manager
	for _, c := range d.Employee(emp).Changes {
		if c.From > from && c.Manager != nil && (until == 0 || c.From < until) {
			until = c.From
		}
	}
	dates := []domain.Date{from}
	for i := 0; i < len(dates); i++ {
		seen := []string{}
		for m := manager; m != "" && !slices.Contains(seen, m); m = d.ManagerOf(m, dates[i]) {
			if m == emp {
				return dates[i]
			}
			seen = append(seen, m)
			for _, c := range d.Employee(m).Changes {
				if c.Manager != nil && c.From > from && (until == 0 || c.From < until) && !slices.Contains(dates, c.From) {
					dates = append(dates, c.From)
				}
			}
		}
	}
	return 0
}

// mayDelegate reports whether somebody may name a deputy for an employee now.
func (d *Directory) mayDelegate(actor, emp string, today domain.Date) bool {
	_, ok := access.Allowed(access.DelegationSet, d.Standings(actor, emp, today))
	return ok
}

// BadgeTakenBy returns who else holds a badge on one of the dates of an assignment, if anybody does.
func (d *Directory) BadgeTakenBy(c people.AssignBadge) string {
	d.mu.RLock()
	holders := d.index.badges[c.BadgeMAC]
	d.mu.RUnlock()
	for _, emp := range holders {
		if emp != c.Emp && d.Employee(emp).HoldsBadge(c.BadgeMAC, c.Device, c.From, c.To) {
			return emp
		}
	}
	return ""
}

func groupFacts(d *Directory, _ people.GroupState, c people.GroupCommand) (people.GroupFacts, pins) {
	var f people.GroupFacts
	switch c := c.(type) {
	case people.BindRuleset:
		versions := d.Ruleset(c.Ruleset).Versions
		f.RulesetKnown = len(versions) > 0
		f.RulesetGone = !slices.ContainsFunc(versions, func(v ruleset.RulesetVersion) bool { return !v.Withdrawn })
		return f, pins{"ruleset": d.pin("ruleset-" + c.Ruleset)}
	case people.ArchiveGroup:
		f.InUse = d.groupInUse(c.Group)
	case people.BindShadow:
		f.DocumentKnown = d.Ruleset(c.Ruleset).Keeps(c.Hash)
		return f, pins{"ruleset": d.pin("ruleset-" + c.Ruleset)}
	case people.CreateGroup, people.UnbindRuleset, people.UnbindShadow: // need nothing from elsewhere
	}
	return f, nil
}

// groupInUse reports whether anybody's last assignment is to the group and still goes on.
func (d *Directory) groupInUse(group string) bool {
	for _, emp := range d.IDs("employee") {
		s := d.Employee(emp)
		a := s.Assignments()
		if e := s.Employment; len(e) > 0 && e[len(e)-1].Last == 0 && len(a) > 0 && a[len(a)-1].Group == group {
			return true
		}
	}
	return false
}
