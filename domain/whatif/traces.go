package whatif

import (
	"slices"

	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// Traces are both computations of a day, aligned, with what tells them in words: the zone of the day, the version of rules on each side
// and the differences of these that touch the day.
type Traces struct {
	Zone   string              `json:"zone"`
	Before Ruled               `json:"before"`
	After  Ruled               `json:"after"`
	Diff   attendance.Contrast `json:"diff"`
	Rules  []ruleset.Sentence  `json:"rules,omitempty"`
}

// Ruled names the version of rules that a day was computed under; the zero one is none.
type Ruled struct {
	Ruleset string `json:"ruleset,omitempty"`
	Version int    `json:"version,omitempty"`
}

// Aligned sets two traces of one day beside each other.
func Aligned(before, after *attendance.Trace) (*Traces, error) {
	diff, err := attendance.Diff(before, after)
	if err != nil {
		return nil, err
	}
	return Told(before, after, diff)
}

// Told is Aligned for who has the comparison of the traces already.
func Told(before, after *attendance.Trace, diff attendance.Contrast) (*Traces, error) {
	was, is := &before.Day.Pins, &after.Day.Pins
	out := &Traces{Zone: before.Day.Zone, Before: Ruled{was.Ruleset, was.Version}, After: Ruled{is.Ruleset, is.Version}, Diff: diff}
	if len(diff.Rules) == 0 { // also where no rules governed
		return out, nil
	}
	sentences, err := ruleset.DiffWords(before.Rules.Doc, after.Rules.Doc)
	if err != nil {
		return nil, err
	}
	for _, s := range sentences {
		if slices.ContainsFunc(diff.Rules, func(c ruleset.Change) bool { return c.Pointer == s.Pointer }) {
			out.Rules = append(out.Rules, s)
		}
	}
	return out, nil
}
