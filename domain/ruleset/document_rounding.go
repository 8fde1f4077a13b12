package ruleset

import "encoding/json"

// Rounding moves punches and totals to a grid; lateness, rest and break compliance always use the values before it.
type Rounding struct {
	Punch *RoundPunch `yaml:"punch,omitempty" json:"punch,omitempty"`
	// Breaks rounds the total of the day's punched breaks, by moving the end of the last one.
	Breaks *RoundSum `yaml:"breaks,omitempty" json:"breaks,omitempty"`
	// Worked rounds the time between the day's ins and outs, by moving the last out.
	Worked *RoundSum             `yaml:"worked,omitempty" json:"worked,omitempty"`
	Total  map[string]RoundTotal `yaml:"total,omitempty" json:"total,omitempty"`
	// Order names the steps on punches in the order in which they are taken: snap (the grace of presence), punch, breaks, worked, which
	// is the order when it is left out. Steps that are not named come after those that are.
	Order []string `yaml:"order,omitempty" json:"order,omitempty"`
}

// RoundPunch rounds ins and outs: by one step, or by the first of a list whose condition holds.
type RoundPunch struct {
	In  RoundSteps `yaml:"in,omitempty" json:"in,omitempty"`
	Out RoundSteps `yaml:"out,omitempty" json:"out,omitempty"`
}

// RoundSteps is a step, or a list of which the first whose condition holds is taken.
type RoundSteps []RoundStep

// RoundStep is a grid aligned to local midnight; Within limits it to punches that near to Near.
type RoundStep struct {
	Every Duration `yaml:"every" json:"every"`
	// Dir is where times between two points of the grid go. nearest sends an exact half up, nearest_down sends it down.
	Dir string `yaml:"dir" json:"dir"` // up, down, nearest, nearest_down
	// Grace sends a time back to the point that it has just missed, by no more than this: up goes down within it, and down goes up.
	Grace Duration `yaml:"grace,omitempty" json:"grace,omitempty"`
	// WholeMinutes cuts seconds off first, and takes half of the grid in whole minutes too: 7 minutes and 59 seconds are 7 of 15, and 7
	// are half. So do quarter hours under 29 CFR 785.48(b).
	WholeMinutes bool     `yaml:"whole_minutes,omitempty" json:"whole_minutes,omitempty"`
	Within       Duration `yaml:"within,omitempty" json:"within,omitempty"`
	// Near is what Within is measured from: start or end of the day's plan, a time of day, or, left out, either edge of the plan.
	Near string `yaml:"near,omitempty" json:"near,omitempty"`
}

// RoundSum rounds a length; Within limits it to lengths that near to Near.
type RoundSum struct {
	Every        Duration `yaml:"every" json:"every"`
	Dir          string   `yaml:"dir" json:"dir"` // up, down, nearest, nearest_down
	Grace        Duration `yaml:"grace,omitempty" json:"grace,omitempty"`
	WholeMinutes bool     `yaml:"whole_minutes,omitempty" json:"whole_minutes,omitempty"`
	Within       Duration `yaml:"within,omitempty" json:"within,omitempty"`
	Near         Duration `yaml:"near,omitempty" json:"near,omitempty"`
}

// RoundTotal rounds what a pay code has of a day, or of each interval of it.
type RoundTotal struct {
	Every        Duration `yaml:"every" json:"every"`
	Dir          string   `yaml:"dir" json:"dir"` // up, down, nearest, nearest_down
	Grace        Duration `yaml:"grace,omitempty" json:"grace,omitempty"`
	WholeMinutes bool     `yaml:"whole_minutes,omitempty" json:"whole_minutes,omitempty"`
	Per          string   `yaml:"per,omitempty" json:"per,omitempty"` // day (default), interval
}

// MarshalJSON implements json.Marshaler; a single step stands alone.
func (s RoundSteps) MarshalJSON() ([]byte, error) {
	if len(s) == 1 {
		return json.Marshal(s[0])
	}
	return json.Marshal([]RoundStep(s))
}

// UnmarshalJSON implements json.Unmarshaler; a step that stands alone is a list of one.
func (s *RoundSteps) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '{' {
		*s = make(RoundSteps, 1)
		return json.Unmarshal(b, &(*s)[0])
	}
	var list []RoundStep
	err := json.Unmarshal(b, &list)
	*s = list
	return err
}
