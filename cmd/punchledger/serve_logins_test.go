package main

import (
	"encoding/base32"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

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
	return b.do(r)
}

// stays is a client that is led nowhere.
var stays = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (b browser) do(r *http.Request) said {
	t := b.s.t
	t.Helper()
	resp, err := stays.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	out := said{Response: resp, t: t, body: map[string]any{}}
	if len(raw) > 0 {
		require.NoError(t, json.Unmarshal(raw, &out.body), "%s", raw)
	}
	if at := resp.Header.Get("Ledger-Position"); at != "" && r.Method != http.MethodGet {
		b.s.shown(at)
	}
	return out
}

// shown waits until the views of the server have a position, as a reader does who wants to see what it wrote.
func (s *served) shown(position string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.url+"/readyz?not_before_position="+position, http.NoBody)
	require.NoError(s.t, err)
	r.Header.Set("Prefer", "wait=10")
	resp, err := http.DefaultClient.Do(r)
	require.NoError(s.t, err)
	require.NoError(s.t, resp.Body.Close())
	require.Equal(s.t, http.StatusOK, resp.StatusCode)
}

func (b browser) post(path, body string, header ...string) said {
	b.s.t.Helper()
	return b.send(http.MethodPost, path, body, header...)
}

func (b browser) get(path string) said { b.s.t.Helper(); return b.send(http.MethodGet, path, "") }

const aPassword = "vier Woerter ohne Sinn"

// invitedServer serves a ledger whose owner boss and whose employee e1 were invited at the machine.
func invitedServer(t *testing.T) (s *served, codes map[string]string) {
	t.Helper()
	codes = map[string]string{}
	s = newServed(t, func(s *served) {
		s.atMachine("boss", access.Owner, func(who *identity.Service) {
			for _, p := range []string{"boss", "e1"} {
				secret, _, err := who.Invite(t.Context(), identity.InvitationRequest{Principal: p, By: "admin"})
				require.NoError(t, err)
				codes[p] = secret.Reveal()
			}
		})
	})
	return s, codes
}

func (s *served) redeem(code string) browser {
	s.t.Helper()
	in := browser{s: s}.post("/v1/login/invitation", `{"code": "`+code+`"}`).must(http.StatusOK)
	require.NotContains(s.t, in.body, "token", "a browser has its cookie")
	return browser{s: s, cookie: in.cookie()}
}

// enrol redeems an invitation and sets a password, as a browser.
func (s *served) enrol(code string) browser {
	s.t.Helper()
	set := s.redeem(code).post("/v1/me/password", `{"password": "`+aPassword+`"}`).must(http.StatusOK)
	return browser{s: s, cookie: set.cookie()}
}

func (s *served) login(principal string, before browser) browser {
	s.t.Helper()
	before.s = s
	in := before.post("/v1/login/password", `{"login": "`+principal+`", "password": "`+aPassword+`"}`).must(http.StatusOK)
	return browser{s: s, cookie: in.cookie()}
}

func TestSomebodyNewLogsInWithoutCookies(t *testing.T) {
	s, codes := invitedServer(t)
	in := browser{s: s}.post("/v1/login/invitation", `{"code": "`+codes["boss"]+`", "bearer": true}`).must(http.StatusOK)
	require.Empty(t, in.Cookies())
	enrolling := browser{s: s, bearer: in.text("token")}
	enrolling.get("/v1/groups").must(http.StatusForbidden)
	set := enrolling.post("/v1/me/password", `{"password": "`+aPassword+`"}`).must(http.StatusOK)
	require.Empty(t, set.Cookies())
	boss := browser{s: s, bearer: set.text("signed_in", "token")}
	enrolling.get("/v1/me").must(http.StatusUnauthorized)
	require.Equal(t, "boss", boss.get("/v1/me").must(http.StatusOK).text("principal"))
	again := browser{s: s}.post("/v1/login/invitation", `{"code": "`+codes["boss"]+`"}`).must(http.StatusForbidden)
	require.Equal(t, "invitation_refused", again.text("code"))
	login := browser{s: s}.post("/v1/login/password", `{"login": "boss", "password": "`+aPassword+`", "bearer": true}`).must(http.StatusOK)
	browser{s: s, bearer: login.text("token")}.get("/v1/me/sessions").must(http.StatusOK)
}

func TestAnOwnerProvesThemselvesBeforeInviting(t *testing.T) {
	s, codes := invitedServer(t)
	boss := s.enrol(codes["boss"])
	const invite = "/v1/principals/e1/login/invitation"
	require.Equal(t, "prove_again", boss.post(invite, `{}`).must(http.StatusForbidden).text("code"), "a password alone is not enough")
	offer := boss.post("/v1/me/one-time-codes/begin", "").must(http.StatusOK)
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(offer.text("key"))
	require.NoError(t, err)
	code := identity.OneTimeCode(key, s.now().Unix()/30)
	set := boss.post("/v1/me/one-time-codes", `{"ceremony": "`+offer.text("ceremony")+`", "code": "`+code+`"}`).must(http.StatusCreated)
	require.Len(t, set.body["recovery_codes"], access.RecoveryCodes)
	boss.get("/v1/me").must(http.StatusUnauthorized)
	strong := browser{s: s, cookie: set.cookie()}
	made := strong.post(invite, `{"confirm": true, "picture": "svg"}`).must(http.StatusCreated)
	require.Contains(t, made.text("svg"), "<svg")
	strong.post("/v1/principals/boss/login/reset", "").must(http.StatusForbidden)
	strong.post("/v1/principals/e1/grants", `{"role": "hr", "purpose": "people", "to": "2026-12-01"}`).must(http.StatusCreated)
	half := browser{s: s}.post("/v1/login/password", `{"login": "boss", "password": "`+aPassword+`"}`).must(http.StatusAccepted)
	require.Empty(t, half.cookie())
	recovery := set.body["recovery_codes"].([]any)[0].(string)
	in := browser{s: s}.post("/v1/login/second-factor", `{"ceremony": "`+half.text("second_factor")+`", "code": "`+recovery+`"}`).must(http.StatusOK)
	require.Equal(t, true, in.body["session"].(map[string]any)["strong"])
}

func TestNoSessionIsTakenOnFromTheBrowser(t *testing.T) {
	s, codes := invitedServer(t)
	e1 := s.enrol(codes["e1"])
	planted := browser{s: s, cookie: "planted-by-somebody-else"}
	in := s.login("e1", planted)
	require.NotEqual(t, planted.cookie, in.cookie)
	planted.get("/v1/me").must(http.StatusUnauthorized)
	next := s.login("e1", in)
	require.NotEqual(t, in.cookie, next.cookie)
	in.get("/v1/me").must(http.StatusUnauthorized)
	e1.get("/v1/me").must(http.StatusOK)
	require.EqualValues(t, 1, next.post("/v1/me/sessions/end", `{"others": true}`).must(http.StatusOK).body["ended"])
	e1.get("/v1/me").must(http.StatusUnauthorized)
	out := next.post("/v1/logout", "").must(http.StatusNoContent)
	require.Equal(t, -1, out.Cookies()[0].MaxAge)
	next.get("/v1/me").must(http.StatusUnauthorized)
	next.post("/v1/logout", "").must(http.StatusNoContent)
}

func TestWhoLeavesIsOutAtOnce(t *testing.T) {
	s, codes := invitedServer(t)
	e1 := s.enrol(codes["e1"])
	e1.get("/v1/me").must(http.StatusOK)
	hr := browser{s: s, bearer: s.token}
	hr.post("/v1/employees/e1/end", `{"last_day": "2026-10-13", "reason": "resigned"}`).must(http.StatusOK)
	e1.get("/v1/me").must(http.StatusUnauthorized)
	refused := browser{s: s}.post("/v1/login/password", `{"login": "e1", "password": "`+aPassword+`"}`).must(http.StatusForbidden)
	require.Equal(t, "login_refused", refused.text("code"))
}

func TestNobodyIsInAfterALogoutAmongRequests(t *testing.T) {
	s, codes := invitedServer(t)
	e1 := s.enrol(codes["e1"])
	var all errgroup.Group
	for range 8 {
		all.Go(func() error {
			for e1.get("/v1/me").StatusCode != http.StatusUnauthorized { // until somebody has logged out
			}
			return nil
		})
		all.Go(func() error {
			out, after := e1.post("/v1/logout", "").StatusCode, e1.get("/v1/me").StatusCode
			if out != http.StatusNoContent || after != http.StatusUnauthorized {
				return fmt.Errorf("logged out with %d, and is answered %d", out, after)
			}
			return nil
		})
	}
	require.NoError(t, all.Wait())
}

func TestACookieIsNoTokenAndNoOtherSitesTool(t *testing.T) {
	s, codes := invitedServer(t)
	e1 := s.enrol(codes["e1"])
	for _, header := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}} {
		got := e1.post("/v1/me/sessions/end", `{}`, header...).must(http.StatusForbidden)
		require.Equal(t, "http_cross_origin", got.text("code"), "%v", header)
	}
	e1.get("/v1/me").must(http.StatusOK)
	browser{s: s, cookie: s.token}.get("/v1/me").must(http.StatusUnauthorized)
	browser{s: s, cookie: "pls_" + e1.cookie}.get("/v1/me").must(http.StatusUnauthorized)
	browser{s: s, bearer: e1.cookie}.get("/v1/me").must(http.StatusUnauthorized)
	browser{s: s, bearer: s.token}.post("/v1/me/tokens", `{"name": "more", "actions": ["day.read"]}`).must(http.StatusForbidden)
	forwarded := browser{s: s}.post("/v1/login/password", `{"login": "e1", "password": "x"}`, "X-Forwarded-For", "203.0.113.9").must(http.StatusForbidden)
	require.Equal(t, "http_in_clear", forwarded.text("code"))
}

func TestSomebodyUnknownIsAnsweredAsAWrongPassword(t *testing.T) {
	s, codes := invitedServer(t)
	s.enrol(codes["e1"])
	answers := map[string]bool{}
	for _, login := range []string{"e1", "e999", "boss"} { // boss has set none
		got := browser{s: s}.post("/v1/login/password", `{"login": "`+login+`", "password": "wrong and long enough"}`).must(http.StatusForbidden)
		answers[fmt.Sprint(got.body)] = true
	}
	require.Len(t, answers, 1)
	for range 4 {
		browser{s: s}.post("/v1/login/password", `{"login": "e1", "password": "wrong and long enough"}`)
	}
	slow := browser{s: s}.post("/v1/login/password", `{"login": "e1", "password": "`+aPassword+`"}`).must(http.StatusTooManyRequests)
	require.NotEmpty(t, slow.Header.Get("Retry-After"))
}
