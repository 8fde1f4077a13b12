package schedule

import (
	"slices"
	"sort"

	"github.com/punchledger/punchledger/domain"
)

// CalendarDay is what a calendar says of one date. Dates without an entry follow the plan of the week.
type CalendarDay struct {
	Date    domain.Date `json:"date"`
	Kind    Kind        `json:"kind"`
	Name    string      `json:"name,omitempty"`
	Portion string      `json:"portion,omitempty"` // half: only half of the day
	Tags    []string    `json:"tags,omitempty"`    // only people with one of these tags
	SwapOf  domain.Date `json:"swap_of,omitzero"`  // the date a swapped day off or a makeup day was exchanged for
}

// Source is the notice or law a calendar year was taken from.
type Source struct {
	Title    string `json:"title"`
	IssuedOn string `json:"issued_on"`
}

// CalendarYear is one version of one year. Days are in date order, at most one entry a date and tag set.
type CalendarYear struct {
	Year        int           `json:"year"`
	Version     int           `json:"version"`
	Days        []CalendarDay `json:"days"`
	Source      Source        `json:"source"`
	Provisional bool          `json:"provisional"`
	Extended    bool          `json:"extended,omitempty"` // the notice added days off without exchange (2020), so the balance lint is off
	Hash        string        `json:"hash"`               // SHA-256 of the canonical days, in hexadecimal
}

// Calendar is the published years of one jurisdiction, amendments applied. It is read only once built.
type Calendar struct {
	ID    string
	Years map[int]CalendarYear
}

// Day returns the entry of date that applies to a person with tags, if there is one. An entry with tags beats one without.
func (c *Calendar) Day(date domain.Date, tags []string) (CalendarDay, bool) {
	y, _, _ := date.Civil()
	days := c.Years[y].Days
	i := sort.Search(len(days), func(i int) bool { return days[i].Date >= date })
	best, found := CalendarDay{}, false
	for ; i < len(days) && days[i].Date == date; i++ {
		switch {
		case len(days[i].Tags) == 0 && !found:
			best, found = days[i], true
		case len(days[i].Tags) > 0 && sharesTag(days[i].Tags, tags):
			return days[i], true
		}
	}
	return best, found
}

func sharesTag(a, b []string) bool {
	return slices.ContainsFunc(a, func(x string) bool { return slices.Contains(b, x) })
}
