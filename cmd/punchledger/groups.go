package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type groupsCmd struct {
	List   groupsListCmd   `cmd:"" default:"withargs" help:"List groups and their rules."`
	Show   groupsShowCmd   `cmd:"" help:"Show a group: its bindings, which version governs when, its members."`
	Add    groupsAddCmd    `cmd:"" help:"Create a group."`
	Bind   groupsBindCmd   `cmd:"" help:"Let a published ruleset govern a group."`
	Unbind groupsUnbindCmd `cmd:"" help:"End the group's last binding at a date."`

	Shadow   groupsShadowCmd   `cmd:"" help:"Let a candidate run beside the group's rules: shown, never paid."`
	Unshadow groupsUnshadowCmd `cmd:"" help:"End the group's last shadow at a date; at its first date, take it back."`
}

type groupsListCmd struct{ pastFlag }

func (cmd *groupsListCmd) Run(c *console) error {
	return c.directory(cmd.AsOf, func(d *ledger.Directory) error {
		t, err := c.table("group", "title", "ruleset", "from", "to")
		if err != nil {
			return err
		}
		for _, id := range d.IDs("group") {
			g := d.Group(id)
			if len(g.Bindings) == 0 {
				if err := t.add(map[string]any{"group": id, "title": g.Title}, id, g.Title, "", "", ""); err != nil {
					return err
				}
			}
			for _, b := range g.Bindings {
				err := t.add(map[string]any{"group": id, "title": g.Title, "ruleset": b.Ruleset, "from": b.From, "to": b.To},
					id, g.Title, b.Ruleset, b.From.String(), b.To.String())
				if err != nil {
					return err
				}
			}
		}
		return t.end()
	})
}

type groupsShowCmd struct {
	Group string `arg:"" help:"Group."`
}

// groupShown is a group for machines.
type groupShown struct {
	Group    string                        `json:"group"`
	Title    string                        `json:"title"`
	Archived bool                          `json:"archived,omitempty"`
	Bindings []groupBinding                `json:"bindings"`
	Shadows  []groupShadow                 `json:"shadows,omitempty"`
	Members  map[string][]ledger.Governing `json:"members"`
}

// groupBinding is one binding, with the versions that govern in its window.
type groupBinding struct {
	Ruleset string          `json:"ruleset"`
	From    domain.Date     `json:"from"`
	To      domain.Date     `json:"to,omitzero"`
	Governs []ruleset.Reign `json:"governs"`
}

func (cmd *groupsShowCmd) Run(c *console) error {
	return c.directory("", func(d *ledger.Directory) error {
		g := d.Group(cmd.Group)
		if !g.Exists() {
			return domain.NewError(domain.NotFound, "unknown_group", "group", cmd.Group)
		}
		out := groupShown{Group: cmd.Group, Title: g.Title, Archived: g.Archived, Bindings: []groupBinding{}, Members: d.Members(cmd.Group)}
		for _, b := range g.Bindings {
			out.Bindings = append(out.Bindings, groupBinding{b.Ruleset, b.From, b.To, within(d.Ruleset(b.Ruleset).Reigns(), b.From, b.To)})
		}
		out.Shadows = shadowsOf(g)
		if c.cfg.Output == "json" {
			return printJSON(c.Out, out)
		}
		if err := out.print(c); err != nil {
			return err
		}
		for _, x := range out.Shadows {
			c.say("cli.shadow", "group", cmd.Group, "ruleset", x.Ruleset, "hash", short(x.Hash), "dates", dates(x.From, x.To))
		}
		c.gaps(d, cmd.Group)
		return nil
	})
}

// within cuts stretches to a window.
func within(reigns []ruleset.Reign, from, to domain.Date) []ruleset.Reign {
	out := []ruleset.Reign{}
	for _, r := range reigns {
		r.From = max(r.From, from)
		if to != 0 && (r.Until == 0 || r.Until > to) {
			r.Until = to
		}
		if r.Until == 0 || r.From < r.Until {
			out = append(out, r)
		}
	}
	return out
}

func (g groupShown) print(c *console) error {
	t, err := c.table("group", "ruleset", "version", "from", "to")
	if err != nil {
		return err
	}
	for _, b := range g.Bindings {
		at := b.From
		for _, r := range b.Governs {
			if r.From > at {
				if err := t.add(nil, g.Group, b.Ruleset, none(c, ""), at.String(), r.From.String()); err != nil {
					return err
				}
			}
			if err := t.add(nil, g.Group, b.Ruleset, strconv.Itoa(r.Version), r.From.String(), r.Until.String()); err != nil {
				return err
			}
			at = r.Until
		}
		if at != 0 && (b.To == 0 || at < b.To) && (len(b.Governs) == 0 || b.Governs[len(b.Governs)-1].Until != 0) {
			if err := t.add(nil, g.Group, b.Ruleset, none(c, ""), at.String(), b.To.String()); err != nil {
				return err
			}
		}
	}
	if err := t.end(); err != nil {
		return err
	}
	fmt.Fprintln(c.Out)
	if t, err = c.table("employee", "from", "to"); err != nil {
		return err
	}
	for _, emp := range slices.Sorted(maps.Keys(g.Members)) {
		list := g.Members[emp]
		for i := 0; i < len(list); {
			from, until := list[i].From, list[i].Until
			for i++; i < len(list) && list[i].From == until; i++ {
				until = list[i].Until
			}
			if err := t.add(nil, emp, from.String(), until.String()); err != nil {
				return err
			}
		}
	}
	return t.end()
}

type groupsAddCmd struct {
	ID    string `arg:"" help:"Id: a-z, 0-9, _ . -"`
	Title string `help:"Title for screens."`
}

func (cmd *groupsAddCmd) Run(c *console) error {
	title := cmd.Title
	if title == "" {
		title = cmd.ID
	}
	return c.writing(func(w *writer) error {
		return w.act(c, people.CreateGroup{Group: cmd.ID, Title: title}, "")
	})
}

type groupsBindCmd struct {
	Group   string `arg:"" help:"Group."`
	Ruleset string `arg:"" help:"Published ruleset."`
	From    string `required:"" help:"From this date on." placeholder:"DATE"`
	To      string `help:"First date that is not governed any more; open when left out." placeholder:"DATE"`
}

func (cmd *groupsBindCmd) Run(c *console) error {
	from, to, err := span("from", cmd.From, "to", cmd.To)
	if err != nil {
		return err
	}
	return c.writing(func(w *writer) error {
		if err := w.act(c, people.BindRuleset{Group: cmd.Group, Ruleset: cmd.Ruleset, From: from, To: to}, ""); err != nil {
			return err
		}
		c.say("cli.bound", "group", cmd.Group, "ruleset", cmd.Ruleset, "from", fmt.Sprint(from))
		return w.gaps(c, cmd.Group)
	})
}

type groupsUnbindCmd struct {
	Group   string `arg:"" help:"Group."`
	Ruleset string `arg:"" help:"Ruleset of its last binding."`
	From    string `required:"" help:"First date without it." placeholder:"DATE"`
}

func (cmd *groupsUnbindCmd) Run(c *console) error {
	from, err := optionalDate("from", cmd.From)
	if err != nil {
		return err
	}
	return c.writing(func(w *writer) error {
		if err := w.act(c, people.UnbindRuleset{Group: cmd.Group, Ruleset: cmd.Ruleset, From: from}, ""); err != nil {
			return err
		}
		return w.gaps(c, cmd.Group)
	})
}

// gaps warns of the members of a group who have no rules on some dates.
func (w *writer) gaps(c *console, group string) error {
	d := w.ledger.Directory()
	if err := d.CatchUp(c.ctx); err != nil {
		return err
	}
	c.gaps(d, group)
	return nil
}
