package main

import (
	"fmt"

	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type groupsCmd struct {
	List   groupsListCmd   `cmd:"" default:"withargs" help:"List groups and their rules."`
	Add    groupsAddCmd    `cmd:"" help:"Create a group."`
	Bind   groupsBindCmd   `cmd:"" help:"Let a published ruleset govern a group."`
	Unbind groupsUnbindCmd `cmd:"" help:"End the group's last binding at a date."`
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
	from, to, err := window{From: cmd.From, To: cmd.To}.dates()
	if err != nil {
		return err
	}
	return c.writing(func(w *writer) error {
		if err := w.act(c, people.BindRuleset{Group: cmd.Group, Ruleset: cmd.Ruleset, From: from, To: to}, ""); err != nil {
			return err
		}
		c.say("cli.bound", "group", cmd.Group, "ruleset", cmd.Ruleset, "from", fmt.Sprint(from))
		return nil
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
		return w.act(c, people.UnbindRuleset{Group: cmd.Group, Ruleset: cmd.Ruleset, From: from}, "")
	})
}
