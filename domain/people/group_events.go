package people

import "github.com/punchledger/punchledger/domain"

// GroupEvent is an event of a stream group-{gid}.
//
//sumtype:decl
type GroupEvent interface {
	domain.Event
	groupEvent()
}

// GroupCreated starts an attendance group (考勤组): people who follow the same rules.
type GroupCreated struct {
	Group string `json:"group"`
	Title string `json:"title"`
}

// RulesetBound makes a ruleset govern the group. The bindings of a group follow each other without overlap and without a hole.
type RulesetBound struct {
	Group   string      `json:"group"`
	Ruleset string      `json:"ruleset"`
	From    domain.Date `json:"from"`        // first date
	To      domain.Date `json:"to,omitzero"` // first date after; without it the binding is open
}

// RulesetUnbound ends the group's last binding, which is of this ruleset, so that another one can follow.
type RulesetUnbound struct {
	Group   string      `json:"group"`
	Ruleset string      `json:"ruleset"`
	From    domain.Date `json:"from"` // first date without it
}

// ShadowBound lets a candidate run beside the rules that govern the group: its figures are shown beside theirs, and never paid. The
// candidate is a draft or a version of the ruleset, pinned by the hash of its document.
type ShadowBound struct {
	Group   string      `json:"group"`
	Ruleset string      `json:"ruleset"`
	Hash    string      `json:"hash"`        // SHA-256 of the document in canonical form
	From    domain.Date `json:"from"`        // first date
	To      domain.Date `json:"to,omitzero"` // first date after; without it the shadow is open
}

// ShadowUnbound ends the group's last shadow; from its first date, it is as if it had not been.
type ShadowUnbound struct {
	Group string      `json:"group"`
	From  domain.Date `json:"from"` // first date without it
}

// GroupArchived closes the group to new members; its bindings stay for the dates they covered.
type GroupArchived struct {
	Group string `json:"group"`
}

// EventType returns the stored name.
func (GroupCreated) EventType() string { return "GroupCreated" }

// EventType returns the stored name.
func (RulesetBound) EventType() string { return "RulesetBound" }

// EventType returns the stored name.
func (RulesetUnbound) EventType() string { return "RulesetUnbound" }

// EventType returns the stored name.
func (ShadowBound) EventType() string { return "ShadowBound" }

// EventType returns the stored name.
func (ShadowUnbound) EventType() string { return "ShadowUnbound" }

// EventType returns the stored name.
func (GroupArchived) EventType() string { return "GroupArchived" }

func (GroupCreated) groupEvent()   {}
func (RulesetBound) groupEvent()   {}
func (RulesetUnbound) groupEvent() {}
func (ShadowBound) groupEvent()    {}
func (ShadowUnbound) groupEvent()  {}
func (GroupArchived) groupEvent()  {}
