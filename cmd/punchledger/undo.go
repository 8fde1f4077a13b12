package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
)

type undoCmd struct {
	Act      string   `arg:"" optional:"" help:"Id of the act; the last one that was not undone when left out."`
	List     bool     `help:"List the acts that can be undone."`
	Reason   string   `help:"Why, for whoever asks later." default:"undone" placeholder:"TEXT"`
	Approver []string `help:"Who stands behind taking a clock repair back; the one who acts when left out."`
	DryRun   bool     `help:"Show what would be undone, and write nothing."`
}

// The kinds of bulk acts.
const (
	actImport = "import"
	actFix    = "clock_fix"
	actPeople = "people"
	actMap    = "map"
	actBanks  = "banks"
)

// bulkAct is a command that changed much at once.
type bulkAct struct {
	ID       string         `json:"act"`
	Kind     string         `json:"kind"`
	At       domain.Instant `json:"at"`
	By       string         `json:"by"`
	Position uint64         `json:"position"`
	Device   string         `json:"device,omitempty"`
	People   int            `json:"people"`
	Punches  int            `json:"punches"`
	Undone   bool           `json:"undone"`

	events []eventstore.Decoded
	people map[string]bool
	fix    place.ClockFix
}

// undoOutcome is what undo prints.
type undoOutcome struct {
	*bulkAct
	DryRun  bool      `json:"dry_run"`
	Events  int       `json:"events"` // written, or to be written where that is known before
	Refused []unmoved `json:"refused,omitempty"`
}

// Run undoes an act by acts that say so: nothing is removed. Run again, it finishes what an interruption left.
func (cmd *undoCmd) Run(c *console) error {
	if cmd.List {
		return c.logReading(func(r *reader) error {
			list, err := bulkActs(c, r.log, r.codec)
			if err != nil {
				return err
			}
			return c.printActs(list)
		})
	}
	return c.writing(func(w *writer) error {
		if err := w.settle(c); err != nil {
			return err
		}
		list, err := bulkActs(c, w.log, w.codec)
		if err != nil {
			return err
		}
		a, err := cmd.choose(list)
		if err != nil {
			return err
		}
		switch a.Kind {
		case actImport:
			return (&importVoidCmd{Batch: a.ID, Reason: cmd.Reason, DryRun: cmd.DryRun}).run(c, w)
		case actFix:
			return cmd.undoFix(c, w, a)
		case actBanks:
			return cmd.undoBanks(c, w, a)
		}
		undone := map[string]bool{}
		for _, x := range list {
			undone[x.ID] = x.Undone
		}
		return cmd.undoPeople(c, w, a, undone)
	})
}

// choose finds the act that is meant.
func (cmd *undoCmd) choose(list []*bulkAct) (*bulkAct, error) {
	for _, a := range slices.Backward(list) {
		if a.ID == cmd.Act || cmd.Act == "" && !a.Undone {
			return a, nil
		}
	}
	if cmd.Act == "" {
		return nil, domain.NewError(domain.NotFound, "nothing_to_undo")
	}
	return nil, domain.NewError(domain.NotFound, "unknown_act", "act", cmd.Act)
}

// bulkActs reads the log for acts, in the order in which they ended.
func bulkActs(c *console, store eventstore.Store, codec *eventstore.Codec) ([]*bulkAct, error) {
	x := actIndex{acts: map[string]*bulkAct{}}
	for rec, err := range eventstore.Number(store.ReadAll(c.ctx, 0), 0, codec.Owns) {
		if err != nil {
			return nil, err
		}
		if !slices.Contains([]string{"intake", "device", "employee", "timecard", "bank"}, domain.Category(rec.Stream)) {
			continue
		}
		d, err := codec.DecodeRecord(rec)
		if err != nil {
			return nil, err
		}
		x.apply(d)
	}
	slices.SortStableFunc(x.list, func(a, b *bulkAct) int { return int(int64(a.Position) - int64(b.Position)) })
	return x.list, nil
}

// actIndex gathers acts.
type actIndex struct {
	acts map[string]*bulkAct
	list []*bulkAct
}

func (x *actIndex) act(id, kind string, d eventstore.Decoded) *bulkAct {
	a := x.acts[id]
	if a == nil {
		a = &bulkAct{ID: id, Kind: kind, people: map[string]bool{}}
		x.acts[id] = a
		x.list = append(x.list, a)
	}
	a.At, a.By, a.Position = d.Meta.RecordedAt, string(d.Meta.Actor.Kind)+":"+d.Meta.Actor.ID, uint64(d.Position)
	return a
}

func (x *actIndex) apply(d eventstore.Decoded) {
	switch e := d.Event.(type) {
	case place.ImportBatchRecorded:
		a := x.act(e.Batch, actImport, d)
		a.Device, a.Punches = e.Device, e.Counts["accepted"]+e.Counts["held"]
		return
	case place.ImportBatchVoided:
		x.acts[e.Batch].Undone = true
		return
	case place.DeviceClockCorrected:
		if e.Undoes == "" {
			a := x.act(e.Fix, actFix, d)
			a.Device, a.fix = e.Device, e.ClockFix
		} else if a := x.acts[e.Undoes]; a != nil {
			a.Undone = true
		}
		return
	}
	if fix, ok := strings.CutPrefix(d.Meta.CommandID, "fix:"); ok {
		fix, _, _ = strings.Cut(fix, ":")
		if a := x.acts[fix]; a != nil && d.Type != "PunchVoided" {
			a.Punches++
			a.count(d)
		}
		return
	}
	if act, ok := strings.CutPrefix(d.Meta.Correlation, "undo:"); ok && x.acts[act] != nil {
		x.acts[act].Undone = true
		return
	}
	kind, _, ok := strings.Cut(d.Meta.Correlation, "_")
	if !ok || kind != actPeople && kind != actMap && kind != actBanks {
		return
	}
	a := x.act(d.Meta.Correlation, kind, d)
	a.events = append(a.events, d)
	if _, ok := d.Event.(timecard.Event); ok {
		a.Punches++
	}
	a.count(d)
}

// count notes whom an event is about.
func (a *bulkAct) count(d eventstore.Decoded) {
	if category, rest, _ := strings.Cut(d.Stream, "-"); category == "employee" || category == "timecard" || category == "bank" {
		emp, _, _ := strings.Cut(rest, "-")
		a.people[emp] = true
		a.People = len(a.people)
	}
}

func (c *console) printActs(list []*bulkAct) error {
	t, err := c.table("id", "type", "recorded_at", "actor", "device", ">people", ">punches", "state")
	if err != nil {
		return err
	}
	for _, a := range list {
		state := ""
		if a.Undone {
			state = c.word("labels.state.", "undone")
		}
		people := ""
		if a.Kind != actImport {
			people = fmt.Sprint(a.People)
		}
		if err := t.add(a, a.ID, c.word("labels.act.", a.Kind), a.At.String(), a.By, a.Device, people, fmt.Sprint(a.Punches), state); err != nil {
			return err
		}
	}
	return t.end()
}

// print says what was undone, and what stays because it has changed since.
func (o undoOutcome) print(c *console) error {
	key := "cli.undone"
	switch {
	case o.DryRun:
		key = "cli.would_undo"
	case o.Events == 0 && len(o.Refused) == 0:
		key = "cli.undone_before"
	}
	c.say(key, "act", o.ID, "kind", c.t("labels.act."+o.Kind), "people", fmt.Sprint(o.People), "punches", fmt.Sprint(o.Punches), "events", fmt.Sprint(o.Events))
	for _, x := range o.Refused {
		c.say("cli.undo_refused", "emp", x.Employee, "problem", c.t("errors."+x.Why+".what"))
	}
	if c.cfg.Output == "json" {
		return printJSON(c.Out, o)
	}
	return nil
}

// end prints the outcome and turns what is due; what stays is an answer that is no.
func (o undoOutcome) end(c *console, w *writer) error {
	err := o.print(c)
	if !o.DryRun {
		err = errors.Join(err, w.turnDue(c.ctx))
	}
	if err == nil && len(o.Refused) > 0 {
		return errNo
	}
	return err
}
