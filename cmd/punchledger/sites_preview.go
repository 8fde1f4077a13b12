package main

import (
	"fmt"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type fencePreviewCmd struct {
	Site string `arg:"" help:"Site."`
	fenceFlags
	Days int `help:"Of how many days back." default:"30"`
}

// fenceCount says what fences would have said of the punches of a site that have exact coordinates.
type fenceCount struct {
	Site      string `json:"site"`
	Punches   int    `json:"punches"`
	Inside    int    `json:"inside"`
	Outside   int    `json:"outside"`
	Uncertain int    `json:"uncertain"`
}

func (cmd *fencePreviewCmd) Run(c *console) error {
	file, err := cmd.read(c)
	if err != nil {
		return err
	}
	if len(file.Fences) == 0 {
		return notFences(cmd.File)
	}
	for _, f := range file.Fences {
		if f.CRS == "" {
			return domain.NewError(domain.Invalid, "crs_missing", "fence", f.ID)
		}
	}
	return c.writing(func(w *writer) error {
		if !w.ledger.Directory().Site(cmd.Site).Exists() {
			return domain.NewError(domain.NotFound, "unknown_site", "site", cmd.Site)
		}
		out, err := cmd.count(c, w, file.Fences)
		if err != nil {
			return err
		}
		if c.cfg.Output == "json" {
			return printJSON(c.Out, out)
		}
		c.say("cli.fence_preview", "inside", fmt.Sprint(out.Inside), "all", fmt.Sprint(out.Punches),
			"outside", fmt.Sprint(out.Outside), "uncertain", fmt.Sprint(out.Uncertain))
		return nil
	})
}

// count looks at every located punch of the window. Of sites that keep verdicts there is nothing to look at.
func (cmd *fencePreviewCmd) count(c *console, w *writer, fences []place.Fence) (fenceCount, error) {
	out := fenceCount{Site: cmd.Site}
	since := domain.InstantOf(w.now().AddDate(0, 0, -cmd.Days))
	for rec, err := range w.log.ReadAll(c.ctx, 0) {
		if err != nil {
			return out, err
		}
		if domain.Category(rec.Stream) != timecard.Category {
			continue
		}
		d, err := w.codec.DecodeRecord(rec)
		if err != nil {
			return out, err
		}
		details, ok := ledger.DetailsOf(d.Event)
		if !ok || details.EffectiveAt < since || details.Sealed.Location.IsZero() || !w.atSite(cmd.Site, details) {
			continue
		}
		clear, err := w.vault.Open(c.ctx, rec.Stream, rec.Type, details.Sealed.Location)
		if err != nil { // erased, or past its time
			continue
		}
		l, err := place.ParseLocation(clear)
		if err != nil {
			continue
		}
		point, _ := l.Point() // it was checked when it was read
		out.Punches++
		switch bestOf(fences, point, l.Accuracy()) {
		case place.FenceInside:
			out.Inside++
		case place.FenceOutside:
			out.Outside++
		case place.FenceUncertain:
			out.Uncertain++
		}
	}
	return out, nil
}

// atSite reports whether a punch is of somebody who works at the site, or was made there, while it kept exact coordinates.
func (w *writer) atSite(site string, p timecard.PunchDetails) bool {
	d := w.ledger.Directory()
	if d.Site(site).PrecisionAt(p.EffectiveAt) != place.PrecisionExact {
		return false
	}
	a, _ := d.Employee(p.Emp).AssignmentOn(domain.DateOfUnix(p.EffectiveAt.Seconds()))
	return a.Site == site || p.Facts.Site == site
}

// bestOf returns the verdict of the fence that a fix is deepest inside of.
func bestOf(fences []place.Fence, p place.Point, accuracy float64) place.FenceVerdict {
	nearest := fences[0].Boundary(p)
	for _, f := range fences[1:] {
		nearest = min(nearest, f.Boundary(p))
	}
	return place.VerdictAt(nearest, accuracy)
}
