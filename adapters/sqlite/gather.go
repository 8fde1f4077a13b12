package sqlite

import "sync"

// gather joins writes that are asked for at the same time: one caller carries out, for all, what had gathered when its turn came, and
// then gives the turn to one of those who came meanwhile.
type gather[T any] struct {
	mu      sync.Mutex
	busy    bool
	waiting []*gathered[T]
}

// gathered is a write on its way. Exactly one of its channels speaks.
type gathered[T any] struct {
	item *T
	turn chan struct{}
	done chan struct{}
}

// join returns when carryOut was called, by whomever, with items of which item is one.
func (g *gather[T]) join(item *T, carryOut func([]*T)) {
	mine := &gathered[T]{item, make(chan struct{}, 1), make(chan struct{})}
	g.mu.Lock()
	g.waiting = append(g.waiting, mine)
	wait := g.busy
	g.busy = true
	g.mu.Unlock()
	if wait {
		select {
		case <-mine.done:
			return
		case <-mine.turn:
		}
	}
	g.mu.Lock()
	all := g.waiting
	g.waiting = nil
	g.mu.Unlock()
	items := make([]*T, len(all))
	for i, w := range all {
		items[i] = w.item
	}
	carryOut(items)
	for _, w := range all {
		close(w.done)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.busy = len(g.waiting) > 0; g.busy {
		g.waiting[0].turn <- struct{}{}
	}
}
