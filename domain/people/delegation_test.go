package people_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/people"
)

func TestDecideDelegation(t *testing.T) {
	from := domain.NewDate(2026, 10, 1)
	ann := people.EmployeeRegistered{Emp: "ann", HiredOn: from, Terms: people.Terms{Group: "office", Punching: people.PunchingRequired}}
	set := people.SetDelegation{Emp: "ann", Delegation: "d1", Delegate: "ben", From: from, Reason: "away", ActorID: "ann"}
	is := people.DelegationSet{Emp: "ann", Delegation: "d1", Delegate: "ben", From: from, Reason: "away", By: "ann"}
	end := people.EndDelegation{Emp: "ann", Delegation: "d1", Reason: "back", ActorID: "ann"}
	ended := people.DelegationEnded{Emp: "ann", Delegation: "d1", Reason: "back", By: "ann"}
	may := people.EmployeeFacts{ActorMayDelegate: true, DelegateEmployed: true}
	given := func(e ...people.EmployeeEvent) []people.EmployeeEvent {
		return append([]people.EmployeeEvent{ann}, e...)
	}
	changed := func(f func(*people.SetDelegation)) people.SetDelegation {
		c := set
		f(&c)
		return c
	}
	decidertest.Run(t, people.DecideEmployee, people.EvolveEmployee, []decidertest.Case[people.EmployeeCommand, people.EmployeeFacts, people.EmployeeEvent]{
		{Name: "a deputy is named", Given: given(), When: set, Facts: may, Then: []people.EmployeeEvent{is}},
		{Name: "only by those who may", Given: given(), When: set, Facts: people.EmployeeFacts{DelegateEmployed: true}, Err: "not_authorised"},
		{
			Name: "or at the machine of the ledger", Given: given(), Facts: people.EmployeeFacts{DelegateEmployed: true},
			When: changed(func(c *people.SetDelegation) { c.AtMachine = true }), Then: []people.EmployeeEvent{is},
		},
		{Name: "nobody is their own deputy", Given: given(), When: changed(func(c *people.SetDelegation) { c.Delegate = "ann" }), Facts: may, Err: "invalid_field"},
		{Name: "nobody names themselves", Given: given(), When: changed(func(c *people.SetDelegation) { c.ActorID = "ben" }), Facts: may, Err: "self_delegation"},
		{Name: "a deputy is employed", Given: given(), When: set, Facts: people.EmployeeFacts{ActorMayDelegate: true}, Err: "unknown_delegate"},
		{Name: "a kind is one we know", Given: given(), When: changed(func(c *people.SetDelegation) { c.Kinds = []string{"pay"} }), Facts: may, Err: "invalid_field"},
		{Name: "it ends after it begins", Given: given(), When: changed(func(c *people.SetDelegation) { c.To = from }), Facts: may, Err: "invalid_field"},
		{Name: "it has a reason", Given: given(), When: changed(func(c *people.SetDelegation) { c.Reason = "" }), Facts: may, Err: "invalid_field"},
		{Name: "it has an id of its own", Given: given(is), When: set, Facts: may, Err: "delegation_exists"},
		{Name: "it is ended", Given: given(is), When: end, Facts: may, Then: []people.EmployeeEvent{ended}},
		{
			Name: "also by the deputy", Given: given(is), When: people.EndDelegation{Emp: "ann", Delegation: "d1", Reason: "back", ActorID: "ben"},
			Then: []people.EmployeeEvent{people.DelegationEnded{Emp: "ann", Delegation: "d1", Reason: "back", By: "ben"}},
		},
		{Name: "not by anybody", Given: given(is), When: people.EndDelegation{Emp: "ann", Delegation: "d1", Reason: "back", ActorID: "eve"}, Err: "not_authorised"},
		{Name: "it ends once", Given: given(is, ended), When: end, Facts: may, Err: "no_change"},
		{Name: "only what is there ends", Given: given(), When: end, Facts: may, Err: "unknown_delegation"},
	})
	require.True(t, people.Delegation{}.Names("leave"))
	require.False(t, people.Delegation{Kinds: []string{"leave"}}.Names(""))
}
