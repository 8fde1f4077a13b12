package golden

// judges are the kinds of cases that are not about evaluated days. Each is put to the product's own function; where there is none, the
// judge names the concept.
var judges = map[string]func(m *comparison){
	"calendar":            judgeCalendar,
	"compliance":          judgeCompliance,
	"period_lock":         judgeLock,
	"rounding_table":      judgeRounding,
	"assignment_conflict": judgeAssignment,
	"pay":                 lacking("amounts of pay"),
	"pay_rounding":        lacking("amounts of pay"),
	"shift_expansion":     lacking("assignments that are counted once for all their days"),
	"geofence":            lacking("geofence of the matching shift"),
	"approval":            lacking("approval of computed overtime"),
}

// judgeOf returns the judge of a case, nil for one that is evaluated.
func judgeOf(c *Case) func(m *comparison) {
	if judge, ok := judges[c.Kind]; ok {
		return judge
	}
	context, expected := (&reading{}).root("context", c.Context), (&reading{}).root("expected", c.Expected)
	switch {
	case c.Kind == "rounding" && expected.has("rows"):
		return judgeRounding
	case context.has("candidates"):
		return judgeRequests
	case context.has("candidate"):
		return judgeInterval
	case context.has("request"):
		return lacking("days of work elsewhere that count without punches")
	case context.has("holiday_worked"):
		return lacking("compensatory leave in days")
	}
	return nil
}

func lacking(concept string) func(m *comparison) {
	return func(m *comparison) { m.lacks("%s", concept) }
}
