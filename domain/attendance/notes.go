package attendance

// Note is a code that steps of a trace carry, with the names of its arguments. Names that end in _s hold seconds; at, from, to and
// left hold local times with offset; the others hold ids, counts and words.
type Note struct {
	Code string
	Args []string
}

// stageNames are the names of the stages by number.
var stageNames = [...]string{
	"resolve", "attach", "normalise", "pair", "snap", "plan", "overlay", "count", "segment", "presence", "overtime", "premiums",
	"guarantees", "totals", "rows", "anomalies", "seal",
}

// Notes are all codes of Step.Note, by code. Each has a text in every language.
var Notes = []Note{
	{"break.assumed", []string{"rule", "worked_s", "need_s"}},
	{"break.auto", []string{"at", "s"}},
	{"break.credited", []string{"from", "to"}},
	{"break.late", []string{"rule", "worked_s", "need_s"}},
	{"break.missed", []string{"rule", "worked_s", "need_s"}},
	{"break.planned", []string{"from", "to"}},
	{"break.short", []string{"rule", "worked_s", "need_s"}},
	{"break.waived", []string{"rule", "worked_s"}},
	{"count.outside", []string{"from", "to", "mode"}},
	{"credit.unknown_code", []string{"credit", "code"}},
	{"day.kind", []string{"kind", "zone"}},
	{"day.own_zone", []string{"zone"}},
	{"early.by", []string{"early_s", "grace_s"}},
	{"early.within_grace", []string{"early_s", "grace_s"}},
	{"grace.snapped", []string{"edge", "from", "to"}},
	{"holiday.lost", []string{"rule"}},
	{"holiday.waits", []string{"rule"}},
	{"late.by", []string{"late_s", "grace_s"}},
	{"late.pardoned", []string{"nth", "count"}},
	{"late.within_grace", []string{"late_s", "grace_s"}},
	{"leave.taken", []string{"request", "type", "s"}},
	{"limit.over", []string{"rule", "value", "limit"}},
	{"limit.warn", []string{"rule", "value", "limit"}},
	{"missing.both", []string{"as"}},
	{"missing.one", []string{"edge", "as"}},
	{"ot.below_min", []string{"rule", "s", "min_s"}},
	{"ot.claimed", []string{"rule", "code", "s"}},
	{"ot.threshold_crossed", []string{"over_s", "at"}},
	{"ot.undertime", []string{"s", "target_s"}},
	{"ot.within_tolerance", []string{"rule", "s", "tolerance_s"}},
	{"overlay.counted", []string{"s"}},
	{"pair.auto_closed", []string{"from", "to"}},
	{"pair.carried_back", []string{"punch", "at"}},
	{"pair.interval", []string{"from", "to"}},
	{"pair.missing", []string{"edge"}},
	{"pay.call_back", []string{"code", "s"}},
	{"pay.holiday", []string{"code", "s"}},
	{"pay.max_premiums", []string{"code", "max"}},
	{"pay.min_shift", []string{"code", "s"}},
	{"pay.reporting", []string{"code", "s"}},
	{"pay.split_shift", []string{"code", "s"}},
	{"pay.standby", []string{"code", "s"}},
	{"pay.statutory", []string{"code", "s"}},
	{"plan.block", []string{"shift", "from", "to"}},
	{"plan.clock", []string{"shift", "zone"}},
	{"plan.late_leave", []string{"left", "by_s"}},
	{"premium.cut", []string{"rule", "s", "max_s"}},
	{"premium.family_beaten_by", []string{"rule", "by"}},
	{"premium.raised", []string{"rule", "s", "min_s"}},
	{"presence.tier", []string{"edge", "by_s", "over_s", "as"}},
	{"punch.duplicate", []string{"punch", "of"}},
	{"punch.off_shift", []string{"punch", "at"}},
	{"punch.rounded", []string{"from", "to"}},
	{"punch.second_in", []string{"punch", "at"}},
	{"rest.days_in_row", []string{"rule", "value", "limit"}},
	{"rest.gap", []string{"rule", "value", "limit"}},
	{"rest.weekly", []string{"rule", "value", "limit"}},
	{"total.rounded", []string{"code", "from_s", "to_s"}},
	{"window", []string{"from", "to"}},
	{"window.moved", []string{"from", "to"}},
	{"window.not_settled", []string{"turned"}},
	{"window.shift", []string{"shift", "from", "to"}},
}
