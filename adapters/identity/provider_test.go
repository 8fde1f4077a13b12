package identity_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/adapters/identity/identitytest"
	"github.com/punchledger/punchledger/domain/access"
)

const clientID = "punchledger"

// visit is the browser at the provider: it brings back what the ledger gets.
func visit(t testing.TB, p *identitytest.Provider, r identity.Redirect) identity.Returned {
	t.Helper()
	back := p.Visit(t, r.URL)
	return identity.Returned{Ceremony: r.Ceremony.Reveal(), State: back.Get("state"), Code: back.Get("code"), Issuer: back.Get("iss")}
}

func newProviderWorld(t *testing.T) (*world, *identitytest.Provider) {
	t.Helper()
	p := identitytest.NewProvider(t, clientID, "s3cret")
	w := newWorld(t, func(o *identity.Options) {
		var err error
		o.Provider, err = identity.Discover(t.Context(), identity.ProviderConfig{
			Issuer: p.URL, ClientID: clientID, ClientSecret: "s3cret", RedirectURL: origin + "/v1/login/provider", ACR: []string{"mfa"},
			MaxAge: time.Hour, ReferenceClaim: "employee_number",
		}, o.Now)
		require.NoError(t, err)
	})
	p.Now = w.now
	return w, p
}

func (w *world) providerLogin(p *identitytest.Provider) (identity.Opened, error) {
	w.t.Helper()
	r, err := w.BeginProvider(w.t.Context(), nil)
	require.NoError(w.t, err)
	return w.LoginProvider(w.t.Context(), from, visit(w.t, p, r))
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
	p.Change = func(_, c map[string]any) { c["employee_number"] = "2000" }
	_, err = w.providerLogin(p)
	require.NoError(t, err)
	p.Change = func(_, c map[string]any) { c["sub"] = "u-78" }
	_, err = w.providerLogin(p)
	refused(t, err, "unknown_subject")
	_, err = w.Reset(t.Context(), "e1", "hr1")
	require.NoError(t, err)
	w.gone(o)
	p.Change = func(_, _ map[string]any) {}
	_, err = w.providerLogin(p)
	refused(t, err, "unknown_subject")
}

func TestAnIdentityIsLinkedByWhoIsInvited(t *testing.T) {
	w, p := newProviderWorld(t)
	who, _ := w.invited("e1", false)
	r, err := w.BeginProvider(t.Context(), &who)
	require.NoError(t, err)
	added, err := w.LinkProvider(t.Context(), who, visit(t, p, r))
	require.NoError(t, err)
	require.NotNil(t, added.Opened)
	_, err = w.providerLogin(p)
	require.NoError(t, err)

	// What somebody began to link does not log in, nor link to another one, nor is it linked twice.
	who = w.who(*added.Opened)
	r, err = w.BeginProvider(t.Context(), &who)
	require.NoError(t, err)
	_, err = w.LoginProvider(t.Context(), from, visit(t, p, r))
	refused(t, err, "ceremony_gone")
	other, _ := w.invited("e2", false)
	r, err = w.BeginProvider(t.Context(), &who)
	require.NoError(t, err)
	_, err = w.LinkProvider(t.Context(), other, visit(t, p, r))
	refused(t, err, "ceremony_gone")
	r, err = w.BeginProvider(t.Context(), &other)
	require.NoError(t, err)
	_, err = w.LinkProvider(t.Context(), other, visit(t, p, r))
	refused(t, err, "credential_taken")
}

func TestTokensOfTheProviderThatAreRefused(t *testing.T) {
	forge := func(alg string, sign func(p *identitytest.Provider, input string) []byte) func(*world, *identitytest.Provider) {
		return func(_ *world, p *identitytest.Provider) {
			p.Change = func(h, _ map[string]any) { h["alg"] = alg }
			p.Sign = sign
		}
	}
	claim := func(name string, value func(w *world) any) func(*world, *identitytest.Provider) {
		return func(w *world, p *identitytest.Provider) {
			p.Change = func(_, c map[string]any) {
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
		change  func(*world, *identitytest.Provider)
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
		"no signature":                    {forge("none", func(*identitytest.Provider, string) []byte { return nil }), "token"},
		"signed with the public key as a shared secret": {forge("HS256", func(p *identitytest.Provider, input string) []byte {
			point, err := p.Key.PublicKey.Bytes()
			if err != nil {
				panic(err)
			}
			h := hmac.New(crypto.SHA256.New, point)
			h.Write([]byte(input))
			return h.Sum(nil)
		}), "token"},
		"signed by somebody else": {func(_ *world, p *identitytest.Provider) {
			served := p.Sign
			p.Sign = func(p *identitytest.Provider, input string) []byte {
				key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
				if err != nil {
					panic(err)
				}
				return served(&identitytest.Provider{Key: key}, input)
			}
		}, "token"},
		"a signature of zeros": {func(_ *world, p *identitytest.Provider) {
			p.Sign = func(*identitytest.Provider, string) []byte { return make([]byte, 64) }
		}, "token"},
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
		change func(*world, *identitytest.Provider, *identity.Returned)
		want   string
	}{
		"another state":   {func(_ *world, _ *identitytest.Provider, r *identity.Returned) { r.State = "another" }, "ceremony_gone"},
		"another browser": {func(_ *world, _ *identitytest.Provider, r *identity.Returned) { r.Ceremony = "another" }, "ceremony_gone"},
		"too late":        {func(w *world, _ *identitytest.Provider, _ *identity.Returned) { w.pass(5 * time.Minute) }, "ceremony_gone"},
		"another code":    {func(_ *world, _ *identitytest.Provider, r *identity.Returned) { r.Code = "c2" }, "provider_refused"},
		"no issuer":       {func(_ *world, _ *identitytest.Provider, r *identity.Returned) { r.Issuer = "" }, "provider_refused"},
		"another issuer":  {func(_ *world, _ *identitytest.Provider, r *identity.Returned) { r.Issuer = "https://evil.test" }, "provider_refused"},
		"another proof key": {func(_ *world, p *identitytest.Provider, _ *identity.Returned) {
			p.Pending.Set("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
		}, "provider_refused"},
	} {
		t.Run(name, func(t *testing.T) {
			w, p := newProviderWorld(t)
			require.NoError(t, w.Expect(t.Context(), "e1", "1007", "hr1"))
			r, err := w.BeginProvider(t.Context(), nil)
			require.NoError(t, err)
			back := visit(t, p, r)
			c.change(w, p, &back)
			_, err = w.LoginProvider(t.Context(), from, back)
			refused(t, err, c.want)
			require.NotContains(t, err.Error(), "s3cret")
			again := visit(t, p, r)
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
