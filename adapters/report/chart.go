package report

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/whatif"
)

// full is how long the longest bar of a chart is, on either side of nothing.
const full = 1000

// chart is bars on either side of nothing, or on one side where nothing lies on the other one.
type chart struct {
	Bars       []bar
	Begin, Len int // of its width
}

// bar is what is lost and gained, to the left and to the right of nothing.
type bar struct {
	Label, Note  string
	Lost, Gained string
	Left, Right  int  // lengths
	Informs      bool // it pays nothing
	Spoken       string
}

// column is how many people move by so much.
type column struct {
	Label  string
	Count  int
	Length int
	Tone   string // loss, gain, or empty: no change
}

// length scales a value; what is not nothing can be seen.
func length(s, longest int64) int {
	if s <= 0 {
		return 0
	}
	return max(8, int(s*full/longest))
}

// scale gives bars the lengths of what they lose and gain.
func scale(bars []bar, lost, gained []domain.Seconds) chart {
	top := int64(longest(append(slices.Clone(lost), gained...)...))
	for i := range bars {
		b := &bars[i]
		b.Lost, b.Gained = moved(-lost[i]), moved(gained[i])
		b.Left, b.Right = length(int64(lost[i]), top), length(int64(gained[i]), top)
		b.Spoken = fmt.Sprintf("%s: %s, %s", b.Label, b.Lost, b.Gained)
	}
	out := chart{Bars: bars, Begin: -full, Len: 2 * full}
	switch {
	case longest(lost...) == 1:
		out.Begin, out.Len = 0, full
	case longest(gained...) == 1:
		out.Len = full
	}
	return out
}

// codes are the pay codes that change, those that move most first.
func (w words) codes(d whatif.Document) chart {
	codes := d.Summary.Codes
	ids := slices.SortedFunc(maps.Keys(codes), func(a, b string) int {
		return cmp.Or(cmp.Compare(codes[b].Gained+codes[b].Lost, codes[a].Gained+codes[a].Lost), cmp.Compare(a, b))
	})
	bars := make([]bar, len(ids))
	lost, gained := make([]domain.Seconds, len(ids)), make([]domain.Seconds, len(ids))
	for i, id := range ids {
		c := codes[id]
		bars[i] = bar{Label: w.coded(d, id), Informs: informs(id), Note: w.say("code_note", "before", hours(c.Before), "after", hours(c.After),
			"moved", moved(c.After-c.Before), "up", c.PersonsUp, "down", c.PersonsDown)}
		lost[i], gained[i] = c.Lost, c.Gained
	}
	return scale(bars, lost, gained)
}

func (w words) months(d whatif.Document) chart {
	bars := make([]bar, len(d.Months))
	lost, gained := make([]domain.Seconds, len(bars)), make([]domain.Seconds, len(bars))
	for i, m := range d.Months {
		bars[i] = bar{Label: m.Month, Note: w.say("month_note", "days", m.DaysChanged, "moved", moved(m.Gained-m.Lost))}
		lost[i], gained[i] = m.Lost, m.Gained
	}
	return scale(bars, lost, gained)
}

// groups are those of enough people that their sums tell about nobody.
func (w words) groups(d whatif.Document) (out []section) {
	for _, kind := range []string{"group", "site", "tag"} {
		s := section{Heading: w.say("kind." + kind)}
		var bars []bar
		var lost, gained []domain.Seconds
		for _, g := range d.Groups {
			if g.Kind != kind || g.Persons < whatif.Fewest {
				continue
			}
			bars = append(bars, bar{Label: g.ID, Note: w.say("group_note", "persons", g.Persons, "changed", g.PersonsChanged,
				"up", g.PersonsUp, "down", g.PersonsDown)})
			lost, gained = append(lost, g.Lost), append(gained, g.Gained)
		}
		if len(bars) > 0 {
			s.Chart = scale(bars, lost, gained)
			out = append(out, s)
		}
	}
	return out
}

// spread is how many people move by how much, with those who do not between losses and gains.
func (w words) spread(d whatif.Document) (out []column) {
	if len(d.Spread) == 0 {
		return nil
	}
	same := column{Label: w.say("spread.same"), Count: d.Summary.Persons - d.Summary.PersonsUp - d.Summary.PersonsDown}
	between := false
	for _, b := range d.Spread {
		c := column{Label: w.bucket(b), Count: b.Persons, Tone: "gain"}
		if b.To <= 0 {
			c.Tone = "loss"
		} else if !between {
			out, between = append(out, same), true
		}
		out = append(out, c)
	}
	if !between {
		out = append(out, same)
	}
	out = trimmed(out)
	most := 1
	for _, c := range out {
		most = max(most, c.Count)
	}
	for i := range out {
		out[i].Length = length(int64(out[i].Count), int64(most))
	}
	return out
}

// trimmed leaves out the empty columns at both ends, up to no change.
func trimmed(list []column) []column {
	for len(list) > 1 && list[0].Count == 0 && list[0].Tone != "" {
		list = list[1:]
	}
	for n := len(list) - 1; n > 0 && list[n].Count == 0 && list[n].Tone != ""; n-- {
		list = list[:n]
	}
	return list
}

// bucket says by how much, in hours.
func (w words) bucket(b whatif.Bucket) string {
	from, to := b.From/domain.Hour, b.To/domain.Hour
	switch {
	case b.From == math.MinInt32:
		return w.say("spread.below", "hours", -to)
	case b.To == math.MaxInt32:
		return w.say("spread.above", "hours", from)
	case b.To <= 0:
		return w.say("spread.loss", "less", -to, "more", -from)
	}
	return w.say("spread.gain", "less", from, "more", to)
}
