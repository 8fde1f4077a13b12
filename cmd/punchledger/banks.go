package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/bank"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections/banks"
	"github.com/punchledger/punchledger/projections/payroll"
)

type banksCmd struct {
	Show      banksShowCmd      `cmd:"" help:"Balances on a date, and what is due because it has expired."`
	Statement banksStatementCmd `cmd:"" help:"Every change of a person's banks, with the day or posting it comes from."`
	Post      banksPostCmd      `cmd:"" help:"Post to a bank: an opening, grant, payout, forfeit, correction, or time taken."`
	Void      banksVoidCmd      `cmd:"" help:"Take a posting back; it stays in the log."`
	Due       banksDueCmd       `cmd:"" help:"What has expired and was not settled; --post settles it as the rules say."`
	Import    banksImportCmd    `cmd:"" help:"Bring in opening balances from a list."`
}

// bookOf reads accounts from views and a directory.
func bookOf(rows payroll.Reader, d *ledger.Directory) banks.Book {
	return banks.Book{Rows: rows, Posted: d.Bank, Rules: d.CompiledRules, Govern: d.GoverningRules}
}

// banking runs f on the accounts of the ledger, for commands that only read.
func (c *console) banking(f func(r *reader, d *ledger.Directory, b banks.Book) error) error {
	return c.reading(func(r *reader) error {
		d, err := ledger.OpenDirectory(c.ctx, r.log, r.codec)
		if err != nil {
			return err
		}
		return f(r, d, bookOf(r.views, d))
	})
}

// people returns the employees that are meant: one, or all.
func peopleMeant(d *ledger.Directory, employee string) ([]string, error) {
	if employee == "" {
		return d.IDs("employee"), nil
	}
	if !d.Employee(employee).Exists() {
		return nil, domain.NewError(domain.NotFound, "unknown_employee", "emp", employee)
	}
	return []string{employee}, nil
}

// dateOr reads a date, or takes today's.
func (c *console) dateOr(field, s string) (domain.Date, error) {
	d, err := optionalDate(field, s)
	if d == 0 {
		d = domain.DateOfUnix(domain.InstantOf(c.Now()).Seconds())
	}
	return d, err
}

type banksShowCmd struct {
	Employee string `short:"e" help:"Only this employee." placeholder:"ID"`
	On       string `help:"The date; today when left out." placeholder:"DATE"`
}

func (cmd *banksShowCmd) Run(c *console) error {
	on, err := c.dateOr("on", cmd.On)
	if err != nil {
		return err
	}
	return c.banking(func(r *reader, d *ledger.Directory, b banks.Book) error {
		people, err := peopleMeant(d, cmd.Employee)
		if err != nil {
			return err
		}
		named, err := r.namesOf(c.ctx, r.views)
		if err != nil {
			return err
		}
		t, err := c.table("employee", "name", "bank", "title", "date", ">balance", ">due")
		if err != nil {
			return err
		}
		for _, emp := range people {
			accounts, err := b.Accounts(c.ctx, emp, on)
			if err != nil {
				return err
			}
			for _, a := range accounts {
				var due domain.Seconds
				for _, p := range a.Due {
					due -= p.Seconds
				}
				a.Lines = nil
				if err := t.add(a, emp, named.of(emp), a.Bank, c.titleOf(a.Title), on.String(), a.Balance.HM(), blank(due)); err != nil {
					return err
				}
			}
		}
		return t.end()
	})
}

// titleOf is a title in the user's language, else in any.
func (c *console) titleOf(t ruleset.Text) string {
	short, _, _ := strings.Cut(c.cfg.Lang, "-")
	if s, ok := t[short]; ok {
		return s
	}
	return t["en"]
}

type banksStatementCmd struct {
	Employee string `arg:"" help:"Employee."`
	Bank     string `help:"Only this bank." placeholder:"BANK"`
	On       string `help:"The date it ends on; today when left out." placeholder:"DATE"`
}

func (cmd *banksStatementCmd) Run(c *console) error {
	on, err := c.dateOr("on", cmd.On)
	if err != nil {
		return err
	}
	return c.banking(func(_ *reader, d *ledger.Directory, b banks.Book) error {
		if _, err := peopleMeant(d, cmd.Employee); err != nil {
			return err
		}
		accounts, err := b.Accounts(c.ctx, cmd.Employee, on)
		if err != nil {
			return err
		}
		t, err := c.table("date", "bank", "entry", ">time", ">balance", "expires", "source", "reason")
		if err != nil {
			return err
		}
		for _, a := range accounts {
			if cmd.Bank != "" && a.Bank != cmd.Bank {
				continue
			}
			for _, l := range a.Lines {
				row := struct {
					Bank string `json:"bank"`
					bank.Line
				}{a.Bank, l}
				err := t.add(row, l.Date.String(), a.Bank, c.word("labels.bank.", string(l.Kind)), l.Seconds.HM(), l.Balance.HM(),
					l.ExpiresOn.String(), sourceOf(l.Entry), l.Reason)
				if err != nil {
					return err
				}
			}
		}
		return t.end()
	})
}

// sourceOf says what an entry rests on: a posting, or a pay code and how many events are behind its row.
func sourceOf(e bank.Entry) string {
	if e.Post != "" {
		return e.Post
	}
	return fmt.Sprintf("%s (%d)", e.Code, len(e.Sources))
}

type banksPostCmd struct {
	Employee string `arg:"" help:"Employee."`
	Bank     string `arg:"" help:"Bank, as the rules name it."`
	Kind     string `arg:"" help:"opening, grant, taken, payout, forfeit or correction." enum:"opening,grant,taken,payout,forfeit,correction"`
	Amount   string `arg:"" help:"Length of time: 8h, 90m, 1h30m. What a payout, forfeit or taken takes away is written without a sign."`
	Minus    bool   `help:"Opening and correction: the amount is below zero."`
	Date     string `help:"The date that it counts for; today when left out." placeholder:"DATE"`
	Expires  string `help:"Opening and grant: the last date on which it can be taken." placeholder:"DATE"`
	Reason   string `help:"Reason code." default:"manual"`
	Request  string `help:"The request that it answers." placeholder:"ID"`
	Note     string `help:"Note; it is sealed before it is stored."`
}

func (cmd *banksPostCmd) Run(c *console) error {
	amount, err := lengthOfTime("AMOUNT", cmd.Amount)
	if err != nil {
		return err
	}
	kind := bank.Kind(cmd.Kind)
	if kind == bank.Payout || kind == bank.Forfeit || kind == bank.Taken || cmd.Minus {
		amount = -amount
	}
	expires, err := optionalDate("expires", cmd.Expires)
	if err != nil {
		return err
	}
	date, err := optionalDate("date", cmd.Date)
	if err != nil {
		return err
	}
	return c.writing(func(w *writer) error {
		if date == 0 {
			date = w.today()
		}
		p := bank.Post{
			Post: w.newPosting(), Bank: cmd.Bank, Emp: cmd.Employee, Date: date, Seconds: amount, Kind: kind, Reason: cmd.Reason,
			Source: "manual", Request: cmd.Request, ExpiresOn: expires, Note: domain.NewSecret(domain.ClassText, cmd.Note),
		}
		p, err := w.weighed(c, p)
		if err != nil {
			return err
		}
		return w.act(c, p, p.Post)
	})
}

func (w *writer) newPosting() string { return "b" + strings.ReplaceAll(w.newID(), "-", "")[:15] }

// lengthOfTime reads a length of whole seconds that is more than nothing.
func lengthOfTime(field, s string) (domain.Seconds, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 || d%time.Second != 0 {
		return 0, wrongValue(field, s, "not_a_length")
	}
	return domain.Seconds(d / time.Second), nil
}

// weighed fills in what a posting says of the balance that it takes from.
func (w *writer) weighed(c *console, p bank.Post) (bank.Post, error) {
	p.ActorID = c.cfg.As
	if p.Seconds >= 0 || p.Kind == bank.Opening {
		return p, nil
	}
	d := w.ledger.Directory()
	if _, err := peopleMeant(d, p.Emp); err != nil {
		return p, err
	}
	err := w.withViews(c, func(views viewStore) error {
		a, err := bookOf(views, d).Account(c.ctx, p.Emp, p.Bank, p.Date)
		p.Seen, p.Lowest, p.Floor = a.Seen(), a.Lowest(), a.Floor
		return err
	})
	return p, err
}

type banksVoidCmd struct {
	Employee string `arg:"" help:"Employee."`
	Posting  string `arg:"" help:"Id of the posting, as statement shows it."`
	Reason   string `help:"Reason code." default:"mistake"`
}

func (cmd *banksVoidCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		return w.act(c, bank.VoidPosting{Emp: cmd.Employee, Post: cmd.Posting, Reason: cmd.Reason, ActorID: c.cfg.As}, "")
	})
}
