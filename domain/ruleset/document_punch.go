package ruleset

// DayRule says where attendance days part.
type DayRule struct {
	Cut   Clock    `yaml:"cut" json:"cut"`
	OTDay string   `yaml:"ot_day,omitempty" json:"ot_day,omitempty"` // attached (default) or split
	Civil []string `yaml:"civil,omitempty" json:"civil,omitempty"`   // kinds judged by the civil date of each second
	// Zone says whose clock dates go by: the nearest that is there (trip, site, assignment, rules), or always that of the rules, so that
	// a company has one date everywhere.
	Zone string `yaml:"zone,omitempty" json:"zone,omitempty"` // nearest (default), rules
	// Assign names the date that owns a shift which was worked across a cut: the one it began on, the one it ended on, or the one with
	// more of it. Left out, the cut alone decides. What a shift is, ShiftGap and LongestShift say.
	Assign string `yaml:"assign,omitempty" json:"assign,omitempty"` // shift_start, shift_end, most_worked
	// ShiftGap is the time between an out and the next in from which on they are two shifts; breaks that were punched as such never part one.
	ShiftGap Duration `yaml:"shift_gap,omitempty" json:"shift_gap,omitempty"` // default 4h
	// LongestShift bounds a shift from its first in on: an out beyond it is of no shift, and an in beyond it begins another one.
	LongestShift Duration `yaml:"longest_shift,omitempty" json:"longest_shift,omitempty"` // default 16h with assign, else none
}

// Punch says how punches become intervals.
type Punch struct {
	Pair    string    `yaml:"pair" json:"pair"` // first_last, alternate, typed, slot_points
	Dedupe  Duration  `yaml:"dedupe,omitempty" json:"dedupe,omitempty"`
	Lone    string    `yaml:"lone,omitempty" json:"lone,omitempty"`         // nearest (default), in, out
	MaxOpen *Duration `yaml:"max_open,omitempty" json:"max_open,omitempty"` // default 16h for typed, else 0
	// Ends says which punches first_last goes by: any, whatever was declared, or declared, the first in and the last out.
	Ends string `yaml:"ends,omitempty" json:"ends,omitempty"` // any (default), declared
	// SecondIn says which of two ins counts that have no out between them: the last leaves the first one open, the first drops the other.
	SecondIn string `yaml:"second_in,omitempty" json:"second_in,omitempty"` // last (default), first
	// OffShift says what becomes of a punch that lies in no planned shift's window. Left out, such a punch counts like any other of its
	// day; flag counts it and raises punch.off_shift; leave_out raises it too and pairs the punch with nothing.
	OffShift string `yaml:"off_shift,omitempty" json:"off_shift,omitempty"` // flag, leave_out
	// Close ends an interval whose out is missing.
	Close *Close `yaml:"close,omitempty" json:"close,omitempty"`
}

// Close is a policy for an in without an out: once that much time has passed, the interval ends there by itself, and punch.auto_closed says
// so. After is a length from the in on, or plan: the interval ends when as much has been worked on the day as its plan has; breaks of the
// plan do not count. Tolerance is added to it. A day without a plan has nothing to close by.
type Close struct {
	After     Over     `yaml:"after" json:"after"`
	Tolerance Duration `yaml:"tolerance,omitempty" json:"tolerance,omitempty"`
}

// Remote says how approved work from home counts: left out, only what was punched does; plan, what it covers of the plan does too, so that
// nobody needs to punch there.
type Remote struct {
	Credit string `yaml:"credit" json:"credit"`
}
