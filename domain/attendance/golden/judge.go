package golden

// judges are the kinds of cases that are not about evaluated days. Each is put to the product's own function; where there is none, the
// judge names the concept.
var judges = map[string]func(m *comparison){
	"calendar":            judgeCalendar,
	"compliance":          judgeCompliance,
	"period_lock":         judgeLock,
	"assignment_conflict": judgeAssignment,
	"pay":                 lacking("amounts of pay"),
	"pay_rounding":        lacking("amounts of pay"),
	"shift_expansion":     lacking("assignments that are counted once for all their days"),
	"geofence":            judgeFence,
	"approval":            judgeApproval,
}

// judgeOf returns the judge of a case, nil for one that is evaluated.
func judgeOf(c *Case) func(m *comparison) {
	if judge, ok := judges[c.Kind]; ok {
		return judge
	}
	context := (&reading{}).root("context", c.Context)
	switch {
	case context.has("candidates"):
		return judgeRequests
	case context.has("candidate"):
		return judgeInterval
	case context.has("request"):
		return judgeElsewhere
	case context.has("holiday_worked"):
		return judgeReversal
	}
	return nil
}

func lacking(concept string) func(m *comparison) {
	return func(m *comparison) { m.lacks("%s", concept) }
}
