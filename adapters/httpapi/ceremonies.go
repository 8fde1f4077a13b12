package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/punchledger/punchledger/domain"
)

// ceremonyCookie binds a login at the identity provider to the browser that began it. Lax lets it come back with the redirect.
const ceremonyCookie = "__Host-provider"

// Ways to begin at the provider, kept before the ceremony in its cookie.
const (
	toLogin = "login."
	toLink  = "link."
)

type ceremonyOut struct {
	Body Ceremony
}

type passkeyIn struct {
	Open
	Body struct {
		By
		Ceremony string          `json:"ceremony" minLength:"1" maxLength:"64"`
		Answer   json.RawMessage `json:"answer" doc:"The credential that the browser returned, as JSON."`
	}
}

type redirectOut struct {
	SetCookie []string `header:"Set-Cookie"`
	Body      struct {
		URL string `json:"url" doc:"Where the browser goes on."`
	}
}

type callbackIn struct {
	Asked
	State    string `query:"state" maxLength:"512"`
	Code     string `query:"code" maxLength:"4096"`
	Issuer   string `query:"iss" maxLength:"512"`
	Error    string `query:"error" maxLength:"256"`
	Told     string `query:"error_description" maxLength:"2048"`
	Session  string `query:"session_state" maxLength:"512"`
	Ceremony string `cookie:"__Host-provider" maxLength:"128"`
}

// About implements input.
func (*callbackIn) About(*Call) Subject { return Subject{Scope: Public} }

type callbackOut struct {
	SetCookie []string `header:"Set-Cookie"`
	Location  string   `header:"Location"`
}

// ceremonyRoutes let people in with passkeys and through the identity provider, both in two steps.
func (s *Server) ceremonyRoutes() {
	const object = "login"
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/login/passkey/begin", ID: "begin-passkey-login", Object: object,
		Summary: "Begin to log in with a passkey.",
	},
		func(ctx context.Context, _ *Call, _ *Open) (*ceremonyOut, error) {
			begun, err := s.o.Logins.BeginPasskeyLogin(ctx)
			return &ceremonyOut{begun}, err
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/login/passkey", ID: "login-passkey", Object: object, MaxBody: MaxPunchBody,
		Summary: "Log in with what a passkey has signed.",
	},
		func(ctx context.Context, c *Call, in *passkeyIn) (*signedInOut, error) {
			from, err := c.from()
			if err != nil {
				return nil, err
			}
			o, err := s.o.Logins.Passkey(ctx, from, in.Body.Ceremony, in.Body.Answer)
			return c.signedIn(o, in.Body.By, err)
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/login/provider/begin", ID: "begin-provider-login", Object: object,
		Summary: "Begin to log in at the identity provider.",
	},
		func(ctx context.Context, _ *Call, _ *Open) (*redirectOut, error) {
			r, err := s.o.Logins.BeginProvider(ctx)
			return sent(r, toLogin), err
		})
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/login/provider/callback", ID: "login-provider", Object: object, Status: http.StatusSeeOther,
		Summary: "Where the identity provider sends the browser back to. It ends at the pages.",
	}, s.cameBack)
}

// sent is the answer that sends a browser to the provider.
func sent(r Redirect, way string) *redirectOut {
	out := &redirectOut{SetCookie: []string{providerCookie(way + r.Ceremony).String()}}
	out.Body.URL = r.URL
	return out
}

func providerCookie(value string) *http.Cookie {
	c := sessionCookie(value)
	c.Name, c.MaxAge = ceremonyCookie, 300
	if value == "" {
		c.MaxAge = -1
	}
	return c
}

// cameBack ends a login, or a link, at the provider. The browser is led to a fixed place: nothing in the request says where.
func (s *Server) cameBack(ctx context.Context, c *Call, in *callbackIn) (*callbackOut, error) {
	from, err := c.from()
	if err != nil {
		return nil, err
	}
	out := &callbackOut{SetCookie: []string{providerCookie("").String()}, Location: "/"}
	back := Returned{State: in.State, Code: in.Code, Issuer: in.Issuer}
	ceremony, login := strings.CutPrefix(in.Ceremony, toLogin)
	if back.Ceremony = ceremony; login {
		o, err := s.o.Logins.Provider(ctx, from, back)
		if err != nil {
			return nil, err
		}
		out.SetCookie = append(out.SetCookie, sessionCookie(o.Token).String())
		return out, nil
	}
	ceremony, link := strings.CutPrefix(in.Ceremony, toLink)
	if !link || c.credential.Session == "" {
		return nil, domain.NewError(domain.Conflict, "ceremony_gone")
	}
	back.Ceremony = ceremony
	added, err := s.o.Logins.Link(ctx, c.credential, back)
	if err != nil {
		return nil, err
	}
	if added.Opened.Token != "" {
		out.SetCookie = append(out.SetCookie, sessionCookie(added.Opened.Token).String())
	}
	return out, nil
}
