package golden

import (
	"fmt"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
)

// contextWork punches what the case names as lengths only: days from eight in the morning on, weeks of five days, from the first day of a
// week on. Whatever else was punched is the case's own.
func (t *translation) contextWork() {
	if len(t.punches) > 0 || t.context == nil {
		return
	}
	for i, n := range t.context.numbers("worked_minutes_by_day") {
		t.workDay(i, domain.Seconds(n)*domain.Minute)
	}
	for i, n := range t.context.numbers("worked_minutes_by_week") {
		t.workWeek(i, domain.Seconds(n)*domain.Minute)
	}
	if t.context.has("worked_minutes_week") {
		t.workWeek(0, t.context.minutes("worked_minutes_week"))
	}
}

// workWeek spreads a week over five days. That is only as good as the case's own days where no rule looks at a day.
func (t *translation) workWeek(nth int, length domain.Seconds) {
	for _, r := range t.doc.Overtime.Rules {
		if r.Per != "week" {
			t.lacks("overtime of days of which only the week is known")
			return
		}
	}
	for day := range 5 {
		n := length / 5
		if day == 0 {
			n += length % 5
		}
		t.workDay(7*nth+day, n)
	}
}

// workDay punches the nth day after the first of the week.
func (t *translation) workDay(nth int, length domain.Seconds) {
	eight := t.zone.Start(t.weekStart()+domain.Date(nth), 8*domain.Hour)
	t.punched(eight, attendance.In)
	t.punched(eight+length, attendance.Out)
}

func (t *translation) punched(at domain.Seconds, dir attendance.Direction) {
	n := len(t.facts.Punches) + 1
	t.dates = append(t.dates, t.zone.DateOf(at))
	t.facts.Punches = append(t.facts.Punches, attendance.Punch{
		ID: fmt.Sprintf("p%03d", n), At: at, Dir: dir, Position: domain.Seconds(n), Event: fmt.Sprintf("e%03d", n),
	})
}

// weekStart is the first day of the week in which such work lies: that of firstDay.
func (t *translation) weekStart() domain.Date {
	d := firstDay
	for weekdays[(int(d.Weekday())+6)%7] != t.doc.Week.Starts {
		d--
	}
	return d
}
