package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
)

func TestWhoMaySeeAnEmployee(t *testing.T) {
	o := newOffice(t)
	for _, c := range []struct {
		name, who, emp string
		want           int
	}{
		{"oneself", "e1", "e1", http.StatusOK},
		{"the manager of today", "e3", "e1", http.StatusOK},
		{"a manager of former times", "e2", "e1", http.StatusForbidden},
		{"a colleague", "e4", "e1", http.StatusForbidden},
		{"HR of the unit", "hr", "e1", http.StatusOK},
		{"HR of another unit", "hr", "e4", http.StatusForbidden},
		{"an auditor", "audit", "e4", http.StatusOK},
		{"somebody who was granted nothing", "nobody", "e1", http.StatusForbidden},
		{"an outsider about nobody", "nobody", "e999", http.StatusForbidden},
		{"an auditor about nobody", "audit", "e999", http.StatusNotFound},
		{"nobody at all", "", "e1", http.StatusUnauthorized},
		{"an expired token", "stranger", "e1", http.StatusUnauthorized},
		{"a token for it", "e1:person.read", "e1", http.StatusOK},
		{"a token for something else", "e1:day.read", "e1", http.StatusForbidden},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := o.get(c.who, "/v1/employees/"+c.emp)
			require.Equal(t, c.want, r.StatusCode, "%s", r.body)
			if c.want >= 400 {
				require.NotContains(t, string(r.body), "Name of")
			}
		})
	}
	require.Equal(t, string(o.get("nobody", "/v1/employees/e1").body), string(o.get("nobody", "/v1/employees/e999").body),
		"whether somebody exists is not told")
}

func TestAListShowsTheDatesThatOneMaySee(t *testing.T) {
	o := newOffice(t)
	for _, emp := range []string{"e1", "e2", "e4"} {
		for _, on := range []string{"2026-09-29", "2026-09-30", "2026-10-01", "2026-10-02"} {
			o.views.days = append(o.views.days, daily.Row{Day: attendance.Day{Employee: emp, Date: date(t, on)}})
		}
	}
	list := func(who, query string) (rows []string, next string) {
		var out httpapi.List[daily.Row]
		o.get(who, "/v1/days?from=2026-09-01&to=2026-10-31"+query).into(t, &out)
		for _, d := range out.Items {
			rows = append(rows, d.Employee+" "+d.Date.String()[5:])
		}
		return rows, out.Next
	}
	rows, _ := list("e2", "&emp=e1")
	require.Equal(t, []string{"e1 09-29", "e1 09-30"}, rows, "of whom one led, the dates on which one did")
	rows, _ = list("e3", "")
	require.Equal(t, []string{"e1 10-01", "e1 10-02"}, rows)
	rows, _ = list("e4", "&emp=e1")
	require.Empty(t, rows)
	rows, next := list("audit", "&limit=5")
	require.Equal(t, []string{"e1 09-29", "e1 09-30", "e1 10-01", "e1 10-02", "e2 09-29"}, rows)
	rows, next = list("audit", "&limit=5&cursor="+next)
	require.Equal(t, []string{"e2 09-30", "e2 10-01", "e2 10-02", "e4 09-29", "e4 09-30"}, rows)
	rows, next = list("audit", "&limit=5&cursor="+next)
	require.Equal(t, []string{"e4 10-01", "e4 10-02"}, rows)
	require.Empty(t, next)
}

func TestEveryRouteSaysWhatItDoes(t *testing.T) {
	o := newOffice(t)
	routes := o.api.Routes()
	require.NotEmpty(t, routes)
	ids := map[string]bool{}
	for _, r := range routes {
		require.False(t, ids[r.ID], "%s is there twice", r.ID)
		ids[r.ID] = true
		require.NotEmpty(t, r.Scope, r.ID)
		require.Equal(t, r.Scope == httpapi.Public || r.Scope == httpapi.Known, r.Action == "", r.ID)
	}
}

func TestEveryListIsReadAsItIsDescribed(t *testing.T) {
	o := newOffice(t)
	on := date(t, "2026-10-02")
	for _, severity := range []string{"info", "high"} {
		o.views.anomalies = append(o.views.anomalies, anomaly.Row{Employee: "e1", Date: on, Anomaly: attendance.Anomaly{ID: "punch." + severity, Severity: severity}})
	}
	var found httpapi.List[anomaly.Row]
	o.get("e3", "/v1/anomalies?from=2026-10-01&to=2026-10-31&emp=e1").into(t, &found)
	require.Len(t, found.Items, 1)
	o.get("e3", "/v1/anomalies?from=2026-10-01&to=2026-10-31&min=info&limit=2").into(t, &found)
	require.Len(t, found.Items, 2)
	o.get("e3", "/v1/anomalies?from=2026-10-01&kind=punch.info").into(t, &found)
	require.Len(t, found.Items, 1)
	var group struct {
		Group   string
		Title   string
		Members map[string][]any
	}
	o.get("hr", "/v1/groups/office").into(t, &group)
	require.Equal(t, "Office", group.Title)
	require.Len(t, group.Members, 3)
	group.Members = nil
	o.get("e4", "/v1/groups/office").into(t, &group)
	require.Empty(t, group.Members, "the group is to be seen, its members are not")
	for _, r := range o.api.Routes() {
		if r.Method != http.MethodGet || r.ID == "stream" || r.Scope == httpapi.Public {
			continue
		}
		path := strings.NewReplacer("{punch}", "p1", "{emp}", "e1", "{principal}", "e1", "{date}", "2026-10-02", "{month}", "202610", "{id}", "office", "{version}", "1",
			"{calendar_month}", "2026-10", "{ref}", "e1.202610.x1", "{request}", "q1", "{bank}", "TOIL", "{draft}", "d1", "{replay}", "r1").Replace(r.Path)
		for _, who := range []string{"e1", "hr", "personnel", "audit", "owner", "rules", "nobody"} {
			status := o.get(who, path+map[string]string{"pull-changes": "?since=1"}[r.ID]).StatusCode
			require.Contains(t, []int{200, 403, 404}, status, "%s %s", who, path)
			if r.Object == "payroll" {
				continue // an empty page would read as nobody's pay: who may see none is refused
			}
			if r.Scope == httpapi.OfEachRow || r.Scope == httpapi.Known {
				require.Equal(t, 200, status, "%s %s", who, path)
			}
		}
	}
}
