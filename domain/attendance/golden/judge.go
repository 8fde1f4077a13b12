package golden

// judges are the kinds of cases that are not about evaluated days. Each is put to the product's own function; where there is none, the
// judge names the concept.
var judges = map[string]func(m *comparison){"calendar": judgeCalendar, "compliance": judgeCompliance}

func lacking(concept string) func(m *comparison) {
	return func(m *comparison) { m.lacks("%s", concept) }
}

func init() {
	for kind, concept := range map[string]string{
		"conflict": "intervals that are refused", "assignment_conflict": "assignments that are refused", "overlap": "intervals instead of punches",
		"period_lock": "locks of periods", "pay": "amounts of pay", "pay_rounding": "amounts of pay",
		"target_hours": "target hours", "shift_expansion": "occurrences of a shift",
		"geofence": "geofence of the matching shift", "approval": "approval of computed overtime",
	} {
		judges[kind] = lacking(concept)
	}
}
