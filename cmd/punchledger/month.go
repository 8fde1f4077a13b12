package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/month"
)

type monthCmd struct {
	Employee string `arg:"" help:"Employee."`
	Month    string `arg:"" help:"Month, 2026-10."`
	pastFlag
}

func (cmd *monthCmd) Run(c *console) error {
	first, err := monthOf(cmd.Month)
	if err != nil {
		return err
	}
	return c.viewing(window{Employee: cmd.Employee, AsOf: cmd.AsOf}, func(v *view) error {
		own, err := v.month(c.ctx, cmd.Employee, first)
		if err != nil {
			return err
		}
		if c.cfg.Output == "json" {
			return printJSON(c.Out, own)
		}
		return c.showMonth(v, own)
	})
}

// monthOf reads 2026-10.
func monthOf(s string) (domain.Date, error) {
	t, err := time.Parse("2006-01", s)
	if err != nil {
		return 0, wrongValue("MONTH", s, "not_a_month")
	}
	return domain.NewDate(t.Year(), t.Month(), 1), nil
}

// month reads the month of an employee on one moment of the views.
func (v *view) month(ctx context.Context, employee string, first domain.Date) (own month.Own, err error) {
	err = v.views.Moment(ctx, projections.AllViews, func(now projections.AllReader, tx projections.Tx, _ projections.Checkpoint) error {
		plans, err := v.projector().Outlooks(ctx, tx, employee, first, first.AddMonths(1)-1)
		if err != nil {
			return err
		}
		own, err = month.OwnOf(ctx, now, employee, first, plans)
		return err
	})
	return own, err
}

func (c *console) showMonth(v *view, own month.Own) error {
	t, err := c.table("date", "week", "kind", "shift", "in", "out", ">counted", ">late", "codes", "flags", "exceptions", "requests")
	if err != nil {
		return err
	}
	for _, d := range own.Days {
		var kind, shift, in, out, counted, late, state string
		if d.Plan != nil {
			kind, shift = c.word("labels.kind.", d.Plan.Kind.String()), d.Plan.Shift
		}
		if r := d.Result; r != nil {
			kind, shift = c.word("labels.kind.", r.Kind.String()), r.Shift
			in, out = ends(v.zones, *r)
			counted, late, state = r.Counted.HM(), blank(r.Late), c.state(*r)
		}
		var codes, keys []string
		for _, x := range d.Codes {
			codes = append(codes, x.Code+" "+codeQuantity(x))
		}
		for _, a := range d.Anomalies {
			keys = append(keys, a.Key())
		}
		err := t.add(d, d.Date.String(), d.Week, kind, shift, in, out, counted, late, strings.Join(codes, ", "), state, strings.Join(keys, " "),
			strings.Join(d.Requests, " "))
		if err != nil {
			return err
		}
	}
	if err := t.end(); err != nil {
		return err
	}
	s := own.Sums
	c.say("cli.month_sums", "days", strconv.Itoa(s.Days), "counted", s.Counted.HM(), "planned", s.Planned.HM(), "overtime", s.Overtime.HM(),
		"late", s.Late.HM(), "late_days", strconv.Itoa(s.LateDays), "open", strconv.Itoa(s.Open), "waiting", strconv.Itoa(len(own.Waiting)))
	return nil
}

func codeQuantity(x month.Code) string {
	switch {
	case x.Seconds != 0:
		return x.Seconds.HM()
	case x.Days != 0:
		return thousandths(x.Days) + " d"
	}
	return strconv.Itoa(x.Count)
}

func thousandths(n int) string { return fmt.Sprintf("%d.%03d", n/1000, n%1000) }

type teamCmd struct {
	Month   string `arg:"" help:"Month, 2026-10."`
	Manager string `help:"Only whom this employee leads on the month's last day." placeholder:"ID"`
	Group   string `help:"Only this attendance group." placeholder:"ID"`
	After   string `help:"Go on behind this employee." placeholder:"ID"`
	Limit   int    `help:"How many people; 0 is all." default:"0"`
	pastFlag
}

func (cmd *teamCmd) Run(c *console) error {
	first, err := monthOf(cmd.Month)
	if err != nil {
		return err
	}
	if cmd.Limit < 0 {
		return wrongValue("--limit", strconv.Itoa(cmd.Limit), "not_a_number")
	}
	return c.viewing(window{AsOf: cmd.AsOf}, func(v *view) error {
		only, err := cmd.only(c, v, first.AddMonths(1)-1)
		if err != nil {
			return err
		}
		team, err := month.TeamOf(c.ctx, v.views, month.Query{Month: first, After: cmd.After, Limit: cmd.Limit, Only: only})
		if err != nil {
			return err
		}
		if c.cfg.Output == "json" {
			return printJSON(c.Out, team)
		}
		return c.showTeam(v, team, first)
	})
}

// only says who is asked for; nil is everybody.
func (cmd *teamCmd) only(c *console, v *view, on domain.Date) (func(string) bool, error) {
	if cmd.Manager == "" && cmd.Group == "" {
		return nil, nil
	}
	chosen := map[string]bool{}
	err := v.views.Read(c.ctx, func(tx projections.Tx) error {
		for _, p := range v.names.people {
			if cmd.Group != "" && p.Group != cmd.Group {
				continue
			}
			if cmd.Manager != "" {
				manager, err := v.projector().Manager(c.ctx, tx, p.Employee, on)
				if err != nil {
					return err
				}
				if manager != cmd.Manager {
					continue
				}
			}
			chosen[p.Employee] = true
		}
		return nil
	})
	return func(employee string) bool { return chosen[employee] }, err
}

func (c *console) showTeam(v *view, team month.Team, first domain.Date) error {
	columns := []string{"employee", "name", ">counted", ">overtime", ">late", ">absent", ">open"}
	t, err := c.table(columns...)
	if err != nil {
		return err
	}
	last := first.AddMonths(1) - 1
	for d := first; d <= last; d++ {
		_, _, day := d.Civil()
		t.columns = append(t.columns, column{label: strconv.Itoa(day), name: d.String(), right: true})
	}
	if t.csv != nil {
		t, err = newTable("csv", c.Out, t.columns...)
		if err != nil {
			return err
		}
	}
	for _, p := range team.People {
		row := []string{
			p.Employee, v.names.of(p.Employee), p.Sums.Counted.HM(), blank(p.Sums.Overtime), blank(p.Sums.Late), absences(p.Sums.Absent),
			strconv.Itoa(p.Sums.Open),
		}
		cells := make([]string, last-first+1)
		for _, x := range p.Cells {
			cells[x.Date-first] = c.cell(x)
		}
		if err := t.add(p, append(row, cells...)...); err != nil {
			return err
		}
	}
	if err := t.end(); err != nil {
		return err
	}
	if team.Next != "" {
		c.say("cli.team_next", "after", team.Next)
	}
	return nil
}

func absences(n int) string {
	if n == 0 {
		return ""
	}
	return thousandths(n)
}

// cell is a day in a few characters: its hours, L late, A absent, P leave, ! open exceptions, * corrected, ? pending.
func (c *console) cell(x month.Cell) string {
	var b strings.Builder
	if x.Counted != 0 {
		b.WriteString(x.Counted.HM())
	}
	for _, mark := range []struct {
		set  bool
		text string
	}{
		{x.Late > 0, "L"}, {x.Absent > 0, "A"}, {x.Leave > 0, "P"}, {x.Open > 0, "!"}, {x.Corrected, "*"}, {x.Pending, "?"},
	} {
		if mark.set {
			b.WriteString(mark.text)
		}
	}
	return b.String()
}
