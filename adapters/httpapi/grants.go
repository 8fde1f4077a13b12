package httpapi

import (
	"context"
	"net/http"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
)

// grant is a right that was given.
type grant struct {
	Principal string       `json:"principal"`
	Grant     string       `json:"grant"`
	Role      access.Role  `json:"role"`
	Scope     access.Scope `json:"scope,omitzero" doc:"Whom it is about; everybody when left out."`
	Purpose   string       `json:"purpose"`
	From      domain.Date  `json:"from"`
	To        domain.Date  `json:"to,omitzero" doc:"First date without it."`
	By        string       `json:"by"`
	AtMachine bool         `json:"at_machine,omitempty"`
	State     string       `json:"state" enum:"live,pending,coming,expired,revoked"`
}

func grantShown(principal string, g access.Grant, today domain.Date) grant {
	out := grant{principal, g.ID, g.Role, g.Scope, g.Purpose, g.From, g.To, g.By, g.AtMachine, "live"}
	switch {
	case g.Revoked:
		out.State = "revoked"
	case g.To != 0 && g.To <= today:
		out.State = "expired"
	case g.Pending:
		out.State = "pending"
	case g.From > today:
		out.State = "coming"
	}
	return out
}

// OfPrincipal is the input of an act about somebody's rights, today.
type OfPrincipal struct {
	Asked
	Principal
}

// About implements input.
func (in *OfPrincipal) About(*Call) Subject {
	return Subject{Scope: OfOne, Emp: in.Principal.Principal}
}

type grantsIn struct {
	EachRow
	Past
	Page
	Live bool `query:"live" doc:"Only what is in force today."`
}

type grantsOfIn struct {
	OfPrincipal
	Past
}

type giveIn struct {
	OfPrincipal
	Body struct {
		Role    access.Role  `json:"role" enum:"hr,rules,payroll,auditor,representative,privacy,owner"`
		Purpose string       `json:"purpose" minLength:"1" maxLength:"200" doc:"Why, in clear."`
		Scope   access.Scope `json:"scope,omitzero" doc:"Whom it is about; everybody when left out."`
		From    domain.Date  `json:"from,omitzero" doc:"First date; today when left out."`
		To      domain.Date  `json:"to,omitzero" doc:"First date without it; only an owner's may be left open."`
	}
}

// NamedGrant is the input of an act about one right of somebody.
type NamedGrant struct {
	OfPrincipal
	Grant string `path:"grant" maxLength:"64" pattern:"^[a-z0-9_.-]+$" doc:"Id of the grant."`
}

type revokeGrantIn struct {
	NamedGrant
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"200" doc:"Why, in clear."`
	}
}

// grantRoutes list rights, give them and end them.
func (s *Server) grantRoutes() {
	const object = "grant"
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/grants", ID: "list-grants", Action: access.GrantRead, Object: object,
		Summary: "Rights of those whose rights one may see.",
	}, listGrants)
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/principals/{principal}/grants", ID: "list-grants-of", Action: access.GrantRead, Object: object,
		Summary: "Rights of one principal.",
	}, grantsOf)
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/principals/{principal}/grants", ID: "give-grant", Action: access.GrantEdit, Object: object,
		Summary: "Give a right. Under dual control it waits for a second person.", Status: http.StatusCreated, Fresh: true,
	},
		func(ctx context.Context, c *Call, in *giveIn) (*Written, error) {
			b, id := in.Body, c.NewID("g")
			return c.act(ctx, access.GrantAccess{
				Principal: in.Principal.Principal, Grant: id, Role: b.Role, Scope: b.Scope, Purpose: b.Purpose, From: b.From, To: b.To,
				ActorID: c.Who.Principal,
			}, id)
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/principals/{principal}/grants/{grant}/confirm", ID: "confirm-grant", Action: access.GrantEdit,
		Object: object, Summary: "Confirm a right that waits for a second person.", Fresh: true,
	},
		func(ctx context.Context, c *Call, in *NamedGrant) (*Written, error) {
			return c.act(ctx, access.ConfirmAccess{Principal: in.Principal.Principal, Grant: in.Grant, ActorID: c.Who.Principal}, "")
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/principals/{principal}/grants/{grant}/revoke", ID: "revoke-grant", Action: access.GrantEdit,
		Object: object, Summary: "End a right at once.", Fresh: true,
	},
		func(ctx context.Context, c *Call, in *revokeGrantIn) (*Written, error) {
			return c.act(ctx, access.RevokeAccess{
				Principal: in.Principal.Principal, Grant: in.Grant, Reason: in.Body.Reason, ActorID: c.Who.Principal,
			}, "")
		})
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/employees/{emp}/who-may", ID: "who-may", Action: access.GrantRead, Object: "standing",
		Summary: "Who may do what about an employee on a date, and by which right.",
	}, whoMay)
}

func listGrants(ctx context.Context, c *Call, in *grantsIn) (*Listed[grant], error) {
	m, err := c.at(ctx, in.Past, "")
	if err != nil {
		return nil, err
	}
	defer m.Close()
	out := &Listed[grant]{Seen: Seen{m.Position}, Body: List[grant]{Items: []grant{}}}
	for _, principal := range from(m.Directory.IDs("grant"), in.part(0)) {
		if principal == in.part(0) || !c.Covers(principal, c.Today) {
			continue
		}
		if len(out.Body.Items) >= in.Limit { // a page ends with all rights of somebody
			out.Body.Next = cursorOf(out.Body.Items[len(out.Body.Items)-1].Principal)
			break
		}
		for _, g := range m.Directory.Grants(principal).Grants {
			if row := grantShown(principal, g, m.Today); !in.Live || row.State == "live" {
				out.Body.Items = append(out.Body.Items, row)
			}
		}
	}
	return out, nil
}

func grantsOf(ctx context.Context, c *Call, in *grantsOfIn) (*Listed[grant], error) {
	m, err := c.at(ctx, in.Past, "")
	if err != nil {
		return nil, err
	}
	defer m.Close()
	out := &Listed[grant]{Seen: Seen{m.Position}, Body: List[grant]{Items: []grant{}}}
	for _, g := range m.Directory.Grants(in.Principal.Principal).Grants {
		out.Body.Items = append(out.Body.Items, grantShown(in.Principal.Principal, g, m.Today))
	}
	return out, nil
}

// standing is what somebody may do about somebody, and in which capacity.
type standing struct {
	Principal string          `json:"principal"`
	Role      access.Role     `json:"role"`
	Relation  access.Relation `json:"relation"`
	Actions   []access.Action `json:"actions"`
}

type whoMayIn struct {
	Whose
	On     Day           `query:"on" doc:"Date that the act is about; today when left out."`
	Action access.Action `query:"action" maxLength:"64" doc:"Only who may do this, such as request.decide."`
}

// About implements input.
func (in *whoMayIn) About(*Call) Subject { return Subject{Scope: OfOne, Emp: in.Emp, From: in.On.Date} }

func whoMay(_ context.Context, c *Call, in *whoMayIn) (*listOut[standing], error) {
	if in.Action != "" && !slices.Contains(access.Actions(), in.Action) {
		return nil, domain.NewError(domain.Invalid, "invalid_value", "field", "action", "value", string(in.Action), "problem", "unknown_value")
	}
	d, on := c.Directory(), in.On.Date
	if on == 0 {
		on = c.Today
	}
	if !d.Employee(in.Emp).Exists() {
		return nil, domain.NewError(domain.NotFound, "unknown_employee", "emp", in.Emp)
	}
	out := &listOut[standing]{List[standing]{Items: []standing{}}}
	for _, who := range d.Concerned(in.Emp, on) {
		standings := d.Standings(who, in.Emp, on)
		for _, s := range standings {
			row := standing{Principal: who, Role: s.Role, Relation: s.Relation}
			for _, a := range access.Actions() {
				if by, ok := access.Allowed(a, standings); ok && by == s && (in.Action == "" || a == in.Action) {
					row.Actions = append(row.Actions, a)
				}
			}
			if row.Actions != nil {
				out.Body.Items = append(out.Body.Items, row)
			}
		}
	}
	return out, nil
}
