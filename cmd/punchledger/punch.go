package main

import (
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/zone"
)

type punchCmd struct {
	Add  punchAddCmd  `cmd:"" help:"Enter a punch that no device recorded."`
	Void punchVoidCmd `cmd:"" help:"Take a punch out of the count; what was recorded stays."`

	Retime   punchRetimeCmd   `cmd:"" help:"Move a punch; both times stay."`
	Redirect punchRedirectCmd `cmd:"" help:"Correct the direction of a punch; both stay."`

	Reasons punchReasonsCmd `cmd:"" help:"Say why a punch was held, rejected or labelled: rule, what was measured, and the bound."`
	Key     punchKeyCmd     `cmd:"" help:"Make a device in a file, for scripts and tests, and print its public key."`
	Make    punchMakeCmd    `cmd:"" help:"Sign a punch with a device in a file and print its envelope."`
	Send    punchSendCmd    `cmd:"" help:"Hand in signed punches: envelopes, or an upload of many."`
}

type punchAddCmd struct {
	Employee string `arg:"" help:"Employee."`
	At       string `arg:"" help:"Time at the place of work, 2026-10-08T18:05, or with an offset."`
	Dir      string `arg:"" help:"in, out, auto, break_out or break_in." enum:"in,out,auto,break_out,break_in"`
	Reason   string `help:"Reason code." default:"forgotten"`
	Note     string `help:"Note; it is sealed before it is stored."`
}

func (cmd *punchAddCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		at, err := w.ledger.Directory().LocalTime(cmd.Employee, "", "TIME", cmd.At)
		if err != nil {
			return err
		}
		punch := "m" + strings.ReplaceAll(w.newID(), "-", "")
		return w.act(c, timecard.AddPunch{
			Emp: cmd.Employee, Punch: punch, EffectiveAt: at, Dir: timecard.Direction(cmd.Dir),
			Grounds: timecard.Grounds{ReasonCode: cmd.Reason}, Note: domain.NewSecret(domain.ClassText, cmd.Note),
			ActorID: c.cfg.As, Now: domain.InstantOf(w.now()),
		}, punch)
	})
}

type punchVoidCmd struct {
	Employee string `arg:"" help:"Employee."`
	Punch    string `arg:"" help:"Id of the punch, as why prints it."`
	Reason   string `help:"Reason code." default:"mistake"`
}

func (cmd *punchVoidCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		card, err := w.ledger.CardOf(c.ctx, cmd.Employee, cmd.Punch)
		if err != nil {
			return err
		}
		return w.act(c, timecard.VoidPunch{
			Card: card, Punch: cmd.Punch, Grounds: timecard.Grounds{ReasonCode: cmd.Reason}, ActorID: c.cfg.As,
		}, "")
	})
}

type punchRetimeCmd struct {
	Employee string `arg:"" help:"Employee."`
	Punch    string `arg:"" help:"Id of the punch, as why prints it."`
	At       string `arg:"" help:"When it was, at the place of work, 2026-10-08T18:05, or with an offset."`
	Reason   string `help:"Reason code." default:"mistake"`
}

func (cmd *punchRetimeCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		card, err := w.ledger.CardOf(c.ctx, cmd.Employee, cmd.Punch)
		if err != nil {
			return err
		}
		at, err := w.ledger.Directory().LocalTime(cmd.Employee, "", "TIME", cmd.At)
		if err != nil {
			return err
		}
		return w.act(c, timecard.RetimePunch{
			Card: card, Punch: cmd.Punch, EffectiveAt: at, Grounds: timecard.Grounds{ReasonCode: cmd.Reason}, ActorID: c.cfg.As,
		}, "")
	})
}

type punchRedirectCmd struct {
	Employee string `arg:"" help:"Employee."`
	Punch    string `arg:"" help:"Id of the punch, as why prints it."`
	Dir      string `arg:"" help:"in, out, auto, break_out or break_in." enum:"in,out,auto,break_out,break_in"`
	Reason   string `help:"Reason code." default:"mistake"`
}

func (cmd *punchRedirectCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		card, err := w.ledger.CardOf(c.ctx, cmd.Employee, cmd.Punch)
		if err != nil {
			return err
		}
		return w.act(c, timecard.RedirectPunch{
			Card: card, Punch: cmd.Punch, Dir: timecard.Direction(cmd.Dir), Grounds: timecard.Grounds{ReasonCode: cmd.Reason}, ActorID: c.cfg.As,
		}, "")
	})
}

type approveCmd struct {
	Employee string `arg:"" help:"Employee."`
	Kind     string `arg:"" help:"overtime, leave, trip, outing, remote or field." enum:"overtime,leave,trip,outing,remote,field"`
	From     string `arg:"" help:"Start at the place of work, 2026-10-08T18:00."`
	To       string `arg:"" help:"End."`
	TZ       string `name:"tz" help:"Trip: the zone of the place, in which its times are read and which counts for its days."`
	Type     string `help:"Leave: its type in the rules."`
	Settle   string `help:"Overtime: pay or toil." enum:",pay,toil" default:""`
	System   string `help:"Where it was decided." default:"manual"`
	ID       string `name:"id" help:"Its id there; made up when left out."`
	Note     string `help:"Note; it is sealed before it is stored."`
}

func (cmd *approveCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		from, err := w.ledger.Directory().LocalTime(cmd.Employee, cmd.TZ, "TIME", cmd.From)
		if err != nil {
			return err
		}
		to, err := w.ledger.Directory().LocalTime(cmd.Employee, cmd.TZ, "TIME", cmd.To)
		if err != nil {
			return err
		}
		id := "r" + strings.ReplaceAll(w.newID(), "-", "")[:16]
		external := cmd.ID
		if external == "" {
			external = id
		}
		z, err := zone.Embedded().Zone(w.ledger.Directory().Zone(cmd.Employee, from))
		if err != nil {
			return err
		}
		return w.act(c, request.RecordExternalDecision{
			Request: id, Emp: cmd.Employee, System: cmd.System, ExternalID: external, Kind: request.Kind(cmd.Kind),
			Target: request.Target{Date: z.DateOf(from.Seconds()), From: from, To: to, TZ: cmd.TZ}, Type: cmd.Type, Settle: request.Settle(cmd.Settle),
			Outcome: request.Approved, DecidedBy: c.cfg.As, DecidedAt: domain.InstantOf(w.now()),
			Text: domain.NewSecret(domain.ClassText, cmd.Note),
		}, id)
	})
}
