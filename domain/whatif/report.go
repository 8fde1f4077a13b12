package whatif

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
)

// Figures are what a day of one employee gives, for comparison: what is paid and what deviates.
type Figures struct {
	Emp        string              `json:"emp"`
	Date       domain.Date         `json:"date"`
	Rows       map[string]Quantity `json:"rows,omitempty"` // by pay code
	Flags      []string            `json:"flags,omitempty"`
	Anomalies  []string            `json:"anomalies,omitempty"` // id and discriminator, sorted
	ResultHash string              `json:"result_hash"`
}

// Quantity is what a row counts: seconds, thousandths of a day, or pieces.
type Quantity struct {
	Seconds domain.Seconds `json:"seconds"`
	Days    int            `json:"days_milli,omitempty"`
	Count   int            `json:"count,omitempty"`
}

// Report says what a candidate changes. It holds only what differs, so it is as large as the change.
type Report struct {
	Summary Summary     `json:"summary"`
	Days    []DayChange `json:"days"` // by employee and date
}

// Summary counts what a candidate changes. Anomalies are counted by id.
type Summary struct {
	Persons         int                   `json:"persons"`
	PersonsChanged  int                   `json:"persons_changed"`
	DaysSame        int                   `json:"days_same"`
	DaysChanged     int                   `json:"days_changed"`
	Codes           map[string]CodeChange `json:"codes"` // of codes that change anywhere
	AnomaliesOpened map[string]int        `json:"anomalies_opened,omitempty"`
	AnomaliesClosed map[string]int        `json:"anomalies_closed,omitempty"`
}

// CodeChange is what happens to one pay code, in seconds. Gained and lost add up days that rise and days that fall; persons up
// and down count people by the sign of their total.
type CodeChange struct {
	Before      domain.Seconds `json:"before"`
	After       domain.Seconds `json:"after"`
	Gained      domain.Seconds `json:"gained"`
	Lost        domain.Seconds `json:"lost"`
	PersonsUp   int            `json:"persons_up"`
	PersonsDown int            `json:"persons_down"`
}

// DayChange is one day that differs, with the first stage of evaluation at which it does and the rules involved there.
type DayChange struct {
	Emp    string      `json:"emp"`
	Date   domain.Date `json:"date"`
	Before *Figures    `json:"before"` // nil: the day is new
	After  *Figures    `json:"after"`  // nil: the day is gone
	Stage  int         `json:"stage"`
	Name   string      `json:"stage_name,omitempty"`
	Note   string      `json:"note,omitempty"`
	Rule   string      `json:"rule,omitempty"`
}

// Same reports whether two days pay the same and deviate in the same way, whatever rules gave them.
func (f Figures) Same(o Figures) bool {
	return maps.Equal(f.Rows, o.Rows) && slices.Equal(f.Flags, o.Flags) && slices.Equal(f.Anomalies, o.Anomalies)
}

type dayKey struct {
	emp  string
	date domain.Date
}

// Diff lists what differs between the figures before and after, each at most one a person and day, in any order.
func Diff(before, after []Figures) Report {
	later := make(map[dayKey]*Figures, len(after))
	for i := range after {
		later[dayKey{after[i].Emp, after[i].Date}] = &after[i]
	}
	t := tally{persons: map[string]bool{}, changed: map[string]bool{}, byCode: map[string]map[string]domain.Seconds{}}
	t.report.Summary.Codes = map[string]CodeChange{}
	for i := range before {
		b := &before[i]
		key := dayKey{b.Emp, b.Date}
		t.day(b, later[key])
		delete(later, key)
	}
	for _, a := range later {
		t.day(nil, a)
	}
	return t.end()
}

// tally gathers a report.
type tally struct {
	report  Report
	persons map[string]bool
	changed map[string]bool
	byCode  map[string]map[string]domain.Seconds // code -> employee -> difference
}

func (t *tally) day(b, a *Figures) {
	var empty Figures
	x, y := cmp.Or(b, &empty), cmp.Or(a, &empty)
	emp, date := cmp.Or(x.Emp, y.Emp), max(x.Date, y.Date)
	t.persons[emp] = true
	for code := range union(x.Rows, y.Rows) {
		t.code(emp, code, x.Rows[code].Seconds, y.Rows[code].Seconds)
	}
	if b != nil && a != nil && b.Same(*a) {
		t.report.Summary.DaysSame++
		return
	}
	t.report.Summary.DaysChanged++
	t.changed[emp] = true
	count(&t.report.Summary.AnomaliesOpened, y.Anomalies, x.Anomalies)
	count(&t.report.Summary.AnomaliesClosed, x.Anomalies, y.Anomalies)
	t.report.Days = append(t.report.Days, DayChange{Emp: emp, Date: date, Before: b, After: a})
}

func union(a, b map[string]Quantity) map[string]bool {
	out := make(map[string]bool, len(a)+len(b))
	for c := range a {
		out[c] = true
	}
	for c := range b {
		out[c] = true
	}
	return out
}

func (t *tally) code(emp, code string, before, after domain.Seconds) {
	c := t.report.Summary.Codes[code]
	c.Before += before
	c.After += after
	switch d := after - before; {
	case d > 0:
		c.Gained += d
	case d < 0:
		c.Lost -= d
	}
	t.report.Summary.Codes[code] = c
	if t.byCode[code] == nil {
		t.byCode[code] = map[string]domain.Seconds{}
	}
	t.byCode[code][emp] += after - before
}

// count adds the anomalies of list that are not in other, by id.
func count(into *map[string]int, list, other []string) {
	for _, key := range list {
		if slices.Contains(other, key) {
			continue
		}
		if *into == nil {
			*into = map[string]int{}
		}
		id, _, _ := strings.Cut(key, ":")
		(*into)[id]++
	}
}

func (t *tally) end() Report {
	s := &t.report.Summary
	s.Persons, s.PersonsChanged = len(t.persons), len(t.changed)
	for code, people := range t.byCode {
		c := s.Codes[code]
		for _, d := range people {
			switch {
			case d > 0:
				c.PersonsUp++
			case d < 0:
				c.PersonsDown++
			}
		}
		if c.Gained == 0 && c.Lost == 0 {
			delete(s.Codes, code)
			continue
		}
		s.Codes[code] = c
	}
	slices.SortFunc(t.report.Days, func(a, b DayChange) int {
		return cmp.Or(cmp.Compare(a.Emp, b.Emp), cmp.Compare(a.Date, b.Date))
	})
	return t.report
}
