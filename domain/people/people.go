// Package people holds who is who: the organisation, its employers, employees with their dated assignments, and attendance
// groups with the rulesets they are bound to.
//
// It knows nothing of punches or results. Names, references, badges and wages are secrets; nothing else that it stores is
// personal beyond a pseudonymous id.
package people

import "github.com/punchledger/punchledger/domain"

// Categories returns the stream categories of this package.
func Categories() []string { return []string{"org", "employer", "employee", "group"} }

// Events returns the zero value of every event type of this package.
func Events() []domain.Event {
	return []domain.Event{
		LedgerCreated{},
		OrganisationDescribed{},
		PolicySet{},
		PayGroupDefined{},
		SealKeyRotated{},
		OrgUnitDefined{},
		EmployerRegistered{},
		EmployeeRegistered{},
		AssignmentChanged{},
		EmployeeSuspended{},
		EmployeeResumed{},
		EmployeeTerminated{},
		EmployeeRehired{},
		NoticeAcknowledged{},
		ConsentRecorded{},
		WageRateSet{},
		EarningRecorded{},
		BadgeAssigned{},
		DelegationSet{},
		DelegationEnded{},
		GroupCreated{},
		RulesetBound{},
		RulesetUnbound{},
		ShadowBound{},
		ShadowUnbound{},
		GroupArchived{},
	}
}

// Upcasters returns the upcasters of this package; no schema has changed yet.
func Upcasters() []domain.Upcaster { return nil }
