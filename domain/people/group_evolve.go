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
}

// Binding says which ruleset governs a group on the dates [From, To); a zero To is open.
type Binding struct {
	Ruleset  string
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
	case GroupArchived:
		s.Archived = true
		return s
	}
	panic(fmt.Sprintf("people: no case for %T", e))
}
