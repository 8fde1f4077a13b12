package facts

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// Shadow is a candidate that runs beside the rules of a group on the dates [From, To); a zero To is open.
type Shadow struct {
	Group    string
	Ruleset  string
	From, To domain.Date
	Rules    *ruleset.Rules
}

// Shadows returns the shadows of all groups, by group and From, and whether there have ever been any: then rows of shadows that are gone
// may be there still.
func (k *Keeper) Shadows(ctx context.Context, tx Tx) (list []Shadow, ever bool, err error) {
	parts, err := tx.FactParts(ctx, "", "group-")
	if err != nil {
		return nil, false, err
	}
	for _, part := range parts {
		events, err := tell(ctx, tx, k.codec, "", part)
		if err != nil {
			return nil, false, err
		}
		var s people.GroupState
		for _, t := range events {
			_, is := t.event.(people.ShadowBound)
			ever = ever || is
			s = people.EvolveGroup(s, t.event.(people.GroupEvent))
		}
		for _, x := range s.Shadows {
			rules, err := k.kept(ctx, tx, x.Ruleset, x.Hash)
			if err != nil {
				return nil, false, fmt.Errorf("the shadow of %s: %w", strings.TrimPrefix(part, "group-"), err)
			}
			list = append(list, Shadow{Group: strings.TrimPrefix(part, "group-"), Ruleset: x.Ruleset, From: x.From, To: x.To, Rules: rules})
		}
	}
	return list, ever, nil
}

// kept compiles the document of a hash that a ruleset's stream keeps, as a draft or as a version.
func (k *Keeper) kept(ctx context.Context, tx Tx, id, hash string) (*ruleset.Rules, error) {
	events, err := tell(ctx, tx, k.codec, "", ruleset.Category+"-"+id)
	if err != nil {
		return nil, err
	}
	for _, t := range events {
		var doc []byte
		switch e := t.event.(type) {
		case ruleset.RulesetDrafted:
			if e.Hash == hash {
				doc = e.Doc
			}
		case ruleset.RulesetPublished:
			if e.Hash == hash {
				doc = e.Doc
			}
		}
		if doc == nil {
			continue
		}
		parsed, err := ruleset.ParseStored(doc)
		if err != nil {
			return nil, err
		}
		return ruleset.Compile(parsed, hash)
	}
	return nil, fmt.Errorf("%s keeps no document %s", id, hash)
}

// Stretch is a run of dates [From, To) on which one shadow runs beside an employee's rules; To is never open.
type Stretch struct {
	Shadow
	Dates Span
}

// Stretches returns where shadows run beside the rules of an employee, by date.
func Stretches(shadows []Shadow, f *attendance.Facts) []Stretch {
	var out []Stretch
	for i, a := range f.Assignments {
		end := forever
		if i+1 < len(f.Assignments) {
			end = f.Assignments[i+1].From
		}
		for _, s := range shadows {
			from, to := max(a.From, s.From), min(end, open(s.To))
			if s.Group != a.Group || from >= to {
				continue
			}
			if n := len(out); n > 0 && out[n-1].Shadow == s && out[n-1].Dates.To == from {
				out[n-1].Dates.To = to // other terms change and the group stays
				continue
			}
			out = append(out, Stretch{s, Span{from, to}})
		}
	}
	slices.SortFunc(out, func(a, b Stretch) int { return cmp.Compare(a.Dates.From, b.Dates.From) })
	return out
}
