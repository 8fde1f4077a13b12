package ruleset

import (
	"fmt"
	"maps"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

func spans(in []Span) []ClockSpan {
	var out []ClockSpan
	for _, s := range in {
		out = append(out, ClockSpan{domain.Seconds(s[0]), domain.Seconds(s[1])})
	}
	return out
}

// ascending reports a list of spans that are empty, overlap or go backwards.
func (c *compiler) ascending(pointer string, list []ClockSpan) {
	for i, s := range list {
		if s.To <= s.From || i > 0 && s.From < list[i-1].To {
			c.fail("lint_failed", fmt.Sprintf("%s/%d", pointer, i), "span_order", "")
		}
	}
}

func (c *compiler) shifts() {
	ids := slices.Sorted(maps.Keys(c.doc.Shifts))
	if len(ids) > 62 {
		c.fail("lint_failed", "/shifts", "too_many_shifts", fmt.Sprint(len(ids)))
	}
	for _, id := range ids {
		s, ptr := c.doc.Shifts[id], "/shifts/"+Escape(id)
		out := ShiftRule{
			ID: id, Pointer: ptr, Zone: s.Timezone, Work: spans(s.Work), Core: spans(s.Core), Breaks: spans(s.Breaks), BreakAt: -1,
			Required: domain.Seconds(s.Required), Tags: c.rules.TagBits(s.Tags),
			Kind:   ShiftKind(c.choose(ptr+"/kind", s.Kind, "fixed", "flex", "open")),
			Points: Points(c.choose(ptr+"/points", s.Points, "ends", "all", "first", "none")),
		}
		if s.BreakAt != nil {
			out.BreakAt = domain.Seconds(*s.BreakAt)
		}
		if s.Window != nil {
			out.Before, out.After = domain.Seconds(s.Window.Before), domain.Seconds(s.Window.After)
		}
		for _, l := range s.LateLeave {
			out.LateLeave = append(out.LateLeave, LateRule{domain.Seconds(l.After), domain.Seconds(l.ShiftStartBy)})
		}
		if y := s.Standby; y != nil {
			out.Standby = StandbyRule{Hours: spans(y.Hours), Qty: domain.Seconds(y.Qty), Code: c.code(ptr+"/standby/code", y.Code), Percent: c.percent(ptr+"/standby/share", y.Share)}
			c.ascending(ptr+"/standby/hours", out.Standby.Hours)
		}
		slices.SortFunc(out.LateLeave, func(a, b LateRule) int { return int(a.After - b.After) })
		c.plan(&out, &s)
		c.rules.Shifts = append(c.rules.Shifts, out)
	}
}

// plan checks that the shift has what its kind needs.
func (c *compiler) plan(out *ShiftRule, s *Shift) {
	switch out.Kind {
	case ShiftFixed:
		if len(out.Work) == 0 || len(out.Work) > MaxBlocks {
			c.fail("schema_invalid", out.Pointer+"/work", "block_count", fmt.Sprint(len(out.Work)))
		}
	case ShiftFlex:
		if s.Start == nil || s.Required <= 0 {
			c.fail("schema_invalid", out.Pointer, "flex_needs_start_and_required", "")
			return
		}
		out.Earliest, out.Latest = domain.Seconds(s.Start[0]), domain.Seconds(s.Start[1])
		if out.Latest < out.Earliest || len(out.Breaks) >= MaxBlocks {
			c.fail("lint_failed", out.Pointer+"/start", "span_order", "")
		}
	case ShiftOpen:
		out.Work = spans(s.Plan)
	}
	c.ascending(out.Pointer+"/work", out.Work)
	c.ascending(out.Pointer+"/core", out.Core)
	c.ascending(out.Pointer+"/breaks", out.Breaks)
}

// MaxBlocks is the greatest number of work blocks of one day.
const MaxBlocks = 8

func (c *compiler) breaks() {
	b, r := &c.doc.Breaks, c.rules
	r.Breaks = BreakRules{
		Mode:     BreakMode(c.choose("/breaks/mode", b.Mode, "planned", "auto", "punched")),
		Punched:  PunchedBreaks(c.choose("/breaks/punched", b.Punched, "within", "anywhere", "ignore")),
		MinPiece: domain.Seconds(b.MinPiece), PaidUpto: domain.Seconds(b.PaidUpto),
	}
	for i, a := range b.Auto {
		r.Breaks.Auto = append(r.Breaks.Auto, AutoRule{
			Over: domain.Seconds(a.WorkedOver), Deduct: domain.Seconds(a.Deduct), Pointer: fmt.Sprintf("/breaks/auto/%d", i),
		})
	}
	for i, x := range b.Credit {
		r.Breaks.Credit = append(r.Breaks.Credit, CreditRule{
			Over: domain.Seconds(x.WorkedOver), Add: domain.Seconds(x.Add), First: x.FirstOnly, Pointer: fmt.Sprintf("/breaks/credit/%d", i),
		})
	}
	r.Breaks.AtTrigger = c.choose("/breaks/auto_place", b.AutoPlace, "middle", "threshold") == 1
	r.Breaks.Regular, r.Breaks.Thresholds = len(b.CountsIn) == 0, len(b.CountsIn) == 0
	for i, w := range b.CountsIn {
		regular := c.choose(fmt.Sprintf("/breaks/counts_in/%d", i), w, "regular", "thresholds") == 0
		r.Breaks.Regular, r.Breaks.Thresholds = r.Breaks.Regular || regular, r.Breaks.Thresholds || !regular
	}
	for i, y := range b.Comply {
		ptr := fmt.Sprintf("/breaks/comply/%d", i)
		out := ComplyRule{
			ID: y.ID, Pointer: ptr, Over: domain.Seconds(y.WorkedOver), Need: domain.Seconds(y.Need), Nth: y.Nth, Pay: -1,
			StartBy: domain.Seconds(y.StartBy), WaivedUpto: domain.Seconds(y.WaivedUpto), Qty: domain.Seconds(y.Qty),
		}
		if y.Pay != "" {
			out.Pay, out.MaxPaid = c.code(ptr+"/pay", y.Pay), b.MaxPremiums[y.Pay]
		}
		r.Breaks.Comply = append(r.Breaks.Comply, out)
	}
	for id := range b.MaxPremiums {
		c.code("/breaks/max_premiums/"+Escape(id), id)
	}
}

func (c *compiler) presence() {
	p, r := &c.doc.Presence, c.rules
	r.LateEdge = c.edge("/presence/late", p.Late, "start")
	r.EarlyEdge = c.edge("/presence/early", p.Early, "end")
	r.MissingOne, r.MissingBoth = "incomplete", "absent"
	outcomes := []string{"incomplete", "absent_half", "absent"}
	if m := p.Missing; m != nil {
		if m.One != "" {
			r.MissingOne = outcomes[c.choose("/presence/missing/one", m.One, outcomes...)]
		}
		if m.Both != "" {
			r.MissingBoth = outcomes[c.choose("/presence/missing/both", m.Both, outcomes...)]
		}
	}
	if p.Worked != nil {
		r.HalfBelow, r.AbsentBelow = domain.Seconds(p.Worked.HalfBelow), domain.Seconds(p.Worked.AbsentBelow)
	}
	if p.Pardon != nil {
		c.choose("/presence/pardon/per", p.Pardon.Per, "month")
		r.Pardons, r.PardonUpto = p.Pardon.Count, domain.Seconds(p.Pardon.Upto)
	}
}

func (c *compiler) edge(pointer string, e *Edge, from string) EdgeRule {
	if e == nil {
		return EdgeRule{}
	}
	out := EdgeRule{Said: true, Pointer: pointer, Grace: domain.Seconds(e.Grace), Snap: e.Snap}
	out.FromGraceEnd = c.choose(pointer+"/from", e.From, from, "grace_end") == 1
	outcomes := []string{"late", "late_serious", "early_leave", "short_hours", "absent_half", "absent", "incomplete"}
	for i, t := range e.Tiers {
		ptr := fmt.Sprintf("%s/tiers/%d", pointer, i)
		c.choose(ptr+"/as", t.As, outcomes...)
		if i > 0 && t.Over <= e.Tiers[i-1].Over {
			c.fail("lint_failed", ptr, "tiers_not_ascending", t.Over.String())
		}
		out.Tiers = append(out.Tiers, TierRule{Over: domain.Seconds(t.Over), As: t.As, Pointer: ptr})
	}
	return out
}

func (c *compiler) leave() {
	c.rules.Leaves = make(map[string]LeaveRule, len(c.doc.Leave))
	for _, id := range slices.Sorted(maps.Keys(c.doc.Leave)) {
		l, ptr := c.doc.Leave[id], "/leave/"+Escape(id)
		c.rules.Leaves[id] = LeaveRule{Code: c.code(ptr+"/code", l.Code), Worked: l.Worked, Pointer: ptr}
	}
	if t := c.doc.Trip; t != nil {
		c.choose("/trip/credit", t.Credit, "plan")
		c.choose("/trip/punches", t.Punches, "optional", "required")
	}
	if r := c.doc.Remote; r != nil {
		c.choose("/remote/credit", r.Credit, "plan")
		c.rules.RemoteCredits = true
	}
}
