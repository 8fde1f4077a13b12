package ruleset

import (
	"encoding/json"

	"github.com/punchledger/punchledger/domain"
)

// RulesetCommand is a wish about one ruleset.
//
//sumtype:decl
type RulesetCommand interface {
	Stream() string
	rulesetCommand()
}

// DraftRuleset keeps a document as a draft. Doc is JSON with includes resolved, as Document.JSON gives it; Source is the
// text it was read from, with its comments, if there is one; ActorID is its author.
type DraftRuleset struct {
	Ruleset string
	Draft   string
	Doc     json.RawMessage
	Source  string
	BasedOn int
	Note    string
	ActorID string
}

// ReviewRuleset gives a verdict on the draft of that hash. Role is empty, or representative for the verdict of those who
// speak for the employees.
type ReviewRuleset struct {
	Ruleset string
	Draft   string
	Hash    string
	Verdict ReviewVerdict
	Role    string
	Lint    []Problem
	Note    string
	ActorID string
}

// PublishRuleset makes a draft the next version, for the dates [EffectiveFrom, EffectiveTo); a zero EffectiveTo is
// open. A draft may be published again for other dates.
type PublishRuleset struct {
	Ruleset       string
	Draft         string
	Hash          string
	EffectiveFrom domain.Date
	EffectiveTo   domain.Date
	Replay        string
}

// WithdrawRuleset takes a version back.
type WithdrawRuleset struct {
	Ruleset string
	Version int
	Reason  string
}

// Stream returns the stream of the ruleset.
func (c DraftRuleset) Stream() string { return Category + "-" + c.Ruleset }

// Stream returns the stream of the ruleset.
func (c ReviewRuleset) Stream() string { return Category + "-" + c.Ruleset }

// Stream returns the stream of the ruleset.
func (c PublishRuleset) Stream() string { return Category + "-" + c.Ruleset }

// Stream returns the stream of the ruleset.
func (c WithdrawRuleset) Stream() string { return Category + "-" + c.Ruleset }

func (DraftRuleset) rulesetCommand()    {}
func (ReviewRuleset) rulesetCommand()   {}
func (PublishRuleset) rulesetCommand()  {}
func (WithdrawRuleset) rulesetCommand() {}

// RulesetFacts are what a decision needs from elsewhere. In the zero value nothing stands in the way and two persons
// are needed.
type RulesetFacts struct {
	SchemaProblems []Problem   // DraftRuleset: what the schema check found
	LintErrors     []Problem   // DraftRuleset, PublishRuleset: what lint found, errors only
	FailedExamples []string    // PublishRuleset: examples of the document that fail, each with what was wanted and got
	SingleControl  bool        // the policy dual_control is off: author, reviewer and publisher may be one person
	Governed       bool        // PublishRuleset: on some date of the window somebody is governed by another version already
	ReplayUnfit    bool        // PublishRuleset: the replay named is not adopted, or was of another candidate
	MidCycleOn     domain.Date // PublishRuleset: on this date a weekly or monthly threshold would change inside its cycle, uncarried
	ShiftsInUse    []string    // PublishRuleset: rostered shifts that the document no longer has
	UncoveredFrom  domain.Date // WithdrawRuleset: the first date on which a bound group would be left without a version
	UncoveredGroup string      // WithdrawRuleset: that group
}
