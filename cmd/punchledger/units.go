package main

import (
	"maps"
	"slices"

	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type unitsCmd struct {
	List   unitsListCmd   `cmd:"" default:"withargs" help:"List org units."`
	Define unitsDefineCmd `cmd:"" help:"Name a department or team, or change its title or place."`
}

type unitsListCmd struct{ pastFlag }

func (cmd *unitsListCmd) Run(c *console) error {
	return c.directory(cmd.AsOf, func(d *ledger.Directory) error {
		t, err := c.table("unit", "title", "parent")
		if err != nil {
			return err
		}
		units := d.Org().Units
		for _, id := range slices.Sorted(maps.Keys(units)) {
			u := units[id]
			if err := t.add(people.OrgUnitDefined{Unit: id, Title: u.Title, Parent: u.Parent}, id, u.Title, u.Parent); err != nil {
				return err
			}
		}
		return t.end()
	})
}

type unitsDefineCmd struct {
	ID     string `arg:"" help:"Id: a-z, 0-9, _ . -"`
	Title  string `help:"Title; the id when left out."`
	Parent string `help:"Unit that it is part of." placeholder:"UNIT"`
}

func (cmd *unitsDefineCmd) Run(c *console) error {
	title := cmd.Title
	if title == "" {
		title = cmd.ID
	}
	return c.writing(func(w *writer) error {
		return w.act(c, people.DefineOrgUnit{Unit: cmd.ID, Title: title, Parent: cmd.Parent}, "")
	})
}
