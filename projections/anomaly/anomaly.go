// Package anomaly is the view of deviations to look at, each with its key (employee, date, id, discriminator) and its state.
package anomaly

import (
	"context"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
)

// Row is one anomaly of a day. About is what it is grouped by; it is no part of the row's canonical form.
type Row struct {
	Employee string      `json:"emp"`
	Date     domain.Date `json:"date"`
	attendance.Anomaly
	About About `json:"-"`
}

// About says where an anomaly comes from, and until when it is muted.
type About struct {
	Group  string      `json:"group,omitempty"`  // attendance group on the date
	Site   string      `json:"site,omitempty"`   // of the roster, else of the assignment
	Device string      `json:"device,omitempty"` // that handed in the punch which the anomaly is about
	Until  domain.Date `json:"until,omitzero"`   // waived until this date; zero where for good
}

// Resolved is the state of an anomaly that is there no more, because a person corrected what it was about. The other states are those
// of attendance: open, acknowledged, waived.
const Resolved = "resolved"

// Query selects anomalies; empty fields select all. From and To are both included.
type Query struct {
	Employee string
	From, To domain.Date
	ID       string
}

// Tx writes anomalies. Replace removes the employee's anomalies of the days in [from, to] and stores rows in their place.
type Tx interface {
	ReplaceAnomalies(ctx context.Context, employee string, from, to domain.Date, rows []Row) error
	// ReplaceResolved does the same for those that were resolved.
	ReplaceResolved(ctx context.Context, employee string, from, to domain.Date, rows []Row) error
}

// Reader reads anomalies in the order of their keys.
type Reader interface {
	Anomalies(ctx context.Context, q Query, yield func(Row) error) error
}

// PastReader reads those that were resolved, in the order of their keys.
type PastReader interface {
	ResolvedAnomalies(ctx context.Context, q Query, yield func(Row) error) error
}
