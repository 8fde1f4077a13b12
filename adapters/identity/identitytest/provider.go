package identitytest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Provider is an OpenID Connect provider in this process, of one person. It checks what a client must send; Change says what is wrong
// with its tokens. It is for tests only.
type Provider struct {
	*httptest.Server
	Key    *ecdsa.PrivateKey
	Now    func() time.Time
	Change func(header, claims map[string]any)
	Sign   func(p *Provider, input string) []byte

	client, secret string

	mu      sync.Mutex
	Pending url.Values // what the client asked last
}

// NewProvider serves a provider for a client until the test ends.
func NewProvider(t *testing.T, client, secret string) *Provider {
	t.Helper()
	p := &Provider{client: client, secret: secret, Now: time.Now, Change: func(_, _ map[string]any) {}}
	var err error
	p.Key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	p.Sign = func(p *Provider, input string) []byte {
		h := sha256.Sum256([]byte(input))
		r, s, err := ecdsa.Sign(rand.Reader, p.Key, h[:])
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
		point, err := p.Key.PublicKey.Bytes()
		if err != nil {
			panic(err)
		}
		reply(w, map[string]any{"keys": []any{map[string]any{
			"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "k1", "x": base64.RawURLEncoding.EncodeToString(point[1:33]), "y": base64.RawURLEncoding.EncodeToString(point[33:]),
		}}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) { p.token(w, r, reply) })
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

// token exchanges the code c1, once, for a token, when PKCE, client and address are right.
func (p *Provider) token(w http.ResponseWriter, r *http.Request, reply func(http.ResponseWriter, any)) {
	p.mu.Lock()
	asked := p.Pending
	p.Pending = nil
	p.mu.Unlock()
	proof := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	user, secret, _ := r.BasicAuth()
	if asked == nil || r.FormValue("code") != "c1" || asked.Get("code_challenge_method") != "S256" ||
		asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(proof[:]) || r.FormValue("redirect_uri") != asked.Get("redirect_uri") ||
		user != p.client || secret != p.secret {
		w.WriteHeader(http.StatusBadRequest)
		reply(w, map[string]any{"error": "invalid_grant", "error_description": "the secret was " + secret})
		return
	}
	now := p.Now()
	header := map[string]any{"alg": "ES256", "kid": "k1", "typ": "JWT"}
	claims := map[string]any{
		"iss": p.URL, "sub": "u-77", "aud": p.client, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "nonce": asked.Get("nonce"),
		"auth_time": now.Unix(), "acr": "mfa", "employee_number": "1007",
	}
	p.Change(header, claims)
	h, _ := json.Marshal(header)
	c, _ := json.Marshal(claims)
	input := base64.RawURLEncoding.EncodeToString(h) + "." + base64.RawURLEncoding.EncodeToString(c)
	reply(w, map[string]any{
		"access_token": "at", "token_type": "Bearer", "expires_in": 300, "id_token": input + "." + base64.RawURLEncoding.EncodeToString(p.Sign(p, input)),
	})
}

// Visit is the browser at the provider, where somebody logs in: it returns what the browser is sent back with.
func (p *Provider) Visit(t testing.TB, to string) url.Values {
	t.Helper()
	u, err := url.Parse(to)
	require.NoError(t, err)
	p.mu.Lock()
	p.Pending = u.Query()
	p.mu.Unlock()
	return url.Values{"state": {u.Query().Get("state")}, "code": {"c1"}, "iss": {p.URL}}
}
