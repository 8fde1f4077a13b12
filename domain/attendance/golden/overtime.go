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
	width domain.Seconds // 0: without end
	plan  bool
	rule  ruleset.OvertimeRule
}

// overtime translates overtime rules into passes: dearer ones first, and of equal ones in the order of the case.
func (t *translation) overtime() {
	how := t.rules.oneOf("overtime_combination", "each_minute_paid_once_at_highest_rate", "no_pyramiding", "union_of_minutes")
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
	t.widths(tiers)
	t.combination(how, tiers)
	for _, x := range tiers {
		t.doc.Overtime.Rules = append(t.doc.Overtime.Rules, x.rule)
	}
}

// widths checks that a tier ends where a dearer one of the same counter begins, which takes what is beyond it first.
func (t *translation) widths(tiers []tier) {
	for _, x := range tiers {
		if x.width > 0 && !slices.ContainsFunc(tiers, func(o tier) bool { return o.basis == x.basis && o.rate >= x.rate && o.over == x.over+x.width }) {
			t.lacks("width of an overtime tier")
		}
	}
}

// combination checks that passes in order say what the case wants of a minute that several rules reach.
func (t *translation) combination(how string, tiers []tier) {
	week := slices.ContainsFunc(tiers, func(x tier) bool { return x.basis == "week" })
	day := slices.ContainsFunc(tiers, func(x tier) bool { return x.basis == "day" })
	if how == "union_of_minutes" && week && day {
		t.lacks("union of daily and weekly overtime")
	}
	first := slices.IndexFunc(tiers, func(x tier) bool { return x.basis == "week" })
	last := -1
	for i, x := range tiers {
		if x.basis == "day" {
			last = i
		}
	}
	if how != "union_of_minutes" && first >= 0 && first < last {
		t.lacks("highest rate of daily and weekly overtime")
	}
}

func (t *translation) tier(o *object, i int) (tier, bool) {
	x := tier{basis: o.oneOf("basis", "day", "week", "holiday", "timing", "seventh_consecutive_day_in_week"), rate: 1.5}
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
	x.over, x.width = o.minutes("over_minutes"), o.minutes("first_minutes")
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
	if tolerance := o.minutes("employer_tolerance_min"); o.has("employer_tolerance_min") && tolerance > 0 {
		x.rule.Min = ruleset.Duration(tolerance + 1) // as much as the tolerance is not yet overtime
	}
	t.basis(o, &x)
	return x, true
}

// basis writes over what the rule counts.
func (t *translation) basis(o *object, x *tier) {
	switch x.basis {
	case "week":
		x.rule.Per = "week"
		o.oneOf("counts", "straight_time_minutes_only")
	case "holiday":
		x.rule.Day = []string{"holiday"}
	case "seventh_consecutive_day_in_week":
		x.rule.NthDayInWeek = 7
	case "timing":
		t.timing(o, x)
	}
}

// timing translates overtime by the clock and by the kind of day.
func (t *translation) timing(o *object, x *tier) {
	x.rule.Over = nil
	from, to := o.text("from"), o.text("to")
	banded := (from != "" || to != "") && (from != "00:00" || to != "24:00")
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
	if banded {
		t.lacks("overtime in a band of the clock")
	}
}
