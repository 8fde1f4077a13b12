package main

import (
	"cmp"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type peopleDelegateCmd struct {
	Employee  string   `arg:"" help:"Whose decisions they are."`
	Delegate  string   `arg:"" help:"Who decides instead."`
	From      string   `help:"First date; today when left out." placeholder:"DATE"`
	To        string   `help:"First date without it; open when left out." placeholder:"DATE"`
	Kinds     []string `help:"Only these kinds of requests, or punch for held punches."`
	WhileAway bool     `help:"Only on dates on which the employee has approved leave."`
	Reason    string   `help:"Reason; stored in clear." default:"away"`
	ID        string   `name:"id" help:"Id of the delegation; made up when left out." placeholder:"ID"`
}

func (cmd *peopleDelegateCmd) Run(c *console) error {
	from, to, err := window{From: cmd.From, To: cmd.To}.dates()
	if err != nil {
		return err
	}
	return c.writing(func(w *writer) error {
		id := cmp.Or(cmd.ID, "d"+strings.ReplaceAll(w.newID(), "-", "")[:12])
		err := w.act(c, people.SetDelegation{
			Emp: cmd.Employee, Delegation: id, Delegate: cmd.Delegate, Kinds: cmd.Kinds, From: cmp.Or(from, w.ledger.Directory().Today()), To: to,
			WhileAway: cmd.WhileAway, Reason: cmd.Reason, ActorID: c.cfg.As, AtMachine: true,
		}, id)
		if err == nil {
			c.say("cli.delegated", "delegate", cmd.Delegate, "emp", cmd.Employee)
		}
		return err
	})
}

type peopleUndelegateCmd struct {
	Employee   string `arg:"" help:"Whose decisions they are."`
	Delegation string `arg:"" help:"Delegation."`
	Reason     string `help:"Reason; stored in clear." default:"back"`
}

func (cmd *peopleUndelegateCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		err := w.act(c, people.EndDelegation{
			Emp: cmd.Employee, Delegation: cmd.Delegation, Reason: cmd.Reason, ActorID: c.cfg.As, AtMachine: true,
		}, "")
		if err == nil {
			c.say("cli.undelegated", "delegation", cmd.Delegation, "emp", cmd.Employee)
		}
		return err
	})
}

type peopleDeputiesCmd struct{ pastFlag }

// deputyShown is a delegation for machines.
type deputyShown struct {
	Emp        string      `json:"emp"`
	Delegate   string      `json:"delegate"`
	Kinds      []string    `json:"kinds,omitempty"`
	From       domain.Date `json:"from"`
	To         domain.Date `json:"to,omitzero"`
	WhileAway  bool        `json:"while_away"`
	Delegation string      `json:"delegation"`
}

// Run lists the delegations that have not been ended.
func (cmd *peopleDeputiesCmd) Run(c *console) error {
	return c.directory(cmd.AsOf, func(d *ledger.Directory) error {
		t, err := c.table("employee", "delegate", "kinds", "when", "from", "to", "delegation")
		if err != nil {
			return err
		}
		for _, emp := range d.IDs("employee") {
			for _, x := range d.Employee(emp).Delegations {
				if x.Ended {
					continue
				}
				when := ""
				if x.WhileAway {
					when = c.word("labels.delegation.", "while_away")
				}
				err := t.add(deputyShown{emp, x.Delegate, x.Kinds, x.From, x.To, x.WhileAway, x.Delegation},
					emp, x.Delegate, strings.Join(x.Kinds, " "), when, x.From.String(), x.To.String(), x.Delegation)
				if err != nil {
					return err
				}
			}
		}
		return t.end()
	})
}
