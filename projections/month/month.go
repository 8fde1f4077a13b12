// Package month is the view of months: a cell for each day of each person, small enough that thousands of people are read at once,
// and the month of one person with everything that a day's own views say.
package month

import (
	"context"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/schedule"
)

// Cell is one day in short.
type Cell struct {
	Date      domain.Date    `json:"date"`
	Kind      schedule.Kind  `json:"kind"`
	Shift     string         `json:"shift,omitempty"`
	Settled   bool           `json:"settled,omitempty"`
	Pending   bool           `json:"pending,omitempty"`
	Corrected bool           `json:"corrected,omitempty"` // a punch of the day was entered or changed by a person, or time was credited
	Blocks    bool           `json:"blocks,omitempty"`    // an open anomaly stops a close
	Open      int            `json:"open,omitempty"`      // open anomalies that somebody should look at
	Planned   domain.Seconds `json:"planned_s,omitempty"`
	Present   domain.Seconds `json:"present_s,omitempty"`
	Counted   domain.Seconds `json:"counted_s,omitempty"`
	Overtime  domain.Seconds `json:"overtime_s,omitempty"` // of base codes with a rate above one
	Leave     domain.Seconds `json:"leave_s,omitempty"`
	Late      domain.Seconds `json:"late_s,omitempty"`
	Early     domain.Seconds `json:"early_s,omitempty"`
	Absent    int            `json:"absent_milli,omitempty"` // thousandths of a day
	Flags     []string       `json:"flags,omitempty"`
}

// Person is a person's month. Cells are in the order of their dates; a date without a cell was not evaluated.
type Person struct {
	Employee string `json:"emp"`
	Cells    []Cell `json:"days"`
	Sums     Sums   `json:"sums"`
}

// Sums add cells up.
type Sums struct {
	Days     int            `json:"days"` // with counted time
	Planned  domain.Seconds `json:"planned_s"`
	Present  domain.Seconds `json:"present_s"`
	Counted  domain.Seconds `json:"counted_s"`
	Overtime domain.Seconds `json:"overtime_s"`
	Leave    domain.Seconds `json:"leave_s"`
	Late     domain.Seconds `json:"late_s"`
	LateDays int            `json:"late_days"`
	Early    domain.Seconds `json:"early_s"`
	Absent   int            `json:"absent_milli"`
	Open     int            `json:"open"`
	Pending  int            `json:"pending_days"`
}

// Sum adds cells up.
func Sum(cells []Cell) (s Sums) {
	for i := range cells {
		c := &cells[i]
		s.Planned += c.Planned
		s.Present += c.Present
		s.Counted += c.Counted
		s.Overtime += c.Overtime
		s.Leave += c.Leave
		s.Late += c.Late
		s.Early += c.Early
		s.Absent += c.Absent
		s.Open += c.Open
		if c.Counted > 0 {
			s.Days++
		}
		if c.Late > 0 {
			s.LateDays++
		}
		if c.Pending {
			s.Pending++
		}
	}
	return s
}

// Query selects people of one month, in the order of their ids: those after After, at most Limit, nobody but Only where it is given.
// A zero Limit is none.
type Query struct {
	Month domain.Date // any date of it
	Of    string      // nobody else
	After string
	Limit int
	Only  func(employee string) bool
}

// Tx writes cells. Replace removes the employee's cells in [from, to] and stores cells in their place.
type Tx interface {
	ReplaceCells(ctx context.Context, employee string, from, to domain.Date, cells []Cell) error
}

// Reader reads months in the order of employees. Sums are those of the cells.
type Reader interface {
	Months(ctx context.Context, q Query, yield func(Person) error) error
}

// Team is one page of a team's month. Next is where the following page begins; it is empty on the last one.
type Team struct {
	Month  string   `json:"month"`
	People []Person `json:"people"`
	Sums   Sums     `json:"sums"` // of this page
	Next   string   `json:"next,omitempty"`
}

// TeamOf reads one page.
func TeamOf(ctx context.Context, r Reader, q Query) (Team, error) {
	out := Team{Month: q.Month.Time().Format("2006-01"), People: []Person{}}
	more := q
	if q.Limit > 0 {
		more.Limit = q.Limit + 1
	}
	err := r.Months(ctx, more, func(p Person) error {
		if q.Limit > 0 && len(out.People) == q.Limit {
			out.Next = out.People[q.Limit-1].Employee
			return nil
		}
		out.People = append(out.People, p)
		out.Sums.add(p.Sums)
		return nil
	})
	return out, err
}

// Plus returns the sums of both.
func (s Sums) Plus(o Sums) Sums {
	s.add(o)
	return s
}

func (s *Sums) add(o Sums) {
	s.Days += o.Days
	s.Planned += o.Planned
	s.Present += o.Present
	s.Counted += o.Counted
	s.Overtime += o.Overtime
	s.Leave += o.Leave
	s.Late += o.Late
	s.LateDays += o.LateDays
	s.Early += o.Early
	s.Absent += o.Absent
	s.Open += o.Open
	s.Pending += o.Pending
}
