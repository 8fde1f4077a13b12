package ruleset

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/schedule"
)

//go:embed calendars/*.yaml
var calendarFiles embed.FS

// CalendarDocument is one year of a calendar, its days in date order and its hash filled in.
type CalendarDocument struct {
	ID           string
	Title        Text
	Jurisdiction string
	Notes        Text
	Year         schedule.CalendarYear
}

// ParseCalendar reads one year of a calendar, as strictly as Parse reads rules. Entries that name no date of the year, go backwards
// or say two things of one date and the same people are problems too.
func ParseCalendar(data []byte, name string) (*CalendarDocument, error) {
	s := readSource(data)
	if len(s.problems) == 0 {
		calendarSchema.check(s)
	}
	if len(s.problems) > 0 {
		return nil, &ProblemsError{name, s.problems}
	}
	plain, err := json.Marshal(s.value)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	var file CalendarFile
	if err := json.Unmarshal(plain, &file); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	days := file.expand(s)
	if len(s.problems) > 0 {
		return nil, &ProblemsError{name, s.problems}
	}
	hash, err := CalendarHash(days)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return &CalendarDocument{
		ID: file.ID, Title: file.Title, Jurisdiction: file.Jurisdiction, Notes: file.Notes,
		Year: schedule.CalendarYear{
			Year: file.Year, Version: max(file.Version, 1), Days: days,
			Source:      schedule.Source{Title: file.Source.Title, IssuedOn: file.Source.Issued},
			Provisional: file.Provisional, Extended: file.Extended, Hash: hash,
		},
	}, nil
}

// CalendarHash returns the SHA-256 of the canonical JSON of days, in hexadecimal. Days must be in date order.
func CalendarHash(days []schedule.CalendarDay) (string, error) {
	b, err := canonical(days)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

// expand turns the entries into days and reports to s what cannot be.
func (f *CalendarFile) expand(s *source) []schedule.CalendarDay {
	days := []schedule.CalendarDay{}
	seen := map[string]string{}
	for _, l := range []struct {
		kind    schedule.Kind
		entries []CalendarEntry
	}{
		{schedule.Statutory, f.Days.Statutory},
		{schedule.Holiday, f.Days.Holiday},
		{schedule.Rest, f.Days.Rest},
		{schedule.LegalRest, f.Days.LegalRest},
		{schedule.Makeup, f.Days.Makeup},
		{schedule.Work, f.Days.Work},
		{schedule.Special, f.Days.Special},
	} {
		for i, e := range l.entries {
			pointer := fmt.Sprintf("/days/%s/%d", l.kind, i)
			from, to, err := e.dates(f.Year)
			swap, swapErr := yearDate(f.Year, e.SwapOf)
			if err != nil || swapErr != nil {
				s.fail(pointer, s.spotOf(pointer), "calendar.date", "date", e.Date+e.swapText(swapErr), "year", strconv.Itoa(f.Year))
				continue
			}
			for d := from; d <= to; d++ {
				key := d.String() + " " + strings.Join(slices.Sorted(slices.Values(e.Tags)), " ")
				if first, ok := seen[key]; ok {
					s.fail(pointer, s.spotOf(pointer), "calendar.twice", "date", d.String(), "first", first)
				}
				seen[key] = pointer
				days = append(days, schedule.CalendarDay{Date: d, Kind: l.kind, Name: e.Name, Portion: e.Portion, Tags: e.Tags, SwapOf: swap})
			}
		}
	}
	slices.SortStableFunc(days, func(a, b schedule.CalendarDay) int {
		if a.Date != b.Date {
			return int(a.Date - b.Date)
		}
		return strings.Compare(strings.Join(a.Tags, " "), strings.Join(b.Tags, " "))
	})
	return days
}

func (e *CalendarEntry) swapText(err error) string {
	if err == nil {
		return ""
	}
	return " for " + e.SwapOf
}

// dates returns the first and last date of the entry in year.
func (e *CalendarEntry) dates(year int) (from, to domain.Date, err error) {
	a, b, isRange := strings.Cut(e.Date, "..")
	if from, err = yearDate(year, a); err != nil || !isRange {
		return from, from, err
	}
	if to, err = yearDate(year, b); err == nil && to < from {
		err = fmt.Errorf("range %s goes backwards", e.Date)
	}
	return from, to, err
}

// yearDate reads a date, or a month-day of year; an empty text is no date.
func yearDate(year int, s string) (domain.Date, error) {
	if s == "" {
		return 0, nil
	}
	if len(s) == len("01-02") {
		s = fmt.Sprintf("%04d-%s", year, s)
	}
	return domain.ParseDate(s)
}

var calendars = sync.OnceValue(func() []*CalendarDocument {
	entries, err := calendarFiles.ReadDir("calendars")
	if err != nil {
		panic(fmt.Sprintf("ruleset: shipped calendars: %v", err))
	}
	out := make([]*CalendarDocument, 0, len(entries))
	for _, e := range entries {
		data, err := calendarFiles.ReadFile("calendars/" + e.Name())
		if err != nil {
			panic(fmt.Sprintf("ruleset: shipped calendar: %v", err))
		}
		doc, err := ParseCalendar(data, e.Name())
		if err != nil {
			panic(fmt.Sprintf("ruleset: shipped calendar: %v", err))
		}
		out = append(out, doc)
	}
	return out
})

// Calendars returns the shipped years, in the order of their ids and years. They are shared: read only.
func Calendars() []*CalendarDocument { return slices.Clone(calendars()) }

// Calendar returns the shipped years of one jurisdiction, if there are any. It is the caller's own; its days are shared.
func Calendar(id string) (*schedule.Calendar, bool) {
	c := &schedule.Calendar{ID: id, Years: map[int]schedule.CalendarYear{}}
	for _, d := range calendars() {
		if d.ID == id {
			c.Years[d.Year.Year] = d.Year
		}
	}
	return c, len(c.Years) > 0
}

// LintCalendar checks what a schema cannot. In China the days off of a notice are exchanged, not given: the weekdays off that are
// not statutory must be as many as the make-up days and the statutory days that fall on a weekend. A year that says extended is
// exempt.
func LintCalendar(c *CalendarDocument) []Problem {
	var out []Problem
	if c.Year.Provisional {
		out = append(out, newProblem(SeverityWarning, "/provisional", "calendar.provisional", "year", strconv.Itoa(c.Year.Year)))
	}
	if !isChina(c.Jurisdiction) || c.Year.Extended {
		return out
	}
	swapped, owed := 0, 0
	for _, d := range c.Year.Days {
		wd := d.Date.Weekday()
		weekend := wd == time.Saturday || wd == time.Sunday
		switch {
		case d.Kind == schedule.Rest && !weekend:
			swapped++
		case d.Kind == schedule.Makeup, d.Kind == schedule.Statutory && weekend:
			owed++
		}
	}
	if swapped != owed {
		out = append(out, newProblem(SeverityError, "/days", "calendar.unbalanced",
			"year", strconv.Itoa(c.Year.Year), "swapped", strconv.Itoa(swapped), "owed", strconv.Itoa(owed)))
	}
	return out
}

func isChina(jurisdiction string) bool {
	return jurisdiction == "CN" || strings.HasPrefix(jurisdiction, "CN-")
}
