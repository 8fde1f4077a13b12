package golden

import (
	"fmt"

	"github.com/punchledger/punchledger/domain/ruleset"
)

// premiums translates premiums; each is a family of its own, as they add up.
func (t *translation) premiums() {
	for i, o := range t.rules.objects("premiums") {
		kind := o.oneOf("kind", "time_window", "days", "hours", "work_site", "min_max", "whole_shift_if", "minimum_shift")
		if kind == "minimum_shift" {
			t.callIn(o, fmt.Sprintf("premium%d", i+1), t.payCode(o.text("code"), "statutory_pay", 1))
			continue
		}
		p := ruleset.Premium{ID: fmt.Sprintf("premium%d", i+1), Family: fmt.Sprintf("family%d", i+1), Code: t.payCode(o.text("code"), "premium", 0.5)}
		if o.has("window_from") {
			p.Band = &ruleset.Span{t.clock(o.text("window_from")), t.clock(o.text("window_to"))}
		}
		p.Least, p.Most = ruleset.Duration(o.minutes("min_minutes")), ruleset.Duration(o.minutes("max_minutes"))
		p.Per = o.oneOf("per", "day", "interval")
		switch kind {
		case "time_window":
			if o.yes("requires_whole_shift_inside") {
				p.WholeShift = "inside"
			}
			if o.oneOf("days", "all", "holidays") == "holidays" {
				p.Day = []string{"holiday"}
			}
		case "days":
			p.Weekday = o.texts("days")
		case "hours":
			p.Hours = &ruleset.PremiumHours{Day: hourBand(o, "day"), Week: hourBand(o, "week")}
		case "work_site":
			only := o.object("only")
			p.Site, p.Cost = some(only.text("branch")), some(only.text("department"))
		case "whole_shift_if":
			t.wholeShift(o, &p)
		}
		t.doc.Premiums = append(t.doc.Premiums, p)
	}
}

func some(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func hourBand(o *object, of string) *ruleset.HourBand {
	if !o.has(of+"_over_min") && !o.has(of+"_until_min") {
		return nil
	}
	return &ruleset.HourBand{Over: ruleset.Duration(o.minutes(of + "_over_min")), Until: ruleset.Duration(o.minutes(of + "_until_min"))}
}

func (t *translation) wholeShift(o *object, p *ruleset.Premium) {
	switch o.oneOf("test", "majority_in_window", "shift_start_in_window", "shift_end_in_window") {
	case "majority_in_window":
		p.WholeShift = "majority"
	case "shift_start_in_window":
		p.WholeShift = "starts"
	case "shift_end_in_window":
		p.WholeShift = "ends"
	}
	if o.oneOf("tie", "counts_if_shift_starts_inside") != "" {
		p.Tie = "starts"
	}
}
