package ruleset

import (
	"maps"
	"slices"
	"strconv"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/schedule"
)

// LintYears returns what the calendar of a document lacks for the dates [from, until): years that are missing or provisional. With
// an open until, it looks at the years up to the last one that is there, and says where they end. calendar is what is known of the
// document's calendar; it is not read when the document names none.
func LintYears(doc *Document, from, until domain.Date, calendar *schedule.Calendar) []Problem {
	if doc.Calendar == "" {
		return nil
	}
	l := &linter{doc: doc}
	var years map[int]schedule.CalendarYear
	if calendar != nil {
		years = calendar.Years
	}
	first, _, _ := from.Civil()
	last := first
	if len(years) > 0 {
		last = max(last, slices.Max(slices.Collect(maps.Keys(years))))
	}
	if !until.IsZero() {
		last, _, _ = (until - 1).Civil()
	}
	for y := first; y <= last; y++ {
		year, ok := years[y]
		switch {
		case !ok:
			l.warn("/calendar", "lint.calendar_missing", "calendar", doc.Calendar, "year", strconv.Itoa(y))
		case year.Provisional:
			l.warn("/calendar", "lint.calendar_provisional", "calendar", doc.Calendar, "year", strconv.Itoa(y))
		}
	}
	if _, ok := years[last]; ok && until.IsZero() {
		l.warn("/calendar", "lint.calendar_ends", "calendar", doc.Calendar, "year", strconv.Itoa(last))
	}
	return l.problems
}
