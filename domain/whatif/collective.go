package whatif

import (
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// Fewest is of how many people a group must be for its sums to be shown to those who may not see single people: sums of fewer would
// tell about somebody.
const Fewest = 5

// Collective returns what of a report may be shown to people who speak for others, such as a works council: no person and no day, and
// groups, sites and tags of five people or more. Where those left out of a kind would be one to four people, whose sums are the total
// less the others, the smallest group that is left goes as well. Buckets of fewer than five people are joined with the next one
// towards no change. A report about fewer than five people keeps nothing but how many they are.
func (r Report) Collective() Report {
	if r.Summary.Persons < Fewest {
		return Report{Summary: Summary{Persons: r.Summary.Persons, PersonsFailed: r.Summary.PersonsFailed, Codes: map[string]CodeChange{}}, DaysHash: r.DaysHash, Days: []DayChange{}}
	}
	r.Top, r.Days, r.Failures = Top{}, []DayChange{}, nil
	r.Groups, r.Spread = large(r.Groups, r.Summary.Persons), joined(r.Spread)
	return r
}

// large are the groups that may be shown. A person has one group and one site, so that those left out are the rest of all; tags overlap.
func large(groups []GroupChange, persons int) (out []GroupChange) {
	for _, kind := range []string{"group", "site", "tag"} {
		var shown []GroupChange
		rest := persons
		for _, g := range groups {
			if g.Kind == kind && g.Persons >= Fewest {
				shown = append(shown, g)
				rest -= g.Persons
			}
		}
		if kind != "tag" && rest > 0 && rest < Fewest && len(shown) > 0 {
			smallest := 0
			for i := range shown {
				if shown[i].Persons < shown[smallest].Persons {
					smallest = i
				}
			}
			shown = slices.Delete(shown, smallest, smallest+1)
		}
		out = append(out, shown...)
	}
	return out
}

// joined are the buckets of each side, from the outermost inwards, each of five people or more. A side of fewer is one bucket that
// says no number.
func joined(spread []Bucket) []Bucket {
	var lost, gained []Bucket
	for _, b := range spread {
		if b.To <= 0 {
			lost = append(lost, b)
		} else {
			gained = append(gained, b)
		}
	}
	slices.Reverse(gained)
	lost, gained = inwards(lost, func(outer, inner Bucket) (domain.Seconds, domain.Seconds) { return outer.From, inner.To }),
		inwards(gained, func(outer, inner Bucket) (domain.Seconds, domain.Seconds) { return inner.From, outer.To })
	slices.Reverse(gained)
	return append(lost, gained...)
}

// inwards joins buckets that come from the outermost to the innermost.
func inwards(side []Bucket, span func(outer, inner Bucket) (from, to domain.Seconds)) (out []Bucket) {
	open := false // the last one is still too small
	for _, b := range side {
		if open {
			last := &out[len(out)-1]
			last.From, last.To = span(*last, b)
			last.Persons += b.Persons
		} else {
			out = append(out, b)
		}
		n := out[len(out)-1].Persons
		open = n > 0 && n < Fewest
	}
	if !open { // nothing, or the innermost is large enough
		return out
	}
	if len(out) == 1 {
		return nil
	}
	outer := out[len(out)-2]
	outer.From, outer.To = span(outer, out[len(out)-1])
	outer.Persons += out[len(out)-1].Persons
	if outer.Persons < Fewest {
		return nil
	}
	return append(out[:len(out)-2], outer)
}
