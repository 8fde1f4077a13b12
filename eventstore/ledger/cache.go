package ledger

import (
	"container/list"
	"context"
	"fmt"
	"hash/maphash"
	"slices"
	"sync"

	"github.com/punchledger/punchledger/eventstore"
)

// cachedStreams bounds the folded streams that are kept: enough for the busy hour of some thousand people.
const cachedStreams = 8192

// folded is one stream at a revision. Successive folds share the map of commands: requests for a stream take their turns, so
// nobody reads an older fold any more.
type folded struct {
	revision eventstore.Revision
	state    any
	commands map[string]done
}

// done is a request that a stream already holds: its MAC and the events it wrote.
type done struct {
	mac         string
	first, last eventstore.Revision
}

func (f *folded) remember(id string, d done) {
	if f.commands == nil {
		f.commands = map[string]done{}
	}
	f.commands[id] = d
}

// load returns the fold of a stream from the cache, or reads it.
func (l *Ledger) load(ctx context.Context, k kind, stream string) (folded, error) {
	if f, ok := l.cache.get(stream); ok {
		return f, nil
	}
	f, err := l.fold(ctx, k, stream)
	if err == nil {
		l.cache.put(stream, f)
	}
	return f, err
}

func (l *Ledger) fold(ctx context.Context, k kind, stream string) (folded, error) {
	f := folded{state: k.zero}
	for rec, err := range l.store.ReadStream(ctx, stream, 0) {
		if err != nil {
			return f, fmt.Errorf("read %s: %w", stream, err)
		}
		decoded, err := l.codec.DecodeRecord(rec)
		if err != nil {
			return f, err
		}
		meta := decoded.Meta
		f.state = k.evolve(f.state, decoded.Event)
		f.revision = rec.Revision
		d, ok := f.commands[meta.CommandID]
		if !ok {
			d = done{mac: meta.CommandMAC, first: rec.Revision}
		}
		d.last = rec.Revision
		f.remember(meta.CommandID, d)
	}
	return f, nil
}

// cache is a bounded map of folded streams; the one that was used least recently leaves first.
type cache struct {
	mu    sync.Mutex
	limit int
	order *list.List // of entry, most recent first
	byKey map[string]*list.Element
}

type entry struct {
	stream string
	fold   folded
}

func newCache(limit int) *cache {
	return &cache{limit: limit, order: list.New(), byKey: map[string]*list.Element{}}
}

func (c *cache) get(stream string) (folded, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byKey[stream]
	if !ok {
		return folded{}, false
	}
	c.order.MoveToFront(e)
	return e.Value.(entry).fold, true
}

func (c *cache) put(stream string, f folded) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.byKey[stream]; ok {
		e.Value = entry{stream, f}
		c.order.MoveToFront(e)
		return
	}
	c.byKey[stream] = c.order.PushFront(entry{stream, f})
	if c.order.Len() > c.limit {
		oldest := c.order.Back()
		c.order.Remove(oldest)
		delete(c.byKey, oldest.Value.(entry).stream)
	}
}

func (c *cache) drop(stream string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.byKey[stream]; ok {
		c.order.Remove(e)
		delete(c.byKey, stream)
	}
}

// turns lets one request at a time work on a stream, so that expected revisions conflict only with other
// processes, and nobody reads a fold that another one extends. Streams are spread over parts, whose locks are held for a moment only:
// with one lock for all, hundreds would queue for it.
type turns struct{ parts [64]turnsPart }

type turnsPart struct {
	mu      sync.Mutex
	waiting map[string]*turn
}

type turn struct {
	mu sync.Mutex
	n  int
}

var turnsSeed = maphash.MakeSeed()

// take waits for the turn on every one of streams. It takes them in the order of their names, so that two requests never wait
// for each other.
func (t *turns) take(streams []string) (release func()) {
	ordered := slices.Compact(slices.Sorted(slices.Values(streams)))
	taken := make([]func(), len(ordered))
	for i, stream := range ordered {
		taken[i] = t.parts[maphash.String(turnsSeed, stream)%uint64(len(t.parts))].one(stream)
	}
	return func() {
		for _, release := range taken {
			release()
		}
	}
}

func (t *turnsPart) one(stream string) (release func()) {
	t.mu.Lock()
	if t.waiting == nil {
		t.waiting = map[string]*turn{}
	}
	w, ok := t.waiting[stream]
	if !ok {
		w = &turn{}
		t.waiting[stream] = w
	}
	w.n++
	t.mu.Unlock()
	w.mu.Lock()
	return func() {
		w.mu.Unlock()
		t.mu.Lock()
		defer t.mu.Unlock()
		if w.n--; w.n == 0 {
			delete(t.waiting, stream)
		}
	}
}
