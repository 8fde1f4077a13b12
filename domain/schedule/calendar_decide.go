package schedule

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/punchledger/punchledger/domain"
)

// CalendarFacts are what a decision about a calendar needs from elsewhere.
type CalendarFacts struct {
	PeriodClosed bool // the date to amend lies in a closed pay period of somebody under this calendar
}

// DecideCalendar decides a command about a calendar.
func DecideCalendar(s CalendarState, c CalendarCommand, f CalendarFacts) ([]CalendarEvent, error) {
	switch c := c.(type) {
	case PublishCalendarYear:
		return publishYear(s, c)
	case AmendCalendarDay:
		return amendDay(s, c, f)
	case WithdrawCalendarYear:
		return withdrawYear(s, c)
	}
	panic(fmt.Sprintf("schedule: no case for %T", c))
}

func publishYear(s CalendarState, c PublishCalendarYear) ([]CalendarEvent, error) {
	days := tidyDays(c.Days)
	var is fields
	is.Document("calendar", c.Calendar)
	is.That(c.Year >= 1900 && c.Year < 2100, "year", "out_of_range")
	is.Text("source.title", c.Source.Title, maxName)
	is.OptionalText("source.issued_on", c.Source.IssuedOn, maxWord)
	is.days(c.Year, days)
	if is.First != nil {
		return nil, is.First
	}
	last := s.LastVersion(c.Year)
	if c.Version == 0 {
		c.Version = last + 1
	}
	if c.Version != last+1 {
		return nil, domain.NewError(domain.Conflict, "version_gap",
			"year", strconv.Itoa(c.Year), "version", strconv.Itoa(c.Version), "last", strconv.Itoa(last))
	}
	year := CalendarYear{
		Year: c.Year, Version: c.Version, Days: days, Source: c.Source,
		Provisional: c.Provisional, Extended: c.Extended, Hash: HashDays(days),
	}
	if strings.HasPrefix(c.Calendar, "cn-") {
		if err := balanceChina(year); err != nil {
			return nil, err
		}
	}
	return []CalendarEvent{CalendarYearPublished{Calendar: c.Calendar, CalendarYear: year}}, nil
}

// Entries of a year: a few for each date at most.
const maxDays = 1000

func (f *fields) days(year int, days []CalendarDay) {
	if f.That(len(days) <= maxDays, "days", "too_many"); len(days) > maxDays {
		return
	}
	for i, d := range days {
		f.Date("days.date", d.Date)
		y, _, _ := d.Date.Civil()
		f.That(y == year, "days.date", "other_year")
		f.That(d.Kind < Kinds, "days.kind", "unknown_value")
		f.OptionalText("days.name", d.Name, maxName)
		f.That(d.Portion == "" || d.Portion == "half", "days.portion", "unknown_value")
		for _, tag := range d.Tags {
			f.Text("days.tags", tag, maxWord)
		}
		twice := slices.ContainsFunc(days[:i], func(o CalendarDay) bool {
			return o.Date == d.Date && slices.Equal(o.Tags, d.Tags)
		})
		f.That(!twice, "days.date", "twice")
	}
}

// tidyDays returns days in the order of their dates, with tags in order and each once: equal calendars have equal hashes.
func tidyDays(days []CalendarDay) []CalendarDay {
	out := make([]CalendarDay, len(days))
	for i, d := range days {
		d.Tags = slices.Compact(slices.Sorted(slices.Values(d.Tags)))
		out[i] = d
	}
	slices.SortStableFunc(out, func(a, b CalendarDay) int {
		return cmp.Or(cmp.Compare(a.Date, b.Date), slices.Compare(a.Tags, b.Tags))
	})
	return out
}

// The years in which mid-autumn falls on one of the three statutory days of October, so that one date less is statutory,
// unless the notice of the year gives another day for it.
var coinciding = []int{2001, 2009, 2020, 2028, 2031, 2039}

// balanceChina holds a year to what every notice of the State Council has kept to: weekdays off in exchange are as many as days
// worked for them and statutory days that fall on a weekend. It finds a forgotten makeup day and a day of the wrong kind.
func balanceChina(y CalendarYear) error {
	if y.Extended {
		return nil
	}
	var statutory, statutoryWeekend, makeup, swapped int
	for _, d := range y.Days {
		weekday := d.Date.Weekday()
		weekend := weekday == time.Saturday || weekday == time.Sunday
		switch {
		case d.Portion != "" || len(d.Tags) > 0:
		case d.Kind == Statutory && weekend:
			statutory, statutoryWeekend = statutory+1, statutoryWeekend+1
		case d.Kind == Statutory:
			statutory++
		case d.Kind == Makeup:
			makeup++
		case d.Kind == Rest && !weekend:
			swapped++
		}
	}
	want := 11
	if y.Year >= 2025 {
		want = 13
	}
	counted := statutory == want || statutory == want-1 && slices.Contains(coinciding, y.Year)
	// The exchanges are not known before the notice.
	balanced := y.Provisional || swapped == makeup+statutoryWeekend
	if counted && balanced {
		return nil
	}
	return domain.NewError(domain.Invalid, "calendar_unbalanced",
		"year", strconv.Itoa(y.Year), "statutory", strconv.Itoa(statutory), "expected", strconv.Itoa(want),
		"swapped", strconv.Itoa(swapped), "makeup", strconv.Itoa(makeup), "statutory_weekend", strconv.Itoa(statutoryWeekend))
}

func amendDay(s CalendarState, c AmendCalendarDay, f CalendarFacts) ([]CalendarEvent, error) {
	var is fields
	is.Date("date", c.Date)
	is.That(c.Kind < Kinds, "kind", "unknown_value")
	is.OptionalText("name", c.Name, maxName)
	is.Text("why", c.Why, maxName)
	if is.First != nil {
		return nil, is.First
	}
	if !s.Exists() {
		return nil, domain.NewError(domain.NotFound, "unknown_calendar", "calendar", c.Calendar)
	}
	number, _, _ := c.Date.Civil()
	year, ok := s.Year(number)
	if !ok {
		return nil, domain.NewError(domain.NotFound, "unknown_year", "year", strconv.Itoa(number))
	}
	for _, d := range year.Days {
		if d.Date == c.Date && len(d.Tags) == 0 && d.Kind == c.Kind && d.Name == c.Name && d.Portion == "" {
			return nil, domain.NewError(domain.Conflict, "no_change")
		}
	}
	if f.PeriodClosed && !c.Retro {
		return nil, domain.NewError(domain.Conflict, "period_closed", "date", c.Date.String())
	}
	c.Retro = c.Retro && f.PeriodClosed
	return []CalendarEvent{CalendarDayAmended(c)}, nil
}

func withdrawYear(s CalendarState, c WithdrawCalendarYear) ([]CalendarEvent, error) {
	if !s.Exists() {
		return nil, domain.NewError(domain.NotFound, "unknown_calendar", "calendar", c.Calendar)
	}
	e, ok := s.edition(c.Year, c.Version)
	if !ok {
		return nil, domain.NewError(domain.NotFound, "unknown_version",
			"year", strconv.Itoa(c.Year), "version", strconv.Itoa(c.Version))
	}
	if e.Withdrawn {
		return nil, domain.NewError(domain.Conflict, "already_withdrawn",
			"year", strconv.Itoa(c.Year), "version", strconv.Itoa(c.Version))
	}
	return []CalendarEvent{CalendarYearWithdrawn(c)}, nil
}
