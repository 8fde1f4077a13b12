package ruleset

// Standby pays for hours of being on call, without work (on-call duty, Rufbereitschaft, 值班): a share of the hours, or a flat length. It is
// no working time, and no punch is expected; what is worked in it counts and is paid besides. Where the law has the hours count whole, as
// for duty at the place of work under Directive 2003/88/EC, they are no standby but work of the plan.
type Standby struct {
	Hours []Span   `yaml:"hours" json:"hours"`
	Share string   `yaml:"share,omitempty" json:"share,omitempty"`
	Qty   Duration `yaml:"qty,omitempty" json:"qty,omitempty"`
	Code  string   `yaml:"code" json:"code"`
}

// Guarantee is a make-up row.
type Guarantee struct {
	ID string `yaml:"id" json:"id"`
	// Kind is what is made up for: too little of the plan after reporting for it, a long gap between two parts of a day, a day or a part
	// of it that was too short, a return to work on the same day, or a holiday.
	Kind string `yaml:"kind" json:"kind"` // reporting_time, split_shift, min_shift, call_back, holiday
	// If says who is paid for a holiday: everybody, those who worked on it, those who were off, or those who worked on the last planned
	// day before it and on the first one after (the "last and first rule" of Ontario's Employment Standards Act, section 26). The last
	// is paid on that day after, as no day looks ahead.
	If      string   `yaml:"if,omitempty" json:"if,omitempty"` // always (default), worked, off, worked_around
	Share   string   `yaml:"share,omitempty" json:"share,omitempty"`
	Floor   Duration `yaml:"floor,omitempty" json:"floor,omitempty"`
	Ceil    Duration `yaml:"ceil,omitempty" json:"ceil,omitempty"`
	GapOver Duration `yaml:"gap_over,omitempty" json:"gap_over,omitempty"`
	Qty     Duration `yaml:"qty,omitempty" json:"qty,omitempty"`
	Code    string   `yaml:"code" json:"code"`
}

// Limit raises an alarm and never cuts paid time. Max, Warn, Below and Min are lengths, or days for days_in_row. weekly_rest is the rest
// without work that every seven days must hold: they are counted from the end of the last rest of at least Min (Directive 2003/88/EC,
// article 5: 24 hours and the 11 of the daily rest).
type Limit struct {
	ID        string  `yaml:"id" json:"id"`
	Measure   Measure `yaml:"measure" json:"measure"` // codes, [worked], rest_gap, weekly_rest, days_in_row
	Per       string  `yaml:"per,omitempty" json:"per,omitempty"`
	Max       *Amount `yaml:"max,omitempty" json:"max,omitempty"`
	Min       *Amount `yaml:"min,omitempty" json:"min,omitempty"`
	Below     *Amount `yaml:"below,omitempty" json:"below,omitempty"`
	Warn      *Amount `yaml:"warn,omitempty" json:"warn,omitempty"`
	AverageOf []int   `yaml:"average_of,omitempty" json:"average_of,omitempty"`
	Severity  string  `yaml:"severity" json:"severity"`
	Selector  `yaml:",inline"`
}

// Measure is a list of codes, or one word.
type Measure []string

// Amount is a length, or a bare number of days.
type Amount struct {
	Length Duration
	Days   int
	IsDays bool
}
