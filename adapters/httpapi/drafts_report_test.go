package httpapi_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/whatif"
)

// trialOf finds so many people, in a large group and in a small one.
type trialOf int

func (n trialOf) Replay(context.Context, httpapi.TrialWish) (httpapi.Tried, error) {
	return httpapi.Tried{Position: 1, Report: whatif.Report{
		Summary: whatif.Summary{Persons: int(n)},
		Groups:  []whatif.GroupChange{{Kind: "group", ID: "office", Persons: 5}, {Kind: "group", ID: "board", Persons: 4}},
		Top:     whatif.Top{Losses: []whatif.Mover{{Emp: "e1", Worth: -60}}},
		Days:    []whatif.DayChange{{Emp: "e1", Date: 20700}},
	}}, nil
}

func TestWhoSpeaksForTheEmployeesSeesSumsAndNoNames(t *testing.T) {
	people := trialOf(5)
	o := newOffice(t, func(options *httpapi.Options) { options.Trials = &people })
	o.must(access.GrantAccess{
		Principal: "council", Grant: "g1", Role: access.Representative, Scope: access.Scope{Groups: []string{"office"}}, From: date(t, "2026-01-01"),
		To: date(t, "2027-01-01"), Purpose: "test", ActorID: "boss", AtMachine: true,
	})
	doc, _ := ruleset.Pack("cn-sh-rnd")
	data, err := doc.JSON()
	require.NoError(t, err)
	o.must(ruleset.DraftRuleset{Ruleset: doc.ID, Draft: "d1", Doc: data, ActorID: "rules"})

	r := o.get("council", "/v1/rulesets/cn-sh-rnd/drafts/d1/report?from=2026-10-01&to=2026-10-31")
	require.Equal(t, http.StatusOK, r.StatusCode, string(r.body))
	require.Contains(t, string(r.body), `"office"`)
	require.NotContains(t, string(r.body), `"board"`, "a group of four tells about somebody")
	require.NotContains(t, string(r.body), "e1")
	people = 4
	require.Equal(t, http.StatusUnprocessableEntity, o.get("council", "/v1/rulesets/cn-sh-rnd/drafts/d1/report").StatusCode)
	require.Equal(t, http.StatusNotFound, o.get("council", "/v1/rulesets/cn-sh-rnd/drafts/d9/report").StatusCode)
	require.Equal(t, http.StatusForbidden, o.get("e1", "/v1/rulesets/cn-sh-rnd/drafts/d1/report").StatusCode)
}
