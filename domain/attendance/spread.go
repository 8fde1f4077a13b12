package attendance

import (
	"github.com/punchledger/punchledger/domain"
)

// Share is what one date has of time off of one length that goes over several dates.
type Share struct {
	Date    domain.Date    `json:"date"`
	Planned domain.Seconds `json:"planned_s"`
	Free    domain.Seconds `json:"free_s"`        // planned, and not taken by approved leave
	Length  domain.Seconds `json:"length_s"`      // of the time off on this date
	Off     []Interval     `json:"off,omitempty"` // where it lies: at the beginning of the free time; a break of the plan does not part it
}

// Spread lays time off of one length over the dates [from, to), and returns a share for each. Dates share in proportion to their planned
// time that approved leave has left free, so that a day which is half taken has half of what a whole one has, and one that is taken
// has none. Shares are whole minutes as far as length and plans are, and add up to the length, or to
// all free time where that is less.
func Spread(book *Rulebook, facts *Facts, from, to domain.Date, total domain.Seconds) ([]Share, error) {
	days, err := Outlooks(book, facts, from, to)
	if err != nil {
		return nil, err
	}
	leaves := leavesOf(facts)
	out := make([]Share, len(days))
	var all domain.Seconds
	for i, d := range days {
		out[i] = Share{Date: d.Date, Planned: length(d.Plan), Free: length(appendMinus(nil, d.Plan, leaves))}
		all += out[i].Free
	}
	total = min(total, all)
	var before, given domain.Seconds // free time and time off of the dates so far
	for i := range out {
		s := &out[i]
		if s.Free == 0 {
			continue
		}
		before += s.Free
		upto := total * before / all
		upto -= upto % domain.Minute
		s.Length = min(max(upto, total-(all-before))-given, s.Free) // at least what the dates to come have no room for
		given += s.Length
		s.Off = lay(days[i].Plan, leaves, s.Length)
	}
	return out, nil
}

func leavesOf(facts *Facts) []Interval {
	var out []Interval
	for i := range facts.Approvals {
		if a := &facts.Approvals[i]; a.Kind == "leave" {
			out = insert(out, Interval{a.From, a.To})
		}
	}
	return out
}

// lay takes a length of what leave has left free of the plan, from its beginning on.
func lay(plan, leaves []Interval, left domain.Seconds) []Interval {
	var out []Interval
	for _, x := range appendMinus(nil, plan, leaves) {
		if left == 0 {
			break
		}
		x.To = min(x.To, x.From+left)
		left -= x.Len()
		if n := len(out); n > 0 && overlap(leaves, Interval{out[n-1].To, x.From}) == 0 {
			out[n-1].To = x.To
			continue
		}
		out = append(out, x)
	}
	return out
}
