package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore/vault"
)

type punchesRejudgeCmd struct {
	punchFilter
	Why    string `name:"why" help:"Reason code that the punches get." default:"judged_again"`
	DryRun bool   `name:"dry-run" help:"Only show what would change."`
}

// integrity are the reasons that no fence and no rule can lift: only a person who looked at the punch can.
var integrity = []string{
	timecard.ReasonBadSignature, timecard.ReasonChainBroken, timecard.ReasonChainFork, timecard.ReasonUnbelievable, timecard.ReasonTimeInFuture,
	timecard.ReasonDeviceNotBound, timecard.ReasonAfterHandover, timecard.ReasonBeforeBlockClaim, timecard.ReasonPlaceAltered,
	timecard.ReasonUploadLate, timecard.ReasonDeviceRetired,
}

// Run judges again what waits or was rejected, by the fences and rules that are in force now, and lets count what they accept. Each
// punch keeps its old verdict; the event has the new one beside it.
func (cmd *punchesRejudgeCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		punches, err := cmd.waiting(c.ctx, w.log, w.codec)
		if err != nil {
			return err
		}
		t, err := c.table("employee", "punch", "time", "state", "verdict", "reasons")
		if err != nil {
			return err
		}
		for _, p := range punches {
			verdict, shown, err := w.judgeAgain(c.ctx, &p)
			if err != nil {
				return err
			}
			if shown && !cmd.DryRun && verdict.To == "accepted" {
				if _, err := w.do(c, cmd.settling(c, &p, verdict)); err != nil {
					return err
				}
			}
			err = t.add(map[string]any{"emp": p.card.Emp, "punch": p.details.Punch, "effective_at": p.details.EffectiveAt, "rejudged": verdict},
				p.card.Emp, p.details.Punch, p.details.EffectiveAt.String(), c.word("labels.state.", verdict.From), c.word("labels.state.", verdict.To),
				strings.Join(verdict.Reasons, " "))
			if err != nil {
				return err
			}
		}
		return errors.Join(t.end(), w.turnDue(c.ctx))
	})
}

// settling is what lets a punch count that the new verdict accepts.
func (cmd *punchesRejudgeCmd) settling(c *console, p *waitingPunch, r timecard.Rejudged) timecard.Command {
	if p.state == timecard.Held {
		return timecard.ReleasePunch{Card: p.card, Punch: p.details.Punch, Reason: cmd.Why, ActorID: c.cfg.As, Rejudged: &r}
	}
	return timecard.AdmitPunch{Card: p.card, Punch: p.details.Punch, Reason: cmd.Why, ActorID: c.cfg.As, Rejudged: &r}
}

// judgeAgain returns the verdict that intake would give now; sound is false where no verdict may change anything.
func (w *writer) judgeAgain(ctx context.Context, p *waitingPunch) (r timecard.Rejudged, sound bool, err error) {
	r = timecard.Rejudged{From: punchStates[p.state], To: punchStates[p.state]}
	for _, reason := range p.details.Reasons {
		if slices.Contains(integrity, reason) {
			r.Reasons = append(r.Reasons, reason)
		}
	}
	if len(r.Reasons) > 0 || p.state == timecard.Refused { // what a person refused, a person admits
		return r, false, nil
	}
	d := p.details
	if err := w.openEvidence(ctx, p, &d); err != nil {
		return r, false, err
	}
	in, pins := w.ledger.Directory().Judge(timecard.RecordPunch{Details: d})
	r.RuleCase, r.Reasons = in.Verdict.RuleCase, in.Verdict.Reasons
	r.Ruleset, r.Site = pins["ruleset"], pins["site"]
	outcome := in.Verdict.Outcome
	if in.NotEmployed {
		outcome, r.Reasons = timecard.Reject, append(r.Reasons, timecard.ReasonNotEmployed)
	}
	if in.DeviceBlocked {
		outcome, r.Reasons = timecard.Reject, append(r.Reasons, timecard.ReasonDeviceBlocked)
	}
	r.To = map[timecard.Outcome]string{timecard.Accept: "accepted", timecard.Hold: "held", timecard.Reject: "rejected"}[outcome]
	return r, true, nil
}

// openEvidence opens what a verdict may rest on. What was erased is not there any more; the punch is judged without it.
func (w *writer) openEvidence(ctx context.Context, p *waitingPunch, d *timecard.PunchDetails) error {
	for _, s := range []*domain.Secret{&d.Sealed.Location, &d.Sealed.Network} {
		if s.IsZero() {
			continue
		}
		clear, err := w.vault.Open(ctx, p.stream, p.event, *s)
		if _, gone := errors.AsType[*vault.ErasedError](err); gone {
			*s = domain.Secret{}
			continue
		}
		if err != nil {
			return fmt.Errorf("open the evidence of %s: %w", p.details.Punch, err)
		}
		*s = domain.NewSecret(s.Class, string(clear))
	}
	d.Reasons = nil
	return nil
}
