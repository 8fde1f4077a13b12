package main

import (
	"context"
	"errors"
	"strconv"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/vault"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/evaluate"
)

// rejudge judges the punches of the window again that wait or do not count, as “punches rejudge” does it, for each candidate by the
// intake policies that it comes with. What is accepted now counts on the candidate's side.
func (r *replaying) rejudge() error {
	if r.cmd.Intake != string(whatif.IntakeRejudge) {
		return nil
	}
	until := strconv.FormatUint(r.position, 10)
	return r.c.directory(until, func(d *ledger.Directory) error {
		ends, err := moment(until)
		if err != nil {
			return err
		}
		punches, err := ledger.Waiting{}.Read(r.c.ctx, past{r.v.log, r.v.codec, ends}, r.v.codec)
		if err != nil {
			return err
		}
		for _, candidate := range r.candidates {
			if err := r.judged(d, candidate, punches); err != nil {
				return err
			}
		}
		return nil
	})
}

// judged judges punches under one candidate. Its window is that of dates at the place of work, and the next one, on which the last
// work day may end.
func (r *replaying) judged(d *ledger.Directory, candidate *evaluate.Candidate, punches []ledger.Told) error {
	rulesOn, err := r.policy(d, candidate)
	if err != nil {
		return err
	}
	candidate.Judged = map[string]evaluate.Judged{}
	for i := range punches {
		p := &punches[i]
		at := p.Details.EffectiveAt
		z, err := r.v.reader.zones.Zone(d.Zone(p.Card.Emp, at))
		if err != nil {
			return err
		}
		if date := z.DateOf(at.Seconds()); date < r.v.from || r.v.to != 0 && date > r.v.to+1 {
			continue
		}
		verdict, sound, err := d.JudgeAgain(r.c.ctx, p, r.v.openEvidence, rulesOn)
		if err != nil {
			return err
		}
		of := candidate.Judged[p.Card.Emp]
		of.Counts.Count(verdict.To, sound)
		if e := p.Settled(verdict, "judged_again"); e != nil && sound {
			event, err := r.v.projector().Supposed(p.Card.Stream(), "rejudge:"+p.ID, domain.InstantOf(r.c.Now()), e)
			if err != nil {
				return err
			}
			of.Events = append(of.Events, event)
		}
		candidate.Judged[p.Card.Emp] = of
	}
	return nil
}

// policy finds the rules that judge: those that govern where the candidate stands.
func (r *replaying) policy(d *ledger.Directory, candidate *evaluate.Candidate) (ledger.Policy, error) {
	var under func(group string, on domain.Date) *ruleset.Rules
	err := r.v.views.Read(r.c.ctx, func(tx projections.Tx) (err error) {
		under, err = r.v.projector().RulesUnder(r.c.ctx, tx, candidate)
		return err
	})
	return func(employee string, on domain.Date) (*ruleset.Rules, bool) {
		a, ok := d.Employee(employee).AssignmentOn(on)
		if !ok {
			return nil, false
		}
		rules := under(a.Group, on)
		return rules, rules != nil
	}, err
}

// openEvidence is a ledger.Opener.
func (r *reader) openEvidence(ctx context.Context, stream, eventType string, s domain.Secret) ([]byte, error) {
	if r.openVault(ctx); r.sealed != nil {
		return nil, r.sealed
	}
	return evidenceIn(ctx, r.vault, stream, eventType, s)
}

// evidenceIn opens a secret; nothing where it was erased.
func evidenceIn(ctx context.Context, v *vault.Vault, stream, eventType string, s domain.Secret) ([]byte, error) {
	clear, err := v.Open(ctx, stream, eventType, s)
	if _, gone := errors.AsType[*vault.ErasedError](err); gone {
		return nil, nil
	}
	return clear, err
}
