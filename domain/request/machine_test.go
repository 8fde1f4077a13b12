package request_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/timecard"
)

var (
	today  = date + 1
	asking = (today.Unix() + 9*domain.Hour).Instant()
	due    = asking + 48*hour
	ref    = request.Ref{Emp: "emp_7", Year: 2026, Request: "q1"}
	seat   = request.Seat{Role: "manager", Approver: "emp_2", RemindAt: asking + 24*hour, DueAt: due}
	turn   = request.Turn{Step: 1, Role: "manager", Approver: "emp_2", RemindAt: asking + 24*hour, DueAt: due}
	chain  = []request.Step{{Role: "manager", SLA: 48 * domain.Hour}}
	photo  = request.Evidence{SHA256: fmt.Sprintf("%064x", 7), MIME: "image/jpeg", Bytes: 9}
	policy = request.Policy{Cycle: "2026-10", Quota: 3, Deadline: &ruleset.Deadline{Days: 7}, Chain: []request.PolicyStep{{Role: "manager", SLA: 48 * domain.Hour}}}
	facts  = request.Facts{Policy: policy, Today: today, Seat: seat}
	punch  = &request.PunchFact{Month: "202610", FirstAt: evening, At: evening, Dir: "in"}
)

func missed() request.Wish {
	return request.Wish{Approval: request.Approval{
		Kind: request.Correction, Change: request.Add, ReasonCode: "forgot",
		Target: request.Subject{Target: request.Target{Date: date, Dir: "out"}, At: evening},
	}}
}

func wrong(change request.Change, t request.Subject) request.Wish {
	w := missed()
	t.Date = date
	w.Change, w.Target = change, t
	return w
}

func off(from, to domain.Instant) request.Wish {
	return request.Wish{Approval: request.Approval{
		Kind: request.Leave, Type: "annual", ReasonCode: "family", Target: request.Subject{Target: request.Target{Date: date, From: from, To: to}},
	}}
}

func swap(work, rest domain.Date) request.Wish {
	return request.Wish{Approval: request.Approval{
		Kind: request.Swap, ReasonCode: "family", Target: request.Subject{Target: request.Target{Date: work}, Rest: rest},
	}}
}

func wish(id string, w request.Wish) request.SubmitRequest {
	return request.SubmitRequest{Request: id, Emp: "emp_7", Wish: w, By: "emp_7", Now: asking, Card: punch}
}

// submitted is the event of a wish that is not flagged.
func submitted(id string, w request.Wish, nth int) request.RequestSubmitted {
	if w.Target.Punch != "" {
		w.Target.Card = "202610"
	}
	return request.RequestSubmitted{
		Request: id, Emp: "emp_7", Wish: w, FiledBy: "emp_7", At: asking, Cycle: "2026-10", Nth: nth, Chain: chain, Turn: turn,
	}
}

func with(change func(*request.Facts)) request.Facts {
	f := facts
	change(&f)
	return f
}

func flagged(id string, nth int, flags ...string) request.RequestSubmitted {
	e := submitted(id, missed(), nth)
	e.Flags = flags
	e.Chain = append(chain[:1:1], request.Step{Role: "hr", SLA: 48 * domain.Hour, Exception: true})
	return e
}

func end(id string, w request.Wish) request.Event {
	return request.RequestApproved{Request: id, Emp: "emp_7", Approval: w.Approval, By: "emp_2"}
}

func TestSubmitRequest(t *testing.T) {
	second := missed()
	second.Target.At += 2 * hour
	filed := wish("q1", missed())
	filed.By = "emp_9"
	byOther := submitted("q1", missed(), 1)
	byOther.FiledBy, byOther.Chain = "emp_9", append(chain[:1:1], request.Step{Role: "employee", SLA: 48 * domain.Hour})
	tomorrow := missed()
	tomorrow.Target.At = asking + hour
	ahead := wrong(request.Explain, request.Subject{Key: "late"})
	ahead.Target.Date = today + 1
	retime := wrong(request.Retime, request.Subject{Target: request.Target{Punch: "p1"}, At: evening - hour})
	far := wrong(request.Retime, request.Subject{Target: request.Target{Punch: "p1"}, At: evening - 37*hour})
	redirect := wrong(request.Redirect, request.Subject{Target: request.Target{Punch: "p1", Dir: "out"}})
	void := wrong(request.Void, request.Subject{Target: request.Target{Punch: "p1"}})
	explain := wrong(request.Explain, request.Subject{Key: "late"})
	free := submitted("q2", explain, 0)
	nobody := wish("q1", retime)
	nobody.Card = nil
	in := func(w request.Wish, state timecard.PunchState, at domain.Instant, dir timecard.Direction) request.SubmitRequest {
		c := wish("q1", w)
		c.Card = &request.PunchFact{Month: "202610", State: state, FirstAt: evening, At: at, Dir: dir}
		return c
	}
	nth := with(func(f *request.Facts) {
		f.Policy.Chain = append(policy.Chain[:1:1], request.PolicyStep{Role: "hr", SLA: domain.Hour, FromNth: 3})
	})
	third := submitted("q1", missed(), 3)
	third.Chain = append(chain[:1:1], request.Step{Role: "hr", SLA: domain.Hour})
	proof := missed()
	proof.Evidence = []request.Evidence{photo}
	external := request.RecordExternalDecision{
		Request: "x1", Emp: "emp_7", System: "oa", ExternalID: "L/1", Kind: request.Leave, Type: "sick", Outcome: request.Approved,
		Target: request.Target{Date: date, From: evening, To: evening + 2*hour},
	}
	decidertest.Run(t, request.Decide, request.Evolve, []Case{
		{Name: "a missed punch is asked for", When: wish("q1", missed()), Facts: facts, Then: Events{submitted("q1", missed(), 1)}},
		{Name: "the next one of the cycle is the second", Given: Events{submitted("q1", missed(), 1)}, When: wish("q2", second), Facts: facts, Then: Events{submitted("q2", second, 2)}},
		{Name: "those of the cycle in another year's stream count", When: wish("q1", missed()), Facts: with(func(f *request.Facts) { f.Used = 2 }), Then: Events{submitted("q1", missed(), 3)}},
		{Name: "over the quota it goes to HR as well", When: wish("q1", missed()), Facts: with(func(f *request.Facts) { f.Used = 3 }), Then: Events{flagged("q1", 4, "over_quota")}},
		{Name: "after the deadline it goes to HR as well", When: wish("q1", missed()), Facts: with(func(f *request.Facts) { f.Today = date + 8 }), Then: Events{flagged("q1", 1, "late")}},
		{Name: "on the last day it is not late", When: wish("q1", missed()), Facts: with(func(f *request.Facts) { f.Today = date + 7 }), Then: Events{submitted("q1", missed(), 1)}},
		{Name: "both flags make one step", When: wish("q1", missed()), Facts: with(func(f *request.Facts) { f.Today = date + 8; f.Used = 3 }), Then: Events{flagged("q1", 4, "over_quota", "late")}},
		{Name: "a step is added from the third request", When: wish("q1", missed()), Facts: with(func(f *request.Facts) { *f = nth; f.Used = 2 }), Then: Events{third}},
		{Name: "and not before", When: wish("q1", missed()), Facts: nth, Then: Events{submitted("q1", missed(), 1)}},
		{Name: "where both sign, the employee signs what somebody else filed", When: filed, Facts: with(func(f *request.Facts) { f.Policy.Both = true }), Then: Events{byOther}},
		{Name: "and nothing more where the employee filed it", When: wish("q1", missed()), Facts: with(func(f *request.Facts) { f.Policy.Both = true }), Then: Events{submitted("q1", missed(), 1)}},
		{Name: "an explanation is free", Given: Events{submitted("q1", missed(), 1)}, When: wish("q2", explain), Facts: facts, Then: Events{free}},
		{Name: "what was withdrawn gives its place back", Given: Events{submitted("q1", missed(), 1), request.RequestWithdrawn{Request: "q1", Emp: "emp_7"}}, When: wish("q2", missed()), Facts: facts, Then: Events{submitted("q2", missed(), 1)}},
		{Name: "what was returned keeps it", Given: Events{submitted("q1", second, 1), request.RequestReturned{Request: "q1", Emp: "emp_7"}}, When: wish("q2", missed()), Facts: facts, Then: Events{submitted("q2", missed(), 2)}},
		{Name: "a wrong time names its timecard", When: wish("q1", retime), Facts: facts, Then: Events{submitted("q1", retime, 1)}},
		{Name: "a wrong direction", When: wish("q1", redirect), Facts: facts, Then: Events{submitted("q1", redirect, 1)}},
		{Name: "a punch that was not meant", When: wish("q1", void), Facts: facts, Then: Events{submitted("q1", void, 1)}},
		{Name: "leave is asked for ahead", When: wish("q1", off(asking+hour, asking+2*hour)), Facts: facts, Then: Events{submitted("q1", off(asking+hour, asking+2*hour), 1)}},
		{Name: "a file comes with it", When: wish("q1", proof), Facts: with(func(f *request.Facts) { f.Policy.Evidence = true }), Then: Events{submitted("q1", proof, 1)}},

		{Name: "no file where one is required", When: wish("q1", missed()), Facts: with(func(f *request.Facts) { f.Policy.Evidence = true }), Err: "evidence_required"},
		{Name: "a punch in the future", When: wish("q1", tomorrow), Facts: facts, Err: "future_target"},
		{Name: "an explanation of tomorrow", When: wish("q1", ahead), Facts: facts, Err: "future_target"},
		{Name: "somebody who is not employed", When: wish("q1", missed()), Facts: with(func(f *request.Facts) { f.NotEmployed = true }), Err: "not_employed"},
		{Name: "a zone that nobody knows", When: wish("q1", missed()), Facts: with(func(f *request.Facts) { f.ZoneUnknown = true }), Err: "unknown_tz"},
		{Name: "a leave that the rules do not have", When: wish("q1", off(evening, evening+hour)), Facts: with(func(f *request.Facts) { f.UnknownType = true }), Err: "unknown_leave"},
		{Name: "a punch that is not there", When: nobody, Facts: facts, Err: "unknown_punch"},
		{Name: "a punch that was voided", When: in(void, timecard.Voided, evening, "in"), Facts: facts, Err: "already_voided"},
		{Name: "a punch that does not count anyway", When: in(void, timecard.Rejected, evening, "in"), Facts: facts, Err: "not_counted"},
		{Name: "a punch that is there already", When: in(retime, timecard.Counted, evening-hour, "in"), Facts: facts, Err: "no_change"},
		{Name: "a direction that it has already", When: in(redirect, timecard.Counted, evening, "out"), Facts: facts, Err: "no_change"},
		{Name: "a time too far off", When: wish("q1", far), Facts: facts, Err: "retime_too_far"},
		{Name: "the same edge within an hour", Given: Events{submitted("q1", missed(), 1)}, When: wish("q2", missed()), Facts: facts, Err: "overlaps_request"},
		{Name: "the same leave", Given: Events{submitted("q1", off(evening, evening+2*hour), 1)}, When: wish("q2", off(evening+hour, evening+3*hour)), Facts: facts, Err: "overlaps_request"},
		{Name: "a leave that another system approved", Given: recorded(external), When: wish("q2", off(evening+hour, evening+3*hour)), Facts: facts, Err: "overlaps_request"},
		{Name: "a leave of last year that goes on", When: wish("q2", off(evening, evening+hour)), Facts: with(func(f *request.Facts) { f.Overlaps = "q0" }), Err: "overlaps_request"},
		{Name: "one day in two swaps", Given: Events{submitted("q1", swap(date, date+2), 1)}, When: wish("q2", swap(date+4, date+2)), Facts: facts, Err: "overlaps_request"},
		{Name: "one punch in two corrections", Given: Events{submitted("q1", void, 1)}, When: wish("q2", retime), Facts: facts, Err: "overlaps_request"},
		{Name: "one exception explained twice", Given: Events{submitted("q1", explain, 0)}, When: wish("q2", explain), Facts: facts, Err: "overlaps_request"},
		{Name: "what another system approves over an open request", Given: Events{submitted("q1", off(evening, evening+hour), 1)}, When: external, Err: "overlaps_request"},
		{
			Name: "after a correction was carried out its punch may be corrected again", Given: Events{submitted("q1", retime, 1), end("q1", retime), request.RequestApplied{Request: "q1", Emp: "emp_7"}},
			When: wish("q2", void), Facts: facts, Then: Events{submitted("q2", void, 2)},
		},
		{Name: "an id is used once", Given: Events{submitted("q1", missed(), 1)}, When: wish("q1", second), Facts: facts, Err: "request_exists"},
		{Name: "also by another system", Given: Events{submitted("x1", off(evening+9*hour, evening+10*hour), 1)}, When: external, Err: "request_exists"},
	})
}

func TestSubmitRequestRefusesWhatMakesNoSense(t *testing.T) {
	for name, f := range map[string]func(*request.SubmitRequest){
		"no id":                            func(c *request.SubmitRequest) { c.Request = "" },
		"an id without room for more":      func(c *request.SubmitRequest) { c.Request = fmt.Sprintf("%064d", 1) },
		"no reason":                        func(c *request.SubmitRequest) { c.ReasonCode = "" },
		"no kind":                          func(c *request.SubmitRequest) { c.Kind = "party" },
		"no date":                          func(c *request.SubmitRequest) { c.Target.Date = 0 },
		"no direction":                     func(c *request.SubmitRequest) { c.Target.Dir = "" },
		"no time":                          func(c *request.SubmitRequest) { c.Target.At = 0 },
		"an unknown change":                func(c *request.SubmitRequest) { c.Change = "erase" },
		"a correction with an interval":    func(c *request.SubmitRequest) { c.Target.From = evening },
		"a correction that says its card":  func(c *request.SubmitRequest) { c.Target.Card = "202610" },
		"a correction of a leave type":     func(c *request.SubmitRequest) { c.Type = "annual" },
		"a correction that is settled":     func(c *request.SubmitRequest) { c.Settle = request.Pay },
		"a void that names a time":         func(c *request.SubmitRequest) { c.Change = request.Void; c.Target.Punch = "p1" },
		"a retime without a punch":         func(c *request.SubmitRequest) { c.Change = request.Retime; c.Target.Dir = "" },
		"an explanation of nothing":        func(c *request.SubmitRequest) { c.Wish = wrong(request.Explain, request.Subject{}) },
		"a leave without type":             func(c *request.SubmitRequest) { c.Wish = off(evening, evening+hour); c.Type = "" },
		"a leave that ends at once":        func(c *request.SubmitRequest) { c.Wish = off(evening, evening) },
		"a leave in a zone":                func(c *request.SubmitRequest) { c.Wish = off(evening, evening+hour); c.Target.TZ = "Asia/Tokyo" },
		"a leave that changes a punch":     func(c *request.SubmitRequest) { c.Wish = off(evening, evening+hour); c.Change = request.Add },
		"a swap with itself":               func(c *request.SubmitRequest) { c.Wish = swap(date, date) },
		"a swap that changes a punch":      func(c *request.SubmitRequest) { c.Wish = swap(date, date+1); c.Change = request.Add },
		"a text of another class":          func(c *request.SubmitRequest) { c.Text = domain.NewSecret(domain.ClassPhoto, "x") },
		"a file without a fingerprint":     func(c *request.SubmitRequest) { c.Evidence = []request.Evidence{{MIME: "image/png", Bytes: 1}} },
		"more files than anybody looks at": func(c *request.SubmitRequest) { c.Evidence = make([]request.Evidence, 21) },
		"nobody who asks":                  func(c *request.SubmitRequest) { c.By = "" },
		"no time of asking":                func(c *request.SubmitRequest) { c.Now = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			c := wish("q1", missed())
			f(&c)
			_, err := request.Decide(request.State{}, c, facts)
			require.Equal(t, "invalid_field", decidertest.Code(err))
		})
	}
	large := wish("q1", missed())
	large.Evidence = []request.Evidence{{SHA256: photo.SHA256, MIME: "video/mp4", Bytes: 1 << 30}}
	_, err := request.Decide(request.State{}, large, facts)
	require.Equal(t, "evidence_rejected", decidertest.Code(err))
}
