package httpapi

import (
	"context"
	"net/http"

	"github.com/punchledger/punchledger/domain/access"
)

type offerOut struct {
	Body OneTimeOffer
}

type addCodesIn struct {
	Nobody
	Body struct {
		Ceremony string `json:"ceremony" minLength:"1" maxLength:"64"`
		Code     string `json:"code" minLength:"1" maxLength:"16" doc:"What the app shows."`
	}
}

type codesOut struct {
	Body struct {
		Recovery []string `json:"recovery_codes" doc:"Each once, in the place of a one-time code. Shown once."`
	}
}

// factorRoutes add passkeys, one-time codes and the identity provider to one's own login. A session that has not proven lately who it
// is must do so first, by logging in again.
func (s *Server) factorRoutes() {
	const object = "own credential"
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/me/passkeys/begin", ID: "begin-own-passkey", Action: access.IdentityUse, Object: object,
		Summary: "Begin to register a passkey.",
	},
		func(ctx context.Context, c *Call, _ *Nobody) (*ceremonyOut, error) {
			begun, err := s.o.Logins.BeginPasskey(ctx, c.credential)
			return &ceremonyOut{begun}, err
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/me/passkeys", ID: "add-own-passkey", Action: access.IdentityUse, Object: object,
		Summary: "Register the passkey that the browser has made.", Status: http.StatusCreated, MaxBody: MaxPunchBody,
	},
		func(ctx context.Context, c *Call, in *addPasskeyIn) (*addedOut, error) {
			a, err := s.o.Logins.AddPasskey(ctx, c.credential, in.Body.Ceremony, in.Body.Label, in.Body.Answer)
			return c.added(a), err
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/me/one-time-codes/begin", ID: "begin-own-one-time-codes", Action: access.IdentityUse,
		Object: object, Summary: "Begin to set one-time codes up.",
	},
		func(ctx context.Context, c *Call, _ *Nobody) (*offerOut, error) {
			offer, err := s.o.Logins.BeginOneTimeCodes(ctx, c.credential)
			return &offerOut{offer}, err
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/me/one-time-codes", ID: "add-own-one-time-codes", Action: access.IdentityUse,
		Object: object, Summary: "Set one-time codes up with the first one; a password alone logs in no more.", Status: http.StatusCreated,
	},
		func(ctx context.Context, c *Call, in *addCodesIn) (*addedOut, error) {
			a, recovery, err := s.o.Logins.AddOneTimeCodes(ctx, c.credential, in.Body.Ceremony, in.Body.Code)
			if err != nil {
				return nil, err
			}
			out := c.added(a)
			out.Body.Recovery = recovery
			return out, nil
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/me/recovery-codes", ID: "renew-own-recovery-codes", Action: access.IdentityUse,
		Object: object, Summary: "Replace one's recovery codes.", Status: http.StatusCreated,
	},
		func(ctx context.Context, c *Call, _ *Nobody) (*codesOut, error) {
			codes, err := s.o.Logins.NewRecoveryCodes(ctx, c.credential)
			out := &codesOut{}
			out.Body.Recovery = orEmpty(codes)
			return out, err
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/me/provider/begin", ID: "begin-own-link", Action: access.IdentityUse, Object: object,
		Summary: "Begin to link who one is at the identity provider.",
	},
		func(ctx context.Context, c *Call, _ *Nobody) (*redirectOut, error) {
			r, err := s.o.Logins.BeginLink(ctx, c.credential)
			return sent(r, toLink), err
		})
}
