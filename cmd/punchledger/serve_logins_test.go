package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/domain/access"
)

// browser speaks to a served ledger, with a cookie or a bearer.
type browser struct {
	s      *served
	cookie string
	bearer string
}

// said is an answer that was read.
type said struct {
	*http.Response
	t    *testing.T
	body map[string]any
}

func (a said) text(path ...string) string {
	a.t.Helper()
	at := any(a.body)
	for _, p := range path {
		at = at.(map[string]any)[p]
	}
	s, ok := at.(string)
	require.True(a.t, ok, "%v has no text %v", a.body, path)
	return s
}

func (a said) must(status int) said {
	a.t.Helper()
	require.Equal(a.t, status, a.StatusCode, "%v", a.body)
	return a
}

func (a said) cookie() string {
	a.t.Helper()
	for _, c := range a.Cookies() {
		if c.Name == "__Host-session" {
			require.True(a.t, c.Secure && c.HttpOnly && c.SameSite == http.SameSiteLaxMode && c.Path == "/" && c.Domain == "", "%v", c)
			return c.Value
		}
	}
	return ""
}

func (b browser) send(method, path, body string, header ...string) said {
	t := b.s.t
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, b.s.url+path, strings.NewReader(body))
	require.NoError(t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if b.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+b.bearer)
	}
	if b.cookie != "" {
		r.Header.Set("Cookie", "__Host-session="+b.cookie)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	out := said{Response: resp, t: t, body: map[string]any{}}
	if len(raw) > 0 {
		require.NoError(t, json.Unmarshal(raw, &out.body), "%s", raw)
	}
	return out
}

func (b browser) post(path, body string, header ...string) said {
	b.s.t.Helper()
	return b.send(http.MethodPost, path, body, header...)
}

func (b browser) get(path string) said { b.s.t.Helper(); return b.send(http.MethodGet, path, "") }

const aPassword = "vier Woerter ohne Sinn"

// invitedServer serves a ledger whose owner boss was invited at the machine.
func invitedServer(t *testing.T) (s *served, code string) {
	t.Helper()
	s = newServed(t, func(s *served) {
		s.atMachine("boss", access.Owner, func(who *identity.Service) {
			secret, _, err := who.Invite(t.Context(), identity.InvitationRequest{Principal: "boss", By: "admin"})
			require.NoError(t, err)
			code = secret.Reveal()
		})
	})
	return s, code
}

func TestSomebodyNewLogsInOverHTTP(t *testing.T) {
	s, code := invitedServer(t)
	in := browser{s: s}.post("/v1/login/invitation", `{"code": "`+code+`", "bearer": true}`).must(http.StatusOK)
	require.Empty(t, in.cookie())
	enrolling := browser{s: s, bearer: in.text("token")}
	enrolling.get("/v1/employees").must(http.StatusForbidden)
	set := enrolling.post("/v1/me/password", `{"password": "`+aPassword+`"}`).must(http.StatusOK)
	boss := browser{s: s, bearer: set.text("signed_in", "token")}
	enrolling.get("/v1/me").must(http.StatusUnauthorized)
	require.Equal(t, "boss", boss.get("/v1/me").must(http.StatusOK).text("principal"))
	browser{s: s}.post("/v1/login/invitation", `{"code": "`+code+`"}`).must(http.StatusForbidden)
	again := browser{s: s}.post("/v1/login/password", `{"login": "boss", "password": "`+aPassword+`", "bearer": true}`).must(http.StatusOK)
	browser{s: s, bearer: again.text("token")}.get("/v1/me/sessions").must(http.StatusOK)
}
