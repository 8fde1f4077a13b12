package process

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
)

// follower reads the events of some types from its checkpoint on.
type follower struct {
	store       eventstore.Store
	codec       *eventstore.Codec
	checkpoints projections.Views
	name        string
	triggers    []string // types of events
}

// trigger is an event that a process answers.
type trigger struct {
	event       domain.Event
	id          string
	correlation string
	at          projections.Checkpoint
}

// catchUp answers what was recorded since the checkpoint, and moves it after each answer.
func (f follower) catchUp(ctx context.Context, answer func(trigger) error) error {
	from, err := f.checkpoints.Checkpoint(ctx, f.name)
	if err != nil {
		return fmt.Errorf("read the checkpoint of %s: %w", f.name, err)
	}
	due, end, err := f.due(ctx, from)
	if err != nil {
		return err
	}
	for _, t := range due {
		if err := answer(t); err != nil {
			return err
		}
		if from, err = f.commit(ctx, from, t.at); err != nil {
			return err
		}
	}
	_, err = f.commit(ctx, from, end)
	return err
}

// commit moves the checkpoint; where another process has moved it, that one has done the work as well.
func (f follower) commit(ctx context.Context, from, to projections.Checkpoint) (projections.Checkpoint, error) {
	if from == to {
		return to, nil
	}
	err := f.checkpoints.Update(ctx, f.name, from, to, func(projections.Tx) error { return nil })
	if errors.Is(err, projections.ErrMoved) {
		return f.checkpoints.Checkpoint(ctx, f.name)
	}
	return to, err
}

// due returns the events after a checkpoint, and the checkpoint of the log's end.
func (f follower) due(ctx context.Context, from projections.Checkpoint) ([]trigger, projections.Checkpoint, error) {
	var out []trigger
	end := from
	for rec, err := range eventstore.Number(f.store.ReadAll(ctx, from.Cursor), from.Position, f.codec.Owns) {
		if err != nil {
			return nil, end, err
		}
		end.Cursor, end.Position = rec.Cursor, rec.Position
		if !slices.Contains(f.triggers, rec.Type) {
			continue
		}
		d, err := f.codec.DecodeRecord(rec)
		if err != nil {
			return nil, end, err
		}
		end.RecordedAt = d.Meta.RecordedAt
		out = append(out, trigger{d.Event, d.ID.String(), d.Meta.Correlation, end})
	}
	return out, end, nil
}
