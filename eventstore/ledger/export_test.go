package ledger

import (
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
)

// MACContent is what the MAC of a command covers, for the tests that keep its form.
var MACContent = macContent

// Cache is the cache of folded streams, for the tests of what it keeps.
type Cache struct{ c *cache }

// NewCache returns a cache of so many streams.
func NewCache(limit int) Cache { return Cache{newCache(limit)} }

// Put keeps a stream.
func (c Cache) Put(stream string) { c.c.put(stream, folded{}) }

// Has looks a stream up.
func (c Cache) Has(stream string) bool {
	_, ok := c.c.get(stream)
	return ok
}

// Drop forgets a stream.
func (c Cache) Drop(stream string) { c.c.drop(stream) }

// Turns is how many streams a ledger keeps a turn for.
func Turns(l *Ledger) int {
	n := 0
	for i := range l.turns.parts {
		p := &l.turns.parts[i]
		p.mu.Lock()
		n += len(p.waiting)
		p.mu.Unlock()
	}
	return n
}

// SitesNear returns the sites that the grid names for a fix.
func SitesNear(p place.Point, events ...place.SiteFencesSet) []string {
	a := newArea()
	for _, e := range events {
		a.fences(e)
	}
	return a.cells[cellOf(p)]
}

// JudgeIntake gathers what intake makes of a punch, as a decision does.
func JudgeIntake(d *Directory, c timecard.RecordPunch) timecard.Facts {
	f, _ := d.intake(c)
	return f
}
