package viewtest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// ruleChange is one thing that somebody changes in a document. It may leave a document that does not compile: then another one is drawn.
type ruleChange struct {
	name  string
	apply func(r *randomActs, doc *ruleset.Document)
}

// ruleChanges go over the vocabulary: what is forgiven, rounded, cut out, paid dearer, planned, paired and bounded.
var ruleChanges = []ruleChange{
	{"grace", func(r *randomActs, doc *ruleset.Document) {
		for _, e := range []*ruleset.Edge{doc.Presence.Late, doc.Presence.Early} {
			if e != nil && r.IntN(3) > 0 {
				e.Grace, e.Snap, e.From = r.minutes(0, 1, 3, 5, 10, 15, 30), r.IntN(2) == 0, ""
			}
		}
	}},
	{"tiers", func(r *randomActs, doc *ruleset.Document) {
		if e := doc.Presence.Late; e != nil {
			e.Tiers = []ruleset.Tier{{As: "late"}, {Over: r.minutes(15, 20, 30, 60), As: "late_serious"}}
		}
		doc.Presence.Missing = &ruleset.Missing{One: pick(r, "incomplete", "absent_half"), Both: "absent"}
	}},
	{"pardon", func(r *randomActs, doc *ruleset.Document) {
		doc.Presence.Pardon = pick(r, nil, &ruleset.Pardon{Count: 1 + r.IntN(4), Per: "month", Upto: r.minutes(5, 10, 30)})
	}},
	{"rounding of punches", func(r *randomActs, doc *ruleset.Document) {
		step := func() ruleset.RoundSteps {
			return ruleset.RoundSteps{{
				Every: r.minutes(5, 6, 10, 15, 30), Dir: pick(r, "up", "down", "nearest", "nearest_down"), Grace: r.minutes(0, 0, 2, 4),
			}}
		}
		doc.StrictPay, doc.Rounding = false, &ruleset.Rounding{Punch: &ruleset.RoundPunch{In: step(), Out: step()}}
	}},
	{"rounding of totals", func(r *randomActs, doc *ruleset.Document) {
		doc.StrictPay = false
		code := pick(r, slices.Sorted(maps.Keys(codesOf(doc, "base")))...)
		doc.Rounding = &ruleset.Rounding{Total: map[string]ruleset.RoundTotal{
			code: {Every: r.minutes(10, 15, 30), Dir: pick(r, "up", "down", "nearest")},
		}}
	}},
	{"precision", func(r *randomActs, doc *ruleset.Document) { doc.Precision = pick(r, "second", "minute", "minute_up") }},
	{"breaks", func(r *randomActs, doc *ruleset.Document) {
		doc.Breaks = ruleset.Breaks{Mode: pick(r, "planned", "punched", "auto"), Comply: doc.Breaks.Comply, MaxPremiums: doc.Breaks.MaxPremiums}
		if doc.Breaks.Mode == "auto" {
			doc.Breaks.Auto = []ruleset.AutoBreak{{WorkedOver: r.minutes(240, 300, 360), Deduct: r.minutes(20, 30, 45)}}
			doc.Breaks.AutoPlace = pick(r, "", "middle", "threshold")
		}
		doc.Breaks.MinPiece, doc.Breaks.PaidUpto = r.minutes(0, 0, 15), r.minutes(0, 0, 10)
	}},
	{"time outside the plan", func(r *randomActs, doc *ruleset.Document) {
		doc.Count = ruleset.Count{Early: r.counted(), Late: r.counted(), Off: r.counted()}
	}},
	{"approval", func(r *randomActs, doc *ruleset.Document) {
		doc.Overtime.Approval = pick(r, nil, &ruleset.Approval{Mode: "none"}, &ruleset.Approval{Mode: pick(r, "clip", "hours")})
	}},
	{"overtime", func(r *randomActs, doc *ruleset.Document) {
		if len(doc.Overtime.Rules) == 0 {
			return
		}
		doc.Overtime.Rules = slices.Clone(doc.Overtime.Rules)
		o := &doc.Overtime.Rules[r.IntN(len(doc.Overtime.Rules))]
		o.Min, o.Round = r.minutes(0, 15, 30, 60), pick(r, nil, &ruleset.RoundStep{Every: r.minutes(15, 30), Dir: pick(r, "up", "down", "nearest")})
		if o.Over != nil && !o.Over.Plan && o.Over.Length > 0 {
			o.Over = &ruleset.Over{Length: max(o.Over.Length+r.minutes(0, 60)-r.minutes(0, 60), 60)}
		}
	}},
	{"a premium", func(r *randomActs, doc *ruleset.Document) { r.premium(doc) }},
	{"the hours of shifts", func(r *randomActs, doc *ruleset.Document) {
		doc.Shifts = maps.Clone(doc.Shifts)
		for _, id := range slices.Sorted(maps.Keys(doc.Shifts)) {
			s := doc.Shifts[id]
			s.Work = slices.Clone(s.Work)
			if n := len(s.Work); n > 0 {
				s.Work[0][0] += ruleset.Clock(r.minutes(0, 30, 60)) - ruleset.Clock(r.minutes(0, 30))
				s.Work[n-1][1] += ruleset.Clock(r.minutes(0, 30, 60)) - ruleset.Clock(r.minutes(0, 30))
			}
			doc.Shifts[id] = s
		}
	}},
	{"the windows of shifts", func(r *randomActs, doc *ruleset.Document) {
		doc.Shifts = maps.Clone(doc.Shifts)
		for _, id := range slices.Sorted(maps.Keys(doc.Shifts)) {
			s := doc.Shifts[id]
			s.Window = &ruleset.Window{Before: r.minutes(0, 60, 240), After: r.minutes(60, 240, 600)}
			doc.Shifts[id] = s
		}
	}},
	{"the week", func(r *randomActs, doc *ruleset.Document) {
		if doc.Schedule.Weekly == nil {
			return
		}
		doc.Schedule.Weekly = maps.Clone(doc.Schedule.Weekly)
		doc.Schedule.Weekly[pick(r, "mon", "wed", "fri", "sat", "sun")] = pick(r, append(slices.Sorted(maps.Keys(doc.Shifts)), "rest")...)
	}},
	{"the cut of days", func(r *randomActs, doc *ruleset.Document) {
		doc.Day.Cut = ruleset.Clock(r.IntN(20)) * ruleset.Clock(30*domain.Minute)
	}},
	{"pairing", func(r *randomActs, doc *ruleset.Document) {
		open := r.minutes(600, 960, 2400)
		doc.Punch = ruleset.Punch{
			Pair: pick(r, "first_last", "alternate", "typed"), Dedupe: r.minutes(0, 1, 3), Lone: pick(r, "nearest", "in", "out"),
			MaxOpen: pick(r, nil, &open), OffShift: pick(r, "", "", "flag"),
		}
	}},
	{"limits", func(r *randomActs, doc *ruleset.Document) {
		doc.Limits = append(slices.Clone(doc.Limits), ruleset.Limit{
			ID: fmt.Sprintf("drawn%d", r.IntN(1000)), Measure: ruleset.Measure{"worked"}, Per: pick(r, "day", "week"), Severity: "medium",
			Max: &ruleset.Amount{Length: r.minutes(480, 540, 2400)},
		})
	}},
}

func (r *randomActs) minutes(list ...int) ruleset.Duration {
	return ruleset.Duration(domain.Seconds(pick(r, list...)) * domain.Minute)
}

func (r *randomActs) counted() string { return pick(r, "never", "approved", "always") }

// codesOf are the pay codes of a class.
func codesOf(doc *ruleset.Document, class string) map[string]bool {
	out := map[string]bool{}
	for code, p := range doc.PayCodes {
		if p.Class == class && p.Unit == "" {
			out[code] = true
		}
	}
	return out
}

// premium adds a premium for a band of the clock or a day of the week.
func (r *randomActs) premium(doc *ruleset.Document) {
	n := r.IntN(1000)
	code := fmt.Sprintf("EXTRA_%d", n)
	p := ruleset.Premium{ID: fmt.Sprintf("extra%d", n), Code: code, Family: pick(r, "night", code), Min: r.minutes(0, 30)}
	if r.IntN(3) == 0 {
		p.Weekday = []string{pick(r, "sun", "sat", "wed")}
	} else {
		from := ruleset.Clock(16+r.IntN(8)) * ruleset.Clock(domain.Hour)
		p.Band = &ruleset.Span{from, ruleset.Clock(5 * domain.Hour)}
	}
	doc.Premiums = append(slices.Clone(doc.Premiums), p)
	doc.PayCodes = maps.Clone(doc.PayCodes)
	doc.PayCodes[code] = ruleset.PayCode{Class: "premium", Rate: pick(r, "0.10", "0.25", "0.50"), Title: ruleset.Text{"en": "Drawn"}}
}

// changed draws a document that somebody may put in the place of another one: one to three changes that pass lint and compile.
func (r *randomActs) changed(old *ruleset.Document) (doc *ruleset.Document, what []string) {
	for {
		d := *old
		what = what[:0]
		for range 1 + r.IntN(3) {
			c := pick(r, ruleChanges...)
			c.apply(r, &d)
			what = append(what, c.name)
		}
		d.Overtime.MidCycle, d.Examples = "carry", nil
		if fit(&d) {
			return &d, what
		}
	}
}

func fit(doc *ruleset.Document) bool {
	data, err := doc.JSON()
	if err != nil {
		return false
	}
	if _, err := ruleset.ParseStored(data); err != nil || len(ruleset.CompileProblems(doc)) > 0 {
		return false
	}
	return !slices.ContainsFunc(ruleset.Lint(doc), func(p ruleset.Problem) bool { return p.Severity == ruleset.SeverityError })
}
