package httpapi

import (
	"context"
	"net/http"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type meOut struct {
	Body struct {
		Principal string          `json:"principal"`
		Session   string          `json:"session,omitempty"`
		Token     bool            `json:"token,omitempty"`
		Today     domain.Date     `json:"today"`
		Zone      string          `json:"zone,omitempty" doc:"Where one works now."`
		Roles     []access.Role   `json:"roles" doc:"As which one acts now where nobody is the subject."`
		May       []access.Action `json:"may" doc:"What one may do now without a subject, or to oneself."`
		Person    *person         `json:"person,omitempty" doc:"Nothing for who is no employee."`
	}
}

// meRoutes say who one is here. Whoever is signed in may ask.
func (s *Server) meRoutes() {
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/me", ID: "who-am-i", Object: "me",
		Summary: "Who one is, and what one may do.",
	}, whoAmI)
}

func whoAmI(ctx context.Context, c *Call, _ *Anyone) (*meOut, error) {
	out := &meOut{}
	b := &out.Body
	b.Principal, b.Session, b.Token, b.Today = c.Who.Principal, c.Who.Session, c.Who.Token, c.Today
	b.Roles, b.May = []access.Role{}, []access.Action{}
	if c.Who.Device != "" { // its id may be an employee's too
		b.Zone = c.Directory().Site(c.Directory().Device(c.Who.Device).Site).TZ
		return out, nil
	}
	for _, standing := range c.s.o.Standings(ledger.Asking{Principal: c.Who.Principal, On: c.Today}) {
		if !slices.Contains(b.Roles, standing.Role) {
			b.Roles = append(b.Roles, standing.Role)
		}
	}
	for _, a := range access.Actions() {
		if c.May(a, "", c.Today) || c.May(a, c.Who.Principal, c.Today) {
			b.May = append(b.May, a)
		}
	}
	if d := c.Directory(); d.Employee(c.Who.Principal).Exists() {
		p, err := c.personOn(ctx, d, c.Who.Principal, c.Today)
		if err != nil {
			return nil, err
		}
		b.Person, b.Zone = &p, d.Zone(c.Who.Principal, c.Now)
	}
	return out, nil
}
