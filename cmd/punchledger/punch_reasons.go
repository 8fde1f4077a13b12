package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/text"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore"
)

type punchReasonsCmd struct {
	Employee string `arg:"" help:"Employee."`
	Punch    string `arg:"" help:"Id of the punch, as why prints it."`
}

func (cmd *punchReasonsCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		card, err := w.ledger.CardOf(c.ctx, cmd.Employee, cmd.Punch)
		if err != nil {
			return err
		}
		for d, err := range w.codec.DecodeAll(w.log.ReadStream(c.ctx, card.Stream(), 0)) {
			if err != nil {
				return err
			}
			p, ok := punchOf(d.Event)
			if !ok || p.Punch != cmd.Punch {
				continue
			}
			in, err := w.policyOf(c.ctx, d.Meta.Pins["ruleset"], p)
			if err != nil {
				return err
			}
			return c.reasons(d.Type, timecard.Explain(p, in))
		}
		return domain.NewError(domain.NotFound, "unknown_punch", "punch", cmd.Punch)
	})
}

// policyOf returns the intake policy that judged a punch, as its pin names it; nil when none did.
func (w *writer) policyOf(ctx context.Context, pin string, p timecard.PunchDetails) (*ruleset.Intake, error) {
	stream, at, ok := strings.Cut(pin, "@")
	revision, err := strconv.ParseUint(at, 10, 63)
	if !ok || err != nil {
		return nil, nil
	}
	var s ruleset.RulesetState
	for d, err := range w.codec.DecodeAll(w.log.ReadStream(ctx, stream, 0)) {
		if err != nil {
			return nil, err
		}
		if d.Revision > eventstore.Revision(revision) {
			break
		}
		if e, ok := d.Event.(ruleset.RulesetEvent); ok {
			s = ruleset.EvolveRuleset(s, e)
		}
	}
	z, err := zone.Embedded().Zone(w.ledger.Directory().Zone(p.Emp, p.EffectiveAt))
	if err != nil {
		return nil, err
	}
	v, ok := s.Governing(z.DateOf(p.EffectiveAt.Seconds()))
	if !ok {
		return nil, nil
	}
	doc, err := ruleset.ParseStored(v.Doc)
	if err != nil {
		return nil, err
	}
	return doc.Intake, nil
}

// reasons prints what was made of a punch and why, a line each.
func (c *console) reasons(event string, list []timecard.Because) error {
	t, err := c.table("reason", "text")
	if err != nil {
		return err
	}
	for _, b := range list {
		sentence := sentenceOf(c.text, b)
		if err := t.add(map[string]any{"event": event, "reason": b.Code, "rule": b.Rule, "text": sentence}, b.Code, shown(sentence)); err != nil {
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

// sentenceOf says why a punch has a reason in one sentence. Codes among the arguments get their words.
func sentenceOf(words *text.Catalogue, b timecard.Because) string {
	key := "because." + b.Code
	if !words.Has(key) {
		return words.Text("reasons."+b.Code, b.Args)
	}
	for _, name := range []string{"missing", "limit"} {
		var out []string
		for code := range strings.SplitSeq(b.Args[name], ", ") {
			if words.Has("because." + code) {
				code = words.Text("because."+code, nil)
			}
			out = append(out, code)
		}
		b.Args[name] = strings.Join(out, ", ")
	}
	return words.Text(key, b.Args)
}
