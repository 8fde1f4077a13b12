package attendance

import (
	"bytes"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// Carry is what one day hands to the next. It belongs to the person: sums are keyed by what they count, so they run on through a
// change of rules or group. The zero Carry is a fresh start. Two carries with equal bytes give equal days from there on.
type Carry struct {
	Through domain.Date // the last date that was evaluated

	cut     domain.Seconds // end of its window
	lastOut domain.Seconds // last time of leaving, before snap and rounding
	outDate domain.Date    // the attendance date of lastOut
	backAt  domain.Seconds // punches up to here were taken back by an earlier day
	backID  string         // the last of them
	row     int            // days worked in a row
	week    domain.Date    // the week that worked counts in
	worked  int            // days worked in it
	lastDay domain.Date    // the last of them
	month   domain.Date    // the month that pardons counts in
	pardons int
	sums    []sum // by key
}

// sum is one accumulator: the current window's total and those of windows before it, the nearest first.
type sum struct {
	key  string
	per  ruleset.Per
	from domain.Date // start of the current window
	acc  domain.Seconds
	past []domain.Seconds
}

func (s *sum) dead(through domain.Date) bool {
	if s.per == ruleset.PerDay && s.from <= through {
		return true
	}
	if s.per == ruleset.PerRow && s.from < through-1 { // a later day can no more continue the row
		return true
	}
	return s.acc == 0 && !slices.ContainsFunc(s.past, func(v domain.Seconds) bool { return v != 0 })
}

// roll moves the sum to the window that starts at from; windows in between were empty.
func (s *sum) roll(from domain.Date, depth int) {
	if from <= s.from {
		return
	}
	if depth > 1 || len(s.past) > 0 {
		depth = max(depth, len(s.past)+1)
		for w := s.from; w < from && s.from != 0; w = s.next(w) {
			s.past = append(s.past, 0)
			copy(s.past[1:], s.past)
			s.past[0], s.acc = s.acc, 0
			s.past = s.past[:min(len(s.past), depth-1)]
		}
	}
	s.from, s.acc = from, 0
	if s.dead(from - 1) {
		s.past = s.past[:0] // as if it had never been, so that a stored carry and a running one agree
	}
}

func (s *sum) next(w domain.Date) domain.Date {
	switch s.per {
	case ruleset.PerWeek, ruleset.PerTwoWeeks, ruleset.PerFourWeeks:
		return w + domain.Date(7*s.per.Weeks())
	case ruleset.PerMonth:
		return w.AddMonths(1)
	case ruleset.PerYear:
		return w.AddMonths(12)
	case ruleset.PerDay, ruleset.PerRow, ruleset.PerEver:
	}
	return w + 1
}

// total is the sum of the last n windows, the current one included.
func (s *sum) total(n int) domain.Seconds {
	t := s.acc
	for i := 0; i < n-1 && i < len(s.past); i++ {
		t += s.past[i]
	}
	return t
}

// Clone returns a copy that shares nothing with c.
func (c *Carry) Clone() Carry {
	out := *c
	out.sums = slices.Clone(c.sums)
	for i := range out.sums {
		out.sums[i].past = slices.Clone(out.sums[i].past)
	}
	return out
}

// Equal reports whether c and o lead to the same days.
func (c *Carry) Equal(o *Carry) bool {
	return bytes.Equal(c.append(nil), o.append(nil))
}

// slotOf returns the index of the accumulator of key, making it if there is none.
func (c *Carry) slotOf(spec ruleset.SlotSpec) int {
	i, ok := slices.BinarySearchFunc(c.sums, spec.Key, func(s sum, key string) int {
		switch {
		case s.key < key:
			return -1
		case s.key > key:
			return 1
		}
		return 0
	})
	if !ok {
		c.sums = slices.Insert(c.sums, i, sum{key: spec.Key, per: spec.Per})
	}
	return i
}
