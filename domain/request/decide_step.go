package request

import (
	"slices"
	"strconv"

	"github.com/punchledger/punchledger/domain"
)

// returnedFor is how long the employee has to answer a return.
const returnedFor = 14 * domain.Day

func (s State) mine(ref Ref) (Request, error) {
	r, ok := s.Own(ref.Request)
	if !ok {
		return r, domain.NewError(domain.NotFound, "unknown_request", "request", ref.Request)
	}
	return r, nil
}

// waiting returns an open request.
func (s State) waiting(ref Ref) (Request, error) {
	r, err := s.mine(ref)
	if err == nil && r.Status != StatusOpen {
		err = domain.NewError(domain.Conflict, "request_closed", "request", r.ID, "status", string(r.Status))
	}
	return r, err
}

func attach(s State, c AttachEvidence) ([]Event, error) {
	r, err := s.mine(c.Ref)
	if err != nil {
		return nil, err
	}
	var is fields
	is.evidence(c.Evidence)
	is.Document("by", c.By)
	switch {
	case is.First != nil:
		return nil, is.First
	case !r.Status.Pending():
		return nil, domain.NewError(domain.Conflict, "request_closed", "request", r.ID, "status", string(r.Status))
	case slices.Contains(r.Evidence, c.SHA256):
		return nil, nil
	case len(r.Evidence) >= maxFiles:
		return nil, domain.NewError(domain.Invalid, "evidence_rejected", "sha256", c.SHA256)
	}
	return []Event{EvidenceAttached{Request: r.ID, Emp: r.Emp, Evidence: c.Evidence}}, nil
}

func decideStep(s State, c DecideStep, f Facts) ([]Event, error) {
	r, err := s.mine(c.Ref)
	if err != nil {
		return nil, err
	}
	var is fields
	is.OneOf("decision", string(c.Verdict), string(Approve), string(Reject), string(Return))
	is.That(c.Verdict == Approve || c.Reason != "", "reason", "missing")
	is.OptionalCode("reason", c.Reason)
	is.Secret("comment", c.Comment, domain.ClassText)
	is.Document("by", c.By)
	is.That(c.Now > 0, "now", "missing")
	if is.First != nil {
		return nil, is.First
	}
	if r.Status != StatusOpen {
		return nil, domain.NewError(domain.Conflict, "already_decided", "request", r.ID, "outcome", string(r.Status))
	}
	if c.Step != 0 && c.Step != r.Turn.Step {
		return nil, domain.NewError(domain.Conflict, "not_current_step", "request", r.ID, "step", strconv.Itoa(r.Turn.Step))
	}
	if err := r.mayDecide(c, f); err != nil {
		return nil, err
	}
	decided := StepDecided{
		Request: r.ID, Emp: r.Emp, Step: r.Turn.Step, Decision: c.Verdict, By: c.By, DelegateFor: f.DelegateFor,
		Reason: c.Reason, Comment: c.Comment,
	}
	switch {
	case c.Verdict == Reject:
		return []Event{decided, RequestRejected{Request: r.ID, Emp: r.Emp, By: c.By}}, nil
	case c.Verdict == Return:
		until := c.Now + returnedFor.Instant()
		return []Event{decided, RequestReturned{Request: r.ID, Emp: r.Emp, By: c.By, ExpiresAt: until}}, nil
	case r.Turn.Step < len(r.Chain):
		next := f.turn(r.Chain, r.Turn.Step+1)
		decided.Next = &next
		return []Event{decided}, nil
	}
	return []Event{decided, RequestApproved{Request: r.ID, Emp: r.Emp, Approval: r.Approval, By: c.By}}, nil
}

// mayDecide says whether the one who acts may decide the current step. Nobody decides what they ask for or filed, but for the step in
// which the employee signs what somebody else filed.
func (r Request) mayDecide(c DecideStep, f Facts) error {
	signs, self := r.Turn.Role == RoleEmployee, f.Self || c.By == r.Emp
	switch {
	case signs && !self:
		return notApprover(r, c.By)
	case !signs && (self || c.By == r.FiledBy):
		return domain.NewError(domain.Forbidden, "self_approval", "emp", r.Emp)
	}
	if f.Approver || f.DelegateFor != "" || signs || r.Turn.Approver == "" && slices.Contains(c.Roles, r.Turn.Role) {
		return nil
	}
	return notApprover(r, c.By)
}

func notApprover(r Request, by string) error {
	return domain.NewError(domain.Forbidden, "not_approver", "request", r.ID, "by", by)
}

func withdraw(s State, c WithdrawRequest) ([]Event, error) {
	r, err := s.mine(c.Ref)
	switch {
	case err != nil:
		return nil, err
	case r.Status == StatusWithdrawn:
		return nil, nil
	case r.Status == StatusApplied:
		return nil, domain.NewError(domain.Conflict, "already_applied", "request", r.ID)
	case !r.Status.Pending():
		return nil, domain.NewError(domain.Conflict, "already_decided", "request", r.ID, "outcome", string(r.Status))
	}
	return []Event{RequestWithdrawn{Request: r.ID, Emp: r.Emp}}, nil
}

func revoke(s State, c RevokeRequest) ([]Event, error) {
	r, err := s.mine(c.Ref)
	if err != nil {
		return nil, err
	}
	var is fields
	is.Code("reason", c.Reason)
	is.Document("by", c.By)
	switch {
	case is.First != nil:
		return nil, is.First
	case r.Status == StatusRevoked:
		return nil, nil
	case r.Status != StatusApproved && r.Status != StatusApplied:
		return nil, domain.NewError(domain.Conflict, "not_approved", "request", r.ID)
	case c.By == r.Emp:
		return nil, domain.NewError(domain.Forbidden, "self_approval", "emp", r.Emp)
	}
	return []Event{RequestRevoked{
		Request: r.ID, Emp: r.Emp, Approval: r.Approval, Effects: r.Effects, Reason: c.Reason, By: c.By,
	}}, nil
}

func reassign(s State, c ReassignStep, f Facts) ([]Event, error) {
	r, err := s.waiting(c.Ref)
	if err != nil {
		return nil, err
	}
	var is fields
	is.Document("to", c.To)
	is.Code("reason", c.Reason)
	is.Document("by", c.By)
	switch {
	case is.First != nil:
		return nil, is.First
	case r.Turn.Role == RoleEmployee:
		return nil, domain.NewError(domain.Conflict, "not_reassignable", "request", r.ID)
	case c.To == r.Emp || c.To == r.FiledBy || c.By == r.Emp:
		return nil, domain.NewError(domain.Forbidden, "self_approval", "emp", r.Emp)
	case f.NotActive:
		return nil, domain.NewError(domain.NotFound, "unknown_employee", "emp", c.To)
	case c.To == r.Turn.Approver:
		return nil, nil
	}
	return []Event{RequestReassigned{
		Request: r.ID, Emp: r.Emp, From: r.Turn.Approver, Reason: c.Reason, Turn: f.turn(r.Chain, r.Turn.Step),
	}}, nil
}

func escalate(s State, c EscalateDue, f Facts) ([]Event, error) {
	r, err := s.waiting(c.Ref)
	if err != nil {
		return nil, err
	}
	passed := r.Turn.DueAt != 0 && c.Now >= r.Turn.DueAt
	top := r.Turn.Approver == "" || r.Turn.Role == RoleEmployee // nobody is above whoever holds a role, and nobody signs for another
	if !passed && !f.Gone || top {
		return nil, domain.NewError(domain.Conflict, "not_due", "request", r.ID)
	}
	turn := f.turn(r.Chain, r.Turn.Step)
	turn.Why = SLAPassed
	if f.Gone {
		turn.Why = Absent
	}
	return []Event{RequestEscalated{Request: r.ID, Emp: r.Emp, From: r.Turn.Approver, Turn: turn}}, nil
}

func expire(s State, c ExpireRequest) ([]Event, error) {
	r, err := s.mine(c.Ref)
	switch {
	case err != nil:
		return nil, err
	case r.Status == StatusExpired:
		return nil, nil
	case r.Status != StatusReturned || c.Now < r.ExpiresAt:
		return nil, domain.NewError(domain.Conflict, "not_due", "request", r.ID)
	}
	return []Event{RequestExpired{Request: r.ID, Emp: r.Emp}}, nil
}

func apply(s State, c ApplyRequest) ([]Event, error) {
	r, err := s.mine(c.Ref)
	switch {
	case err != nil:
		return nil, err
	case r.Status == StatusApplied:
		return nil, nil
	case r.Status != StatusApproved:
		return nil, domain.NewError(domain.Conflict, "not_approved", "request", r.ID)
	}
	return []Event{RequestApplied{Request: r.ID, Emp: r.Emp, Effects: append([]string{}, c.Effects...), Problem: c.Problem}}, nil
}
