package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/daily"
)

type daysCmd struct{ window }

// Run lists days. Where a candidate runs beside the rules, its figures stand in columns of their own, with the pay codes that differ.
func (cmd *daysCmd) Run(c *console) error {
	return c.viewing(cmd.window, func(v *view) error {
		beside, err := v.hasShadows(c.ctx)
		if err != nil {
			return err
		}
		columns := []string{"date", "employee", "name", "kind", "shift", "in", "out", ">present", ">counted", ">late", ">early", "flags"}
		if beside {
			columns = append(columns, "shadow", ">shadow_counted", ">shadow_late", ">shadow_early", "shadow_flags", "shadow_rows")
		}
		t, err := c.table(columns...)
		if err != nil {
			return err
		}
		err = v.daysBeside(c.ctx, func(d projections.DayBeside) error {
			in, out := ends(v.zones, d.Day)
			cells := []string{
				d.Date.String(), d.Employee, v.names.of(d.Employee), c.word("labels.kind.", d.Kind.String()), d.Shift, in, out,
				d.Present.HM(), d.Counted.HM(), blank(d.Late), blank(d.Early), c.state(d.Day),
			}
			if beside {
				cells = append(cells, c.shadowCells(d.Shadow)...)
			}
			if d.Shadow == nil {
				return t.add(d.Day, cells...)
			}
			return t.add(d, cells...)
		})
		if err != nil {
			return err
		}
		return t.end()
	})
}

// hasShadows reports whether a shadow runs on any of the days; days under rules that were named have none.
func (v *view) hasShadows(ctx context.Context) (found bool, err error) {
	if v.window.Rules != "" {
		return false, nil
	}
	err = v.views.Shadows(ctx, v.query(), func(daily.Shadow) error {
		found = true
		return nil
	})
	return found, err
}

func (v *view) daysBeside(ctx context.Context, yield func(projections.DayBeside) error) error {
	if v.window.Rules != "" {
		return v.days(ctx, func(d daily.Row) error { return yield(projections.DayBeside{Row: d}) })
	}
	return projections.DaysBeside(ctx, v.views, v.query(), yield)
}

func (v *view) query() daily.Query {
	return daily.Query{Employee: v.window.Employee, From: v.from, To: v.to}
}

// shadowCells are the other column of a day.
func (c *console) shadowCells(b *projections.Beside) []string {
	if b == nil {
		return make([]string, 6)
	}
	var words []string
	for _, f := range b.Flags {
		words = append(words, c.word("labels.flag.", f))
	}
	return []string{
		b.Ruleset + " " + short(b.Hash), b.Counted.HM(), blank(b.Late), blank(b.Early), strings.Join(words, ", "),
		joined(differences(b.Live, b.Shadow.Rows)),
	}
}

// differences lists the pay codes that differ, with what they are under the rules and under the candidate.
func differences(live, shadow map[string]whatif.Quantity) (out []string) {
	codes := slices.Collect(maps.Keys(live))
	codes = append(codes, slices.Collect(maps.Keys(shadow))...)
	slices.Sort(codes)
	for _, code := range slices.Compact(codes) {
		a, b := live[code], shadow[code]
		a.Worth, b.Worth = 0, 0
		if a != b {
			out = append(out, fmt.Sprintf("%s %s → %s", code, amountOf(a), amountOf(b)))
		}
	}
	return out
}

func joined(list []string) string { return strings.Join(list, ", ") }

func amountOf(q whatif.Quantity) string {
	switch {
	case q.Seconds == 0 && q.Days != 0:
		return fmt.Sprintf("%.3g d", float64(q.Days)/1000)
	case q.Seconds == 0 && q.Count != 0:
		return fmt.Sprint(q.Count)
	}
	return q.Seconds.HM()
}
