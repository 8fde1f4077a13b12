package ruleset

// Bank is time that a person saves up and takes: leave, time off in lieu, a running account. Rows of codes in Earn add to it, rows of
// codes in Take take from it, also x.undertime, what days have less than their targets, so that a running account of hours goes both ways;
// all else is posted. A pay code of class bank that no bank earns is a bank of its own.
type Bank struct {
	Earn     []string `yaml:"earn,omitempty" json:"earn,omitempty"`
	Take     []string `yaml:"take,omitempty" json:"take,omitempty"`
	Overdraw Duration `yaml:"overdraw,omitempty" json:"overdraw,omitempty"` // how far below zero a posting may take it
	Carry    *Carry   `yaml:"carry,omitempty" json:"carry,omitempty"`
	OnExpiry string   `yaml:"on_expiry,omitempty" json:"on_expiry,omitempty"` // pay (default), forfeit
	Title    Text     `yaml:"title,omitempty" json:"title,omitempty"`
}

// Carry is how much a bank carries over from a year to the next.
type Carry struct {
	On  string   `yaml:"on" json:"on"` // last day of the bank's year: month-day
	Cap Duration `yaml:"cap" json:"cap"`
}
