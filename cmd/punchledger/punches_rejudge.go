package main

import (
	"context"
	"errors"
	"strings"

	"github.com/punchledger/punchledger/domain"
)

type punchesRejudgeCmd struct {
	punchFilter
	Why    string `name:"why" help:"Reason code that the punches get." default:"judged_again"`
	DryRun bool   `name:"dry-run" help:"Only show what would change."`
}

// Run judges again what waits or was rejected, by the fences and rules that are in force now, and lets count what they accept. Each
// punch keeps its old verdict; the event has the new one beside it.
func (cmd *punchesRejudgeCmd) Run(c *console) error {
	chosen, err := cmd.choice()
	if err != nil {
		return err
	}
	return c.writing(func(w *writer) error {
		punches, err := w.ledger.Waiting(c.ctx, chosen)
		if err != nil {
			return err
		}
		t, err := c.table("employee", "punch", "time", "state", "verdict", "reasons")
		if err != nil {
			return err
		}
		for _, p := range punches {
			verdict, sound, err := w.ledger.JudgeAgain(c.ctx, &p, w.openEvidence)
			if err != nil {
				return err
			}
			if settle := p.Settling(verdict, cmd.Why, c.cfg.As); settle != nil && sound && !cmd.DryRun {
				if _, err := w.do(c, settle); err != nil {
					return err
				}
			}
			err = t.add(map[string]any{"emp": p.Card.Emp, "punch": p.ID, "effective_at": p.Details.EffectiveAt, "rejudged": verdict},
				p.Card.Emp, p.ID, p.Details.EffectiveAt.String(), c.word("labels.state.", verdict.From), c.word("labels.state.", verdict.To),
				strings.Join(verdict.Reasons, " "))
			if err != nil {
				return err
			}
		}
		return errors.Join(t.end(), w.turnDue(c.ctx))
	})
}

// openEvidence is a ledger.Opener.
func (w *writer) openEvidence(ctx context.Context, stream, eventType string, s domain.Secret) ([]byte, error) {
	return evidenceIn(ctx, w.vault, stream, eventType, s)
}
