// Package process holds followers that turn an event into commands for other streams, with ids derived from the event. A follower
// that is killed at any step repeats itself on its next run, and what it has done already is done once.
//
// It holds no rule of its own: deciders may refuse what it asks for.
package process

import (
	"context"
	"errors"
	"fmt"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections"
)

// Door is where commands go; *ledger.Ledger is one. Do is idempotent by the request's id.
type Door interface {
	Do(ctx context.Context, r ledger.Request) (ledger.Receipt, error)
}

// ClockRepairName is the name of the checkpoint of ClockRepair.
const ClockRepairName = "clock_repair"

// reasonClockFix stands on every punch that a clock repair moves.
const reasonClockFix = "clock_fix"

// ClockRepair moves the punches of a device whose clock was found wrong: one PunchRetimed for each that the correction covers and
// the log holds by then. A punch that was voided, or that a person retimed, stays as it is.
type ClockRepair struct {
	Store       eventstore.Store
	Codec       *eventstore.Codec
	Checkpoints projections.Views
	Door        Door
}

// fix is a correction and the event that ordered it.
type fix struct {
	place.DeviceClockCorrected
	id          string
	correlation string
	at          projections.Checkpoint
}

// CatchUp carries out the corrections that were recorded since its checkpoint and returns how many punches it moved.
func (r *ClockRepair) CatchUp(ctx context.Context) (int, error) {
	from, err := r.Checkpoints.Checkpoint(ctx, ClockRepairName)
	if err != nil {
		return 0, fmt.Errorf("read the checkpoint of %s: %w", ClockRepairName, err)
	}
	fixes, end, err := r.corrections(ctx, from)
	if err != nil {
		return 0, err
	}
	moved := 0
	for _, f := range fixes {
		n, err := r.repair(ctx, f)
		moved += n
		if err != nil {
			return moved, fmt.Errorf("repair %s of device %s: %w", f.Fix, f.Device, err)
		}
		if from, err = r.commit(ctx, from, f.at); err != nil {
			return moved, err
		}
	}
	_, err = r.commit(ctx, from, end)
	return moved, err
}

// commit moves the checkpoint; where another process has moved it, that one has done the work as well.
func (r *ClockRepair) commit(ctx context.Context, from, to projections.Checkpoint) (projections.Checkpoint, error) {
	if from == to {
		return to, nil
	}
	err := r.Checkpoints.Update(ctx, ClockRepairName, from, to, func(projections.Tx) error { return nil })
	if errors.Is(err, projections.ErrMoved) {
		return r.Checkpoints.Checkpoint(ctx, ClockRepairName)
	}
	return to, err
}

// corrections returns the corrections after a checkpoint, and the checkpoint of the log's end.
func (r *ClockRepair) corrections(ctx context.Context, from projections.Checkpoint) ([]fix, projections.Checkpoint, error) {
	var out []fix
	end := from
	for rec, err := range eventstore.Number(r.Store.ReadAll(ctx, from.Cursor), from.Position, r.Codec.Owns) {
		if err != nil {
			return nil, end, err
		}
		end.Cursor, end.Position = rec.Cursor, rec.Position
		if rec.Type != (place.DeviceClockCorrected{}).EventType() {
			continue
		}
		d, err := r.Codec.DecodeRecord(rec)
		if err != nil {
			return nil, end, err
		}
		end.RecordedAt = d.Meta.RecordedAt
		if e, ok := d.Event.(place.DeviceClockCorrected); ok {
			out = append(out, fix{e, d.ID.String(), d.Meta.Correlation, end})
		}
	}
	return out, end, nil
}

// repair moves every punch that a correction covers.
func (r *ClockRepair) repair(ctx context.Context, f fix) (int, error) {
	covered, err := r.covered(ctx, f)
	if err != nil {
		return 0, err
	}
	moved := 0
	for _, p := range covered {
		n, err := r.retime(ctx, f, p)
		if err != nil {
			return moved, fmt.Errorf("punch %s: %w", p.Punch, err)
		}
		moved += n
	}
	return moved, nil
}

// recordings are the types of events that record a punch of a device; decisions are those of people that a repair respects.
var (
	recordings = map[string]bool{"PunchAccepted": true, "PunchHeld": true, "PunchRejected": true}
	decisions  = map[string]bool{"PunchVoided": true, "PunchRetimed": true}
)

// covered returns the punches of a correction in the order in which they were recorded.
func (r *ClockRepair) covered(ctx context.Context, f fix) ([]timecard.PunchDetails, error) {
	var out []timecard.PunchDetails
	settled := map[string]bool{}
	for rec, err := range r.Store.ReadAll(ctx, 0) {
		if err != nil {
			return nil, err
		}
		if !recordings[rec.Type] && !decisions[rec.Type] {
			continue
		}
		d, err := r.Codec.DecodeRecord(rec)
		if err != nil {
			return nil, err
		}
		var p timecard.PunchDetails
		switch e := d.Event.(type) {
		case timecard.PunchAccepted:
			p = e.PunchDetails
		case timecard.PunchHeld:
			p = e.PunchDetails
		case timecard.PunchRejected:
			p = e.PunchDetails
		case timecard.PunchVoided:
			settled[e.Punch] = e.Grounds.ReasonCode != reasonClockFix
		case timecard.PunchRetimed:
			settled[e.Punch] = e.ClockFix == ""
		}
		if p.Device == f.Device && f.Covers(p.DeviceSeq, p.Batch, int64(p.Line), p.EffectiveAt) {
			out = append(out, p)
		}
	}
	kept := out[:0]
	for _, p := range out {
		if !settled[p.Punch] {
			kept = append(kept, p)
		}
	}
	return kept, nil
}

// retime moves a punch; one that lies further off than a punch may be moved is voided and entered anew.
func (r *ClockRepair) retime(ctx context.Context, f fix, p timecard.PunchDetails) (int, error) {
	at := f.Corrected(p.EffectiveAt)
	id := "fix:" + f.Fix + ":" + p.Punch
	grounds := timecard.Grounds{ReasonCode: reasonClockFix}
	if max(at-p.EffectiveAt, p.EffectiveAt-at) <= timecard.MaxRetime.Instant() {
		return r.do(ctx, f, id, timecard.RetimePunch{
			Card: p.Card(), Punch: p.Punch, EffectiveAt: at, Grounds: grounds, ClockFix: f.Fix, ActorID: ClockRepairName,
		})
	}
	_, err := r.do(ctx, f, id+":add", timecard.AddPunch{
		Emp: p.Emp, Punch: p.Punch + ".fixed", EffectiveAt: at, Dir: p.Dir, Grounds: grounds,
		Site: p.Facts.Site, Job: p.Job, Cost: p.Cost, ActorID: ClockRepairName, Now: max(at, p.ReceivedAt),
	})
	if err != nil {
		return 0, err
	}
	return r.do(ctx, f, id+":void", timecard.VoidPunch{Card: p.Card(), Punch: p.Punch, Grounds: grounds, ActorID: ClockRepairName})
}

// do asks for one command and returns 1 when it changed something now. A refusal by the decider is final: what it was about has
// changed since.
func (r *ClockRepair) do(ctx context.Context, f fix, id string, c ledger.Command) (int, error) {
	receipt, err := r.Door.Do(ctx, ledger.Request{
		ID: id, Command: c, Actor: domain.Actor{Kind: domain.ActorSystem, ID: ClockRepairName}, Correlation: f.correlation, Causation: f.id,
	})
	var refused *domain.Error
	switch {
	case errors.As(err, &refused) && refused.Kind == domain.Conflict && refused.Code != "stale_revision":
		return 0, nil
	case err != nil:
		return 0, err
	case len(receipt.Events) == 0 || receipt.Repeated:
		return 0, nil
	}
	return 1, nil
}
