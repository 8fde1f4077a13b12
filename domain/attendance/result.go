package attendance

import (
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/schedule"
)

// Day is the result of one attendance day. Evaluation reuses the Day that it visits: Clone keeps one. All times are instants in seconds; intervals are half open.
type Day struct {
	Employee   string         `json:"emp"`
	Date       domain.Date    `json:"date"`
	Kind       schedule.Kind  `json:"kind"`
	Shift      string         `json:"shift,omitempty"` // empty: nothing planned
	Zone       string         `json:"zone"`
	Window     Interval       `json:"window"`
	Settled    bool           `json:"settled"`
	Pending    bool           `json:"pending,omitempty"` // a held punch may still change it
	Punches    []PunchRole    `json:"punches,omitempty"`
	Intervals  []Interval     `json:"intervals,omitempty"` // present
	Plan       []Interval     `json:"plan,omitempty"`
	Shifts     []ShiftWindow  `json:"shifts,omitempty"` // by time, where the rules ask which shift takes a punch
	Flags      []string       `json:"flags,omitempty"`  // sorted: late, late_serious, early_leave, absent, absent_half, incomplete, ...
	Attended   int            `json:"attended"`         // thousandths of a day
	Late       domain.Seconds `json:"late_s"`
	Early      domain.Seconds `json:"early_s"`
	Present    domain.Seconds `json:"present_s"` // all attended time less breaks really taken
	Counted    domain.Seconds `json:"counted_s"` // payable; base codes + x.unpaid
	Segments   []Segment      `json:"segments,omitempty"`
	Rows       []Row          `json:"rows,omitempty"` // by date, code
	Anomalies  []Anomaly      `json:"anomalies,omitempty"`
	Pins       Pins           `json:"pins"`
	InputHash  string         `json:"input_hash"`  // hexadecimal SHA-256
	ResultHash string         `json:"result_hash"` // hexadecimal SHA-256, without engine and positions
}

// ShiftWindow is a shift that was planned for the day, from the start of its plan to the end, and when it takes punches.
type ShiftWindow struct {
	Shift  string         `json:"shift"`
	From   domain.Seconds `json:"from"`
	To     domain.Seconds `json:"to"`
	Window Interval       `json:"window"`
}

// Interval is [From, To) in seconds since 1970-01-01T00:00:00Z.
type Interval struct {
	From domain.Seconds `json:"from"`
	To   domain.Seconds `json:"to"`
}

// Len returns the length of i.
func (i Interval) Len() domain.Seconds { return i.To - i.From }

// PunchRole says what a considered punch was used for. Every punch of the day's window is listed.
type PunchRole struct {
	ID    string         `json:"id"`
	At    domain.Seconds `json:"at"`
	Dir   Direction      `json:"dir"`
	Role  string         `json:"role"`            // in, out, break_out, break_in, duplicate, unused, held, rejected, refused, voided, carried_back, off_shift
	Of    string         `json:"of,omitempty"`    // duplicate: the punch it repeats
	Shift string         `json:"shift,omitempty"` // the shift whose window took it, where the rules ask for that
	Event string         `json:"event"`
}

// Segment is a stretch of counted time between two boundaries, with the one base code that pays it and the premiums on top.
type Segment struct {
	ID       int            `json:"id"`
	From     domain.Seconds `json:"from"`
	To       domain.Seconds `json:"to"`
	Civil    domain.Date    `json:"civil"`
	Kind     schedule.Kind  `json:"kind"`
	InPlan   bool           `json:"in_plan"`
	Base     string         `json:"base"`               // pay code, or x.unpaid
	Rule     string         `json:"rule"`               // JSON pointer into the ruleset: what claimed it
	Premiums []string       `json:"premiums,omitempty"` // pay codes, by family
	By       []string       `json:"by,omitempty"`       // punches, credits and approvals that bound it
}

// Row is a payroll-ready line of the day. Seconds is canonical; Days (thousandths) and Count are for codes of such units.
type Row struct {
	Date     domain.Date    `json:"date"`
	Code     string         `json:"code"`
	Class    string         `json:"class"`
	Rate     string         `json:"rate"`
	Basis    string         `json:"basis,omitempty"`
	Seconds  domain.Seconds `json:"seconds"`
	Days     int            `json:"days_milli,omitempty"`
	Count    int            `json:"count,omitempty"`
	Dims     Dims           `json:"dims,omitzero"`
	Sources  []string       `json:"sources,omitempty"` // ids of events behind it, sorted
	Segments []int          `json:"segments,omitempty"`
}

// Dims are the dimensions by which payroll may split.
type Dims struct {
	Site  string `json:"site,omitempty"`
	Cost  string `json:"cost,omitempty"`
	Job   string `json:"job,omitempty"`
	Place string `json:"place,omitempty"`
}

// Anomaly is a deviation to look at. Its key is (employee, date, ID, Of).
type Anomaly struct {
	ID       string            `json:"id"`           // such as punch.missing_out
	Of       string            `json:"of,omitempty"` // discriminator: a punch id, a plan edge (in, out) or a rule id
	Severity string            `json:"severity"`     // info, low, medium, high, critical
	Block    bool              `json:"block,omitempty"`
	State    string            `json:"state"` // open, acknowledged, waived
	Evidence map[string]string `json:"evidence,omitempty"`
}

// Pins name what the day was computed with.
type Pins struct {
	Ruleset     string   `json:"ruleset"`
	Version     int      `json:"version"`
	RulesHash   string   `json:"rules_hash"`
	Calendar    string   `json:"calendar,omitempty"`
	CalendarRev string   `json:"calendar_rev,omitempty"` // year/version and hash of the calendar year that was used
	TZVersion   string   `json:"tz_version"`
	TZHash      string   `json:"tz_hash"`
	Engine      string   `json:"engine"`
	Group       string   `json:"group"`
	ChosenBy    []string `json:"chosen_by,omitempty"` // ids of the assignment, binding and publication events
}
