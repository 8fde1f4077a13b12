package main

import (
	"errors"
	"fmt"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// receipt is what a command prints for machines.
type receipt struct {
	ID         string                `json:"id,omitempty"`
	Stream     string                `json:"stream"`
	Unchanged  bool                  `json:"unchanged,omitempty"` // it was so already: there are no events, and no place of theirs
	Revision   eventstore.Revision   `json:"revision,omitempty"`
	Position   eventstore.Position   `json:"position,omitempty"` // of the last event; those before it stand directly before it
	Commitment eventstore.Commitment `json:"commitment,omitzero"`
	RecordedAt domain.Instant        `json:"recorded_at,omitzero"`
	Events     []string              `json:"events"` // types
	EventIDs   []string              `json:"event_ids"`
	Lines      []int                 `json:"lines,omitempty"` // of an imported file, one for each event
}

func receiptOf(r ledger.Receipt, id string) receipt {
	out := receipt{
		ID: id, Stream: r.Stream, Revision: r.Revision, Position: r.Position, Commitment: r.Commitment, RecordedAt: r.RecordedAt,
		Unchanged: len(r.Events) == 0, Events: []string{}, EventIDs: []string{},
	}
	for _, e := range r.Events {
		out.Events = append(out.Events, e.Event.EventType())
		out.EventIDs = append(out.EventIDs, e.ID)
		if n := lineOf(e.Event); n > 0 {
			out.Lines = append(out.Lines, n)
		}
	}
	return out
}

// lineOf returns the line of an imported file that an event came from.
func lineOf(e domain.Event) int {
	switch e := e.(type) {
	case timecard.PunchAccepted:
		return e.Line
	case timecard.PunchHeld:
		return e.Line
	case timecard.PunchRejected:
		return e.Line
	case place.PunchQuarantined:
		return e.Line
	}
	return 0
}

// acknowledge prints what has become durable, where that was asked for.
func (c *console) acknowledge(r ledger.Receipt) error {
	if !c.cfg.Receipts || len(r.Events) == 0 {
		return nil
	}
	return printJSONLine(c.Out, map[string]receipt{"receipt": receiptOf(r, "")})
}

// do carries out one command of the user.
func (w *writer) do(c *console, command ledger.Command) (ledger.Receipt, error) {
	return w.carryOut(c, w.commandID(command.Stream()), command)
}

// carryOut is do for a step whose id says what it does: it is the same step in whatever command it comes.
func (w *writer) carryOut(c *console, id string, command ledger.Command) (ledger.Receipt, error) {
	r, err := w.ledger.Do(c.ctx, ledger.Request{ID: id, Command: command, Actor: c.actor(), Correlation: w.actID})
	if err == nil {
		err = c.acknowledge(r)
	}
	return r, err
}

// act carries out one command, prints the id of what came of it, or the receipt as JSON, and turns the days that are over.
func (w *writer) act(c *console, command ledger.Command, id string) error {
	r, err := w.do(c, command)
	if err != nil {
		return err
	}
	return w.done(c, r, id)
}

// done prints a receipt before anything else can fail: what it says is in the log.
func (w *writer) done(c *console, r ledger.Receipt, id string) error {
	var err error
	if c.cfg.Output == "json" {
		err = printJSON(c.Out, receiptOf(r, id))
	} else if id != "" {
		_, err = fmt.Fprintln(c.Out, id)
	}
	return errors.Join(err, w.turnDue(c.ctx))
}
