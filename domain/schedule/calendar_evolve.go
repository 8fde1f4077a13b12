package schedule

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/gowebpki/jcs"
)

// CalendarState is a calendar as its stream tells it.
type CalendarState struct {
	ID       string
	Editions []Edition // in the order they were published
}

// Edition is one published version of a year with what became of it.
type Edition struct {
	CalendarYear               // as published
	Amended      []CalendarDay // in the order of the amendments; the last one of a date counts
	Withdrawn    bool
}

// Exists reports whether the calendar has a published year.
func (s CalendarState) Exists() bool { return s.ID != "" }

// LastVersion returns the number of the last published version of a year, withdrawn or not, and 0 for none.
func (s CalendarState) LastVersion(year int) int {
	last := 0
	for _, e := range s.Editions {
		if e.Year == year {
			last = max(last, e.Version)
		}
	}
	return last
}

// Year returns the version of a year that is in force, amendments applied and the hash that of the amended days.
func (s CalendarState) Year(year int) (CalendarYear, bool) {
	i := s.inForce(year)
	if i < 0 {
		return CalendarYear{}, false
	}
	return s.Editions[i].amended(), true
}

// Calendar returns the years in force. It is built anew on every call and shares nothing that is written to.
func (s CalendarState) Calendar() *Calendar {
	c := &Calendar{ID: s.ID, Years: map[int]CalendarYear{}}
	for _, e := range s.Editions {
		if _, ok := c.Years[e.Year]; ok {
			continue
		}
		if y, ok := s.Year(e.Year); ok {
			c.Years[y.Year] = y
		}
	}
	return c
}

func (s CalendarState) inForce(year int) int {
	best := -1
	for i, e := range s.Editions {
		if e.Year == year && !e.Withdrawn && (best < 0 || e.Version > s.Editions[best].Version) {
			best = i
		}
	}
	return best
}

func (s CalendarState) edition(year, version int) (Edition, bool) {
	i := slices.IndexFunc(s.Editions, func(e Edition) bool { return e.Year == year && e.Version == version })
	if i < 0 {
		return Edition{}, false
	}
	return s.Editions[i], true
}

func (e Edition) amended() CalendarYear {
	y := e.CalendarYear
	if len(e.Amended) == 0 {
		return y
	}
	y.Days = slices.Clone(y.Days)
	for _, a := range e.Amended {
		i := slices.IndexFunc(y.Days, func(d CalendarDay) bool { return d.Date == a.Date && len(d.Tags) == 0 })
		if i >= 0 {
			y.Days[i] = a
			continue
		}
		y.Days = append(y.Days, a)
	}
	y.Days = tidyDays(y.Days)
	y.Hash = HashDays(y.Days)
	return y
}

// HashDays returns the SHA-256 of the canonical form (RFC 8785) of days in hexadecimal. Days are taken in the order given.
func HashDays(days []CalendarDay) string {
	if days == nil {
		days = []CalendarDay{}
	}
	b, err := json.Marshal(days)
	if err == nil {
		b, err = jcs.Transform(b)
	}
	if err != nil {
		panic(fmt.Sprintf("schedule: calendar days have no canonical form: %v", err))
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// EvolveCalendar applies one event.
func EvolveCalendar(s CalendarState, e CalendarEvent) CalendarState {
	switch e := e.(type) {
	case CalendarYearPublished:
		s.ID = e.Calendar
		s.Editions = append(slices.Clone(s.Editions), Edition{CalendarYear: e.CalendarYear})
		return s
	case CalendarDayAmended:
		year, _, _ := e.Date.Civil()
		return s.with(s.inForce(year), func(x *Edition) {
			x.Amended = append(slices.Clone(x.Amended), CalendarDay{Date: e.Date, Kind: e.Kind, Name: e.Name})
		})
	case CalendarYearWithdrawn:
		i := slices.IndexFunc(s.Editions, func(x Edition) bool { return x.Year == e.Year && x.Version == e.Version })
		return s.with(i, func(x *Edition) { x.Withdrawn = true })
	}
	panic(fmt.Sprintf("schedule: no case for %T", e))
}

func (s CalendarState) with(i int, change func(*Edition)) CalendarState {
	s.Editions = slices.Clone(s.Editions)
	change(&s.Editions[i])
	return s
}
