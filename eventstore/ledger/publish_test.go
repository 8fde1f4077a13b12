package ledger_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/whatif"
)

// A version that changes a date on which somebody has worked under another one needs a replay. The table walks along the edges of
// what makes a date such a one; 7 October is the last date that is over.
func TestWhichDatesNeedAReplay(t *testing.T) {
	word := func(s string) *string { return &s }
	for _, c := range []struct {
		name     string
		before   func(*office)
		from, to string
		refused  bool
	}{
		{name: "today has not been worked yet", from: "2026-10-08"},
		{name: "yesterday has", from: "2026-10-07", refused: true},
		{name: "before anybody was hired", from: "2026-02-01", to: "2026-03-01"},
		{name: "until the first day of somebody", from: "2026-02-01", to: "2026-03-02", refused: true},
		{name: "after the last day of the last one", from: "2026-10-01", before: func(o *office) {
			o.must(people.TerminateEmployee{Emp: "e1", LastDay: date(o.t, "2026-09-30"), ReasonCode: "resigned"})
		}},
		{name: "from the last day on", from: "2026-09-30", refused: true, before: func(o *office) {
			o.must(people.TerminateEmployee{Emp: "e1", LastDay: date(o.t, "2026-09-30"), ReasonCode: "resigned"})
		}},
		{name: "after everybody has moved to another group", from: "2026-06-01", before: func(o *office) {
			o.must(people.ChangeAssignment{Emp: "e1", EffectiveOn: date(o.t, "2026-06-01"), Change: people.TermsChange{Group: word("other")}})
		}},
		{name: "before everybody has moved to another group", from: "2026-05-31", refused: true, before: func(o *office) {
			o.must(people.ChangeAssignment{Emp: "e1", EffectiveOn: date(o.t, "2026-06-01"), Change: people.TermsChange{Group: word("other")}})
		}},
		{name: "before somebody has come from another group", from: "2026-05-01", to: "2026-06-01", before: func(o *office) {
			o.must(hire("e2", "2026-03-01", "other"))
			o.must(people.ChangeAssignment{Emp: "e2", EffectiveOn: date(o.t, "2026-06-01"), Change: people.TermsChange{Group: word("office")}})
			o.must(people.TerminateEmployee{Emp: "e1", LastDay: date(o.t, "2026-04-30"), ReasonCode: "resigned"})
		}},
		{name: "when somebody has come from another group", from: "2026-05-01", to: "2026-06-02", refused: true, before: func(o *office) {
			o.must(hire("e2", "2026-03-01", "other"))
			o.must(people.ChangeAssignment{Emp: "e2", EffectiveOn: date(o.t, "2026-06-01"), Change: people.TermsChange{Group: word("office")}})
			o.must(people.TerminateEmployee{Emp: "e1", LastDay: date(o.t, "2026-04-30"), ReasonCode: "resigned"})
		}},
		{name: "between two employments", from: "2026-05-01", to: "2026-06-01", before: func(o *office) {
			o.must(people.TerminateEmployee{Emp: "e1", LastDay: date(o.t, "2026-04-30"), ReasonCode: "resigned"})
			o.must(people.RehireEmployee{Emp: "e1", From: date(o.t, "2026-06-01")})
		}},
		{name: "until the first day of the second employment", from: "2026-05-01", to: "2026-06-02", refused: true, before: func(o *office) {
			o.must(people.TerminateEmployee{Emp: "e1", LastDay: date(o.t, "2026-04-30"), ReasonCode: "resigned"})
			o.must(people.RehireEmployee{Emp: "e1", From: date(o.t, "2026-06-01")})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := founded(t)
			o.must(people.CreateGroup{Group: "other", Title: "Other"})
			_, err := o.TurnDue(t.Context(), o.now)
			require.NoError(t, err)
			if c.before != nil {
				c.before(o)
			}
			p := o.draft(edited(t, "cn-bj-office", "late: {grace: 5m", "late: {grace: 10m"), date(t, c.from))
			if c.to != "" {
				p.EffectiveTo = date(t, c.to)
			}
			if c.refused {
				o.refuses("replay_required", p)
				return
			}
			o.must(p)
		})
	}
}

func TestAReplayMustHaveLookedAtEveryDateThatWasOver(t *testing.T) {
	for _, c := range []struct {
		name, from, to string
		fits           bool
	}{
		{"from the first date to the last that was over", "2026-10-05", "2026-10-08", true},
		{"more than that", "2026-10-01", "2026-10-31", true},
		{"not the first date", "2026-10-06", "2026-10-08", false},
		{"not the last date that was over", "2026-10-05", "2026-10-07", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := founded(t)
			_, err := o.TurnDue(t.Context(), o.now)
			require.NoError(t, err)
			doc := edited(t, "cn-bj-office", "late: {grace: 5m", "late: {grace: 10m")
			p := o.draft(doc, date(t, "2026-10-05"))
			data, err := doc.JSON()
			require.NoError(t, err)
			zeros := strings.Repeat("00", 32)
			o.must(whatif.RequestReplay{
				Replay: "r1", Candidate: whatif.Candidate{Doc: json.RawMessage(data)}, Window: whatif.Window{From: date(t, c.from), To: date(t, c.to)},
				Purpose: "rule_change", ActorID: boss.ID,
			})
			o.must(whatif.CompleteReplay{Replay: "r1", ReportHash: zeros, Engine: "test"})
			o.must(whatif.AdoptReplay{
				Replay: "r1", ReportHash: zeros, PlanHash: zeros, ActorID: boss.ID,
				Publish: []whatif.Publication{{Ruleset: doc.ID, Hash: p.Hash, EffectiveFrom: p.EffectiveFrom}},
			})
			o.now += 3 * 86_400_000 // days that end later do not make it stale
			_, err = o.TurnDue(t.Context(), o.now)
			require.NoError(t, err)
			p.Replay = "r1"
			if !c.fits {
				o.refuses("replay_required", p)
				return
			}
			r := o.must(p)
			require.Contains(t, o.meta(o.records()[r.Position-1]).Pins["replay"], "replay-r1@3")
		})
	}
}

func TestAMonthlyThresholdChangesWithTheMonth(t *testing.T) {
	o := founded(t)
	o.publish(pack(t, "jp-tokyo-office"), date(t, "2026-01-01"))
	changed := edited(t, "jp-tokyo-office", "over: 60h", "over: 50h")
	o.refuses("mid_cycle_change", o.draft(changed, date(t, "2026-11-08"))) // a Sunday
	o.must(o.draft(edited(t, "jp-tokyo-office", "approval: {mode: none}", "approval: {mode: none}\n  mid_cycle: carry"), date(t, "2026-11-09")))
	o.must(o.draft(changed, date(t, "2026-12-01"))) // a Tuesday
	carried := edited(t, "jp-tokyo-office", "approval: {mode: none}", "approval: {mode: none}\n  mid_cycle: carry")
	carried.Overtime.Rules[4].Over.Length *= 2
	o.must(o.draft(carried, date(t, "2026-12-09")))
}

func TestAShiftIsInUseUntilTheLastDateItIsRosteredOn(t *testing.T) {
	o := founded(t)
	add := edited(t, "cn-bj-office", "  D: {kind: fixed", "  X: {kind: fixed, work: [[\"10:00\", \"18:00\"]]}\n  D: {kind: fixed")
	o.must(o.draft(add, date(t, "2026-10-09")))
	o.must(schedule.SetRosterMonth{
		Emp: "e1", Month: "202611", Source: "planner", AnnouncedAt: o.now, Today: date(t, "2026-10-08"),
		Days: []schedule.RosterDay{{Date: date(t, "2026-11-03"), Slot: schedule.Slot{Shift: "X"}}, {Date: date(t, "2026-11-02"), Slot: schedule.Slot{Shift: "X"}}},
	})
	o.refuses("shift_in_use", o.draft(pack(t, "cn-bj-office"), date(t, "2026-11-03")))
	o.must(o.draft(pack(t, "cn-bj-office"), date(t, "2026-11-04")))
}

func TestTheGapThatAWithdrawalWouldLeaveIsNamed(t *testing.T) {
	changed := func(t *testing.T, o *office, from, until string) ruleset.PublishRuleset {
		t.Helper()
		p := o.draft(edited(t, "cn-bj-office", "late: {grace: 5m", "late: {grace: 10m"), date(t, from))
		if until != "" {
			p.EffectiveTo = date(t, until)
		}
		return p
	}
	for _, c := range []struct {
		name, bound, unbound string
		from, until          string // the other version
		gap                  string
	}{
		{name: "from the binding on", bound: "2026-02-01", gap: "2026-02-01"},
		{name: "from the version on", bound: "2025-12-01", from: "2025-11-01", until: "2026-01-01", gap: "2026-01-01"},
		{name: "from where another version ends", bound: "2026-01-01", from: "2026-01-01", until: "2026-11-02", gap: "2026-11-02"},
		{name: "none where the binding ends there", bound: "2026-01-01", unbound: "2026-11-02", from: "2026-01-01", until: "2026-11-02"},
		{name: "none where another version goes on", bound: "2026-01-01", from: "2026-01-01"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t)
			o.must(people.CreateLedger{Origin: "punchledger/test"})
			o.must(people.CreateGroup{Group: "office", Title: "Office"})
			o.publish(pack(t, "cn-bj-office"), date(t, "2026-01-01"))
			if c.from != "" {
				o.must(changed(t, o, c.from, c.until))
			}
			b := people.BindRuleset{Group: "office", Ruleset: "cn-bj-office", From: date(t, c.bound)}
			if c.unbound != "" {
				b.To = date(t, c.unbound)
			}
			o.must(b)
			_, err := o.try(ruleset.WithdrawRuleset{Ruleset: "cn-bj-office", Version: 1, Reason: "mistake"})
			if c.gap == "" {
				require.NoError(t, err)
				return
			}
			wrong, ok := errors.AsType[*domain.Error](err)
			require.True(t, ok, "%v", err)
			require.Equal(t, "leaves_gap", wrong.Code)
			require.Equal(t, c.gap, wrong.Args["from"])
		})
	}
	o := founded(t)
	o.refuses("unknown_version", ruleset.WithdrawRuleset{Ruleset: "cn-bj-office", Version: 2, Reason: "mistake"})
	_, err := o.try(ruleset.PublishRuleset{Ruleset: "cn-bj-office", Draft: "nothing", Hash: mac4711, EffectiveFrom: date(t, "2026-11-02")})
	require.Error(t, err)
}

func TestAThresholdIsComparedWithThatOfTheDayBefore(t *testing.T) {
	o := founded(t)
	o.publish(pack(t, "us-ca-hourly"), date(t, "2026-01-01"))
	o.must(o.draft(edited(t, "us-ca-hourly", "over: 40h", "over: 38h"), date(t, "2026-11-01")))
	same := edited(t, "us-ca-hourly", "over: 40h", "over: 38h")
	same.Punch.Dedupe *= 2
	o.must(o.draft(same, date(t, "2026-11-02")))
}

func TestADraftMayHaveWarningsAndNoErrors(t *testing.T) {
	o := founded(t)
	rounding := "rounding: {punch: {in: {every: 15m, dir: up}, out: {every: 15m, dir: down}}}\npresence:"
	o.draft(edited(t, "cn-bj-office", "presence:", rounding), date(t, "2026-11-02"))
	strict := edited(t, "cn-bj-office", "presence:", "strict_pay: true\n"+rounding)
	data, err := strict.JSON()
	require.NoError(t, err)
	o.refuses("lint_failed", ruleset.DraftRuleset{Ruleset: strict.ID, Draft: "d1", Doc: data, ActorID: boss.ID})
}
