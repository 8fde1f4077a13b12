package golden

// judges are the kinds of cases that are not about evaluated days. Each is put to the product's own function; where there is none, the
// judge names the concept.
var judges = map[string]func(m *comparison){
	"calendar":            judgeCalendar,
	"compliance":          judgeCompliance,
	"period_lock":         judgeLock,
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
	case c.Kind == "overtime" && expected.has("rows"):
		return judgeRates
	}
	if judge, ok := judges[c.Kind]; ok {
		return judge
	}
	switch {
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
