package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type accessCmd struct {
	List    accessListCmd    `cmd:"" default:"withargs" help:"List who was given which right."`
	Who     accessWhoCmd     `cmd:"" help:"Who may do what about an employee on a date, and why."`
	Grant   accessGrantCmd   `cmd:"" help:"Give a right, for a purpose and a time."`
	Confirm accessConfirmCmd `cmd:"" help:"Confirm a right that waits for a second person."`
	Revoke  accessRevokeCmd  `cmd:"" help:"End a right at once."`
}

type accessListCmd struct {
	pastFlag
	Live bool `help:"Only what is in force today."`
}

// grantShown is a grant for machines.
type grantShown struct {
	Principal string       `json:"principal"`
	Grant     string       `json:"grant"`
	Role      access.Role  `json:"role"`
	Scope     access.Scope `json:"scope,omitzero"`
	Purpose   string       `json:"purpose"`
	From      domain.Date  `json:"from"`
	To        domain.Date  `json:"to,omitzero"`
	By        string       `json:"by"`
	AtMachine bool         `json:"at_machine,omitempty"`
	State     string       `json:"state"`
}

func (cmd *accessListCmd) Run(c *console) error {
	return c.directory(cmd.AsOf, func(d *ledger.Directory) error {
		t, err := c.table("principal", "role", "scope", "purpose", "from", "to", "granted_by", "state", "grant")
		if err != nil {
			return err
		}
		for _, id := range d.IDs("grant") {
			for _, g := range d.Grants(id).Grants {
				state := grantState(g, d.Today())
				if cmd.Live && state != "live" {
					continue
				}
				err := t.add(grantShown{id, g.ID, g.Role, g.Scope, g.Purpose, g.From, g.To, g.By, g.AtMachine, state},
					id, c.word("labels.access.", string(g.Role)), c.scope(g.Scope), g.Purpose,
					g.From.String(), g.To.String(), g.By, c.word("labels.grant.", state), g.ID)
				if err != nil {
					return err
				}
			}
		}
		return t.end()
	})
}

// grantState says what became of a grant, as the texts under labels.grant name it.
func grantState(g access.Grant, today domain.Date) string {
	switch {
	case g.Revoked:
		return "revoked"
	case g.To != 0 && g.To <= today:
		return "expired"
	case g.Pending:
		return "pending"
	case g.From > today:
		return "coming"
	}
	return "live"
}

// scope writes a scope in one line: groups=office,plant units=sales.
func (c *console) scope(s access.Scope) string {
	var words []string
	for _, list := range []struct {
		name string
		ids  []string
	}{{"employers", s.Employers}, {"groups", s.Groups}, {"sites", s.Sites}, {"units", s.Units}, {"employees", s.Employees}} {
		if len(list.ids) > 0 {
			words = append(words, list.name+"="+strings.Join(list.ids, ","))
		}
	}
	if s.Dates != (access.Dates{}) {
		words = append(words, fmt.Sprintf("dates=%s..%s", s.Dates.From, s.Dates.To))
	}
	if len(words) == 0 && c.cfg.Output != "csv" {
		return c.t("labels.scope.everybody")
	}
	return strings.Join(words, " ")
}

type accessGrantCmd struct {
	Principal string   `arg:"" help:"Who gets it: an employee's id, or an id for somebody who is none."`
	Role      string   `required:"" help:"hr, rules, payroll, auditor, representative, privacy or owner."`
	Purpose   string   `required:"" help:"What it is for; stored in clear."`
	From      string   `help:"First date; today when left out." placeholder:"DATE"`
	To        string   `help:"First date without it; only an owner's may be left open." placeholder:"DATE"`
	Employers []string `help:"Only these employers."`
	Groups    []string `help:"Only these attendance groups."`
	Sites     []string `help:"Only these sites."`
	Units     []string `help:"Only these org units and those below."`
	Employees []string `help:"Only these people."`
	DatesFrom string   `help:"Only what is about this date or later." placeholder:"DATE"`
	DatesTo   string   `help:"Only what is about dates before this one." placeholder:"DATE"`
	Name      string   `help:"Name of somebody who is no employee; it is sealed before it is stored."`
	ID        string   `name:"id" help:"Id of the grant; made up when left out." placeholder:"ID"`
}

func (cmd *accessGrantCmd) Run(c *console) error {
	command, err := cmd.command(c)
	if err != nil {
		return err
	}
	return c.writing(func(w *writer) error {
		if command.Grant == "" {
			command.Grant = "g" + strings.ReplaceAll(w.newID(), "-", "")[:12]
		}
		if err := w.give(c, command); err != nil || cmd.Name == "" {
			return err
		}
		_, err := w.do(c, access.NamePrincipal{Principal: cmd.Principal, Name: cmd.Name})
		return err
	})
}

// command reads the flags.
func (cmd *accessGrantCmd) command(c *console) (access.GrantAccess, error) {
	out := access.GrantAccess{
		Principal: cmd.Principal, Grant: cmd.ID, Role: access.Role(cmd.Role), Purpose: cmd.Purpose, ActorID: c.cfg.As, AtMachine: true,
		Scope: access.Scope{Employers: cmd.Employers, Groups: cmd.Groups, Sites: cmd.Sites, Units: cmd.Units, Employees: cmd.Employees},
	}
	for _, d := range []struct {
		flag, value string
		to          *domain.Date
	}{
		{"from", cmd.From, &out.From},
		{"to", cmd.To, &out.To},
		{"dates-from", cmd.DatesFrom, &out.Scope.Dates.From},
		{"dates-to", cmd.DatesTo, &out.Scope.Dates.To},
	} {
		var err error
		if *d.to, err = optionalDate(d.flag, d.value); err != nil {
			return out, err
		}
	}
	return out, nil
}

// give gives a right, and says from when on it counts, or that it waits.
func (w *writer) give(c *console, command access.GrantAccess) error {
	r, err := w.do(c, command)
	if err != nil {
		return err
	}
	w.sayGranted(c, r)
	return w.done(c, r, command.Grant)
}

// sayGranted says of the rights in a receipt from when on they count.
func (w *writer) sayGranted(c *console, r ledger.Receipt) {
	for _, e := range r.Events {
		g, ok := e.Event.(access.AccessGranted)
		switch {
		case !ok:
		case g.Pending:
			c.say("cli.grant_pending", "principal", g.Principal, "grant", g.Grant)
		case g.To == 0:
			c.say("cli.granted", "principal", g.Principal, "role", c.t("labels.access."+string(g.Role)), "from", g.From.String())
		default:
			c.say("cli.granted_until", "principal", g.Principal, "role", c.t("labels.access."+string(g.Role)), "from", g.From.String(), "to", g.To.String())
		}
	}
}

type accessConfirmCmd struct {
	Principal string `arg:"" help:"Who was given it."`
	Grant     string `arg:"" help:"Grant."`
}

func (cmd *accessConfirmCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		err := w.act(c, access.ConfirmAccess{Principal: cmd.Principal, Grant: cmd.Grant, ActorID: c.cfg.As, AtMachine: true}, "")
		if err == nil {
			c.say("cli.confirmed", "principal", cmd.Principal, "grant", cmd.Grant)
		}
		return err
	})
}

type accessRevokeCmd struct {
	Principal string `arg:"" help:"Who was given it."`
	Grant     string `arg:"" help:"Grant."`
	Reason    string `required:"" help:"Reason; stored in clear."`
}

func (cmd *accessRevokeCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		err := w.act(c, access.RevokeAccess{
			Principal: cmd.Principal, Grant: cmd.Grant, Reason: cmd.Reason, ActorID: c.cfg.As, AtMachine: true,
		}, "")
		if err == nil {
			c.say("cli.revoked", "principal", cmd.Principal, "grant", cmd.Grant)
		}
		return err
	})
}

type accessWhoCmd struct {
	Employee string `arg:"" help:"Employee."`
	On       string `help:"Date that the act is about; today when left out." placeholder:"DATE"`
	Action   string `help:"Only who may do this, such as request.decide."`
}

func (cmd *accessWhoCmd) Run(c *console) error {
	on, err := optionalDate("on", cmd.On)
	if err != nil {
		return err
	}
	if cmd.Action != "" && !slices.Contains(access.Actions(), access.Action(cmd.Action)) {
		return wrongValue("--action", cmd.Action, "unknown_value")
	}
	return c.directory("", func(d *ledger.Directory) error {
		if !d.Employee(cmd.Employee).Exists() {
			return domain.NewError(domain.NotFound, "unknown_employee", "emp", cmd.Employee)
		}
		t, err := c.table("principal", "role", "relation", "actions")
		if err != nil {
			return err
		}
		for _, who := range d.Concerned(cmd.Employee, cmp.Or(on, d.Today())) {
			if err := cmd.show(c, t, d, who, cmp.Or(on, d.Today())); err != nil {
				return err
			}
		}
		return t.end()
	})
}

// show writes a line for each standing of one principal that allows something.
func (cmd *accessWhoCmd) show(c *console, t *table, d *ledger.Directory, who string, on domain.Date) error {
	may := map[access.Standing][]string{}
	standings := d.Standings(who, cmd.Employee, on)
	for _, a := range access.Actions() {
		if s, ok := access.Allowed(a, standings); ok && (cmd.Action == "" || string(a) == cmd.Action) {
			may[s] = append(may[s], string(a))
		}
	}
	for _, s := range standings {
		if len(may[s]) == 0 {
			continue
		}
		value := map[string]any{"principal": who, "role": s.Role, "relation": s.Relation, "actions": may[s]}
		err := t.add(value, who, c.word("labels.access.", string(s.Role)), c.word("labels.relation.", string(s.Relation)), strings.Join(may[s], " "))
		if err != nil {
			return err
		}
	}
	return nil
}
