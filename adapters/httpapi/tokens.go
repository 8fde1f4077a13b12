package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
)

// apiToken is an API token, without its secret.
type apiToken struct {
	ID         string          `json:"id"`
	Name       string          `json:"name"`
	Actions    []access.Action `json:"actions"`
	CreatedAt  domain.Instant  `json:"created_at"`
	CreatedBy  string          `json:"created_by"`
	ExpiresAt  domain.Instant  `json:"expires_at"`
	LastUsedAt domain.Instant  `json:"last_used_at,omitzero" doc:"Within an hour."`
}

func tokenShown(t access.Token) apiToken {
	return apiToken{t.ID, t.Name, t.Actions, t.CreatedAt, t.CreatedBy, t.ExpiresAt, t.LastUsedAt}
}

func tokensShown(list []access.Token) []apiToken {
	out := make([]apiToken, len(list))
	for i, t := range list {
		out[i] = tokenShown(t)
	}
	return out
}

type createTokenIn struct {
	Nobody
	Body struct {
		Name    string          `json:"name" minLength:"1" maxLength:"60" example:"payroll export"`
		Actions []access.Action `json:"actions" minItems:"1" maxItems:"60" example:"[\"pay.read\"]" doc:"What it may be used for; never one's own login, that of others, rights or policies."`
		Days    int             `json:"days,omitempty" minimum:"1" maximum:"90" doc:"How long it is good; 90 when left out."`
	}
}

type madeTokenOut struct {
	Body struct {
		apiToken
		Token string `json:"token" doc:"Shown once."`
	}
}

// tokenRoutes are about API tokens of one's own, which can never do more than oneself.
func (s *Server) tokenRoutes() {
	const object = "own token"
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/me/tokens", ID: "list-own-tokens", Action: access.IdentityUse, Object: object,
		Summary: "API tokens of one's own.",
	},
		func(ctx context.Context, c *Call, _ *Nobody) (*listOut[apiToken], error) {
			list, err := s.o.Logins.Tokens(ctx, c.Who.Principal)
			return &listOut[apiToken]{List[apiToken]{Items: tokensShown(list)}}, err
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/me/tokens", ID: "create-own-token", Action: access.IdentityUse, Object: object,
		Summary: "Make an API token.", Status: http.StatusCreated, Fresh: true,
	}, s.createOwnToken)
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/me/tokens/{part}/revoke", ID: "revoke-own-token", Action: access.IdentityUse, Object: object,
		Summary: "End an API token at once.", Status: http.StatusNoContent,
	},
		func(ctx context.Context, c *Call, in *partIn) (*struct{}, error) {
			return nil, s.o.Logins.RevokeToken(ctx, c.Who.Principal, in.Part, c.Who.Principal)
		})
}

func (s *Server) createOwnToken(ctx context.Context, c *Call, in *createTokenIn) (*madeTokenOut, error) {
	b := in.Body
	if b.Days == 0 {
		b.Days = int(access.LongestToken / (24 * time.Hour))
	}
	wish := TokenWish{Name: b.Name, Actions: b.Actions, Lifetime: time.Duration(b.Days) * 24 * time.Hour}
	secret, made, err := s.o.Logins.CreateToken(ctx, c.Who.Principal, wish, c.Who.Principal)
	if err != nil {
		return nil, err
	}
	out := &madeTokenOut{}
	out.Body.apiToken, out.Body.Token = tokenShown(made), secret
	return out, nil
}
