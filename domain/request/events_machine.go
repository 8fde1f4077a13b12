package request

import (
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/schedule"
)

// RequestSubmitted records a wish. Chain, cycle and number are those of the rules that governed the target's date then, and are never
// computed anew. Written by the employee, or by HR for the employee: then filed_by is somebody else.
type RequestSubmitted struct {
	Request string `json:"request"`
	Emp     string `json:"emp"`
	Wish
	FiledBy string         `json:"filed_by"`
	At      domain.Instant `json:"submitted_at"`
	Cycle   string         `json:"cycle"`           // 2026-10, or 2026-10@26 of a cycle that starts on the 26th
	Nth     int            `json:"nth"`             // of the requests of this kind that count in the cycle; 0 where none counts
	Flags   []string       `json:"flags,omitempty"` // over_quota, late
	Chain   []Step         `json:"chain"`
	Turn    Turn           `json:"turn"` // whose turn it is first
}

// RequestResubmitted answers a return with the wish as it is now; its turn starts the chain again. Written by the employee or by HR.
type RequestResubmitted struct {
	Request string `json:"request"`
	Emp     string `json:"emp"`
	Wish
	Turn Turn `json:"turn"`
}

// EvidenceAttached adds a file to an open request.
type EvidenceAttached struct {
	Request string `json:"request"`
	Emp     string `json:"emp"`
	Evidence
}

// StepDecided records what an approver says. Next is the turn after an approval that does not end the chain. Written by an approver,
// or by the deputy of one.
type StepDecided struct {
	Request     string        `json:"request"`
	Emp         string        `json:"emp"`
	Step        int           `json:"step"` // from 1
	Decision    Verdict       `json:"decision"`
	By          string        `json:"by"`
	DelegateFor string        `json:"delegate_for,omitempty"`
	Reason      string        `json:"reason,omitempty"` // of a rejection or return, as a code
	Comment     domain.Secret `json:"comment,omitzero"`
	Next        *Turn         `json:"next,omitempty"`
}

// RequestEscalated gives a step to somebody else because it took too long or nobody is there to decide it. Written by the system.
type RequestEscalated struct {
	Request string `json:"request"`
	Emp     string `json:"emp"`
	Was     string `json:"was,omitempty"` // who had the turn; empty: whoever held the role
	Turn    Turn   `json:"turn"`
}

// RequestReassigned gives a step to another approver. Written by HR.
type RequestReassigned struct {
	Request string `json:"request"`
	Emp     string `json:"emp"`
	Was     string `json:"was,omitempty"`
	Reason  string `json:"reason"`
	Turn    Turn   `json:"turn"`
}

// RequestApproved ends the chain with a yes. It repeats the wish, so that whoever reads approvals needs nothing else.
type RequestApproved struct {
	Request string `json:"request"`
	Emp     string `json:"emp"`
	Approval
	By string `json:"by"` // who decided the last step
}

// RequestRejected ends the chain with a no; the reason is in the step.
type RequestRejected struct {
	Request string `json:"request"`
	Emp     string `json:"emp"`
	By      string `json:"by"`
}

// RequestReturned gives a request back to the employee with a question. It keeps its place in the quota and expires if it is not
// submitted again in time.
type RequestReturned struct {
	Request   string         `json:"request"`
	Emp       string         `json:"emp"`
	By        string         `json:"by"`
	ExpiresAt domain.Instant `json:"expires_at"`
}

// RequestWithdrawn takes a request back before it was applied.
type RequestWithdrawn struct {
	Request string `json:"request"`
	Emp     string `json:"emp"`
}

// RequestExpired ends a returned request that was not submitted again in time. Written by the system.
type RequestExpired struct {
	Request string `json:"request"`
	Emp     string `json:"emp"`
}

// RequestApplied says that an approval has taken effect, and through which events; of what evaluation reads by itself, such as leave,
// that is the approval. Where a decider refused, problem is its code and the request changed nothing. Written by the system.
type RequestApplied struct {
	Request string   `json:"request"`
	Emp     string   `json:"emp"`
	Effects []string `json:"effects"` // ids of events
	Problem string   `json:"problem,omitempty"`
}

// RequestRevoked ends an approval, such as a leave that is cancelled; its effects are taken back. Written by HR.
type RequestRevoked struct {
	Request string `json:"request"`
	Emp     string `json:"emp"`
	Approval
	Effects []string `json:"effects,omitempty"` // those of RequestApplied
	Reason  string   `json:"reason"`            // a code
	By      string   `json:"by"`
}

// Approval is what an approval lets happen.
type Approval struct {
	Kind       Kind    `json:"kind"`
	Change     Change  `json:"change,omitempty"` // correction only
	Target     Subject `json:"target"`
	Type       string  `json:"type,omitempty"`   // leave: a key of the ruleset's leave section
	Settle     Settle  `json:"settle,omitempty"` // overtime: pay or toil
	ReasonCode string  `json:"reason_code"`
}

// Subject is the target of a request of this ledger, with what only such a request says.
type Subject struct {
	Target
	At    domain.Instant `json:"at,omitzero"`     // correction: when the punch was made in truth
	Card  string         `json:"card,omitempty"`  // month of the timecard that holds the punch, such as 202610
	Key   string         `json:"key,omitempty"`   // explain: the anomaly
	Rest  domain.Date    `json:"rest,omitzero"`   // swap: the working day that is off; date is the day off that is worked
	Prior bool           `json:"prior,omitempty"` // swap: agreed before both days, so that their kinds change places
}

// Swap returns what a swap asks of the roster of an employee, if it is agreed on a date.
func (s Subject) Swap(emp string, agreed domain.Date) schedule.SwapDays {
	kind := schedule.SwapAfter
	if s.Prior {
		kind = schedule.SwapPrior
	}
	return schedule.SwapDays{Emp: emp, WorkDate: s.Date, RestDate: s.Rest, AgreedOn: agreed, Kind: kind}
}

// Wish is what is asked for and why.
type Wish struct {
	Approval
	Text     domain.Secret `json:"text,omitzero"`
	Evidence []Evidence    `json:"evidence,omitempty"`
}

// Evidence is a file that supports a request: what it was before it was encrypted, and where it lies.
type Evidence struct {
	SHA256 string        `json:"sha256"` // of the original
	MIME   string        `json:"mime"`
	Bytes  int64         `json:"bytes"`
	Ref    domain.Secret `json:"ref,omitzero"` // class photo
}

// Change is what a correction does to a timecard.
type Change string

// The changes. Explain changes no punch and only waives the anomaly.
const (
	Add      Change = "add"      // a punch that nobody recorded
	Retime   Change = "retime"   // a punch with a wrong time
	Redirect Change = "redirect" // a punch with a wrong direction
	Void     Change = "void"     // a punch that was not meant
	Explain  Change = "explain"
)

// Step is one approver of a chain, as copied from the rules at submission.
type Step struct {
	Role      string         `json:"role"` // manager, hr, employee, or another role that grants name
	SLA       domain.Seconds `json:"sla,omitempty"`
	Exception bool           `json:"exception,omitempty"` // there because of a flag
}

// Turn says whose turn it is: the approver, or whoever holds the role where none is named. The instants were computed in the working
// hours of the approver's calendar when the turn began.
type Turn struct {
	Step     int            `json:"step"` // of the chain, from 1
	Role     string         `json:"role"`
	Approver string         `json:"approver,omitempty"`
	Why      Why            `json:"why,omitempty"` // why it is not the one whom the chain names
	RemindAt domain.Instant `json:"remind_at,omitzero"`
	DueAt    domain.Instant `json:"due_at,omitzero"`
}

// Why says why a step went to somebody else.
type Why string

// The causes.
const (
	SLAPassed Why = "sla"
	Absent    Why = "absent"   // the approver has left, or there is none
	Conflict  Why = "conflict" // it would be the approver's own request
)

// Verdict is what an approver says.
type Verdict string

// The verdicts.
const (
	Approve Verdict = "approve"
	Reject  Verdict = "reject"
	Return  Verdict = "return"
)

// The flags of a request that goes to an exception step.
const (
	FlagOverQuota = "over_quota"
	FlagLate      = "late"
)

// The roles that this package knows by itself.
const (
	RoleManager  = "manager"
	RoleHR       = "hr"
	RoleEmployee = "employee"
)

// The stored names of the events.
func (RequestSubmitted) EventType() string   { return "RequestSubmitted" }
func (RequestResubmitted) EventType() string { return "RequestResubmitted" }
func (EvidenceAttached) EventType() string   { return "EvidenceAttached" }
func (StepDecided) EventType() string        { return "StepDecided" }
func (RequestEscalated) EventType() string   { return "RequestEscalated" }
func (RequestReassigned) EventType() string  { return "RequestReassigned" }
func (RequestApproved) EventType() string    { return "RequestApproved" }
func (RequestRejected) EventType() string    { return "RequestRejected" }
func (RequestReturned) EventType() string    { return "RequestReturned" }
func (RequestWithdrawn) EventType() string   { return "RequestWithdrawn" }
func (RequestExpired) EventType() string     { return "RequestExpired" }
func (RequestApplied) EventType() string     { return "RequestApplied" }
func (RequestRevoked) EventType() string     { return "RequestRevoked" }

func (RequestSubmitted) requestEvent()   {}
func (RequestResubmitted) requestEvent() {}
func (EvidenceAttached) requestEvent()   {}
func (StepDecided) requestEvent()        {}
func (RequestEscalated) requestEvent()   {}
func (RequestReassigned) requestEvent()  {}
func (RequestApproved) requestEvent()    {}
func (RequestRejected) requestEvent()    {}
func (RequestReturned) requestEvent()    {}
func (RequestWithdrawn) requestEvent()   {}
func (RequestExpired) requestEvent()     {}
func (RequestApplied) requestEvent()     {}
func (RequestRevoked) requestEvent()     {}
