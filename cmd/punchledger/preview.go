package main

import (
	"cmp"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/evaluate"
	"github.com/punchledger/punchledger/projections/facts"
)

type previewCmd struct {
	Employee string `arg:"" help:"Employee."`
	Kind     string `arg:"" help:"correction, leave, trip, outing, overtime, remote, field or swap." enum:"correction,leave,trip,outing,overtime,remote,field,swap"`
	Date     string `help:"Date at the place of work; taken from the times when left out." placeholder:"DATE"`
	From     string `help:"Start at the place of work, 2026-10-08T18:00." placeholder:"TIME"`
	To       string `help:"End." placeholder:"TIME"`
	TZ       string `name:"tz" help:"Trip: the zone of the place." placeholder:"ZONE"`
	Type     string `help:"Leave: its type in the rules."`
	Settle   string `help:"Overtime: pay or toil." enum:",pay,toil" default:""`
	Punch    string `help:"Correction: the recorded punch that is wrong; alone that it was not meant."`
	Time     string `name:"at" help:"Correction: when the punch was made in truth." placeholder:"TIME"`
	Dir      string `help:"Correction: in, out, auto, break_out or break_in." enum:",in,out,auto,break_out,break_in" default:""`
	Key      string `help:"Correction: explain this exception and change no punch." placeholder:"KEY"`
	Rest     string `help:"Swap: the working day that is off for the day off --date." placeholder:"DATE"`
	Prior    bool   `help:"Swap: agreed before both days."`
	Request  string `name:"request" help:"The id of the request; events that carry it out have ids of it." default:"preview" placeholder:"ID"`
	Why      bool   `help:"With the trace of each day, before and after; -o json."`
	pastFlag
}

func (cmd *previewCmd) Run(c *console) error {
	return c.viewing(window{Employee: cmd.Employee, AsOf: cmd.AsOf}, func(v *view) error {
		var out evaluate.Preview
		err := v.views.Read(c.ctx, func(tx projections.Tx) error {
			p := v.projector()
			wish, err := cmd.wish(c, tx, p)
			if err != nil {
				return err
			}
			out, err = p.PreviewOf(c.ctx, tx, wish, cmd.Why)
			return err
		})
		if err != nil {
			return err
		}
		if c.cfg.Output == "json" {
			return printJSON(c.Out, out)
		}
		return c.showPreview(out)
	})
}

// wish reads what is asked for.
func (cmd *previewCmd) wish(c *console, tx projections.Tx, p *evaluate.Projector) (evaluate.Wish, error) {
	w := evaluate.Wish{Employee: cmd.Employee, Request: cmd.Request, Now: domain.InstantOf(c.Now()), Approval: request.Approval{
		Kind: request.Kind(cmd.Kind), Type: cmd.Type, Settle: request.Settle(cmd.Settle), ReasonCode: "asked",
	}}
	book, f, err := p.Facts(c.ctx, tx, cmd.Employee, domain.DateOfUnix(w.Now.Seconds()))
	if err != nil {
		return w, err
	}
	here := facts.ZoneOf(book, f)
	zoneAt := func(domain.Instant) string { return cmp.Or(cmd.TZ, here, "UTC") }
	t := &w.Approval.Target
	t.TZ, t.Dir, t.Punch, t.Key, t.Prior = cmd.TZ, cmd.Dir, cmd.Punch, cmd.Key, cmd.Prior
	for _, x := range []struct {
		text string
		at   *domain.Instant
	}{{cmd.From, &t.From}, {cmd.To, &t.To}, {cmd.Time, &t.At}} {
		if x.text == "" {
			continue
		}
		if *x.at, err = ledger.LocalTime(zoneAt, "TIME", x.text); err != nil {
			return w, err
		}
	}
	if t.Date, err = optionalDate("date", cmd.Date); err != nil {
		return w, err
	}
	if t.Rest, err = optionalDate("rest", cmd.Rest); err != nil {
		return w, err
	}
	z, err := book.Zones.Zone(zoneAt(0))
	if err != nil {
		return w, err
	}
	w.Today = z.DateOf(w.Now.Seconds())
	if at := cmp.Or(t.From, t.At); t.Date == 0 && at != 0 {
		t.Date = z.DateOf(at.Seconds())
	}
	if w.Approval.Kind == request.Correction {
		w.Approval.Change = request.ChangeOf(cmd.Key, cmd.Punch, cmd.Time, cmd.Dir)
	}
	if missing := w.Approval.Lacks(); missing != "" {
		return w, domain.NewError(domain.Invalid, "usage_missing", "missing", "--"+missing)
	}
	return w, nil
}

func (c *console) showPreview(p evaluate.Preview) error {
	t, err := c.table("date", "code", ">before", ">after", ">difference", "exception", "state")
	if err != nil {
		return err
	}
	for _, d := range p.Days {
		for _, r := range d.Rows {
			err := t.add(d, d.Date.String(), r.Code, amount(r.Before), amount(r.After), (r.After.Seconds - r.Before.Seconds).HM(), "", "")
			if err != nil {
				return err
			}
		}
		for _, x := range []struct {
			state string
			list  []anomaly.Row
		}{{"closed", d.Closed}, {"opened", d.Opened}} {
			for _, a := range x.list {
				if err := t.add(d, d.Date.String(), "", "", "", "", a.Key(), c.word("labels.preview.", x.state)); err != nil {
					return err
				}
			}
		}
	}
	if err := t.end(); err != nil {
		return err
	}
	changed := []string{}
	for _, d := range p.Days {
		if d.Changed {
			changed = append(changed, d.Date.String())
		}
	}
	c.say("cli.preview", "dates", cmp.Or(strings.Join(changed, ", "), "-"))
	return nil
}

// amount is what a pay code has of a day.
func amount(q whatif.Quantity) string {
	switch {
	case q.Seconds != 0:
		return q.Seconds.HM()
	case q.Days != 0:
		return thousandths(q.Days) + " d"
	}
	return domain.Seconds(0).HM()
}
