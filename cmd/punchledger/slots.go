package main

import (
	"context"
	"strconv"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/inbox"
	"github.com/punchledger/punchledger/projections/slot"
)

type slotsCmd struct {
	Employee string `arg:"" help:"Employee."`
	From     string `help:"First date, 2026-10-01; a month before --to when left out." placeholder:"DATE"`
	To       string `help:"Last date, included; that of --at when left out." placeholder:"DATE"`
	At       string `help:"As of this instant (RFC 3339), after which no punch may lie; now when left out." placeholder:"INSTANT"`
	pastFlag
}

func (cmd *slotsCmd) Run(c *console) error {
	at, err := c.instant("--at", cmd.At)
	if err != nil {
		return err
	}
	return c.viewing(window{Employee: cmd.Employee, From: cmd.From, To: cmd.To, AsOf: cmd.AsOf}, func(v *view) error {
		if v.to == 0 {
			v.to = domain.DateOfUnix(at.Seconds()) + 1
		}
		if v.from == 0 {
			v.from = v.to - 31
		}
		days, err := v.slots(c.ctx, cmd.Employee, v.from, v.to, at)
		if err != nil {
			return err
		}
		return c.showSlots(v, days)
	})
}

// slots finds the punches of an employee that can be corrected.
func (v *view) slots(ctx context.Context, employee string, from, to domain.Date, at domain.Instant) (days []slot.Day, err error) {
	err = v.views.Moment(ctx, projections.AllViews, func(now projections.AllReader, tx projections.Tx, _ projections.Checkpoint) error {
		var filed []inbox.Filed
		err := now.Requests(ctx, employee, func(f inbox.Filed) error {
			filed = append(filed, f)
			return nil
		})
		if err == nil {
			days, err = v.projector().Slots(ctx, tx, employee, from, to, filed, at)
		}
		return err
	})
	return days, err
}

func (c *console) showSlots(v *view, days []slot.Day) error {
	t, err := c.table("date", "change", "direction", "at", "earliest", "latest", "plan", "exception", "deadline", ">left", "punch")
	if err != nil {
		return err
	}
	for _, d := range days {
		if c.cfg.Output == "json" {
			if err := t.add(d); err != nil {
				return err
			}
			continue
		}
		left := ""
		if d.Quota != nil {
			left = strconv.Itoa(d.Quota.Left)
		}
		for _, s := range d.Slots {
			clock := func(at domain.Instant) string {
				z, err := v.zones.Zone(d.Zone)
				if at == 0 || err != nil {
					return ""
				}
				return clockOn(z, d.Date, at.Seconds())
			}
			err := t.add(d, d.Date.String(), c.word("labels.change.", string(s.Change)), c.word("labels.dir.", string(s.Dir)), clock(s.At),
				clock(s.Earliest), clock(s.Latest), clock(s.Planned), s.Anomaly, d.Deadline.String(), left, s.Punch)
			if err != nil {
				return err
			}
		}
	}
	return t.end()
}
