package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/identity/identitytest"
)

// provided is a ledger whose people may log in at a provider in this process.
type provided struct {
	*paged
	provider *identitytest.Provider
}

func newProvided(t *testing.T) *provided {
	t.Helper()
	p := &provided{provider: identitytest.NewProvider(t, "punchledger", "s3cret")}
	p.paged = newPaged(t, "--oidc-issuer", p.provider.URL, "--oidc-client", "punchledger", "--oidc-secret", "provider.secret",
		"--oidc-claim", "employee_number", "--oidc-acr", "mfa")
	p.provider.Now = p.now
	return p
}

// begin is the first half of a login: where the browser goes, and the cookie that it comes back with.
func (p *provided) begin() (to, cookie string) {
	p.t.Helper()
	begun := browser{s: p.served}.post("/v1/login/provider/begin", "").must(http.StatusOK)
	for _, c := range begun.Cookies() {
		if c.Name == "__Host-provider" {
			require.True(p.t, c.Secure && c.HttpOnly && c.SameSite == http.SameSiteLaxMode && c.Path == "/" && c.MaxAge == 300, "%v", c)
			cookie = c.Value
		}
	}
	require.NotEmpty(p.t, cookie)
	return begun.text("url"), cookie
}

// back is the browser that the provider has sent back, and what the ledger answers without following it.
func (p *provided) back(cookie, session string, with url.Values) said {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.url+providerPath+"?"+with.Encode(), http.NoBody)
	require.NoError(p.t, err)
	if cookie != "" {
		r.AddCookie(&http.Cookie{Name: "__Host-provider", Value: cookie})
	}
	if session != "" {
		r.AddCookie(&http.Cookie{Name: "__Host-session", Value: session})
	}
	return browser{s: p.served}.do(r)
}

// announces has boss say how the provider calls e1.
func (p *provided) announces() {
	p.t.Helper()
	boss := p.redeem(p.codes["boss"]).register(p.authenticator())
	boss.post("/v1/principals/e1/login/expect", `{"reference":"1007"}`).must(http.StatusNoContent)
}

func TestALoginAtTheProviderOverHTTP(t *testing.T) {
	p := newProvided(t)
	to, cookie := p.begin()
	with := p.provider.Visit(t, to)
	require.Equal(t, "unknown_subject", p.back(cookie, "", with).must(http.StatusForbidden).text("code"), "nobody has announced them")
	p.announces()
	to, cookie = p.begin()
	u, err := url.Parse(to)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(to, p.provider.URL+"/authorize?"))
	for name, want := range map[string]string{
		"response_type": "code", "client_id": "punchledger", "redirect_uri": pages + providerPath, "code_challenge_method": "S256",
	} {
		require.Equal(t, want, u.Query().Get(name))
	}
	for _, name := range []string{"state", "nonce", "code_challenge"} {
		require.GreaterOrEqual(t, len(u.Query().Get(name)), 32, name)
	}
	with = p.provider.Visit(t, to)
	in := p.back(cookie, "", with).must(http.StatusSeeOther)
	require.Equal(t, "/", in.Header.Get("Location"), "nothing in the request says where to")
	e1 := browser{s: p.served, cookie: in.cookie()}
	require.Equal(t, "e1", e1.get("/v1/me").must(http.StatusOK).text("principal"))
	again := p.back(cookie, "", with).must(http.StatusConflict)
	require.Equal(t, "ceremony_gone", again.text("code"), "it counts once")
	require.Empty(t, again.cookie())
}

func TestAnswersOfAProviderThatLetNobodyIn(t *testing.T) {
	p := newProvided(t)
	p.announces()
	set := func(name, value string) func(_ *string, with url.Values) {
		return func(_ *string, with url.Values) { with.Set(name, value) }
	}
	claim := func(name string, value any) func(*string, url.Values) {
		return func(*string, url.Values) { p.provider.Change = func(_, claims map[string]any) { claims[name] = value } }
	}
	for name, c := range map[string]struct {
		change func(cookie *string, with url.Values)
		status int
		code   string
	}{
		"another state":       {set("state", "another"), 409, "ceremony_gone"},
		"another code":        {set("code", "c2"), 403, "provider_refused"},
		"another issuer":      {set("iss", "https://evil.test"), 403, "provider_refused"},
		"no issuer":           {set("iss", ""), 403, "provider_refused"},
		"no cookie":           {func(cookie *string, _ url.Values) { *cookie = "" }, 409, "ceremony_gone"},
		"another browser":     {func(cookie *string, _ url.Values) { _, *cookie = p.begin() }, 409, "ceremony_gone"},
		"a cookie of a link":  {func(cookie *string, _ url.Values) { *cookie = "link." + strings.TrimPrefix(*cookie, "login.") }, 409, "ceremony_gone"},
		"a token of another":  {claim("iss", "https://evil.test"), 403, "provider_refused"},
		"a token for another": {claim("aud", "another-app"), 403, "provider_refused"},
		"another nonce":       {claim("nonce", "another"), 403, "provider_refused"},
		"a weaker class":      {claim("acr", "password"), 403, "provider_refused"},
		"somebody else":       {func(*string, url.Values) { p.provider.Change = foreigner }, 403, "unknown_subject"},
		"another proof key": {func(*string, url.Values) {
			p.provider.Pending.Set("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
		}, 403, "provider_refused"},
		"an address to go on to": {set("redirect_uri", "https://evil.test"), 422, "http_invalid_request"},
	} {
		t.Run(name, func(t *testing.T) {
			p.provider.Change = func(_, _ map[string]any) {}
			to, cookie := p.begin()
			with := p.provider.Visit(t, to)
			c.change(&cookie, with)
			refused := p.back(cookie, "", with)
			require.Equal(t, c.code, refused.must(c.status).text("code"))
			require.Empty(t, refused.cookie())
			require.Empty(t, refused.Header.Get("Location"))
		})
	}
}

func foreigner(_, claims map[string]any) { claims["sub"], claims["employee_number"] = "u-78", "9999" }

// Who is signed in links who they are at the provider, and nobody else's browser can end that.
func TestALinkToTheProviderOverHTTP(t *testing.T) {
	p := newProvided(t)
	e1 := p.redeem(p.codes["e1"]).register(p.authenticator())
	begun := e1.post("/v1/me/provider/begin", "").must(http.StatusOK)
	cookie := begun.Cookies()[0].Value
	with := p.provider.Visit(t, begun.text("url"))
	require.Equal(t, "ceremony_gone", p.back(cookie, "", with).must(http.StatusConflict).text("code"), "without the session that began it")
	boss := p.redeem(p.codes["boss"]).register(p.authenticator())
	begun = e1.post("/v1/me/provider/begin", "").must(http.StatusOK)
	with = p.provider.Visit(t, begun.text("url"))
	require.Equal(t, "ceremony_gone", p.back(begun.Cookies()[0].Value, boss.cookie, with).must(http.StatusConflict).text("code"))
	begun = e1.post("/v1/me/provider/begin", "").must(http.StatusOK)
	with = p.provider.Visit(t, begun.text("url"))
	linked := p.back(begun.Cookies()[0].Value, e1.cookie, with).must(http.StatusSeeOther)
	require.Equal(t, "/", linked.Header.Get("Location"))
	to, cookie := p.begin()
	in := p.back(cookie, "", p.provider.Visit(t, to)).must(http.StatusSeeOther)
	require.Equal(t, "e1", browser{s: p.served, cookie: in.cookie()}.get("/v1/me").must(http.StatusOK).text("principal"))
}
