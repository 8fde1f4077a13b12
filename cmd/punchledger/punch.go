package main

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/zone"
)

type punchCmd struct {
	Add  punchAddCmd  `cmd:"" help:"Enter a punch that no device recorded."`
	Void punchVoidCmd `cmd:"" help:"Take a punch out of the count; what was recorded stays."`
	Key  punchKeyCmd  `cmd:"" help:"Make a device in a file, for scripts and tests, and print its public key."`
	Make punchMakeCmd `cmd:"" help:"Sign a punch with a device in a file and print its envelope."`
	Send punchSendCmd `cmd:"" help:"Hand in signed punches: envelopes, or an upload of many."`
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
		at, err := w.localTime(cmd.Employee, "", cmd.At)
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

// localTime reads a time in a zone, in the employee's zone of work where none is named, or one with an offset. A time that does not exist, or exists twice, on
// that day is an error that says how to name it.
func (w *writer) localTime(employee, tz, s string) (domain.Instant, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return domain.InstantOf(t), nil
	}
	var wall time.Time
	var err error
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if wall, err = time.Parse(layout, s); err == nil {
			break
		}
	}
	if err != nil {
		return 0, wrongValue("TIME", s, "not_a_local_time")
	}
	name := cmp.Or(tz, w.ledger.Directory().Zone(employee, domain.InstantOf(wall)))
	z, err := zone.Embedded().Zone(name)
	if err != nil {
		return 0, err
	}
	at := z.Occurrences(domain.Seconds(wall.Unix()))
	switch len(at) {
	case 1:
		return at[0].Instant(), nil
	case 0:
		return 0, domain.NewError(domain.Invalid, "invalid_value", "field", "TIME", "value", s, "problem", "skipped_by_the_clock", "zone", name)
	}
	return 0, domain.NewError(domain.Invalid, "invalid_value", "field", "TIME", "value", s, "problem", "twice_on_the_clock", "zone", name)
}

type punchVoidCmd struct {
	Employee string `arg:"" help:"Employee."`
	Punch    string `arg:"" help:"Id of the punch, as why prints it."`
	Reason   string `help:"Reason code." default:"mistake"`
}

func (cmd *punchVoidCmd) Run(c *console) error {
	return c.writing(func(w *writer) error {
		card, err := w.cardOf(c.ctx, cmd.Employee, cmd.Punch)
		if err != nil {
			return err
		}
		return w.act(c, timecard.VoidPunch{
			Card: card, Punch: cmd.Punch, Grounds: timecard.Grounds{ReasonCode: cmd.Reason}, ActorID: c.cfg.As,
		}, "")
	})
}

// cardOf finds the timecard that holds a punch: one of the months since the employee was hired.
func (w *writer) cardOf(ctx context.Context, employee, punch string) (timecard.Card, error) {
	hired := w.ledger.Directory().Employee(employee).Hired()
	if hired == 0 {
		return timecard.Card{}, domain.NewError(domain.NotFound, "unknown_employee", "emp", employee)
	}
	for day := domain.DateOfUnix(domain.Seconds(w.now().Unix())) + 31; day >= hired-31; day = day.MonthStart() - 1 {
		card := timecard.CardOn(employee, day)
		for rec, err := range w.log.ReadStream(ctx, card.Stream(), 0) {
			if err != nil {
				return card, err
			}
			d, err := w.codec.DecodeRecord(rec)
			if err != nil {
				return card, err
			}
			if e, ok := d.Event.(timecard.Event); ok && timecard.Evolve(timecard.State{}, e).Has(punch) {
				return card, nil
			}
		}
	}
	return timecard.Card{}, domain.NewError(domain.NotFound, "unknown_punch", "punch", punch)
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
		from, err := w.localTime(cmd.Employee, cmd.TZ, cmd.From)
		if err != nil {
			return err
		}
		to, err := w.localTime(cmd.Employee, cmd.TZ, cmd.To)
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
