package request

import (
	"cmp"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// Status is where a request stands.
type Status string

// The statuses. Open requests wait for an approver, returned ones for the employee; applied is approved and carried out.
const (
	StatusOpen      Status = "open"
	StatusReturned  Status = "returned"
	StatusApproved  Status = "approved"
	StatusApplied   Status = "applied"
	StatusRejected  Status = "rejected"
	StatusWithdrawn Status = "withdrawn"
	StatusExpired   Status = "expired"
	StatusRevoked   Status = "revoked"
)

// Pending reports whether somebody still has to do something: an approver, or the employee.
func (s Status) Pending() bool { return s == StatusOpen || s == StatusReturned }

// counts reports whether a request in this status uses the quota.
func (s Status) counts() bool {
	return s != StatusRejected && s != StatusWithdrawn && s != StatusExpired
}

// Request is a request with all that happened to it.
type Request struct {
	ID  string
	Emp string
	Approval
	FiledBy     string
	SubmittedAt domain.Instant
	Cycle       string
	Nth         int
	Flags       []string
	Chain       []Step
	Turn        Turn // zero unless it is open
	Status      Status
	ExpiresAt   domain.Instant // of a returned one
	Evidence    []string       // SHA-256 of the files
	ApprovedBy  string
	Effects     []string
	Problem     string // why an approval could not be carried out
}

// Current returns the step whose turn it is.
func (r Request) Current() Step { return r.Chain[r.Turn.Step-1] }

// Blocks reports whether the request stands in the way of another one for the same thing. A correction that was carried out stands in
// the way only where it added a punch: what is wrong after it may be corrected again.
func (r Request) Blocks() bool {
	switch r.Status {
	case StatusOpen, StatusReturned, StatusApproved:
		return true
	case StatusApplied:
		return r.Problem == "" && (r.Kind != Correction || r.Change == Add)
	}
	return false
}

// Counts reports whether the request uses the quota of its cycle. An explanation changes no punch and is free.
func (r Request) Counts() bool { return r.Status.counts() && r.Change != Explain }

// near is how far apart two added punches of one direction are before they are two punches.
const near = domain.Hour

// Overlaps reports whether two targets of one kind ask for the same: the same time, punch, edge of a day, anomaly, or day of a swap.
func (t Subject) Overlaps(o Subject) bool {
	switch {
	case t.From != 0 && o.From != 0:
		return t.From < o.To && o.From < t.To
	case t.Rest != 0 && o.Rest != 0:
		return t.Date == o.Date || t.Date == o.Rest || t.Rest == o.Date || t.Rest == o.Rest
	case t.Punch != "" || o.Punch != "":
		return t.Punch == o.Punch
	case t.Key != "" || o.Key != "":
		return t.Date == o.Date && t.Key == o.Key
	case t.Date != o.Date || t.Dir != o.Dir:
		return false
	case t.At != 0 && o.At != 0:
		return max(t.At-o.At, o.At-t.At) < near.Instant()
	}
	return true
}

// Own returns a request that was submitted here.
func (s State) Own(id string) (Request, bool) {
	if i := s.own(id); i >= 0 {
		return s.Requests[i], true
	}
	return Request{}, false
}

func (s State) own(id string) int {
	return slices.IndexFunc(s.Requests, func(r Request) bool { return r.ID == id })
}

// blocking returns the live request of a kind, other than except, that a target overlaps.
func (s State) blocking(kind Kind, t Subject, except string) string {
	for _, d := range s.Decisions {
		if d.Live() && d.Request != except && d.Kind == kind && (Subject{Target: d.Target}).Overlaps(t) {
			return d.Request
		}
	}
	for _, r := range s.Requests {
		if r.Blocks() && r.ID != except && r.Kind == kind && r.Target.Overlaps(t) {
			return r.ID
		}
	}
	return ""
}

// Plan is the chain that a wish goes through, and its place in the quota.
type Plan struct {
	Nth   int
	Flags []string
	Chain []Step
}

// exceptionSLA is how long HR may take where no step of the chain says how long it may.
const exceptionSLA = 48 * domain.Hour

// Plan says what becomes of a wish under a policy: what is over the quota or late goes to an exception step of HR.
func (s State) Plan(c SubmitRequest, f Facts) Plan {
	var p Plan
	if c.Change != Explain {
		p.Nth = f.Used + 1
		for _, r := range s.Requests {
			if r.Kind == c.Kind && r.Cycle == f.Policy.Cycle && r.Counts() {
				p.Nth++
			}
		}
	}
	if f.Policy.Quota > 0 && p.Nth > f.Policy.Quota {
		p.Flags = append(p.Flags, FlagOverQuota)
	}
	if l := f.Policy.Deadline; l != nil && f.Today > l.Last(c.Target.Date) {
		p.Flags = append(p.Flags, FlagLate)
	}
	var sla domain.Seconds
	for _, step := range f.Policy.Chain {
		sla = cmp.Or(step.SLA, sla)
		if p.Nth >= step.FromNth {
			p.Chain = append(p.Chain, Step{Role: step.Role, SLA: step.SLA})
		}
	}
	if len(p.Flags) > 0 {
		p.Chain = append(p.Chain, Step{Role: RoleHR, SLA: cmp.Or(sla, exceptionSLA), Exception: true})
	}
	if f.Policy.Both && c.Kind == Correction && c.By != c.Emp {
		p.Chain = append(p.Chain, Step{Role: RoleEmployee, SLA: sla})
	}
	return p
}

// turn seats a step of a chain.
func (f Facts) turn(chain []Step, step int) Turn {
	role := f.Seat.Role
	if role == "" {
		role = chain[step-1].Role
	}
	return Turn{
		Step: step, Role: role, Approver: f.Seat.Approver, Why: f.Seat.Why, RemindAt: f.Seat.RemindAt, DueAt: f.Seat.DueAt,
	}
}
