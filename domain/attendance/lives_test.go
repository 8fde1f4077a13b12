package attendance_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/schedule"
)

var update = flag.Bool("update", false, "write the drawn lives anew instead of comparing them")

const livesFile = "testdata/lives.txt"

// TestDrawnLivesComeToTheSameDays is for what nobody thought of. Lives are drawn by seed around the edges of rules; the file holds
// what each of their days came to, in words that can be read, and behind them a sum over everything else: segments, roles of punches,
// evidence, trace, carry, input hash; how the day is explained; and how it compares with the same day under the rules of another group.
// That a day is right is the business of vectors and of tests with a name; here a change of the
// engine shows which days it moves, before anybody is paid by it.
func TestDrawnLivesComeToTheSameDays(t *testing.T) {
	var out strings.Builder
	c := newCommunity(t)
	for seed := range uint64(lives + laterLives) {
		l := c.draw(seed)
		fmt.Fprintf(&out, "life %d %s\n", seed, l)
		c.live(&out, l)
	}
	if *update {
		require.NoError(t, os.WriteFile(livesFile, []byte(out.String()), 0o600))
	}
	stored, err := os.ReadFile(livesFile)
	require.NoError(t, err)
	want, got := strings.Split(string(stored), "\n"), strings.Split(out.String(), "\n")
	life := ""
	for i := range min(len(want), len(got)) {
		if strings.HasPrefix(got[i], "life ") {
			life = got[i]
		}
		require.Equal(t, want[i], got[i], "%s, line %d (go test -update writes the file anew; read the difference)", life, i+1)
	}
	require.Len(t, got, len(want))
}

// community is a rulebook with the packs and documents that try one part of the vocabulary each.
type community struct {
	t      *testing.T
	book   *attendance.Rulebook
	groups []string
	later  []string
}

// documents are packs with replaced texts: the name of the group, the pack, then pairs of old and new.
var documents = [][]string{
	{"office", "cn-bj-office"},
	{
		"points", "cn-bj-office", "pair: first_last", "pair: slot_points", "points: ends", "points: all", "precision: minute", "precision: minute_up",
		"presence:", "rounding: {punch: {in: {every: 15m, dir: up, within: 20m}, out: {every: 10m, dir: down}}, total: {REG: {every: 15m, dir: down}, OT_150: {every: 30m, dir: nearest}}}\npresence:",
	},
	{
		"split_points", "cn-bj-office", "pair: first_last", "pair: slot_points", "points: ends", "points: first", `[["09:00", "12:00"], ["13:00", "18:00"]]`,
		`[["08:00", "11:00"], ["12:00", "13:00"], ["17:00", "21:00"]]`, "count: {early: never, late: approved", "count: {early: approved, late: always",
	},
	{"hours", "cn-bj-office", "pair: first_last", "pair: alternate", "mode: clip", "mode: hours", "OT_150, min: 30m}", "OT_150, min: 30m, round: {every: 30m, dir: down}}"},
	{"first", "cn-bj-office", "points: ends", "points: first", "lone: nearest", "lone: in", "early: never, late: approved, off: approved", "early: always, late: always, off: never"},
	{"unpunched", "cn-bj-office", "points: ends", "points: none", "lone: nearest", "lone: out", "trip: {credit: plan, punches: optional}", "trip: {credit: plan, punches: required}"},
	{
		"strict", "cn-bj-office", "grace: 5m, snap: true, from: start", "grace: 5m, from: grace_end", "early: {grace: 0m, from: end", "early: {grace: 6m, snap: true, from: grace_end",
		"missing: {one: incomplete, both: absent}", "missing: {one: absent_half, both: absent}\n  worked: {half_below: 6h, absent_below: 2h}",
		"{over: 30m, as: late_serious}", "{over: 30m, as: late_serious}, {over: 2h, as: absent_half}, {over: 4h, as: absent}",
		"pay_codes:", "anomalies: {severity: {late: high, absent: low}, block_close: [late, punch.unscheduled]}\npay_codes:", "code: LEAVE_UNPAID, unit: hour", "code: LEAVE_UNPAID, worked: true",
	},
	{"plant", "de-by-plant", "average_of: [24], max: 48h", "average_of: [2, 3], max: 41h", "average_of: [4], max: 48h", "average_of: [2], max: 20h", "max: 13, warn: 12", "max: 6, warn: 4"},
	{
		"split", "de-by-plant", `day: {cut: "05:00"`, `day: {ot_day: split, cut: "03:00"`,
		"rules:\n    - {id: beyond_plan", "rules:\n    - {id: day8, over: 8h, code: OT_125}\n    - {id: beyond_plan",
		"NIGHT_40, family: night}", "NIGHT_40, family: night, min: 1h}", "start_by: 6h", "start_by: 6h, waived_upto: 7h",
	},
	{"california", "us-ca-hourly"},
	{
		"shop", "us-ca-hourly", "week: {starts: sun}", `week: {starts: sun, at: "06:00"}`, "mode: punched", "mode: punched\n  paid_upto: 20m", "start_by: 5h, pay", "start_by: 5h, waived_upto: 6h, pay",
		"{id: split, kind: split_shift", "{id: least, kind: min_shift, floor: 3h, code: SPLIT}\n  - {id: split, kind: split_shift",
		"{id: ca.day7, measure: days_in_row, max: 6, severity: medium}", "{id: week, measure: [worked], per: week, max: 30h, warn: 20h, severity: low}\n  - {id: dt, measure: [OT, DT], per: week, below: 4h, severity: high, tags: [night_worker]}\n  - {id: row, measure: days_in_row, max: 3, warn: 2, severity: low}",
		"of: [straight], over: 40h", "of: [straight], over: 24h",
	},
	{"tokyo", "jp-tokyo-office"},
	{
		"kansai", "jp-tokyo-office", "{id: in_law, per: day, over: plan, code: OT_100}", "{id: friday, weekday: [fri], over: 6h, min: 1h, code: OT_100}\n    - {id: in_law, per: day, over: plan, code: OT_100, not_place: [remote]}",
		"over: 60h", "over: 6h", "over: 40h", "over: 20h", "max: 45h, warn: 36h", "max: 8h, warn: 4h", "average_of: [2, 3, 4, 5, 6], max: 80h", "average_of: [2, 3], max: 3h", "below: 100h", "below: 9h",
		"family: night}", "family: night, min: 90m}\n  - {id: deep, band: [\"23:00\", \"24:00\"], code: NIGHT_25, family: deep, contract: [hourly]}",
	},
	{"research", "cn-sh-rnd"},
	{
		"flexible", "cn-sh-rnd", "late: {grace: 0m, from: start", "late: {grace: 10m, snap: true, from: start", "early: {grace: 0m", "early: {grace: 5m, snap: true",
		`breaks: [["12:00", "13:00"]]`, `breaks: [["12:00", "13:00"], ["18:00", "18:30"]]`, "required: 8h", "required: 9h", "late: approved, off: approved", "late: always, off: always",
	},
	{"open", "flex-open"},
}

func newCommunity(t *testing.T) *community {
	t.Helper()
	c := &community{t: t, book: bookOf(t)}
	c.book.Calendars = map[string]*schedule.Calendar{}
	for _, d := range documents {
		r := pack(t, d[1], append(d[2:len(d):len(d)], "id: "+d[1], "id: "+d[0])...)
		r.Hash = "hash of " + d[0] // words of a document are no part of what its days come to
		b := bookOf(t, r)
		for id, list := range b.Groups {
			c.book.Groups[id], c.book.Rulesets[id] = list, b.Rulesets[id]
			c.groups = append(c.groups, id)
		}
		maps.Copy(c.book.Calendars, b.Calendars)
	}
	for _, r := range laterDocuments(t) {
		id := r.Doc.ID
		r.Hash = "hash of " + id
		b := bookOf(t, r)
		c.book.Groups[id], c.book.Rulesets[id], c.later = b.Groups[id], b.Rulesets[id], append(c.later, id)
		for name, calendar := range b.Calendars {
			if c.book.Calendars[name] == nil {
				c.book.Calendars[name] = calendar
			}
		}
	}
	year := c.book.Calendars["cn-mainland"].Years[2026]
	year.Days = append(slices.Clone(year.Days), schedule.CalendarDay{Date: date(t, "2026-06-09"), Kind: schedule.Special, Portion: "half", Tags: []string{"f"}},
		schedule.CalendarDay{Date: date(t, "2026-06-11"), Kind: schedule.Special})
	slices.SortFunc(year.Days, func(a, b schedule.CalendarDay) int { return int(a.Date - b.Date) })
	c.book.Calendars["cn-mainland"] = &schedule.Calendar{ID: "cn-mainland", Years: map[int]schedule.CalendarYear{2026: year}}
	c.book.Sites = map[string]attendance.Site{"tokyo": {Zone: "Asia/Tokyo", Calendar: "jp"}, "yard": {}, "munich": {Calendar: "de-by"}}
	second := pack(t, "cn-bj-office", "grace: 5m", "grace: 15m")
	c.book.Rulesets["office"] = append(c.book.Rulesets["office"],
		attendance.Version{Rules: second, Number: 2, From: date(t, "2026-06-08"), Until: date(t, "2026-06-12"), Event: "published-office-2"})
	c.book.Groups["late"] = []attendance.Binding{
		{Ruleset: "office", From: date(t, "2026-06-03"), To: date(t, "2026-06-10"), Event: "bound-late-1"},
		{Ruleset: "tokyo", From: date(t, "2026-06-10"), Event: "bound-late-2"},
	}
	c.groups = append(c.groups, "late")
	return c
}

// live writes a line for each day of a life, evaluated in one go, and explained one by one.
func (c *community) live(out *strings.Builder, l life) {
	t := c.t
	carry := attendance.Carry{}
	book := *c.book
	if l.turned != 0 {
		book.Turned = map[string]domain.Date{}
		for name := range c.book.Turned {
			book.Turned[name] = l.turned
		}
	}
	require.NoError(t, attendance.Evaluate(&book, l.facts, l.first, l.first+l.days, attendance.Carry{},
		func(d *attendance.Day, next *attendance.Carry) bool {
			carryIn := carry
			trace, err := attendance.Explain(&book, l.facts, d.Date, carryIn)
			require.NoError(t, err)
			day := d.Clone()
			require.Equal(t, day, trace.Day)
			require.True(t, trace.Balanced, "%s: %+v", d.Date, trace.Sums)
			carry = next.Clone()
			bytes, err := carry.MarshalBinary()
			require.NoError(t, err)
			why, against := sumOf(t, explanation(trace)), c.against(&book, l, trace, carryIn)
			trace.Pinned, trace.Stages, trace.Outcomes = nil, nil, nil // said again in other words, and no part of the day
			trace.Day.Pins.TZHash, trace.Day.Pins.TZVersion, trace.Day.InputHash = "", "", ""
			fmt.Fprintf(out, "%s %s sum %s input %s why %s against %s\n",
				d.Date, inWords(&day), sumOf(t, trace, bytes), day.InputHash[:8], why, against)
			return true
		}))
}

// explanation is what a trace says beside the day, without what names a build or the bytes of a document.
func explanation(trace *attendance.Trace) []any {
	var pins []attendance.Pin
	for _, p := range trace.Pinned {
		if p.Hash = ""; p.What != "zone_data" && p.What != "engine" {
			pins = append(pins, p)
		}
	}
	return []any{pins, trace.Stages, trace.Outcomes, trace.Inputs}
}

// against is a sum over how a day differs under the rules of the next group.
func (c *community) against(book *attendance.Rulebook, l life, trace *attendance.Trace, carry attendance.Carry) string {
	facts := *l.facts
	facts.Assignments = slices.Clone(facts.Assignments)
	for i := range facts.Assignments {
		a := &facts.Assignments[i]
		a.Group = c.groups[(slices.Index(c.groups, a.Group)+1)%len(c.groups)]
	}
	other, err := attendance.Explain(book, &facts, trace.Day.Date, carry)
	require.NoError(c.t, err)
	d, err := attendance.Diff(trace, other)
	require.NoError(c.t, err)
	return sumOf(c.t, d)
}

// sumOf is the beginning of a hash over everything that parts say.
func sumOf(t *testing.T, parts ...any) string {
	t.Helper()
	h := sha256.New()
	for _, p := range parts {
		b, err := json.Marshal(p)
		require.NoError(t, err)
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
}

// inWords says what a day came to.
func inWords(d *attendance.Day) string {
	words := []string{d.Kind.String()}
	add := func(word string, said bool) {
		if said {
			words = append(words, word)
		}
	}
	add(d.Shift, d.Shift != "")
	add("open", !d.Settled)
	add("pending", d.Pending)
	add("present "+hm(d.Present), d.Present != 0)
	add("counted "+hm(d.Counted), d.Counted != 0)
	add(fmt.Sprintf("attended %d", d.Attended), d.Attended != 0)
	for _, r := range d.Rows {
		words = append(words, fmt.Sprintf("%s=%s", r.Code, hm(r.Seconds)))
	}
	for i := range d.Anomalies {
		a := &d.Anomalies[i]
		words = append(words, "!"+a.Key())
		add("("+a.State+")", a.State != "open")
	}
	return strings.Join(words, " ")
}
