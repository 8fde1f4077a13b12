package ruleset

// Overtime is a list of rules over the counted segments.
type Overtime struct {
	Approval *Approval `yaml:"approval,omitempty" json:"approval,omitempty"`
	MidCycle string    `yaml:"mid_cycle,omitempty" json:"mid_cycle,omitempty"`
	// Combine says what becomes of a second that several rules reach. list (default): the rules are passes in list order, and what one
	// claims, the next cannot. highest: it is paid once, at the highest rate that any of them gives (of equal ones the first in the list),
	// and a sum over a longer period does not see what a rule of a shorter one pays: no pyramiding, as 29 CFR 778.120 and Labor Code 510
	// credit it. union: passes in list order, but every sum sees all seconds, so that daily and weekly excess cover each other.
	Combine   string         `yaml:"combine,omitempty" json:"combine,omitempty"`
	Undertime *Undertime     `yaml:"undertime,omitempty" json:"undertime,omitempty"`
	Rules     []OvertimeRule `yaml:"rules,omitempty" json:"rules,omitempty"`
}

// Approval says on which days overtime needs approval, and what approval pays: clip (punched time inside it), hours, none.
type Approval struct {
	Mode string   `yaml:"mode" json:"mode"`
	Days []string `yaml:"days,omitempty" json:"days,omitempty"`
}

// Undertime is what a day that was worked has less than it should: shown as x.undertime, and never taken from pay. Below is plan, the
// length of the day's plan, or a length for days whose shift has no planned times. Leave lowers it. Up to Tolerance nothing is short;
// beyond it all of the shortfall is.
type Undertime struct {
	Below     Over     `yaml:"below" json:"below"`
	Tolerance Duration `yaml:"tolerance,omitempty" json:"tolerance,omitempty"`
}

// OvertimeRule is one pass. Over is a length or the word plan.
type OvertimeRule struct {
	ID       string `yaml:"id" json:"id"`
	Selector `yaml:",inline"`
	Band     *Span    `yaml:"band,omitempty" json:"band,omitempty"` // clock band; from > to wraps midnight
	Per      string   `yaml:"per,omitempty" json:"per,omitempty"`   // day (default), week, two_weeks, four_weeks, month
	Of       []string `yaml:"of,omitempty" json:"of,omitempty"`     // straight (default) or pay codes
	// Counts says which seconds the sum sees. selected (default): those that the rule's selectors and band hold for. straight: those it
	// would see without its selectors and band, which then narrow only what it claims. all: all base time, whatever its code.
	Counts string    `yaml:"counts,omitempty" json:"counts,omitempty"`
	Over   *Over     `yaml:"over,omitempty" json:"over,omitempty"`
	Upto   *Duration `yaml:"upto,omitempty" json:"upto,omitempty"` // the sum beyond which the rule claims nothing any more
	// Tolerance is how much excess of a day is still none; beyond it all of it is overtime.
	Tolerance    Duration   `yaml:"tolerance,omitempty" json:"tolerance,omitempty"`
	Outside      string     `yaml:"outside,omitempty" json:"outside,omitempty"` // plan
	NthDayInWeek int        `yaml:"nth_day_in_week,omitempty" json:"nth_day_in_week,omitempty"`
	FromDay      *FromDay   `yaml:"from_day,omitempty" json:"from_day,omitempty"`
	Min          Duration   `yaml:"min,omitempty" json:"min,omitempty"`
	Round        *RoundStep `yaml:"round,omitempty" json:"round,omitempty"`
	Code         string     `yaml:"code" json:"code"`
	TOIL         string     `yaml:"toil,omitempty" json:"toil,omitempty"`
}

// FromDay narrows a rule to days from the nth on. Days are those on which something was counted: all of the week (week), those in a row
// within it (row_in_week), or those in a row (row).
type FromDay struct {
	Nth int    `yaml:"nth" json:"nth"`
	Of  string `yaml:"of" json:"of"`
}

// Over is a threshold: a length, or the length of the day's plan.
type Over struct {
	Plan   bool
	Length Duration
}
