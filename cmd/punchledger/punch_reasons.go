package main

import (
	"fmt"

	"github.com/punchledger/punchledger/domain/text"
	"github.com/punchledger/punchledger/domain/timecard"
)

type punchReasonsCmd struct {
	Employee string `arg:"" help:"Employee."`
	Punch    string `arg:"" help:"Id of the punch, as why prints it."`
}

func (cmd *punchReasonsCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		p, err := w.ledger.PunchOf(c.ctx, cmd.Employee, cmd.Punch)
		if err != nil {
			return err
		}
		because, err := w.ledger.Because(c.ctx, &p)
		if err != nil {
			return err
		}
		return c.reasons(p.RecordedAs, because)
	})
}

// reasons prints what was made of a punch and why, a line each.
func (c *console) reasons(event string, list []timecard.Because) error {
	t, err := c.table("reason", "text")
	if err != nil {
		return err
	}
	for _, b := range list {
		sentence := c.text.Because(b.Code, b.Args)
		if err := t.add(map[string]any{"event": event, "reason": b.Code, "rule": b.Rule, "text": sentence}, b.Code, text.Shown(sentence)); err != nil {
			return err
		}
	}
	if err := t.end(); err != nil {
		return err
	}
	if len(list) == 0 && c.cfg.Output == "table" {
		fmt.Fprintln(c.Err, c.t("cli.no_reasons"))
	}
	return nil
}
