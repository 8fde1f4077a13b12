package main

import (
	"strconv"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type rulesWhichCmd struct {
	Employee string `arg:"" help:"Employee."`
	Date     string `arg:"" optional:"" help:"Date; all dates of employment when left out."`
}

func (cmd *rulesWhichCmd) Run(c *console) error {
	date, err := optionalDate("DATE", cmd.Date)
	if err != nil {
		return err
	}
	return c.directory("", func(d *ledger.Directory) error {
		s := d.Employee(cmd.Employee)
		if !s.Exists() {
			return domain.NewError(domain.NotFound, "unknown_employee", "emp", cmd.Employee)
		}
		list := d.Rules(cmd.Employee)
		if date == 0 {
			return c.stretches(list)
		}
		for _, g := range list {
			if date.Covers(g.From, g.Until) {
				return c.which(d, g, date)
			}
		}
		return domain.NewError(domain.NotFound, "not_employed", "emp", cmd.Employee, "date", date.String())
	})
}

// stretches lists what governs over time.
func (c *console) stretches(list []ledger.Governing) error {
	t, err := c.table("employee", "from", "to", "group", "ruleset", "version", "note")
	if err != nil {
		return err
	}
	for _, g := range list {
		version := ""
		if g.Version > 0 {
			version = strconv.Itoa(g.Version)
		}
		if err := t.add(g, g.Emp, g.From.String(), g.Until.String(), g.Group, g.Ruleset, version, c.why(g)); err != nil {
			return err
		}
	}
	return t.end()
}

// why says what a person lacks to have rules; nothing where there are some.
func (c *console) why(g ledger.Governing) string {
	switch {
	case g.Version > 0:
		return ""
	case g.Group == "":
		return c.t("cli.which.no_group")
	case g.Ruleset == "":
		return c.t("cli.which.no_binding", "group", g.Group)
	}
	return c.t("cli.which.no_version", "ruleset", g.Ruleset)
}

// which explains one date, step by step.
func (c *console) which(d *ledger.Directory, g ledger.Governing, date domain.Date) error {
	v, _ := d.Ruleset(g.Ruleset).Version(g.Version)
	var authority *ruleset.Authority
	if doc, err := ruleset.ParseStored(v.Doc); err == nil {
		authority = doc.Authority
	}
	if c.cfg.Output == "json" {
		if err := printJSON(c.Out, struct {
			ledger.Governing
			Authority *ruleset.Authority `json:"authority,omitempty"`
		}{g, authority}); err != nil {
			return err
		}
	} else {
		w := &story{c: c}
		a, _ := d.Employee(g.Emp).AssignmentOn(date)
		if g.Group != "" {
			w.line("%s", c.t("cli.which.group", "emp", g.Emp, "date", date.String(), "group", g.Group, "from", a.From.String()))
		}
		if g.Ruleset != "" {
			w.line("%s", c.t("cli.which.binding", "group", g.Group, "ruleset", g.Ruleset, "dates", dates(g.BoundFrom, g.BoundTo)))
		}
		if g.Version > 0 {
			w.line("%s", c.t("cli.which.version", "ruleset", g.Ruleset, "version", strconv.Itoa(g.Version), "from", g.InForce.String(), "hash", short(g.Hash)))
			w.line("%s", c.t("cli.why.authority", "authority", none(c, c.authority(authority))))
			w.line("%s", c.t("cli.which.dates", "emp", g.Emp, "dates", dates(g.From, g.Until)))
		} else {
			w.line("%s", c.why(g))
		}
		if _, err := c.Out.Write([]byte(w.b.String())); err != nil {
			return err
		}
	}
	if g.Version == 0 {
		return errNo
	}
	return nil
}
