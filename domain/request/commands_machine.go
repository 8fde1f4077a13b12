package request

import (
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/timecard"
)

// Ref names a request and the stream that holds it: Year is the year of the date it was submitted for.
type Ref struct {
	Emp     string
	Year    int
	Request string
}

// Stream returns the stream of the employee and year.
func (r Ref) Stream() string { return Stream(r.Emp, domain.NewDate(r.Year, 1, 1)) }

// SubmitRequest asks for RequestSubmitted. Card is what the ledger knows of the punch that a correction names; the ledger fills it.
type SubmitRequest struct {
	Request string
	Emp     string
	Wish
	By   string // who files it
	Now  domain.Instant
	Card *PunchFact
}

// ResubmitRequest answers a return: the wish takes the place of the earlier one. Its date stays in the year. The ledger fills Card.
type ResubmitRequest struct {
	Ref
	Wish
	By   string
	Now  domain.Instant
	Card *PunchFact
}

// AttachEvidence adds a file to an open request.
type AttachEvidence struct {
	Ref
	Evidence
	By string
}

// DecideStep decides the current step; Step names it, so that a decision never falls on a later one, and 0 is whichever is current.
// Roles are those that the one who acts holds beside the ones that the ledger knows: the owner of the files acts for HR.
type DecideStep struct {
	Ref
	Step    int
	Verdict Verdict
	Reason  string // a code; asked for unless it is an approval
	Comment domain.Secret
	By      string
	Roles   []string
	Now     domain.Instant
}

// WithdrawRequest takes a request back that was not applied yet.
type WithdrawRequest struct {
	Ref
	By string
}

// RevokeRequest ends an approval.
type RevokeRequest struct {
	Ref
	Reason string
	By     string
}

// ReassignStep gives the current step to another approver.
type ReassignStep struct {
	Ref
	To     string
	Reason string
	By     string
	Now    domain.Instant
}

// EscalateDue gives the current step to the next one up when it took too long or its approver has left.
type EscalateDue struct {
	Ref
	Now domain.Instant
}

// ExpireRequest ends a returned request whose time has run out.
type ExpireRequest struct {
	Ref
	Now domain.Instant
}

// ApplyRequest records what an approval has done.
type ApplyRequest struct {
	Ref
	Effects []string
	Problem string
}

// Stream returns the stream of the employee and the year of the target's date.
func (c SubmitRequest) Stream() string { return Stream(c.Emp, c.Target.Date) }

func (SubmitRequest) requestCommand()   {}
func (ResubmitRequest) requestCommand() {}
func (AttachEvidence) requestCommand()  {}
func (DecideStep) requestCommand()      {}
func (WithdrawRequest) requestCommand() {}
func (RevokeRequest) requestCommand()   {}
func (ReassignStep) requestCommand()    {}
func (EscalateDue) requestCommand()     {}
func (ExpireRequest) requestCommand()   {}
func (ApplyRequest) requestCommand()    {}

// PunchFact is what a timecard says of a punch.
type PunchFact struct {
	Month   string // of the timecard
	State   timecard.PunchState
	FirstAt domain.Instant
	At      domain.Instant
	Dir     timecard.Direction
}

// Policy is what the rules of the target's date say of requests of a kind.
type Policy struct {
	Cycle    string
	Quota    int               // 0: any number
	Deadline *ruleset.Deadline // nil: any time
	Evidence bool
	Both     bool // a correction needs employee and approver, whoever files it
	Chain    []PolicyStep
}

// PolicyStep is a step of the rules' chain; FromNth leaves it out before the nth request of the cycle.
type PolicyStep struct {
	Role    string
	SLA     domain.Seconds
	FromNth int
}

// Seat is who takes a step and until when.
type Seat struct {
	Role     string // differs from the step's where it went to somebody else
	Approver string
	Why      Why
	RemindAt domain.Instant
	DueAt    domain.Instant
}
