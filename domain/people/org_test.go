package people_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/people"
)

type orgCase = decidertest.Case[people.OrgCommand, people.OrgFacts, people.OrgEvent]

func TestDecideOrg(t *testing.T) {
	created := people.LedgerCreated{Origin: "ledger.example.com/acme"}
	dual := people.PolicySet{Policy: "dual_control", Value: "on"}
	known := people.OrgFacts{ZoneKnown: true}
	given := func(e ...people.OrgEvent) []people.OrgEvent { return append([]people.OrgEvent{created}, e...) }
	decidertest.Run(t, people.DecideOrg, people.EvolveOrg, []orgCase{
		{Name: "a ledger is created", When: people.CreateLedger{Origin: created.Origin}, Then: given()},
		{Name: "a ledger is created once", Given: given(), When: people.CreateLedger{Origin: "x"}, Err: "ledger_exists"},
		{Name: "an origin holds no blank", When: people.CreateLedger{Origin: "my ledger"}, Err: "invalid_field"},
		{
			Name: "a ledger knows its vault", When: people.CreateLedger{Origin: "x", VaultCheck: strings.Repeat("0f", 32)},
			Then: []people.OrgEvent{people.LedgerCreated{Origin: "x", VaultCheck: strings.Repeat("0f", 32)}},
		},
		{Name: "a check of the vault is a code in hex", When: people.CreateLedger{Origin: "x", VaultCheck: "0F"}, Err: "invalid_field"},
		{Name: "nothing comes before the ledger", When: people.SetPolicy{Policy: "dual_control", Value: "on"}, Err: "unknown_ledger"},
		{
			Name: "the organisation is described", Given: given(), Facts: known,
			When: people.DescribeOrganisation{Name: "Acme", TZ: "Asia/Shanghai", Lang: "zh-CN"},
			Then: []people.OrgEvent{people.OrganisationDescribed{Name: "Acme", TZ: "Asia/Shanghai", Lang: "zh-CN"}},
		},
		{
			Name: "a description names a zone that exists", Given: given(),
			When: people.DescribeOrganisation{Name: "Acme", TZ: "Asia/Peking"}, Err: "unknown_tz",
		},
		{Name: "a description has a name", Given: given(), When: people.DescribeOrganisation{}, Err: "invalid_field"},
		{
			Name: "dual control is turned on by one person", Given: given(),
			When: people.SetPolicy{Policy: "dual_control", Value: "on"}, Then: []people.OrgEvent{dual},
		},
		{Name: "a policy is one we know", Given: given(), When: people.SetPolicy{Policy: "colour", Value: "on"}, Err: "unknown_policy"},
		{
			Name: "a policy has one of its values", Given: given(),
			When: people.SetPolicy{Policy: "dual_control", Value: "maybe"}, Err: "invalid_field",
		},
		{
			Name: "setting a policy to what it is changes nothing", Given: given(dual),
			When: people.SetPolicy{Policy: "dual_control", Value: "on"}, Err: "no_change",
		},
		{
			Name: "dual control is not turned off by one person", Given: given(dual),
			When: people.SetPolicy{Policy: "dual_control", Value: "off", Approvers: []string{"ann", "ann"}}, Err: "second_approver_needed",
		},
		{
			Name: "dual control is turned off by two", Given: given(dual),
			When: people.SetPolicy{Policy: "dual_control", Value: "off", Approvers: []string{"ann", "bob"}},
			Then: []people.OrgEvent{people.PolicySet{Policy: "dual_control", Value: "off", Approvers: []string{"ann", "bob"}}},
		},
		{
			Name: "the one who acts is not one of the two", Given: given(dual), Err: "second_approver_needed",
			When: people.SetPolicy{Policy: "dual_control", Value: "off", Approvers: []string{"ann", "bob"}, ActorID: "bob"},
		},
	})
}

func TestDecideDefinePayGroup(t *testing.T) {
	pay := people.PayGroupDefined{PayGroup: "cn_monthly", Title: "China", Employer: "acme_cn"}
	known := people.OrgFacts{EmployerKnown: true}
	given := func(e ...people.OrgEvent) []people.OrgEvent {
		return append([]people.OrgEvent{people.LedgerCreated{Origin: "ledger.example.com/acme"}}, e...)
	}
	decidertest.Run(t, people.DecideOrg, people.EvolveOrg, []orgCase{
		{
			Name: "a pay group is defined", Given: given(), Facts: known,
			When: people.DefinePayGroup(pay), Then: []people.OrgEvent{pay},
		},
		{
			Name: "a pay group gets another title", Given: given(pay), Facts: known,
			When: people.DefinePayGroup{PayGroup: "cn_monthly", Title: "中国", Employer: "acme_cn"},
			Then: []people.OrgEvent{people.PayGroupDefined{PayGroup: "cn_monthly", Title: "中国", Employer: "acme_cn"}},
		},
		{
			Name: "a pay group stays with its employer", Given: given(pay), Facts: known,
			When: people.DefinePayGroup{PayGroup: "cn_monthly", Title: "China", Employer: "acme_de"}, Err: "pay_group_exists",
		},
		{
			Name: "defining a pay group as it is changes nothing", Given: given(pay), Facts: known,
			When: people.DefinePayGroup(pay), Err: "no_change",
		},
		{Name: "a pay group has a known employer", Given: given(), When: people.DefinePayGroup(pay), Err: "unknown_employer"},
		{Name: "a pay group has an id", Given: given(), When: people.DefinePayGroup{PayGroup: "CN-1"}, Err: "invalid_field"},
	})
}

func TestDualControlIsOffUntilItIsSet(t *testing.T) {
	require.False(t, people.OrgState{}.DualControl())
	s := decidertest.Fold(people.EvolveOrg, people.OrgEvent(people.PolicySet{Policy: "dual_control", Value: "on"}))
	require.True(t, s.DualControl())
}

func TestDecideEmployer(t *testing.T) {
	acme := people.EmployerRegistered{Employer: "acme_cn", Name: "Acme (China)", Jurisdiction: "cn"}
	type employerCase = decidertest.Case[people.EmployerCommand, people.EmployerFacts, people.EmployerEvent]
	decidertest.Run(t, people.DecideEmployer, people.EvolveEmployer, []employerCase{
		{Name: "an employer is registered", When: people.RegisterEmployer(acme), Then: []people.EmployerEvent{acme}},
		{
			Name: "an employer is registered once", Given: []people.EmployerEvent{acme},
			When: people.RegisterEmployer(acme), Err: "employer_exists",
		},
		{
			Name: "an employer has a place whose law holds",
			When: people.RegisterEmployer{Employer: "acme_cn", Name: "Acme"}, Err: "invalid_field",
		},
	})
}

func TestDecideDefineOrgUnit(t *testing.T) {
	created := people.LedgerCreated{Origin: "ledger.example.com/acme"}
	sales := people.OrgUnitDefined{Unit: "sales", Title: "Sales"}
	north := people.OrgUnitDefined{Unit: "north", Title: "North", Parent: "sales"}
	given := func(e ...people.OrgEvent) []people.OrgEvent { return append([]people.OrgEvent{created}, e...) }
	decidertest.Run(t, people.DecideOrg, people.EvolveOrg, []orgCase{
		{Name: "a unit is defined", Given: given(), When: people.DefineOrgUnit(sales), Then: []people.OrgEvent{sales}},
		{Name: "a unit is part of another", Given: given(sales), When: people.DefineOrgUnit(north), Then: []people.OrgEvent{north}},
		{Name: "a unit is part of one that is there", Given: given(), When: people.DefineOrgUnit(north), Err: "unknown_unit"},
		{Name: "a unit is not part of itself", Given: given(sales), When: people.DefineOrgUnit{Unit: "sales", Title: "Sales", Parent: "sales"}, Err: "unit_cycle"},
		{
			Name: "a unit is not part of one below", Given: given(sales, north), Err: "unit_cycle",
			When: people.DefineOrgUnit{Unit: "sales", Title: "Sales", Parent: "north"},
		},
		{Name: "a unit has a title", Given: given(), When: people.DefineOrgUnit{Unit: "sales"}, Err: "invalid_field"},
		{Name: "a unit that is so already stays", Given: given(sales), When: people.DefineOrgUnit(sales), Err: "no_change"},
	})
	s := decidertest.Fold(people.EvolveOrg, given(sales, north)...)
	require.Equal(t, []string{"north", "sales"}, s.UnitsAbove("north"))
	require.Equal(t, []string{"old title"}, s.UnitsAbove("old title"))
	require.Empty(t, s.UnitsAbove(""))
}
