package main

import (
	"fmt"
	"iter"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections/register"
)

type registerCmd struct {
	List   registerListCmd   `cmd:"" default:"withargs" help:"List acts that changed somebody's pay, evidence, rights or device."`
	Totals registerTotalsCmd `cmd:"" help:"How many such acts each person made, and what time they credited or moved."`
}

// registerWindow bounds acts by the UTC date on which they were recorded, and by people.
type registerWindow struct {
	From   string `help:"Recorded on this date (UTC) or later." placeholder:"DATE"`
	To     string `help:"Recorded before the end of this date (UTC)." placeholder:"DATE"`
	By     string `help:"Only acts of this person." placeholder:"ID"`
	About  string `help:"Only acts about this employee, principal or device." placeholder:"ID"`
	Effect bool   `help:"Compute what each act did to the paid time of its subject, as it was known then. Takes a while."`
}

// acts returns the acts in the window.
func (w registerWindow) acts(c *console) (out []register.Act, err error) {
	from, to, err := window{From: w.From, To: w.To}.dates()
	if err != nil {
		return nil, err
	}
	read := c.logReading
	if w.Effect {
		read = c.reading
	}
	err = read(func(r *reader) error {
		for a, err := range register.Read(eventstore.Number(r.log.ReadAll(c.ctx, 0), 0, r.codec.Owns)) {
			if err != nil {
				return err
			}
			on := domain.DateOfUnix(a.RecordedAt.Seconds())
			if on < from || to != 0 && on > to || w.By != "" && a.Actor.ID != w.By || w.About != "" && a.Subject != w.About {
				continue
			}
			out = append(out, a)
		}
		if w.Effect {
			return r.effects(c.ctx, out)
		}
		return nil
	})
	return out, err
}

// columns adds those of effects, where they were asked for.
func (w registerWindow) columns(names ...string) []string {
	if w.Effect {
		names = append(names, ">gained", ">lost")
	}
	return names
}

type registerListCmd struct{ registerWindow }

func (cmd *registerListCmd) Run(c *console) error {
	t, err := c.table(cmd.columns(">position", "recorded_at", "actor", "act", "touches", "subject", "at", "reason", ">seconds")...)
	if err != nil {
		return err
	}
	acts, err := cmd.acts(c)
	if err != nil {
		return err
	}
	for _, a := range acts {
		cells := []string{
			fmt.Sprint(a.Position), a.RecordedAt.String(), a.Actor.ID, a.Act, c.word("labels.touches.", string(a.Touches)),
			a.Subject, a.On, a.Reason, secondsNamed(a.Seconds),
		}
		if cmd.Effect {
			gained, lost := gainedNamed(a.Effect)
			cells = append(cells, gained, lost)
		}
		if err := t.add(a, cells...); err != nil {
			return err
		}
	}
	return t.end()
}

// secondsNamed is the seconds that an act names, or nothing.
func secondsNamed(s domain.Seconds) string {
	if s == 0 {
		return ""
	}
	return fmt.Sprint(int64(s))
}

type registerTotalsCmd struct{ registerWindow }

func (cmd *registerTotalsCmd) Run(c *console) error {
	acts, err := cmd.acts(c)
	if err != nil {
		return err
	}
	list, err := register.Totals(each(acts))
	if err != nil {
		return err
	}
	t, err := c.table(cmd.columns("actor", "act", "touches", ">count", ">people", ">more", ">less")...)
	if err != nil {
		return err
	}
	for _, x := range list {
		cells := []string{
			x.Actor, x.Act, c.word("labels.touches.", string(x.Touches)), fmt.Sprint(x.Count), fmt.Sprint(x.People), secondsNamed(x.More),
			secondsNamed(x.Less),
		}
		if cmd.Effect {
			cells = append(cells, secondsNamed(x.Gained), secondsNamed(-x.Lost))
		}
		if err := t.add(x, cells...); err != nil {
			return err
		}
	}
	return t.end()
}

// each yields what is there already.
func each(acts []register.Act) iter.Seq2[register.Act, error] {
	return func(yield func(register.Act, error) bool) {
		for _, a := range acts {
			if !yield(a, nil) {
				return
			}
		}
	}
}
