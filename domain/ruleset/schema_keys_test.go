package ruleset_test

import "github.com/punchledger/punchledger/domain/ruleset"

const (
	durationPattern = `(\d{1,5}h(\d{1,6}m)?(\d{1,7}s)?|\d{1,6}m(\d{1,7}s)?|\d{1,7}s)`
	clockPattern    = `([0-3]\d|4[0-7]):[0-5]\d`
	datePattern     = `\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])`
	monthDayPattern = `(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])`
	codePattern     = `[A-Z0-9][A-Z0-9_]{0,31}`
	hmPattern       = `-?\d{1,4}:[0-5]\d(:[0-5]\d)?`
	localPattern    = datePattern + `T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?`
)

type schema = map[string]any

func text(pattern, want string) schema {
	return schema{"type": "string", "pattern": "^(" + pattern + ")$", "x-want": want}
}

func hinted(s schema, hint string) schema {
	s["x-hint"] = hint
	return s
}

// scalars are the schemas of types with a text form of their own.
var scalars = map[string]schema{
	"Duration": hinted(text(durationPattern, `a length such as 90m, 8h or 1h30m`), "write the unit, for example 30m"),
	"Clock":    hinted(text(clockPattern, `a time "HH:MM" from 00:00 to 47:59`), `write it in quotes, for example "09:00"`),
	"Date":     hinted(text(datePattern, "a date such as 2026-10-24"), `write it in quotes, for example "2026-10-24"`),
	"Over":     hinted(text("plan|"+durationPattern, "plan, or a length such as 8h"), "write the unit, for example 8h"),
	"Amount": {
		"type": []string{"string", "integer"}, "pattern": "^" + durationPattern + "$", "minimum": 0, "maximum": 366,
		"x-want": "a length such as 36h, or a number of days",
	},
	"Measure": {
		"type": []string{"string", "array"}, "pattern": "^(worked|rest_gap|weekly_rest|days_in_row)$",
		"items": schema{"type": "string", "pattern": "^(worked|" + codePattern + ")$", "x-want": "a pay code or worked"}, "minItems": 1,
		"x-want": "a list of pay codes, [worked], rest_gap, weekly_rest or days_in_row",
	},
	"RoundSteps": {
		"type": []string{"object", "array"}, "items": schema{"$ref": "#/$defs/RoundStep"}, "minItems": 1,
		"if": schema{"type": "object"}, "then": schema{"$ref": "#/$defs/RoundStep"},
		"x-want": "a rounding step, or a list of them",
	},
	"Span": {
		"type": "array", "items": schema{"$ref": "#/$defs/clock"}, "minItems": 2, "maxItems": 2,
		"x-want": `a pair of times such as ["09:00", "12:00"]`,
	},
	"CalendarEntry": {
		"type": []string{"string", "object"}, "pattern": "^" + monthDayPattern + `(\.\.` + monthDayPattern + ")?$",
		"x-want": `a month-day such as "05-01", a range such as "10-01..10-03", or a mapping`,
		"x-hint": `write it in quotes, for example "05-01"`,
		"properties": schema{
			"date": text(monthDayPattern+`(\.\.`+monthDayPattern+")?", `a month-day such as "05-01" or a range such as "10-01..10-03"`),
			"name": schema{"type": "string"}, "portion": oneOf("half"), "tags": schema{"type": "array", "items": tagText},
			"swap_of": text("("+`\d{4}-`+")?"+monthDayPattern, `a month-day, or a date such as 2026-10-24`),
		},
		"required": []string{"date"}, "additionalProperties": false,
	},
}

// keyRule narrows a key: what its values (the items of lists, the values of maps) and the keys of its map may be.
type keyRule struct {
	values, keys schema
	atLeast      int
}

func oneOf(words ...string) schema { return schema{"type": "string", "enum": words} }

func one(words ...string) keyRule { return keyRule{values: oneOf(words...)} }

func val(s schema) keyRule { return keyRule{values: s} }

var (
	idText      = text(`[a-z0-9_.]{1,64}`, "an id of a-z, 0-9, _ and .")
	docIDText   = text(`[a-z0-9_.][a-z0-9_.-]{0,63}`, "an id of a-z, 0-9, _, . and -")
	shiftText   = text(`[A-Za-z0-9_.-]{1,64}`, "a shift id of letters, digits, _, . and -")
	codeText    = text(codePattern, "a pay code such as OT_150")
	zoneText    = text(`[A-Za-z0-9_+/-]{1,64}`, "a zone such as Asia/Shanghai")
	nameText    = hinted(schema{"type": "string", "minLength": 1, "maxLength": 64}, "name it as the facts do, for example \"north\"")
	tagText     = text(`[a-z0-9_.-]{1,64}`, "a tag of a-z, 0-9, _, . and -")
	decimalText = schema{"type": "string", "pattern": `^\d{1,3}(\.\d{1,4})?$`, "x-want": "a decimal in quotes", "x-hint": `write it in quotes, for example "1.50"`}
	periodText  = text(`\d{1,4}(mo|d|h)`, "a time such as 6mo, 30d or 24h")
	kinds       = []string{"work", "rest", "legal_rest", "holiday", "statutory", "makeup", "special"}
	weekdays    = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	places      = []string{"office", "remote", "field", "unknown"}
	approvals   = []string{"overtime", "leave", "trip", "outing", "remote", "field"}
	contracts   = []string{"hourly", "monthly", "exempt", "agency"}
	severities  = []string{"info", "low", "medium", "high", "critical"}
	proofs      = []string{"terminal", "fence", "wifi", "ip", "site_code"}
	outcomes    = []string{"accept", "hold", "reject"}
	directions  = []string{"up", "down", "nearest", "nearest_down"}
	dayOutcomes = []string{"incomplete", "absent_half", "absent"}
	langKeys    = schema{"pattern": "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"}
	planText    = hinted(shiftText, "name a shift, rest or legal_rest")
	dateSelects = text("("+`\d{4}-`+")?"+monthDayPattern, `a month-day such as "12-24", or a date`)
)

var keyRules = map[string]keyRule{
	"Document.Rules":            val(schema{"type": "string", "const": ruleset.Format}),
	"Document.ID":               val(docIDText),
	"Document.Title":            {values: schema{"type": "string"}, keys: langKeys, atLeast: 1},
	"Document.Notes":            {values: schema{"type": "string"}, keys: langKeys},
	"Document.Timezone":         val(zoneText),
	"Document.Calendar":         val(docIDText),
	"Document.Jurisdiction":     val(text(`[A-Z]{2}(-[A-Z0-9]{1,3})?`, "a country such as CN, or a part of one such as US-CA")),
	"Document.Precision":        one("second", "minute", "minute_up"),
	"Document.Shifts":           {keys: schema{"pattern": "^[A-Za-z0-9_.-]{1,64}$"}},
	"Document.Leave":            {keys: schema{"pattern": "^[a-z0-9_.]{1,64}$"}},
	"Document.PayCodes":         {keys: schema{"pattern": "^" + codePattern + "$"}, atLeast: 1},
	"Authority.Kind":            one("law", "collective", "works_agreement", "company"),
	"Authority.SHA256":          val(text("[0-9a-f]{64}", "64 hexadecimal digits")),
	"Authority.Countersign":     one("representative"),
	"Week.Starts":               one(weekdays...),
	"DayRule.OTDay":             one("attached", "split"),
	"DayRule.Zone":              one("nearest", "rules"),
	"DayRule.Civil":             one(kinds...),
	"DayRule.Assign":            one("shift_start", "shift_end", "most_worked"),
	"Punch.Ends":                one("any", "declared"),
	"Punch.SecondIn":            one("last", "first"),
	"Punch.OffShift":            one("flag", "leave_out"),
	"Schedule.Weekly":           {values: planText, keys: schema{"enum": weekdays}},
	"Schedule.Makeup":           val(planText),
	"Schedule.Holiday":          val(planText),
	"Schedule.Statutory":        val(planText),
	"Rotate.Cycle":              {values: planText, atLeast: 1},
	"Shift.Kind":                one("fixed", "flex", "open"),
	"Shift.Timezone":            val(zoneText),
	"Shift.Points":              one("ends", "all", "first", "none"),
	"Standby.Hours":             {atLeast: 1},
	"Standby.Share":             val(text(`([1-9]?\d|100)%`, "a share such as 50%")),
	"Standby.Code":              val(codeText),
	"Shift.Tags":                val(tagText),
	"Shift.Title":               {values: schema{"type": "string"}, keys: langKeys},
	"Punch.Pair":                one("first_last", "alternate", "typed", "slot_points"),
	"Punch.Lone":                one("nearest", "in", "out"),
	"Count.Early":               one("never", "approved", "always"),
	"Count.Late":                one("never", "approved", "always"),
	"Count.Off":                 one("never", "approved", "always"),
	"Rounding.Total":            {keys: schema{"pattern": "^" + codePattern + "$"}},
	"RoundStep.Dir":             one(directions...),
	"RoundTotal.Dir":            one(directions...),
	"RoundTotal.Per":            one("day", "interval"),
	"RoundSum.Dir":              one(directions...),
	"RoundStep.Near":            val(text("start|end|([01]\\d|2[0-3]):[0-5]\\d", `start, end, or a time of day such as "08:00"`)),
	"Rounding.Order":            {values: oneOf("snap", "punch", "breaks", "worked"), atLeast: 1},
	"Breaks.Mode":               one("planned", "auto", "punched"),
	"Breaks.AutoPlace":          one("middle", "threshold"),
	"Breaks.CountsIn":           {values: oneOf("regular", "thresholds"), atLeast: 1},
	"Breaks.Punched":            one("within", "anywhere", "ignore"),
	"Breaks.MaxPremiums":        {keys: schema{"pattern": "^" + codePattern + "$"}},
	"Comply.ID":                 val(idText),
	"Comply.Pay":                val(codeText),
	"Edge.From":                 one("start", "end", "grace_end"),
	"Tier.As":                   one("late", "late_serious", "early_leave", "short_hours", "absent_half", "absent", "incomplete"),
	"Missing.One":               one(dayOutcomes...),
	"Missing.Both":              one(dayOutcomes...),
	"Pardon.Per":                one("month"),
	"Leave.Code":                val(codeText),
	"Leave.Unit":                one("hour", "half_day", "day"),
	"Trip.Credit":               one("plan"),
	"Remote.Credit":             one("plan"),
	"Trip.Punches":              one("optional", "required"),
	"Overtime.MidCycle":         one("carry"),
	"Approval.Mode":             one("none", "clip", "hours"),
	"Approval.Days":             one(kinds...),
	"Selector.Day":              one(kinds...),
	"Selector.NotDay":           one(kinds...),
	"Selector.Weekday":          one(weekdays...),
	"Selector.NotWeekday":       one(weekdays...),
	"Selector.Dates":            val(dateSelects),
	"Selector.NotDates":         val(dateSelects),
	"Selector.Shift":            val(shiftText),
	"Selector.NotShift":         val(shiftText),
	"Selector.Tags":             val(tagText),
	"Selector.NotTags":          val(tagText),
	"Selector.Approved":         one(approvals...),
	"Selector.NotApproved":      one(approvals...),
	"Selector.Place":            one(places...),
	"Selector.NotPlace":         one(places...),
	"Selector.Contract":         one(contracts...),
	"Selector.NotContract":      one(contracts...),
	"Selector.Site":             val(nameText),
	"Selector.NotSite":          val(nameText),
	"Selector.Job":              val(nameText),
	"Selector.NotJob":           val(nameText),
	"Selector.Cost":             val(nameText),
	"Selector.NotCost":          val(nameText),
	"OvertimeRule.ID":           val(idText),
	"OvertimeRule.Per":          one("day", "week", "two_weeks", "four_weeks", "month"),
	"OvertimeRule.Counts":       one("selected", "straight", "all"),
	"Overtime.Combine":          one("list", "highest", "union"),
	"FromDay.Nth":               val(schema{"minimum": 1, "maximum": 31}),
	"FromDay.Of":                one("week", "row_in_week", "row"),
	"OvertimeRule.Of":           {values: text("straight|"+codePattern, "straight or a pay code"), atLeast: 1},
	"OvertimeRule.Outside":      one("plan"),
	"OvertimeRule.NthDayInWeek": val(schema{"maximum": 7}),
	"OvertimeRule.Code":         val(codeText),
	"OvertimeRule.TOIL":         val(codeText),
	"Premium.ID":                val(idText),
	"Premium.WholeShift":        one("inside", "majority", "starts", "ends"),
	"Premium.Tie":               one("none", "pays", "starts"),
	"Premium.Per":               one("day", "interval"),
	"Premium.Unit":              one("hour"),
	"Premium.Code":              val(codeText),
	"Premium.Family":            val(idText),
	"Guarantee.ID":              val(idText),
	"Guarantee.Kind":            one("reporting_time", "split_shift", "min_shift", "call_back", "holiday"),
	"Guarantee.If":              one("always", "worked", "off", "worked_around"),
	"Guarantee.Share":           val(text(`([1-9]?\d|100)%`, "a share such as 50%")),
	"Guarantee.Code":            val(codeText),
	"Limit.ID":                  val(idText),
	"Limit.Per":                 one("day", "week", "month", "year"),
	"Limit.AverageOf":           {values: schema{"minimum": 2, "maximum": 60}, atLeast: 1},
	"Limit.Severity":            one(severities...),
	"PayCode.Class":             one("base", "premium", "statutory_pay", "leave", "bank", "info"),
	"PayCode.Rate":              val(decimalText),
	"PayCode.Basis":             one("base", "regular_rate", "minimum_wage"),
	"PayCode.Unit":              one("hour", "day", "count"),
	"PayCode.Expires":           val(periodText),
	"PayCode.Title":             {values: schema{"type": "string"}, keys: langKeys},
	"Document.Banks":            {keys: schema{"pattern": "^" + codePattern + "$"}},
	"Bank.Earn":                 {values: codeText, atLeast: 1},
	"Bank.Take":                 {values: text(codePattern+`|x\.undertime`, "a pay code such as OT_150, or x.undertime"), atLeast: 1},
	"Bank.OnExpiry":             one("pay", "forfeit"),
	"Bank.Title":                {values: schema{"type": "string"}, keys: langKeys},
	"Carry.On":                  val(text(monthDayPattern, "a month-day such as 12-31")),
	"Offline.Older":             one("accept", "hold"),
	"Intake.Device":             {values: oneOf(outcomes...), keys: schema{"enum": []string{"mock_location", "emulator", "rooted", "unbound", "integrity", "passkey_wrong", "passkey_unverified", "passkey_clone"}}},
	"Intake.Otherwise":          {atLeast: 1},
	"Intake.Keep":               {values: periodText, keys: schema{"enum": []string{"location", "network", "photo"}}},
	"Office.AnyOf":              {values: oneOf(proofs...), atLeast: 1},
	"Office.MaxAccuracy":        val(text(`\d{1,5}m`, "metres such as 150m")),
	"IntakeCase.Need":           one("location", "photo", "note"),
	"IntakeCase.Outcome":        one(outcomes...),
	"IntakeCase.Flag":           val(idText),
	"IntakeCase.Place":          one(places...),
	"Quota.Per":                 one("month", "cycle", "year"),
	"Document.Requests":         {keys: schema{"enum": []string{"leave", "trip", "outing", "overtime", "remote", "field", "swap"}}},
	"Quota.Starts":              val(schema{"minimum": 1, "maximum": 28}),
	"Deadline.After":            one("date", "month"),
	"Corrections.Within":        val(schema{"minimum": 1, "maximum": 366}),
	"Corrections.Evidence":      one("optional", "required", "none"),
	"Step.Role":                 val(idText),
	"Step.Timeout":              one("escalate"),
	"AnomalyPolicy.Severity":    {values: oneOf(severities...), keys: schema{"pattern": "^[a-z0-9_.]{1,64}$"}},
	"AnomalyPolicy.BlockClose":  val(idText),
	"Retro.Mode":                one("review", "auto"),
	"Retro.Horizon":             val(periodText),
	"Example.ID":                val(idText),
	"Example.Punches":           val(text(localPattern+"( (in|out|auto|break_out|break_in))?", `a local time and direction such as "2026-10-08T09:05:59 in"`)),
	"Example.Roster":            {values: planText, keys: schema{"pattern": "^" + datePattern + "$"}},
	"ExampleApproval.Kind":      one(approvals...),
	"ExampleApproval.From":      val(text(localPattern, `a local time such as "2026-10-10T18:30"`)),
	"ExampleApproval.To":        val(text(localPattern, `a local time such as "2026-10-10T18:30"`)),
	"ExampleApproval.Settle":    one("pay", "toil"),
	"ExampleApproval.Type":      val(idText),
	"ExampleDay.Date":           val(text(datePattern, "a date such as 2026-10-24")),
	"ExampleDay.Rows":           {values: text(hmPattern, "hours and minutes such as 8:00"), keys: schema{"pattern": `^(x\.[a-z_]+|` + codePattern + ")$"}},
	"ExampleDay.Late":           val(text(hmPattern, "hours and minutes such as 0:06")),
	"ExampleDay.Flags":          val(idText),
	"ExampleDay.Anomalies":      val(idText),

	"CalendarFile.Calendar":     val(schema{"type": "string", "const": ruleset.CalendarFormat}),
	"CalendarFile.ID":           val(docIDText),
	"CalendarFile.Title":        {values: schema{"type": "string"}, keys: langKeys},
	"CalendarFile.Notes":        {values: schema{"type": "string"}, keys: langKeys},
	"CalendarFile.Jurisdiction": val(text(`[A-Z]{2}(-[A-Z0-9]{1,3})?`, "a country such as CN, or a part of one such as US-CA")),
	"CalendarFile.Year":         val(schema{"minimum": 1900, "maximum": 2200}),
	"CalendarSource.Issued":     val(text(`\d{4}(-\d{2}(-\d{2})?)?`, "a year, month or date such as 2025-11-04")),
}
