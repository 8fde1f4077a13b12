package main

import (
	"errors"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/bank"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections/banks"
)

type banksDueCmd struct {
	Employee string `short:"e" help:"Only this employee." placeholder:"ID"`
	On       string `help:"Before this date; today when left out." placeholder:"DATE"`
	Post     bool   `help:"Post it: a payout, or a forfeit where the rules say so."`
}

// dueLine is something that has expired.
type dueLine struct {
	Emp  string `json:"emp"`
	Bank string `json:"bank"`
	bank.Proposal
	Post string `json:"post,omitempty"` // the posting that settles it
}

// Run lists what has expired, and settles it with --post: dated on its last day, so that a second run finds nothing.
func (cmd *banksDueCmd) Run(c *console) error {
	on, err := c.dateOr("on", cmd.On)
	if err != nil {
		return err
	}
	if !cmd.Post {
		return c.banking(func(_ *reader, d *ledger.Directory, b banks.Book) error {
			due, err := c.dueIn(b, d, cmd.Employee, on)
			if err != nil {
				return err
			}
			return c.printDue(due)
		})
	}
	return c.writing(func(w *writer) error {
		w = w.unrepeated() // what a first run settled is not due again
		var due []dueLine
		err := w.withViews(c, func(views viewStore) error {
			due, err = c.dueIn(bookOf(views, w.ledger.Directory()), w.ledger.Directory(), cmd.Employee, on)
			return err
		})
		if err != nil {
			return err
		}
		for i := range due {
			if err := w.settleDue(c, &due[i]); err != nil {
				return err
			}
		}
		return errors.Join(c.printDue(due), w.turnDue(c.ctx))
	})
}

// dueIn returns what has expired, by person, bank and date.
func (c *console) dueIn(b banks.Book, d *ledger.Directory, employee string, on domain.Date) ([]dueLine, error) {
	people, err := peopleMeant(d, employee)
	if err != nil {
		return nil, err
	}
	var out []dueLine
	for _, emp := range people {
		accounts, err := b.Accounts(c.ctx, emp, on)
		if err != nil {
			return nil, err
		}
		for _, a := range accounts {
			for _, p := range a.Due {
				out = append(out, dueLine{Emp: emp, Bank: a.Bank, Proposal: p})
			}
		}
	}
	return out, nil
}

func (w *writer) settleDue(c *console, l *dueLine) error {
	p, err := w.weighed(c, bank.Post{
		Post: w.newPosting(), Bank: l.Bank, Emp: l.Emp, Date: l.Date, Seconds: l.Seconds, Kind: l.Kind, Reason: "expired", Source: l.Why,
	})
	if err != nil {
		return err
	}
	l.Post = p.Post
	_, err = w.do(c, p)
	return err
}

func (c *console) printDue(due []dueLine) error {
	t, err := c.table("employee", "bank", "date", "entry", ">time", "reason", "id")
	if err != nil {
		return err
	}
	for _, l := range due {
		err := t.add(l, l.Emp, l.Bank, l.Date.String(), c.word("labels.bank.", string(l.Kind)), (-l.Seconds).HM(), c.word("labels.due.", l.Why), l.Post)
		if err != nil {
			return err
		}
	}
	return t.end()
}
