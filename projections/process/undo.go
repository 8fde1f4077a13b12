package process

import (
	"context"
	"fmt"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
)

// reasonFixUndone stands on every punch that gets its time again because a clock repair was taken back.
const reasonFixUndone = "clock_fix_undone"

// undone gathers what a correction has moved and what nobody has touched since.
type undone struct {
	fix     string
	device  string
	details map[string]timecard.PunchDetails // punches of the device, as recorded last
	moved   map[string]domain.Instant        // by the correction, from here
	anew    map[string]string                // punch that was voided -> punch that was entered for it
	cards   map[string]timecard.Card         // of punches that were entered
	order   []string
}

// undo gives the punches of an earlier correction their times again: it moves them back, or voids what was entered for them and
// records them again as their device told them. What a person has decided about a punch since stays.
func (r *ClockRepair) undo(ctx context.Context, f fix) (int, error) {
	u := undone{
		fix: f.Undoes, device: f.Device, details: map[string]timecard.PunchDetails{}, moved: map[string]domain.Instant{},
		anew: map[string]string{}, cards: map[string]timecard.Card{},
	}
	for rec, err := range r.Store.ReadAll(ctx, 0) {
		if err != nil {
			return 0, err
		}
		if rec.Cursor > f.at.Cursor {
			break
		}
		if !telling[rec.Type] {
			continue
		}
		d, err := r.Codec.DecodeRecord(rec)
		if err != nil {
			return 0, err
		}
		u.apply(d)
	}
	n := 0
	for _, punch := range u.order {
		done, err := r.restore(ctx, f, u, punch)
		if n += done; err != nil {
			return n, fmt.Errorf("punch %s: %w", punch, err)
		}
	}
	return n, nil
}

func (u *undone) apply(d eventstore.Decoded) {
	mine := strings.HasPrefix(d.Meta.CommandID, "fix:"+u.fix+":")
	switch e := d.Event.(type) {
	case timecard.PunchAccepted:
		u.recorded(e.PunchDetails)
	case timecard.PunchHeld:
		u.recorded(e.PunchDetails)
	case timecard.PunchRejected:
		u.recorded(e.PunchDetails)
	case timecard.PunchRetimed:
		if delete(u.moved, e.Punch); mine {
			u.moved[e.Punch] = e.PreviousAt
			u.order = append(u.order, e.Punch)
		}
	case timecard.PunchAdded:
		line, _, _ := strings.Cut(e.Punch, ".")
		if mine {
			u.anew[line] = e.Punch
			u.cards[e.Punch] = timecard.CardAt(e.Emp, e.EffectiveAt)
		}
	case timecard.PunchVoided:
		delete(u.moved, e.Punch)
		if mine {
			u.order = append(u.order, e.Punch)
			return
		}
		line, _, _ := strings.Cut(e.Punch, ".")
		delete(u.anew, line) // a person, or the import, has taken back the one or the other
	}
}

func (u *undone) recorded(p timecard.PunchDetails) {
	delete(u.moved, p.Punch)
	delete(u.anew, p.Punch)
	if p.Device == u.device {
		u.details[p.Punch] = p
	}
}

// restore gives one punch its time again.
func (r *ClockRepair) restore(ctx context.Context, f fix, u undone, punch string) (int, error) {
	p, id, grounds := u.details[punch], "fix:"+f.Fix+":"+punch, timecard.Grounds{ReasonCode: reasonFixUndone}
	if back, ok := u.moved[punch]; ok {
		n, _, err := r.do(ctx, f, p, id, timecard.RetimePunch{
			Card: p.Card(), Punch: punch, EffectiveAt: back, Grounds: grounds, ClockFix: f.Fix, ActorID: ClockRepairName,
		})
		return n, err
	}
	entered, ok := u.anew[punch]
	if !ok {
		return 0, nil
	}
	if p.Batch == "" { // only lines of imports are recorded twice; another punch is entered where it was
		_, done, err := r.do(ctx, f, p, id+":add", timecard.AddPunch{
			Emp: p.Emp, Punch: punch + "." + f.Fix, EffectiveAt: p.EffectiveAt, Dir: p.Dir, Grounds: grounds,
			Site: p.Facts.Site, Job: p.Job, Cost: p.Cost, ActorID: ClockRepairName, Now: max(p.EffectiveAt, p.ReceivedAt),
		})
		if err != nil || !done {
			return 0, err
		}
		return r.last(r.do(ctx, f, p, id+":void", timecard.VoidPunch{Card: u.cards[entered], Punch: entered, Grounds: grounds, ActorID: ClockRepairName}))
	}
	void := timecard.VoidPunches{Card: p.Card(), Punches: []string{punch}, Batch: p.Batch, Grounds: grounds, ActorID: ClockRepairName}
	if _, done, err := r.do(ctx, f, p, id+":open", void); err != nil || !done {
		return 0, err
	}
	again := timecard.RecordPunches{Punches: []timecard.RecordPunch{{Details: p}}}
	if _, done, err := r.do(ctx, f, p, id+":record", again); err != nil || !done {
		return 0, err
	}
	return r.last(r.do(ctx, f, p, id+":void", timecard.VoidPunch{Card: u.cards[entered], Punch: entered, Grounds: grounds, ActorID: ClockRepairName}))
}

func (r *ClockRepair) last(n int, _ bool, err error) (int, error) { return n, err }
