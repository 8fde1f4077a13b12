package ruleset

import "encoding/json"

// CalendarFormat is the value of the key "calendar" that this build reads.
const CalendarFormat = "punchledger/v1"

// CalendarFile is one year of a calendar as its author wrote it.
type CalendarFile struct {
	Calendar     string         `json:"calendar"`
	ID           string         `json:"id"`
	Title        Text           `json:"title,omitempty"`
	Jurisdiction string         `json:"jurisdiction,omitempty"` // ISO 3166: CN, US-CA, DE-BY, JP; goes by id where it is left out
	Year         int            `json:"year"`
	Version      int            `json:"version,omitempty"` // default 1
	Source       CalendarSource `json:"source"`
	Provisional  bool           `json:"provisional,omitempty"` // not yet announced: periods with such days cannot be closed
	Extended     bool           `json:"extended,omitempty"`    // days off were added without exchange, so the balance lint is off
	Notes        Text           `json:"notes,omitempty"`
	Days         CalendarDays   `json:"days"`
}

// CalendarSource is the notice or law that the year was taken from.
type CalendarSource struct {
	Title  string `json:"title"`
	Issued string `json:"issued"` // year, year-month or year-month-day
}

// CalendarDays are the days that differ from the plan of the week, by kind.
type CalendarDays struct {
	Statutory []CalendarEntry `json:"statutory,omitempty"`
	Holiday   []CalendarEntry `json:"holiday,omitempty"`
	Rest      []CalendarEntry `json:"rest,omitempty"`
	LegalRest []CalendarEntry `json:"legal_rest,omitempty"`
	Makeup    []CalendarEntry `json:"makeup,omitempty"`
	Work      []CalendarEntry `json:"work,omitempty"`
	Special   []CalendarEntry `json:"special,omitempty"`
}

// CalendarEntry is a month-day such as 05-01, or a range such as 10-01..10-03 with both ends. It may be written as that text alone.
type CalendarEntry struct {
	Date    string   `json:"date"`
	Name    string   `json:"name,omitempty"`
	Portion string   `json:"portion,omitempty"` // half
	Tags    []string `json:"tags,omitempty"`    // only people with one of these tags
	SwapOf  string   `json:"swap_of,omitempty"` // month-day, or year-month-day, that the day was exchanged for
}

// UnmarshalJSON implements json.Unmarshaler: a text is an entry with a date alone.
func (e *CalendarEntry) UnmarshalJSON(b []byte) error {
	*e = CalendarEntry{}
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &e.Date)
	}
	type entry CalendarEntry
	return json.Unmarshal(b, (*entry)(e))
}
