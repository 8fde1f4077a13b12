package people_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
)

func TestCommandsNameTheirStreams(t *testing.T) {
	for stream, commands := range map[string][]interface{ Stream() string }{
		"org-main":         {people.CreateLedger{}, people.DescribeOrganisation{}, people.SetPolicy{}, people.DefinePayGroup{}, people.DefineOrgUnit{}},
		"employer-acme_cn": {people.RegisterEmployer{Employer: "acme_cn"}},
		"employee-e1": {
			people.RegisterEmployee{Emp: "e1"},
			people.ChangeAssignment{Emp: "e1"},
			people.SuspendEmployee{Emp: "e1"},
			people.ResumeEmployee{Emp: "e1"},
			people.TerminateEmployee{Emp: "e1"},
			people.RehireEmployee{Emp: "e1"},
			people.AcknowledgeNotice{Emp: "e1"},
			people.RecordConsent{Emp: "e1"},
			people.SetWageRate{Emp: "e1"},
			people.RecordEarning{Emp: "e1"},
			people.AssignBadge{Emp: "e1"},
			people.SetDelegation{Emp: "e1"},
			people.EndDelegation{Emp: "e1"},
		},
		"group-bj-office": {
			people.CreateGroup{Group: "bj-office"},
			people.BindRuleset{Group: "bj-office"},
			people.UnbindRuleset{Group: "bj-office"},
			people.ArchiveGroup{Group: "bj-office"},
		},
	} {
		require.Contains(t, people.Categories(), domain.Category(stream))
		for _, c := range commands {
			require.Equal(t, stream, c.Stream(), "%T", c)
		}
	}
}
