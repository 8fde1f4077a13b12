package ruleset

// Breaks says which breaks count as taken, and which must be.
type Breaks struct {
	Mode string      `yaml:"mode" json:"mode"` // planned, auto, punched
	Auto []AutoBreak `yaml:"auto,omitempty" json:"auto,omitempty"`
	// Credit pays punched breaks that the plan does not have: an allowance for each length of work that was reached.
	Credit []BreakCredit `yaml:"credit,omitempty" json:"credit,omitempty"`
	// AutoPlace is where an automatic break lies that the shift has no place for: in the middle of what was worked, or right after the
	// length of work from which on it is due. What was worked there is not paid, whatever site or job it was for.
	AutoPlace string `yaml:"auto_place,omitempty" json:"auto_place,omitempty"` // middle (default), threshold
	// CountsIn names what sees automatic breaks and credits: regular, the counted time itself, and thresholds, the sums that rules of
	// overtime compare with theirs. Left out, both do. What only the thresholds see is shown as x.deducted and x.credited.
	CountsIn []string `yaml:"counts_in,omitempty" json:"counts_in,omitempty"` // regular, thresholds
	// Punched says what punched breaks (break_out, break_in) do: within an interval of work they cut it, and elsewhere they are odd;
	// anywhere they cut what they share with work, also where one began before the in or ends after the out; ignore takes no notice of them.
	Punched     string         `yaml:"punched,omitempty" json:"punched,omitempty"` // within (default), anywhere, ignore
	MinPiece    Duration       `yaml:"min_piece,omitempty" json:"min_piece,omitempty"`
	PaidUpto    Duration       `yaml:"paid_upto,omitempty" json:"paid_upto,omitempty"`
	Comply      []Comply       `yaml:"comply,omitempty" json:"comply,omitempty"`
	MaxPremiums map[string]int `yaml:"max_premiums,omitempty" json:"max_premiums,omitempty"`
}

// AutoBreak deducts from days worked over a threshold.
type AutoBreak struct {
	WorkedOver Duration `yaml:"worked_over" json:"worked_over"`
	Deduct     Duration `yaml:"deduct" json:"deduct"`
}

// BreakCredit is an allowance of paid break: on days that reach WorkedOver, so much of the punched breaks counts as worked. Allowances
// add up, and a break that leaves some of them leaves it to the next. A break is a gap too short to part two shifts.
type BreakCredit struct {
	WorkedOver Duration `yaml:"worked_over" json:"worked_over"`
	Add        Duration `yaml:"add" json:"add"`
	FirstOnly  bool     `yaml:"first_only,omitempty" json:"first_only,omitempty"` // nothing is left to later breaks
}
