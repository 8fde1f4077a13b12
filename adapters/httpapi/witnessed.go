package httpapi

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// Directed is the direction that somebody gives a punch which is made now.
type Directed struct {
	Dir timecard.Direction `json:"dir" enum:"in,out,auto,break_out,break_in"`
}

type witnessIn struct {
	Myself
	Body struct {
		Directed
		Site string `json:"site,omitempty" maxLength:"64" doc:"Whose screen showed the code; one's own site when left out."`
		Code string `json:"code,omitempty" maxLength:"64" doc:"What the screen of a site or a kiosk shows now."`
		Note string `json:"note,omitempty" maxLength:"2000" doc:"Sealed before it is stored."`
	}
}

type answerOut struct {
	Body punchAnswer
}

// witnessRoutes take punches that no key signs: of pages that have none.
func (s *Server) witnessRoutes() {
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/me/punches", ID: "punch-now", Action: access.PunchRecord, Object: "witnessed punch",
		Summary: "Punch now, without a device that signs: the ledger is the only witness, and says so. The same Idempotency-Key is the same punch.",
		MaxBody: MaxPunchBody,
	}, punchNow)
}

func punchNow(ctx context.Context, c *Call, in *witnessIn) (*answerOut, error) {
	b := &in.Body
	if c.Who.Device != "" { // a kiosk has no punches of its own
		return nil, errNotAuthorised()
	}
	w := timecard.Witnessed{
		ID: c.NewID("w"), Emp: c.Who.Principal, Dir: b.Dir, Channel: timecard.ChannelWeb, Note: domain.NewSecret(domain.ClassText, b.Note),
	}
	w.Proofs = proofsOf(c.Who.Methods)
	if c.Who.Token {
		w.Channel = timecard.ChannelAPI
	}
	if c.Who.Unvouched {
		w.Hold = append(w.Hold, timecard.ReasonSessionUnconfirmed)
	}
	var seen *place.CodeSeen
	if b.Code != "" {
		seen = &place.CodeSeen{Site: b.Site, Code: b.Code}
		if seen.Site == "" {
			a, _ := c.Directory().Employee(w.Emp).AssignmentOn(c.Today)
			seen.Site = a.Site
		}
	}
	return c.witness(ctx, w, seen)
}

// witness has a punch recorded that was made at this moment.
func (c *Call) witness(ctx context.Context, w timecard.Witnessed, seen *place.CodeSeen) (*answerOut, error) {
	if err := c.s.o.Writable(); err != nil {
		return nil, err
	}
	intake, err := c.s.o.Intake()
	if err != nil {
		return nil, err
	}
	h := ledger.Handed{Actor: c.Actor()}
	if h.Network, err = c.network(seen); err != nil {
		return nil, err
	}
	a := intake.Witness(ctx, h, w)
	if a.Err != nil {
		return nil, a.Err
	}
	return &answerOut{c.answerOf(a)}, nil
}

// network is what this server saw of where a request comes from, with the code that came with it.
func (c *Call) network(seen *place.CodeSeen) (domain.Secret, error) {
	n := place.Network{SiteCode: seen}
	if c.address.IsValid() {
		n.IP = c.address.String()
	} else if seen == nil {
		return domain.Secret{}, nil
	}
	text, err := json.Marshal(n)
	return domain.NewSecret(domain.ClassNetwork, string(text)), err
}
