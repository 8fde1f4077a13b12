package main

import (
	"errors"

	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/zone"
)

type initCmd struct {
	Name string `help:"Name of the organisation." default:"My company"`
	TZ   string `name:"tz" help:"Zone of its head office, such as Asia/Shanghai." default:"UTC"`

	Owner string `help:"Who owns the ledger: the one who gives rights to others over the network." placeholder:"ID"`
}

func (cmd *initCmd) Run(c *console) error {
	b, err := begin(c.cfg.Data, c.cfg.KEK)
	if err != nil {
		return err
	}
	defer b.abandon()
	w, err := openParts(c.ctx, opening{data: c.cfg.Data, log: c.cfg.LogAt, kek: c.cfg.KEK, sign: c.cfg.SignKey, parts: c.parts(), now: c.Now, create: true})
	if err == nil {
		err = errors.Join(cmd.found(c, w, "punchledger/"+w.newID()), w.Close())
	}
	if err == nil {
		err = b.finish()
	}
	if err != nil {
		c.say("cli.init_failed", "data", c.cfg.Data, "kek", c.cfg.KEK)
		return err
	}
	if err := c.claimParts(); err != nil {
		return err
	}
	if c.cfg.Output == "json" {
		return printJSON(c.Out, map[string]string{"data": c.cfg.Data, "kek": c.cfg.KEK, "as": c.cfg.As})
	}
	c.say("cli.created", "data", c.cfg.Data, "kek", c.cfg.KEK)
	return nil
}

// found writes the first events of a ledger. Origin tells it from every other.
func (cmd *initCmd) found(c *console, w *writer, origin string) error {
	if _, err := w.do(c, people.CreateLedger{Origin: origin, VaultCheck: w.vaultCheck(origin)}); err != nil {
		return err
	}
	if _, err := w.do(c, people.DescribeOrganisation{Name: cmd.Name, TZ: cmd.TZ, Lang: c.text.Lang()}); err != nil {
		return err
	}
	if err := w.releaseEngine(c); err != nil || cmd.Owner == "" {
		return err
	}
	_, err := w.do(c, access.GrantAccess{
		Principal: cmd.Owner, Grant: "first", Role: access.Owner, Purpose: "sets the ledger up", ActorID: c.cfg.As, AtMachine: true,
	})
	return err
}

// releaseEngine records which build and zone data evaluate from now on; the same release is recorded once.
func (w *writer) releaseEngine(c *console) error {
	a := zone.Embedded()
	vectors, failed, err := vectorsOf(ruleset.Packs())
	if err != nil {
		return err
	}
	_, err = w.do(c, zone.ReleaseEngine{
		Version: engineVersion, Build: engineVersion, TZData: zone.TZData{Version: a.Version(), SHA256: a.SHA256()},
		VectorsHash: vectors, VectorsFailed: failed,
	})
	return err
}
