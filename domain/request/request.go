// Package request holds a person's wishes - overtime, leave, trips, outings, remote and field work, corrections and swaps - and what
// was decided about them. One stream per employee and year, as quotas and overlaps are per person.
//
// A wish goes through a chain of approvers here, or is decided in another system and recorded. Evaluation reads the live approvals; a
// process carries corrections and swaps out.
package request

import (
	"fmt"

	"github.com/punchledger/punchledger/domain"
)

// Category is the first part of the names of this package's streams.
const Category = "request"

// Categories returns the categories of the streams that this package writes.
func Categories() []string { return []string{Category} }

// Events returns the zero value of every event type of this package.
func Events() []domain.Event {
	return []domain.Event{
		RequestSubmitted{},
		RequestResubmitted{},
		EvidenceAttached{},
		StepDecided{},
		RequestEscalated{},
		RequestReassigned{},
		RequestApproved{},
		RequestRejected{},
		RequestReturned{},
		RequestWithdrawn{},
		RequestExpired{},
		RequestApplied{},
		RequestRevoked{},
		ExternalDecisionRecorded{},
	}
}

// Upcasters returns the functions that lift events of older schemas.
func Upcasters() []domain.Upcaster { return nil }

// Stream returns the name of the stream that requests of an employee about a date are kept in.
func Stream(emp string, date domain.Date) string {
	year, _, _ := date.Civil()
	return fmt.Sprintf("%s-%s-%04d", Category, emp, year)
}

// About returns the request that an event is about.
func About(e Event) string {
	switch e := e.(type) {
	case RequestSubmitted:
		return e.Request
	case RequestResubmitted:
		return e.Request
	case EvidenceAttached:
		return e.Request
	case StepDecided:
		return e.Request
	case RequestEscalated:
		return e.Request
	case RequestReassigned:
		return e.Request
	case RequestApproved:
		return e.Request
	case RequestRejected:
		return e.Request
	case RequestReturned:
		return e.Request
	case RequestWithdrawn:
		return e.Request
	case RequestExpired:
		return e.Request
	case RequestApplied:
		return e.Request
	case RequestRevoked:
		return e.Request
	case ExternalDecisionRecorded:
		return e.Request
	}
	panic(fmt.Sprintf("request: no case for %T", e))
}
