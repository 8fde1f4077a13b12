package httpapi

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/people"
)

// deputy is a delegation that has not been ended.
type deputy struct {
	Delegation string      `json:"delegation"`
	Delegate   string      `json:"delegate"`
	Kinds      []string    `json:"kinds,omitempty" doc:"Of requests, or punch; all when left out."`
	From       domain.Date `json:"from"`
	To         domain.Date `json:"to,omitzero" doc:"First date without it."`
	WhileAway  bool        `json:"while_away" doc:"Only on dates with approved leave."`
}

type deputiesIn struct {
	Whose
	Past
}

type deputiesOut struct {
	Seen
	Body struct {
		Items []deputy `json:"items"`
	}
}

// WhoseDelegation is the input of an act on a delegation of somebody.
type WhoseDelegation struct {
	Whose
	Delegation string `path:"delegation" maxLength:"64" pattern:"^[a-zA-Z0-9_.-]+$" doc:"An id of one's own."`
}

type setDeputyIn struct {
	WhoseDelegation
	Body struct {
		Delegate  string      `json:"delegate" maxLength:"64" doc:"Who decides instead."`
		Kinds     []string    `json:"kinds,omitempty" maxItems:"16" doc:"Of requests, or punch; all when left out."`
		From      domain.Date `json:"from,omitzero" required:"false" doc:"Today when left out."`
		To        domain.Date `json:"to,omitzero" required:"false" doc:"First date without it; open when left out."`
		WhileAway bool        `json:"while_away,omitempty" doc:"Only on dates with approved leave."`
		Reason    string      `json:"reason,omitempty" maxLength:"200" doc:"Stored in clear."`
	}
}

// deputyship is a delegation as the one who stands in sees it.
type deputyship struct {
	Emp string `json:"emp" doc:"In whose place."`
	deputy
}

type giveBackIn struct {
	Myself
	Emp        string `path:"emp" maxLength:"64" pattern:"^[a-z0-9_.]+$" doc:"In whose place one decides."`
	Delegation string `path:"delegation" maxLength:"64" pattern:"^[a-zA-Z0-9_.-]+$"`
	Body       struct {
		Reason string `json:"reason,omitempty" maxLength:"200" doc:"Stored in clear."`
	}
}

type endDeputyIn struct {
	WhoseDelegation
	Reason string `query:"reason" maxLength:"200" default:"back" doc:"Stored in clear."`
}

func (s *Server) deputyRoutes() {
	const object = "deputy"
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/employees/{emp}/deputies", ID: "list-deputies", Action: access.DelegationSet, Object: object,
		Summary: "Who decides in somebody's place.",
	},
		func(ctx context.Context, c *Call, in *deputiesIn) (*deputiesOut, error) {
			m, err := c.at(ctx, in.Past, in.Emp)
			if err != nil {
				return nil, err
			}
			defer m.Close()
			out := &deputiesOut{Seen: Seen{m.Position}}
			out.Body.Items = []deputy{}
			for _, x := range m.Directory.Employee(in.Emp).Delegations {
				if !x.Ended {
					out.Body.Items = append(out.Body.Items, deputyOf(x))
				}
			}
			return out, nil
		})
	Handle(s, Route{
		Method: http.MethodPut, Path: "/v1/employees/{emp}/deputies/{delegation}", ID: "set-deputy", Action: access.DelegationSet,
		Object: object, Summary: "Let somebody decide in one's place.",
	},
		func(ctx context.Context, c *Call, in *setDeputyIn) (*Written, error) {
			b := in.Body
			if b.Reason == "" {
				b.Reason = "away"
			}
			return c.act(ctx, people.SetDelegation{
				Emp: in.Emp, Delegation: in.Delegation, Delegate: b.Delegate, Kinds: b.Kinds, From: b.From, To: b.To, WhileAway: b.WhileAway,
				Reason: b.Reason, ActorID: c.Who.Principal, Today: c.Today,
			}, in.Delegation)
		})
	Handle(s, Route{
		Method: http.MethodDelete, Path: "/v1/employees/{emp}/deputies/{delegation}", ID: "end-deputy", Action: access.DelegationSet,
		Object: object, Summary: "Decide oneself again.",
	},
		func(ctx context.Context, c *Call, in *endDeputyIn) (*Written, error) {
			return c.act(ctx, people.EndDelegation{Emp: in.Emp, Delegation: in.Delegation, Reason: in.Reason, ActorID: c.Who.Principal}, "")
		})
	s.deputyshipRoutes()
}

// deputyshipRoutes are for those who stand in.
func (s *Server) deputyshipRoutes() {
	const object = "own deputyship"
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/me/deputyships", ID: "list-own-deputyships", Action: access.DelegationLeave, Object: object,
		Summary: "In whose place one decides.",
	},
		func(_ context.Context, c *Call, _ *Myself) (*listOut[deputyship], error) {
			out := &listOut[deputyship]{List[deputyship]{Items: []deputyship{}}}
			for _, emp := range c.Directory().Delegators(c.Who.Principal) {
				for _, x := range c.Directory().Employee(emp).Delegations {
					if !x.Ended && x.Delegate == c.Who.Principal {
						out.Body.Items = append(out.Body.Items, deputyship{emp, deputyOf(x)})
					}
				}
			}
			return out, nil
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/me/deputyships/{emp}/{delegation}/end", ID: "end-own-deputyship", Action: access.DelegationLeave,
		Object: object, Summary: "Decide in somebody's place no more.",
	},
		func(ctx context.Context, c *Call, in *giveBackIn) (*Written, error) {
			list := c.Directory().Employee(in.Emp).Delegations
			if !slices.ContainsFunc(list, func(x people.Delegation) bool { return x.Delegation == in.Delegation && x.Delegate == c.Who.Principal }) {
				return nil, domain.NewError(domain.NotFound, "unknown_delegation", "delegation", in.Delegation)
			}
			return c.act(ctx, people.EndDelegation{
				Emp: in.Emp, Delegation: in.Delegation, Reason: cmp.Or(in.Body.Reason, "given_back"), ActorID: c.Who.Principal,
			}, "")
		})
}

func deputyOf(x people.Delegation) deputy {
	return deputy{x.Delegation, x.Delegate, x.Kinds, x.From, x.To, x.WhileAway}
}
