package ruleset_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/ruleset"
)

func lint(t *testing.T, text string) []string {
	t.Helper()
	text = strings.Replace(text, "shifts:\n", "shifts:\n  N: {kind: fixed, work: [[\"22:00\", \"34:00\"]]}\n", 1)
	doc, err := ruleset.Parse([]byte(text), "f.yaml")
	require.NoError(t, err)
	var out []string
	for _, p := range ruleset.Lint(doc) {
		if p.Code != "lint.no_examples" {
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
		{"a code that nothing gives", "pay_codes:\n", "pay_codes:\n  BONUS: {class: premium, rate: \"1\"}\n", "warning /pay_codes/BONUS lint.code_unused"},
		{"a code of the wrong class", `OT_150: {class: base`, `OT_150: {class: premium`, "error /overtime/rules/0/code lint.code_class"},
		{"tiers that do not ascend", "[{over: 0m, as: late}]", "[{over: 30m, as: late}, {over: 30m, as: late_serious}]", "error /presence/late/tiers/1 lint.tiers_not_ascending"},
		{"the same pass twice", rule, rule + strings.Replace(rule, "late", "again", 1), "error /overtime/rules/1 lint.shadowed"},
		{"a day threshold below one that is claimed", rule, "    - {id: a, over: 8h, code: OT_150}\n    - {id: b, over: 12h, code: OT_150}\n", "error /overtime/rules/1 lint.shadowed"},
		{"days that two earlier passes share", rule, "    - {id: a, day: [work, special, makeup], over: 0h, code: OT_150}\n    - {id: b, not_day: [work], over: 0h, code: OT_150}\n    - {id: c, outside: plan, code: OT_150}\n", "error /overtime/rules/2 lint.shadowed"},
		{"a pool that nobody fills", rule, "    - {id: a, per: month, of: [OT_150], over: 60h, code: OT_150}\n", "error /overtime/rules/0/of lint.pool_empty"},
		{"a rule without days", rule, "    - {id: a, day: [work], not_day: [work], over: 0h, code: OT_150}\n", "error /overtime/rules/0 lint.never_holds"},
		{"two sums under one key", rule, "    - {id: a, per: week, over: 40h, code: OT_150}\n    - {id: b, per: week, day: [work], over: 30h, code: OT_150}\n", "error /overtime/rules/1 lint.accumulator_twice"},
		{"an id twice", rule, rule + "    - {id: late, per: week, over: 40h, code: OT_150}\n", "error /overtime/rules/1/id lint.id_twice"},
		{"kinds without a calendar", rule, "    - {id: a, day: [statutory], over: 0h, code: OT_150}\n", "warning /overtime/rules/0/day lint.no_calendar"},
		{"a long dedupe", "dedupe: 1m", "dedupe: 11m", "warning /punch/dedupe lint.dedupe_long"},
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
		{"docking in China", "as: late}]\n", "as: absent_half}]\njurisdiction: CN\n", "warning /presence/late/tiers/0 lint.docking"},
		{"docking elsewhere", "as: late}]\n", "as: absent_half}]\njurisdiction: JP\n", ""},
		{"a limit without a bound", "punch: {", "limits: [{id: a, measure: [worked], severity: low, warn: 1h}]\npunch: {", "error /limits/0 lint.limit_open"},
		{"a limit in days on hours", "punch: {", "limits: [{id: a, measure: [worked], severity: low, max: 6}]\npunch: {", "error /limits/0/max lint.limit_unit"},
		{"a plan and a rotation", "{weekly: {mon: D}}", `{weekly: {mon: D}, rotate: {anchor: "2026-01-05", cycle: [D, rest]}}`, "error /schedule/weekly lint.weekly_and_rotation"},
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

func TestLocateAddsLines(t *testing.T) {
	text := []byte(strings.Replace(small, "code: OT_150", "code: OT_151", 1))
	doc, err := ruleset.Parse(text, "f.yaml")
	require.NoError(t, err)
	for _, p := range ruleset.Locate(text, ruleset.Lint(doc)) {
		if p.Code == "lint.code_undeclared" {
			require.Equal(t, []int{16, 39}, []int{p.Line, p.Column})
			require.Equal(t, `pay code OT_151 is not declared in pay_codes; did you mean "OT_150"?`, p.Text())
		}
	}
}
