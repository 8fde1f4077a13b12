package httpapi

import (
	"context"
	"net/http"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
)

// session is a session as its owner, and who keeps their login, sees it.
type session struct {
	ID              string                  `json:"id"`
	Methods         []access.CredentialKind `json:"methods"`
	CreatedAt       domain.Instant          `json:"created_at"`
	AuthenticatedAt domain.Instant          `json:"authenticated_at" doc:"When it was last proven who it is."`
	SeenAt          domain.Instant          `json:"seen_at" doc:"Within a minute."`
	Client          string                  `json:"client,omitempty" doc:"Browser and system, as they said."`
	Strong          bool                    `json:"strong" doc:"Two factors, or a passkey."`
	Confirmed       bool                    `json:"confirmed" doc:"Somebody has vouched for the first credential."`
	Enrolling       bool                    `json:"enrolling,omitempty" doc:"Good for setting the first credential only."`
	Current         bool                    `json:"current,omitempty" doc:"The one that asks."`
}

func (c *Call) sessionShown(s access.Session) session {
	return session{
		ID: s.ID, Methods: orEmpty(s.Methods), CreatedAt: s.CreatedAt, AuthenticatedAt: s.AuthenticatedAt, SeenAt: s.SeenAt,
		Client: s.Client, Strong: s.Strong, Confirmed: s.Confirmed, Enrolling: s.Enrolling, Current: s.ID == c.Who.Session,
	}
}

// orEmpty is a list that is written as [] where there is nothing.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// signedIn is the part of an answer that hands a session over.
type signedIn struct {
	Principal string  `json:"principal"`
	Token     string  `json:"token,omitempty" doc:"For Authorization: Bearer, where it was asked for; shown once. A browser has a cookie instead."`
	Session   session `json:"session"`
}

type signedInOut struct {
	SetCookie []string `header:"Set-Cookie"`
	Body      signedIn
}

// By says how a client wants to hold its session.
type By struct {
	Bearer bool `json:"bearer,omitempty" doc:"Answer the session's token instead of setting a cookie."`
}

// sessionCookie keeps a session in a browser. It lives as long as the browser does; the ledger ends it earlier.
func sessionCookie(value string) *http.Cookie {
	c := &http.Cookie{Name: CookieName, Value: value, Path: "/", Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if value == "" {
		c.MaxAge = -1
	}
	return c
}

// hands gives a session to the client: as a cookie, or in the body to a client that holds it itself.
func (c *Call) hands(o Opened, bearer bool) (cookies []string, body signedIn) {
	c.Who.Session = o.Session.ID
	body = signedIn{Principal: o.Session.Principal, Session: c.sessionShown(o.Session)}
	if bearer {
		body.Token = SessionPrefix + o.Token
		return nil, body
	}
	return []string{sessionCookie(o.Token).String()}, body
}

func (c *Call) signedIn(o Opened, by By, err error) (*signedInOut, error) {
	if err != nil {
		return nil, err
	}
	out := &signedInOut{}
	out.SetCookie, out.Body = c.hands(o, by.Bearer || c.credential.ByHeader)
	return out, nil
}

// from is where a login comes from. Secrets are taken where nobody reads along only.
func (c *Call) from() (LoginFrom, error) {
	if !c.secure {
		return LoginFrom{}, domain.NewError(domain.Forbidden, codeInClear)
	}
	return LoginFrom{Network: c.credential.Network, Client: c.client, Replaces: c.credential.Session}, nil
}

type redeemIn struct {
	Open
	Body struct {
		By
		Code string `json:"code" minLength:"1" maxLength:"64" doc:"As printed; dashes, blanks and capitals do not matter."`
	}
}

type passwordIn struct {
	Open
	Body struct {
		By
		Login    string `json:"login" minLength:"1" maxLength:"64" doc:"Employee, or principal."`
		Password string `json:"password" minLength:"1" maxLength:"512"`
	}
}

type passwordOut struct {
	Status    int
	SetCookie []string `header:"Set-Cookie"`
	Body      struct {
		Principal    string   `json:"principal,omitempty"`
		Token        string   `json:"token,omitempty" doc:"For Authorization: Bearer, where it was asked for; shown once."`
		Session      *session `json:"session,omitempty"`
		SecondFactor string   `json:"second_factor,omitempty" doc:"The login goes on at /v1/login/second-factor with this as ceremony. Nobody is signed in yet."`
	}
}

type secondFactorIn struct {
	Open
	Body struct {
		By
		Ceremony string `json:"ceremony" minLength:"1" maxLength:"64"`
		Code     string `json:"code" minLength:"1" maxLength:"64" doc:"One-time code or recovery code. A wrong one ends the login."`
	}
}

// loginRoutes let people in. Logging in again replaces the session that the client shows, and counts as a new proof.
func (s *Server) loginRoutes() {
	const object = "login"
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/login/invitation", ID: "redeem-invitation", Object: object, MaxBody: MaxPunchBody,
		Summary: "Use an invitation up, and begin the session that sets the first credential.",
	},
		func(ctx context.Context, c *Call, in *redeemIn) (*signedInOut, error) {
			from, err := c.from()
			if err != nil {
				return nil, err
			}
			o, err := s.o.Logins.Redeem(ctx, from, in.Body.Code)
			return c.signedIn(o, in.Body.By, err)
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/login/password", ID: "login-password", Object: object, MaxBody: MaxPunchBody,
		Summary: "Log in with a password.",
	}, s.loginPassword)
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/login/second-factor", ID: "login-second-factor", Object: object, MaxBody: MaxPunchBody,
		Summary: "Go on with a one-time code or a recovery code.",
	},
		func(ctx context.Context, c *Call, in *secondFactorIn) (*signedInOut, error) {
			from, err := c.from()
			if err != nil {
				return nil, err
			}
			o, err := s.o.Logins.SecondFactor(ctx, from, in.Body.Ceremony, in.Body.Code)
			return c.signedIn(o, in.Body.By, err)
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/logout", ID: "logout", Object: object, Status: http.StatusNoContent,
		Summary: "End the session that asks; it is no error where there is none.",
	},
		func(ctx context.Context, c *Call, _ *Open) (*cookiesOut, error) {
			out := &cookiesOut{SetCookie: []string{sessionCookie("").String()}}
			if c.credential.Session == "" {
				return out, nil
			}
			return out, s.o.Logins.Logout(ctx, c.credential.Session)
		})
}

// cookiesOut is an answer without a body.
type cookiesOut struct {
	SetCookie []string `header:"Set-Cookie"`
}

func (s *Server) loginPassword(ctx context.Context, c *Call, in *passwordIn) (*passwordOut, error) {
	from, err := c.from()
	if err != nil {
		return nil, err
	}
	o, ceremony, err := s.o.Logins.Password(ctx, from, in.Body.Login, in.Body.Password)
	if err != nil {
		return nil, err
	}
	out := &passwordOut{}
	if ceremony != "" {
		out.Status, out.Body.SecondFactor = http.StatusAccepted, ceremony
		return out, nil
	}
	cookies, body := c.hands(o, in.Body.Bearer || c.credential.ByHeader)
	out.Status, out.SetCookie = http.StatusOK, cookies
	out.Body.Principal, out.Body.Token, out.Body.Session = body.Principal, body.Token, &body.Session
	return out, nil
}
