// Package process holds followers that turn an event into commands for other streams, with ids derived from the event. A follower
// that is killed at any step repeats itself on its next run, and what it has done already is done once.
//
// It holds no rule of its own: deciders may refuse what it asks for.
package process

import (
	"context"
	"errors"
	"fmt"
	"slices"

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

// ClockRepair moves the punches of a device whose clock was found wrong: one PunchRetimed for each that counted when the correction
// was recorded, so that running it again over the same log finds the same. A punch that was held, rejected, refused or voided by
// then, or that a person voided or retimed since, stays as it is.
type ClockRepair struct {
	Store       eventstore.Store
	Codec       *eventstore.Codec
	Checkpoints projections.Views
	Door        Door
	Refused     func(Refusal) // hears of every punch that could not be moved; may be nil
}

// Refusal is a punch that a correction covers and that stays at the wrong time, and why.
type Refusal struct {
	Device, Fix, Emp, Punch string
	Why                     *domain.Error
}

// Move is a punch that a correction covers: where it stands and where it belongs. Anew says that it is too far to be moved, and is
// voided and entered under another id.
type Move struct {
	Emp, Punch string
	From, To   domain.Instant
	Anew       bool
	Refused    string // why it stays where it is, as a code
}

// Preview asks the door for what a correction would do if it were recorded now, and returns each punch that it covers. The door must
// write nothing.
func (r *ClockRepair) Preview(ctx context.Context, e place.DeviceClockCorrected) ([]Move, error) {
	head, err := r.Store.Head(ctx)
	if err != nil {
		return nil, err
	}
	f := fix{DeviceClockCorrected: e, at: projections.Checkpoint{Cursor: head}}
	found, err := r.covered(ctx, f)
	if err != nil {
		return nil, err
	}
	refused := map[string]string{}
	once := *r
	once.Refused = func(x Refusal) { refused[x.Punch] = x.Why.Code }
	var out []Move
	for _, p := range found.kept() {
		if other := found.moved[p.Punch]; other != "" {
			return nil, overlap(other)
		}
		if _, err := once.retime(ctx, f, p, found.anew(p)); err != nil {
			return nil, err
		}
		to := f.Corrected(p.EffectiveAt)
		out = append(out, Move{
			Emp: p.Emp, Punch: p.Punch, From: p.EffectiveAt, To: to, Anew: far(p.EffectiveAt, to), Refused: refused[p.Punch],
		})
	}
	return out, nil
}

// overlap says that another repair has moved a punch: by number and by time, ranges may share punches unseen.
func overlap(fix string) *domain.Error {
	return domain.NewError(domain.Conflict, "clock_fix_overlap", "fix", fix)
}

func (r *ClockRepair) refuse(f fix, p timecard.PunchDetails, why *domain.Error) {
	if r.Refused != nil {
		r.Refused(Refusal{Device: f.Device, Fix: f.Fix, Emp: p.Emp, Punch: p.Punch, Why: why})
	}
}

// far reports whether a punch lies further off than it may be moved.
func far(from, to domain.Instant) bool { return max(to-from, from-to) > timecard.MaxRetime.Instant() }

// fix is a correction and the event that ordered it.
type fix struct {
	place.DeviceClockCorrected
	id          string
	correlation string
	at          projections.Checkpoint
}

// CatchUp carries out the corrections that were recorded since its checkpoint and returns how many punches it moved.
func (r *ClockRepair) CatchUp(ctx context.Context) (int, error) {
	moved := 0
	follow := follower{store: r.Store, codec: r.Codec, checkpoints: r.Checkpoints, name: ClockRepairName, triggers: []string{place.DeviceClockCorrected{}.EventType()}}
	err := follow.catchUp(ctx, func(t trigger) error {
		f := fix{t.event.(place.DeviceClockCorrected), t.id, t.correlation, t.at}
		n, err := r.repair(ctx, f)
		moved += n
		if err != nil {
			return fmt.Errorf("repair %s of device %s: %w", f.Fix, f.Device, err)
		}
		return nil
	})
	return moved, err
}

// repair moves every punch that a correction covers.
func (r *ClockRepair) repair(ctx context.Context, f fix) (int, error) {
	if f.Undoes != "" {
		return r.undo(ctx, f)
	}
	found, err := r.covered(ctx, f)
	if err != nil {
		return 0, err
	}
	moved := 0
	for _, p := range found.kept() {
		if other := found.moved[p.Punch]; other != "" {
			r.refuse(f, p, overlap(other))
			continue
		}
		n, err := r.retime(ctx, f, p, found.anew(p))
		if err != nil {
			return moved, fmt.Errorf("punch %s: %w", p.Punch, err)
		}
		moved += n
	}
	return moved, nil
}

// telling are the types of events that a repair looks at.
var telling = map[string]bool{
	"PunchAccepted": true, "PunchHeld": true, "PunchRejected": true, "PunchReleased": true, "PunchRefused": true, "PunchAdmitted": true,
	"PunchVoided": true, "PunchRetimed": true, "PunchAdded": true,
}

// covered gathers the punches of a correction.
func (r *ClockRepair) covered(ctx context.Context, f fix) (*coverage, error) {
	found := newCoverage(f)
	for rec, err := range r.Store.ReadAll(ctx, 0) {
		if err != nil {
			return nil, err
		}
		if !telling[rec.Type] {
			continue
		}
		d, err := r.Codec.DecodeRecord(rec)
		if err != nil {
			return nil, err
		}
		if rec.Cursor <= f.at.Cursor {
			found.before(d.Event)
		}
		found.decision(d.Event)
	}
	return found, nil
}

// coverage gathers the punches of a correction.
type coverage struct {
	fix     fix
	punches []timecard.PunchDetails
	counted map[string]bool   // at the time of the correction
	settled map[string]bool   // a person has voided or retimed it
	begun   map[string]bool   // entered anew by a repair, which is to be carried through
	taken   map[string]bool   // entered anew by an earlier repair
	moved   map[string]string // by which other repair
}

func newCoverage(f fix) *coverage {
	return &coverage{fix: f, counted: map[string]bool{}, settled: map[string]bool{}, begun: map[string]bool{}, taken: map[string]bool{}, moved: map[string]string{}}
}

// before applies an event from before the correction.
func (c *coverage) before(e domain.Event) {
	switch e := e.(type) {
	case timecard.PunchAccepted:
		c.recorded(e.PunchDetails, true)
	case timecard.PunchHeld:
		c.recorded(e.PunchDetails, false)
	case timecard.PunchRejected:
		c.recorded(e.PunchDetails, false)
	case timecard.PunchReleased:
		c.counted[e.Punch] = true
	case timecard.PunchAdmitted:
		c.counted[e.Punch] = true
	case timecard.PunchRefused:
		c.counted[e.Punch] = false
	case timecard.PunchVoided:
		c.counted[e.Punch] = false
	case timecard.PunchAdded:
		c.taken[e.Punch] = true
	case timecard.PunchRetimed:
		delete(c.moved, e.Punch)
		if e.ClockFix != "" && e.ClockFix != c.fix.Fix && e.Grounds.ReasonCode != reasonFixUndone {
			c.moved[e.Punch] = e.ClockFix
		}
	}
}

// recorded notes a punch; one that comes back after its import was voided is as it is now.
func (c *coverage) recorded(p timecard.PunchDetails, counted bool) {
	c.counted[p.Punch] = counted
	delete(c.settled, p.Punch)
	delete(c.moved, p.Punch)
	if p.Device != c.fix.Device || !c.fix.Covers(p.DeviceSeq, p.Batch, int64(p.Line), p.EffectiveAt) {
		return
	}
	c.punches = slices.DeleteFunc(c.punches, func(old timecard.PunchDetails) bool { return old.Punch == p.Punch })
	c.punches = append(c.punches, p)
}

// decision notes what people did, also after the correction: a repair that comes late does not undo it.
func (c *coverage) decision(e domain.Event) {
	switch e := e.(type) {
	case timecard.PunchVoided:
		if e.Grounds.ReasonCode != reasonClockFix {
			c.settled[e.Punch] = true
		}
	case timecard.PunchRetimed:
		if e.ClockFix == "" {
			c.settled[e.Punch] = true
		}
	case timecard.PunchAdded:
		if e.Grounds.ReasonCode == reasonClockFix {
			c.begun[e.Punch] = true
		}
	}
}

// kept returns the punches to move, in the order in which they were recorded.
func (c *coverage) kept() []timecard.PunchDetails {
	return slices.DeleteFunc(c.punches, func(p timecard.PunchDetails) bool {
		return !c.counted[p.Punch] || c.settled[p.Punch] && !c.begun[c.anew(p)]
	})
}

// anew names the punch that stands for one which lies too far off to be moved. One that an earlier repair has entered keeps its name:
// the line came back since, with another import or because that repair was taken back.
func (c *coverage) anew(p timecard.PunchDetails) string {
	if id := p.Punch + ".fixed"; !c.taken[id] {
		return id
	}
	return p.Punch + "." + c.fix.Fix
}

// retime moves a punch; one that lies further off than a punch may be moved is entered anew, and voided once that is done.
func (r *ClockRepair) retime(ctx context.Context, f fix, p timecard.PunchDetails, anew string) (int, error) {
	at := f.Corrected(p.EffectiveAt)
	id := "fix:" + f.Fix + ":" + p.Punch
	grounds := timecard.Grounds{ReasonCode: reasonClockFix}
	if !far(p.EffectiveAt, at) {
		n, _, err := r.do(ctx, f, p, id, timecard.RetimePunch{
			Card: p.Card(), Punch: p.Punch, EffectiveAt: at, Grounds: grounds, ClockFix: f.Fix, ActorID: ClockRepairName,
		})
		return n, err
	}
	_, done, err := r.do(ctx, f, p, id+":add", timecard.AddPunch{
		Emp: p.Emp, Punch: anew, EffectiveAt: at, Dir: p.Dir, Grounds: grounds,
		Site: p.Facts.Site, Job: p.Job, Cost: p.Cost, ActorID: ClockRepairName, Now: max(at, p.ReceivedAt),
	})
	if err != nil || !done {
		return 0, err
	}
	n, _, err := r.do(ctx, f, p, id+":void", timecard.VoidPunch{Card: p.Card(), Punch: p.Punch, Grounds: grounds, ActorID: ClockRepairName})
	return n, err
}

// do asks for one command. It returns 1 when that changed something now, and whether it is done, now or by an earlier run. A refusal
// by the decider is final: what it was about has changed since.
func (r *ClockRepair) do(ctx context.Context, f fix, p timecard.PunchDetails, id string, c ledger.Command) (n int, done bool, err error) {
	receipt, err := r.Door.Do(ctx, ledger.Request{
		ID: id, Command: c, Actor: domain.Actor{Kind: domain.ActorSystem, ID: ClockRepairName}, Correlation: f.correlation, Causation: f.id,
	})
	var refused *domain.Error
	switch {
	case errors.As(err, &refused) && refused.Kind == domain.Conflict && refused.Code != "stale_revision":
		r.refuse(f, p, refused)
		return 0, false, nil
	case err != nil:
		return 0, false, err
	case len(receipt.Events) == 0 || receipt.Repeated:
		return 0, true, nil
	}
	return 1, true, nil
}
