package httpapi

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
)

// credential is a way in which somebody logs in, without what proves it.
type credential struct {
	ID          string                `json:"id"`
	Kind        access.CredentialKind `json:"kind"`
	Label       string                `json:"label,omitempty"`
	CreatedAt   domain.Instant        `json:"created_at"`
	LastUsedAt  domain.Instant        `json:"last_used_at,omitzero" doc:"Within an hour."`
	ConfirmedAt domain.Instant        `json:"confirmed_at,omitzero"`
	ConfirmedBy string                `json:"confirmed_by,omitempty"`
	DeviceBound bool                  `json:"device_bound,omitempty" doc:"Passkey: it cannot leave its device."`
	BackedUp    bool                  `json:"backed_up,omitempty" doc:"Passkey: it is copied."`
	Suspicious  bool                  `json:"suspicious,omitempty" doc:"Passkey: its counter went back."`
	Left        int                   `json:"left,omitempty" doc:"Recovery codes that are not used up."`
	Issuer      string                `json:"issuer,omitempty" doc:"Identity provider."`
}

func credentialShown(c access.Credential) credential {
	out := credential{
		ID: c.ID, Kind: c.Kind, Label: c.Label, CreatedAt: c.CreatedAt, LastUsedAt: c.LastUsedAt, ConfirmedAt: c.ConfirmedAt,
		ConfirmedBy: c.ConfirmedBy, Left: len(c.Recovery),
	}
	if c.Passkey != nil {
		out.DeviceBound, out.BackedUp, out.Suspicious = c.Passkey.DeviceBound(), c.Passkey.BackedUp, c.Passkey.CloneWarning
	}
	if c.Subject != nil {
		out.Issuer = c.Subject.Issuer
	}
	return out
}

func credentialsShown(list []access.Credential) []credential {
	out := make([]credential, len(list))
	for i, c := range list {
		out[i] = credentialShown(c)
	}
	return out
}

func (c *Call) sessionsShown(list []access.Session) []session {
	out := make([]session, len(list))
	for i, s := range list {
		out[i] = c.sessionShown(s)
	}
	return out
}

type listOut[T any] struct {
	Body List[T]
}

// addedOut is the answer to a credential that was set. Where the session was replaced, the new one comes with it.
type addedOut struct {
	SetCookie []string `header:"Set-Cookie"`
	Body      struct {
		Credential   credential `json:"credential"`
		Confirmation string     `json:"confirmation,omitempty" doc:"Six digits to tell somebody who then vouches for this credential."`
		Weak         bool       `json:"weak,omitempty" doc:"A password that is allowed, and shorter than what is advised."`
		Recovery     []string   `json:"recovery_codes,omitempty" doc:"Each once, in the place of a one-time code. Shown once."`
		SignedIn     *signedIn  `json:"signed_in,omitempty" doc:"The session that takes the place of the one that asked."`
	}
}

func (c *Call) added(a AddedCredential) *addedOut {
	out := &addedOut{}
	out.Body.Credential, out.Body.Confirmation = credentialShown(a.Credential), a.Confirmation
	if a.Opened.Token != "" {
		cookies, body := c.hands(a.Opened, c.credential.ByHeader)
		out.SetCookie, out.Body.SignedIn = cookies, &body
	}
	return out
}

type setPasswordIn struct {
	Nobody
	Body struct {
		Password string `json:"password" minLength:"1" maxLength:"512" doc:"8 to 128 characters; 15 and more are advised."`
	}
}

type partIn struct {
	Nobody
	Part string `path:"part" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$" doc:"Public id, as the list shows it."`
}

type endSessionsIn struct {
	Nobody
	Body struct {
		Others bool `json:"others,omitempty" doc:"Keep the one that asks."`
	}
}

type endedOut struct {
	SetCookie []string `header:"Set-Cookie"`
	Body      struct {
		Ended int `json:"ended"`
	}
}

type addPasskeyIn struct {
	Nobody
	Body struct {
		Ceremony string          `json:"ceremony" minLength:"1" maxLength:"64"`
		Label    string          `json:"label,omitempty" maxLength:"60" example:"my phone"`
		Answer   json.RawMessage `json:"answer" doc:"The credential that the browser made, as JSON."`
	}
}

// ownLoginRoutes are about how one logs in oneself.
func (s *Server) ownLoginRoutes() {
	const sessions, credentials = "own session", "own credential"
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/me/sessions", ID: "list-own-sessions", Action: access.IdentityUse, Object: sessions,
		Summary: "Where one is signed in.",
	},
		func(ctx context.Context, c *Call, _ *Nobody) (*listOut[session], error) {
			list, err := s.o.Logins.Sessions(ctx, c.Who.Principal)
			return &listOut[session]{List[session]{Items: c.sessionsShown(list)}}, err
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/me/sessions/{part}/end", ID: "end-own-session", Action: access.IdentityUse, Object: sessions,
		Summary: "End a session of one's own.", Status: http.StatusNoContent,
	},
		func(ctx context.Context, c *Call, in *partIn) (*struct{}, error) {
			return nil, s.o.Logins.EndSession(ctx, c.Who.Principal, in.Part)
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/me/sessions/end", ID: "end-own-sessions", Action: access.IdentityUse, Object: sessions,
		Summary: "End all sessions of one's own, or all others.",
	}, s.endOwnSessions)
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/me/credentials", ID: "list-own-credentials", Action: access.IdentityUse, Object: credentials,
		Summary: "What one can log in with.",
	},
		func(ctx context.Context, c *Call, _ *Nobody) (*listOut[credential], error) {
			list, err := s.o.Logins.Credentials(ctx, c.Who.Principal)
			return &listOut[credential]{List[credential]{Items: credentialsShown(list)}}, err
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/me/credentials/{part}/remove", ID: "remove-own-credential", Action: access.IdentityUse,
		Object: credentials, Summary: "Remove a credential; nobody removes their own last one.", Status: http.StatusNoContent, Fresh: true,
	},
		func(ctx context.Context, c *Call, in *partIn) (*struct{}, error) {
			return nil, s.o.Logins.RemoveCredential(ctx, c.Who.Principal, in.Part, c.Who.Principal)
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/me/password", ID: "set-own-password", Action: access.IdentityUse, Object: credentials,
		Summary: "Set or replace one's password.", MaxBody: MaxPunchBody,
	}, s.setOwnPassword)
}

func (s *Server) endOwnSessions(ctx context.Context, c *Call, in *endSessionsIn) (*endedOut, error) {
	out, except := &endedOut{}, ""
	if in.Body.Others && !c.Who.Token {
		except = c.Who.Session
	} else {
		out.SetCookie = []string{sessionCookie("").String()}
	}
	n, err := s.o.Logins.EndSessions(ctx, c.Who.Principal, except)
	out.Body.Ended = n
	return out, err
}

func (s *Server) setOwnPassword(ctx context.Context, c *Call, in *setPasswordIn) (*addedOut, error) {
	if _, err := c.from(); err != nil {
		return nil, err
	}
	a, advised, err := s.o.Logins.SetPassword(ctx, c.credential, in.Body.Password)
	if err != nil {
		return nil, err
	}
	out := c.added(a)
	out.Body.Weak = !advised
	return out, nil
}
