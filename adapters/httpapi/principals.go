package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
)

// Principal is somebody in a path who logs in, employed or not.
type Principal struct {
	Principal string `path:"principal" maxLength:"64" pattern:"^[a-z0-9_.]+$" example:"e1104" doc:"Employee, or somebody who holds a right."`
}

// OfLogin is the input of an act about how somebody else logs in. Who holds a right is in the hands of owners: their login gives
// their rights.
type OfLogin struct {
	Asked
	Principal
}

// About implements input.
func (in *OfLogin) About(c *Call) Subject {
	if c == nil {
		return Subject{Scope: OfOne}
	}
	return Subject{Scope: OfOne, Emp: in.Principal.Principal, Besides: c.Directory().IdentityAction(in.Principal.Principal)}
}

// invitation is an open invitation, without its code.
type invitation struct {
	ID        string         `json:"id"`
	CreatedAt domain.Instant `json:"created_at"`
	CreatedBy string         `json:"created_by"`
	ExpiresAt domain.Instant `json:"expires_at"`
	Confirm   bool           `json:"confirm" doc:"Somebody must vouch for what is set with it."`
}

func invitationShown(i access.Invitation) invitation {
	return invitation{i.ID, i.CreatedAt, i.CreatedBy, i.ExpiresAt, i.Confirm}
}

type loginShownOut struct {
	Body struct {
		Principal   string       `json:"principal"`
		Credentials []credential `json:"credentials"`
		Sessions    []session    `json:"sessions"`
		Tokens      []apiToken   `json:"tokens"`
		Invitations []invitation `json:"invitations" doc:"Open ones."`
	}
}

type inviteIn struct {
	OfLogin
	Body struct {
		Hours   int    `json:"hours,omitempty" minimum:"1" maximum:"336" doc:"How long the code is good; 72 when left out."`
		Confirm bool   `json:"confirm,omitempty" doc:"What is set with the code waits until somebody vouches for it."`
		Picture string `json:"picture,omitempty" enum:"svg,png" doc:"Answer the code as a picture too, to be printed."`
	}
}

type invitedOut struct {
	Body struct {
		invitation
		Code string `json:"code" doc:"Shown once."`
		URL  string `json:"url,omitempty" doc:"The page that takes the code, where the ledger knows where its pages are."`
		SVG  string `json:"svg,omitempty" doc:"Drawing of the URL, or of the code."`
		PNG  []byte `json:"png,omitempty" doc:"The same as PNG, in base64."`
	}
}

type confirmWhoIn struct {
	OfLogin
	Body struct {
		Confirmation string `json:"confirmation" minLength:"1" maxLength:"16" doc:"The six digits that the person has told, by voice or face to face."`
	}
}

type expectIn struct {
	OfLogin
	Body struct {
		Reference string `json:"reference" maxLength:"256" doc:"How the identity provider calls them; empty takes an announcement back."`
	}
}

type loginPartIn struct {
	OfLogin
	Part string `path:"part" maxLength:"64" pattern:"^[A-Za-z0-9_-]+$" doc:"Public id, as the login shows it."`
}

type clearedOut struct {
	Body ClearedLogin
}

// principalRoutes keep the logins of other people. Nothing of them shows what lets somebody in, besides the code of an invitation.
func (s *Server) principalRoutes() {
	Handle(s, ofLogin(http.MethodGet, "", "get-login", "How somebody logs in, without what proves it.", 0), s.getLogin)
	Handle(s, ofLogin(http.MethodPost, "/invitation", "invite", "Invite somebody to set their first credential, once; an earlier invitation ends.",
		http.StatusCreated), s.invite)
	Handle(s, ofLogin(http.MethodPost, "/invitation/withdraw", "withdraw-invitation", "Take an open invitation back.", http.StatusNoContent),
		func(ctx context.Context, _ *Call, in *OfLogin) (*struct{}, error) {
			return nil, s.o.Logins.WithdrawInvitation(ctx, in.Principal.Principal)
		})
	Handle(s, ofLogin(http.MethodPost, "/confirm", "confirm-login", "Vouch for the credential whose digits the person has told.", http.StatusNoContent),
		func(ctx context.Context, c *Call, in *confirmWhoIn) (*struct{}, error) {
			return nil, s.o.Logins.Confirm(ctx, in.Principal.Principal, in.Body.Confirmation, c.Who.Principal)
		})
	Handle(s, ofLogin(http.MethodPost, "/expect", "expect-login", "Announce how the identity provider calls somebody.", http.StatusNoContent),
		func(ctx context.Context, c *Call, in *expectIn) (*struct{}, error) {
			return nil, s.o.Logins.Expect(ctx, in.Principal.Principal, in.Body.Reference, c.Who.Principal)
		})
	Handle(s, ofLogin(http.MethodPost, "/pin", "issue-pin", "Give out a new PIN for kiosks; the one before is good no more, nor is its block.", http.StatusCreated), s.issuePIN)
	Handle(s, ofLogin(http.MethodPost, "/badge", "issue-badge", "Give out a new badge for kiosks, to be printed; the one before is good no more.", http.StatusCreated), s.issueBadge)
	Handle(s, ofLogin(http.MethodPost, "/sessions/end", "end-sessions", "End all sessions of somebody.", 0),
		func(ctx context.Context, _ *Call, in *OfLogin) (*endedOut, error) {
			out := &endedOut{}
			n, err := s.o.Logins.EndSessions(ctx, in.Principal.Principal, "")
			out.Body.Ended = n
			return out, err
		})
	Handle(s, ofLogin(http.MethodPost, "/credentials/{part}/remove", "remove-credential", "Remove a credential and end what rests on it.",
		http.StatusNoContent),
		func(ctx context.Context, c *Call, in *loginPartIn) (*struct{}, error) {
			return nil, s.o.Logins.RemoveCredential(ctx, in.Principal.Principal, in.Part, c.Who.Principal)
		})
	Handle(s, ofLogin(http.MethodPost, "/tokens/{part}/revoke", "revoke-token", "End an API token of somebody at once.", http.StatusNoContent),
		func(ctx context.Context, c *Call, in *loginPartIn) (*struct{}, error) {
			return nil, s.o.Logins.RevokeToken(ctx, in.Principal.Principal, in.Part, c.Who.Principal)
		})
	Handle(s, ofLogin(http.MethodPost, "/reset", "reset-login", "Take away everything that somebody could log in with.", 0),
		func(ctx context.Context, c *Call, in *OfLogin) (*clearedOut, error) {
			cleared, err := s.o.Logins.Reset(ctx, in.Principal.Principal, c.Who.Principal)
			return &clearedOut{cleared}, err
		})
}

// ofLogin is a route about somebody's login: all have the same action, and those that change something take a fresh proof.
func ofLogin(method, below, id, summary string, status int) Route {
	return Route{
		Method: method, Path: "/v1/principals/{principal}/login" + below, ID: id, Action: access.IdentityEdit, Object: "login of others",
		Summary: summary, Status: status, Fresh: method != http.MethodGet,
	}
}

func (s *Server) getLogin(ctx context.Context, c *Call, in *OfLogin) (*loginShownOut, error) {
	out, of := &loginShownOut{}, in.Principal.Principal
	b := &out.Body
	credentials, err := s.o.Logins.Credentials(ctx, of)
	if err != nil {
		return nil, err
	}
	sessions, err := s.o.Logins.Sessions(ctx, of)
	if err != nil {
		return nil, err
	}
	tokens, err := s.o.Logins.Tokens(ctx, of)
	if err != nil {
		return nil, err
	}
	invitations, err := s.o.Logins.Invitations(ctx, of)
	if err != nil {
		return nil, err
	}
	b.Principal, b.Credentials, b.Sessions, b.Tokens = of, credentialsShown(credentials), c.sessionsShown(sessions), tokensShown(tokens)
	b.Invitations = []invitation{}
	for _, i := range invitations {
		b.Invitations = append(b.Invitations, invitationShown(i))
	}
	return out, nil
}

func (s *Server) invite(ctx context.Context, c *Call, in *inviteIn) (*invitedOut, error) {
	wish := InvitationWish{Lifetime: time.Duration(in.Body.Hours) * time.Hour, Confirm: in.Body.Confirm}
	made, err := s.o.Logins.Invite(ctx, in.Principal.Principal, wish, c.Who.Principal)
	if err != nil {
		return nil, err
	}
	out := &invitedOut{}
	b := &out.Body
	b.invitation, b.Code, b.URL = invitationShown(made.Invitation), made.Code, made.URL
	switch in.Body.Picture {
	case "svg":
		b.SVG = string(made.SVG)
	case "png":
		b.PNG = made.PNG
	}
	return out, nil
}
