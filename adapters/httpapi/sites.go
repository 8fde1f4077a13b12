package httpapi

import (
	"context"
	"net/http"
	"net/netip"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/place"
)

// SiteOf is the input of an act about a site.
type SiteOf struct {
	Nobody
	ID
}

type renameSiteIn struct {
	SiteOf
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"200"`
	}
}

// Since is since when a version of a site holds. It is always said, so that a request that is sent again asks for the same.
type Since struct {
	From string `json:"from" maxLength:"40" example:"2026-10-08T00:00" doc:"At the site, or with an offset; always: for ever, because what was there before was wrong."`
}

type setFencesIn struct {
	SiteOf
	Body struct {
		Since
		Fences    []place.Fence   `json:"fences" maxItems:"200" doc:"All of them; they replace those before."`
		Precision place.Precision `json:"precision,omitempty" enum:"verdict,bucket,exact" doc:"What is kept of where people punch; as before when left out."`
	}
}

type setNetworksIn struct {
	SiteOf
	Body struct {
		Since
		IP   []string `json:"ip" maxItems:"200" doc:"Prefixes such as 203.0.113.0/24."`
		Wifi []wifi   `json:"wifi,omitempty" maxItems:"500"`
	}
}

type wifi struct {
	BSSID string `json:"bssid" minLength:"1" maxLength:"64" doc:"Only a keyed hash of it is kept."`
	SSID  string `json:"ssid,omitempty" maxLength:"64"`
}

type setCodeIn struct {
	SiteOf
	Body struct {
		Step domain.Seconds `json:"step_s" minimum:"0" maximum:"3600" example:"15" doc:"How long a code is shown; 0 turns it off. Turning it on makes another key."`
	}
}

// fenceSet is a version of the fences of a site.
type fenceSet struct {
	Version   int             `json:"version"`
	From      domain.Instant  `json:"from,omitzero" doc:"For ever when left out."`
	Precision place.Precision `json:"precision"`
	Fences    []place.Fence   `json:"fences"`
}

// networkSet is a version of its networks.
type networkSet struct {
	Version int            `json:"version"`
	From    domain.Instant `json:"from,omitzero"`
	IP      []netip.Prefix `json:"ip"`
	Wifi    []string       `json:"wifi" doc:"Names alone."`
}

type fencesOut struct {
	Body struct {
		Site     string         `json:"site"`
		Fences   []fenceSet     `json:"fences" doc:"Every version; the last one in force holds."`
		Networks []networkSet   `json:"networks"`
		Code     domain.Seconds `json:"code_step_s,omitempty"`
	}
}

type siteCodeOut struct {
	Body struct {
		Code string         `json:"code"`
		Left domain.Seconds `json:"seconds_left"`
	}
}

func (s *Server) siteRoutes() {
	const object = "site setup"
	edit := func(method, path, id, summary string) Route {
		return Route{Method: method, Path: "/v1/sites/{id}/" + path, ID: id, Action: access.SiteEdit, Object: object, Summary: summary}
	}
	Handle(s, edit(http.MethodPost, "rename", "rename-site", "Rename a site."),
		func(ctx context.Context, c *Call, in *renameSiteIn) (*Written, error) {
			return c.act(ctx, place.RenameSite{Site: in.ID.ID, Name: in.Body.Name}, "")
		})
	Handle(s, edit(http.MethodGet, "fences", "get-fences", "Fences and networks of a site."), getFences)
	Handle(s, edit(http.MethodPost, "fences", "set-fences", "Replace the fences of a site."),
		func(ctx context.Context, c *Call, in *setFencesIn) (*Written, error) {
			from, err := c.siteSince(in.ID.ID, in.Body.From)
			if err != nil {
				return nil, err
			}
			return c.act(ctx, place.SetFences{
				Site: in.ID.ID, Version: len(c.Directory().Site(in.ID.ID).Fences) + 1, EffectiveFrom: from, Fences: in.Body.Fences,
				Precision: in.Body.Precision,
			}, "")
		})
	Handle(s, edit(http.MethodPost, "networks", "set-networks", "Replace the networks of a site."),
		func(ctx context.Context, c *Call, in *setNetworksIn) (*Written, error) {
			from, err := c.siteSince(in.ID.ID, in.Body.From)
			if err != nil {
				return nil, err
			}
			set := place.SetNetworks{
				Site: in.ID.ID, Version: len(c.Directory().Site(in.ID.ID).Networks) + 1, EffectiveFrom: from, IP: in.Body.IP,
			}
			for _, x := range in.Body.Wifi {
				set.Wifi = append(set.Wifi, c.s.o.Ledger.WifiOf(x.BSSID, x.SSID))
			}
			return c.act(ctx, set, "")
		})
	Handle(s, edit(http.MethodPost, "code", "set-site-code", "Turn the rotating code of a site on, with a new key, or off."),
		func(ctx context.Context, c *Call, in *setCodeIn) (*Written, error) {
			return c.act(ctx, place.SetSiteCode{
				Site: in.ID.ID, Version: c.Directory().Site(in.ID.ID).Code.Version + 1, Step: in.Body.Step,
			}, "")
		})
	Handle(s, edit(http.MethodGet, "code", "get-site-code", "The code that a screen at the site shows now."),
		func(_ context.Context, c *Call, in *SiteOf) (*siteCodeOut, error) {
			code, left, err := c.s.o.Ledger.SiteCode(in.ID.ID, c.Now)
			out := &siteCodeOut{}
			out.Body.Code, out.Body.Left = code, left
			return out, err
		})
}

// siteSince reads since when a version of a site holds.
func (c *Call) siteSince(site, from string) (domain.Instant, error) {
	if from == "always" {
		return 0, nil
	}
	return c.Directory().LocalTime("", c.Directory().Site(site).TZ, "from", from)
}

func getFences(_ context.Context, c *Call, in *SiteOf) (*fencesOut, error) {
	s := c.Directory().Site(in.ID.ID)
	if !s.Exists() {
		return nil, domain.NewError(domain.NotFound, "unknown_site", "site", in.ID.ID)
	}
	out := &fencesOut{}
	out.Body.Site, out.Body.Code = s.ID, s.Code.Step
	out.Body.Fences, out.Body.Networks = []fenceSet{}, []networkSet{}
	for _, f := range s.Fences {
		out.Body.Fences = append(out.Body.Fences, fenceSet{f.Version, f.From, f.Precision, append([]place.Fence{}, f.Fences...)})
	}
	for _, n := range s.Networks {
		set := networkSet{n.Version, n.From, append([]netip.Prefix{}, n.IP...), []string{}}
		for _, w := range n.Wifi {
			set.Wifi = append(set.Wifi, w.SSID)
		}
		out.Body.Networks = append(out.Body.Networks, set)
	}
	return out, nil
}
