package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/punchledger/punchledger/domain/access"
)

// CookieName is the cookie of a session. Its prefix makes browsers keep it to this host, this path and TLS.
const CookieName = "__Host-session"

// SessionPrefix begins a session that a client without cookies shows as a bearer. What follows is what a browser has in its cookie.
const SessionPrefix = "pls_"

// KioskPrefix begins the session of a kiosk.
const KioskPrefix = "plk_"

// Credential is what a request shows to prove who asks: a session, a kiosk's session or an API token, only one of them.
type Credential struct {
	Session  string // the secret of a session, from the cookie or the header
	Kiosk    string // the secret of a kiosk's session; never from a cookie
	Bearer   string // an API token; never from a cookie
	ByHeader bool   // the session came in the header, so a new one is answered in the body and not as a cookie
	Network  string // where the request comes from, for throttling
}

// Who is who asks. Permits says what the session or token may be used for, on top of what its principal may; nil is no limit. Fresh
// refuses what is sensitive to who has not proven who they are lately; nil refuses nobody.
type Who struct {
	Principal string
	Device    string // the kiosk that speaks for itself: it hands in punches of whoever uses it, and nothing else
	Session   string // id of the session or token, not its secret
	Token     bool
	Methods   []access.CredentialKind // by which the session began
	Unvouched bool                    // nobody has vouched for it yet: its punches are held
	Permits   func(access.Action) bool
	Fresh     func() error
}

// ErrNobody says that a credential proves nothing: it is unknown, expired or ended.
var ErrNobody = errors.New("the credential proves nothing")

// Identity finds out who asks. An error that is ErrNobody is answered with 401, any other with 500.
type Identity interface {
	Who(ctx context.Context, c Credential) (Who, error)
}

// credentialOf reads what a request shows. A bearer token comes before a cookie, so that a program in a browser means what it says.
func (s *Server) credentialOf(r *http.Request) (Credential, bool) {
	c := Credential{Network: s.networkOf(r)}
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, token, _ := strings.Cut(h, " ")
		if strings.EqualFold(scheme, "Bearer") {
			c.Bearer = strings.TrimSpace(token)
		}
		if session, ok := strings.CutPrefix(c.Bearer, SessionPrefix); ok {
			c.Session, c.Bearer, c.ByHeader = session, "", true
		} else if kiosk, ok := strings.CutPrefix(c.Bearer, KioskPrefix); ok {
			c.Kiosk, c.Bearer = kiosk, ""
		}
		return c, c.Session+c.Bearer+c.Kiosk != ""
	}
	if cookie, err := r.Cookie(CookieName); err == nil {
		c.Session = cookie.Value
	}
	return c, c.Session != ""
}
