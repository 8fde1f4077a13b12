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

// RulesetDraft is the last document of a draft id, with the last verdicts on exactly this document. Source is the text that it was
// read from, if that was kept.
type RulesetDraft struct {
	ID          string
	Doc         json.RawMessage
	Hash        string
	Source      string
	BasedOn     int
	Note        string
	Author      string
	Review      Verdict
	Countersign Verdict // of those who speak for the employees
}

// Verdict is what one person said of a draft; the zero Verdict is none yet.
type Verdict struct {
	By      string
	Verdict ReviewVerdict
	Note    string
}

// State is the word for how far a draft has come: draft, reviewed or returned.
func (d RulesetDraft) State() string {
	switch {
	case d.Review.Verdict == ReviewReject || d.Countersign.Verdict == ReviewReject:
		return "returned"
	case d.Review.Verdict == ReviewApprove:
		return "reviewed"
	}
	return "draft"
}

func (d RulesetDraft) returnedBy() string {
	if d.Review.Verdict == ReviewReject {
		return d.Review.By
	}
	return d.Countersign.By
}

// RulesetVersion is a published version for the dates [From, Until); a zero Until is open. Author, reviewer and representative are
// those of the draft that became it.
type RulesetVersion struct {
	Number         int
	Doc            json.RawMessage
	Hash           string
	Source         string
	Draft          string
	Author         string
	Reviewer       string
	Representative string
	SingleControl  bool
	From           domain.Date
	Until          domain.Date
	Replay         string
	Withdrawn      bool
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

// Keeps reports whether a document of that hash is there to be tried: a draft, or a version that was not withdrawn.
func (s RulesetState) Keeps(hash string) bool {
	return slices.ContainsFunc(s.Drafts, func(d RulesetDraft) bool { return d.Hash == hash }) ||
		slices.ContainsFunc(s.Versions, func(v RulesetVersion) bool { return v.Hash == hash && !v.Withdrawn })
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

// version returns a publication with what the stream knows of its draft: the last one of that hash.
func (s RulesetState) version(e RulesetPublished) RulesetVersion {
	v := RulesetVersion{
		Number: e.Version, Doc: e.Doc, Hash: e.Hash, From: e.EffectiveFrom, Until: e.EffectiveTo, Replay: e.Replay, SingleControl: e.SingleControl,
	}
	for _, d := range s.Drafts {
		if d.Hash != e.Hash {
			continue
		}
		v.Draft, v.Source, v.Author = d.ID, d.Source, d.Author
		if d.Review.Verdict == ReviewApprove {
			v.Reviewer = d.Review.By
		}
		if d.Countersign.Verdict == ReviewApprove {
			v.Representative = d.Countersign.By
		}
	}
	return v
}

// Reign is a stretch of dates [From, Until) that one version governs; a zero Until is open.
type Reign struct {
	Version int         `json:"version"`
	From    domain.Date `json:"from"`
	Until   domain.Date `json:"until,omitzero"`
}

// Reigns returns which versions govern which dates, by From; dates without a version are left out.
func (s RulesetState) Reigns() []Reign {
	var edges []domain.Date
	for _, v := range s.Versions {
		if !v.Withdrawn {
			edges = append(edges, v.From)
			if v.Until != 0 {
				edges = append(edges, v.Until)
			}
		}
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	var out []Reign
	for i, from := range edges {
		v, ok := s.Governing(from)
		if !ok {
			continue
		}
		until := domain.Date(0)
		if i+1 < len(edges) {
			until = edges[i+1]
		}
		if n := len(out); n > 0 && out[n-1].Version == v.Number && out[n-1].Until == from {
			out[n-1].Until = until
			continue
		}
		out = append(out, Reign{Version: v.Number, From: from, Until: until})
	}
	return out
}

// Later returns the versions that begin after from and before until and so keep governing dates of [from, until), by From.
func (s RulesetState) Later(from, until domain.Date) []Reign {
	var out []Reign
	for _, r := range s.Reigns() {
		if v, _ := s.Version(r.Version); v.From > from && (until == 0 || r.From < until) {
			out = append(out, r)
		}
	}
	return out
}

// Without returns what would govern the dates that a version governs if it had not been published, by From; dates on which nothing would
// are left out.
func (s RulesetState) Without(number int) []Reign {
	rest := RulesetState{Versions: slices.Clone(s.Versions)}
	if _, ok := s.Version(number); !ok {
		return nil
	}
	rest.Versions[number-1].Withdrawn = true
	var out []Reign
	for _, gone := range s.Reigns() {
		if gone.Version != number {
			continue
		}
		for _, r := range rest.Reigns() {
			r.From = max(r.From, gone.From)
			if gone.Until != 0 && (r.Until == 0 || r.Until > gone.Until) {
				r.Until = gone.Until
			}
			if r.Until == 0 || r.From < r.Until {
				out = append(out, r)
			}
		}
	}
	return out
}

// EvolveRuleset applies one event. The state it was given stays as it is.
func EvolveRuleset(s RulesetState, e RulesetEvent) RulesetState {
	switch e := e.(type) {
	case RulesetDrafted:
		d := RulesetDraft{ID: e.Draft, Doc: e.Doc, Hash: e.Hash, Source: e.Source, BasedOn: e.BasedOn, Note: e.Note, Author: e.Author}
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
				verdict := Verdict{By: e.Reviewer, Verdict: e.Verdict, Note: e.Note}
				if e.Role == RoleRepresentative {
					d.Countersign = verdict
				} else {
					d.Review = verdict
				}
			}
		}
		return s
	case RulesetPublished:
		s.Versions = append(slices.Clip(s.Versions), s.version(e))
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
