package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections/process"
)

type devicesFixCmd struct {
	Device    string   `arg:"" help:"Clock."`
	From      string   `help:"First punch time as the clock told it, with offset: 2026-10-05T00:00:00+09:00." placeholder:"INSTANT"`
	To        string   `help:"First time that is right again." placeholder:"INSTANT"`
	Batch     string   `help:"Instead of a range of times: lines of this import." placeholder:"BATCH"`
	Lines     string   `help:"Which lines of the import, both included, such as 9474-9481; all when left out." placeholder:"A-B"`
	Offset    string   `required:"" help:"What to add to the clock's time: 40m for a clock that was slow, --offset=-40m for one that was fast, 6949d7h for one that was reset." placeholder:"DURATION"`
	OffsetEnd string   `help:"What to add at the end of the range, for a clock that ran too fast or too slow; in between it grows evenly." placeholder:"DURATION"`
	Evidence  string   `help:"How it is known; required unless --dry-run."`
	Approver  []string `help:"Who stands behind it; the one who acts when left out."`
	DryRun    bool     `help:"Show people, punches, minutes and days that it would touch, and write nothing."`
}

// fixed is what devices fix prints.
type fixed struct {
	Fix       string         `json:"fix,omitempty"`
	Device    string         `json:"device"`
	DryRun    bool           `json:"dry_run"`
	Moved     int            `json:"moved"`             // punches that get another time
	Anew      int            `json:"anew"`              // of them too far off to be moved: voided and entered again
	Recovered int            `json:"recovered"`         // lines in quarantine that can be recorded now
	Waiting   int            `json:"still_waiting"`     // lines in quarantine whose owner is not known
	Least     domain.Seconds `json:"moved_by_least"`    // seconds, the sign tells the direction
	Most      domain.Seconds `json:"moved_by_most"`     // seconds
	FirstAt   domain.Instant `json:"first_at,omitzero"` // as the clock told it
	LastAt    domain.Instant `json:"last_at,omitzero"`
	Refused   []unmoved      `json:"refused,omitempty"`
	Effect    effect         `json:"effect"`
	Receipt   *receipt       `json:"receipt,omitempty"`
}

// unmoved is a punch that stays at the wrong time, and why.
type unmoved struct {
	Employee string `json:"emp"`
	Punch    string `json:"punch"`
	Why      string `json:"why"`
}

// fixPlan is what a correction would do.
type fixPlan struct {
	fixed
	touches []touch
	events  []eventstore.Decoded
}

// Run corrects the punches of a clock, after looking whether that can be done.
func (cmd *devicesFixCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		id := "f" + strings.ReplaceAll(w.newID(), "-", "")[:12] // before anything that an interruption may have left undone
		if err := w.settle(c); err != nil {
			return err
		}
		correction, plan, err := cmd.plan(c, w, id)
		if err != nil {
			return err
		}
		if cmd.DryRun {
			return plan.preview(c, w)
		}
		r, err := w.do(c, correction)
		if err != nil {
			return err
		}
		receipt := receiptOf(r, correction.Fix.Fix)
		plan.Receipt, plan.Fix = &receipt, correction.Fix.Fix
		if err := w.settle(c); err != nil {
			return err
		}
		plan.Effect, _ = w.extent(plan.touches)
		return errors.Join(plan.print(c, "cli.clock_fixed"), w.turnDue(c.ctx))
	})
}

// plan reads the flags, and looks what they cover. A correction that is recorded already, by the same request, is not looked at again.
func (cmd *devicesFixCmd) plan(c *console, w *writer, id string) (place.CorrectDeviceClock, fixPlan, error) {
	fix, end, err := cmd.clockFix()
	if err != nil {
		return place.CorrectDeviceClock{}, fixPlan{}, err
	}
	fix.Fix = id
	correct := place.CorrectDeviceClock{Device: cmd.Device, Fix: fix, Evidence: cmd.Evidence, Approvers: cmd.Approver, ActorID: c.cfg.As}
	if len(cmd.Approver) == 0 {
		correct.Approvers = []string{c.cfg.As}
	}
	if cmd.DryRun && cmd.Evidence == "" {
		correct.Evidence = "not said yet"
	}
	for _, recorded := range w.ledger.Directory().Device(cmd.Device).Fixes {
		if recorded.Fix == id {
			correct.Fix = recorded
			return correct, fixPlan{fixed: fixed{Device: cmd.Device}}, nil
		}
	}
	if cmd.OffsetEnd != "" {
		if correct.Fix, err = cmd.drifting(c, w, fix, end); err != nil {
			return correct, fixPlan{}, err
		}
	}
	if _, err := w.ledger.Do(c.ctx, ledger.Request{ID: w.newID(), Actor: c.actor(), Command: correct, DryRun: true}); err != nil {
		return correct, fixPlan{}, err
	}
	plan, err := w.planFix(c.ctx, place.DeviceClockCorrected{Device: cmd.Device, ClockFix: correct.Fix})
	if err == nil && plan.Moved+plan.Recovered+plan.Waiting+len(plan.Refused) == 0 {
		err = domain.NewError(domain.NotFound, "unknown_sequence", "device", cmd.Device)
	}
	return correct, plan, err
}

// clockFix reads range and offsets.
func (cmd *devicesFixCmd) clockFix() (fix place.ClockFix, end time.Duration, err error) {
	start, err := longDuration("--offset", cmd.Offset)
	if err != nil {
		return fix, 0, err
	}
	if cmd.OffsetEnd != "" {
		if end, err = longDuration("--offset-end", cmd.OffsetEnd); err != nil {
			return fix, 0, err
		}
	}
	fix.OffsetMS = start.Milliseconds()
	if cmd.Batch != "" {
		if cmd.From != "" || cmd.To != "" {
			return fix, 0, domain.NewError(domain.Invalid, "invalid_field", "field", "--batch", "problem", "not_one_range")
		}
		fix.Batch, fix.SeqFrom, fix.SeqTo = cmd.Batch, 1, math.MaxInt32
		if cmd.Lines != "" {
			fix.SeqFrom, fix.SeqTo, err = lineRange(cmd.Lines)
		}
		return fix, end, err
	}
	from, err := time.Parse(time.RFC3339, cmd.From)
	if err != nil {
		return fix, 0, wrongValue("--from", cmd.From, "not_an_instant")
	}
	to, err := time.Parse(time.RFC3339, cmd.To)
	if err != nil {
		return fix, 0, wrongValue("--to", cmd.To, "not_an_instant")
	}
	fix.From, fix.To = domain.InstantOf(from), domain.InstantOf(to)
	return fix, end, nil
}

// drifting makes the correction grow from the first offset to the last over its range: from its first to its last punch where the range
// is one of lines.
func (cmd *devicesFixCmd) drifting(c *console, w *writer, fix place.ClockFix, end time.Duration) (place.ClockFix, error) {
	from, to := fix.From, fix.To
	if fix.Batch != "" {
		steady := fix
		steady.OffsetMS = 1 // only to see what it covers
		plan, err := w.planFix(c.ctx, place.DeviceClockCorrected{Device: cmd.Device, ClockFix: steady})
		if err != nil {
			return fix, err
		}
		from, to = plan.FirstAt, plan.LastAt
	}
	if to <= from {
		return fix, domain.NewError(domain.Invalid, "invalid_field", "field", "--offset-end", "problem", "not_with_drift")
	}
	gain := float64(end.Milliseconds()-fix.OffsetMS) / float64(to-from)
	fix.DriftPPB = int64(math.Round(gain * 1e9))
	if fix.DriftPPB != 0 {
		fix.DriftFrom = from
	}
	return fix, nil
}

// lineRange reads 9474-9481, or one number.
func lineRange(s string) (from, to int64, err error) {
	first, last, ok := strings.Cut(s, "-")
	if !ok {
		last = first
	}
	from, err = strconv.ParseInt(first, 10, 64)
	if err == nil {
		to, err = strconv.ParseInt(last, 10, 64)
	}
	if err != nil || from < 1 || to < from {
		return 0, 0, wrongValue("--lines", s, "not_lines")
	}
	return from, to, nil
}

// longDuration reads a duration that may begin with days.
func longDuration(flag, s string) (time.Duration, error) {
	rest, negative := strings.CutPrefix(s, "-")
	var total time.Duration
	if days, after, ok := strings.Cut(rest, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return 0, badDuration(flag, s)
		}
		total, rest = time.Duration(n)*24*time.Hour, after
	}
	if rest != "" {
		d, err := time.ParseDuration(rest)
		if err != nil || d < 0 {
			return 0, badDuration(flag, s)
		}
		total += d
	} else if total == 0 {
		return 0, badDuration(flag, s)
	}
	if negative {
		total = -total
	}
	return total, nil
}

func badDuration(flag, s string) error {
	return wrongValue(flag, s, "not_a_length")
}

// planFix looks what a correction would do, and writes nothing.
func (w *writer) planFix(ctx context.Context, e place.DeviceClockCorrected) (fixPlan, error) {
	plan := fixPlan{fixed: fixed{Device: e.Device, DryRun: true}}
	door := &rehearsal{door: w.ledger}
	repair := process.ClockRepair{Store: w.log, Codec: w.codec, Door: door}
	moves, err := repair.Preview(ctx, e)
	if err != nil {
		return plan, err
	}
	for _, m := range moves {
		if plan.told(m.From); m.Refused != "" {
			plan.Refused = append(plan.Refused, unmoved{Employee: m.Emp, Punch: m.Punch, Why: m.Refused})
			continue
		}
		plan.Moved++
		if m.Anew {
			plan.Anew++
		}
		plan.moved(m.Emp, m.Punch, m.From, m.To)
	}
	if err := w.planRecovery(ctx, &plan, e, door); err != nil {
		return plan, err
	}
	plan.events = door.events
	return plan, nil
}

// planRecovery looks which lines in quarantine a correction covers: those of a clock that had lost its time wait for it.
func (w *writer) planRecovery(ctx context.Context, plan *fixPlan, e place.DeviceClockCorrected, door *rehearsal) error {
	corrected := w.attributor(domain.Actor{Kind: domain.ActorSystem, ID: process.ClockRepairName})
	corrected.Fixes = func(device string) []place.ClockFix {
		if device == e.Device {
			return []place.ClockFix{e.ClockFix}
		}
		return nil
	}
	for _, q := range w.ledger.Directory().Waiting("") {
		if q.Device == e.Device && e.Covers(q.DeviceSeq, q.Batch, int64(q.Line), q.EffectiveAt) {
			plan.told(q.EffectiveAt)
			plan.Waiting++
		}
	}
	list, err := corrected.Attributable(ctx, "")
	if err != nil {
		return err
	}
	for _, a := range list {
		if _, err := door.Do(ctx, ledger.Request{ID: w.newID(), Actor: corrected.Actor, Command: a.Command}); err != nil {
			return err
		}
		for _, p := range a.Command.Punches {
			d := p.Details
			plan.Recovered, plan.Waiting = plan.Recovered+1, plan.Waiting-1
			plan.touches = append(plan.touches, touch{emp: d.Emp, punch: d.Punch, at: []domain.Instant{d.EffectiveAt}})
		}
	}
	return nil
}

func (p *fixPlan) told(at domain.Instant) {
	if p.FirstAt == 0 || at < p.FirstAt {
		p.FirstAt = at
	}
	p.LastAt = max(p.LastAt, at)
}

func (p *fixPlan) moved(emp, punch string, from, to domain.Instant) {
	by := (to - from).Seconds()
	if len(p.touches) == 0 {
		p.Least, p.Most = by, by
	}
	if max(by, -by) < max(p.Least, -p.Least) {
		p.Least = by
	}
	if max(by, -by) > max(p.Most, -p.Most) {
		p.Most = by
	}
	p.touches = append(p.touches, touch{emp: emp, punch: punch, at: []domain.Instant{from, to}})
}

func (p *fixPlan) preview(c *console, w *writer) error {
	err := w.withViews(c, func(views viewStore) error {
		var err error
		p.Effect, err = w.effectOf(c, views, p.touches, p.events)
		return err
	})
	if err != nil {
		return err
	}
	return p.print(c, "cli.clock_would_fix")
}

func (p *fixPlan) print(c *console, key string) error {
	p.DryRun = p.Receipt == nil
	c.say(key, "device", p.Device, "count", fmt.Sprint(p.Moved), "anew", fmt.Sprint(p.Anew), "recovered", fmt.Sprint(p.Recovered),
		"waiting", fmt.Sprint(p.Waiting), "least", p.Least.HM(), "most", p.Most.HM())
	for _, x := range p.Refused {
		c.say("cli.clock_refused", "emp", x.Employee, "punch", x.Punch, "problem", c.t("errors."+x.Why+".what"))
	}
	if c.cfg.Output == "json" {
		return printJSON(c.Out, p.fixed)
	}
	if p.Fix != "" {
		fmt.Fprintln(c.Out, p.Fix)
	}
	return p.Effect.print(c)
}
