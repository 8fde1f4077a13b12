package ruleset

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// RulesetState is one folded ruleset. Its zero value is the empty stream; it is never changed in place.
type RulesetState struct {
	Drafts   []RulesetDraft   // in the order of first drafting
	Versions []RulesetVersion // by Number, from 1
}

// RulesetDraft is the last document of a draft id. Reviewed says that the last verdict approved exactly this document.
type RulesetDraft struct {
	ID       string
	Doc      json.RawMessage
	Hash     string
	BasedOn  int
	Author   string
	Reviewed bool
	Reviewer string
}

// RulesetVersion is a published version for the dates [From, Until); a zero Until is open.
type RulesetVersion struct {
	Number    int
	Doc       json.RawMessage
	Hash      string
	From      domain.Date
	Until     domain.Date
	Replay    string
	Withdrawn bool
}

// Draft returns the draft of an id.
func (s RulesetState) Draft(id string) (RulesetDraft, bool) {
	if i := slices.IndexFunc(s.Drafts, func(d RulesetDraft) bool { return d.ID == id }); i >= 0 {
		return s.Drafts[i], true
	}
	return RulesetDraft{}, false
}

// Version returns a published version, withdrawn or not.
func (s RulesetState) Version(number int) (RulesetVersion, bool) {
	if number < 1 || number > len(s.Versions) {
		return RulesetVersion{}, false
	}
	return s.Versions[number-1], true
}

// Governing returns the version that governs a date: of those in force on it the one with the greatest From, of equal
// ones the later published.
func (s RulesetState) Governing(date domain.Date) (RulesetVersion, bool) {
	var best RulesetVersion
	for _, v := range s.Versions {
		if !v.Withdrawn && date.Covers(v.From, v.Until) && v.From >= best.From {
			best = v
		}
	}
	return best, best.Number > 0
}

// EvolveRuleset applies one event. The state it was given stays as it is.
func EvolveRuleset(s RulesetState, e RulesetEvent) RulesetState {
	switch e := e.(type) {
	case RulesetDrafted:
		d := RulesetDraft{ID: e.Draft, Doc: e.Doc, Hash: e.Hash, BasedOn: e.BasedOn, Author: e.Author}
		s.Drafts = slices.Clone(s.Drafts)
		if i := slices.IndexFunc(s.Drafts, func(o RulesetDraft) bool { return o.ID == d.ID }); i >= 0 {
			s.Drafts[i] = d
		} else {
			s.Drafts = append(s.Drafts, d)
		}
		return s
	case RulesetReviewed:
		s.Drafts = slices.Clone(s.Drafts)
		for i := range s.Drafts {
			if d := &s.Drafts[i]; d.ID == e.Draft && d.Hash == e.Hash {
				d.Reviewed, d.Reviewer = e.Verdict == ReviewApprove, e.Reviewer
			}
		}
		return s
	case RulesetPublished:
		s.Versions = append(slices.Clip(s.Versions), RulesetVersion{
			Number: e.Version, Doc: e.Doc, Hash: e.Hash, From: e.EffectiveFrom, Until: e.EffectiveTo, Replay: e.Replay,
		})
		return s
	case RulesetWithdrawn:
		s.Versions = slices.Clone(s.Versions)
		if e.Version >= 1 && e.Version <= len(s.Versions) {
			s.Versions[e.Version-1].Withdrawn = true
		}
		return s
	}
	panic(fmt.Sprintf("ruleset: no case for %T", e))
}
