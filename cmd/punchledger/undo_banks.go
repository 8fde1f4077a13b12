package main

import (
	"errors"
	"fmt"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/bank"
)

// undoBanks takes the postings of a list of balances back. What was taken back since is left alone.
func (cmd *undoCmd) undoBanks(c *console, w *writer, a *bulkAct) error {
	out := undoOutcome{bulkAct: a, DryRun: cmd.DryRun}
	for n, d := range a.events {
		posted, ok := d.Event.(bank.BankPosted)
		if !ok {
			continue
		}
		if cmd.DryRun {
			out.Events++
			continue
		}
		r, err := w.undoing(c, a, fmt.Sprintf("undo:%s:%d", a.ID, n), bank.VoidPosting{
			Emp: posted.Emp, Post: posted.Post, Reason: "undone", ActorID: c.cfg.As,
		})
		if wrong, ok := errors.AsType[*domain.Error](err); ok {
			out.Refused = append(out.Refused, unmoved{Employee: posted.Emp, Why: wrong.Code})
			continue
		}
		if err != nil {
			return err
		}
		if !r.Repeated {
			out.Events += len(r.Events)
		}
	}
	return out.end(c, w)
}
