// Package anomaly is the view of deviations to look at, each with its key (employee, date, id, discriminator) and its state.
package anomaly

import (
	"context"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
)

// Row is one anomaly of a day.
type Row struct {
	Employee string      `json:"emp"`
	Date     domain.Date `json:"date"`
	attendance.Anomaly
}

// Query selects anomalies; empty fields select all. From and To are both included.
type Query struct {
	Employee string
	From, To domain.Date
	ID       string
}

// Tx writes anomalies. Replace removes the employee's anomalies of the days in [from, to] and stores rows in their place.
type Tx interface {
	ReplaceAnomalies(ctx context.Context, employee string, from, to domain.Date, rows []Row) error
}

// Reader reads anomalies in the order of their keys.
type Reader interface {
	Anomalies(ctx context.Context, q Query, yield func(Row) error) error
}
