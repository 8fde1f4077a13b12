package httpapi

import (
	"context"
	"net/http"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type group struct {
	Group    string    `json:"group"`
	Title    string    `json:"title"`
	Archived bool      `json:"archived,omitempty"`
	Bindings []binding `json:"bindings"`
	Shadows  []shadow  `json:"shadows,omitempty" doc:"Candidates that run beside the rules: shown, never paid."`

	Revision eventstore.Revision `json:"revision" doc:"Send it as If-Match with a change, which is then refused if there was another."`
}

type binding struct {
	Ruleset string          `json:"ruleset"`
	From    domain.Date     `json:"from"`
	To      domain.Date     `json:"to,omitzero" doc:"First date without it; open when left out."`
	Reigns  []ruleset.Reign `json:"reigns" doc:"The versions of the ruleset and their dates."`
}

func groupOf(d *ledger.Directory, id string) group {
	g := d.Group(id)
	out := group{Group: id, Title: g.Title, Archived: g.Archived, Bindings: []binding{}, Revision: d.Revision("group-" + id)}
	for _, b := range g.Bindings {
		out.Bindings = append(out.Bindings, binding{b.Ruleset, b.From, b.To, d.Ruleset(b.Ruleset).Reigns()})
	}
	for _, x := range g.Shadows {
		out.Shadows = append(out.Shadows, shadow(x))
	}
	return out
}

// pastPageIn asks for a page of a list of which nobody is the subject.
type pastPageIn struct {
	Nobody
	Past
	Page
}

// ID is an id in a path.
type ID struct {
	ID string `path:"id" maxLength:"64" pattern:"^[a-z0-9_.][a-z0-9_.-]*$" doc:"Id."`
}

type groupIn struct {
	Nobody
	Past
	ID
}

type groupOut struct {
	Seen
	Body struct {
		group
		Members map[string][]ledger.Governing `json:"members" doc:"Of those whom one may see, by employee: what governs them here, and when."`
	}
}

type createGroupIn struct {
	Nobody
	ID
	Body struct {
		Title string `json:"title" minLength:"1" maxLength:"200"`
	}
}

type bindIn struct {
	Nobody
	ID
	Body struct {
		Ruleset string      `json:"ruleset" minLength:"1" maxLength:"64"`
		From    domain.Date `json:"from"`
		To      domain.Date `json:"to,omitzero" doc:"First date that is not governed any more; open when left out."`
	}
}

type unbindIn struct {
	Nobody
	ID
	Body struct {
		Ruleset string      `json:"ruleset" minLength:"1" maxLength:"64"`
		From    domain.Date `json:"from" doc:"First date without it."`
	}
}

func (s *Server) groupRoutes() {
	const object = "group"
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/groups", ID: "list-groups", Action: access.RulesRead, Object: object,
		Summary: "Attendance groups and what governs them.",
	},
		func(ctx context.Context, c *Call, in *pastPageIn) (*Listed[group], error) {
			return listOf(ctx, c, &in.Page, in.Past, "group", groupOf)
		})
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/groups/{id}", ID: "get-group", Action: access.RulesRead, Object: object,
		Summary: "A group, with those of its members whom one may see.",
	}, getGroup)
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/groups/{id}", ID: "create-group", Action: access.GroupEdit, Object: object,
		Summary: "Create a group.", Status: http.StatusCreated,
	},
		func(ctx context.Context, c *Call, in *createGroupIn) (*Written, error) {
			return c.act(ctx, people.CreateGroup{Group: in.ID.ID, Title: in.Body.Title}, in.ID.ID)
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/groups/{id}/bindings", ID: "bind-ruleset", Action: access.GroupEdit, Object: object,
		Summary: "Let a published ruleset govern a group.",
	},
		func(ctx context.Context, c *Call, in *bindIn) (*Written, error) {
			b := in.Body
			return c.act(ctx, people.BindRuleset{Group: in.ID.ID, Ruleset: b.Ruleset, From: b.From, To: b.To}, "")
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/groups/{id}/unbindings", ID: "unbind-ruleset", Action: access.GroupEdit, Object: object,
		Summary: "End the last binding of a group.",
	},
		func(ctx context.Context, c *Call, in *unbindIn) (*Written, error) {
			return c.act(ctx, people.UnbindRuleset{Group: in.ID.ID, Ruleset: in.Body.Ruleset, From: in.Body.From}, "")
		})
}

// listOf lists everything of a category of small streams.
func listOf[T any](ctx context.Context, c *Call, p *Page, past Past, category string, row func(*ledger.Directory, string) T) (*Listed[T], error) {
	m, err := c.at(ctx, past, "")
	if err != nil {
		return nil, err
	}
	defer m.Close()
	page, err := pageOf(p, m.Directory.IDs(category), func(id string) (T, bool, error) { return row(m.Directory, id), true, nil })
	return &Listed[T]{Seen: Seen{m.Position}, Body: page}, err
}

func getGroup(ctx context.Context, c *Call, in *groupIn) (*groupOut, error) {
	m, err := c.at(ctx, in.Past, "")
	if err != nil {
		return nil, err
	}
	defer m.Close()
	if !m.Directory.Group(in.ID.ID).Exists() {
		return nil, domain.NewError(domain.NotFound, "unknown_group", "group", in.ID.ID)
	}
	out := &groupOut{Seen: Seen{m.Position}}
	out.Body.group, out.Body.Members = groupOf(m.Directory, in.ID.ID), map[string][]ledger.Governing{}
	for emp, list := range m.Directory.Members(in.ID.ID) {
		if c.May(access.PersonRead, emp, c.Today) {
			out.Body.Members[emp] = list
		}
	}
	return out, nil
}
