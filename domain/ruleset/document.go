// Package ruleset holds the rules document: plain data that is parsed strictly, checked against a schema, linted and compiled.
//
// There is no expression language: what a document can say is this vocabulary (docs/rules.md).
package ruleset

// Format is the value of the key "rules" that this build reads.
const Format = "punchledger/v1"

// Document is one version of a ruleset as its author wrote it. Its zero values mean "not said"; Compile applies the defaults.
type Document struct {
	Rules     string `yaml:"rules" json:"rules"`
	ID        string `yaml:"id" json:"id"`
	Title     Text   `yaml:"title" json:"title"`
	Effective Day    `yaml:"effective" json:"effective"`
	Timezone  string `yaml:"timezone" json:"timezone"`
	Calendar  string `yaml:"calendar,omitempty" json:"calendar,omitempty"`
	// Jurisdiction is the country or part of it whose law the rules answer to, as ISO 3166 says: CN, US-CA, DE-BY, JP. Lints go by it.
	Jurisdiction string           `yaml:"jurisdiction,omitempty" json:"jurisdiction,omitempty"`
	Precision    string           `yaml:"precision,omitempty" json:"precision,omitempty"` // second, minute, minute_up
	Authority    *Authority       `yaml:"authority,omitempty" json:"authority,omitempty"`
	StrictPay    bool             `yaml:"strict_pay,omitempty" json:"strict_pay,omitempty"`   // one-sided rounding is an error
	MustRecord   bool             `yaml:"must_record,omitempty" json:"must_record,omitempty"` // rejecting on place is an error
	Week         Week             `yaml:"week" json:"week"`
	Day          DayRule          `yaml:"day" json:"day"`
	Schedule     Schedule         `yaml:"schedule" json:"schedule"`
	Shifts       map[string]Shift `yaml:"shifts" json:"shifts"`
	Punch        Punch            `yaml:"punch" json:"punch"`
	Count        Count            `yaml:"count" json:"count"`
	Rounding     *Rounding        `yaml:"rounding,omitempty" json:"rounding,omitempty"`
	Breaks       Breaks           `yaml:"breaks" json:"breaks"`
	Presence     Presence         `yaml:"presence,omitempty" json:"presence,omitzero"`
	Leave        map[string]Leave `yaml:"leave,omitempty" json:"leave,omitempty"`
	Trip         *Trip            `yaml:"trip,omitempty" json:"trip,omitempty"`
	Remote       *Remote          `yaml:"remote,omitempty" json:"remote,omitempty"`
	Overtime     Overtime         `yaml:"overtime" json:"overtime"`
	Premiums     []Premium        `yaml:"premiums,omitempty" json:"premiums,omitempty"`
	Guarantees   []Guarantee      `yaml:"guarantees,omitempty" json:"guarantees,omitempty"`
	Limits       []Limit          `yaml:"limits,omitempty" json:"limits,omitempty"`
	Intake       *Intake          `yaml:"intake,omitempty" json:"intake,omitempty"`
	Corrections  *Corrections     `yaml:"corrections,omitempty" json:"corrections,omitempty"`
	// Requests bounds the other kinds of requests, by kind: leave, trip, outing, overtime, remote, field, swap.
	Requests  map[string]Corrections `yaml:"requests,omitempty" json:"requests,omitempty"`
	PayCodes  map[string]PayCode     `yaml:"pay_codes" json:"pay_codes"`
	Banks     map[string]Bank        `yaml:"banks,omitempty" json:"banks,omitempty"`
	Anomalies *AnomalyPolicy         `yaml:"anomalies,omitempty" json:"anomalies,omitempty"`
	Retro     *Retro                 `yaml:"retro,omitempty" json:"retro,omitempty"`
	Sources   []Source               `yaml:"sources,omitempty" json:"sources,omitempty"`
	Notes     Text                   `yaml:"notes,omitempty" json:"notes,omitempty"` // what a reader must know before adopting the document
	Examples  []Example              `yaml:"examples,omitempty" json:"examples,omitempty"`
}

// Text is a text by language: zh, en, and others that screens may ignore.
type Text map[string]string

// Authority names the agreement or law that lets the rules be what they are.
type Authority struct {
	Kind     string   `yaml:"kind" json:"kind"` // law, collective, works_agreement, company
	Title    string   `yaml:"title" json:"title"`
	AgreedOn Day      `yaml:"agreed_on,omitempty" json:"agreed_on,omitzero"`
	Parties  []string `yaml:"parties,omitempty" json:"parties,omitempty"`
	SHA256   string   `yaml:"sha256,omitempty" json:"sha256,omitempty"`
	// Countersign names the role whose approval publishing needs besides: representative, a works council or a union.
	Countersign string `yaml:"countersign,omitempty" json:"countersign,omitempty"`
}

// Source is where a figure of the document comes from.
type Source struct {
	For   string `yaml:"for" json:"for"`
	Title string `yaml:"title" json:"title"`
	Dated string `yaml:"dated,omitempty" json:"dated,omitempty"`
	Note  string `yaml:"note,omitempty" json:"note,omitempty"`
}

// Week is the 168 h workweek.
type Week struct {
	Starts string `yaml:"starts" json:"starts"` // mon to sun
	At     Clock  `yaml:"at,omitempty" json:"at,omitempty"`
	// Anchor is a first day of a week on which periods of two and of four weeks begin; they run on from it in both directions.
	Anchor Day `yaml:"anchor,omitempty" json:"anchor,omitzero"`
}

// Schedule is the plan when no roster says otherwise: a weekly plan or a rotation. Values are a shift id, rest or legal_rest.
type Schedule struct {
	Weekly    map[string]string `yaml:"weekly,omitempty" json:"weekly,omitempty"`
	Rotate    *Rotate           `yaml:"rotate,omitempty" json:"rotate,omitempty"`
	Makeup    string            `yaml:"makeup,omitempty" json:"makeup,omitempty"`
	Holiday   string            `yaml:"holiday,omitempty" json:"holiday,omitempty"`
	Statutory string            `yaml:"statutory,omitempty" json:"statutory,omitempty"`
	// OneShift keeps rosters from planning a second shift for a date.
	OneShift bool `yaml:"one_shift,omitempty" json:"one_shift,omitempty"`
}

// Rotate repeats a cycle of days from an anchor date; dates before the anchor count backwards (floored modulus).
type Rotate struct {
	Anchor Day      `yaml:"anchor" json:"anchor"`
	Cycle  []string `yaml:"cycle" json:"cycle"`
}

// Shift is a planned day. Clock values pass 24:00 for what ends on the next date.
type Shift struct {
	Kind string `yaml:"kind" json:"kind"` // fixed, flex, open
	// Timezone is the zone whose clock the times of the shift are read on, where that is not the zone of the day: work by the hours of a
	// customer in another country. The date, nights, bands and holidays stay those of the zone of the day.
	Timezone  string      `yaml:"timezone,omitempty" json:"timezone,omitempty"`
	Work      []Span      `yaml:"work,omitempty" json:"work,omitempty"`
	Plan      []Span      `yaml:"plan,omitempty" json:"plan,omitempty"`   // open shifts: expected hours
	Start     *Span       `yaml:"start,omitempty" json:"start,omitempty"` // flex: earliest and latest arrival
	Required  Duration    `yaml:"required,omitempty" json:"required,omitempty"`
	Core      []Span      `yaml:"core,omitempty" json:"core,omitempty"`
	Breaks    []Span      `yaml:"breaks,omitempty" json:"breaks,omitempty"`
	BreakAt   *Clock      `yaml:"break_at,omitempty" json:"break_at,omitempty"`
	Points    string      `yaml:"points,omitempty" json:"points,omitempty"` // ends, all, first, none
	Window    *Window     `yaml:"window,omitempty" json:"window,omitempty"`
	LateLeave []LateLeave `yaml:"late_leave,omitempty" json:"late_leave,omitempty"`
	Standby   *Standby    `yaml:"standby,omitempty" json:"standby,omitempty"`
	Tags      []string    `yaml:"tags,omitempty" json:"tags,omitempty"`
	Title     Text        `yaml:"title,omitempty" json:"title,omitempty"`
}

// Window is how long before the plan and after it punches still belong to the day.
type Window struct {
	Before Duration `yaml:"before" json:"before"`
	After  Duration `yaml:"after" json:"after"`
}

// LateLeave moves the latest arrival when the previous day ended after a time of its evening (晚走晚到).
type LateLeave struct {
	After        Clock    `yaml:"after" json:"after"`
	ShiftStartBy Duration `yaml:"shift_start_by" json:"shift_start_by"`
}

// Count says whether time outside the plan is worked time: never, approved, always.
type Count struct {
	Early string `yaml:"early" json:"early"`
	Late  string `yaml:"late" json:"late"`
	Off   string `yaml:"off" json:"off"`
}

// Comply is a break that a law demands.
type Comply struct {
	ID         string   `yaml:"id" json:"id"`
	WorkedOver Duration `yaml:"worked_over" json:"worked_over"`
	Need       Duration `yaml:"need" json:"need"`
	StartBy    Duration `yaml:"start_by,omitempty" json:"start_by,omitempty"` // latest start, in worked time
	WaivedUpto Duration `yaml:"waived_upto,omitempty" json:"waived_upto,omitempty"`
	Nth        int      `yaml:"nth,omitempty" json:"nth,omitempty"`
	Pay        string   `yaml:"pay,omitempty" json:"pay,omitempty"`
	Qty        Duration `yaml:"qty,omitempty" json:"qty,omitempty"`
}

// Presence says what late, early and missing mean.
type Presence struct {
	Late    *Edge    `yaml:"late,omitempty" json:"late,omitempty"`
	Early   *Edge    `yaml:"early,omitempty" json:"early,omitempty"`
	Worked  *Worked  `yaml:"worked,omitempty" json:"worked,omitempty"`
	Missing *Missing `yaml:"missing,omitempty" json:"missing,omitempty"`
	Pardon  *Pardon  `yaml:"pardon,omitempty" json:"pardon,omitempty"`
}

// Edge is one edge of the plan: grace within which nothing is late, and tiers of outcomes.
type Edge struct {
	Grace Duration `yaml:"grace,omitempty" json:"grace,omitempty"`
	Snap  bool     `yaml:"snap,omitempty" json:"snap,omitempty"`
	From  string   `yaml:"from,omitempty" json:"from,omitempty"` // start (or end), grace_end
	Tiers []Tier   `yaml:"tiers" json:"tiers"`
}

// Tier is the outcome beyond a length; the last tier that applies wins.
type Tier struct {
	Over Duration `yaml:"over" json:"over"`
	As   string   `yaml:"as" json:"as"`
}

// Worked judges a day by how much was counted.
type Worked struct {
	HalfBelow   Duration `yaml:"half_below,omitempty" json:"half_below,omitempty"`
	AbsentBelow Duration `yaml:"absent_below,omitempty" json:"absent_below,omitempty"`
}

// Missing is the outcome of one or both missing punches: incomplete, absent_half, absent.
type Missing struct {
	One  string `yaml:"one" json:"one"`
	Both string `yaml:"both" json:"both"`
}

// Pardon forgives the first latenesses of a month up to a length.
type Pardon struct {
	Count int      `yaml:"count" json:"count"`
	Per   string   `yaml:"per" json:"per"`
	Upto  Duration `yaml:"upto" json:"upto"`
}

// Leave says how approved leave of one type counts.
type Leave struct {
	Code   string `yaml:"code" json:"code"`
	Unit   string `yaml:"unit,omitempty" json:"unit,omitempty"`
	Worked bool   `yaml:"worked,omitempty" json:"worked,omitempty"`
}

// Trip says how approved business travel counts.
type Trip struct {
	Credit  string `yaml:"credit" json:"credit"`
	Punches string `yaml:"punches,omitempty" json:"punches,omitempty"`
}

// Selector narrows a rule: values of one key are alternatives, keys together must all hold.
type Selector struct {
	Day         []string `yaml:"day,omitempty" json:"day,omitempty"`
	NotDay      []string `yaml:"not_day,omitempty" json:"not_day,omitempty"`
	Weekday     []string `yaml:"weekday,omitempty" json:"weekday,omitempty"`
	NotWeekday  []string `yaml:"not_weekday,omitempty" json:"not_weekday,omitempty"`
	Dates       []string `yaml:"dates,omitempty" json:"dates,omitempty"` // month-day, or year-month-day
	NotDates    []string `yaml:"not_dates,omitempty" json:"not_dates,omitempty"`
	Shift       []string `yaml:"shift,omitempty" json:"shift,omitempty"`
	NotShift    []string `yaml:"not_shift,omitempty" json:"not_shift,omitempty"`
	Tags        []string `yaml:"tags,omitempty" json:"tags,omitempty"`
	NotTags     []string `yaml:"not_tags,omitempty" json:"not_tags,omitempty"`
	Approved    []string `yaml:"approved,omitempty" json:"approved,omitempty"`
	NotApproved []string `yaml:"not_approved,omitempty" json:"not_approved,omitempty"`
	Place       []string `yaml:"place,omitempty" json:"place,omitempty"`
	NotPlace    []string `yaml:"not_place,omitempty" json:"not_place,omitempty"`
	Contract    []string `yaml:"contract,omitempty" json:"contract,omitempty"`
	NotContract []string `yaml:"not_contract,omitempty" json:"not_contract,omitempty"`
	// Site, Job and Cost are what the time is booked to: what the arrival was punched with, else the site of the roster or of the
	// assignment, and the assignment's cost centre.
	Site    []string `yaml:"site,omitempty" json:"site,omitempty"`
	NotSite []string `yaml:"not_site,omitempty" json:"not_site,omitempty"`
	Job     []string `yaml:"job,omitempty" json:"job,omitempty"`
	NotJob  []string `yaml:"not_job,omitempty" json:"not_job,omitempty"`
	Cost    []string `yaml:"cost,omitempty" json:"cost,omitempty"`
	NotCost []string `yaml:"not_cost,omitempty" json:"not_cost,omitempty"`
}

// PayCode is a label under which time is paid. Rate is a decimal string.
type PayCode struct {
	Class   string `yaml:"class" json:"class"` // base, premium, statutory_pay, leave, bank, info
	Rate    string `yaml:"rate" json:"rate"`
	Basis   string `yaml:"basis,omitempty" json:"basis,omitempty"`
	Unit    string `yaml:"unit,omitempty" json:"unit,omitempty"`
	Expires string `yaml:"expires,omitempty" json:"expires,omitempty"`
	Title   Text   `yaml:"title,omitempty" json:"title,omitempty"`
}

// AnomalyPolicy overrides severities and says what blocks a close.
type AnomalyPolicy struct {
	Severity   map[string]string `yaml:"severity,omitempty" json:"severity,omitempty"`
	BlockClose []string          `yaml:"block_close,omitempty" json:"block_close,omitempty"`
}

// Retro says what happens to differences in closed periods.
type Retro struct {
	Mode     string   `yaml:"mode" json:"mode"`
	MinDelta Duration `yaml:"min_delta,omitempty" json:"min_delta,omitempty"`
	Horizon  string   `yaml:"horizon,omitempty" json:"horizon,omitempty"`
}

// Example is a test that the document carries with it: local times in, rows out. Days whose facts or results are not named are not asserted.
type Example struct {
	ID       string            `yaml:"id" json:"id"`
	Title    string            `yaml:"title,omitempty" json:"title,omitempty"`
	Punches  []string          `yaml:"punches" json:"punches"` // "2026-10-08T09:05:59 in"; the direction may be left out
	Approved []ExampleApproval `yaml:"approved,omitempty" json:"approved,omitempty"`
	Roster   map[string]string `yaml:"roster,omitempty" json:"roster,omitempty"` // date -> shift, rest, legal_rest
	Expect   []ExampleDay      `yaml:"expect" json:"expect"`
}

// ExampleApproval is an approved overtime, leave, trip, remote or field interval in local times.
type ExampleApproval struct {
	Kind   string `yaml:"kind" json:"kind"`
	From   string `yaml:"from" json:"from"`
	To     string `yaml:"to" json:"to"`
	Settle string `yaml:"settle,omitempty" json:"settle,omitempty"`
	Type   string `yaml:"type,omitempty" json:"type,omitempty"`
}

// ExampleDay is what a day of an example must give. Rows are h:mm by pay code (info codes are asserted only when named); Flags and
// Anomalies, when given, are the whole set: an empty list says that there are none, a list left out asserts nothing.
type ExampleDay struct {
	Date      string            `yaml:"date" json:"date"`
	Rows      map[string]string `yaml:"rows" json:"rows"`
	Late      string            `yaml:"late,omitempty" json:"late,omitempty"`
	Flags     []string          `yaml:"flags,omitempty" json:"flags,omitzero"`
	Anomalies []string          `yaml:"anomalies,omitempty" json:"anomalies,omitzero"`
}
