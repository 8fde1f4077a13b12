package main

import (
	"cmp"
	"fmt"
	"slices"

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
	From  string `help:"Recorded on this date (UTC) or later." placeholder:"DATE"`
	To    string `help:"Recorded before the end of this date (UTC)." placeholder:"DATE"`
	By    string `help:"Only acts of this person." placeholder:"ID"`
	About string `help:"Only acts about this employee, principal or device." placeholder:"ID"`
}

// each calls f for every act in the window.
func (w registerWindow) each(c *console, f func(register.Act) error) error {
	from, to, err := window{From: w.From, To: w.To}.dates()
	if err != nil {
		return err
	}
	return c.logReading(func(r *reader) error {
		for a, err := range register.Read(eventstore.Number(r.log.ReadAll(c.ctx, 0), 0, r.codec.Owns)) {
			if err != nil {
				return err
			}
			on := domain.DateOfUnix(a.RecordedAt.Seconds())
			if on < from || to != 0 && on > to || w.By != "" && a.Actor.ID != w.By || w.About != "" && a.Subject != w.About {
				continue
			}
			if err := f(a); err != nil {
				return err
			}
		}
		return nil
	})
}

type registerListCmd struct{ registerWindow }

func (cmd *registerListCmd) Run(c *console) error {
	t, err := c.table(">position", "recorded_at", "actor", "act", "touches", "subject", "at", "reason", ">seconds")
	if err != nil {
		return err
	}
	err = cmd.each(c, func(a register.Act) error {
		return t.add(a, fmt.Sprint(a.Position), a.RecordedAt.String(), a.Actor.ID, a.Act, c.word("labels.touches.", string(a.Touches)),
			a.Subject, a.On, a.Reason, secondsNamed(a.Seconds))
	})
	if err != nil {
		return err
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

// registerTotal is what one person did in one way.
type registerTotal struct {
	Actor   string         `json:"actor"`
	Act     string         `json:"act"`
	Touches register.Touch `json:"touches"`
	Count   int            `json:"count"`
	People  int            `json:"people"` // whom it was about
	More    domain.Seconds `json:"more"`   // credited, or by which punches became later
	Less    domain.Seconds `json:"less"`   // by which punches became earlier
	about   map[string]bool
}

func (cmd *registerTotalsCmd) Run(c *console) error {
	totals := map[[2]string]*registerTotal{}
	err := cmd.each(c, func(a register.Act) error {
		key := [2]string{a.Actor.ID, a.Act}
		if totals[key] == nil {
			totals[key] = &registerTotal{Actor: a.Actor.ID, Act: a.Act, Touches: a.Touches, about: map[string]bool{}}
		}
		x := totals[key]
		x.Count++
		x.about[a.Subject] = true
		x.People, x.More, x.Less = len(x.about), x.More+max(a.Seconds, 0), x.Less+min(a.Seconds, 0)
		return nil
	})
	if err != nil {
		return err
	}
	t, err := c.table("actor", "act", "touches", ">count", ">people", ">more", ">less")
	if err != nil {
		return err
	}
	list := make([]*registerTotal, 0, len(totals))
	for _, x := range totals {
		list = append(list, x)
	}
	slices.SortFunc(list, func(a, b *registerTotal) int { return cmp.Or(cmp.Compare(a.Actor, b.Actor), cmp.Compare(a.Act, b.Act)) })
	for _, x := range list {
		err := t.add(x, x.Actor, x.Act, c.word("labels.touches.", string(x.Touches)), fmt.Sprint(x.Count), fmt.Sprint(x.People),
			secondsNamed(x.More), secondsNamed(x.Less))
		if err != nil {
			return err
		}
	}
	return t.end()
}
