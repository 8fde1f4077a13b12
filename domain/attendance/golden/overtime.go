package golden

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// tier is one overtime rule of a case.
type tier struct {
	basis string
	rate  float64
	over  domain.Seconds
	plan  bool
	rule  ruleset.OvertimeRule
}

// overtime translates overtime rules into passes: dearer ones first, and of equal ones in the order of the case.
func (t *translation) overtime() {
	switch t.rules.oneOf("overtime_combination", "each_minute_paid_once_at_highest_rate", "no_pyramiding", "union_of_minutes") {
	case "each_minute_paid_once_at_highest_rate":
		t.doc.Overtime.Combine = "highest"
	case "union_of_minutes":
		t.doc.Overtime.Combine = "union"
	}
	if s := t.rules.text("two_week_period_starts"); s != "" {
		t.doc.Week.Anchor, _ = domain.ParseDate(s)
	}
	var tiers []tier
	for i, o := range t.rules.objects("overtime") {
		if x, ok := t.tier(o, i); ok {
			tiers = append(tiers, x)
		}
	}
	slices.SortStableFunc(tiers, func(a, b tier) int {
		if c := cmp.Compare(b.rate, a.rate); c != 0 {
			return c
		}
		if a.basis == b.basis {
			return cmp.Compare(b.over, a.over)
		}
		return 0
	})
	for _, x := range tiers {
		t.doc.Overtime.Rules = append(t.doc.Overtime.Rules, x.rule)
	}
	t.undertime(tiers)
}

// undertime translates that a day with less than its target has negative overtime. The target is what the rule of a day goes by.
func (t *translation) undertime(tiers []tier) {
	if !t.rules.yes("undertime_counts") {
		return
	}
	u := &ruleset.Undertime{Tolerance: t.short}
	for _, x := range tiers {
		if x.basis == "day" {
			u.Below = *x.rule.Over
			t.doc.Overtime.Undertime = u
			return
		}
	}
	t.lacks("undertime without a target of the day")
}

func (t *translation) tier(o *object, i int) (tier, bool) {
	x := tier{rate: 1.5, basis: o.oneOf("basis", "day", "week", "two_weeks", "holiday", "timing", "seventh_consecutive_day_in_week",
		"consecutive_days_in_week", "days_worked_in_week", "consecutive_days")}
	if o.has("rate") {
		x.rate = o.number("rate")
	}
	if o.oneOf("on", "regular_rate") != "" {
		x.rate++ // a premium on top of straight time
	}
	code := o.text("code")
	if code == "" {
		code = fmt.Sprintf("OT%d", i+1)
	}
	x.rule = ruleset.OvertimeRule{ID: fmt.Sprintf("rule%d", i+1), Code: t.payCode(code, "base", x.rate)}
	x.over = o.minutes("over_minutes")
	switch o.oneOf("over", "scheduled_minutes") {
	case "scheduled_minutes":
		if x.basis != "day" {
			t.lacks("overtime beyond the schedule of a %s", x.basis)
		}
		if !t.scheduled {
			delete(t.doc.PayCodes, x.rule.Code) // nothing is scheduled, so that nothing is beyond it
			return x, false
		}
		x.plan = t.doc.Shifts["D"].Kind == "fixed"
		x.over = t.perDay
	}
	x.rule.Over = &ruleset.Over{Length: ruleset.Duration(x.over)}
	if x.plan {
		x.rule.Over = &ruleset.Over{Plan: true}
	}
	x.rule.Tolerance = ruleset.Duration(o.minutes("employer_tolerance_min"))
	t.short = max(t.short, ruleset.Duration(o.minutes("employee_tolerance_min")))
	if branch := o.text("only_branch"); branch != "" {
		x.rule.Site, x.rule.Counts = []string{branch}, "straight"
	}
	t.basis(o, &x)
	if width := o.minutes("first_minutes"); width > 0 {
		end := ruleset.Duration(x.over + width)
		x.rule.Upto = &end
	}
	return x, true
}

// basis writes over what the rule counts.
func (t *translation) basis(o *object, x *tier) {
	switch x.basis {
	case "week", "two_weeks":
		x.rule.Per = x.basis
		o.oneOf("counts", "straight_time_minutes_only")
	case "holiday":
		x.rule.Day = []string{"holiday"}
	case "seventh_consecutive_day_in_week":
		x.rule.NthDayInWeek = 7
	case "consecutive_days_in_week":
		x.rule.FromDay = &ruleset.FromDay{Nth: int(o.number("from_day")), Of: "row_in_week"}
	case "consecutive_days":
		x.rule.FromDay = &ruleset.FromDay{Nth: int(o.number("from_day")), Of: "row"}
	case "days_worked_in_week":
		x.rule.FromDay = &ruleset.FromDay{Nth: int(o.number("from_day")), Of: "week"}
	case "timing":
		t.timing(o, x)
	}
}

// timing translates overtime by the clock and by the kind of day.
func (t *translation) timing(o *object, x *tier) {
	x.rule.Over = nil
	from, to := o.text("from"), o.text("to")
	switch o.oneOf("when", "outside_schedule", "non_working_days", "working_days") {
	case "outside_schedule":
		x.rule.Outside = "plan"
	case "non_working_days":
		x.rule.Day = []string{"rest", "holiday"}
		x.rule.Over = &ruleset.Over{}
	case "working_days":
		x.rule.Day = []string{"work"}
		x.rule.Over = &ruleset.Over{}
	}
	if (from != "" || to != "") && (from != "00:00" || to != "24:00") {
		x.rule.Band = &ruleset.Span{t.clock(from), t.clock(to)}
	}
}
