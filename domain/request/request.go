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
		RequestSubmitted{}, RequestResubmitted{}, EvidenceAttached{}, StepDecided{}, RequestEscalated{}, RequestReassigned{},
		RequestApproved{}, RequestRejected{}, RequestReturned{}, RequestWithdrawn{}, RequestExpired{}, RequestApplied{}, RequestRevoked{},
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
