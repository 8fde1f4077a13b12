package ruleset_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
)

// day reads a date; no text is an open end.
func day(s string) domain.Date {
	if s == "" {
		return 0
	}
	d, err := domain.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func lint(t *testing.T, text string) []string {
	t.Helper()
	text = strings.Replace(text, "shifts:\n", "shifts:\n  N: {kind: fixed, work: [[\"22:00\", \"34:00\"]], window: {before: 1h, after: 1h}}\n", 1)
	doc, err := ruleset.Parse([]byte(text), "f.yaml")
	require.NoError(t, err)
	var out []string
	for _, p := range ruleset.Lint(doc) {
		if p.Code != "lint.no_examples" && p.Code != "lint.no_authority" {
			require.NotEqual(t, p.Code, p.Text(), "a code without a sentence")
			require.NotContains(t, p.Text(), "{", "an argument that nobody gave")
			out = append(out, string(p.Severity)+" "+p.Pointer+" "+p.Code)
		}
	}
	return out
}

func TestLintFindsNothingInASoundDocument(t *testing.T) {
	require.Empty(t, lint(t, small))
}

func TestLint(t *testing.T) {
	const rule = "    - {id: late, outside: plan, code: OT_150}\n"
	for _, c := range []struct{ name, from, to, want string }{
		{"a code that is not declared", "code: OT_150", "code: OT_151", "error /overtime/rules/0/code lint.code_undeclared"},
		{"a code that nothing gives", "pay_codes:\n", "pay_codes:\n  BONUS: {class: premium, rate: \"1\"}\n", "error /pay_codes/BONUS lint.code_unused"},
		{"a code that credits may give", "pay_codes:\n", "pay_codes:\n  BONUS: {class: info, rate: \"1\"}\n", "warning /pay_codes/BONUS lint.code_unused"},
		{"a code that only a limit measures", "pay_codes:\n", "limits: [{id: a, measure: [BONUS], severity: low, max: 6h}]\npay_codes:\n  BONUS: {class: premium, rate: \"1\"}\n", "error /pay_codes/BONUS lint.code_unused"},
		{"a code of the wrong class", `OT_150: {class: base`, `OT_150: {class: premium`, "error /overtime/rules/0/code lint.code_class"},
		{"tiers that do not ascend", "[{over: 0m, as: late}]", "[{over: 30m, as: late}, {over: 30m, as: late_serious}]", "error /presence/late/tiers/1 lint.tiers_not_ascending"},
		{"the same pass twice", rule, rule + strings.Replace(rule, "late", "again", 1), "error /overtime/rules/1 lint.shadowed"},
		{"a day threshold below one that is claimed", rule, "    - {id: a, over: 8h, code: OT_150}\n    - {id: b, over: 12h, code: OT_150}\n", "error /overtime/rules/1 lint.shadowed"},
		{"days that two earlier passes share", rule, "    - {id: a, day: [work, special, makeup], over: 0h, code: OT_150}\n    - {id: b, not_day: [work], over: 0h, code: OT_150}\n    - {id: c, outside: plan, code: OT_150}\n", "error /overtime/rules/2 lint.shadowed"},
		{"a pool that nobody fills", rule, "    - {id: a, per: month, of: [OT_150], over: 60h, code: OT_150}\n", "error /overtime/rules/0/of lint.pool_empty"},
		{"a rule without days", rule, "    - {id: a, day: [work], not_day: [work], over: 0h, code: OT_150}\n", "error /overtime/rules/0/day lint.never_holds"},
		{"two sums under one key", rule, "    - {id: a, per: week, over: 40h, code: OT_150}\n    - {id: b, per: week, day: [work], over: 30h, code: OT_150}\n", "error /overtime/rules/1 lint.accumulator_twice"},
		{"an id twice", rule, rule + "    - {id: late, per: week, over: 40h, code: OT_150}\n", "error /overtime/rules/1/id lint.id_twice"},
		{"a pool where the highest rate pays", "overtime:\n", "overtime:\n  combine: highest\n", ""},
		{"a pool of codes where the highest rate pays", rule, rule + "    - {id: a, of: [OT_150], over: 1h, code: OT_150}\n  combine: highest\n", "error /overtime/rules/1/of lint.combine_of"},
		{"two weeks without a beginning", rule, "    - {id: a, per: two_weeks, over: 80h, code: OT_150}\n", "error /overtime/rules/0/per lint.anchor_missing"},
		{"weeks that begin inside a week", "week: {starts: mon}", `week: {starts: mon, anchor: "2026-06-02"}`, "error /week/anchor lint.anchor_weekday"},
		{"weeks that begin with a week", "week: {starts: mon}", `week: {starts: mon, anchor: "2026-06-01"}`, ""},
		{"a tier without width", rule, "    - {id: a, over: 8h, upto: 8h, code: OT_150}\n", "error /overtime/rules/0/upto lint.upto_order"},
		{"a tolerance of a week", rule, "    - {id: a, per: week, over: 40h, tolerance: 5m, code: OT_150}\n", "error /overtime/rules/0/tolerance lint.tolerance_day"},
		{"a tolerance of a day", rule, "    - {id: a, over: 8h, tolerance: 5m, code: OT_150}\n", ""},
		{"a tier of what has no sum", rule, "    - {id: a, outside: plan, upto: 2h, code: OT_150}\n", "error /overtime/rules/0/upto lint.outside_sum"},
		{"a rule behind one that ends", rule, "    - {id: a, over: 8h, upto: 10h, code: OT_150}\n    - {id: b, over: 8h, code: OT_150}\n", ""},
		{"a rule outside the band of another", rule, "    - {id: a, band: [\"22:00\", \"06:00\"], code: OT_150}\n    - {id: b, over: 8h, code: OT_150}\n", ""},
		{"a rule inside the band of another", rule, "    - {id: a, band: [\"20:00\", \"06:00\"], code: OT_150}\n    - {id: b, band: [\"22:00\", \"05:00\"], over: 8h, code: OT_150}\n", "error /overtime/rules/1 lint.shadowed"},
		{"kinds without a calendar", rule, "    - {id: a, day: [statutory], over: 0h, code: OT_150}\n", "warning /overtime/rules/0/day lint.no_calendar"},
		{"a long dedupe", "dedupe: 1m", "dedupe: 11m", "warning /punch/dedupe lint.dedupe_long"},
		{"punches that are left out", "punch: {", "punch: {off_shift: leave_out, ", "warning /punch/off_shift lint.off_shift_lost"},
		{"punches that are left out, where work must be recorded", "punch: {", "must_record: true\npunch: {off_shift: leave_out, ", "error /punch/off_shift lint.off_shift_lost"},
		{"punches that are flagged", "punch: {", "must_record: true\npunch: {off_shift: flag, ", ""},
		{"a shift that has an owner and is split", "day: {", "day: {assign: shift_end, ot_day: split, ", "error /day/assign lint.assign_split"},
		{"a gap longer than a shift", "day: {", "day: {shift_gap: 8h, longest_shift: 8h, ", "error /day/shift_gap lint.shift_gap_long"},
		{"an interval that ends at once", "punch: {", "punch: {close: {after: 0m}, ", "error /punch/close/after lint.close_at_once"},
		{"an interval that ends with the plan", "punch: {", "punch: {close: {after: plan}, ", ""},
		{"rounding that only takes", "punch: {", "rounding: {punch: {in: {every: 15m, dir: up}}}\npunch: {", "warning /rounding/punch/in lint.rounding_one_sided"},
		{"rounding that only takes, where pay is strict", "punch: {", "strict_pay: true\nrounding: {punch: {out: {every: 15m, dir: down}}}\npunch: {", "error /rounding/punch/out lint.rounding_one_sided"},
		{"a shift called rest", "  D: {", "  rest: {", "error /shifts/rest lint.shift_reserved"},
		{"an open end", "punch: {", "intake: {otherwise: [{tags: [x], outcome: hold}]}\npunch: {", "error /intake/otherwise/0 lint.otherwise_open"},
		{"a case after the end", "punch: {", "intake: {otherwise: [{outcome: hold}, {outcome: accept}]}\npunch: {", "error /intake/otherwise/1 lint.case_shadowed"},
		{"rejecting on place", "punch: {", "intake: {otherwise: [{outcome: reject}]}\npunch: {", "warning /intake/otherwise/0/outcome lint.place_reject"},
		{"rejecting on place, where work must be recorded", "punch: {", "must_record: true\nintake: {otherwise: [{outcome: reject}]}\npunch: {", "error /intake/otherwise/0/outcome lint.place_reject"},
		{"rejecting a device", "punch: {", "intake: {device: {rooted: reject}, otherwise: [{outcome: hold}]}\npunch: {", "warning /intake/device/rooted lint.device_reject"},
		{"a shift that does not exist", "mon: D", "mon: E", "error /schedule/weekly/mon lint.shift_unknown"},
		{"plans that overlap", `"18:00"`, `"34:00"`, "error /shifts/D lint.shift_too_long"},
		{"a night that runs into the next day", `{weekly: {mon: D}}`, `{rotate: {anchor: "2026-01-05", cycle: [N, D, rest]}}`, "error /schedule/rotate/cycle/1 lint.plans_overlap"},
		{"blocks out of order", `[["09:00", "18:00"]]`, `[["13:00", "18:00"], ["09:00", "12:00"]]`, "error /shifts/D/work/1 lint.span_order"},
		{"a break outside the hours", "kind: fixed,", `kind: fixed, break_at: "20:00",`, "error /shifts/D/break_at lint.break_outside"},
		{"a zone that does not exist", "Asia/Shanghai", "Asia/Nowhere", "error /timezone lint.zone_unknown"},
		{"a zone of a shift that does not exist", "kind: fixed,", "kind: fixed, timezone: Asia/Nowhere,", "error /shifts/D/timezone lint.zone_unknown"},
		{"a zone of a shift without hours", "shifts:\n", "shifts:\n  O: {kind: open, timezone: Asia/Tokyo}\n", "error /shifts/O/timezone lint.premium_needs"},
		{"a zone of the customer", "kind: fixed,", "kind: fixed, timezone: America/New_York,", ""},
		{"docking in China", "as: late}]\n", "as: absent_half}]\njurisdiction: CN\n", "warning /presence/late/tiers/0 lint.docking"},
		{"docking elsewhere", "as: late}]\n", "as: absent_half}]\njurisdiction: JP\n", ""},
		{"days between the dates of what is no swap", "punch: {", "requests: {leave: {within: 7}}\npunch: {", "error /requests/leave/within lint.within_swap"},
		{"a cycle's first day in a quota per month", "punch: {", "corrections: {quota: {count: 3, per: month, starts: 26}}\npunch: {", "error /corrections/quota/starts lint.quota_starts"},
		{"employees who approve their own requests", "punch: {", "requests: {leave: {chain: [{role: manager}, {role: employee}]}}\npunch: {", "error /requests/leave/chain/1/role lint.chain_self"},
		{"a timeout without a length", "punch: {", "requests: {trip: {chain: [{role: manager, timeout: escalate}]}}\npunch: {", "error /requests/trip/chain/0/timeout lint.timeout_without_sla"},
		{"a chain that begins with the third request", "punch: {", "corrections: {chain: [{role: hr, from_nth: 3}]}\npunch: {", "error /corrections/chain lint.chain_from_nth"},
		{"a limit without a bound", "punch: {", "limits: [{id: a, measure: [worked], severity: low, warn: 1h}]\npunch: {", "error /limits/0 lint.limit_open"},
		{"a limit in days on hours", "punch: {", "limits: [{id: a, measure: [worked], severity: low, max: 6}]\npunch: {", "error /limits/0/max lint.limit_unit"},
		{"a plan and a rotation", "{weekly: {mon: D}}", `{weekly: {mon: D}, rotate: {anchor: "2026-01-05", cycle: [D, rest]}}`, "error /schedule/weekly lint.weekly_and_rotation"},
		{"two codes for plain time", "  REG: {class: base", "  EXTRA: {class: base, rate: \"1.00\"}\n  PLAIN: {class: base", "error /pay_codes lint.plain_code_ambiguous"},
		{"no plain code", "REG: {class: base", "REG: {class: info", "error /pay_codes lint.no_plain_code"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Contains(t, small, c.from)
			got := lint(t, strings.Replace(small, c.from, c.to, 1))
			if c.want == "" {
				for _, g := range got {
					require.False(t, strings.HasPrefix(g, "error") && !strings.Contains(g, "otherwise_open"), g)
				}
				return
			}
			require.Contains(t, got, c.want)
		})
	}
}

func TestLintBarsTimeOffInLieuWhereTheLawDoes(t *testing.T) {
	text := strings.Replace(small, "{id: late, outside: plan, code: OT_150}", "{id: late, day: [work], outside: plan, code: OT_150, toil: TOIL}", 1)
	text += "  TOIL: {class: bank, rate: \"1.00\"}\n"
	require.Empty(t, lint(t, text+"jurisdiction: DE\n"))
	require.Contains(t, lint(t, text+"jurisdiction: CN\n"), "error /overtime/rules/0/toil lint.toil_forbidden")
	require.Contains(t, lint(t, text+"jurisdiction: US-NY\n"), "error /overtime/rules/0/toil lint.toil_forbidden")
	rest := strings.Replace(text, "day: [work], outside: plan", "day: [rest], over: 0h", 1)
	require.Empty(t, lint(t, rest+"jurisdiction: CN-BJ\n"))
}

// Each lint is seen once on a document that has the fault and once on a close one that has not.
func TestLintTellsFaultsFromTheirNeighbours(t *testing.T) {
	const (
		punch = "punch: {"
		rule  = "    - {id: late, outside: plan, code: OT_150}\n"
		codes = "pay_codes:\n"
		night = "  NIGHT: {class: premium, rate: \"0.25\"}\n  LATE: {class: premium, rate: \"0.40\"}\n"
		late  = "    grace: 5m\n    tiers: [{over: 0m, as: late}]\n"
	)
	premiums := func(list string) string { return "premiums: " + list + "\n" + codes + night }
	for _, c := range []struct{ name, from, fault, sound, want string }{
		{
			"a night without a window", "  D: {", "  M: {kind: fixed, work: [[\"22:00\", \"30:00\"]]}\n  D: {",
			"  M: {kind: fixed, work: [[\"22:00\", \"30:00\"]], window: {before: 0m, after: 30m}}\n  D: {", "warning /shifts/M lint.window_gap_after",
		},
		{
			"a night with a short window", "  D: {", "  M: {kind: fixed, work: [[\"22:00\", \"30:00\"]], window: {before: 0m, after: 29m}}\n  D: {",
			"  M: {kind: fixed, work: [[\"20:00\", \"28:00\"]]}\n  D: {", "warning /shifts/M/window/after lint.window_gap_after",
		},
		{
			"an early shift without a window", "  D: {", "  M: {kind: fixed, work: [[\"05:00\", \"13:00\"]]}\n  D: {",
			"  M: {kind: fixed, work: [[\"05:00\", \"13:00\"]], window: {before: 30m, after: 0m}}\n  D: {", "warning /shifts/M lint.window_gap_before",
		},
		{"a tier inside the grace", late, "    grace: 10m\n    tiers: [{over: 0m, as: late}, {over: 10m, as: late_serious}]\n", "    grace: 10m\n    tiers: [{over: 0m, as: late}, {over: 11m, as: late_serious}]\n", "warning /presence/late/tiers/0 lint.tier_never"},
		{"a longer lateness that weighs less", late, "    tiers: [{over: 0m, as: late_serious}, {over: 10m, as: late}]\n", "    tiers: [{over: 0m, as: late}, {over: 10m, as: incomplete}]\n", "warning /presence/late/tiers/1/as lint.tier_lighter"},
		{"a pardon inside the grace", late, late + "  pardon: {count: 3, per: month, upto: 5m}\n", late + "  pardon: {count: 3, per: month, upto: 10m}\n", "warning /presence/pardon/upto lint.pardon_never"},
		{"an absence above the half", late, late + "  worked: {half_below: 2h, absent_below: 4h}\n", late + "  worked: {half_below: 4h, absent_below: 2h}\n", "error /presence/worked lint.worked_order"},
		{"a weekday that is excluded", rule, "    - {id: late, weekday: [mon], not_weekday: [mon], outside: plan, code: OT_150}\n", "    - {id: late, weekday: [mon, tue], not_weekday: [mon], outside: plan, code: OT_150}\n", "error /overtime/rules/0/weekday lint.never_holds"},
		{"a date that no year has", rule, "    - {id: late, dates: [\"02-30\"], outside: plan, code: OT_150}\n", "    - {id: late, dates: [\"02-29\"], outside: plan, code: OT_150}\n", "error /overtime/rules/0/dates lint.never_holds"},
		{"time outside the plan that never counts", "late: approved, off: approved", "late: never, off: never", "late: never, off: always", "error /overtime/rules/0/outside lint.outside_never_counts"},
		{
			"a premium inside a dearer one", codes, premiums(`[{id: a, band: ["22:00", "04:00"], code: NIGHT, family: n}, {id: b, band: ["20:00", "06:00"], code: LATE, family: n}]`),
			premiums(`[{id: a, band: ["22:00", "07:00"], code: NIGHT, family: n}, {id: b, band: ["20:00", "06:00"], code: LATE, family: n}]`), "error /premiums/0 lint.premium_beaten",
		},
		{
			"a premium on the days of a dearer one", codes, premiums(`[{id: b, day: [work, rest], code: LATE, family: n}, {id: a, day: [rest], code: NIGHT, family: n}]`),
			premiums(`[{id: b, day: [work, rest], code: LATE, family: n}, {id: a, day: [rest], code: NIGHT, family: m}]`), "error /premiums/1 lint.premium_beaten",
		},
		{
			"a premium of which only part is dearer elsewhere", codes, premiums(`[{id: b, code: LATE, family: n}, {id: a, min: 2h, code: NIGHT, family: n}]`),
			premiums(`[{id: b, min: 2h, code: LATE, family: n}, {id: a, code: NIGHT, family: n}]`), "error /premiums/1 lint.premium_beaten",
		},
		{"a condition without a length", punch, "rounding: {punch: {in: {every: 15m, dir: nearest, near: \"08:00\"}}}\npunch: {", "rounding: {punch: {in: {every: 15m, dir: nearest, near: \"08:00\", within: 10m}}}\npunch: {", "error /rounding/punch/in/near lint.round_condition"},
		{"a total that is near to nothing", punch, "rounding: {worked: {every: 15m, dir: nearest, within: 10m}}\npunch: {", "rounding: {worked: {every: 15m, dir: nearest}}\npunch: {", "error /rounding/worked lint.round_condition"},
		{"a step behind one that always holds", punch, "rounding: {punch: {in: [{every: 15m, dir: nearest}, {every: 5m, dir: nearest}]}}\npunch: {", "rounding: {punch: {in: [{every: 15m, dir: nearest, within: 5m}, {every: 5m, dir: nearest}]}}\npunch: {", "error /rounding/punch/in/1 lint.round_never"},
		{"a step that is named twice", punch, "rounding: {order: [punch, snap, punch]}\npunch: {", "rounding: {order: [punch, snap]}\npunch: {", "error /rounding/order/2 lint.order_twice"},
		{"a least above its most", codes, premiums(`[{id: a, least: 2h, most: 1h, code: NIGHT, family: n}]`), premiums(`[{id: a, least: 1h, most: 1h, code: NIGHT, family: n}]`), "error /premiums/0/least lint.premium_bounds"},
		{"a whole shift without a band", codes, premiums(`[{id: a, whole_shift: starts, code: NIGHT, family: n}]`), premiums(`[{id: a, band: ["22:00", "06:00"], whole_shift: starts, code: NIGHT, family: n}]`), "error /premiums/0/whole_shift lint.premium_needs"},
		{"a tie without a majority", codes, premiums(`[{id: a, band: ["22:00", "06:00"], whole_shift: ends, tie: pays, code: NIGHT, family: n}]`), premiums(`[{id: a, band: ["22:00", "06:00"], whole_shift: majority, tie: pays, code: NIGHT, family: n}]`), "error /premiums/0/tie lint.premium_needs"},
		{"a band of no hours", codes, premiums(`[{id: a, hours: {day: {over: 8h, until: 8h}}, code: NIGHT, family: n}]`), premiums(`[{id: a, hours: {day: {over: 8h, until: 9h}}, code: NIGHT, family: n}]`), "error /premiums/0/hours/day lint.hours_empty"},
		{
			"a premium beside a dearer one that has a most", codes, premiums(`[{id: b, code: LATE, family: n}, {id: a, code: NIGHT, family: n}]`),
			premiums(`[{id: b, most: 1h, code: LATE, family: n}, {id: a, code: NIGHT, family: n}]`), "error /premiums/1 lint.premium_beaten",
		},
		{"a warning above its limit", punch, "limits: [{id: a, measure: [worked], severity: low, max: 8h, warn: 8h}]\npunch: {", "limits: [{id: a, measure: [worked], severity: low, max: 8h, warn: 7h}]\npunch: {", "warning /limits/0/warn lint.limit_warn_late"},
		{"a network as a proof", punch, "intake: {office: {any_of: [terminal, wifi]}, otherwise: [{outcome: hold}]}\npunch: {", "intake: {office: {any_of: [terminal, ip]}, otherwise: [{outcome: hold}]}\npunch: {", "warning /intake/office/any_of/1 lint.wifi_unproven"},
		{"a code in two banks", punch, "banks: {A: {take: [REG]}, B: {take: [REG]}}\npunch: {", "banks: {A: {take: [REG]}}\npunch: {", "error /banks/B/take/0 lint.bank_code_twice"},
		{"an account of undertime that nothing finds", "overtime:\n", "banks: {A: {take: [x.undertime]}}\novertime:\n", "banks: {A: {take: [x.undertime]}}\novertime:\n  undertime: {below: plan}\n", "error /banks/A/take/0 lint.premium_needs"},
		{"a bank that earns what is no bank code", punch, "banks: {A: {earn: [REG]}}\npunch: {", "banks: {A: {take: [REG]}}\npunch: {", "error /banks/A/earn/0 lint.code_class"},
		{
			"lieu time that is lost in China", "pay_codes:\n", "jurisdiction: CN\nbanks: {A: {earn: [T], on_expiry: forfeit}}\npay_codes:\n  T: {class: bank, rate: \"1\"}\n",
			"jurisdiction: CN\nbanks: {A: {earn: [T]}}\npay_codes:\n  T: {class: bank, rate: \"1\"}\n", "error /banks/A/on_expiry lint.bank_forfeits",
		},
		{"an agreement that nobody could find", punch, "authority: {kind: collective, title: T}\npunch: {", "authority: {kind: collective, title: T, agreed_on: \"2025-01-01\", parties: [A, B], sha256: " + strings.Repeat("a", 64) + "}\npunch: {", "warning /authority lint.authority_vague"},
		{"a core before the latest arrival", "  D: {", "  F: {kind: flex, start: [\"08:00\", \"10:30\"], required: 8h, core: [[\"10:00\", \"12:00\"]]}\n  D: {", "  F: {kind: flex, start: [\"08:00\", \"10:00\"], required: 8h, core: [[\"10:00\", \"12:00\"]]}\n  D: {", "warning /shifts/F/core/0 lint.core_before_start"},
		{"a flexible shift without a length", "  D: {", "  F: {kind: flex, start: [\"08:00\", \"10:30\"]}\n  D: {", "  F: {kind: flex, start: [\"08:00\", \"10:30\"], required: 8h}\n  D: {", "error /shifts/F lint.shift_needs"},
		{"a call-back without a gap", punch, "guarantees: [{id: a, kind: call_back, floor: 2h, code: S}]\npunch: {", "guarantees: [{id: a, kind: call_back, floor: 2h, gap_over: 1h, code: S}]\npunch: {", "error /guarantees/0 lint.guarantee_needs"},
		{"a holiday without a length", punch, "guarantees: [{id: a, kind: holiday, if: off, code: S}]\npunch: {", "guarantees: [{id: a, kind: holiday, if: off, qty: 8h, code: S}]\npunch: {", "error /guarantees/0 lint.guarantee_needs"},
		{"a condition that nothing asks", punch, "guarantees: [{id: a, kind: min_shift, if: off, floor: 2h, code: S}]\npunch: {", "guarantees: [{id: a, kind: holiday, if: off, qty: 2h, code: S}]\npunch: {", "error /guarantees/0/if lint.guarantee_if"},
		{"a weekly rest of a week", punch, "limits: [{id: a, measure: weekly_rest, min: 168h, severity: low}]\npunch: {", "limits: [{id: a, measure: weekly_rest, min: 35h, severity: low}]\npunch: {", "error /limits/0 lint.weekly_rest_min"},
		{"a standby that pays twice", `"18:00"]]`, `"18:00"]], standby: {hours: [["18:00", "32:00"]], share: 25%, qty: 2h, code: S}`, `"18:00"]], standby: {hours: [["18:00", "32:00"]], share: 25%, code: S}`, "error /shifts/D/standby lint.standby_pay"},
		{"a window of days", `"18:00"]]`, `"18:00"]], window: {before: 20h, after: 20h}`, `"18:00"]], window: {before: 20h, after: 19h}`, "error /shifts/D/window lint.window_too_wide"},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Contains(t, small, c.from)
			require.Contains(t, lint(t, strings.Replace(small, c.from, c.fault, 1)), c.want)
			for _, g := range lint(t, strings.Replace(small, c.from, c.sound, 1)) {
				require.False(t, strings.HasSuffix(g, c.want[strings.LastIndexByte(c.want, ' '):]), g)
			}
		})
	}
}

// Every lint is in the tables above or has a test of its own, and the manual lists it with the severity that it is given.
func TestEveryLintIsTestedAndInTheManual(t *testing.T) {
	code := regexp.MustCompile(`(?m)^\t"lint\.([a-z_]+)":`)
	texts, err := os.ReadFile("problem_text.go")
	require.NoError(t, err)
	tests, err := os.ReadFile("lint_test.go")
	require.NoError(t, err)
	var want []string
	for _, m := range code.FindAllStringSubmatch(string(texts), -1) {
		require.Contains(t, string(tests), "lint."+m[1])
		want = append(want, m[1])
	}
	slices.Sort(want)
	require.GreaterOrEqual(t, len(want), 50)
	severity := map[string]map[string]bool{}
	for _, m := range regexp.MustCompile(`"(error|warning) [^" ]* lint\.([a-z_]+)"`).FindAllStringSubmatch(string(tests), -1) {
		if severity[m[2]] == nil {
			severity[m[2]] = map[string]bool{}
		}
		severity[m[2]][m[1]] = true
	}
	for file, words := range map[string][2]string{"rules.md": {"error", "warning"}, "rules.zh-CN.md": {"错误", "提示"}} {
		manual, err := os.ReadFile(filepath.Join("..", "..", "docs", file))
		require.NoError(t, err)
		row := regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\| ([^|]*) \\|[^|]+\\|$")
		var have []string
		_, table, ok := strings.Cut(string(manual), "<!-- lints -->")
		require.True(t, ok, file)
		table, _, ok = strings.Cut(table, "<!-- end of lints -->")
		require.True(t, ok, file)
		for _, m := range row.FindAllStringSubmatch(table, -1) {
			have = append(have, m[1])
			for i, word := range []string{"error", "warning"} {
				if severity[m[1]][word] {
					require.Contains(t, m[2], words[i], "%s: %s", file, m[1])
				}
			}
		}
		slices.Sort(have)
		require.Equal(t, want, have, file)
	}
}

func TestLintNamesWordsThatThisBuildCannotEvaluate(t *testing.T) {
	doc, err := ruleset.Parse([]byte(small), "f.yaml")
	require.NoError(t, err)
	require.Empty(t, ruleset.CompileProblems(doc))
	doc.Overtime.Rules[0].Per = "cycle" // which the schema would not let pass
	problems := ruleset.CompileProblems(doc)
	require.Len(t, problems, 1)
	require.Equal(t, "error /overtime/rules/0/per lint.not_compiled", string(problems[0].Severity)+" "+problems[0].Pointer+" "+problems[0].Code)
}

func TestLintWantsAnAuthority(t *testing.T) {
	codes := func(text string) []string {
		doc, err := ruleset.Parse([]byte(text), "f.yaml")
		require.NoError(t, err)
		var out []string
		for _, p := range ruleset.Lint(doc) {
			out = append(out, p.Code)
		}
		return out
	}
	require.Contains(t, codes(small), "lint.no_authority")
	require.Contains(t, codes(small), "lint.no_examples")
	require.NotContains(t, codes(small+"authority: {kind: company, title: Handbook}\n"), "lint.no_authority")
}

func TestLintNamesTheYearsThatACalendarLacks(t *testing.T) {
	doc, ok := ruleset.Pack("cn-bj-office")
	require.True(t, ok)
	calendar, ok := ruleset.Calendar(doc.Calendar)
	require.True(t, ok)
	found := func(from, until string, c *schedule.Calendar) []string {
		var out []string
		for _, p := range ruleset.LintYears(doc, day(from), day(until), c) {
			require.Equal(t, ruleset.SeverityWarning, p.Severity)
			require.Equal(t, "/calendar", p.Pointer)
			out = append(out, p.Code+" "+p.Args["year"])
		}
		return out
	}
	require.Empty(t, found("2026-01-01", "2027-01-01", calendar))
	require.Equal(t, []string{"lint.calendar_missing 2027"}, found("2026-01-01", "2027-01-02", calendar))
	require.Equal(t, []string{"lint.calendar_ends 2026"}, found("2026-01-01", "", calendar))
	require.Equal(t, []string{"lint.calendar_missing 2018", "lint.calendar_ends 2026"}, found("2018-06-01", "", calendar))
	require.Equal(t, []string{"lint.calendar_missing 2026"}, found("2026-01-01", "", nil))
	calendar.Years[2026] = schedule.CalendarYear{Year: 2026, Provisional: true}
	require.Equal(t, []string{"lint.calendar_provisional 2026"}, found("2026-01-01", "2027-01-01", calendar))
	open, ok := ruleset.Pack("flex-open")
	require.True(t, ok)
	require.Empty(t, ruleset.LintYears(open, day("2026-01-01"), 0, nil))
}

func TestLocateAddsLines(t *testing.T) {
	text := []byte(strings.Replace(small, "code: OT_150", "code: OT_151", 1))
	doc, err := ruleset.Parse(text, "f.yaml")
	require.NoError(t, err)
	for _, p := range ruleset.Locate(text, ruleset.Lint(doc)) {
		if p.Code == "lint.code_undeclared" {
			require.Equal(t, []int{16, 39}, []int{p.Line, p.Column})
			require.Equal(t, `pay code OT_151 is not declared in pay_codes; add it there; did you mean "OT_150"?`, p.Text())
		}
	}
}
