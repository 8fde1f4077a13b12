package httpapi_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/projections/daily"
)

func inJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	return string(b)
}

func TestADayShowsTheCandidateBesideIt(t *testing.T) {
	o := newOffice(t)
	on := date(t, "2026-10-07")
	o.views.days = []daily.Row{{Day: attendance.Day{Employee: "e1", Date: on, Counted: 28320}}, {Day: attendance.Day{Employee: "e1", Date: on + 1}}}
	o.views.shadows = []daily.Shadow{{Employee: "e1", Date: on, Ruleset: "office", Counted: 28800}}
	r := o.get("e1", "/v1/days?from=2026-10-07&to=2026-10-08")
	require.Equal(t, http.StatusOK, r.StatusCode, string(r.body))
	var out struct {
		Items []struct {
			Counted int `json:"counted_s"`
			Shadow  *struct {
				Ruleset string `json:"ruleset"`
				Counted int    `json:"counted_s"`
			} `json:"shadow"`
		} `json:"items"`
	}
	r.into(t, &out)
	require.Len(t, out.Items, 2)
	require.Equal(t, 28320, out.Items[0].Counted)
	require.Equal(t, 28800, out.Items[0].Shadow.Counted)
	require.Nil(t, out.Items[1].Shadow)
}

func TestACandidateIsBoundBesideTheRulesOfAGroup(t *testing.T) {
	o := newOffice(t)
	source, _ := ruleset.PackSource("cn-sh-rnd")
	body := inJSON(t, map[string]string{"ruleset": "cn-sh-rnd", "document": string(source), "from": "2026-10-01"})
	r := o.as("rules", http.MethodPost, "/v1/groups/office/shadows", body)
	require.Equal(t, http.StatusOK, r.StatusCode, string(r.body))
	shadows := o.ledger.Directory().Group("office").Shadows
	require.Len(t, shadows, 1)
	require.True(t, o.ledger.Directory().Ruleset("cn-sh-rnd").Keeps(shadows[0].Hash))
	require.Contains(t, string(o.get("rules", "/v1/groups/office").body), `"shadows"`)

	r = o.as("rules", http.MethodPost, "/v1/groups/office/shadows", inJSON(t, map[string]any{"ruleset": "cn-sh-rnd", "version": 9, "from": "2026-12-01"}))
	require.Equal(t, http.StatusNotFound, r.StatusCode)
	require.Equal(t, http.StatusForbidden, o.as("hr", http.MethodPost, "/v1/groups/office/shadows", body).StatusCode)
	r = o.as("rules", http.MethodPost, "/v1/groups/office/unshadowings", `{"from":"2026-10-01"}`)
	require.Equal(t, http.StatusOK, r.StatusCode, string(r.body))
	require.Equal(t, []people.Shadow{}, o.ledger.Directory().Group("office").Shadows)
}
