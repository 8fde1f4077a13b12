package people

import (
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// Delegation names who decides in somebody's place. Kinds bound it to some kinds of requests, or to held punches; none is all. One
// that is WhileAway holds only on dates on which the person has approved leave.
type Delegation struct {
	Delegation string
	Delegate   string
	Kinds      []string
	From, To   domain.Date // half open; a zero To is open
	WhileAway  bool
	Ended      bool
}

// DelegatePunches is the kind of what waits that is no request: held punches, and the anomalies of days.
const DelegatePunches = "punch"

// delegable are the kinds that a delegation may name: those of requests, and held punches.
var delegable = []string{"correction", "leave", "trip", "outing", "overtime", "remote", "field", "swap", DelegatePunches}

// Names reports whether the delegation is about a kind; an empty kind asks for one that is about all of them.
func (d Delegation) Names(kind string) bool {
	return len(d.Kinds) == 0 || slices.Contains(d.Kinds, kind)
}

func setDelegation(s EmployeeState, c SetDelegation, f EmployeeFacts) ([]EmployeeEvent, error) {
	if c.From == 0 {
		c.From = c.Today
	}
	var is fields
	is.Document("delegation", c.Delegation)
	is.ID("delegate", c.Delegate)
	is.That(c.Delegate != s.Emp, "delegate", "is_the_employee")
	is.Date("from", c.From)
	is.OptionalDate("to", c.To)
	is.That(c.To == 0 || c.From < c.To, "to", "not_after_from")
	is.Text("reason", c.Reason, maxName)
	is.Document("actor", c.ActorID)
	for _, kind := range c.Kinds {
		is.OneOf("kinds", kind, delegable...)
	}
	if is.First != nil {
		return nil, is.First
	}
	switch {
	case !c.AtMachine && !f.ActorMayDelegate:
		return nil, domain.NewError(domain.Forbidden, "not_authorised")
	case c.ActorID == c.Delegate:
		return nil, domain.NewError(domain.Forbidden, "self_delegation")
	case !f.DelegateEmployed:
		return nil, domain.NewError(domain.Invalid, "unknown_delegate", "emp", c.Delegate)
	case s.delegation(c.Delegation) >= 0:
		return nil, domain.NewError(domain.Conflict, "delegation_exists", "delegation", c.Delegation)
	}
	return []EmployeeEvent{DelegationSet{
		Emp: s.Emp, Delegation: c.Delegation, Delegate: c.Delegate, Kinds: tidyTags(c.Kinds), From: c.From, To: c.To,
		WhileAway: c.WhileAway, Reason: c.Reason, By: c.ActorID,
	}}, nil
}

func endDelegation(s EmployeeState, c EndDelegation, f EmployeeFacts) ([]EmployeeEvent, error) {
	var is fields
	is.Text("reason", c.Reason, maxName)
	is.Document("actor", c.ActorID)
	if is.First != nil {
		return nil, is.First
	}
	i := s.delegation(c.Delegation)
	switch {
	case i < 0:
		return nil, domain.NewError(domain.NotFound, "unknown_delegation", "delegation", c.Delegation)
	case s.Delegations[i].Ended:
		return nil, domain.NewError(domain.Conflict, "no_change")
	case !c.AtMachine && !f.ActorMayDelegate && c.ActorID != s.Delegations[i].Delegate:
		return nil, domain.NewError(domain.Forbidden, "not_authorised")
	}
	return []EmployeeEvent{DelegationEnded{Emp: s.Emp, Delegation: c.Delegation, Reason: c.Reason, By: c.ActorID}}, nil
}

func (s EmployeeState) delegation(id string) int {
	return slices.IndexFunc(s.Delegations, func(d Delegation) bool { return d.Delegation == id })
}

func (s EmployeeState) delegated(e DelegationSet) EmployeeState {
	s.Delegations = append(slices.Clone(s.Delegations), Delegation{
		Delegation: e.Delegation, Delegate: e.Delegate, Kinds: e.Kinds, From: e.From, To: e.To, WhileAway: e.WhileAway,
	})
	return s
}

func (s EmployeeState) undelegated(id string) EmployeeState {
	s.Delegations = slices.Clone(s.Delegations)
	if i := s.delegation(id); i >= 0 {
		s.Delegations[i].Ended = true
	}
	return s
}
