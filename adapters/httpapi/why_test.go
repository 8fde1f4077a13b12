package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestADayBesideItself(t *testing.T) {
	o := newOffice(t)
	const path = "/v1/employees/e1/days/2026-10-05/why"
	var out struct {
		Day    struct{ Emp string }
		Beside *struct{ Day struct{ Emp string } }
		Diff   *struct{ Same bool }
		Story  string
	}
	o.get("e1", path+"?words=true").into(t, &out)
	require.Equal(t, "e1", out.Day.Emp)
	require.Nil(t, out.Diff)
	o.get("e1", path+"?rules=office@1&diff=office@2&rules_from=2026-10-01&words=true&lang=en").into(t, &out)
	require.True(t, out.Diff.Same)
	require.Equal(t, "e1", out.Beside.Day.Emp)
	require.Equal(t, "en e1 office@1 beside office@2 from 2026-10-01", out.Story)
	o.get("e1", path+"?diff=office@2&rules_from=2026-11-01&words=true&lang=en").into(t, &out)
	require.Equal(t, "en e1  beside office@2 from 2026-10-05", out.Story, "rules govern on the day at the latest")
	o.get("e1", path+"?as_of=3&diff=now").into(t, &out)
	require.NotNil(t, out.Diff)

	for query, code := range map[string]string{
		"?diff=now":              "diff_of_what",
		"?diff=rules.yaml":       "http_invalid_request", // a server reads no files for anybody
		"?rules=../secret@1":     "http_invalid_request",
		"?rules_from=2026-13-01": "http_invalid_request",
	} {
		r := o.get("e1", path+query)
		require.Equal(t, http.StatusUnprocessableEntity, r.StatusCode, query)
		require.Equal(t, code, codeOf(string(r.body)), query)
	}
	require.Equal(t, http.StatusForbidden, o.get("e2", path+"?diff=office@2").StatusCode)
}
