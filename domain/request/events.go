package request

import "github.com/punchledger/punchledger/domain"

// Event is an event of a request stream.
//
//sumtype:decl
type Event interface {
	domain.Event
	requestEvent()
}

// ExternalDecisionRecorded records what another system decided about a request, such as an approved overtime. The
// last decision of an external_id counts: a revocation ends an approval. Written by an import or by HR.
type ExternalDecisionRecorded struct {
	Request    string         `json:"request"`
	Emp        string         `json:"emp"`
	System     string         `json:"system"`      // the system that decided
	ExternalID string         `json:"external_id"` // its name for the request
	Kind       Kind           `json:"kind"`
	Target     Target         `json:"target"`
	Type       string         `json:"type,omitempty"`   // leave: a key of the ruleset's leave section
	Settle     Settle         `json:"settle,omitempty"` // overtime: pay or toil
	Outcome    Outcome        `json:"outcome"`
	DecidedBy  string         `json:"decided_by,omitempty"`
	DecidedAt  domain.Instant `json:"decided_at,omitzero"`
	Text       domain.Secret  `json:"text,omitzero"`
}

// EventType implements domain.Event.
func (ExternalDecisionRecorded) EventType() string { return "ExternalDecisionRecorded" }

func (ExternalDecisionRecorded) requestEvent() {}

// Target is what a request is about: a date, and an interval [from, to) where the kind has one; a correction may name
// a punch and its direction.
type Target struct {
	Date  domain.Date    `json:"date"`
	From  domain.Instant `json:"from,omitzero"`
	To    domain.Instant `json:"to,omitzero"`
	TZ    string         `json:"tz,omitempty"` // a trip's zone: it counts for the days it covers
	Dir   string         `json:"dir,omitempty"`
	Punch string         `json:"punch,omitempty"`
}

// Kind of a request.
type Kind string

// The kinds. A trip (出差) lasts days, an outing (外出) hours.
const (
	Overtime   Kind = "overtime"
	Leave      Kind = "leave"
	Trip       Kind = "trip"
	Outing     Kind = "outing"
	Remote     Kind = "remote"
	Field      Kind = "field"
	Correction Kind = "correction"
	Swap       Kind = "swap"
)

// Timed reports whether requests of this kind are about an interval.
func (k Kind) Timed() bool { return k != Correction && k != Swap }

// Settle says how overtime is given back.
type Settle string

// The ways to settle overtime.
const (
	Pay  Settle = "pay"
	TOIL Settle = "toil"
)

// Outcome of a request.
type Outcome string

// The outcomes. Rejected and withdrawn end a request, also an approved one; revoked ends an approval only.
const (
	Approved  Outcome = "approved"
	Rejected  Outcome = "rejected"
	Withdrawn Outcome = "withdrawn"
	Revoked   Outcome = "revoked"
)
