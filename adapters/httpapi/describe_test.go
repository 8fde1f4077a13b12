package httpapi_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/domain"
)

func TestReadyNamesWhatIsWrongAndHowFarTheViewsAre(t *testing.T) {
	var writable, ready error
	o := newOffice(t, func(o *httpapi.Options) {
		o.Writable = func() error { return writable }
		o.Ready = func(context.Context) error { return ready }
	})
	require.Equal(t, http.StatusOK, o.get("", "/readyz").StatusCode)
	for name, c := range map[string]struct {
		writable, ready error
		code            string
	}{
		"the clock is not believed": {domain.NewError(domain.Forbidden, "clock_ahead", "now", "n", "last", "l", "days", "101"), nil, "clock_ahead"},
		"the disk is nearly full": {nil, domain.NewError(domain.Conflict, "disk_nearly_full",
			"dir", "/srv", "free", "700 MB", "size", "9 GB", "least", "1 GB"), "disk_nearly_full"},
		"something without a code": {nil, errors.New("secret-host is away"), "http_internal"},
	} {
		writable, ready = c.writable, c.ready
		r := o.get("", "/readyz")
		p := r.problem(t)
		require.Equal(t, http.StatusServiceUnavailable, r.StatusCode, name)
		require.Equal(t, c.code, p.Code, name)
		require.Equal(t, "1", r.Header.Get("Retry-After"), name)
		require.NotEmpty(t, r.Header.Get("Ledger-Position"), name)
		require.NotContains(t, string(r.body), "secret-host", name)
		require.Equal(t, http.StatusOK, o.get("", "/livez").StatusCode, "%s, and the process lives", name)
	}
	writable, ready = nil, domain.NewError(domain.Conflict, "disk_nearly_full", "dir", "/srv", "free", "700 MB", "size", "9 GB", "least", "1 GB")
	require.Contains(t, o.get("", "/readyz").problem(t).Title, "700 MB of 9 GB", "with the figures")
}

// Metrics are for whoever is on the machine, and for those who may check the ledger. What has passed a proxy is not from the machine.
func TestMetricsAreForTheMachineAndItsOperators(t *testing.T) {
	o := newOffice(t, func(o *httpapi.Options) {
		o.Metrics = func(context.Context) ([]byte, string, error) {
			return []byte("up 1\n"), "text/plain; version=0.0.4", nil
		}
	})
	here := o.get("", "/metrics")
	require.Equal(t, http.StatusOK, here.StatusCode)
	require.Equal(t, "up 1\n", string(here.body))
	require.Equal(t, "text/plain; version=0.0.4", here.Header.Get("Content-Type"))
	for _, by := range []string{"X-Forwarded-For", "Forwarded", "X-Forwarded-Proto"} {
		for who, want := range map[string]int{"": 401, "stranger": 401, "e1": 403, "hr": 403, "audit": 200, "owner": 200} {
			require.Equal(t, want, o.get(who, "/metrics", by, "203.0.113.9").StatusCode, "%q by %s", who, by)
		}
	}
}

func TestEveryRequestIsTold(t *testing.T) {
	type told struct {
		route  string
		status int
		took   time.Duration
	}
	all := make(chan told, 1)
	o := newOffice(t, func(o *httpapi.Options) {
		o.Answered = func(route string, status int, took time.Duration) { all <- told{route, status, took} }
	})
	for _, c := range []struct {
		who, path string
		want      told
	}{
		{"hr", "/v1/employees/e1", told{"GET /v1/employees/{emp}", 200, 0}},
		{"", "/v1/employees/e1", told{"GET /v1/employees/{emp}", 401, 0}},
		{"", "/v1/canary/../x", told{"", 404, 0}},
		{"", "/canary", told{"", 404, 0}},
	} {
		o.get(c.who, c.path)
		require.Equal(t, c.want, <-all, "by the template of its route")
	}
}
