package httpapi

import (
	"context"
	"net/http"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type site struct {
	Site       string      `json:"site"`
	Name       string      `json:"name"`
	Zone       string      `json:"zone"`
	Calendar   string      `json:"calendar,omitempty"`
	ClosedFrom domain.Date `json:"closed_from,omitzero"`
}

type openSiteIn struct {
	Nobody
	ID
	Body struct {
		Name     string `json:"name" minLength:"1" maxLength:"200"`
		Zone     string `json:"zone" minLength:"1" maxLength:"64" example:"Europe/Berlin"`
		Calendar string `json:"calendar,omitempty" maxLength:"64" doc:"A published calendar."`
	}
}

type clock struct {
	Device  string           `json:"device"`
	Kind    place.DeviceKind `json:"kind"`
	Zone    string           `json:"zone,omitempty"`
	Site    string           `json:"site,omitempty"`
	Trust   place.TrustLevel `json:"trust"`
	Retired bool             `json:"retired,omitempty"`
}

func (s *Server) placeRoutes() {
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/sites", ID: "list-sites", Action: access.SiteRead, Object: "site",
		Summary: "Places of work, without their fences.",
	},
		func(ctx context.Context, c *Call, in *pastPageIn) (*Listed[site], error) {
			return listOf(ctx, c, &in.Page, in.Past, "site", func(d *ledger.Directory, id string) site {
				x := d.Site(id)
				return site{Site: id, Name: x.Name, Zone: x.TZ, Calendar: x.Calendar, ClosedFrom: x.ClosedFrom}
			})
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/sites/{id}", ID: "open-site", Action: access.SiteEdit, Object: "site",
		Summary: "Open a site.", Status: http.StatusCreated,
	},
		func(ctx context.Context, c *Call, in *openSiteIn) (*Written, error) {
			b := in.Body
			return c.act(ctx, place.OpenSite{Site: in.ID.ID, Name: b.Name, TZ: b.Zone, Calendar: b.Calendar}, in.ID.ID)
		})
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/terminals", ID: "list-terminals", Action: access.TerminalRead, Object: "terminal",
		Summary: "Clocks, kiosks and sources of files.",
	}, listTerminals)
}

func listTerminals(ctx context.Context, c *Call, in *pastPageIn) (*Listed[clock], error) {
	m, err := c.at(ctx, in.Past, "")
	if err != nil {
		return nil, err
	}
	defer m.Close()
	page, err := pageOf(&in.Page, m.Directory.IDs("device"), func(id string) (clock, bool, error) {
		d := m.Directory.Device(id)
		shared := d.Kind == place.Terminal || d.Kind == place.Import
		return clock{id, d.Kind, d.TZ, d.Site, d.Trust, d.Retired}, shared, nil
	})
	return &Listed[clock]{Seen: Seen{m.Position}, Body: page}, err
}
