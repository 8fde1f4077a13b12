package attendance_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
)

var packIDs = []string{"cn-bj-office", "cn-sh-rnd", "us-ca-hourly", "de-by-plant", "jp-tokyo-office", "flex-open"}

// company is a rulebook with every pack, compiled once.
type company struct {
	book   *attendance.Rulebook
	groups []string
}

func newCompany(t testing.TB) *company {
	t.Helper()
	c := &company{book: bookOf(t)}
	list := []*ruleset.Rules{
		pack(t, "cn-bj-office", "id: cn-bj-office", "id: points", "pair: first_last", "pair: slot_points", "points: ends", "points: all",
			"precision: minute", "precision: minute_up", "breaks: {mode: planned}", "breaks: {mode: planned, paid_upto: 10m}",
			"presence:", "rounding: {punch: {in: {every: 15m, dir: up, within: 20m}}, total: {REG: {every: 15m, dir: down}, OT_150: {every: 30m, dir: nearest}}}\npresence:"),
		pack(t, "cn-bj-office", "id: cn-bj-office", "id: hours", "pair: first_last", "pair: alternate", "mode: clip", "mode: hours",
			"OT_150, min: 30m}", "OT_150, min: 30m, round: {every: 30m, dir: down}}"),
		pack(t, "de-by-plant", "id: de-by-plant", "id: split", "day: {cut: \"05:00\"", "day: {ot_day: split, cut: \"03:00\"",
			"rules:\n    - {id: beyond_plan", "rules:\n    - {id: day8, over: 8h, code: OT_125}\n    - {id: beyond_plan"),
	}
	list = append(list, laterDocuments(t)...)
	for _, id := range packIDs {
		list = append(list, pack(t, id))
	}
	for _, r := range list {
		b := bookOf(t, r)
		c.groups = append(c.groups, r.Doc.ID)
		maps.Copy(c.book.Groups, b.Groups)
		maps.Copy(c.book.Rulesets, b.Rulesets)
		maps.Copy(c.book.Calendars, b.Calendars)
	}
	return c
}

// story draws ten days of somebody's life around a change of clocks, a holiday or nothing at all.
type story struct {
	first domain.Date
	days  int
	facts *attendance.Facts
}

func (c *company) story(t *rapid.T) story {
	starts := []string{"2026-03-02", "2026-03-25", "2026-04-28", "2026-06-01", "2026-09-28", "2026-10-23", "2026-10-29", "2026-12-23"}
	first, err := domain.ParseDate(rapid.SampledFrom(starts).Draw(t, "first"))
	require.NoError(t, err)
	s := story{first: first, days: 12, facts: &attendance.Facts{Employee: "e1", Employment: []attendance.Employment{{From: first - 2}}}}
	group := rapid.SampledFrom(c.groups).Draw(t, "group")
	s.facts.Assignments = []attendance.Assignment{{
		From: first - 2, Group: group, NoPunches: rapid.IntRange(0, 9).Draw(t, "no_punches") == 0,
	}}
	if rapid.IntRange(0, 3).Draw(t, "transfer") == 0 {
		to := rapid.SampledFrom(c.groups).Draw(t, "to")
		day := first + domain.Date(rapid.IntRange(1, 10).Draw(t, "on"))
		s.facts.Assignments = append(s.facts.Assignments, attendance.Assignment{From: day, Group: to})
	}
	if rapid.IntRange(0, 5).Draw(t, "leaves") == 0 {
		s.facts.Employment[0].Last = first + 8
	}
	for i := range rapid.IntRange(0, 40).Draw(t, "punches") {
		s.facts.Punches = append(s.facts.Punches, drawPunch(t, first, s.days, i))
	}
	sortPunches(s.facts.Punches)
	kinds := []string{"overtime", "leave", "trip", "outing", "remote"}
	for i := range rapid.IntRange(0, 6).Draw(t, "approvals") {
		from := first.Unix() + domain.Seconds(rapid.IntRange(0, 12*96).Draw(t, "from"))*900
		s.facts.Approvals = append(s.facts.Approvals, attendance.Approval{
			Request: fmt.Sprintf("r%d", i), Kind: rapid.SampledFrom(kinds).Draw(t, "kind"), From: from,
			To:     from + domain.Seconds(rapid.IntRange(1, 96).Draw(t, "len"))*900,
			Type:   rapid.SampledFrom([]string{"annual", "sick", "other"}).Draw(t, "type"),
			Settle: rapid.SampledFrom([]string{"pay", "toil"}).Draw(t, "settle"), Event: fmt.Sprintf("a%d", i),
		})
	}
	slices.SortFunc(s.facts.Approvals, func(a, b attendance.Approval) int { return int(a.From - b.From) })
	for i := range rapid.IntRange(0, 2).Draw(t, "credits") {
		s.facts.Credits = append(s.facts.Credits, attendance.Credit{
			ID: fmt.Sprintf("c%d", i), Date: first + domain.Date(3*i+1), Seconds: domain.Seconds(rapid.IntRange(1, 9).Draw(t, "s")) * 1800,
		})
	}
	for d := first; d < first+12; d++ {
		if rapid.IntRange(0, 6).Draw(t, "rostered") == 0 {
			shift := rapid.SampledFrom([]string{"D", "E", "L", "N", "rest", "F", "A", "legal_rest"}).Draw(t, "shift")
			s.facts.Roster = append(s.facts.Roster, attendance.RosterDay{Date: d, Shift: shift})
		}
	}
	return s
}

func drawPunch(t *rapid.T, first domain.Date, days, i int) attendance.Punch {
	at := first.Unix() + domain.Seconds(rapid.IntRange(0, days*1440).Draw(t, "minute"))*60 + domain.Seconds(rapid.IntRange(0, 59).Draw(t, "second"))
	dirs := []attendance.Direction{"in", "out", "auto", "in", "out", "break_out", "break_in"}
	states := []attendance.PunchState{
		attendance.Counted, attendance.Counted, attendance.Counted, attendance.Counted, attendance.Counted, attendance.Counted,
		attendance.Held, attendance.Rejected, attendance.Refused, attendance.Voided,
	}
	return attendance.Punch{
		ID: fmt.Sprintf("p%02d", i), At: at, Dir: rapid.SampledFrom(dirs).Draw(t, "dir"), Event: fmt.Sprintf("e%02d", i),
		State: rapid.SampledFrom(states).Draw(t, "state"), Place: rapid.SampledFrom([]string{"", "office", "remote"}).Draw(t, "place"),
		Position: domain.Seconds(i),
	}
}

func sortPunches(list []attendance.Punch) {
	slices.SortFunc(list, func(a, b attendance.Punch) int {
		if a.At != b.At {
			return int(a.At - b.At)
		}
		return int(a.Position - b.Position)
	})
}

// result is a day and the bytes of the carry after it.
type result struct {
	day   attendance.Day
	carry string
}

func (c *company) whole(t require.TestingT, s story) []result {
	var out []result
	err := attendance.Evaluate(c.book, s.facts, s.first-1, s.first+domain.Date(s.days)+1, attendance.Carry{},
		func(day *attendance.Day, next *attendance.Carry) bool {
			b, err := next.MarshalBinary()
			require.NoError(t, err)
			out = append(out, result{day.Clone(), string(b)})
			return true
		})
	require.NoError(t, err)
	return out
}

func TestEveryPunchIsInExactlyOneDayAndCutsIncrease(t *testing.T) {
	c := newCompany(t)
	rapid.Check(t, func(t *rapid.T) {
		s := c.story(t)
		days := c.whole(t, s)
		seen := map[string]int{}
		for i := range days {
			d := &days[i].day
			require.Less(t, d.Window.From, d.Window.To, "window of %s", d.Date)
			if i > 0 {
				require.Equal(t, days[i-1].day.Window.To, d.Window.From, "the days of %s and the date before leave a gap", d.Date)
			}
			for _, p := range d.Punches {
				if p.Role != "carried_back" {
					seen[p.ID]++
				}
			}
		}
		for _, p := range s.facts.Punches {
			if p.At >= days[0].day.Window.From && p.At < days[len(days)-1].day.Window.To {
				require.Equal(t, 1, seen[p.ID], "punch %s at %d", p.ID, p.At)
			}
		}
	})
}

func TestBaseCodesAndUnpaidTimeAreCountedTime(t *testing.T) {
	c := newCompany(t)
	classes := map[string]bool{"base": true}
	rapid.Check(t, func(t *rapid.T) {
		for _, r := range c.whole(t, c.story(t)) {
			var base domain.Seconds
			for _, row := range r.day.Rows {
				if classes[row.Class] || row.Code == "x.unpaid" {
					base += row.Seconds
				}
			}
			require.Equal(t, r.day.Counted, base, "%s: %+v", r.day.Date, r.day.Rows)
			require.GreaterOrEqual(t, r.day.Attended, 0)
			require.LessOrEqual(t, r.day.Attended, 1000)
		}
	})
}

func TestOneGoEqualsDayByDayWithAStoredCarryAndItsTraces(t *testing.T) {
	c := newCompany(t)
	rapid.Check(t, func(t *rapid.T) {
		s := c.story(t)
		whole := c.whole(t, s)
		carry := attendance.Carry{}
		for i := range whole {
			d := whole[i].day.Date
			trace, err := attendance.Explain(c.book, s.facts, d, carry)
			require.NoError(t, err)
			require.Equal(t, whole[i].day, trace.Day, "trace of %s", d)
			require.True(t, trace.Balanced, "sums of %s: %+v", d, trace.Sums)
			err = attendance.Evaluate(c.book, s.facts, d, d+1, carry, func(day *attendance.Day, next *attendance.Carry) bool {
				require.Equal(t, whole[i].day, day.Clone(), "day %s", d)
				b, err := next.MarshalBinary()
				require.NoError(t, err)
				require.Equal(t, []byte(whole[i].carry), b, "carry after %s", d)
				carry = attendance.Carry{}
				require.NoError(t, carry.UnmarshalBinary(b))
				return true
			})
			require.NoError(t, err)
		}
	})
}

func TestALaterPunchLeavesEarlierDaysAloneAndEqualCarriesEndItsReach(t *testing.T) {
	c := newCompany(t)
	rapid.Check(t, func(t *rapid.T) {
		s := c.story(t)
		before := c.whole(t, s)
		p := drawPunch(t, s.first, s.days, 90)
		changed := *s.facts
		changed.Punches = append(slices.Clone(s.facts.Punches), p)
		sortPunches(changed.Punches)
		after := c.whole(t, story{s.first, s.days, &changed})
		require.Len(t, after, len(before))
		own := slices.IndexFunc(before, func(r result) bool { return p.At < r.day.Window.To })
		if own < 0 {
			own = len(before)
		}
		for i := range before {
			typed := false // an open in may take the first out of the next window then
			for _, v := range c.book.Rulesets[before[i].day.Pins.Ruleset] {
				typed = typed || v.Rules.Pair == ruleset.PairTyped
			}
			if i < own-1 || i == own-1 && !typed || i > own && before[i-1].carry == after[i-1].carry {
				require.Equal(t, before[i].day.ResultHash, after[i].day.ResultHash, "%s, punch on %d", before[i].day.Date, own)
				require.Equal(t, before[i].day.InputHash, after[i].day.InputHash)
			}
		}
	})
}

func FuzzCarryReadsOnlyWhatItWrote(f *testing.F) {
	f.Add([]byte{1, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		var c attendance.Carry
		if c.UnmarshalBinary(b) != nil {
			require.Equal(t, attendance.Carry{}, c)
			return
		}
		out, err := c.MarshalBinary()
		require.NoError(t, err)
		var again attendance.Carry
		require.NoError(t, again.UnmarshalBinary(out))
		require.True(t, c.Equal(&again))
	})
}
