package golden

import (
	"fmt"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
)

var weekdays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// plan writes shifts and schedule: shifts that are assigned, a schedule of the week, flexible hours, or nothing planned at all.
func (t *translation) plan() {
	switch {
	case t.rules.has("planned_minutes"):
		t.plannedMinutes()
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
	t.doc.Punch.OffShift = "leave_out"
	t.rules.yes("allow_several_shifts_per_day") // what is assigned says it
	for _, d := range weekdays {
		t.doc.Schedule.Weekly[d] = "rest"
	}
	id := t.rules.text("default_shift")
	if o := t.context.object("default_shift_by_employee"); o != nil {
		id = o.text(t.employee)
		o.skip(o.keys()...)
	}
	if id != "" {
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
	zone := s.text("timezone")
	if zone == t.c.Timezone {
		zone = ""
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
	work := t.spans(s, "intervals")
	for _, w := range work {
		t.perDay += domain.Seconds(w[1] - w[0])
	}
	t.scheduled = true
	t.unpaidBreak(s.texts("unpaid_break"), work)
	t.doc.Shifts["D"] = ruleset.Shift{Kind: "fixed", Work: work, Timezone: zone}
	t.doc.Breaks.Mode = "planned"
	t.doc.Schedule.Holiday = "rest"
	t.ownDates()
	days := s.oneOf("days", "mon-fri", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
	for i, d := range weekdays {
		t.doc.Schedule.Weekly[d] = "rest"
		if days == d || days == "mon-fri" && i < 5 {
			t.doc.Schedule.Weekly[d] = "D"
		}
	}
	if o := s.object("exceptions"); o != nil {
		for _, d := range o.keys() {
			t.doc.Shifts[d] = ruleset.Shift{Kind: "fixed", Work: t.spans(o, d), Timezone: zone}
			t.doc.Schedule.Weekly[d] = d
		}
	}
	if o := s.object("two_weeks"); o != nil {
		t.twoWeeks(o, zone)
	}
}

// ownDates gives all time to its own date, with the kind and the plan of that date. A case whose plan is a calendar of hours, and which
// says nothing else, has no shift that a date could own.
func (t *translation) ownDates() {
	d := &t.doc.Day
	if d.Assign != "" || d.OTDay != "" {
		return
	}
	d.OTDay, d.Civil = "split", []string{"work", "rest", "legal_rest", "holiday", "statutory", "makeup", "special"}
}

// twoWeeks turns the plan of a week into a rotation of two that differ on some days. A case names no first week: weeks are counted from
// the Monday that began the year 1, and the even ones are the first, as calendars of two weeks do that have no anchor of their own.
func (t *translation) twoWeeks(o *object, zone string) {
	cycle := []string{}
	for _, week := range []string{"first", "second"} {
		days := o.object(week)
		for _, d := range weekdays {
			id := t.doc.Schedule.Weekly[d]
			if days.has(d) {
				id = week + "_" + d
				t.doc.Shifts[id] = ruleset.Shift{Kind: "fixed", Work: t.spans(days, d), Timezone: zone}
			}
			cycle = append(cycle, id)
		}
	}
	t.doc.Schedule.Rotate, t.doc.Schedule.Weekly = &ruleset.Rotate{Anchor: firstDay, Cycle: cycle}, nil
	if weeks := int(firstDay-domain.NewDate(1, 1, 1)) / 7; weeks%2 != 0 {
		t.doc.Schedule.Rotate.Anchor -= 7
	}
}

// spans reads a list of pairs of times.
func (t *translation) spans(o *object, key string) []ruleset.Span {
	var work []ruleset.Span
	for _, v := range o.list(key) {
		pair, ok := v.([]any)
		if !ok || len(pair) != 2 {
			t.lacks("schedule interval %v", v)
			continue
		}
		from, _ := pair[0].(string)
		to, _ := pair[1].(string)
		work = append(work, ruleset.Span{t.clock(from), t.clock(to)})
	}
	return work
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
		if source == "declared" {
			t.doc.Punch.Ends = "declared"
		}
	case source == "alternating":
		t.doc.Punch.Pair = "alternate"
	}
	if t.rules.oneOf("on_double_in", "keep_first_in") != "" {
		t.doc.Punch.SecondIn = "first"
	}
	t.autoClose()
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
	region := t.rules.text("employee_region")
	for _, v := range t.rules.list("holidays") {
		switch v := v.(type) {
		case string:
			t.holiday(v)
		case map[string]any:
			o := t.rules.part("holidays", v)
			date, scope := o.text("date"), o.text("scope")
			_, place, _ := strings.Cut(scope, " ") // country ES, state ES-CR
			if scope == "global" || place != "" && (region == place || strings.HasPrefix(region, place+"-")) {
				t.holiday(date)
			}
		default:
			t.lacks("holiday %v", v)
		}
	}
	if moved := t.context.texts("holiday_moved"); len(moved) == 2 {
		t.date(moved[0])
		t.holiday(moved[1]) // the results of now are those of the calendar of now
	}
	if t.rules.has("mark_on_holidays") && t.rules.yes("mark_on_holidays") {
		t.lacks("attendance on holidays")
	}
}

func (t *translation) holiday(date string) {
	t.doc.Calendar = t.id()
	t.holidays = append(t.holidays, schedule.CalendarDay{Date: t.date(date), Kind: schedule.Holiday})
}

// plannedMinutes rosters dates for which the case names a length alone.
func (t *translation) plannedMinutes() {
	o := t.rules.object("planned_minutes")
	for _, d := range o.keys() {
		n := o.minutes(d)
		id := fmt.Sprintf("P%d", n/domain.Minute)
		eight := ruleset.Clock(8 * domain.Hour)
		t.doc.Shifts[id] = ruleset.Shift{Kind: "fixed", Work: []ruleset.Span{{eight, eight + ruleset.Clock(n)}}}
		t.facts.Roster = append(t.facts.Roster, attendance.RosterDay{Date: t.date(d), Shift: id})
	}
}

// absences translates leave, and time off against overtime, which is leave of some length within its days: of half a day at once, of whole
// days when all leave is known, by reduce.
func (t *translation) absences() {
	list := t.context.objects("absences")
	for _, o := range list {
		if o.oneOf("kind", "leave", "overtime_reduction") != "leave" {
			continue
		}
		portion := o.oneOf("portion", "full", "morning", "noon")
		for d := t.date(o.text("from")); d <= t.date(o.text("to")); d++ {
			t.away(t.portion(d, portion))
		}
	}
	for _, o := range list {
		if o.oneOf("kind", "leave", "overtime_reduction") != "overtime_reduction" {
			continue
		}
		total, portion := o.minutes("minutes_total"), o.oneOf("portion", "full", "morning", "noon")
		r := reduction{t.date(o.text("from")), t.date(o.text("to")), total}
		t.leaveType()
		switch {
		case portion == "full":
			t.reductions = append(t.reductions, r)
		case r.from == r.to:
			x := t.portion(r.from, portion)
			t.away(attendance.Interval{From: x.From, To: min(x.From+total, x.To)})
		default:
			t.lacks("time off of one length that is spread over half days")
		}
	}
}

// reduction is time off of one length over some days.
type reduction struct {
	from, to domain.Date
	length   domain.Seconds
}

// reduce approves reductions as the product lays them over their days.
func (t *translation) reduce(r *Run) error {
	for _, x := range t.reductions {
		shares, err := attendance.Spread(r.book(), r.Facts, x.from, x.to+1, x.length)
		if err != nil {
			return fmt.Errorf("case %s: %w", t.c.ID, err)
		}
		for _, s := range shares {
			for _, off := range s.Off {
				t.away(off)
			}
		}
	}
	return nil
}

// portion is the plan of a date, or a half of it.
func (t *translation) portion(d domain.Date, portion string) attendance.Interval {
	work := t.planned(d)
	if len(work) == 0 {
		return attendance.Interval{}
	}
	x := attendance.Interval{From: work[0].From, To: work[len(work)-1].To}
	switch middle := x.From + x.Len()/2; portion {
	case "morning":
		x.To = middle
	case "noon":
		x.From = middle
	}
	return x
}

// leaveType declares the one type of leave.
func (t *translation) leaveType() {
	t.doc.Leave = map[string]ruleset.Leave{"leave": {Code: "LEAVE"}}
	class := "leave"
	if t.rules.yes("leave_counts_in_target") {
		class = "base" // leave that is time worked leaves the target as it is
	}
	t.doc.PayCodes["LEAVE"] = ruleset.PayCode{Class: class, Rate: "1.00"}
}

// away approves leave.
func (t *translation) away(x attendance.Interval) {
	t.leaveType()
	id := fmt.Sprintf("leave%d", len(t.facts.Approvals))
	t.facts.Approvals = append(t.facts.Approvals, attendance.Approval{Request: id, Kind: "leave", Type: "leave", From: x.From, To: x.To, Event: id})
	slices.SortStableFunc(t.facts.Approvals, func(a, b attendance.Approval) int { return int(a.From - b.From) })
}

// autoClose translates how an interval ends whose out is missing.
func (t *translation) autoClose() {
	o := t.rules.object("auto_close")
	if o == nil {
		return
	}
	if o.values["at"] == "never" {
		o.skip("at")
		return
	}
	c := &ruleset.Close{Tolerance: ruleset.Duration(o.minutes("tolerance_min")), After: ruleset.Over{Plan: true}}
	if o.oneOf("at", "scheduled_minutes_worked_plus_tolerance", "minutes_after_in") == "minutes_after_in" {
		c.After = ruleset.Over{Length: ruleset.Duration(o.minutes("minutes"))}
	}
	t.doc.Punch.Close = c
	if cut := t.rules.minutes("scheduled_break_deducted_min"); cut > 0 {
		t.doc.Breaks = ruleset.Breaks{Mode: "auto", Auto: []ruleset.AutoBreak{{Deduct: ruleset.Duration(cut)}}}
	}
}

// leaves translates leave of whole and half days. Which half is not said: it is the one that the punches leave free.
func (t *translation) leaves() {
	for _, v := range t.rules.list("leave") {
		s, half := "", false
		switch v := v.(type) {
		case string:
			s = v
		case map[string]any:
			o := t.rules.part("leave", v)
			s, half = o.text("date"), o.oneOf("portion", "half", "full") == "half"
		}
		t.leave(t.date(s), half)
	}
}

func (t *translation) leave(d domain.Date, half bool) {
	x := t.portion(d, "full")
	if half {
		first, second := t.portion(d, "morning"), t.portion(d, "noon")
		x = second
		if p := t.facts.Punches; len(p) > 1 {
			worked := []attendance.Interval{{From: p[0].At, To: p[len(p)-1].At}}
			if shared(worked[0], first) < shared(worked[0], second) {
				x = first
			}
		}
	}
	if x.Len() > 0 {
		t.away(x)
	}
}

func shared(a, b attendance.Interval) domain.Seconds {
	return max(0, min(a.To, b.To)-max(a.From, b.From))
}

// planned is what the case plans for a date.
func (t *translation) planned(d domain.Date) []attendance.Interval {
	id := t.doc.Schedule.Weekly[weekdays[(int(d.Weekday())+6)%7]]
	for _, r := range t.facts.Roster {
		if r.Date == d {
			id = r.Shift
		}
	}
	var out []attendance.Interval
	for _, w := range t.doc.Shifts[id].Work {
		out = append(out, attendance.Interval{From: t.zone.Start(d, domain.Seconds(w[0])), To: t.zone.End(d, domain.Seconds(w[1]))})
	}
	return out
}

// status translates who is employed, and up to when all is known.
func (t *translation) status() {
	if t.rules.oneOf("employee_status", "active", "inactive") == "inactive" {
		t.facts.Employment = nil
	}
	if s := t.rules.text("process_from"); s != "" {
		t.facts.Employment = []attendance.Employment{{From: t.date(s)}}
	}
	for _, s := range []string{t.rules.text("synced_until"), t.context.text("now")} {
		if s != "" {
			t.synced = t.instant(s)
			t.turned = t.zone.DateOf(t.synced) - 1
		}
	}
}
