package request_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/request"
)

var (
	open    = submitted("q1", missed(), 1)
	agreed  = end("q1", missed())
	gone    = request.RequestWithdrawn{Request: "q1", Emp: "emp_7"}
	applied = request.RequestApplied{Request: "q1", Emp: "emp_7", Effects: []string{"e1"}}
	back    = request.RequestReturned{Request: "q1", Emp: "emp_7", By: "emp_2", ExpiresAt: asking + 14*24*hour}
	may     = request.Facts{Approver: true}
	hrSeat  = request.Seat{Role: "hr", DueAt: due}
	hrTurn  = request.Turn{Step: 2, Role: "hr", DueAt: due}
)

func verdict(v request.Verdict) request.DecideStep {
	c := request.DecideStep{Ref: ref, Verdict: v, By: "emp_2", Now: asking}
	if v != request.Approve {
		c.Reason = "no_proof"
	}
	return c
}

func decideAs(by string, roles ...string) request.DecideStep {
	c := verdict(request.Approve)
	c.By, c.Roles = by, roles
	return c
}

func decided(c request.DecideStep, next *request.Turn) request.StepDecided {
	return request.StepDecided{Request: "q1", Emp: "emp_7", Step: 1, Decision: c.Verdict, By: c.By, Reason: c.Reason, Next: next}
}

// two is a request whose second step is HR's, and signing one whose second step is the employee's signature.
func two(role string) request.RequestSubmitted {
	e := open
	e.Chain = append(chain[:1:1], request.Step{Role: role})
	return e
}

func TestDecideStep(t *testing.T) {
	first := decided(verdict(request.Approve), &hrTurn)
	second := decided(decideAs("emp_9"), nil)
	second.Step = 2
	byHR := end("q1", missed()).(request.RequestApproved)
	byHR.By = "emp_9"
	for2 := decided(decideAs("emp_3"), nil)
	for2.DelegateFor = "emp_2"
	by3 := byHR
	by3.By = "emp_3"
	stale := verdict(request.Approve)
	stale.Step = 1
	filed := two("employee")
	filed.FiledBy = "emp_9"
	signTurn := request.Turn{Step: 2, Role: "employee", Approver: "emp_7"}
	toSign := decided(verdict(request.Approve), &signTurn)
	signed := decided(decideAs("emp_7"), nil)
	signed.Step = 2
	bySelf := byHR
	bySelf.By = "emp_7"
	toldNo := verdict(request.Reject)
	toldNo.Reason = ""
	atHR := with(func(f *request.Facts) { *f = request.Facts{Approver: true, Seat: hrSeat} })
	unseated := open
	unseated.Turn = request.Turn{Step: 1, Role: "hr"}
	decidertest.Run(t, request.Decide, request.Evolve, []Case{
		{Name: "the last approval approves", Given: Events{open}, When: verdict(request.Approve), Facts: may, Then: Events{decided(verdict(request.Approve), nil), agreed}},
		{Name: "an approval before the last names the next turn", Given: Events{two("hr")}, When: verdict(request.Approve), Facts: atHR, Then: Events{first}},
		{Name: "whoever holds the role decides where nobody is named", Given: Events{two("hr"), first}, When: decideAs("emp_9", "hr"), Then: Events{second, byHR}},
		{Name: "a rejection ends it at once", Given: Events{two("hr")}, When: verdict(request.Reject), Facts: may, Then: Events{decided(verdict(request.Reject), nil), request.RequestRejected{Request: "q1", Emp: "emp_7", By: "emp_2"}}},
		{Name: "a return gives it back for two weeks", Given: Events{open}, When: verdict(request.Return), Facts: may, Then: Events{decided(verdict(request.Return), nil), back}},
		{Name: "a deputy decides for the approver", Given: Events{open}, When: decideAs("emp_3"), Facts: request.Facts{DelegateFor: "emp_2"}, Then: Events{for2, by3}},
		{Name: "the employee signs what somebody else filed", Given: Events{filed, toSign}, When: decideAs("emp_7"), Then: Events{signed, bySelf}},
		{Name: "a step that is named is the current one", Given: Events{open}, When: stale, Facts: may, Then: Events{decided(stale, nil), agreed}},

		{Name: "a step that is over", Given: Events{two("hr"), first}, When: stale, Facts: may, Err: "not_current_step"},
		{Name: "somebody who is no approver", Given: Events{open}, When: decideAs("emp_5"), Err: "not_approver"},
		{Name: "HR in the place of a manager", Given: Events{open}, When: decideAs("emp_9", "hr"), Err: "not_approver"},
		{Name: "another role", Given: Events{unseated}, When: decideAs("emp_9", "auditor"), Err: "not_approver"},
		{Name: "an own request", Given: Events{open}, When: decideAs("emp_7"), Facts: may, Err: "self_approval"},
		{Name: "an own request as HR", Given: Events{unseated}, When: decideAs("emp_7", "hr"), Err: "self_approval"},
		{Name: "an own request under another employment", Given: Events{open}, When: decideAs("emp_77"), Facts: request.Facts{Approver: true, Self: true}, Err: "self_approval"},
		{Name: "the signature under another employment", Given: Events{filed, toSign}, When: decideAs("emp_7"), Facts: request.Facts{Self: true}, Then: Events{signed, bySelf}},
		{Name: "what one has filed for somebody else", Given: Events{filed}, When: decideAs("emp_9"), Facts: may, Err: "self_approval"},
		{Name: "the signature of somebody else", Given: Events{filed, toSign}, When: decideAs("emp_2", "hr"), Facts: may, Err: "not_approver"},
		{Name: "what is decided", Given: Events{open, agreed}, When: verdict(request.Reject), Facts: may, Err: "already_decided"},
		{Name: "what is withdrawn", Given: Events{open, gone}, When: verdict(request.Approve), Facts: may, Err: "already_decided"},
		{Name: "what nobody asked for", When: verdict(request.Approve), Facts: may, Err: "unknown_request"},
		{Name: "a no without a reason", Given: Events{open}, When: toldNo, Facts: may, Err: "invalid_field"},
	})
}

func TestResubmitAndAttach(t *testing.T) {
	given := Events{open, back}
	better := missed()
	better.Target.At -= hour
	again := request.ResubmitRequest{Ref: ref, Wish: better, By: "emp_7", Now: asking}
	other, nextYear, tomorrow := again, again, again
	other.Wish = off(evening, evening+hour)
	nextYear.Target.Date = domain.NewDate(2025, 12, 31)
	tomorrow.Target.At = asking + hour
	attach := request.AttachEvidence{Ref: ref, Evidence: photo, By: "emp_7"}
	attached := request.EvidenceAttached{Request: "q1", Emp: "emp_7", Evidence: photo}
	bad := attach
	bad.Bytes = 1 << 40
	var full Events
	for i := range 20 {
		e := attached
		e.SHA256 = fmt.Sprintf("%064d", i+100)
		full = append(full, e)
	}
	needs := with(func(f *request.Facts) { f.Policy.Evidence = true })
	decidertest.Run(t, request.Decide, request.Evolve, []Case{
		{Name: "a returned request is submitted again and starts over", Given: given, When: again, Facts: facts, Then: Events{request.RequestResubmitted{Request: "q1", Emp: "emp_7", Wish: better, Turn: turn}}},
		{Name: "it does not stand in its own way", Given: given, When: request.ResubmitRequest{Ref: ref, Wish: missed(), By: "emp_7", Now: asking}, Facts: facts, Then: Events{request.RequestResubmitted{Request: "q1", Emp: "emp_7", Wish: missed(), Turn: turn}}},
		{Name: "what was not returned", Given: Events{open}, When: again, Facts: facts, Err: "not_returned"},
		{Name: "what nobody asked for", When: again, Facts: facts, Err: "unknown_request"},
		{Name: "another kind", Given: given, When: other, Facts: facts, Err: "invalid_field"},
		{Name: "a date of another year", Given: given, When: nextYear, Facts: facts, Err: "invalid_field"},
		{Name: "nonsense", Given: given, When: tomorrow, Facts: facts, Err: "future_target"},
		{Name: "no file where one is required", Given: given, When: again, Facts: needs, Err: "evidence_required"},
		{Name: "a file that was attached before is enough", Given: append(given, attached), When: again, Facts: needs, Then: Events{request.RequestResubmitted{Request: "q1", Emp: "emp_7", Wish: better, Turn: turn}}},

		{Name: "a file is attached", Given: Events{open}, When: attach, Then: Events{attached}},
		{Name: "also to what was returned", Given: given, When: attach, Then: Events{attached}},
		{Name: "the same file once", Given: Events{open, attached}, When: attach},
		{Name: "a file to what is decided", Given: Events{open, agreed}, When: attach, Err: "request_closed"},
		{Name: "a file to nothing", When: attach, Err: "unknown_request"},
		{Name: "a file too large", Given: Events{open}, When: bad, Err: "evidence_rejected"},
		{Name: "one file too many", Given: append(Events{open}, full...), When: attach, Err: "evidence_rejected"},
		{Name: "a file without kind", Given: Events{open}, When: request.AttachEvidence{Ref: ref, Evidence: request.Evidence{SHA256: photo.SHA256, Bytes: 1}, By: "emp_7"}, Err: "invalid_field"},
	})
}

func TestWithdrawAndRevoke(t *testing.T) {
	withdraw := request.WithdrawRequest{Ref: ref, By: "emp_7"}
	revoke := request.RevokeRequest{Ref: ref, Reason: "cancelled", By: "emp_9"}
	own, mute := revoke, revoke
	own.By, mute.Reason = "emp_7", ""
	revoked := request.RequestRevoked{Request: "q1", Emp: "emp_7", Approval: missed().Approval, Reason: "cancelled", By: "emp_9"}
	undone := revoked
	undone.Effects = []string{"e1"}
	decidertest.Run(t, request.Decide, request.Evolve, []Case{
		{Name: "an open request is withdrawn", Given: Events{open}, When: withdraw, Then: Events{gone}},
		{Name: "a returned one as well", Given: Events{open, back}, When: withdraw, Then: Events{gone}},
		{Name: "once", Given: Events{open, gone}, When: withdraw},
		{Name: "not what was applied", Given: Events{open, agreed, applied}, When: withdraw, Err: "already_applied"},
		{Name: "not what was approved", Given: Events{open, agreed}, When: withdraw, Err: "already_decided"},
		{Name: "not what nobody asked for", When: withdraw, Err: "unknown_request"},
		{Name: "an approval is revoked", Given: Events{open, agreed}, When: revoke, Then: Events{revoked}},
		{Name: "what was applied is revoked with its effects", Given: Events{open, agreed, applied}, When: revoke, Then: Events{undone}},
		{Name: "once only", Given: Events{open, agreed, revoked}, When: revoke},
		{Name: "only an approval", Given: Events{open}, When: revoke, Err: "not_approved"},
		{Name: "not by the employee", Given: Events{open, agreed}, When: own, Err: "self_approval"},
		{Name: "not without a reason", Given: Events{open, agreed}, When: mute, Err: "invalid_field"},
		{Name: "not what is unknown", When: revoke, Err: "unknown_request"},
	})
}

func TestReassignAndEscalate(t *testing.T) {
	reassign := request.ReassignStep{Ref: ref, To: "emp_4", Reason: "on_leave", By: "emp_9", Now: asking}
	to := func(id string) request.ReassignStep { c := reassign; c.To = id; return c }
	ownAct := reassign
	ownAct.By = "emp_7"
	mute := reassign
	mute.Reason = ""
	given := with(func(f *request.Facts) { f.Seat = request.Seat{Role: "manager", Approver: "emp_4", DueAt: due + hour} })
	moved := request.Turn{Step: 1, Role: "manager", Approver: "emp_4", DueAt: due + hour}
	signing := open
	signing.Turn = request.Turn{Step: 1, Role: "employee", Approver: "emp_7", DueAt: due}
	unseated := open
	unseated.Turn = request.Turn{Step: 1, Role: "hr", DueAt: due}
	at := func(now domain.Instant) request.EscalateDue { return request.EscalateDue{Ref: ref, Now: now} }
	late, absent := moved, moved
	late.Why, absent.Why = request.SLAPassed, request.Absent
	left := given
	left.Gone = true
	decidertest.Run(t, request.Decide, request.Evolve, []Case{
		{Name: "a step is given to somebody else", Given: Events{open}, When: reassign, Facts: given, Then: Events{request.RequestReassigned{Request: "q1", Emp: "emp_7", From: "emp_2", Reason: "on_leave", Turn: moved}}},
		{Name: "not to the employee", Given: Events{open}, When: to("emp_7"), Facts: given, Err: "self_approval"},
		{Name: "not by the employee", Given: Events{open}, When: ownAct, Facts: given, Err: "self_approval"},
		{Name: "not to somebody who is not there", Given: Events{open}, When: reassign, Facts: request.Facts{NotActive: true}, Err: "unknown_employee"},
		{Name: "nothing changes for whoever has it", Given: Events{open}, When: to("emp_2"), Facts: given},
		{Name: "not a signature", Given: Events{signing}, When: reassign, Facts: given, Err: "not_reassignable"},
		{Name: "not what is decided", Given: Events{open, agreed}, When: reassign, Facts: given, Err: "request_closed"},
		{Name: "not without a reason", Given: Events{open}, When: mute, Facts: given, Err: "invalid_field"},

		{Name: "a step goes up when its time is over", Given: Events{open}, When: at(due), Facts: given, Then: Events{request.RequestEscalated{Request: "q1", Emp: "emp_7", From: "emp_2", Turn: late}}},
		{Name: "and at once when its approver has left", Given: Events{open}, When: at(asking), Facts: left, Then: Events{request.RequestEscalated{Request: "q1", Emp: "emp_7", From: "emp_2", Turn: absent}}},
		{Name: "not before", Given: Events{open}, When: at(due - 1), Facts: given, Err: "not_due"},
		{Name: "nobody is above a role", Given: Events{unseated}, When: at(due), Facts: given, Err: "not_due"},
		{Name: "nobody signs for another", Given: Events{signing}, When: at(due), Facts: given, Err: "not_due"},
		{Name: "what is decided waits no more", Given: Events{open, agreed}, When: at(due), Facts: given, Err: "request_closed"},
		{Name: "what nobody asked for", When: at(due), Facts: given, Err: "unknown_request"},
	})
}

func TestExpireAndApply(t *testing.T) {
	expire := func(now domain.Instant) request.ExpireRequest { return request.ExpireRequest{Ref: ref, Now: now} }
	apply := request.ApplyRequest{Ref: ref, Effects: []string{"e1"}}
	refused := request.ApplyRequest{Ref: ref, Problem: "punch_exists"}
	expired := request.RequestExpired{Request: "q1", Emp: "emp_7"}
	decidertest.Run(t, request.Decide, request.Evolve, []Case{
		{Name: "a return that nobody answered expires", Given: Events{open, back}, When: expire(back.ExpiresAt), Then: Events{expired}},
		{Name: "once", Given: Events{open, back, expired}, When: expire(back.ExpiresAt)},
		{Name: "not before", Given: Events{open, back}, When: expire(back.ExpiresAt - 1), Err: "not_due"},
		{Name: "not what waits for an approver", Given: Events{open}, When: expire(back.ExpiresAt), Err: "not_due"},
		{Name: "nor what is unknown", When: expire(due), Err: "unknown_request"},
		{Name: "an approval is applied", Given: Events{open, agreed}, When: apply, Then: Events{applied}},
		{Name: "or could not be", Given: Events{open, agreed}, When: refused, Then: Events{request.RequestApplied{Request: "q1", Emp: "emp_7", Effects: []string{}, Problem: "punch_exists"}}},
		{Name: "once only", Given: Events{open, agreed, applied}, When: apply},
		{Name: "only an approval", Given: Events{open}, When: apply, Err: "not_approved"},
		{Name: "nothing unknown", When: apply, Err: "unknown_request"},
	})
}

func TestWhatStandsInTheWay(t *testing.T) {
	fold := func(es ...request.Event) request.Request {
		r, ok := decidertest.Fold(request.Evolve, es...).Own("q1")
		require.True(t, ok)
		return r
	}
	leave := submitted("q1", off(evening, evening+hour), 1)
	yes := end("q1", off(evening, evening+hour))
	retimed := submitted("q1", wrong(request.Retime, request.Subject{Target: request.Target{Punch: "p1"}, At: evening}), 1)
	require.True(t, fold(open).Blocks())
	require.True(t, fold(open, back).Blocks())
	require.True(t, fold(open, agreed, applied).Blocks(), "the punch that was added is there")
	require.False(t, fold(retimed, agreed, applied).Blocks())
	require.False(t, fold(open, gone).Blocks())
	require.True(t, fold(leave, yes, applied).Blocks())
	require.False(t, fold(leave, yes, applied, request.RequestRevoked{Request: "q1", Emp: "emp_7"}).Blocks())
	require.False(t, fold(open, agreed, request.RequestApplied{Request: "q1", Emp: "emp_7", Problem: "punch_exists"}).Blocks())
	require.Equal(t, "manager", fold(open).Current().Role)
	require.Equal(t, "request-emp_7-2026", ref.Stream())
	require.Panics(t, func() { request.About(nil) })
	for _, e := range request.Events() {
		require.Empty(t, request.About(e.(request.Event)), "the zero event is about nothing")
	}
}
