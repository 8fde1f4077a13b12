package timecard

import (
	"iter"
	"slices"
)

// Punches is a list of punches that never changes: adding and replacing give a new list, which shares nearly all with
// the old one. So a month is folded at a cost that hardly grows with its length, and any old state stays readable.
type Punches struct {
	pages [][]*Punch // each of pageSize
	tail  []*Punch   // up to pageSize
}

const pageSize = 16

// Len returns the number of punches.
func (l Punches) Len() int { return len(l.pages)*pageSize + len(l.tail) }

// All yields the punches in the order in which they were recorded. They must not be changed.
func (l Punches) All() iter.Seq[*Punch] {
	return func(yield func(*Punch) bool) {
		for _, page := range l.pages {
			for _, p := range page {
				if !yield(p) {
					return
				}
			}
		}
		for _, p := range l.tail {
			if !yield(p) {
				return
			}
		}
	}
}

// find returns a punch and its place, or nil.
func (l Punches) find(id string) (*Punch, int) {
	i := 0
	for p := range l.All() {
		if p.ID == id {
			return p, i
		}
		i++
	}
	return nil, -1
}

// with copies the tail rather than appending in place: two lists that grew from one must not share a place.
func (l Punches) with(p *Punch) Punches {
	if len(l.tail) == pageSize {
		return Punches{append(slices.Clip(l.pages), l.tail), []*Punch{p}}
	}
	tail := make([]*Punch, len(l.tail)+1)
	copy(tail, l.tail)
	tail[len(l.tail)] = p
	return Punches{l.pages, tail}
}

func (l Punches) replaced(i int, p *Punch) Punches {
	if i >= len(l.pages)*pageSize {
		tail := slices.Clone(l.tail)
		tail[i%pageSize] = p
		return Punches{l.pages, tail}
	}
	pages := slices.Clone(l.pages)
	pages[i/pageSize] = slices.Clone(pages[i/pageSize])
	pages[i/pageSize][i%pageSize] = p
	return Punches{pages, l.tail}
}
