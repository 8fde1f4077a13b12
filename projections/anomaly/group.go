package anomaly

import (
	"cmp"
	"context"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// Cause is what anomalies have in common when they are looked at together.
type Cause struct {
	ID     string `json:"id"`
	Group  string `json:"group,omitempty"`
	Site   string `json:"site,omitempty"`
	Device string `json:"device,omitempty"`
}

// Group is the anomalies of one cause. Its state is open while any of them is, else explained, else muted, else resolved.
type Group struct {
	Cause
	State     string      `json:"state"` // open, explained, muted, resolved
	Severity  string      `json:"severity"`
	Block     bool        `json:"block,omitempty"` // an open one stops a close
	Count     int         `json:"count"`
	People    int         `json:"people"`
	First     domain.Date `json:"first"`
	Last      domain.Date `json:"last"`
	Open      int         `json:"open"`
	Explained int         `json:"explained"` // acknowledged
	Muted     int         `json:"muted"`     // waived
	MutedTo   domain.Date `json:"muted_until,omitzero"`
	Resolved  int         `json:"resolved"`
}

// severities are from least to most.
var severities = []string{"info", "low", "medium", "high", "critical"}

// Source reads anomalies with those that were resolved.
type Source interface {
	Reader
	PastReader
}

// Grouped counts the anomalies of a query by cause, with those that were resolved; only, where it is given, says about whom and which dates. Groups come
// with the open ones first, the most severe and then the most frequent before others.
func Grouped(ctx context.Context, r Source, q Query, only func(employee string, on domain.Date) bool) ([]Group, error) {
	groups, people := map[Cause]*Group{}, map[Cause]map[string]bool{}
	take := func(a Row) error {
		if only != nil && !only(a.Employee, a.Date) {
			return nil
		}
		c := Cause{ID: a.ID, Group: a.About.Group, Site: a.About.Site, Device: a.About.Device}
		g := groups[c]
		if g == nil {
			g = &Group{Cause: c, First: a.Date, Last: a.Date}
			groups[c], people[c] = g, map[string]bool{}
		}
		people[c][a.Employee] = true
		g.take(a)
		return nil
	}
	if err := r.Anomalies(ctx, q, take); err != nil {
		return nil, err
	}
	if err := r.ResolvedAnomalies(ctx, q, take); err != nil {
		return nil, err
	}
	out := make([]Group, 0, len(groups))
	for c, g := range groups {
		g.People, g.State = len(people[c]), g.state()
		out = append(out, *g)
	}
	slices.SortFunc(out, before)
	return out, nil
}

func (g *Group) take(a Row) {
	g.Count++
	g.First, g.Last = min(g.First, a.Date), max(g.Last, a.Date)
	if rank(a.Severity) > rank(g.Severity) {
		g.Severity = a.Severity
	}
	switch a.State {
	case "acknowledged":
		g.Explained++
	case "waived":
		g.Muted++
		g.MutedTo = max(g.MutedTo, a.About.Until)
	case Resolved:
		g.Resolved++
	default:
		g.Open++
		g.Block = g.Block || a.Block
	}
}

func (g *Group) state() string {
	switch {
	case g.Open > 0:
		return "open"
	case g.Explained > 0:
		return "explained"
	case g.Muted > 0:
		return "muted"
	}
	return Resolved
}

func rank(severity string) int { return slices.Index(severities, severity) }

var states = []string{"open", "explained", "muted", Resolved}

func before(a, b Group) int {
	return cmp.Or(
		cmp.Compare(slices.Index(states, a.State), slices.Index(states, b.State)), cmp.Compare(rank(b.Severity), rank(a.Severity)),
		cmp.Compare(b.Count, a.Count), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Cause.Group, b.Cause.Group), cmp.Compare(a.Site, b.Site),
		cmp.Compare(a.Device, b.Device),
	)
}
