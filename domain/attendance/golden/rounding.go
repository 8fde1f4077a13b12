package golden

import (
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// rounding translates rounding of punches and totals.
func (t *translation) rounding() {
	list := append(t.rules.objects("rounding"), t.roundingSets()...)
	for _, o := range list {
		t.round(o)
	}
	if n := t.rules.minutes("unpaid_meal_min"); n > 0 {
		t.doc.Breaks.Mode, t.doc.Breaks.Auto = "auto", []ruleset.AutoBreak{{Deduct: ruleset.Duration(n)}}
	}
	if s := t.context.texts("schedule"); len(s) == 2 {
		t.everyDay("D", ruleset.Shift{Kind: "fixed", Work: []ruleset.Span{{t.clock(s[0]), t.clock(s[1])}}})
	}
	if n := t.context.minutes("meal_deducted_min"); n > 0 {
		t.doc.Breaks.Mode, t.doc.Breaks.Auto = "auto", []ruleset.AutoBreak{{Deduct: ruleset.Duration(n)}}
	}
}

// roundingSets are sets of rules that are all applied: each set rounds the punches as the sets before have left them, and the duration
// is computed anew from them by the last set, so that the durations of the others leave no trace.
func (t *translation) roundingSets() []*object {
	sets := t.rules.objects("rounding_sets")
	if len(sets) == 0 {
		return nil
	}
	t.rules.oneOf("apply", "every matching set in turn, duration recomputed from the rounded punches by the last set")
	edges := map[string]*object{}
	for i, set := range sets {
		set.skip("name")
		for _, edge := range []string{"in", "out", "duration"} {
			o := set.object(edge)
			if o == nil {
				continue
			}
			if edge == "duration" && i < len(sets)-1 {
				o.skip(o.keys()...)
				continue
			}
			if edges[edge] != nil {
				t.lacks("punches that are rounded by one set after another")
			}
			o.values["applies_to"] = edge
			edges[edge] = o
		}
	}
	var out []*object
	for _, edge := range []string{"in", "out", "duration"} {
		if edges[edge] != nil {
			out = append(out, edges[edge])
		}
	}
	return out
}

// step reads what all kinds of rounding have in common.
func (t *translation) step(o *object) ruleset.RoundStep {
	s := ruleset.RoundStep{Every: ruleset.Duration(o.minutes("interval_min"))}
	switch o.oneOf("mode", "down", "up", "nearest_half_up", "nearest_half_down", "nearest_whole_minute_half_down", "nearest_whole_minute_half_up") {
	case "up":
		s.Dir = "up"
	case "nearest_half_up":
		s.Dir = "nearest"
	case "nearest_half_down":
		s.Dir = "nearest_down"
	case "nearest_whole_minute_half_up":
		s.Dir, s.WholeMinutes = "nearest", true
	case "nearest_whole_minute_half_down":
		s.Dir, s.WholeMinutes = "nearest_down", true
	default:
		s.Dir = "down"
	}
	grace := o.minutes("grace_min")
	if grace < 0 {
		t.lacks("grace below zero, which moves what lies on the grid")
	}
	s.Grace = ruleset.Duration(max(0, grace))
	return s
}

func (t *translation) round(o *object) {
	if t.doc.Rounding == nil {
		t.doc.Rounding = &ruleset.Rounding{Punch: &ruleset.RoundPunch{}}
	}
	r, s := t.doc.Rounding, t.step(o)
	c := o.object("condition")
	if c != nil {
		t.doc.Precision = "minute" // rules with conditions work on whole minutes: where one does not hold, seconds are dropped all the same
		s.Within = ruleset.Duration(c.minutes("within_min"))
		switch near := c.text("near"); near {
		case "schedule_start":
			s.Near = "start"
		case "schedule_end":
			s.Near = "end"
		default:
			s.Near = near
		}
	}
	sum := &ruleset.RoundSum{Every: s.Every, Dir: s.Dir, Grace: s.Grace, WholeMinutes: s.WholeMinutes, Within: s.Within}
	if c != nil {
		sum.Near = ruleset.Duration(c.minutes("total_near_min"))
	}
	switch o.oneOf("applies_to", "in", "out", "all", "instant", "duration", "day_total", "meal_total", "break_total") {
	case "in":
		r.Punch.In = append(r.Punch.In, s)
	case "out":
		r.Punch.Out = append(r.Punch.Out, s)
	case "all", "instant":
		r.Punch.In, r.Punch.Out = append(r.Punch.In, s), append(r.Punch.Out, s)
	case "duration":
		o.oneOf("per", "interval")
		if t.rules.has("overtime") {
			t.lacks("rounding of durations beside overtime")
		}
		r.Total = map[string]ruleset.RoundTotal{"REG": {Every: s.Every, Dir: s.Dir, Grace: s.Grace, WholeMinutes: s.WholeMinutes, Per: "interval"}}
	case "day_total":
		r.Worked = sum
	case "meal_total", "break_total":
		r.Breaks = sum
	}
}

// judgeRounding puts times or lengths to the grid of a rule.
func judgeRounding(m *comparison) {
	list := m.rules.objects("rounding")
	if len(list) != 1 {
		if len(list) > 1 {
			m.lacks("tables of several rules")
		}
		return
	}
	o := list[0]
	s := m.scenario()
	s.punch(s.zone.Start(firstDay, 0), "in")
	step := m.step(o)
	o.oneOf("applies_to", "instant", "duration")
	o.oneOf("per", "interval")
	s.doc.Rounding = &ruleset.Rounding{Punch: &ruleset.RoundPunch{In: ruleset.RoundSteps{step}}}
	if len(m.missing) > 0 {
		return
	}
	grid := s.results().run.Rules.RoundIn[0]
	times := m.expected.texts("rounded_punches")
	for i, p := range m.punches {
		p.oneOf("dir", "in", "out", "unknown")
		if at := m.instant(p.text("at")); i < len(times) {
			_, wall := m.zone.Wall(at)
			m.same("rounded_punches", at+grid.Apply(wall)-wall, m.instant(times[i]))
		}
	}
	var total domain.Seconds
	for _, r := range m.expected.objects("rows") {
		got := grid.Apply(domain.Seconds(r.number("seconds")))
		total += got
		if r.has("rounded_seconds") {
			m.same("rounded_seconds", got, r.number("rounded_seconds"))
		}
		m.minutes(r, "minutes", got)
	}
	if m.expected.has("total_seconds") {
		m.same("total_seconds", total, m.expected.number("total_seconds"))
	}
}

// rounded compares the times between which a day counts.
func (m *comparison) rounded() {
	e := m.expected
	var from, to []domain.Seconds
	for _, d := range m.worked() {
		if n := len(d.Segments); n > 0 {
			from, to = append(from, d.Segments[0].From), append(to, d.Segments[n-1].To)
		}
	}
	if list := e.texts("rounded_punches"); len(list) > 0 {
		if len(list) != 2 || len(from) != 1 {
			m.lacks("rounded punches of several intervals")
			return
		}
		m.same("rounded_punches", m.local(from[0])+" "+m.local(to[0]), list[0]+" "+list[1])
	}
	for key, at := range map[string][]domain.Seconds{"rounded_in": from, "rounded_out": to} {
		if e.has(key) {
			for _, x := range at {
				m.same(key, m.local(x)[11:16], e.text(key))
			}
		}
	}
}
