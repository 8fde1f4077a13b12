package ledger_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// edited returns a shipped document with one text of its file replaced, and without the examples that it was written for.
func edited(t testing.TB, id, change, to string) *ruleset.Document {
	t.Helper()
	source, ok := ruleset.PackSource(id)
	require.True(t, ok, id)
	require.Contains(t, string(source), change)
	doc, err := ruleset.Parse([]byte(strings.Replace(string(source), change, to, 1)), id)
	require.NoError(t, err)
	doc.Examples = nil
	return doc
}

func TestEmployedIsJudgedOnTheAttendanceDay(t *testing.T) {
	o := founded(t)
	o.must(people.TerminateEmployee{Emp: "e1", LastDay: date(t, "2026-10-07"), ReasonCode: "resigned"})
	for _, c := range []struct {
		name, at string
		accepted bool
	}{
		{"the day before the first one", "2026-02-28T01:00:00Z", false},
		{"the first morning", "2026-03-01T00:50:00Z", true},
		{"the last evening", "2026-10-07T10:00:00Z", true},
		{"the morning after the last night, still its work", "2026-10-07T22:00:00Z", true},
		{"long after the last night", "2026-10-08T09:00:00Z", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := o.must(punch(t, "e1", strings.ReplaceAll(strings.ToLower(c.at), ":", "."), c.at))
			_, accepted := r.Events[0].Event.(timecard.PunchAccepted)
			require.Equal(t, c.accepted, accepted, "%#v", r.Events[0].Event)
		})
	}
	r := o.must(punch(t, "e7", "nobody", "2026-10-07T10:00:00Z"))
	require.Equal(t, []string{timecard.ReasonNotEmployed}, eventOf[timecard.PunchRejected](t, r).Reasons)
}

func TestABlockedDeviceRejects(t *testing.T) {
	o := founded(t)
	o.must(place.SetTrust{Device: "gate", Level: place.Blocked, Reason: "stolen"})
	r := o.must(punch(t, "e1", "p1", "2026-10-08T00:58:10Z"))
	require.Equal(t, []string{timecard.ReasonDeviceBlocked}, eventOf[timecard.PunchRejected](t, r).Reasons)
}

func TestABadgeHasOneHolder(t *testing.T) {
	o := founded(t)
	o.must(hire("e2", "2026-03-01", "office"))
	give := func(emp, device, from, to string) people.AssignBadge {
		b := people.AssignBadge{Emp: emp, Badge: "4711", BadgeMAC: mac4711, Device: device, From: date(t, from)}
		if to != "" {
			b.To = date(t, to)
		}
		return b
	}
	o.must(give("e1", "", "2026-03-01", "2026-06-01"))
	o.refuses("badge_taken", give("e2", "", "2026-05-01", ""))
	o.must(give("e2", "", "2026-06-01", ""))
	o.must(give("e1", "gate", "2026-07-01", ""))
	for on, want := range map[string]string{"2026-03-01": "e1", "2026-05-31": "e1", "2026-06-01": "e2", "2026-07-01": "e1"} {
		got, ok := o.Directory().BadgeHolder(mac4711, "gate", date(t, on))
		require.True(t, ok, on)
		require.Equal(t, want, got, "on %s; a badge of one clock comes before one of all", on)
	}
	_, ok := o.Directory().BadgeHolder(mac4711, "gate", date(t, "2026-02-28"))
	require.False(t, ok)
}

func TestQuarantineIsIndexed(t *testing.T) {
	o := founded(t)
	at := instant(t, "2026-10-08T00:58:10Z")
	o.must(place.QuarantinePunches{Device: "gate", ReceivedAt: o.now, Rows: []place.UnknownPunch{{
		Row: "row1", Badge: "4711", BadgeMAC: mac4711, ClaimedAt: "2026-10-08T08:58:10", EffectiveAt: at, TimeSource: "declared",
		Dir: "in", Batch: "b1", Line: 1, Why: "unknown_person",
	}}})
	require.NoError(t, o.Directory().CatchUp(t.Context()))
	require.Len(t, o.Directory().Waiting(mac4711), 1)
	require.Empty(t, o.Directory().Waiting("other"))
	_, waits := o.Directory().Quarantined("row1")
	require.True(t, waits)
	o.must(place.AttributePunches{Device: "gate", ReceivedOn: domain.DateOfUnix(o.now.Seconds()), Rows: []string{"row1"}, Emp: "e1"})
	require.NoError(t, o.Directory().CatchUp(t.Context()))
	require.Empty(t, o.Directory().Waiting(mac4711))
	emp, _ := o.Directory().Quarantined("row1")
	require.Equal(t, "e1", emp)
}

func TestPublishingOverGovernedDaysNeedsAReplay(t *testing.T) {
	o := founded(t)
	_, err := o.TurnDue(t.Context(), o.now)
	require.NoError(t, err)
	changed := edited(t, "cn-bj-office", "late: {grace: 5m", "late: {grace: 10m")
	past := o.draft(changed, date(t, "2026-10-05"))
	o.refuses("replay_required", past)

	t.Run("not for dates that have not begun", func(t *testing.T) {
		later := past
		later.EffectiveFrom = date(t, "2026-11-02")
		o.must(later)
	})
	t.Run("not where nobody was employed", func(t *testing.T) {
		o.must(o.draft(edited(t, "cn-bj-office", "late: {grace: 5m", "late: {grace: 7m"), date(t, "2026-11-09")))
		early := o.draft(edited(t, "cn-bj-office", "late: {grace: 5m", "late: {grace: 8m"), date(t, "2026-01-05"))
		early.EffectiveTo = date(t, "2026-02-02")
		o.must(early)
	})
	t.Run("not for rules that bind nobody", func(t *testing.T) { o.publish(pack(t, "us-ca-hourly"), date(t, "2026-01-01")) })
	t.Run("an adopted one of the same document will do", func(t *testing.T) {
		past.Replay = o.adopted("r1", changed, past.EffectiveFrom)
		o.must(past)
	})
	t.Run("one of another document will not", func(t *testing.T) {
		other := o.draft(edited(t, "cn-bj-office", "late: {grace: 5m", "late: {grace: 9m"), date(t, "2026-10-06"))
		other.Replay = "r1"
		o.refuses("replay_required", other)
	})
}

// adopted writes a replay of a document from its request to its adoption.
func (o *office) adopted(id string, doc *ruleset.Document, from domain.Date) string {
	o.t.Helper()
	data, err := doc.JSON()
	require.NoError(o.t, err)
	hash, err := ruleset.Hash(doc)
	require.NoError(o.t, err)
	zeros := strings.Repeat("00", 32)
	o.must(whatif.RequestReplay{
		Replay: id, Candidate: whatif.Candidate{Doc: json.RawMessage(data)}, Window: whatif.Window{From: from, To: from + 366},
		Purpose: "rule_change", ActorID: boss.ID,
	})
	o.must(whatif.CompleteReplay{Replay: id, ReportHash: zeros, Engine: "test"})
	o.must(whatif.AdoptReplay{
		Replay: id, ReportHash: zeros, PlanHash: zeros, ActorID: boss.ID,
		Publish: []whatif.Publication{{Ruleset: doc.ID, Hash: hash, EffectiveFrom: from}},
	})
	return id
}

func TestAWeeklyThresholdChangesWithTheWeek(t *testing.T) {
	o := founded(t)
	o.publish(pack(t, "us-ca-hourly"), date(t, "2026-01-01"))
	changed := edited(t, "us-ca-hourly", "over: 40h", "over: 38h")
	o.refuses("mid_cycle_change", o.draft(changed, date(t, "2026-11-04")))
	ending := o.draft(changed, date(t, "2026-11-01"))
	ending.EffectiveTo = date(t, "2026-12-02")
	o.refuses("mid_cycle_change", ending) // the old threshold would come back on a Wednesday
	ending.EffectiveTo = date(t, "2026-12-06")
	o.must(ending) // both are Sundays, on which its week begins
}

func TestFailingExamplesBlockPublishing(t *testing.T) {
	o := founded(t)
	doc := edited(t, "cn-bj-office", "late: {grace: 5m", "late: {grace: 10m")
	doc.Examples = pack(t, "cn-bj-office").Examples
	command := o.draft(doc, date(t, "2026-11-02"))
	_, err := o.try(command)
	requireCode(t, "examples_failed", err)
	require.ErrorContains(t, err, "b2 on 2026-10-08, late: want 0:06, got 0:00")
	o.publish(pack(t, "us-ca-hourly"), date(t, "2026-01-01"))
}

func TestWhatGovernsAnEmployeeOverTime(t *testing.T) {
	o := founded(t)
	o.must(people.CreateGroup{Group: "lab", Title: "Lab"})
	o.publish(edited(t, "cn-sh-rnd", "day: {cut: \"06:00\"}", "day: {cut: \"05:30\"}"), date(t, "2026-06-01"))
	o.must(people.BindRuleset{Group: "lab", Ruleset: "cn-sh-rnd", From: date(t, "2026-05-01"), To: date(t, "2026-09-01")})
	lab, dues := "lab", date(t, "2026-05-11")
	o.must(people.ChangeAssignment{Emp: "e1", EffectiveOn: dues, Change: people.TermsChange{Group: &lab}})
	require.NoError(t, o.Directory().CatchUp(t.Context()))
	var got []string
	for _, g := range o.Directory().Rules("e1") {
		got = append(got, fmt.Sprintf("%s..%s %s %s@%d", g.From, g.Until, g.Group, g.Ruleset, g.Version))
	}
	require.Equal(t, []string{
		"2026-03-01..2026-05-11 office cn-bj-office@1", "2026-05-11..2026-06-01 lab cn-sh-rnd@0",
		"2026-06-01..2026-09-01 lab cn-sh-rnd@1", "2026-09-01.. lab @0",
	}, got)
	require.Len(t, o.Directory().Ungoverned("lab"), 2)
	require.Empty(t, o.Directory().Ungoverned("office"))
	require.Len(t, o.Directory().Members("office")["e1"], 1)
	on := o.Directory().RulesOn("e1", date(t, "2026-07-01"))
	require.Equal(t, []string{"2026-05-01", "2026-09-01", "2026-06-01"}, []string{on.BoundFrom.String(), on.BoundTo.String(), on.InForce.String()})
	require.Zero(t, o.Directory().RulesOn("nobody", dues).Group)
}

func TestWithdrawnRulesAreNotBound(t *testing.T) {
	o := founded(t)
	o.publish(pack(t, "us-ca-hourly"), date(t, "2026-01-01"))
	o.must(ruleset.WithdrawRuleset{Ruleset: "us-ca-hourly", Version: 1, Reason: "mistake"})
	o.must(people.CreateGroup{Group: "la", Title: "LA"})
	o.refuses("ruleset_withdrawn", people.BindRuleset{Group: "la", Ruleset: "us-ca-hourly", From: date(t, "2026-01-01")})
}

func TestARosteredShiftIsNotDropped(t *testing.T) {
	o := founded(t)
	o.publish(pack(t, "de-by-plant"), date(t, "2026-01-01"))
	o.must(people.CreateGroup{Group: "plant", Title: "Plant"})
	o.must(people.BindRuleset{Group: "plant", Ruleset: "de-by-plant", From: date(t, "2026-01-01")})
	o.must(hire("e2", "2026-03-01", "plant"))
	o.must(schedule.ChangeRosterDay{
		Emp: "e2", Date: date(t, "2026-11-03"), After: schedule.Slot{Shift: "L"}, Reason: "planned", AnnouncedAt: o.now, Today: date(t, "2026-10-08"),
	})
	source, _ := ruleset.PackSource("de-by-plant")
	text := strings.ReplaceAll(string(source), "L: {kind", "M: {kind")
	for _, old := range []string{": L,", ": L}", "[L,", " L,", " L]", ", L"} {
		text = strings.ReplaceAll(text, old, strings.Replace(old, "L", "M", 1))
	}
	doc, err := ruleset.Parse([]byte(text), "de-by-plant")
	require.NoError(t, err)
	doc.Examples = nil
	o.refuses("shift_in_use", o.draft(doc, date(t, "2026-11-02")))
	o.must(o.draft(doc, date(t, "2026-11-09")))
}

func TestWithdrawingLeavesNoGap(t *testing.T) {
	o := founded(t)
	o.refuses("leaves_gap", ruleset.WithdrawRuleset{Ruleset: "cn-bj-office", Version: 1, Reason: "mistake"})
	o.publish(edited(t, "cn-bj-office", "late: {grace: 5m", "late: {grace: 10m"), date(t, "2026-11-02"))
	o.must(ruleset.WithdrawRuleset{Ruleset: "cn-bj-office", Version: 2, Reason: "mistake"})
}

func TestTurnDue(t *testing.T) {
	o := founded(t)
	turned := func() map[string][]string {
		out := map[string][]string{}
		for d, err := range o.codec.DecodeAll(o.store.ReadAll(t.Context(), 0)) {
			require.NoError(t, err)
			if e, ok := d.Event.(schedule.DayTurned); ok {
				out[e.TZ] = append(out[e.TZ], e.Date.String()+" in "+d.Stream)
			}
		}
		return out
	}
	turn := func(l *ledger.Ledger, now string, want int) {
		t.Helper()
		n, err := l.TurnDue(t.Context(), instant(t, now))
		require.NoError(t, err)
		require.Equal(t, want, n)
	}
	turn(o.Ledger, "2026-12-28T16:00:00Z", 1)
	require.Equal(t, map[string][]string{"Asia/Shanghai": {"2026-12-28 in clock-asia.shanghai-2026"}}, turned(), "the first turning names yesterday")
	turn(o.Ledger, "2026-12-29T15:59:59Z", 0)
	turn(o.open(o.store), "2026-12-29T15:59:59Z", 0)
	o.must(place.OpenSite{Site: "plant", Name: "Plant", TZ: "Europe/Berlin"})
	turn(o.Ledger, "2027-01-02T16:00:00Z", 6)
	turn(o.Ledger, "2027-01-02T16:00:00Z", 0)
	turn(o.Ledger, "2026-12-30T00:00:00Z", 0)
	require.Equal(t, map[string][]string{
		"Asia/Shanghai": {
			"2026-12-28 in clock-asia.shanghai-2026", "2026-12-29 in clock-asia.shanghai-2026", "2026-12-30 in clock-asia.shanghai-2026",
			"2026-12-31 in clock-asia.shanghai-2026", "2027-01-01 in clock-asia.shanghai-2027", "2027-01-02 in clock-asia.shanghai-2027",
		},
		"Europe/Berlin": {"2027-01-01 in clock-europe.berlin-2027"},
	}, turned())
}
