package ledger

import (
	"errors"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/zone"
)

func clockFacts(d *Directory, _ schedule.ClockState, c schedule.ClockCommand) (schedule.ClockFacts, pins) {
	f := schedule.ClockFacts{}
	if c, ok := c.(schedule.TurnDay); ok {
		f.Zone, _ = zone.Embedded().Zone(c.TZ) // nil says that it is unknown
		year, _, _ := c.Date.Civil()
		if last := d.Turned(c.TZ); last != 0 && last < domain.NewDate(year, 1, 1) {
			f.Last = last
		}
	}
	return f, nil
}

func rosterFacts(d *Directory, _ schedule.RosterState, c schedule.RosterCommand) (schedule.RosterFacts, pins) {
	f := schedule.RosterFacts{Shifts: map[domain.Date]map[string]schedule.Span{}, Sites: map[string]bool{}, Calendar: map[domain.Date]schedule.Kind{}}
	var emp string
	var slots []schedule.RosterDay
	switch c := c.(type) {
	case schedule.SetRosterMonth:
		emp, slots = c.Emp, c.Days
	case schedule.ChangeRosterDay:
		emp, slots = c.Emp, []schedule.RosterDay{{Date: c.Date, Slot: c.After}}
	case schedule.SwapDays:
		emp, slots = c.Emp, []schedule.RosterDay{{Date: c.WorkDate}, {Date: c.RestDate}}
		f.Swapped, f.SwapWithin = d.swapped(emp), d.swapWithin(emp, c.WorkDate)
	case schedule.RevokeSwap:
		emp = c.Emp
	}
	f.EmployeeKnown = d.Employee(emp).Exists()
	for _, s := range slots {
		for date := s.Date - 1; date <= s.Date+1; date++ {
			if _, ok := f.Shifts[date]; !ok {
				f.Shifts[date] = d.shiftsOn(emp, date)
			}
			if rules, ok := d.rulesOn(emp, date); ok && date == s.Date && rules.Doc.Schedule.OneShift {
				f.OneShift = true
			}
		}
		if s.Site != "" {
			f.Sites[s.Site] = d.Site(s.Site).OpenOn(s.Date)
		}
		if day, ok := d.calendarDay(emp, s.Date); ok {
			f.Calendar[s.Date] = day.Kind
		}
	}
	return f, pins{"employee": d.pin("employee-" + emp)}
}

// shiftsOn returns the shifts of the rules that govern an employee on a date, with the ends of their plans.
func (d *Directory) shiftsOn(employee string, date domain.Date) map[string]schedule.Span {
	rules, ok := d.rulesOn(employee, date)
	if !ok {
		return nil
	}
	out := make(map[string]schedule.Span, len(rules.Doc.Shifts))
	for id, s := range rules.Doc.Shifts {
		out[id] = spanOf(s)
	}
	return out
}

func spanOf(s ruleset.Shift) schedule.Span {
	blocks := s.Work
	if len(blocks) == 0 {
		blocks = s.Plan
	}
	if n := len(blocks); n > 0 {
		return schedule.Span{Start: domain.Seconds(blocks[0][0]), End: domain.Seconds(blocks[n-1][1])}
	}
	if s.Start != nil {
		return schedule.Span{Start: domain.Seconds(s.Start[0]), End: domain.Seconds(s.Start[1]) + domain.Seconds(s.Required)}
	}
	return schedule.Span{}
}

// calendarDay returns what the calendar of the employee's place of work says of a date: the assignment's site's, else the rules'.
func (d *Directory) calendarDay(employee string, date domain.Date) (schedule.CalendarDay, bool) {
	a, ok := d.Employee(employee).AssignmentOn(date)
	if !ok {
		return schedule.CalendarDay{}, false
	}
	id := d.Site(a.Site).Calendar
	if rules, ok := d.rulesOn(employee, date); ok && id == "" {
		id = rules.Doc.Calendar
	}
	return d.Calendar(id).Calendar().Day(date, a.Tags)
}

// swapped returns the dates of an employee's swaps that are in force.
func (d *Directory) swapped(employee string) []domain.Date {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var dates []domain.Date
	for _, s := range d.index.swaps[employee] {
		dates = append(dates, s.WorkDate, s.RestDate)
	}
	return dates
}

// swapWithin returns how many days may lie between the dates of a swap by the rules of the day that is worked; 0 is any number.
func (d *Directory) swapWithin(employee string, on domain.Date) int {
	rules, ok := d.rulesOn(employee, on)
	if !ok {
		return 0
	}
	return rules.Doc.Requests[string(request.Swap)].Within
}

// unswappable returns why the roster would not take a swap, if it would not. Rosters of other employees have no say in it.
func (d *Directory) unswappable(emp string, t request.Subject, today domain.Date) *domain.Error {
	c := t.Swap(emp, today)
	f, _ := rosterFacts(d, schedule.RosterState{}, c)
	_, err := schedule.DecideRoster(schedule.RosterState{}, c, f)
	refused, _ := errors.AsType[*domain.Error](err)
	return refused
}
