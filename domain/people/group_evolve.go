package people

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// GroupState is an attendance group as its stream tells it.
type GroupState struct {
	ID       string
	Title    string
	Archived bool
	Bindings []Binding // by From, without overlap and without a hole
	Shadows  []Shadow  // by From, without overlap
}

// Binding says which ruleset governs a group on the dates [From, To); a zero To is open.
type Binding struct {
	Ruleset  string
	From, To domain.Date
}

// Shadow says which candidate runs beside the rules of a group on the dates [From, To); a zero To is open.
type Shadow struct {
	Ruleset  string
	Hash     string
	From, To domain.Date
}

// Exists reports whether the group was created.
func (s GroupState) Exists() bool { return s.ID != "" }

// Live reports whether people may be put into the group.
func (s GroupState) Live() bool { return s.Exists() && !s.Archived }

// BindingOn returns the binding that covers date, if there is one.
func (s GroupState) BindingOn(date domain.Date) (Binding, bool) {
	for _, b := range s.Bindings {
		if date.Covers(b.From, b.To) {
			return b, true
		}
	}
	return Binding{}, false
}

// ShadowOn returns the shadow that covers date, if there is one.
func (s GroupState) ShadowOn(date domain.Date) (Shadow, bool) {
	for _, x := range s.Shadows {
		if date.Covers(x.From, x.To) {
			return x, true
		}
	}
	return Shadow{}, false
}

// EvolveGroup applies one event.
func EvolveGroup(s GroupState, e GroupEvent) GroupState {
	switch e := e.(type) {
	case GroupCreated:
		s.ID, s.Title = e.Group, e.Title
		return s
	case RulesetBound:
		s.Bindings = append(slices.Clone(s.Bindings), Binding{Ruleset: e.Ruleset, From: e.From, To: e.To})
		slices.SortFunc(s.Bindings, func(a, b Binding) int { return cmp.Compare(a.From, b.From) })
		return s
	case RulesetUnbound:
		kept := slices.Clone(s.Bindings)
		last := len(kept) - 1
		if kept[last].To = e.From; kept[last].From == e.From {
			kept = kept[:last]
		}
		s.Bindings = kept
		return s
	case ShadowBound:
		s.Shadows = append(slices.Clone(s.Shadows), Shadow{Ruleset: e.Ruleset, Hash: e.Hash, From: e.From, To: e.To})
		slices.SortFunc(s.Shadows, func(a, b Shadow) int { return cmp.Compare(a.From, b.From) })
		return s
	case ShadowUnbound:
		kept := slices.Clone(s.Shadows)
		last := len(kept) - 1
		if kept[last].To = e.From; kept[last].From == e.From {
			kept = kept[:last]
		}
		s.Shadows = kept
		return s
	case GroupArchived:
		s.Archived = true
		return s
	}
	panic(fmt.Sprintf("people: no case for %T", e))
}
