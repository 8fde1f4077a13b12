package attendance_test

import (
	"fmt"
	"testing"

	"github.com/punchledger/punchledger/domain/ruleset"
)

// laterDocuments try parts of the vocabulary that the first documents of the drawn lives leave out. They are drawn by the properties and,
// behind the first lives, by the lives.
func laterDocuments(t testing.TB) []*ruleset.Rules {
	t.Helper()
	var list []*ruleset.Rules
	for i, owner := range []string{"shift_start", "shift_end, shift_gap: 30m, longest_shift: 6h", "most_worked, shift_gap: 2h"} {
		list = append(list, pack(t, "us-ca-hourly", "id: us-ca-hourly", fmt.Sprintf("id: owner%d", i), `day: {cut: "00:00", ot_day: split}`, `day: {cut: "00:00", assign: `+owner+`}`,
			"punch: {pair: typed,", "punch: {close: {after: 9h}, second_in: first, pair: typed,"))
	}
	list = append(list,
		pack(t, "de-by-plant", "id: de-by-plant", "id: left_out", "punch: {", "punch: {off_shift: leave_out, close: {after: plan, tolerance: 1h}, "),
		pack(t, "cn-bj-office", "id: cn-bj-office", "id: flagged", "punch: {", "punch: {off_shift: flag, "),
		pack(t, "us-ca-hourly", "id: us-ca-hourly", "id: anywhere", "mode: punched", "mode: punched\n  punched: anywhere"))
	for i, id := range []string{"us-ca-hourly", "de-by-plant"} {
		premium := `
  - {id: hours, hours: {day: {over: 2h, until: 4h}, week: {over: 6h}}, code: EXTRA, family: a}
  - {id: whole, band: ["15:00", "23:00"], whole_shift: majority, tie: starts, code: EXTRA, family: b}
  - {id: inside, band: ["20:00", "06:00"], whole_shift: inside, least: 1h, most: 3h, code: EXTRA, family: c}
  - {id: each, least: 1h, most: 90m, per: interval, code: EXTRA, family: d}`
		list = append(list, pack(t, id, "id: "+id, fmt.Sprintf("id: adjusted%d", i), "pay_codes:", "pay_codes:\n  EXTRA: {class: premium, rate: \"0.50\"}",
			[]string{"guarantees:", "premiums:"}[i], []string{"premiums:" + premium + "\nguarantees:\n  - {id: called, kind: min_shift, floor: 4h, gap_over: 2h, code: SPLIT}", "premiums:" + premium}[i],
			[]string{"mode: punched", "mode: auto"}[i], []string{
				"mode: auto\n  auto: [{worked_over: 3h, deduct: 30m}]\n  auto_place: threshold\n  credit: [{worked_over: 1h, add: 10m}, {worked_over: 2h, add: 15m, first_only: true}]",
				"mode: auto\n  counts_in: [thresholds]\n  credit: [{worked_over: 1h, add: 10m}]",
			}[i],
			"punch: {", []string{
				"rounding: {punch: {in: {every: 15m, dir: up, grace: 3m}, out: [{every: 15m, dir: nearest_down, whole_minutes: true, near: \"17:00\", within: 1h}, {every: 5m, dir: down}]}, breaks: {every: 15m, dir: up}}\npunch: {",
				"rounding: {worked: {every: 30m, dir: nearest, grace: 0m}, total: {REG: {every: 15m, dir: down, per: interval}}, order: [worked, snap]}\npunch: {",
			}[i]))
	}
	list = append(list, overtimeDocuments(t)...)
	return append(list,
		pack(t, "us-ca-hourly", "id: us-ca-hourly", "id: called_back", "{id: split, kind: split_shift, gap_over: 1h, qty: 1h, code: SPLIT}",
			"{id: split, kind: call_back, gap_over: 1h, floor: 2h, code: SPLIT}\n  - {id: part, kind: min_shift, gap_over: 3h, floor: 4h, code: SPLIT}",
			"  A: {kind: open", "  A: {standby: {hours: [[\"18:00\", \"32:00\"]], share: 25%, code: SPLIT}, kind: open",
			"limits:", "limits:\n  - {id: week, measure: weekly_rest, min: 35h, severity: low}\n  - {id: two, measure: weekly_rest, min: 24h, severity: low}"),
		pack(t, "cn-bj-office", "id: cn-bj-office", "id: around", "pay_codes:",
			"guarantees: [{id: a, kind: holiday, if: worked_around, qty: 8h, code: HOL}, {id: o, kind: holiday, if: off, qty: 1h, code: HOL}, {id: w, kind: holiday, if: worked, qty: 2h, code: HOL}]\npay_codes:\n  HOL: {class: statutory_pay, rate: \"1.00\"}"),
		pack(t, "cn-bj-office", "id: cn-bj-office", "id: abroad", "D: {kind: fixed, work", "D: {kind: fixed, timezone: America/New_York, standby: {hours: [[\"19:00\", \"31:00\"]], share: 30%, code: CALL}, work",
			"pay_codes:", "pay_codes:\n  CALL: {class: statutory_pay, rate: \"1.00\"}"),
		pack(t, "jp-tokyo-office", "id: jp-tokyo-office", "id: one_clock", `day: {cut: "05:00", civil: [legal_rest]}`, `day: {cut: "00:00", ot_day: split, zone: rules, civil: [work, rest, legal_rest, holiday]}`,
			"D: {kind: fixed, work", "N: {kind: fixed, timezone: Europe/Berlin, work: [[\"13:00\", \"22:00\"]]}\n  D: {kind: fixed, work", "approval: {mode: none}", "approval: {mode: none}\n  undertime: {below: plan}"),
		pack(t, "cn-sh-rnd", "id: cn-sh-rnd", "id: free_abroad", "kind: flex\n", "kind: flex\n    timezone: Europe/Berlin\n"),
	)
}

// habits are the group of the first documents whose people a later document's live like.
var habits = map[string]string{
	"owner0": "shop", "owner1": "shop", "owner2": "california", "left_out": "plant", "flagged": "office", "anywhere": "california", "adjusted0": "california",
	"adjusted1": "plant", "highest": "california", "union": "shop", "weeks": "california", "called_back": "shop", "around": "office", "one_clock": "tokyo",
	"free_abroad": "research",
}
