package main

import (
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/projections"
)

type spreadCmd struct {
	Employee string `arg:"" help:"Employee."`
	Length   string `arg:"" help:"How long the time off is in all, such as 6h."`
	From     string `help:"First date, 2026-10-01." placeholder:"DATE" required:""`
	To       string `help:"Last date, included." placeholder:"DATE" required:""`
}

// Run shows how time off of one length lies over several dates, each line a request that can be submitted.
func (cmd *spreadCmd) Run(c *console) error {
	length, err := lengthOfTime("LENGTH", cmd.Length)
	if err != nil {
		return err
	}
	return c.viewing(window{Employee: cmd.Employee, From: cmd.From, To: cmd.To}, func(v *view) error {
		var shares []attendance.Share
		var here string
		err := v.views.Read(c.ctx, func(tx projections.Tx) (err error) {
			shares, here, err = v.projector().Spread(c.ctx, tx, cmd.Employee, v.from, v.to+1, length)
			return err
		})
		if err != nil {
			return err
		}
		return c.showShares(v, shares, here, length)
	})
}

func (c *console) showShares(v *view, shares []attendance.Share, here string, length domain.Seconds) error {
	z, err := v.zones.Zone(here)
	if err != nil {
		return err
	}
	t, err := c.table("date", ">plan", ">free", ">hours", "from", "to")
	if err != nil {
		return err
	}
	left := length
	for _, s := range shares {
		left -= s.Length
		cells := []string{s.Date.String(), s.Planned.HM(), s.Free.HM(), s.Length.HM()}
		if c.cfg.Output == "json" || len(s.Off) == 0 {
			if err := t.add(s, append(cells, "", "")...); err != nil {
				return err
			}
			continue
		}
		for _, x := range s.Off {
			if err := t.add(s, append(cells, clockOn(z, s.Date, x.From), clockOn(z, s.Date, x.To))...); err != nil {
				return err
			}
			cells = []string{s.Date.String(), "", "", ""}
		}
	}
	if left > 0 {
		c.say("cli.spread_rest", "left", left.HM(), "length", length.HM())
	}
	return t.end()
}
