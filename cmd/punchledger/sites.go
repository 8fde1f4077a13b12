package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type sitesRenameCmd struct {
	Site string `arg:"" help:"Site."`
	Name string `arg:"" help:"New name."`
}

func (cmd *sitesRenameCmd) Run(c *console) error {
	return c.writing(func(w *writer) error { return w.act(c, place.RenameSite{Site: cmd.Site, Name: cmd.Name}, "") })
}

type sitesFenceCmd struct {
	Set     fenceSetCmd     `cmd:"" help:"Replace the fences of a site."`
	Show    fenceShowCmd    `cmd:"" help:"Show the fences of a site, as a file that set reads."`
	Preview fencePreviewCmd `cmd:"" help:"Say how many recorded punches new fences would have held inside."`
}

// fenceFlags say what fences are to be: a file, or one circle.
type fenceFlags struct {
	File   string `arg:"" optional:"" help:"File of fences: GeoJSON, or what show writes."`
	CRS    string `name:"crs" help:"Datum of the coordinates where the file names none: wgs84, gcj02 or bd09." enum:",wgs84,gcj02,bd09" default:""`
	Centre string `help:"One circle instead of a file: LAT,LON."`
	Radius string `help:"Its radius, such as 150m or 500ft." default:"150m"`
}

func (f fenceFlags) read(c *console) (fenceFile, error) {
	if f.File != "" {
		data, err := c.read(f.File, maxFenceFile)
		if err != nil {
			return fenceFile{}, err
		}
		return readFences(data, place.CRS(f.CRS))
	}
	if f.Centre == "" {
		return fenceFile{}, domain.NewError(domain.Invalid, "usage_missing", "missing", "FILE or --centre")
	}
	at, err := place.ParseLocation([]byte(f.Centre))
	if err != nil {
		return fenceFile{}, wrongValue("CENTRE", f.Centre, "not_a_place")
	}
	metres, ok := place.ParseLength(f.Radius)
	if !ok {
		return fenceFile{}, wrongValue("RADIUS", f.Radius, "not_a_distance")
	}
	return fenceFile{Fences: []place.Fence{{
		ID: "main", Shape: place.Circle, CRS: place.CRS(f.CRS), Points: []place.Point{{Lat: at.Lat, Lon: at.Lon}}, RadiusM: int(metres + 0.5),
	}}}, nil
}

type fenceSetCmd struct {
	Site string `arg:"" help:"Site."`
	fenceFlags
	Precision string `help:"What is kept of where people punch: verdict, bucket or exact." enum:",verdict,bucket,exact" default:""`
	From      string `help:"Since when they hold, at the site: 2026-10-08T00:00. Now when left out; always for ever."`
}

func (cmd *fenceSetCmd) Run(c *console) error {
	file, err := cmd.read(c)
	if err != nil {
		return err
	}
	return c.writing(func(w *writer) error {
		from, err := w.since(cmd.Site, cmd.From)
		if err != nil {
			return err
		}
		s := w.ledger.Directory().Site(cmd.Site)
		return w.act(c, place.SetFences{
			Site: cmd.Site, Version: len(s.Fences) + 1, EffectiveFrom: from, Fences: file.Fences,
			Precision: cmp.Or(place.Precision(cmd.Precision), file.Precision),
		}, "")
	})
}

// since reads from when a version of a site holds.
func (w *writer) since(site, from string) (domain.Instant, error) {
	switch from {
	case "":
		return domain.InstantOf(w.now()), nil
	case "always":
		return 0, nil
	}
	return w.ledger.Directory().LocalTime("", w.ledger.Directory().Site(site).TZ, "--from", from)
}

type fenceShowCmd struct {
	Site   string `arg:"" help:"Site."`
	Format string `help:"json or geojson." enum:"json,geojson" default:"json"`
}

func (cmd *fenceShowCmd) Run(c *console) error {
	return c.directory("", func(d *ledger.Directory) error {
		s := d.Site(cmd.Site)
		if !s.Exists() {
			return domain.NewError(domain.NotFound, "unknown_site", "site", cmd.Site)
		}
		file := fenceFile{Precision: place.PrecisionVerdict, Fences: []place.Fence{}}
		if n := len(s.Fences); n > 0 {
			last := s.Fences[n-1]
			file.Precision, file.Fences = last.Precision, append(file.Fences, last.Fences...)
		}
		if cmd.Format == "json" {
			return printJSON(c.Out, file)
		}
		doc, err := asGeoJSON(file.Fences)
		if err != nil {
			return err
		}
		return printJSON(c.Out, doc)
	})
}

type sitesNetworksCmd struct {
	Site string   `arg:"" help:"Site."`
	IP   []string `name:"ip" help:"Prefix of an office network: 203.0.113.0/24; several with commas."`
	Wifi []string `help:"Wireless network of the office: BSSID=NAME. Browsers cannot see it."`
	None bool     `help:"The site has no networks any more."`
	From string   `help:"Since when they hold, at the site: 2026-10-08T00:00. Now when left out; always for ever."`
}

func (cmd *sitesNetworksCmd) Run(c *console) error {
	if len(cmd.IP)+len(cmd.Wifi) == 0 && !cmd.None {
		return cmd.show(c)
	}
	return c.writing(func(w *writer) error {
		from, err := w.since(cmd.Site, cmd.From)
		if err != nil {
			return err
		}
		set := place.SetNetworks{
			Site: cmd.Site, Version: len(w.ledger.Directory().Site(cmd.Site).Networks) + 1, EffectiveFrom: from, IP: cmd.IP,
		}
		for _, x := range cmd.Wifi {
			bssid, ssid, _ := strings.Cut(x, "=")
			set.Wifi = append(set.Wifi, w.ledger.WifiOf(bssid, ssid))
		}
		return w.act(c, set, "")
	})
}

func (cmd *sitesNetworksCmd) show(c *console) error {
	return c.directory("", func(d *ledger.Directory) error {
		t, err := c.table("type", "network")
		if err != nil {
			return err
		}
		s := d.Site(cmd.Site)
		if !s.Exists() {
			return domain.NewError(domain.NotFound, "unknown_site", "site", cmd.Site)
		}
		if n := len(s.Networks); n > 0 {
			last := s.Networks[n-1]
			for _, p := range last.IP {
				if err := t.add(map[string]string{"type": "ip", "network": p.String()}, "ip", p.String()); err != nil {
					return err
				}
			}
			for _, x := range last.Wifi {
				if err := t.add(map[string]string{"type": "wifi", "network": x.SSID}, "wifi", x.SSID); err != nil {
					return err
				}
			}
		}
		return t.end()
	})
}

type sitesCodeCmd struct {
	Site string        `arg:"" help:"Site."`
	Step time.Duration `help:"Turn the code on, with a new key: how long each is shown, such as 15s."`
	Off  bool          `help:"Turn the code off."`
}

func (cmd *sitesCodeCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		s := w.ledger.Directory().Site(cmd.Site)
		if cmd.Step != 0 || cmd.Off {
			step := domain.Seconds(cmd.Step / time.Second)
			if cmd.Off {
				step = 0
			}
			return w.act(c, place.SetSiteCode{Site: cmd.Site, Version: s.Code.Version + 1, Step: step}, "")
		}
		shown, left, err := w.ledger.SiteCode(cmd.Site, domain.InstantOf(w.now()))
		if err != nil {
			return err
		}
		if c.cfg.Output == "json" {
			return json.NewEncoder(c.Out).Encode(map[string]any{"site": s.ID, "code": shown, "seconds_left": left})
		}
		_, err = fmt.Fprintf(c.Out, "%s %d\n", shown, left)
		return err
	})
}
