package ruleset

import (
	"fmt"
	"maps"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

var roundDirs = []string{"up", "down", "nearest", "nearest_down"}

func (c *compiler) step(pointer string, s *RoundStep) Grid {
	if s == nil {
		return Grid{}
	}
	if s.Every <= 0 {
		c.fail("schema_invalid", pointer+"/every", "not_positive", s.Every.String())
	}
	g := Grid{
		Every: domain.Seconds(s.Every), Within: domain.Seconds(s.Within), Grace: domain.Seconds(s.Grace), WholeMinutes: s.WholeMinutes,
		Dir: RoundDir(c.choose(pointer+"/dir", s.Dir, roundDirs...)), Pointer: pointer,
	}
	switch s.Near {
	case "":
	case "start":
		g.Near = NearStart
	case "end":
		g.Near = NearEnd
	default:
		at, err := ParseClock(s.Near)
		if err != nil || domain.Seconds(at) >= domain.Day {
			c.word(pointer+"/near", s.Near)
		}
		g.Near, g.At = NearValue, domain.Seconds(at)
	}
	return g
}

func (c *compiler) steps(pointer string, list RoundSteps) []Grid {
	var out []Grid
	for i := range list {
		ptr := pointer
		if len(list) > 1 {
			ptr = fmt.Sprintf("%s/%d", pointer, i)
		}
		out = append(out, c.step(ptr, &list[i]))
	}
	return out
}

func (c *compiler) sum(pointer string, s *RoundSum) Grid {
	if s == nil {
		return Grid{}
	}
	g := c.step(pointer, &RoundStep{Every: s.Every, Dir: s.Dir, Grace: s.Grace, WholeMinutes: s.WholeMinutes, Within: s.Within})
	if s.Near > 0 {
		g.Near, g.At = NearValue, domain.Seconds(s.Near)
	}
	return g
}

func (c *compiler) rounding() {
	r := c.rules
	r.RoundTotal = make([]Grid, len(r.Codes))
	r.AdjustSteps = [4]AdjustStep{AdjustSnap, AdjustPunch, AdjustBreaks, AdjustWorked}
	d := c.doc.Rounding
	if d == nil {
		return
	}
	if d.Punch != nil {
		r.RoundIn = c.steps("/rounding/punch/in", d.Punch.In)
		r.RoundOut = c.steps("/rounding/punch/out", d.Punch.Out)
	}
	r.RoundBreaks = c.sum("/rounding/breaks", d.Breaks)
	r.RoundWorked = c.sum("/rounding/worked", d.Worked)
	c.order(d.Order)
	for _, id := range slices.Sorted(maps.Keys(d.Total)) {
		t, ptr := d.Total[id], "/rounding/total/"+Escape(id)
		i := c.code(ptr, id)
		if i >= 0 && r.Codes[i].Class != ClassBase {
			c.fail("lint_failed", ptr, "not_a_base_code", id)
		}
		if c.err == nil {
			g := c.step(ptr, &RoundStep{Every: t.Every, Dir: t.Dir, Grace: t.Grace, WholeMinutes: t.WholeMinutes})
			g.PerInterval = c.choose(ptr+"/per", t.Per, "day", "interval") == 1
			r.RoundTotal[i] = g
		}
	}
}

// order puts the steps that the document names first.
func (c *compiler) order(words []string) {
	var steps []AdjustStep
	for i, w := range words {
		ptr := fmt.Sprintf("/rounding/order/%d", i)
		s := AdjustStep(c.choose(ptr, w, "snap", "punch", "breaks", "worked"))
		if slices.Contains(steps, s) {
			c.fail("lint_failed", ptr, "named_twice", w)
			return
		}
		steps = append(steps, s)
	}
	for _, s := range c.rules.AdjustSteps {
		if !slices.Contains(steps, s) {
			steps = append(steps, s)
		}
	}
	copy(c.rules.AdjustSteps[:], steps)
}
