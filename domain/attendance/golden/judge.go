package golden

import (
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain/attendance"
)

// judges are the kinds of cases that are not about evaluated days. Each is put to the product's own function; where there is none, the
// judge names the concept.
var judges = map[string]func(m *comparison){
	"calendar":            judgeCalendar,
	"compliance":          judgeCompliance,
	"period_lock":         judgeLock,
	"rounding_table":      judgeRounding,
	"assignment_conflict": judgeAssignment,
	"pay":                 judgePay,
	"pay_rounding":        judgePay,
	"shift_expansion":     lacking("assignments that are counted once for all their days"),
	"geofence":            judgeFence,
	"approval":            judgeApproval,
}

// judgeOf returns the judge of a case, nil for one that is evaluated.
func judgeOf(c *Case) func(m *comparison) {
	r := &reading{}
	context, rules, expected := r.root("context", c.Context), r.root("rules", c.Rules), r.root("expected", c.Expected)
	switch {
	case context.has("holiday_worked") && expected.has("ledger_after_submit"):
		return judgeReversal
	case context.has("holiday_worked"):
		return judgeCompensation
	case rules.has("meal_unpaid_from_min"):
		return judgeMealGap
	case c.Kind == "rounding" && (rules.has("hours_decimals") || rules.has("hours_rounding")):
		return judgeDecimalHours
	case rules.has("calendar") && c.Kind == "overtime":
		return judgeHolidayRates
	case c.Kind == "overtime" && expected.has("rows"):
		return judgeRates
	}
	if judge, ok := judges[c.Kind]; ok {
		return judge
	}
	switch {
	case c.Kind == "rounding" && expected.has("rows"):
		return judgeRounding
	case context.has("candidates"):
		return judgeRequests
	case context.has("candidate"):
		return judgeInterval
	case context.has("request"):
		return judgeElsewhere
	}
	return nil
}

func lacking(concept string) func(m *comparison) {
	return func(m *comparison) { m.lacks("%s", concept) }
}

// Judge says what a case comes to: it is translated and evaluated, or, where it is about a decision or an arithmetic of the product
// and not about days, put to the function that does that job. The error is a fault of the translation.
func Judge(c *Case) (Outcome, error) {
	if judge := judgeOf(c); judge != nil {
		t := newTranslation(c)
		t.roots = append(t.roots, t.expected)
		m := &comparison{translation: t}
		judge(m)
		return m.outcome(), nil
	}
	setup, missing, err := Translate(c)
	if err != nil || len(missing) > 0 {
		return Outcome{State: Unsupported, Concepts: missing}, err
	}
	var results []*Results
	for _, r := range setup.Runs {
		x, err := r.Evaluate()
		if err != nil {
			return Outcome{}, fmt.Errorf("case %s: %w", c.ID, err)
		}
		results = append(results, x)
	}
	return Compare(c, results), nil
}

// Emit returns the runs of a case that is evaluated and fully supported, none of another. A case that speaks of a moment within a day is
// left out, as a ledger knows of whole days that are over; so is one before 1970, where instants begin, and one whose punches have a branch.
func Emit(c *Case) ([]*Run, error) {
	if judgeOf(c) != nil {
		return nil, nil
	}
	o, err := Judge(c)
	if err != nil || o.State == Unsupported {
		return nil, err
	}
	setup, _, err := Translate(c)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(setup.Runs, func(r *Run) bool {
		elsewhere := func(p attendance.Punch) bool { return p.Site != "" || p.Job != "" || p.Cost != "" } // a clock's export does not say
		return r.Synced != 0 || r.From.Unix() <= 0 || slices.ContainsFunc(r.Facts.Punches, elsewhere)
	}), nil
}
