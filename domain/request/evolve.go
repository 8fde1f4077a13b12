package request

import (
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// State is the folded requests of a person and year. Its zero value is the empty stream; it is never changed in place.
type State struct {
	Decisions []Decision // of other systems, in the order in which each request was first decided
	Requests  []Request  // of this ledger, in the order in which they were submitted
}

// Decision is the last thing decided about one request.
type Decision struct {
	Request    string
	System     string
	ExternalID string
	Kind       Kind
	Target     Target
	Type       string
	Settle     Settle
	Outcome    Outcome
	DecidedBy  string
	DecidedAt  domain.Instant
}

// Live reports whether the decision is an approval in force.
func (d Decision) Live() bool { return d.Outcome == Approved }

// Request returns the decision about a request.
func (s State) Request(id string) (Decision, bool) {
	return s.find(func(d Decision) bool { return d.Request == id })
}

// External returns the decision about what a system calls id.
func (s State) External(system, id string) (Decision, bool) {
	return s.find(func(d Decision) bool { return d.System == system && d.ExternalID == id })
}

func (s State) find(is func(Decision) bool) (Decision, bool) {
	if i := slices.IndexFunc(s.Decisions, is); i >= 0 {
		return s.Decisions[i], true
	}
	return Decision{}, false
}

// Approvals returns the approvals in force, in the order in which each was first decided.
func (s State) Approvals() []Decision {
	var out []Decision
	for _, d := range s.Decisions {
		if d.Live() {
			out = append(out, d)
		}
	}
	return out
}

// Evolve applies one event. The state it was given stays as it is.
func Evolve(s State, e Event) State {
	switch e := e.(type) {
	case ExternalDecisionRecorded:
		return s.decided(Decision{
			Request: e.Request, System: e.System, ExternalID: e.ExternalID, Kind: e.Kind, Target: e.Target, Type: e.Type,
			Settle: e.Settle, Outcome: e.Outcome, DecidedBy: e.DecidedBy, DecidedAt: e.DecidedAt,
		})
	case RequestSubmitted:
		return s.submitted(e)
	case RequestResubmitted:
		return s.changed(e.Request, func(r *Request) {
			r.Approval, r.Turn, r.Status, r.ExpiresAt = e.Approval, e.Turn, StatusOpen, 0
			r.attach(e.Evidence...)
		})
	case EvidenceAttached:
		return s.changed(e.Request, func(r *Request) { r.attach(e.Evidence) })
	case StepDecided:
		return s.changed(e.Request, func(r *Request) {
			if e.Next != nil {
				r.Turn = *e.Next
			}
		})
	case RequestEscalated:
		return s.changed(e.Request, func(r *Request) { r.Turn = e.Turn })
	case RequestReassigned:
		return s.changed(e.Request, func(r *Request) { r.Turn = e.Turn })
	case RequestApproved:
		return s.changed(e.Request, func(r *Request) { r.end(StatusApproved); r.ApprovedBy = e.By })
	case RequestRejected:
		return s.changed(e.Request, func(r *Request) { r.end(StatusRejected) })
	case RequestReturned:
		return s.changed(e.Request, func(r *Request) { r.end(StatusReturned); r.ExpiresAt = e.ExpiresAt })
	case RequestWithdrawn:
		return s.changed(e.Request, func(r *Request) { r.end(StatusWithdrawn) })
	case RequestExpired:
		return s.changed(e.Request, func(r *Request) { r.end(StatusExpired) })
	case RequestApplied:
		return s.changed(e.Request, func(r *Request) { r.end(StatusApplied); r.Effects, r.Problem = e.Effects, e.Problem })
	case RequestRevoked:
		return s.changed(e.Request, func(r *Request) { r.end(StatusRevoked) })
	}
	panic(fmt.Sprintf("request: no case for %T", e))
}

func (s State) decided(d Decision) State {
	s.Decisions = slices.Clone(s.Decisions)
	if i := slices.IndexFunc(s.Decisions, func(o Decision) bool { return o.Request == d.Request }); i >= 0 {
		s.Decisions[i] = d
	} else {
		s.Decisions = append(s.Decisions, d)
	}
	return s
}

func (s State) submitted(e RequestSubmitted) State {
	r := Request{
		ID: e.Request, Emp: e.Emp, Approval: e.Approval, FiledBy: e.FiledBy, SubmittedAt: e.At, Cycle: e.Cycle, Nth: e.Nth,
		Flags: e.Flags, Chain: e.Chain, Turn: e.Turn, Status: StatusOpen,
	}
	r.attach(e.Evidence...)
	s.Requests = append(slices.Clip(s.Requests), r)
	return s
}

// changed applies a change to a copy of the request.
func (s State) changed(id string, change func(*Request)) State {
	i := s.own(id)
	if i < 0 {
		return s
	}
	s.Requests = slices.Clone(s.Requests)
	change(&s.Requests[i])
	return s
}

func (r *Request) attach(files ...Evidence) {
	r.Evidence = slices.Clip(r.Evidence)
	for _, f := range files {
		if !slices.Contains(r.Evidence, f.SHA256) {
			r.Evidence = append(r.Evidence, f.SHA256)
		}
	}
}

// end leaves the turn behind.
func (r *Request) end(s Status) { r.Status, r.Turn, r.ExpiresAt = s, Turn{}, 0 }
