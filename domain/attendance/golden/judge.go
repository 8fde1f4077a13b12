package golden

// judges are the kinds of cases that are not about evaluated days. Each is put to the product's own function; where there is none, the
// judge names the concept.
var judges = map[string]func(m *comparison){"calendar": judgeCalendar, "compliance": judgeCompliance, "pay": judgePay, "pay_rounding": judgePay}

// judgeOf is who judges a case that is not about evaluated days: by its kind, or as it has no punches and asks about figures.
func judgeOf(c *Case) func(m *comparison) {
	t := newTranslation(c)
	switch {
	case t.context.has("holiday_worked"):
		return judgeCompensation
	case t.rules.has("meal_unpaid_from_min"):
		return judgeMealGap
	case c.Kind == "rounding" && (t.rules.has("hours_decimals") || t.rules.has("hours_rounding")):
		return judgeDecimalHours
	case c.Kind == "overtime" && len(t.punches) == 0 && t.expected.has("rows"):
		return judgeRates
	}
	return judges[c.Kind]
}

func lacking(concept string) func(m *comparison) {
	return func(m *comparison) { m.lacks("%s", concept) }
}

func init() {
	for kind, concept := range map[string]string{
		"conflict": "intervals that are refused", "assignment_conflict": "assignments that are refused", "overlap": "intervals instead of punches",
		"period_lock":  "locks of periods",
		"target_hours": "target hours", "shift_expansion": "occurrences of a shift",
		"geofence": "geofence of the matching shift", "approval": "approval of computed overtime",
	} {
		judges[kind] = lacking(concept)
	}
}
