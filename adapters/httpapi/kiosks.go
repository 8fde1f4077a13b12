package httpapi

import (
	"context"
	"net/http"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/place"
)

// Kiosks prove that a kiosk is one, and who stands before it.
type Kiosks interface {
	KioskDoors
	KioskPeople
	KioskProofs
}

// KioskDoors let kiosks speak for themselves.
type KioskDoors interface {
	// Challenge returns what a kiosk signs, once; it does not tell whether there is such a kiosk.
	Challenge(device string) (string, error)
	Open(ctx context.Context, device, challenge, signature string) (OpenedKiosk, error)
	// Pair returns a code that lets one browser stand for the kiosk.
	Pair(ctx context.Context, device, by string) (code string, until domain.Instant, err error)
	OpenPaired(ctx context.Context, from LoginFrom, code string) (OpenedKiosk, error)
	EndKiosk(ctx context.Context, device string) (int, error)
}

// KioskPeople tell who stands before a kiosk.
type KioskPeople interface {
	Identify(ctx context.Context, device string, shown ShownAtKiosk) (AtKiosk, error)
	// At returns whom an identification is about; Present uses it up for a punch, and returns by what it was shown.
	At(identification, device string) (emp string, ok bool)
	Present(identification, emp, device, punch string) []access.CredentialKind
}

// KioskProofs keep by what people show a kiosk who they are.
type KioskProofs interface {
	IssuePIN(ctx context.Context, principal, by string) (pin string, c access.Credential, err error)
	IssueBadge(ctx context.Context, principal, by string) (text string, c access.Credential, err error)
	SetPIN(ctx context.Context, c Credential, pin string) (access.Credential, error)
	// Picture draws a text for cameras.
	Picture(text string) (svg, png []byte, err error)
}

// OpenedKiosk is a session of a kiosk that has begun. Token is its secret, shown once.
type OpenedKiosk struct {
	Token   string
	Session access.KioskSession
}

// ShownAtKiosk is what somebody shows a kiosk.
type ShownAtKiosk struct {
	Number string `json:"number,omitempty" maxLength:"64" doc:"One's id; takes the PIN."`
	PIN    string `json:"pin,omitempty" maxLength:"16"`
	Badge  string `json:"badge,omitempty" maxLength:"64" doc:"What is printed on the badge, as the camera read it."`
}

// AtKiosk is somebody who has shown a kiosk who they are.
type AtKiosk struct {
	Identification string
	Emp            string
	Proofs         []access.CredentialKind
	Until          domain.Instant
}

type enrolKioskIn struct {
	Nobody
	ID
	Body struct {
		PublicKey string `json:"public_key" minLength:"1" maxLength:"200" doc:"Ed25519 or P-256: SubjectPublicKeyInfo as DER in base64. The private half never leaves the kiosk."`
		Site      string `json:"site" minLength:"1" maxLength:"64" doc:"Where it stands."`
		Model     string `json:"model,omitempty" maxLength:"64"`
	}
}

// KioskOf is the input of an act about a kiosk.
type KioskOf struct {
	Nobody
	ID
}

type confirmKioskIn struct {
	KioskOf
	Body struct {
		How string `json:"how" pattern:"^[a-z0-9_.-]{1,64}$" example:"in_person" doc:"The second channel."`
	}
}

type trustKioskIn struct {
	KioskOf
	Body struct {
		Reason
		Level place.TrustLevel `json:"level" enum:"trusted,limited,blocked"`
		Since string           `json:"since,omitempty" maxLength:"40" doc:"Of a blocked one: what it made before is believed."`
	}
}

type pairedOut struct {
	Body struct {
		Code      string         `json:"code" doc:"Shown once; to be typed into the browser at /lite/kiosk."`
		ExpiresAt domain.Instant `json:"expires_at"`
	}
}

// kiosk refuses what is no kiosk: an act about kiosks reaches nobody's own device.
func (c *Call) kiosk(device string) error {
	if c.Directory().Device(device).Kind != place.Kiosk {
		return domain.NewError(domain.NotFound, "unknown_device", "stream", "device-"+device)
	}
	return nil
}

// kioskCareRoutes are for those who set kiosks up.
func (s *Server) kioskCareRoutes() {
	edit := func(path, id, summary string) Route {
		return Route{Method: http.MethodPost, Path: "/v1/kiosks/{id}" + path, ID: id, Action: access.TerminalEdit, Object: "kiosk", Summary: summary}
	}
	enrol := edit("", "enrol-kiosk", "Enrol a kiosk by its public key; it is nobody's.")
	enrol.Status = http.StatusCreated
	Handle(s, enrol, func(ctx context.Context, c *Call, in *enrolKioskIn) (*Written, error) {
		b := in.Body
		return c.act(ctx, place.EnrolDevice{Device: in.ID.ID, Kind: place.Kiosk, PublicKey: b.PublicKey, Model: b.Model, Site: b.Site}, in.ID.ID)
	})
	Handle(s, edit("/confirm", "confirm-kiosk", "Say that one has seen on a second channel that this key is the kiosk's."),
		func(ctx context.Context, c *Call, in *confirmKioskIn) (*Written, error) {
			if err := c.kiosk(in.ID.ID); err != nil {
				return nil, err
			}
			return c.act(ctx, place.ConfirmDevice{Device: in.ID.ID, By: c.Who.Principal, How: in.Body.How, Now: c.Now}, in.ID.ID)
		})
	Handle(s, edit("/trust", "trust-kiosk", "Say how far a kiosk is believed; a blocked one is out at once."),
		func(ctx context.Context, c *Call, in *trustKioskIn) (*Written, error) {
			if err := c.kiosk(in.ID.ID); err != nil {
				return nil, err
			}
			set := place.SetTrust{Device: in.ID.ID, Level: in.Body.Level, Reason: in.Body.Reason.Reason}
			if in.Body.Since != "" {
				var err error
				if set.Since, err = c.Directory().LocalTime("", c.Directory().Site(c.Directory().Device(in.ID.ID).Site).TZ, "since", in.Body.Since); err != nil {
					return nil, err
				}
			}
			return c.act(ctx, set, in.ID.ID)
		})
	Handle(s, edit("/retire", "retire-kiosk", "Use a kiosk no more. Let it hand in first what it still holds."),
		func(ctx context.Context, c *Call, in *KioskOf) (*Written, error) {
			if err := c.kiosk(in.ID.ID); err != nil {
				return nil, err
			}
			return c.act(ctx, place.RetireDevice{Device: in.ID.ID}, in.ID.ID)
		})
	Handle(s, edit("/sessions/end", "end-kiosk-sessions", "End all sessions of a kiosk: it has to prove itself, or be paired, again."),
		func(ctx context.Context, _ *Call, in *KioskOf) (*endedOut, error) {
			out := &endedOut{}
			n, err := s.o.Kiosks.EndKiosk(ctx, in.ID.ID)
			out.Body.Ended = n
			return out, err
		})
	pair := edit("/pair", "pair-kiosk", "A code that lets one browser without a key stand for the kiosk, once, within minutes.")
	pair.Status, pair.Fresh = http.StatusCreated, true
	Handle(s, pair, func(ctx context.Context, c *Call, in *KioskOf) (*pairedOut, error) {
		out := &pairedOut{}
		var err error
		out.Body.Code, out.Body.ExpiresAt, err = s.o.Kiosks.Pair(ctx, in.ID.ID, c.Who.Principal)
		return out, err
	})
}

type setPINIn struct {
	Nobody
	Body struct {
		PIN string `json:"pin" minLength:"1" maxLength:"16" doc:"Four to eight digits, for kiosks only."`
	}
}

// pinRoutes are about one's own PIN. A kiosk is no place to change it.
func (s *Server) pinRoutes() {
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/me/pin", ID: "set-own-pin", Action: access.IdentityUse, Object: "own credential",
		Summary: "Set or replace one's PIN for kiosks; it ends a block.", Status: http.StatusCreated, MaxBody: MaxPunchBody,
	},
		func(ctx context.Context, c *Call, in *setPINIn) (*addedOut, error) {
			made, err := s.o.Kiosks.SetPIN(ctx, c.credential, in.Body.PIN)
			return c.added(AddedCredential{Credential: made}), err
		})
}

type issueIn struct {
	OfLogin
	Body struct {
		Picture string `json:"picture,omitempty" enum:"svg,png" doc:"A badge: answer it as a picture too, to be printed."`
	}
}

type issuedOut struct {
	Body struct {
		Credential credential `json:"credential"`
		Secret     string     `json:"secret" doc:"The PIN, or what the badge shows. Shown once."`
		SVG        string     `json:"svg,omitempty"`
		PNG        []byte     `json:"png,omitempty" doc:"In base64."`
	}
}

func (s *Server) issuePIN(ctx context.Context, c *Call, in *OfLogin) (*issuedOut, error) {
	pin, made, err := s.o.Kiosks.IssuePIN(ctx, in.Principal.Principal, c.Who.Principal)
	out := &issuedOut{}
	out.Body.Credential, out.Body.Secret = credentialShown(made), pin
	return out, err
}

func (s *Server) issueBadge(ctx context.Context, c *Call, in *issueIn) (*issuedOut, error) {
	text, made, err := s.o.Kiosks.IssueBadge(ctx, in.Principal.Principal, c.Who.Principal)
	if err != nil {
		return nil, err
	}
	out := &issuedOut{}
	out.Body.Credential, out.Body.Secret = credentialShown(made), text
	svg, png, err := s.o.Kiosks.Picture(text)
	switch in.Body.Picture {
	case "svg":
		out.Body.SVG = string(svg)
	case "png":
		out.Body.PNG = png
	}
	return out, err
}
