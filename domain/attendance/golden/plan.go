package golden

import (
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
)

var weekdays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// plan writes shifts and schedule: shifts that are assigned, a schedule of the week, flexible hours, or nothing planned at all.
func (t *translation) plan() {
	switch {
	case t.rules.has("shifts"):
		t.shifts()
	case t.rules.has("schedule"):
		t.schedule()
	default:
		t.everyDay("open", ruleset.Shift{Kind: "open"})
	}
}

func (t *translation) everyDay(id string, s ruleset.Shift) {
	t.doc.Shifts[id] = s
	for _, d := range weekdays {
		t.doc.Schedule.Weekly[d] = id
	}
	t.doc.Schedule.Holiday = id
}

// shifts translates shifts with their assignments: the default one is the plan of every day, an assigned one is rostered.
func (t *translation) shifts() {
	for _, s := range t.rules.objects("shifts") {
		from, to := t.clock(s.text("start")), t.clock(s.text("end"))
		if s.yes("ends_next_day") {
			to += ruleset.Clock(domain.Day)
		}
		// Edges of a window belong to it, so that it ends a second later.
		w := &ruleset.Window{Before: ruleset.Duration(s.minutes("accept_before_start_min")), After: ruleset.Duration(s.minutes("accept_after_end_min") + 1)}
		t.doc.Shifts[s.text("id")] = ruleset.Shift{Kind: "fixed", Work: []ruleset.Span{{from, to}}, Window: w}
	}
	for _, d := range weekdays {
		t.doc.Schedule.Weekly[d] = "rest"
	}
	if id := t.rules.text("default_shift"); id != "" {
		for _, d := range weekdays {
			t.doc.Schedule.Weekly[d] = id
		}
	}
	for _, a := range t.rules.objects("assignments") {
		t.roster(a.text("shift"), a.text("from"), a.text("to"))
	}
	slices.SortStableFunc(t.facts.Roster, func(a, b attendance.RosterDay) int { return int(a.Date - b.Date) })
}

// horizon is how far an assignment without an end is rostered.
const horizon = 62

func (t *translation) roster(shift, from, to string) {
	first := t.date(from)
	last := first + horizon
	if to != "" {
		last = t.date(to)
	}
	for d := first; d <= last; d++ {
		t.facts.Roster = append(t.facts.Roster, attendance.RosterDay{Date: d, Shift: shift})
	}
}

// schedule translates the hours of a week. A time between two intervals that is scheduled as unpaid is a break of the plan.
func (t *translation) schedule() {
	s := t.rules.object("schedule")
	if tz := s.text("timezone"); tz != "" && tz != t.c.Timezone {
		t.lacks("zone of the schedule beside that of the punches")
	}
	switch s.oneOf("kind", "flexible", "none") {
	case "flexible":
		t.perDay, t.scheduled = s.minutes("minutes_per_day"), true
		s.minutes("minutes_per_week") // the sum of the days; no rule of a day looks at it
		t.everyDay("flexible", ruleset.Shift{Kind: "open"})
		return
	case "none":
		t.everyDay("open", ruleset.Shift{Kind: "open"})
		return
	}
	var work []ruleset.Span
	for _, v := range s.list("intervals") {
		pair, ok := v.([]any)
		if !ok || len(pair) != 2 {
			t.lacks("schedule interval %v", v)
			continue
		}
		from, _ := pair[0].(string)
		to, _ := pair[1].(string)
		work = append(work, ruleset.Span{t.clock(from), t.clock(to)})
		t.perDay += domain.Seconds(t.clock(to) - t.clock(from))
	}
	t.scheduled = true
	t.unpaidBreak(s.texts("unpaid_break"), work)
	t.doc.Shifts["D"] = ruleset.Shift{Kind: "fixed", Work: work}
	t.doc.Breaks.Mode = "planned"
	t.doc.Schedule.Holiday = "rest"
	days := s.oneOf("days", "mon-fri", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
	for i, d := range weekdays {
		t.doc.Schedule.Weekly[d] = "rest"
		if days == d || days == "mon-fri" && i < 5 {
			t.doc.Schedule.Weekly[d] = "D"
		}
	}
}

// unpaidBreak checks that the break is the gap of the plan: gaps of up to two hours are breaks, whatever was punched in them.
func (t *translation) unpaidBreak(b []string, work []ruleset.Span) {
	gaps := []ruleset.Span{}
	for i := 1; i < len(work); i++ {
		gaps = append(gaps, ruleset.Span{work[i-1][1], work[i][0]})
	}
	if len(b) == 2 && !slices.Contains(gaps, ruleset.Span{t.clock(b[0]), t.clock(b[1])}) {
		t.lacks("unpaid break inside the hours of the schedule")
	}
}

// pairing translates how punches become intervals.
func (t *translation) pairing() {
	source, span := t.rules.oneOf("direction_source", "alternating", "declared"), t.rules.oneOf("worked_span", "first_in_to_last_out", "sum_of_pairs")
	switch {
	case span == "first_in_to_last_out":
		t.doc.Punch.Pair = "first_last"
	case source == "alternating":
		t.doc.Punch.Pair = "alternate"
	}
	if zero := ruleset.Duration(0); t.doc.Punch.Pair != "typed" {
		t.doc.Punch.MaxOpen = &zero
	}
}

// presence translates lateness and the thresholds of the day's status.
func (t *translation) presence() {
	edge := func(mark, grace, as string) *ruleset.Edge {
		e := &ruleset.Edge{Grace: ruleset.Duration(t.rules.minutes(grace)), Tiers: []ruleset.Tier{{As: as}}}
		if !t.rules.yes(mark) {
			return nil
		}
		return e
	}
	p := &t.doc.Presence
	p.Late, p.Early = edge("mark_late", "late_grace_min", "late"), edge("mark_early", "early_grace_min", "early_leave")
	half, absent := t.rules.minutes("half_day_below_min"), t.rules.minutes("absent_below_min")
	if half > 0 || absent > 0 {
		p.Worked = &ruleset.Worked{HalfBelow: ruleset.Duration(half), AbsentBelow: ruleset.Duration(absent)}
	}
}

// calendar translates holidays into a calendar of their own.
func (t *translation) calendar() {
	if t.rules.has("holidays") {
		for _, v := range t.rules.list("holidays") {
			s, ok := v.(string)
			if !ok {
				t.lacks("holidays of a scope")
				continue
			}
			t.doc.Calendar = t.id()
			t.holidays = append(t.holidays, schedule.CalendarDay{Date: t.date(s), Kind: schedule.Holiday})
		}
	}
	if t.rules.has("mark_on_holidays") && t.rules.yes("mark_on_holidays") {
		t.lacks("attendance on holidays")
	}
}

// leaves translates leave of whole and half days: a half one is the half of the plan that the punches leave free.
func (t *translation) leaves() {
	if !t.rules.has("leave") {
		t.rules.value("leave")
		return
	}
	for _, v := range t.rules.list("leave") {
		t.lacks("leave")
		_ = v
	}
}

// status translates who is employed, and up to when all is known.
func (t *translation) status() {
	if t.rules.oneOf("employee_status", "active", "inactive") == "inactive" {
		t.facts.Employment = nil
	}
	if s := t.rules.text("process_from"); s != "" {
		t.date(s)
	}
}
