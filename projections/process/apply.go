package process

import (
	"context"
	"errors"
	"fmt"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections"
)

// ApplyName is the name of the checkpoint of Apply.
const ApplyName = "apply"

// Apply carries approvals out: a correction becomes events of the timecard, a swap one of the roster; what evaluation reads by itself,
// such as leave, only has to be called applied. A revocation takes all of that back. The ids of what it asks for come from the request.
type Apply struct {
	Store       eventstore.Store
	Codec       *eventstore.Codec
	Checkpoints projections.Views
	Door        Door
	DateOf      func(emp string, at domain.Instant) domain.Date // at the place of work
}

// CatchUp carries out what was approved or revoked since its checkpoint and returns how many requests that were.
func (a *Apply) CatchUp(ctx context.Context) (int, error) {
	n := 0
	follow := follower{
		store: a.Store, codec: a.Codec, checkpoints: a.Checkpoints, name: ApplyName,
		triggers: []string{request.RequestApproved{}.EventType(), request.RequestRevoked{}.EventType()},
	}
	err := follow.catchUp(ctx, func(t trigger) error {
		n++
		switch e := t.event.(type) {
		case request.RequestApproved:
			if err := a.apply(ctx, t, e); err != nil {
				return fmt.Errorf("apply request %s: %w", e.Request, err)
			}
		case request.RequestRevoked:
			if err := a.takeBack(ctx, t, e); err != nil {
				return fmt.Errorf("take request %s back: %w", e.Request, err)
			}
		}
		return nil
	})
	return n, err
}

// apply carries an approval out, and then records that it was.
func (a *Apply) apply(ctx context.Context, t trigger, e request.RequestApproved) error {
	done := request.ApplyRequest{Ref: refOf(e.Request, e.Emp, e.Target), Effects: []string{t.id}}
	if c := a.effect(t, e); c != nil {
		r, refused, err := a.do(ctx, t, applyID(e.Request), e.By, c)
		if err != nil {
			return err
		}
		done.Effects = nil
		for _, w := range r.Events {
			done.Effects = append(done.Effects, w.ID)
		}
		if refused != nil {
			done.Problem = refused.Code
		}
	}
	_, _, err := a.do(ctx, t, applyID(e.Request)+":done", e.By, done) // refused where it was revoked meanwhile
	return err
}

func refOf(id, emp string, t request.Subject) request.Ref {
	year, _, _ := t.Date.Civil()
	return request.Ref{Emp: emp, Year: year, Request: id}
}

func applyID(id string) string { return "apply:" + id }

// effect returns what an approval asks of another stream; nil where evaluation reads the approval itself.
func (a *Apply) effect(t trigger, e request.RequestApproved) ledger.Command {
	target := e.Target
	switch e.Kind {
	case request.Correction:
	case request.Swap:
		return target.Swap(e.Emp, a.DateOf(e.Emp, t.at.RecordedAt))
	case request.Overtime, request.Leave, request.Trip, request.Outing, request.Remote, request.Field:
		return nil
	}
	grounds, card := groundsOf(e.Emp, e.Request, e.ReasonCode, e.By), timecard.Card{Emp: e.Emp, Month: target.Card}
	switch e.Change {
	case request.Add:
		return timecard.AddPunch{
			Emp: e.Emp, Punch: e.Request, EffectiveAt: target.At, Dir: timecard.Direction(target.Dir), Grounds: grounds,
			ActorID: ApplyName, Now: t.at.RecordedAt,
		}
	case request.Retime:
		return timecard.RetimePunch{Card: card, Punch: target.Punch, EffectiveAt: target.At, Grounds: grounds, ActorID: ApplyName}
	case request.Redirect:
		return timecard.RedirectPunch{Card: card, Punch: target.Punch, Dir: timecard.Direction(target.Dir), Grounds: grounds, ActorID: ApplyName}
	case request.Void:
		return timecard.VoidPunch{Card: card, Punch: target.Punch, Grounds: grounds, ActorID: ApplyName}
	case request.Explain:
		return timecard.WaiveAnomaly{Emp: e.Emp, Date: target.Date, Key: target.Key, Reason: e.ReasonCode, ActorID: ApplyName}
	}
	return nil
}

// groundsOf names the request and who approved it, where that is somebody else.
func groundsOf(emp, id, reason, by string) timecard.Grounds {
	g := timecard.Grounds{ReasonCode: reason, Request: id}
	if by != emp {
		g.Approver = by
	}
	return g
}

// takeBack undoes what an approval has done, as far as it still stands: what somebody changed since stays as it is.
func (a *Apply) takeBack(ctx context.Context, t trigger, e request.RequestRevoked) error {
	undo, err := a.reversal(ctx, t, e)
	if err != nil || undo == nil {
		return err
	}
	_, _, err = a.do(ctx, t, "revoke:"+e.Request, e.By, undo)
	return err
}

// reversal returns the command that undoes an approval; nil where nothing of it is left to undo.
func (a *Apply) reversal(ctx context.Context, t trigger, e request.RequestRevoked) (ledger.Command, error) {
	if e.Kind == request.Swap {
		return schedule.RevokeSwap{Emp: e.Emp, WorkDate: e.Target.Date, RestDate: e.Target.Rest, Reason: e.Reason}, nil
	}
	if e.Kind != request.Correction {
		return nil, nil
	}
	grounds := groundsOf(e.Emp, e.Request, e.Reason, e.By)
	switch e.Change {
	case request.Add:
		return timecard.VoidPunch{Card: timecard.CardAt(e.Emp, e.Target.At), Punch: e.Request, Grounds: grounds, ActorID: ApplyName}, nil
	case request.Explain:
		return timecard.WaiveAnomaly{
			Emp: e.Emp, Date: e.Target.Date, Key: e.Target.Key, Reason: e.Reason, Until: e.Target.Date + 1, ActorID: ApplyName,
		}, nil
	case request.Retime, request.Redirect, request.Void:
	}
	card := timecard.Card{Emp: e.Emp, Month: e.Target.Card}
	was, now, err := a.punch(ctx, card, e)
	if err != nil || was == nil {
		return nil, err
	}
	switch {
	case e.Change == request.Retime && now.EffectiveAt == e.Target.At:
		return timecard.RetimePunch{Card: card, Punch: was.ID, EffectiveAt: was.EffectiveAt, Grounds: grounds, ActorID: ApplyName}, nil
	case e.Change == request.Redirect && now.Dir == timecard.Direction(e.Target.Dir):
		return timecard.RedirectPunch{Card: card, Punch: was.ID, Dir: was.Dir, Grounds: grounds, ActorID: ApplyName}, nil
	case e.Change == request.Void && now.State == timecard.Voided:
		return timecard.AddPunch{
			Emp: e.Emp, Punch: e.Request + ".back", EffectiveAt: was.EffectiveAt, Dir: was.Dir, Grounds: grounds,
			Site: was.Site, Job: was.Job, Cost: was.Cost, ActorID: ApplyName, Now: t.at.RecordedAt,
		}, nil
	}
	return nil, nil
}

// punch returns the punch of a correction as it was before the correction was carried out, and as it was when it was taken back. Both
// are nil where it never was carried out.
func (a *Apply) punch(ctx context.Context, card timecard.Card, e request.RequestRevoked) (was, now *timecard.Punch, err error) {
	var s timecard.State
	for rec, err := range a.Store.ReadStream(ctx, card.Stream(), 0) {
		if err != nil {
			return nil, nil, err
		}
		d, err := a.Codec.DecodeRecord(rec)
		if err != nil {
			return nil, nil, err
		}
		if d.Meta.CommandID == "revoke:"+e.Request { // an earlier run has done it: the same command again
			break
		}
		if d.Meta.CommandID == applyID(e.Request) {
			was = s.Punch(e.Target.Punch)
		}
		s = timecard.Evolve(s, d.Event.(timecard.Event))
	}
	return was, s.Punch(e.Target.Punch), nil
}

// do asks for one command. A refusal by the decider is final: it says why nothing came of it.
func (a *Apply) do(ctx context.Context, t trigger, id, by string, c ledger.Command) (ledger.Receipt, *domain.Error, error) {
	receipt, err := a.Door.Do(ctx, ledger.Request{
		ID: id, Command: c, Actor: domain.Actor{Kind: domain.ActorSystem, ID: ApplyName, OnBehalfOf: by},
		Correlation: t.correlation, Causation: t.id,
	})
	var refused *domain.Error
	if errors.As(err, &refused) && final(refused) {
		return receipt, refused, nil
	}
	return receipt, nil, err
}

// final reports whether asking again would give the same answer.
func final(e *domain.Error) bool {
	return e.Kind != domain.Forbidden && e.Code != "stale_revision" && e.Code != "idempotency_conflict"
}
