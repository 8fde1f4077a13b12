package people

import (
	"fmt"

	"github.com/punchledger/punchledger/domain"
)

// EmployeeFacts are what a decision about an employee needs from elsewhere. Those about a thing that the command does not
// name are not looked at.
type EmployeeFacts struct {
	ZoneKnown     bool   // the zone is in the archive
	GroupLive     bool   // the group exists and is not archived
	SiteOpen      bool   // the site is open on the date
	EmployerKnown bool   // the employer is registered
	PayGroupKnown bool   // the pay group is defined
	DeviceKnown   bool   // the device of a badge is enrolled
	PeriodClosed  bool   // the date of the change lies in a closed pay period of the employee
	BadgeTakenBy  string // who else holds the badge on one of the dates for the same device, or for all devices as the command does

	ManagerKnown     bool        // the manager is an employee
	ManagerCycleOn   domain.Date // the first date on which the manager would be led by the employee; none
	UnitKnown        bool        // the org unit is defined, or none is
	DelegateEmployed bool        // the delegate is employed now
	ActorMayDelegate bool        // the one who acts is the employee, the manager today, or HR for the employee
}

// DecideEmployee decides a command about an employee.
func DecideEmployee(s EmployeeState, c EmployeeCommand, f EmployeeFacts) ([]EmployeeEvent, error) {
	if _, registers := c.(RegisterEmployee); !registers && !s.Exists() {
		return nil, domain.NewError(domain.NotFound, "unknown_employee", "stream", c.Stream())
	}
	switch c := c.(type) {
	case RegisterEmployee:
		return registerEmployee(s, c, f)
	case ChangeAssignment:
		return changeAssignment(s, c, f)
	case SuspendEmployee:
		return suspend(s, c)
	case ResumeEmployee:
		return resume(s, c)
	case TerminateEmployee:
		return terminate(s, c)
	case RehireEmployee:
		return rehire(s, c)
	case AcknowledgeNotice:
		return acknowledgeNotice(s, c)
	case RecordConsent:
		return recordConsent(s, c)
	case SetWageRate:
		return setWageRate(s, c)
	case RecordEarning:
		return recordEarning(s, c)
	case AssignBadge:
		return assignBadge(s, c, f)
	case SetDelegation:
		return setDelegation(s, c, f)
	case EndDelegation:
		return endDelegation(s, c, f)
	}
	panic(fmt.Sprintf("people: no case for %T", c))
}

func registerEmployee(s EmployeeState, c RegisterEmployee, f EmployeeFacts) ([]EmployeeEvent, error) {
	t := c.Terms.Apply(TermsChange{PayrollIDs: c.Terms.PayrollIDs})
	if t.Tags = tidyTags(t.Tags); t.Punching == "" {
		t.Punching = PunchingRequired
	}
	var is fields
	is.ID("emp", c.Emp)
	is.OptionalText("external_ref", c.ExternalRef, maxName)
	is.Text("name", c.Name, maxName)
	is.Date("hired_on", c.HiredOn)
	is.terms(c.Emp, t)
	is.OptionalID("person", c.Person)
	if is.First != nil {
		return nil, is.First
	}
	if s.Exists() {
		return nil, domain.NewError(domain.Conflict, "employee_exists", "emp", c.Emp)
	}
	if err := f.knows(t); err != nil {
		return nil, err
	}
	return []EmployeeEvent{EmployeeRegistered{
		Emp:         c.Emp,
		ExternalRef: domain.NewSecret(domain.ClassIdentity, c.ExternalRef),
		Name:        domain.NewSecret(domain.ClassIdentity, c.Name),
		HiredOn:     c.HiredOn,
		Terms:       t,
		Person:      c.Person,
	}}, nil
}

// knows says which of the things that t names does not exist. Of a change, t holds only what it sets.
func (f EmployeeFacts) knows(t Terms) error {
	for _, x := range []struct {
		kind, id string
		known    bool
		code     string
	}{
		{"tz", t.WorkTZ, f.ZoneKnown, "unknown_tz"},
		{"group", t.Group, f.GroupLive, "unknown_group"},
		{"site", t.Site, f.SiteOpen, "unknown_site"},
		{"employer", t.Employer, f.EmployerKnown, "unknown_employer"},
		{"pay_group", t.PayGroup, f.PayGroupKnown, "unknown_pay_group"},
		{"manager", t.Manager, f.ManagerKnown, "unknown_manager"},
		{"unit", t.OrgUnit, f.UnitKnown, "unknown_unit"},
	} {
		if x.id != "" && !x.known {
			return domain.NewError(domain.Invalid, x.code, x.kind, x.id)
		}
	}
	if t.Manager != "" && f.ManagerCycleOn != 0 {
		return domain.NewError(domain.Conflict, "manager_cycle", "manager", t.Manager, "date", f.ManagerCycleOn.String())
	}
	return nil
}

func changeAssignment(s EmployeeState, c ChangeAssignment, f EmployeeFacts) ([]EmployeeEvent, error) {
	if c.Change.Tags != nil {
		tags := tidyTags(*c.Change.Tags)
		c.Change.Tags = &tags
	}
	var is fields
	is.Date("effective_on", c.EffectiveOn)
	is.OptionalText("external_ref", c.ExternalRef, maxName)
	is.OptionalText("name", c.Name, maxName)
	is.That(!c.Change.isZero() || c.Name != "" || c.ExternalRef != "", "change", "missing")
	if is.First != nil {
		return nil, is.First
	}
	before, ok := s.AssignmentOn(c.EffectiveOn)
	if !ok {
		return nil, beforeHire(s.Hired())
	}
	if is.terms(s.Emp, before.Apply(c.Change)); is.First != nil {
		return nil, is.First
	}
	if !s.EmployedOn(c.EffectiveOn) {
		return nil, notEmployed(c.EffectiveOn)
	}
	if err := f.knows(Terms{}.Apply(c.Change)); err != nil {
		return nil, err
	}
	if was := s.employer(); c.Change.Employer != nil && was != "" && *c.Change.Employer != was {
		return nil, domain.NewError(domain.Conflict, "employer_fixed", "employer", was)
	}
	if f.PeriodClosed && !c.Retro {
		return nil, domain.NewError(domain.Conflict, "period_closed", "date", c.EffectiveOn.String())
	}
	return []EmployeeEvent{AssignmentChanged{
		Emp:         s.Emp,
		EffectiveOn: c.EffectiveOn,
		ExternalRef: domain.NewSecret(domain.ClassIdentity, c.ExternalRef),
		Name:        domain.NewSecret(domain.ClassIdentity, c.Name),
		TermsChange: c.Change,
		Retro:       c.Retro && f.PeriodClosed,
	}}, nil
}

func beforeHire(hired domain.Date) error {
	return domain.NewError(domain.Conflict, "before_hire", "hired_on", hired.String())
}

func notEmployed(date domain.Date) error {
	return domain.NewError(domain.Conflict, "not_employed", "date", date.String())
}

func suspend(s EmployeeState, c SuspendEmployee) ([]EmployeeEvent, error) {
	var is fields
	is.Date("from", c.From)
	if is.First != nil {
		return nil, is.First
	}
	if !s.EmployedOn(c.From) {
		return nil, notEmployed(c.From)
	}
	for _, x := range s.Suspensions {
		if x.Until.IsZero() || c.From < x.Until {
			return nil, domain.NewError(domain.Conflict, "already_suspended", "from", x.From.String())
		}
	}
	return []EmployeeEvent{EmployeeSuspended{Emp: s.Emp, From: c.From}}, nil
}

func resume(s EmployeeState, c ResumeEmployee) ([]EmployeeEvent, error) {
	var is fields
	is.Date("from", c.From)
	if is.First != nil {
		return nil, is.First
	}
	open, ok := s.openSuspension()
	if !ok || c.From <= open.From {
		return nil, domain.NewError(domain.Conflict, "not_suspended", "date", c.From.String())
	}
	if !s.EmployedOn(c.From) {
		return nil, notEmployed(c.From)
	}
	return []EmployeeEvent{EmployeeResumed{Emp: s.Emp, From: c.From}}, nil
}

func terminate(s EmployeeState, c TerminateEmployee) ([]EmployeeEvent, error) {
	var is fields
	is.Date("last_day", c.LastDay)
	is.ID("reason_code", c.ReasonCode)
	if is.First != nil {
		return nil, is.First
	}
	span := s.Employment[len(s.Employment)-1]
	if !span.Last.IsZero() {
		return nil, domain.NewError(domain.Conflict, "already_terminated", "last_day", span.Last.String())
	}
	if c.LastDay < span.From && (!c.NeverBegan || c.LastDay != span.From-1) {
		return nil, beforeHire(span.From)
	}
	return []EmployeeEvent{EmployeeTerminated{Emp: s.Emp, LastDay: c.LastDay, ReasonCode: c.ReasonCode}}, nil
}

func rehire(s EmployeeState, c RehireEmployee) ([]EmployeeEvent, error) {
	var is fields
	is.Date("from", c.From)
	if is.First != nil {
		return nil, is.First
	}
	span := s.Employment[len(s.Employment)-1]
	if span.Last.IsZero() || c.From <= span.Last {
		return nil, domain.NewError(domain.Conflict, "still_employed", "date", c.From.String())
	}
	return []EmployeeEvent{EmployeeRehired{Emp: s.Emp, From: c.From}}, nil
}
