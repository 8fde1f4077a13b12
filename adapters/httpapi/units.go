package httpapi

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/people"
)

type unit struct {
	Unit   string `json:"unit"`
	Title  string `json:"title"`
	Parent string `json:"parent,omitempty"`
}

type defineUnitIn struct {
	Nobody
	ID
	Body struct {
		Title  string `json:"title" minLength:"1" maxLength:"200"`
		Parent string `json:"parent,omitempty" maxLength:"64" doc:"Unit that it is part of."`
	}
}

// unitRoutes are about departments and teams.
func (s *Server) unitRoutes() {
	const object = "unit"
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/units", ID: "list-units", Action: access.RulesRead, Object: object, Summary: "Org units.",
	},
		func(ctx context.Context, c *Call, in *pastPageIn) (*Listed[unit], error) {
			m, err := c.at(ctx, in.Past, "")
			if err != nil {
				return nil, err
			}
			defer m.Close()
			units := m.Directory.Org().Units
			page, err := pageOf(&in.Page, slices.Sorted(maps.Keys(units)), func(id string) (unit, bool, error) {
				return unit{id, units[id].Title, units[id].Parent}, true, nil
			})
			return &Listed[unit]{Seen: Seen{m.Position}, Body: page}, err
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/units/{id}", ID: "define-unit", Action: access.GroupEdit, Object: object,
		Summary: "Name a department or team, or change its title or place.",
	},
		func(ctx context.Context, c *Call, in *defineUnitIn) (*Written, error) {
			return c.act(ctx, people.DefineOrgUnit{Unit: in.ID.ID, Title: in.Body.Title, Parent: in.Body.Parent}, in.ID.ID)
		})
}
