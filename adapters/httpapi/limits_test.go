package httpapi_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/httpapi"
)

const newcomer = `{"name":"Li Lei","hired_on":"2026-10-09","terms":{"group":"office"}}`

func TestBodiesThatAreNotAsDescribed(t *testing.T) {
	o := newOffice(t)
	for _, c := range []struct {
		name, body, kind string
		status           int
		code, pointer    string
		problem          string
	}{
		{"no JSON", `{"name":`, "application/json", 400, "http_malformed_body", "/name", "not_json"},
		{"a name twice", `{"name":"a","name":"b","hired_on":"2026-10-09","terms":{"group":"office"}}`, "application/json", 400, "http_malformed_body", "/name", "twice"},
		{"bytes that are no UTF-8", "{\"name\":\"\xff\"}", "application/json", 400, "http_malformed_body", "/name", "not_json"},
		{"two values", newcomer + newcomer, "application/json", 400, "http_malformed_body", "", "not_json"},
		{"nothing", "", "application/json", 400, "http_malformed_body", "", ""},
		{"an unknown name", `{"name":"a","hired_on":"2026-10-09","terms":{"group":"office"},"salary":1}`, "application/json", 422, "http_invalid_request", "/salary", "unknown_member"},
		{"other capitals", `{"Name":"a","hired_on":"2026-10-09","terms":{"group":"office"}}`, "application/json", 422, "http_invalid_request", "/Name", "unknown_member"},
		{"a missing name", `{"hired_on":"2026-10-09","terms":{"group":"office"}}`, "application/json", 422, "http_invalid_request", "/name", "missing"},
		{"a number for a text", `{"name":1,"hired_on":"2026-10-09","terms":{"group":"office"}}`, "application/json", 422, "http_invalid_request", "/name", "wrong_type"},
		{"no date", `{"name":"a","hired_on":"2026-02-30","terms":{"group":"office"}}`, "application/json", 422, "http_invalid_request", "/hired_on", "not_a_date"},
		{"a form", "name=a", "application/x-www-form-urlencoded", 415, "http_wrong_content_type", "", ""},
		{"no type", newcomer, "", 415, "http_wrong_content_type", "", ""},
		{"too long", `{"name":"` + strings.Repeat("a", 1<<20) + `"}`, "application/json", 413, "http_body_too_large", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, err := o.store.Head(t.Context())
			require.NoError(t, err)
			r := o.as("personnel", "POST", "/v1/employees/e9", c.body, "Content-Type", c.kind)
			require.Equal(t, c.status, r.StatusCode, "%s", r.body)
			p := r.problem(t)
			require.Equal(t, c.code, p.Code)
			if c.problem != "" {
				require.NotEmpty(t, p.Errors, "%s", r.body)
				require.Equal(t, c.pointer, p.Errors[0].Pointer, "%s", r.body)
				require.Equal(t, c.problem, p.Errors[0].Problem, "%s", r.body)
			}
			after, err := o.store.Head(t.Context())
			require.NoError(t, err)
			require.Equal(t, before, after, "nothing was stored")
		})
	}
}

func TestPathsAndMethods(t *testing.T) {
	o := newOffice(t)
	for _, c := range []struct {
		method, path string
		status       int
		code         string
	}{
		{"GET", "/v1/nothing", 404, "http_no_such_path"},
		{"GET", "/v1/../v1/me", 404, "http_no_such_path"},
		{"GET", "/v1//me", 404, "http_no_such_path"},
		{"GET", "/v1/me/", 404, "http_no_such_path"},
		{"GET", "/v1/%2e%2e/v1/me", 404, "http_no_such_path"},
		{"GET", "/v1/employees/..%2fe1", 404, "http_no_such_path"},
		{"GET", "/v1/employees/E1", 422, "http_invalid_request"},
		{"GET", "/v1/employees/" + strings.Repeat("e", 65), 422, "http_invalid_request"},
		{"GET", "/v1/employees/e1%00", 422, "http_invalid_request"},
		{"GET", "/v1/days?form=2026-10-01", 422, "http_invalid_request"},
		{"GET", "/v1/days?from=yesterday", 422, "http_invalid_request"},
		{"GET", "/v1/days?from=2026-10-02&to=2026-10-01", 422, "http_invalid_request"},
		{"GET", "/v1/days?from=2024-10-02&to=2026-10-01", 422, "http_invalid_request"},
		{"GET", "/v1/days?cursor=nonsense", 422, "http_invalid_request"},
		{"GET", "/v1/days?limit=100000", 422, "http_invalid_request"},
		{"DELETE", "/v1/employees/e1", 405, "http_method_not_allowed"},
		{"BREW", "/v1/me", 405, "http_method_not_allowed"},
	} {
		r := o.as("audit", c.method, c.path, "")
		require.Equal(t, c.status, r.StatusCode, "%s %s: %s", c.method, c.path, r.body)
		require.Equal(t, c.code, r.problem(t).Code, "%s %s", c.method, c.path)
	}
	r := o.as("audit", "DELETE", "/v1/employees/e1", "")
	require.Equal(t, "GET, HEAD, POST, OPTIONS", r.Header.Get("Allow"))
	r = o.as("audit", "OPTIONS", "/v1/employees/e1", "")
	require.Equal(t, 204, r.StatusCode)
	require.Empty(t, r.Header.Get("Access-Control-Allow-Origin"))
	r = o.as("audit", "HEAD", "/v1/employees/e1", "")
	require.Equal(t, 200, r.StatusCode)
	require.Empty(t, r.body)
	require.NotEmpty(t, r.Header.Get("ETag"))
}

func TestProblemsSpeakTheLanguageAskedFor(t *testing.T) {
	o := newOffice(t)
	for _, c := range []struct{ lang, accept, want string }{
		{"", "", "You may not do this."},
		{"", "zh-CN,zh;q=0.9,en;q=0.8", "您无权这样做"},
		{"", "de, zh-TW;q=0.5", ""},
		{"", "not a language at all;;", "You may not do this."},
		{"en", "zh", "You may not do this."},
	} {
		path := "/v1/employees/e1"
		if c.lang != "" {
			path += "?lang=" + c.lang
		}
		p := o.get("nobody", path, "Accept-Language", c.accept).problem(t)
		require.Equal(t, "not_authorised", p.Code)
		if c.want != "" && !strings.HasPrefix(c.want, "您") {
			require.Equal(t, c.want, p.Title)
		} else {
			require.NotEqual(t, "You may not do this.", p.Title, c.accept)
		}
		require.NotEmpty(t, p.Detail)
	}
}

func TestEveryAnswerHasTheHeadersThatProtect(t *testing.T) {
	o := newOffice(t)
	for _, path := range []string{"/livez", "/v1/nothing", "/v1/me"} {
		h := o.get("", path).Header
		require.Contains(t, h.Get("Content-Security-Policy"), "default-src 'none'")
		require.Equal(t, "nosniff", h.Get("X-Content-Type-Options"))
		require.Equal(t, "no-referrer", h.Get("Referrer-Policy"))
		require.Equal(t, "same-origin", h.Get("Cross-Origin-Opener-Policy"))
		require.Empty(t, h.Get("Strict-Transport-Security"), "only over TLS")
	}
}

func TestAPageOfAnotherSiteCannotAct(t *testing.T) {
	o := newOffice(t)
	body := `{"title":"New"}`
	r := o.as("", "POST", "/v1/groups/new", body, "Cookie", httpapi.CookieName+"=hr", "Sec-Fetch-Site", "cross-site")
	require.Equal(t, 403, r.StatusCode)
	require.Equal(t, "http_cross_origin", r.problem(t).Code)
	r = o.as("", "POST", "/v1/groups/new", body, "Cookie", httpapi.CookieName+"=hr", "Origin", "https://elsewhere.example")
	require.Equal(t, 403, r.StatusCode)
	require.False(t, o.ledger.Directory().Group("new").Exists())
}

func TestRequestsThatAreTooMany(t *testing.T) {
	o := newOffice(t, func(o *httpapi.Options) { o.PerPrincipal = httpapi.Rate{Each: 0.5, Burst: 2} })
	require.Equal(t, 200, o.get("e1", "/v1/me").StatusCode)
	require.Equal(t, 200, o.get("e1", "/v1/me").StatusCode)
	r := o.get("e1", "/v1/me")
	require.Equal(t, 429, r.StatusCode)
	require.Equal(t, "2", r.Header.Get("Retry-After"))
	require.Equal(t, "http_too_many_requests", r.problem(t).Code)
	require.Equal(t, 200, o.get("e2", "/v1/me").StatusCode, "others are not held up")
	o.now += 2000
	require.Equal(t, 200, o.get("e1", "/v1/me").StatusCode)
}

func TestANetworkThatAsksTooMuch(t *testing.T) {
	o := newOffice(t, func(o *httpapi.Options) { o.PerNetwork = httpapi.Rate{Each: 1, Burst: 3} })
	for range 3 {
		require.Equal(t, 401, o.get("stranger", "/v1/me").StatusCode)
	}
	require.Equal(t, 429, o.get("stranger", "/v1/me").StatusCode)
	require.Equal(t, 429, o.get("e1", "/v1/me", "X-Forwarded-For", "203.0.113.9").StatusCode, "what a client says of its address is not believed")
}

// raw sends bytes as they are and returns the first line of the answer.
func (o *office) raw(request string) string {
	o.t.Helper()
	var d net.Dialer
	conn, err := d.DialContext(o.t.Context(), "tcp", strings.TrimPrefix(o.url, "http://"))
	require.NoError(o.t, err)
	defer conn.Close()
	_, _ = io.WriteString(conn, request) // the server may have answered and gone before the end
	line, err := bufio.NewReader(conn).ReadString('\n')
	require.NoError(o.t, err)
	return strings.TrimSpace(line)
}

func TestHeadsThatAreNotHTTP(t *testing.T) {
	o := newOffice(t)
	require.Contains(t, o.raw("GET /v1/me HTTP/1.1\r\nHost: a\r\nX: "+strings.Repeat("a", 20<<10)+"\r\n\r\n"), "431")
	require.Contains(t, o.raw("GET /v1/me HTTP/1.1\r\n\r\n"), "400", "no host")
	require.Contains(t, o.raw("nonsense\r\n\r\n"), "400")
	require.Contains(t, o.raw("POST /v1/groups/x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "401",
		"of two lengths the chunks count")
	require.Equal(t, 200, o.get("", "/livez").StatusCode, "the server lives")
}

// TestASlowClientIsCutOff runs in a bubble of time, where waiting costs none.
func TestASlowClientIsCutOff(t *testing.T) {
	for _, c := range []struct {
		name, sends string
		within      time.Duration
	}{
		{"a head that does not end", "GET /livez HTTP/1.1\r\nHost: a\r\n", 5 * time.Second},
		{"a body that does not come", "POST /v1/groups/x HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer hr\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{", 16 * time.Second},
		{"nothing", "", 5 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newBubble(t)
				conn := o.dial()
				defer conn.Close()
				_, err := io.WriteString(conn, c.sends)
				require.NoError(t, err)
				began := time.Now()
				_, err = io.Copy(io.Discard, conn)
				require.NoError(t, err)
				require.LessOrEqual(t, time.Since(began), c.within)
			})
		})
	}
}

func TestAPanicIsAnAnswer(t *testing.T) {
	o := newOffice(t)
	httpapi.Handle(o.api, httpapi.Route{Method: http.MethodGet, Path: "/v1/panic", ID: "panic", Object: "server"}, panics)
	r := o.get("", "/v1/panic")
	require.Equal(t, 500, r.StatusCode)
	p := r.problem(t)
	require.Equal(t, "http_internal", p.Code)
	require.NotContains(t, string(r.body), "secret detail")
	require.NotContains(t, o.log.String(), "secret detail", "it may hold what was sent")
	require.Contains(t, o.log.String(), "panics(", "the log says where it was")
	require.Contains(t, o.log.String(), strings.TrimPrefix(p.Instance, "urn:uuid:"), "the log has its id")
	require.Equal(t, 200, o.get("", "/livez").StatusCode)
}

func TestTheLogOfRequestsNamesNobody(t *testing.T) {
	o := newOffice(t)
	o.get("e1", "/v1/employees/e1?lang=en", "User-Agent", "Canary-Agent")
	o.get("e1", "/v1/days?emp=e1&from=2026-10-01")
	o.as("hr", "POST", "/v1/employees/e9", strings.Replace(newcomer, "Li Lei", "Canary Name", 1))
	o.as("hr", "POST", "/v1/employees/canary", `{"name":"Canary Name"`)
	log := o.log.String()
	require.Contains(t, log, "principal=e1")
	require.Contains(t, log, `route="GET /v1/employees/{emp}"`)
	for _, canary := range []string{"Canary", "canary", "emp=e1", "from="} {
		require.NotContains(t, log, canary)
	}
}
