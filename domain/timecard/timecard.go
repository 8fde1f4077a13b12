// Package timecard holds punches and what later happened to them, credited days, waived anomalies and attestations:
// one stream per employee and month.
//
// It decides and folds; it never evaluates a day, and it never edits what was recorded.
package timecard

import (
	"github.com/punchledger/punchledger/domain"
)

// Category is the first part of the names of this package's streams.
const Category = "timecard"

// Categories returns the categories of the streams that this package writes.
func Categories() []string { return []string{Category} }

// Events returns the zero value of every event type of this package.
func Events() []domain.Event {
	return []domain.Event{
		PunchAccepted{},
		PunchHeld{},
		PunchRejected{},
		PunchReleased{},
		PunchRefused{},
		PunchAdmitted{},
		PunchAppealed{},
		PunchIdentified{},
		PunchAdded{},
		PunchVoided{},
		PunchRetimed{},
		PunchRedirected{},
		DayCredited{},
		DayCreditRevoked{},
		AnomalyAcknowledged{},
		AnomalyWaived{},
		DayAttested{},
	}
}

// Upcasters returns the functions that lift events of older schemas.
func Upcasters() []domain.Upcaster { return nil }

// Card names one timecard: an employee and a month such as 202610. The month is the UTC month of a punch's first
// effective time, and the month of the date for what is about a date.
type Card struct {
	Emp   string
	Month string
}

// CardAt returns the timecard that a punch effective at an instant is recorded on.
func CardAt(emp string, at domain.Instant) Card {
	return Card{Emp: emp, Month: domain.DateOfUnix(at.Seconds()).YearMonth()}
}

// CardOn returns the timecard that events about a date are recorded on.
func CardOn(emp string, date domain.Date) Card { return Card{Emp: emp, Month: date.YearMonth()} }

// Stream returns the name of the timecard's stream.
func (c Card) Stream() string { return Category + "-" + c.Emp + "-" + c.Month }
