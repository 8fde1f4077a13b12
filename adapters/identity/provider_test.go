package identity_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/domain/access"
)

// provider is an OpenID Connect provider in this process. It checks what a client must send; change says what is wrong with its
// tokens.
type provider struct {
	*httptest.Server
	key    *ecdsa.PrivateKey
	now    func() time.Time
	change func(header, claims map[string]any)
	sign   func(p *provider, input string) []byte

	mu      sync.Mutex
	pending url.Values
}

const clientID = "punchledger"

func newProvider(t *testing.T) *provider {
	t.Helper()
	p := &provider{now: time.Now, change: func(_, _ map[string]any) {}}
	var err error
	p.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	p.sign = func(p *provider, input string) []byte {
		h := sha256.Sum256([]byte(input))
		r, s, err := ecdsa.Sign(rand.Reader, p.key, h[:])
		if err != nil {
			panic(err)
		}
		out := make([]byte, 64)
		r.FillBytes(out[:32])
		s.FillBytes(out[32:])
		return out
	}
	mux := http.NewServeMux()
	reply := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"ES256", "HS256", "none"}, "response_types_supported": []string{"code"},
			"authorization_response_iss_parameter_supported": true,
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		point, err := p.key.PublicKey.Bytes()
		if err != nil {
			panic(err)
		}
		reply(w, map[string]any{"keys": []any{map[string]any{
			"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "k1", "x": b64.EncodeToString(point[1:33]), "y": b64.EncodeToString(point[33:]),
		}}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) { p.token(w, r, reply) })
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

// token exchanges the code c1, once, for a token, when PKCE, client and address are right.
func (p *provider) token(w http.ResponseWriter, r *http.Request, reply func(http.ResponseWriter, any)) {
	p.mu.Lock()
	asked := p.pending
	p.pending = nil
	p.mu.Unlock()
	proof := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	user, secret, _ := r.BasicAuth()
	if asked == nil || r.FormValue("code") != "c1" || asked.Get("code_challenge_method") != "S256" ||
		asked.Get("code_challenge") != b64.EncodeToString(proof[:]) || r.FormValue("redirect_uri") != asked.Get("redirect_uri") ||
		user != clientID || secret != "s3cret" {
		w.WriteHeader(http.StatusBadRequest)
		reply(w, map[string]any{"error": "invalid_grant", "error_description": "the secret was " + secret})
		return
	}
	now := p.now()
	header := map[string]any{"alg": "ES256", "kid": "k1", "typ": "JWT"}
	claims := map[string]any{
		"iss": p.URL, "sub": "u-77", "aud": clientID, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "nonce": asked.Get("nonce"),
		"auth_time": now.Unix(), "acr": "mfa", "employee_number": "1007",
	}
	p.change(header, claims)
	h, _ := json.Marshal(header)
	c, _ := json.Marshal(claims)
	input := b64.EncodeToString(h) + "." + b64.EncodeToString(c)
	reply(w, map[string]any{
		"access_token": "at", "token_type": "Bearer", "expires_in": 300, "id_token": input + "." + b64.EncodeToString(p.sign(p, input)),
	})
}

// visit is the browser at the provider: it brings back what the ledger gets.
func (p *provider) visit(t testing.TB, r identity.Redirect) identity.Returned {
	t.Helper()
	u, err := url.Parse(r.URL)
	require.NoError(t, err)
	p.mu.Lock()
	p.pending = u.Query()
	p.mu.Unlock()
	return identity.Returned{Ceremony: r.Ceremony.Reveal(), State: u.Query().Get("state"), Code: "c1", Issuer: p.URL}
}

func newProviderWorld(t *testing.T) (*world, *provider) {
	t.Helper()
	p := newProvider(t)
	w := newWorld(t, func(o *identity.Options) {
		var err error
		o.Provider, err = identity.Discover(t.Context(), identity.ProviderConfig{
			Issuer: p.URL, ClientID: clientID, ClientSecret: "s3cret", RedirectURL: origin + "/v1/login/provider", ACR: []string{"mfa"},
			MaxAge: time.Hour, ReferenceClaim: "employee_number",
		}, o.Now)
		require.NoError(t, err)
	})
	p.now = w.now
	return w, p
}

func (w *world) providerLogin(p *provider) (identity.Opened, error) {
	w.t.Helper()
	r, err := w.BeginProvider(w.t.Context(), nil)
	require.NoError(w.t, err)
	return w.LoginProvider(w.t.Context(), from, p.visit(w.t, r))
}

func TestAnIdentityThatHRHasAnnouncedLogsIn(t *testing.T) {
	w, p := newProviderWorld(t)
	_, err := w.providerLogin(p)
	refused(t, err, "unknown_subject")
	require.NoError(t, w.Expect(t.Context(), "e1", "1007", "hr1"))
	refused(t, w.Expect(t.Context(), "e2", "1007", "hr1"), "credential_taken")
	o, err := w.providerLogin(p)
	require.NoError(t, err)
	require.Equal(t, "e1", o.Session.Principal)
	require.True(t, o.Session.Strong)
	require.True(t, o.Session.Confirmed)
	require.Equal(t, []access.CredentialKind{access.OIDC}, o.Session.Methods)
	require.Len(t, w.changes, 1)

	// From then on issuer and subject are who it is; the reference may be given to somebody else.
	p.change = func(_, c map[string]any) { c["employee_number"] = "2000" }
	_, err = w.providerLogin(p)
	require.NoError(t, err)
	p.change = func(_, c map[string]any) { c["sub"] = "u-78" }
	_, err = w.providerLogin(p)
	refused(t, err, "unknown_subject")
	_, err = w.Reset(t.Context(), "e1", "hr1")
	require.NoError(t, err)
	w.gone(o)
	p.change = func(_, _ map[string]any) {}
	_, err = w.providerLogin(p)
	refused(t, err, "unknown_subject")
}

func TestAnIdentityIsLinkedByWhoIsInvited(t *testing.T) {
	w, p := newProviderWorld(t)
	who, _ := w.invited("e1", false)
	r, err := w.BeginProvider(t.Context(), &who)
	require.NoError(t, err)
	added, err := w.LinkProvider(t.Context(), who, p.visit(t, r))
	require.NoError(t, err)
	require.NotNil(t, added.Opened)
	_, err = w.providerLogin(p)
	require.NoError(t, err)

	// What somebody began to link does not log in, nor link to another one, nor is it linked twice.
	who = w.who(*added.Opened)
	r, err = w.BeginProvider(t.Context(), &who)
	require.NoError(t, err)
	_, err = w.LoginProvider(t.Context(), from, p.visit(t, r))
	refused(t, err, "ceremony_gone")
	other, _ := w.invited("e2", false)
	r, err = w.BeginProvider(t.Context(), &who)
	require.NoError(t, err)
	_, err = w.LinkProvider(t.Context(), other, p.visit(t, r))
	refused(t, err, "ceremony_gone")
	r, err = w.BeginProvider(t.Context(), &other)
	require.NoError(t, err)
	_, err = w.LinkProvider(t.Context(), other, p.visit(t, r))
	refused(t, err, "credential_taken")
}

func TestTokensOfTheProviderThatAreRefused(t *testing.T) {
	forge := func(alg string, sign func(p *provider, input string) []byte) func(*world, *provider) {
		return func(_ *world, p *provider) {
			p.change = func(h, _ map[string]any) { h["alg"] = alg }
			p.sign = sign
		}
	}
	claim := func(name string, value func(w *world) any) func(*world, *provider) {
		return func(w *world, p *provider) {
			p.change = func(_, c map[string]any) {
				if v := value(w); v != nil {
					c[name] = v
				} else {
					delete(c, name)
				}
			}
		}
	}
	is := func(v any) func(*world) any { return func(*world) any { return v } }
	ago := func(d time.Duration) func(*world) any { return func(w *world) any { return w.now().Add(-d).Unix() } }
	for name, c := range map[string]struct {
		change  func(*world, *provider)
		problem string
	}{
		"another nonce":                   {claim("nonce", is("another")), "nonce"},
		"no nonce":                        {claim("nonce", is(nil)), "nonce"},
		"another audience":                {claim("aud", is("another-app")), "token"},
		"another party of two audiences":  {claim("aud", is([]string{clientID, "another-app"})), "audience"},
		"issued to another party":         {claim("azp", is("another-app")), "audience"},
		"another issuer":                  {claim("iss", is("https://evil.test")), "token"},
		"expired":                         {claim("exp", ago(time.Second)), "token"},
		"from the future":                 {claim("iat", ago(-time.Hour)), "token"},
		"no subject":                      {claim("sub", is(nil)), "subject"},
		"a weaker authentication":         {claim("acr", is("password")), "acr"},
		"an authentication long ago":      {claim("auth_time", ago(2*time.Hour)), "auth_time"},
		"no time of authentication":       {claim("auth_time", is(nil)), "auth_time"},
		"an authentication in the future": {claim("auth_time", ago(-time.Hour)), "auth_time"},
		"no signature":                    {forge("none", func(*provider, string) []byte { return nil }), "token"},
		"signed with the public key as a shared secret": {forge("HS256", func(p *provider, input string) []byte {
			point, err := p.key.PublicKey.Bytes()
			if err != nil {
				panic(err)
			}
			h := hmac.New(crypto.SHA256.New, point)
			h.Write([]byte(input))
			return h.Sum(nil)
		}), "token"},
		"signed by somebody else": {func(_ *world, p *provider) {
			served := p.sign
			p.sign = func(p *provider, input string) []byte {
				key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
				if err != nil {
					panic(err)
				}
				return served(&provider{key: key}, input)
			}
		}, "token"},
		"a signature of zeros": {func(_ *world, p *provider) { p.sign = func(*provider, string) []byte { return make([]byte, 64) } }, "token"},
	} {
		t.Run(name, func(t *testing.T) {
			w, p := newProviderWorld(t)
			require.NoError(t, w.Expect(t.Context(), "e1", "1007", "hr1"))
			c.change(w, p)
			_, err := w.providerLogin(p)
			refused(t, err, "provider_refused")
			require.ErrorContains(t, err, "problem "+c.problem)
			require.Empty(t, w.changes)
		})
	}
}

func TestAnswersOfTheProviderThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*world, *provider, *identity.Returned)
		want   string
	}{
		"another state":   {func(_ *world, _ *provider, r *identity.Returned) { r.State = "another" }, "ceremony_gone"},
		"another browser": {func(_ *world, _ *provider, r *identity.Returned) { r.Ceremony = "another" }, "ceremony_gone"},
		"too late":        {func(w *world, _ *provider, _ *identity.Returned) { w.pass(5 * time.Minute) }, "ceremony_gone"},
		"another code":    {func(_ *world, _ *provider, r *identity.Returned) { r.Code = "c2" }, "provider_refused"},
		"no issuer":       {func(_ *world, _ *provider, r *identity.Returned) { r.Issuer = "" }, "provider_refused"},
		"another issuer":  {func(_ *world, _ *provider, r *identity.Returned) { r.Issuer = "https://evil.test" }, "provider_refused"},
		"another proof key": {func(_ *world, p *provider, _ *identity.Returned) {
			p.pending.Set("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
		}, "provider_refused"},
	} {
		t.Run(name, func(t *testing.T) {
			w, p := newProviderWorld(t)
			require.NoError(t, w.Expect(t.Context(), "e1", "1007", "hr1"))
			r, err := w.BeginProvider(t.Context(), nil)
			require.NoError(t, err)
			back := p.visit(t, r)
			c.change(w, p, &back)
			_, err = w.LoginProvider(t.Context(), from, back)
			refused(t, err, c.want)
			require.NotContains(t, err.Error(), "s3cret")
			again := p.visit(t, r)
			again.Ceremony = back.Ceremony
			_, err = w.LoginProvider(t.Context(), from, again)
			refused(t, err, "ceremony_gone") // it is for one try
		})
	}
}

func TestALedgerWithoutAProvider(t *testing.T) {
	w := newWorld(t)
	_, err := w.BeginProvider(t.Context(), nil)
	refused(t, err, "no_provider")
	_, err = w.LoginProvider(t.Context(), from, identity.Returned{})
	refused(t, err, "no_provider")
	refused(t, w.Expect(t.Context(), "e1", "1007", "hr1"), "no_provider")
	_, err = identity.Discover(t.Context(), identity.ProviderConfig{Issuer: "http://127.0.0.1:1"}, time.Now)
	require.Error(t, err)
}
