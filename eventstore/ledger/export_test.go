package ledger

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
	l.turns.mu.Lock()
	defer l.turns.mu.Unlock()
	return len(l.turns.waiting)
}
