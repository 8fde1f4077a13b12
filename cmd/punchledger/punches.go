package main

import (
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

type punchesCmd struct {
	List    punchesListCmd    `cmd:"" default:"withargs" help:"List punches that wait, or that do not count."`
	Release punchesReleaseCmd `cmd:"" help:"Let held punches count."`
	Refuse  punchesRefuseCmd  `cmd:"" help:"End a hold without counting the punch."`
	Admit   punchesAdmitCmd   `cmd:"" help:"Let rejected or refused punches count after all."`
	Appeal  punchesAppealCmd  `cmd:"" help:"Ask for another look at a punch that does not count; --as is the employee."`
	Rejudge punchesRejudgeCmd `cmd:"" help:"Judge held and rejected punches again, because a fence or a rule was wrong."`

	Identify punchesIdentifyCmd `cmd:"" help:"Verify passkeys over punches that nobody could verify when they arrived."`
}

// punchFilter chooses punches.
type punchFilter struct {
	Outcome  string `help:"held, rejected or refused; without it all three." enum:",held,rejected,refused" default:""`
	Employee string `help:"Employee." placeholder:"EMP"`
	Reason   string `help:"A reason that they carry." placeholder:"CODE"`
	Site     string `help:"Site near which they were made." placeholder:"SITE"`
	From     string `help:"First date, of the effective time in UTC." placeholder:"DATE"`
	To       string `help:"Last date." placeholder:"DATE"`
}

func (f *punchFilter) dates() (from, to domain.Date, err error) {
	if f.From != "" {
		if from, err = domain.ParseDate(f.From); err != nil {
			return 0, 0, wrongValue("--from", f.From, "not_a_date")
		}
	}
	if f.To != "" {
		if to, err = domain.ParseDate(f.To); err != nil {
			return 0, 0, wrongValue("--to", f.To, "not_a_date")
		}
	}
	return from, to, nil
}

// choice is the filter as the ledger takes it.
func (f *punchFilter) choice() (ledger.Waiting, error) {
	from, to, err := f.dates()
	return ledger.Waiting{State: f.Outcome, Employee: f.Employee, Reason: f.Reason, Site: f.Site, From: from, To: to}, err
}

type punchesListCmd struct{ punchFilter }

func (cmd *punchesListCmd) Run(c *console) error {
	chosen, err := cmd.choice()
	if err != nil {
		return err
	}
	r, err := openLogReader(c)
	if err != nil {
		return err
	}
	defer r.Close()
	punches, err := chosen.Read(c.ctx, r.log, r.codec)
	if err != nil {
		return err
	}
	t, err := c.table("employee", "punch", "time", "direction", "state", "reasons")
	if err != nil {
		return err
	}
	for _, p := range punches {
		var said []string
		for _, reason := range p.Details.Reasons {
			said = append(said, c.word("reasons.", reason))
		}
		if p.Appealed {
			said = append(said, c.t("cli.punch_appealed"))
		}
		d := &p.Details
		err := t.add(map[string]any{
			"emp": p.Card.Emp, "punch": p.ID, "effective_at": d.EffectiveAt, "dir": d.Dir, "state": p.StateWord(),
			"reasons": d.Reasons, "appealed": p.Appealed, "rule_case": d.RuleCase,
		}, p.Card.Emp, p.ID, d.EffectiveAt.String(), string(d.Dir), c.word("labels.state.", p.StateWord()), strings.Join(said, "; "))
		if err != nil {
			return err
		}
	}
	return t.end()
}

// judged is what all commands about single punches take.
type judged struct {
	Employee string `arg:"" help:"Employee."`
	Punch    string `arg:"" help:"Id of the punch."`
	Reason   string `help:"Reason code." default:"checked"`
}

func (j *judged) run(c *console, command func(timecard.Card) timecard.Command) error {
	return c.writing(func(w *writer) error {
		card, err := w.ledger.CardOf(c.ctx, j.Employee, j.Punch)
		if err != nil {
			return err
		}
		return w.act(c, command(card), "")
	})
}

type punchesReleaseCmd struct{ judged }

func (cmd *punchesReleaseCmd) Run(c *console) error {
	return cmd.run(c, func(card timecard.Card) timecard.Command {
		return timecard.ReleasePunch{Card: card, Punch: cmd.Punch, Reason: cmd.Reason, ActorID: c.cfg.As}
	})
}

type punchesRefuseCmd struct{ judged }

func (cmd *punchesRefuseCmd) Run(c *console) error {
	return cmd.run(c, func(card timecard.Card) timecard.Command {
		return timecard.RefusePunch{Card: card, Punch: cmd.Punch, Reason: cmd.Reason, ActorID: c.cfg.As}
	})
}

type punchesAdmitCmd struct{ judged }

func (cmd *punchesAdmitCmd) Run(c *console) error {
	return cmd.run(c, func(card timecard.Card) timecard.Command {
		return timecard.AdmitPunch{Card: card, Punch: cmd.Punch, Reason: cmd.Reason, ActorID: c.cfg.As}
	})
}

type punchesAppealCmd struct {
	Employee string `arg:"" help:"Employee."`
	Punch    string `arg:"" help:"Id of the punch."`
	Text     string `required:"" help:"Why it should count; sealed before it is stored."`
}

func (cmd *punchesAppealCmd) Run(c *console) error {
	j := judged{Employee: cmd.Employee, Punch: cmd.Punch}
	return j.run(c, func(card timecard.Card) timecard.Command {
		return timecard.AppealPunch{Card: card, Punch: cmd.Punch, Text: domain.NewSecret(domain.ClassText, cmd.Text), ActorID: c.cfg.As}
	})
}
