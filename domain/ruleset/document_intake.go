package ruleset

import "github.com/punchledger/punchledger/domain"

// Intake decides at punch time whether a punch is accepted, held or rejected.
type Intake struct {
	Online    *Online           `yaml:"online,omitempty" json:"online,omitempty"`
	Offline   *Offline          `yaml:"offline,omitempty" json:"offline,omitempty"`
	Device    map[string]string `yaml:"device,omitempty" json:"device,omitempty"`
	Office    *Office           `yaml:"office,omitempty" json:"office,omitempty"`
	Otherwise []IntakeCase      `yaml:"otherwise" json:"otherwise"`
	Keep      map[string]string `yaml:"keep,omitempty" json:"keep,omitempty"`
}

// Online bounds the clock of a punch that arrives at once.
type Online struct {
	MaxSkew Duration `yaml:"max_skew" json:"max_skew"`
}

// Offline bounds the age of a punch that arrives late.
type Offline struct {
	MaxAge Duration `yaml:"max_age" json:"max_age"`
	Older  string   `yaml:"older" json:"older"`
}

// Office is what proves presence on site.
type Office struct {
	AnyOf       []string `yaml:"any_of" json:"any_of"`
	MaxAccuracy string   `yaml:"max_accuracy,omitempty" json:"max_accuracy,omitempty"`
}

// IntakeCase is one case of Intake.Otherwise; the first whose selectors hold decides.
type IntakeCase struct {
	Selector `yaml:",inline"`
	Need     []string `yaml:"need,omitempty" json:"need,omitempty"`
	Outcome  string   `yaml:"outcome" json:"outcome"`
	Flag     string   `yaml:"flag,omitempty" json:"flag,omitempty"`
	Place    string   `yaml:"place,omitempty" json:"place,omitempty"`
}

// Corrections bounds requests to add, move or void a punch; a value of Document.Requests bounds those of another kind.
type Corrections struct {
	Quota    *Quota    `yaml:"quota,omitempty" json:"quota,omitempty"`
	Deadline *Deadline `yaml:"deadline,omitempty" json:"deadline,omitempty"`
	Evidence string    `yaml:"evidence,omitempty" json:"evidence,omitempty"`
	Chain    []Step    `yaml:"chain,omitempty" json:"chain,omitempty"`
	// Both has the employee sign what somebody else filed.
	Both bool `yaml:"both,omitempty" json:"both,omitempty"`
	// Within is how many days may lie between the two dates of a swap; 0 is any number.
	Within int `yaml:"within,omitempty" json:"within,omitempty"`
}

// Quota is a number of requests per cycle.
type Quota struct {
	Count int    `yaml:"count" json:"count"`
	Per   string `yaml:"per" json:"per"`
	// Starts is the day of the month on which a cycle begins; 1 where it is left out.
	Starts int `yaml:"starts,omitempty" json:"starts,omitempty"`
}

// Deadline is until when a request about a date is in time: so many days after the date or, as pay offices have it, after the last day
// of its month.
type Deadline struct {
	Days  int    `yaml:"days" json:"days"`
	After string `yaml:"after,omitempty" json:"after,omitempty"` // date (default), month
}

// Last returns the last day on which a request about a date is in time.
func (d *Deadline) Last(date domain.Date) domain.Date {
	if d.After == "month" {
		date = date.MonthStart().AddMonths(1) - 1
	}
	return date + domain.Date(d.Days)
}

// Step is one approver of a chain.
type Step struct {
	Role    string   `yaml:"role" json:"role"`
	SLA     Duration `yaml:"sla,omitempty" json:"sla,omitempty"`
	Timeout string   `yaml:"timeout,omitempty" json:"timeout,omitempty"`
	FromNth int      `yaml:"from_nth,omitempty" json:"from_nth,omitempty"`
}
