package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/punchledger/punchledger/adapters/terminal"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// undoFix takes a clock repair back: punches get their times again, and lines that it let out of quarantine go back there.
func (cmd *undoCmd) undoFix(c *console, w *writer, a *bulkAct) error {
	out := undoOutcome{bulkAct: a, DryRun: cmd.DryRun}
	if cmd.DryRun {
		return out.end(c, w)
	}
	before, err := w.log.Head(c.ctx)
	if err != nil {
		return err
	}
	if !a.Undone {
		_, err := w.ledger.Do(c.ctx, ledger.Request{
			ID: w.newID(), Actor: c.actor(), Correlation: "undo:" + a.ID,
			Command: place.CorrectDeviceClock{
				Device: a.Device, Evidence: cmd.Reason, Approvers: cmd.approvers(c), ActorID: c.cfg.As,
				Fix: place.ClockFix{Fix: "u" + strings.ReplaceAll(w.newID(), "-", "")[:12], Undoes: a.ID},
			},
		})
		if err != nil {
			return err
		}
	}
	if err := w.settle(c); err != nil {
		return err
	}
	if err := w.uncorrect(c, a); err != nil {
		return err
	}
	if err := w.settle(c); err != nil { // lines whose owner is known need not wait
		return err
	}
	after, err := w.log.Head(c.ctx)
	out.Events = int(after - before)
	return errors.Join(err, out.end(c, w))
}

// uncorrect takes back what was recorded with the time of a correction: a line from quarantine waits again, another one is recorded with
// the time that its clock told.
func (w *writer) uncorrect(c *console, a *bulkAct) error {
	counted := map[string]timecard.PunchDetails{}
	for rec, err := range w.log.ReadAll(c.ctx, 0) {
		if err != nil {
			return err
		}
		if rec.Type != "PunchAccepted" && rec.Type != "PunchHeld" && rec.Type != "PunchRejected" && rec.Type != "PunchVoided" {
			continue
		}
		d, err := w.codec.DecodeRecord(rec)
		if err != nil {
			return err
		}
		switch e := d.Event.(type) {
		case timecard.PunchAccepted:
			counted[e.Punch] = e.PunchDetails
		case timecard.PunchHeld:
			counted[e.Punch] = e.PunchDetails
		case timecard.PunchRejected:
			counted[e.Punch] = e.PunchDetails
		case timecard.PunchVoided:
			delete(counted, e.Punch)
		}
	}
	var rows []timecard.PunchDetails
	for _, p := range counted {
		told, err := time.Parse("2006-01-02T15:04:05", p.ClaimedAt)
		at := (domain.Seconds(told.Unix()) - p.ClaimedOffset).Instant()
		if err == nil && p.Device == a.Device && slices.Contains(p.Reasons, terminal.ReasonClockFix) && a.fix.Covers(p.DeviceSeq, p.Batch, int64(p.Line), at) {
			rows = append(rows, p)
		}
	}
	slices.SortFunc(rows, func(x, y timecard.PunchDetails) int { return strings.Compare(x.Punch, y.Punch) })
	for _, p := range rows {
		if err := w.takeOut(c, a, p); err != nil {
			return err
		}
		if _, quarantined := w.ledger.Directory().Quarantined(p.Punch); quarantined {
			continue
		}
		told, _ := time.Parse("2006-01-02T15:04:05", p.ClaimedAt)
		p.EffectiveAt = (domain.Seconds(told.Unix()) - p.ClaimedOffset).Instant()
		p.Reasons = slices.DeleteFunc(slices.Clone(p.Reasons), func(r string) bool { return r == terminal.ReasonClockFix })
		p.Sealed = timecard.Evidence{} // sealed for the month that it was recorded in; the first record keeps it
		again := timecard.RecordPunches{Punches: []timecard.RecordPunch{{Details: p}}}
		if _, err := w.undoing(c, a, w.newID(), again); err != nil {
			return err
		}
	}
	return nil
}

// takeOut takes a line out of the count so that it may be recorded again, and lets one from quarantine wait again.
func (w *writer) takeOut(c *console, a *bulkAct, p timecard.PunchDetails) error {
	if p.Batch == "" {
		return nil
	}
	void := timecard.VoidPunches{
		Card: p.Card(), Punches: []string{p.Punch}, Batch: p.Batch, ActorID: c.cfg.As, Grounds: timecard.Grounds{ReasonCode: "undone"},
	}
	if _, err := w.undoing(c, a, w.newID(), void); err != nil {
		return err
	}
	if _, quarantined := w.ledger.Directory().Quarantined(p.Punch); !quarantined {
		return nil
	}
	_, err := w.undoing(c, a, w.newID(), place.RequeuePunches{
		Device: p.Device, ReceivedOn: domain.DateOfUnix(p.ReceivedAt.Seconds()), Rows: []string{p.Punch},
	})
	return err
}

func (w *writer) undoing(c *console, a *bulkAct, id string, command ledger.Command) (ledger.Receipt, error) {
	return w.ledger.Do(c.ctx, ledger.Request{ID: id, Actor: c.actor(), Correlation: "undo:" + a.ID, Causation: a.ID, Command: command})
}

// undoPeople answers each event of a list of people or a mapping by one that takes it back.
func (cmd *undoCmd) undoPeople(c *console, w *writer, a *bulkAct, undone map[string]bool) error {
	out := undoOutcome{bulkAct: a, DryRun: cmd.DryRun}
	steps, err := w.reversal(c, a, undone)
	if err != nil {
		return err
	}
	if cmd.DryRun {
		out.Events = len(steps)
		return out.end(c, w)
	}
	for n, step := range steps {
		r, err := w.undoing(c, a, fmt.Sprintf("undo:%s:%d", a.ID, n), step)
		if wrong, ok := errors.AsType[*domain.Error](err); ok {
			emp := strings.TrimPrefix(step.Stream(), "employee-")
			out.Refused = append(out.Refused, unmoved{Employee: emp, Why: wrong.Code})
			continue
		}
		if err != nil {
			return err
		}
		if !r.Repeated {
			out.Events += len(r.Events)
		}
	}
	// Only now, as a row whose badge has an owner does not wait.
	for _, d := range a.events {
		if p, ok := ledger.DetailsOf(d.Event); ok && w.holds(p) {
			if err := w.takeOut(c, a, p); err != nil {
				return err
			}
			out.Events += 2
		}
	}
	return out.end(c, w)
}

// holds reports whether a row is still attributed to whom the act gave it.
func (w *writer) holds(p timecard.PunchDetails) bool {
	emp, ok := w.ledger.Directory().Quarantined(p.Punch)
	return ok && emp == p.Emp
}

// reversal returns the commands that take employee events back, the last event first, ends of badges before their returns. What an
// earlier run of this undo wrote is not looked at, so that the commands and their ids are the same again.
func (w *writer) reversal(c *console, a *bulkAct, undone map[string]bool) ([]ledger.Command, error) {
	mine := map[string]bool{}
	for _, d := range a.events {
		mine[d.ID.String()] = true
	}
	states, begun, terms := map[string]people.EmployeeState{}, map[string]bool{}, map[string]*termsUndone{}
	var out []ledger.Command
	for rec, err := range w.log.ReadAll(c.ctx, 0) {
		if err != nil {
			return nil, err
		}
		if domain.Category(rec.Stream) != "employee" {
			continue
		}
		d, err := w.codec.DecodeRecord(rec)
		if err != nil {
			return nil, err
		}
		e, ok := d.Event.(people.EmployeeEvent)
		if !ok || d.Meta.Correlation == "undo:"+a.ID {
			continue
		}
		if terms[rec.Stream] == nil {
			terms[rec.Stream] = &termsUndone{}
		}
		terms[rec.Stream].apply(e, mine[d.ID.String()], undone[d.Meta.Correlation] || strings.HasPrefix(d.Meta.Correlation, "undo:"))
		if _, ended := d.Event.(people.EmployeeTerminated); mine[d.ID.String()] && (!ended || !begun[rec.Stream]) {
			begun[rec.Stream] = begun[rec.Stream] || !states[rec.Stream].Exists()
			back, err := w.takesBack(c, states[rec.Stream], d)
			if err != nil {
				return nil, err
			}
			if back != nil {
				out = append(out, back)
			}
		}
		states[rec.Stream] = people.EvolveEmployee(states[rec.Stream], e)
	}
	for _, stream := range slices.Sorted(maps.Keys(terms)) {
		back, err := w.termsBack(c, terms[stream])
		if err != nil {
			return nil, err
		}
		slices.Reverse(back)
		out = append(out, back...)
	}
	slices.Reverse(out)
	slices.SortStableFunc(out, func(x, y ledger.Command) int { return order(x) - order(y) })
	return out, nil
}

// order puts badges that end before those that return, and terms between what continues an employment and what ends one.
func order(c ledger.Command) int {
	switch c := c.(type) {
	case people.AssignBadge:
		if c.From == c.To {
			return 0
		}
		return 1
	case people.RehireEmployee:
		return 2
	case people.ChangeAssignment:
		return 3
	}
	return 4
}

// takesBack returns the command that takes one event back; before is the employee as of just before it.
func (w *writer) takesBack(c *console, before people.EmployeeState, d eventstore.Decoded) (ledger.Command, error) {
	switch e := d.Event.(type) {
	case people.EmployeeRegistered:
		return people.TerminateEmployee{Emp: e.Emp, LastDay: e.HiredOn - 1, ReasonCode: "undone", NeverBegan: true}, nil
	case people.EmployeeRehired:
		return people.TerminateEmployee{Emp: e.Emp, LastDay: e.From - 1, ReasonCode: "undone", NeverBegan: true}, nil
	case people.EmployeeTerminated:
		if !before.Exists() || !before.EmployedOn(e.LastDay) {
			return nil, nil
		}
		return people.RehireEmployee{Emp: e.Emp, From: e.LastDay + 1}, nil
	case people.BadgeAssigned:
		clear, err := w.vault.Open(c.ctx, d.Stream, d.Type, e.Badge)
		if err != nil {
			return nil, fmt.Errorf("open a badge of %s: %w", e.Emp, err)
		}
		back := people.AssignBadge{Emp: e.Emp, Badge: string(clear), BadgeMAC: e.BadgeMAC, Device: e.Device, From: e.From, To: e.From}
		for _, b := range before.Badges {
			if b.MAC == e.BadgeMAC && b.Device == e.Device && b.From == e.From {
				back.To = b.To
			}
		}
		return back, nil
	}
	return nil, nil
}

// approvers are those named, or the one who acts.
func (cmd *undoCmd) approvers(c *console) []string {
	if len(cmd.Approver) == 0 {
		return []string{c.cfg.As}
	}
	return cmd.Approver
}
