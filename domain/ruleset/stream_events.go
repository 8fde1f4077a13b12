package ruleset

import (
	"encoding/json"

	"github.com/punchledger/punchledger/domain"
)

// Category is the first part of the names of this package's streams.
const Category = "ruleset"

// Categories returns the categories of the streams that this package writes.
func Categories() []string { return []string{Category} }

// Events returns the zero value of every event type of this package.
func Events() []domain.Event {
	return []domain.Event{RulesetDrafted{}, RulesetReviewed{}, RulesetPublished{}, RulesetWithdrawn{}}
}

// Upcasters returns the functions that lift events of older schemas.
func Upcasters() []domain.Upcaster { return nil }

// RulesetEvent is an event of a ruleset's stream.
//
//sumtype:decl
type RulesetEvent interface {
	domain.Event
	rulesetEvent()
}

// RulesetDrafted keeps a complete document that may become a version. Hash is the SHA-256 of doc in canonical form
// (RFC 8785), source the text that the document was read from, with its comments, based_on the version that it started
// from. A draft of the same id replaces the earlier one and its reviews.
type RulesetDrafted struct {
	Ruleset string          `json:"ruleset"`
	Draft   string          `json:"draft"`
	Doc     json.RawMessage `json:"doc"`
	Hash    string          `json:"hash"`
	Source  string          `json:"source,omitempty"`
	BasedOn int             `json:"based_on,omitempty"`
	Note    string          `json:"note,omitempty"` // for reviewers; holds no names of employees
	Author  string          `json:"author"`
}

// RulesetReviewed is a person's verdict on a draft, approve or reject, with what the lint said then. It holds for
// that hash only. With the role representative it is the word of those who speak for the employees. single_control says
// that author and reviewer are one person.
type RulesetReviewed struct {
	Ruleset  string        `json:"ruleset"`
	Draft    string        `json:"draft"`
	Hash     string        `json:"hash"`
	Verdict  ReviewVerdict `json:"verdict"`
	Role     string        `json:"role,omitempty"` // representative
	Lint     []Problem     `json:"lint,omitempty"`
	Note     string        `json:"note,omitempty"` // for the author; holds no names of employees
	Reviewer string        `json:"reviewer"`

	SingleControl bool `json:"single_control,omitempty"`
}

// RulesetPublished makes a document the next version, governing the dates [effective_from, effective_to) until a
// later version begins. Replay names the what-if that was adopted; single_control says that no second person was
// required.
type RulesetPublished struct {
	Ruleset       string          `json:"ruleset"`
	Version       int             `json:"version"`
	Doc           json.RawMessage `json:"doc"`
	Hash          string          `json:"hash"`
	EffectiveFrom domain.Date     `json:"effective_from"`
	EffectiveTo   domain.Date     `json:"effective_to,omitzero"`
	Replay        string          `json:"replay,omitempty"`
	SingleControl bool            `json:"single_control,omitempty"`
}

// RulesetWithdrawn takes a version back: it governs no date any more, as if it had not been published.
type RulesetWithdrawn struct {
	Ruleset string `json:"ruleset"`
	Version int    `json:"version"`
	Reason  string `json:"reason"`
}

// ReviewVerdict is what a reviewer says of a draft.
type ReviewVerdict string

// RoleRepresentative is the role of a works council or a union (工会).
const RoleRepresentative = "representative"

// The verdicts.
const (
	ReviewApprove ReviewVerdict = "approve"
	ReviewReject  ReviewVerdict = "reject"
)

// The stored names of the events.
func (RulesetDrafted) EventType() string   { return "RulesetDrafted" }
func (RulesetReviewed) EventType() string  { return "RulesetReviewed" }
func (RulesetPublished) EventType() string { return "RulesetPublished" }
func (RulesetWithdrawn) EventType() string { return "RulesetWithdrawn" }

func (RulesetDrafted) rulesetEvent()   {}
func (RulesetReviewed) rulesetEvent()  {}
func (RulesetPublished) rulesetEvent() {}
func (RulesetWithdrawn) rulesetEvent() {}
