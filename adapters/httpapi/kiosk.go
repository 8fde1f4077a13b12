package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/timecard"
)

// OfKiosk is the input of an act of a kiosk, which speaks for itself. Of a person it is about nobody, and so forbidden.
type OfKiosk struct{ Asked }

// About implements input.
func (*OfKiosk) About(c *Call) Subject {
	if c == nil {
		return Subject{Scope: OfOne}
	}
	return Subject{Scope: OfOne, Emp: c.Who.Device}
}

type challengeIn struct {
	Open
	Body struct {
		Device string `json:"device" minLength:"1" maxLength:"64"`
	}
}

type challengeOut struct {
	Body struct {
		Challenge string `json:"challenge" doc:"Good for five minutes and one try."`
	}
}

type openKioskIn struct {
	Open
	Body struct {
		Device    string `json:"device,omitempty" maxLength:"64"`
		Challenge string `json:"challenge,omitempty" maxLength:"64"`
		Signature string `json:"signature,omitempty" maxLength:"200" doc:"By the kiosk's key, over the text of docs/kiosk.md, in base64url."`
		Code      string `json:"code,omitempty" maxLength:"64" doc:"Instead of these: a pairing code, of a browser that cannot sign."`
	}
}

type openedKioskOut struct {
	Body struct {
		Device    string         `json:"device"`
		Site      string         `json:"site,omitempty"`
		Token     string         `json:"token" doc:"For Authorization: Bearer; shown once."`
		ExpiresAt domain.Instant `json:"expires_at"`
	}
}

type identifyIn struct {
	OfKiosk
	Body ShownAtKiosk
}

type identifiedOut struct {
	Body struct {
		Identification string                  `json:"identification" doc:"Goes with one punch of this person, at this kiosk."`
		Emp            string                  `json:"emp"`
		Name           string                  `json:"name" doc:"To greet, so that a mistyped number is noticed."`
		Proofs         []access.CredentialKind `json:"proofs"`
		Enough         bool                    `json:"enough" doc:"The punch counts; else it is held, unless more is shown."`
		ExpiresAt      domain.Instant          `json:"expires_at"`
	}
}

type kioskPunchIn struct {
	OfKiosk
	Body struct {
		Directed
		Identification string `json:"identification" minLength:"1" maxLength:"64"`
	}
}

type kioskCodeIn struct {
	OfKiosk
	Picture string `query:"picture" enum:"svg" doc:"Draw it too."`
}

type kioskCodeOut struct {
	Body struct {
		Text string         `json:"text" doc:"What the screen shows as a picture."`
		Left domain.Seconds `json:"seconds_left"`
		SVG  string         `json:"svg,omitempty"`
	}
}

// kioskRoutes are what a kiosk may do, besides handing in punches and taking tickets.
func (s *Server) kioskRoutes() {
	const session = "kiosk session"
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/kiosk/challenge", ID: "challenge-kiosk", Object: session, MaxBody: MaxPunchBody,
		Summary: "What a kiosk signs to prove itself.",
	},
		func(_ context.Context, _ *Call, in *challengeIn) (*challengeOut, error) {
			out := &challengeOut{}
			var err error
			out.Body.Challenge, err = s.o.Kiosks.Challenge(in.Body.Device)
			return out, err
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/kiosk/session", ID: "open-kiosk", Object: session, MaxBody: MaxPunchBody,
		Summary: "Begin the session of a kiosk: with a signed challenge, or with a pairing code.",
	}, s.openKiosk)
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/kiosk/identifications", ID: "identify-at-kiosk", Action: access.PunchRecord,
		Object: "kiosk identification", MaxBody: MaxPunchBody,
		Summary: "Show a kiosk who one is: number and PIN, or a badge with or without PIN. A number alone says nothing.",
	}, s.identifyAtKiosk)
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/kiosk/punches", ID: "punch-at-kiosk", Action: access.PunchRecord, Object: "kiosk punch",
		MaxBody: MaxPunchBody, Summary: "Punch now at a kiosk that cannot sign; one that can uses /v1/punches.",
	}, s.punchAtKiosk)
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/kiosk/code", ID: "get-kiosk-code", Action: access.PunchRecord, Object: "kiosk code",
		Summary: "What the kiosk's screen shows now, for phones to hand in as evidence of place.",
	},
		func(_ context.Context, c *Call, in *kioskCodeIn) (*kioskCodeOut, error) {
			out := &kioskCodeOut{}
			var err error
			if out.Body.Text, out.Body.Left, err = s.o.Ledger.KioskCode(c.Who.Device, c.Now); err != nil || in.Picture == "" {
				return out, err
			}
			svg, _, err := s.o.Kiosks.Picture(out.Body.Text)
			out.Body.SVG = string(svg)
			return out, err
		})
}

func (s *Server) openKiosk(ctx context.Context, c *Call, in *openKioskIn) (*openedKioskOut, error) {
	from, err := c.from()
	if err != nil {
		return nil, err
	}
	b := in.Body
	var o OpenedKiosk
	if b.Code != "" {
		o, err = s.o.Kiosks.OpenPaired(ctx, from, b.Code)
	} else {
		o, err = s.o.Kiosks.Open(ctx, b.Device, b.Challenge, b.Signature)
	}
	if err != nil {
		return nil, err
	}
	out := &openedKioskOut{}
	out.Body.Device, out.Body.Token, out.Body.ExpiresAt = o.Session.Device, KioskPrefix+o.Token, o.Session.ExpiresAt
	out.Body.Site = c.Directory().Device(o.Session.Device).Site
	return out, nil
}

func (s *Server) identifyAtKiosk(ctx context.Context, c *Call, in *identifyIn) (*identifiedOut, error) {
	if _, err := c.from(); err != nil { // a PIN does not go where others read along
		return nil, err
	}
	at, err := s.o.Kiosks.Identify(ctx, c.Who.Device, in.Body)
	if err != nil {
		return nil, err
	}
	out := &identifiedOut{}
	b := &out.Body
	b.Identification, b.Emp, b.Proofs, b.ExpiresAt = at.Identification, at.Emp, at.Proofs, at.Until
	b.Enough = c.Directory().ProvesPerson(proofsOf(at.Proofs))
	b.Name, err = s.o.Names.Name(ctx, at.Emp)
	return out, err
}

func proofsOf(kinds []access.CredentialKind) []timecard.Proof {
	var out []timecard.Proof
	for _, k := range kinds {
		out = append(out, timecard.Proof{Proof: string(k)})
	}
	return out
}

// punchAtKiosk makes the id of the punch from the identification, so that sending it again is the same punch.
func (s *Server) punchAtKiosk(ctx context.Context, c *Call, in *kioskPunchIn) (*answerOut, error) {
	b := &in.Body
	emp, ok := s.o.Kiosks.At(b.Identification, c.Who.Device)
	sum := sha256.Sum256([]byte("punchledger/kiosk punch/" + b.Identification))
	w := timecard.Witnessed{ID: "k" + hex.EncodeToString(sum[:10]), Emp: emp, Dir: b.Dir, Channel: timecard.ChannelKiosk, Device: c.Who.Device}
	if ok {
		w.Proofs = proofsOf(s.o.Kiosks.Present(b.Identification, emp, w.Device, w.ID))
	}
	if len(w.Proofs) == 0 {
		return nil, domain.NewError(domain.Forbidden, "nobody_identified")
	}
	return c.witness(ctx, w, nil)
}
