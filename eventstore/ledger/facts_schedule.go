package ledger

import (
	"github.com/punchledger/punchledger/domain"
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
	case schedule.RevokeSwap:
		emp = c.Emp
	}
	f.EmployeeKnown = d.Employee(emp).Exists()
	for _, s := range slots {
		for date := s.Date - 1; date <= s.Date+1; date++ {
			if _, ok := f.Shifts[date]; !ok {
				f.Shifts[date] = d.shiftsOn(emp, date)
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
