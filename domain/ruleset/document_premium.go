package ruleset

// Premium lies on top of base time. Of one family the dearest pays; families add up.
type Premium struct {
	ID            string `yaml:"id" json:"id"`
	Selector      `yaml:",inline"`
	Band          *Span    `yaml:"band,omitempty" json:"band,omitempty"` // clock band; from > to wraps midnight
	Tail          *Clock   `yaml:"tail,omitempty" json:"tail,omitempty"`
	StartedBefore *Clock   `yaml:"started_before,omitempty" json:"started_before,omitempty"`
	Min           Duration `yaml:"min,omitempty" json:"min,omitempty"`
	// Hours limits the premium to a band of the hours that have been counted: on the day, in the week, or, with both, on both.
	Hours *PremiumHours `yaml:"hours,omitempty" json:"hours,omitempty"`
	// WholeShift decides by the whole shift: it is paid for all of it, or for none. inside asks that the shift lies in the band, majority
	// that more than half of what was worked does, starts and ends that its first in or its last out does. day.shift_gap parts shifts. The
	// date of a shift is that of its start.
	WholeShift string `yaml:"whole_shift,omitempty" json:"whole_shift,omitempty"` // inside, majority, starts, ends
	// Tie says what a majority of exactly half is.
	Tie string `yaml:"tie,omitempty" json:"tie,omitempty"` // none (default), pays, starts
	// Least and Most bound what is paid where anything is. Per says of what: the day, or each interval from an in to its out.
	Least  Duration `yaml:"least,omitempty" json:"least,omitempty"`
	Most   Duration `yaml:"most,omitempty" json:"most,omitempty"`
	Per    string   `yaml:"per,omitempty" json:"per,omitempty"` // day (default), interval
	Unit   string   `yaml:"unit,omitempty" json:"unit,omitempty"`
	Code   string   `yaml:"code" json:"code"`
	Family string   `yaml:"family" json:"family"`
}

// PremiumHours is where a premium begins and ends in the hours of the day and of the week.
type PremiumHours struct {
	Day  *HourBand `yaml:"day,omitempty" json:"day,omitempty"`
	Week *HourBand `yaml:"week,omitempty" json:"week,omitempty"`
}

// HourBand begins when Over has been counted, and ends when Until has; left out, it does not end.
type HourBand struct {
	Over  Duration `yaml:"over,omitempty" json:"over,omitempty"`
	Until Duration `yaml:"until,omitempty" json:"until,omitempty"`
}
