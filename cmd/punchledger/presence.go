package main

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/presence"
)

type presenceCmd struct {
	Employee string `short:"e" help:"Only this employee." placeholder:"ID"`
	Group    string `help:"Only this attendance group." placeholder:"ID"`
	At       string `help:"At this instant (RFC 3339); now when left out." placeholder:"INSTANT"`
	Count    bool   `help:"Only how many are in which state."`
	pastFlag
}

func (cmd *presenceCmd) Run(c *console) error {
	at, err := c.instant("--at", cmd.At)
	if err != nil {
		return err
	}
	return c.viewing(window{Employee: cmd.Employee, AsOf: cmd.AsOf}, func(v *view) error {
		list, sites, err := v.presence(c.ctx, cmd.Employee, at)
		if err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(s presence.Status) bool { return cmd.Group != "" && s.Group != cmd.Group })
		if cmd.Count {
			return c.countStates(list)
		}
		t, err := c.table("employee", "name", "state", "since", "site", "group", "shift", "due")
		if err != nil {
			return err
		}
		for _, s := range list {
			err := t.add(s, s.Employee, v.names.of(s.Employee), c.word("labels.presence.", string(s.State)), v.wall(s.Zone, s.Since), c.whereOf(s, sites),
				s.Group, s.Shift, v.wall(s.Zone, s.Due))
			if err != nil {
				return err
			}
		}
		return t.end()
	})
}

// instant reads an instant; nothing is now.
func (c *console) instant(field, s string) (domain.Instant, error) {
	if s == "" {
		return domain.InstantOf(c.Now()), nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return 0, wrongValue(field, s, "not_an_instant")
	}
	return domain.InstantOf(t), nil
}

// presence returns where everybody is who is employed at an instant, or one employee, and the names of sites.
func (v *view) presence(ctx context.Context, employee string, at domain.Instant) (out []presence.Status, sites map[string]string, err error) {
	p := v.projector()
	err = v.views.Moment(ctx, projections.AllViews, func(now projections.AllReader, tx projections.Tx, _ projections.Checkpoint) error {
		if sites, err = p.SiteNames(ctx, tx); err != nil {
			return err
		}
		return now.Presences(ctx, employee, func(r presence.Row) error {
			s, there, err := p.Presence(ctx, tx, r, at.Seconds())
			if there && err == nil {
				out = append(out, s)
			}
			return err
		})
	})
	return out, sites, err
}

// whereOf names a site, or says that somebody is outside.
func (c *console) whereOf(s presence.Status, sites map[string]string) string {
	if s.Site == presence.Outside {
		return c.word("labels.presence.", presence.Outside)
	}
	return cmp.Or(sites[s.Site], s.Site)
}

// wall shows an instant on the clock of a zone.
func (v *view) wall(zoneName string, at domain.Instant) string {
	if at == 0 {
		return ""
	}
	z, err := v.zones.Zone(zoneName)
	if err != nil {
		return at.String()
	}
	date := z.DateOf(at.Seconds())
	return date.String() + " " + clockOn(z, date, at.Seconds())
}

func (c *console) countStates(list []presence.Status) error {
	t, err := c.table("state", ">count")
	if err != nil {
		return err
	}
	n := map[presence.State]int{}
	for _, s := range list {
		n[s.State]++
	}
	for _, state := range presence.States() {
		row := struct {
			State presence.State `json:"state"`
			Count int            `json:"count"`
		}{state, n[state]}
		if err := t.add(row, c.word("labels.presence.", string(state)), strconv.Itoa(row.Count)); err != nil {
			return err
		}
	}
	return t.end()
}

// grouped shows anomalies by cause.
func (c *console) grouped(v *view, id, least string) error {
	q := anomaly.Query{Employee: v.window.Employee, From: v.from, To: v.to, ID: id}
	source, ok := v.source.(anomaly.Source)
	if !ok {
		return domain.NewError(domain.Invalid, "grouped_recomputed")
	}
	groups, err := anomaly.Grouped(c.ctx, source, q, nil)
	if err != nil {
		return err
	}
	t, err := c.table("state", "exception", "severity", "group", "site", "device", ">count", ">people", "first", "last", ">open", "until")
	if err != nil {
		return err
	}
	for _, g := range groups {
		if id == "" && slices.Index(severities, g.Severity) < slices.Index(severities, least) {
			continue
		}
		err := t.add(g, c.word("labels.cause.", g.State), g.ID, c.word("labels.severity.", g.Severity), g.Group, g.Site, g.Device,
			strconv.Itoa(g.Count), strconv.Itoa(g.People), g.First.String(), g.Last.String(), strconv.Itoa(g.Open), g.MutedTo.String())
		if err != nil {
			return err
		}
	}
	return t.end()
}
