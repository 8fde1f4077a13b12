package ledger_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
)

// team is founded, with e1 led by m1, who is led by m2. Now is Thursday, 2026-10-08, 09:00 in Shanghai.
func team(t *testing.T) *office {
	t.Helper()
	o := founded(t)
	for _, emp := range []string{"m1", "m2"} {
		o.must(hire(emp, "2025-01-01", "office"))
	}
	o.leads("m1", "e1", "2026-04-02")
	o.leads("m2", "m1", "2026-04-02")
	return o
}

func (o *office) leads(manager, emp, from string) {
	o.t.Helper()
	o.must(people.ChangeAssignment{Emp: emp, EffectiveOn: date(o.t, from), Change: people.TermsChange{Manager: &manager}})
}

// missed is a wish of e1 to have a punch added.
func (o *office) missed(id, at string) request.SubmitRequest {
	when := instant(o.t, at)
	return request.SubmitRequest{
		Request: id, Emp: "e1", By: "e1", Now: o.now, Wish: request.Wish{Approval: request.Approval{
			Kind: request.Correction, Change: request.Add, ReasonCode: "forgot",
			Target: request.Subject{Target: request.Target{Date: domain.DateOfUnix(when.Seconds()), Dir: "out"}, At: when},
		}},
	}
}

// away is a wish of e1 for annual leave.
func (o *office) away(id, from, to string) request.SubmitRequest {
	start := instant(o.t, from)
	return request.SubmitRequest{
		Request: id, Emp: "e1", By: "e1", Now: o.now, Wish: request.Wish{Approval: request.Approval{
			Kind: request.Leave, Type: "annual", ReasonCode: "family",
			Target: request.Subject{Target: request.Target{Date: domain.DateOfUnix(start.Seconds()), From: start, To: instant(o.t, to)}},
		}},
	}
}

func (o *office) submitted(c request.SubmitRequest) request.RequestSubmitted {
	o.t.Helper()
	return o.must(c).Events[0].Event.(request.RequestSubmitted)
}

func refIn(year int, id string) request.Ref {
	return request.Ref{Emp: "e1", Year: year, Request: id}
}

func (o *office) decide(ref request.Ref, by string, v request.Verdict) request.DecideStep {
	c := request.DecideStep{Ref: ref, Verdict: v, By: by, Now: o.now}
	if v != request.Approve {
		c.Reason = "no_proof"
	}
	return c
}

func TestTheChainIsThatOfTheRulesOfTheDateAndTheManagerOfTheDate(t *testing.T) {
	o := team(t)
	o.leads("m2", "e1", "2026-10-08")
	first := o.submitted(o.missed("q1", "2026-10-07T10:00:00Z"))
	require.Equal(t, []request.Step{{Role: "manager", SLA: 48 * domain.Hour}}, first.Chain)
	require.Equal(t, "m1", first.Turn.Approver, "who led on the day")
	require.Equal(t, "2026-10", first.Cycle)
	require.Equal(t, 1, first.Nth)
	o.now = instant(t, "2026-10-09T01:00:00Z")
	second := o.submitted(o.missed("q2", "2026-10-08T10:00:00Z"))
	require.Equal(t, "m2", second.Turn.Approver)
	o.now += hours(24)
	third := o.submitted(o.missed("q3", "2026-10-09T10:00:00Z"))
	require.Equal(t, []string{"manager", "hr"}, roles(third.Chain), "the third of the month goes to HR as well")
	require.Empty(t, third.Flags)
	o.now += hours(24)
	fourth := o.submitted(o.missed("q4", "2026-10-10T10:00:00Z"))
	require.Equal(t, []string{"manager", "hr", "hr"}, roles(fourth.Chain))
	require.Equal(t, []string{"over_quota"}, fourth.Flags)

	// Rules that come later reroute nothing.
	o.must(o.decide(refIn(2026, "q3"), "m2", request.Approve))
	o.refuses("not_approver", o.decide(refIn(2026, "q3"), "m2", request.Approve))
}

func hours(n int) domain.Instant { return domain.Seconds(n * 3600).Instant() }

func roles(chain []request.Step) []string {
	out := make([]string, len(chain))
	for i, s := range chain {
		out[i] = s.Role
	}
	return out
}

func TestTheTimeOfAStepRunsInWorkingHoursOfItsApprover(t *testing.T) {
	o := team(t)
	calendar, ok := ruleset.Calendar("cn-mainland")
	require.True(t, ok)
	year := calendar.Years[2026]
	o.must(schedule.PublishCalendarYear{Calendar: "cn-mainland", Year: 2026, Version: 1, Days: year.Days, Source: year.Source})
	// The week of 2026-10-08 begins after the holiday: Thursday and Friday 8 h each, Saturday the 10th is made up, then Monday to Wednesday.
	e := o.submitted(o.missed("q1", "2026-10-07T10:00:00Z"))
	require.Equal(t, "2026-10-10T10:00:00.000Z", e.Turn.RemindAt.String(), "24 h: Thursday, Friday and the made up Saturday")
	require.Equal(t, "2026-10-14T10:00:00.000Z", e.Turn.DueAt.String(), "48 h: and Monday to Wednesday")

	// With a roster that gives him the Monday off, it is a day later.
	o.must(schedule.SetRosterMonth{
		Emp: "m1", Month: "202610", Source: "planner", AnnouncedAt: o.now, Today: date(t, "2026-10-08"),
		Days: []schedule.RosterDay{{Date: date(t, "2026-10-12"), Slot: schedule.Slot{Shift: "rest"}}},
	})
	o.must(request.WithdrawRequest{Ref: refIn(2026, "q1"), By: "e1"})
	e = o.submitted(o.missed("q2", "2026-10-07T10:00:00Z"))
	require.Equal(t, "2026-10-15T10:00:00.000Z", e.Turn.DueAt.String())
	require.Equal(t, 1, e.Nth, "what was withdrawn gave its place back")
	o.must(schedule.ChangeRosterDay{Emp: "m1", Date: date(t, "2026-10-12"), Reason: "sick", AnnouncedAt: o.now, Today: date(t, "2026-10-08")})
	o.must(request.WithdrawRequest{Ref: refIn(2026, "q2"), By: "e1"})
	require.Equal(t, "2026-10-14T10:00:00.000Z", o.submitted(o.missed("q3", "2026-10-07T10:00:00Z")).Turn.DueAt.String())
}

func TestWhoCannotDecideIsPassedOver(t *testing.T) {
	o := team(t)
	filed := o.missed("q1", "2026-10-07T10:00:00Z")
	filed.By = "m1"
	turn := o.submitted(filed).Turn
	require.Equal(t, "m2", turn.Approver, "m1 has filed it")
	require.Equal(t, request.Conflict, turn.Why)
	o.must(request.WithdrawRequest{Ref: refIn(2026, "q1"), By: "m1"})

	o.must(people.TerminateEmployee{Emp: "m1", LastDay: date(t, "2026-10-07"), ReasonCode: "resigned"})
	turn = o.submitted(o.missed("q2", "2026-10-07T10:00:00Z")).Turn
	require.Equal(t, "m2", turn.Approver)
	require.Equal(t, request.Absent, turn.Why)
	o.must(request.WithdrawRequest{Ref: refIn(2026, "q2"), By: "e1"})

	o.must(people.TerminateEmployee{Emp: "m2", LastDay: date(t, "2026-10-07"), ReasonCode: "resigned"})
	turn = o.submitted(o.missed("q3", "2026-10-07T10:00:00Z")).Turn
	require.Empty(t, turn.Approver)
	require.Equal(t, request.RoleHR, turn.Role)
}

func TestRequestsOfNeighbouringYearsDoNotOverlapEither(t *testing.T) {
	o := team(t)
	december := o.away("q1", "2026-12-31T01:00:00Z", "2027-01-02T10:00:00Z")
	o.must(december)
	o.refuses("overlaps_request", o.away("q2", "2027-01-01T01:00:00Z", "2027-01-01T10:00:00Z"))
	o.must(o.decide(refIn(2026, "q1"), "m1", request.Approve))
	o.refuses("overlaps_request", o.away("q2", "2027-01-01T01:00:00Z", "2027-01-01T10:00:00Z"))
	o.refuses("overlaps_request", request.RecordExternalDecision{
		Request: "x1", Emp: "e1", System: "oa", ExternalID: "L1", Kind: request.Leave, Type: "annual", Outcome: request.Approved,
		Target: request.Target{Date: date(t, "2027-01-01"), From: instant(t, "2027-01-01T01:00:00Z"), To: instant(t, "2027-01-01T10:00:00Z")},
	})
	o.must(request.RevokeRequest{Ref: refIn(2026, "q1"), Reason: "cancelled", By: "boss"})
	o.must(o.away("q2", "2027-01-01T01:00:00Z", "2027-01-01T10:00:00Z"))
	_, known := o.Directory().RequestRef("q2")
	require.True(t, known)
}

func TestAQuotaPerCycleGoesOverTheEndOfTheYear(t *testing.T) {
	o := team(t)
	doc := pack(t, "cn-bj-office")
	doc.Corrections.Quota = &ruleset.Quota{Count: 1, Per: "cycle", Starts: 26}
	o.publish(doc, date(t, "2026-12-01"))
	o.now = instant(t, "2027-01-04T01:00:00Z")
	december := o.submitted(o.missed("q1", "2026-12-30T10:00:00Z"))
	require.Equal(t, "2026-12@26", december.Cycle)
	require.Equal(t, 1, december.Nth)
	january := o.submitted(o.missed("q2", "2027-01-02T10:00:00Z"))
	require.Equal(t, "2026-12@26", january.Cycle)
	require.Equal(t, 2, january.Nth)
	require.Equal(t, []string{"over_quota"}, january.Flags)
	o.must(o.decide(refIn(2026, "q1"), "m1", request.Reject))
	o.must(request.WithdrawRequest{Ref: refIn(2027, "q2"), By: "e1"})
	again := o.submitted(o.missed("q3", "2027-01-02T10:00:00Z"))
	require.Equal(t, 1, again.Nth, "what was rejected gave its place back")
	after := o.open(o.store)
	require.Len(t, after.Directory().Pending(), 1, "also after a restart")
}

func TestACorrectionNamesAPunchThatIsThere(t *testing.T) {
	o := team(t)
	o.must(punch(t, "e1", "p1", "2026-10-07T01:00:00Z"))
	wrong := func(id, punch, at string) request.SubmitRequest {
		c := o.missed(id, at)
		c.Change, c.Target.Dir, c.Target.Punch = request.Retime, "", punch
		return c
	}
	o.refuses("unknown_punch", wrong("q1", "p9", "2026-10-07T02:00:00Z"))
	o.refuses("retime_too_far", wrong("q1", "p1", "2026-10-05T02:00:00Z"))
	o.refuses("no_change", wrong("q1", "p1", "2026-10-07T01:00:00Z"))
	e := o.submitted(wrong("q1", "p1", "2026-10-07T02:00:00Z"))
	require.Equal(t, "202610", e.Target.Card)
}

func TestAnotherApproverDecidesWhatIsGivenToThem(t *testing.T) {
	o := team(t)
	o.must(o.missed("q1", "2026-10-07T10:00:00Z"))
	give := request.ReassignStep{Ref: refIn(2026, "q1"), To: "m2", Reason: "on_leave", By: "boss", Now: o.now}
	nobody := give
	nobody.To = "m9"
	o.refuses("unknown_employee", nobody)
	o.must(give)
	o.refuses("not_approver", o.decide(refIn(2026, "q1"), "m1", request.Approve))
	o.must(o.decide(refIn(2026, "q1"), "m2", request.Return))
	back := request.ResubmitRequest{Ref: refIn(2026, "q1"), Wish: o.missed("q1", "2026-10-07T10:30:00Z").Wish, By: "e1", Now: o.now}
	e := o.must(back).Events[0].Event.(request.RequestResubmitted)
	require.Equal(t, "m1", e.Turn.Approver, "the chain begins again")
}

func TestADeputyDecidesInThePlaceOfTheApprover(t *testing.T) {
	o := team(t)
	o.must(people.SetDelegation{
		Emp: "m1", Delegation: "d1", Delegate: "m2", Kinds: []string{"correction"}, From: date(t, "2026-10-01"), Reason: "away", ActorID: "boss", AtMachine: true,
	})
	o.must(o.missed("q1", "2026-10-07T10:00:00Z"))
	r := o.must(o.decide(refIn(2026, "q1"), "m2", request.Approve))
	require.Equal(t, "m1", r.Events[0].Event.(request.StepDecided).DelegateFor)
	o.must(o.away("q2", "2026-10-09T01:00:00Z", "2026-10-09T10:00:00Z"))
	o.refuses("not_approver", o.decide(refIn(2026, "q2"), "m2", request.Approve))
}

func TestWhoHoldsARoleDecidesForThoseInScope(t *testing.T) {
	o := newOffice(t)
	o.must(people.CreateLedger{Origin: "punchledger/test"})
	o.must(people.CreateGroup{Group: "office", Title: "Office"})
	o.must(people.CreateGroup{Group: "other", Title: "Other"})
	o.must(hire("e1", "2026-03-01", "office"))
	grant := func(who, group string) {
		o.must(access.GrantAccess{
			Principal: who, Grant: "g-" + who, Role: access.HR, Scope: access.Scope{Groups: []string{group}}, Purpose: "requests",
			From: date(t, "2026-01-01"), To: date(t, "2027-01-01"), ActorID: "boss", AtMachine: true,
		})
	}
	grant("hr1", "office")
	grant("hr2", "other")
	o.must(o.missed("q1", "2026-10-07T10:00:00Z"))
	o.refuses("not_approver", o.decide(refIn(2026, "q1"), "hr2", request.Approve))
	o.must(o.decide(refIn(2026, "q1"), "hr1", request.Approve))
}

func TestASwapThatTheRosterWouldNotTakeIsNotAskedFor(t *testing.T) {
	o := team(t)
	swap := func(id, work, rest string, prior bool) request.SubmitRequest {
		return request.SubmitRequest{
			Request: id, Emp: "e1", By: "e1", Now: o.now, Wish: request.Wish{Approval: request.Approval{
				Kind: request.Swap, ReasonCode: "family",
				Target: request.Subject{Target: request.Target{Date: date(t, work)}, Rest: date(t, rest), Prior: prior},
			}},
		}
	}
	o.refuses("swap_not_prior", swap("q1", "2026-10-10", "2026-10-06", true))
	o.must(schedule.SwapDays{Emp: "e1", WorkDate: date(t, "2026-10-31"), RestDate: date(t, "2026-11-02"), AgreedOn: date(t, "2026-10-08"), Kind: schedule.SwapAfter})
	o.refuses("already_swapped", swap("q2", "2026-11-02", "2026-11-04", false))
	o.refuses("already_swapped", swap("q3", "2026-11-01", "2026-10-31", true))
	o.must(schedule.RevokeSwap{Emp: "e1", WorkDate: date(t, "2026-10-31"), RestDate: date(t, "2026-11-02"), Reason: "cancelled"})
	o.must(swap("q4", "2026-11-01", "2026-11-02", true))
}
