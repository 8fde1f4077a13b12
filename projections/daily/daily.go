// Package daily is the view of attendance days: one row per employee and date.
package daily

import (
	"context"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
)

// Row is a day's result. Segments, payroll rows and anomalies of the day are not in it: the former come from a trace, the
// others have views of their own. Carry is what the next day starts from.
type Row struct {
	attendance.Day
	Carry []byte `json:"-"`
}

// Query selects days; empty fields select all. From and To are both included.
type Query struct {
	Employee string
	From, To domain.Date
}

// Tx writes days. Replace removes the employee's days in [from, to] and stores rows in their place.
type Tx interface {
	ReplaceDays(ctx context.Context, employee string, from, to domain.Date, rows []Row) error
	// CarryBefore returns the carry of the employee's last stored day before date; nil when there is none.
	CarryBefore(ctx context.Context, employee string, date domain.Date) ([]byte, error)
	// Carries returns the stored carries of the employee's days from a date on, by date.
	Carries(ctx context.Context, employee string, from domain.Date) (map[domain.Date][]byte, error)
}

// Reader reads days in the order of employee and date.
type Reader interface {
	Days(ctx context.Context, q Query, yield func(Row) error) error
}
