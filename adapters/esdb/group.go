package esdb

import (
	"cmp"
	"encoding/json"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
)

// item is an event on its way through a group. An event that was parked has its place among the parked ones, and counts for no
// checkpoint.
type item struct {
	view    view
	place   uint64 // revision or position in what the group follows
	parked  bool
	at      uint64 // of one that was parked: its revision there
	retries int32
	to      *consumer
	due     time.Time // zero is never
}

func inOrder(a, b *item) int { return cmp.Compare(a.place, b.place) }

func (i *item) id() uuid.UUID { return i.view.original().ID }

// consumer is one connection of a group.
type consumer struct {
	id      string
	user    string
	from    string
	size    int
	flying  int
	total   int64
	items   chan delivery // with room for size
	dropped chan error    // why the connection ends
}

// delivery is an item as it is sent; the item itself may be taken back meanwhile.
type delivery struct {
	view    view
	retries int32
}

func (c *consumer) free() bool { return c.flying < c.size && len(c.items) < cap(c.items) }

// drop ends the connection; only the first reason counts.
func (c *consumer) drop(err error) {
	select {
	case c.dropped <- err:
	default:
	}
}

// parking is an event that is to be parked.
type parking struct {
	item   *item
	reason string
}

// group is a persistent subscription. Its own goroutine (groupLoop) reads the log and writes checkpoints and parked events; what
// consumers do only moves items between the lists below, under mu.
type group struct {
	key    groupKey
	filter *filter
	wake   chan struct{} // has room for one
	now    func() time.Time

	set groupSettings // never changes: other settings make another group

	mu        sync.Mutex
	next      uint64  // where to read on
	known     uint64  // the last place that was read
	ready     []*item // read, and not handed out yet
	again     []*item // to be handed out before them
	inFlight  map[uuid.UUID][]*item
	flying    int
	parking   []parking
	consumers []*consumer
	turn      int
	total     int64

	saved       uint64 // where to begin after a restart, as it is stored
	done        int32  // since then
	savedAt     time.Time
	parkedNext  uint64 // revision of the next parked event
	replayed    uint64 // parked events before this revision were replayed
	parkedFirst uint64 // parked events before this revision are gone
}

func newGroup(key groupKey, set groupSettings, now func() time.Time) (*group, error) {
	f, err := set.Filter.compile()
	return &group{
		key: key, filter: f, set: set, next: set.From, saved: set.From, now: now, savedAt: now(),
		wake: make(chan struct{}, 1), inFlight: map[uuid.UUID][]*item{},
	}, err
}

// nudge lets the loop look at the group.
func (g *group) nudge() {
	select {
	case g.wake <- struct{}{}:
	default:
	}
}

// connect adds a consumer.
func (g *group) connect(c *consumer) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.set.MaxConsumers > 0 && len(g.consumers) >= int(g.set.MaxConsumers) {
		return tooManyConsumers(g.key)
	}
	g.consumers = append(g.consumers, c)
	g.nudge()
	return nil
}

// disconnect takes a consumer out; what it had goes to others, first and in its old order.
func (g *group) disconnect(c *consumer) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.consumers = slices.DeleteFunc(g.consumers, func(o *consumer) bool { return o == c })
	var back []*item
	for _, items := range g.inFlight {
		for _, i := range items {
			if i.to == c {
				back = append(back, i)
			}
		}
	}
	for _, i := range back {
		g.take(i)
	}
	slices.SortFunc(back, inOrder)
	g.again = append(back, g.again...)
	g.nudge()
}

// take takes an item out of those in flight.
func (g *group) take(i *item) {
	rest := slices.DeleteFunc(g.inFlight[i.id()], func(o *item) bool { return o == i })
	if g.inFlight[i.id()] = rest; len(rest) == 0 {
		delete(g.inFlight, i.id())
	}
	g.flying--
	i.to.flying--
	i.to, i.due = nil, time.Time{}
}

// find returns the item of an id that a consumer has, or one that was taken from it because it took too long and waits.
func (g *group) find(c *consumer, id uuid.UUID) *item {
	for _, i := range g.inFlight[id] {
		if i.to == c {
			g.take(i)
			return i
		}
	}
	at := slices.IndexFunc(g.again, func(i *item) bool { return i.id() == id })
	if at < 0 {
		return nil
	}
	i := g.again[at]
	g.again = slices.Delete(g.again, at, at+1)
	return i
}

// ack says that a consumer has dealt with events.
func (g *group) ack(c *consumer, ids []uuid.UUID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, id := range ids {
		if i := g.find(c, id); i != nil {
			g.finish(c)
		}
	}
	g.nudge()
}

func (g *group) finish(c *consumer) {
	g.done++
	g.total++
	c.total++
}

// nack says that a consumer could not deal with events.
func (g *group) nack(c *consumer, ids []uuid.UUID, action nackAction, reason string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, id := range ids {
		i := g.find(c, id)
		if i == nil {
			continue
		}
		switch action {
		case nackPark:
			g.parking = append(g.parking, parking{i, reason})
		case nackSkip:
			g.finish(c)
		default:
			g.retry(i, reason)
		}
	}
	g.nudge()
}

// retry hands an item out again, or parks it when that was done often enough.
func (g *group) retry(i *item, reason string) {
	if i.retries++; i.retries > g.set.MaxRetries {
		g.parking = append(g.parking, parking{i, reason})
		return
	}
	g.again = append(g.again, i)
}

// expire takes back what took too long, and returns when to look again.
func (g *group) expire(now time.Time) (next time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var late []*item
	for _, items := range g.inFlight {
		for _, i := range items {
			switch {
			case i.due.IsZero():
			case !i.due.After(now):
				late = append(late, i)
			case next.IsZero() || i.due.Before(next):
				next = i.due
			}
		}
	}
	slices.SortFunc(late, inOrder)
	for _, i := range late {
		g.take(i)
		g.retry(i, "the consumer took too long")
	}
	return next
}

// dispatch hands out what can be handed out.
func (g *group) dispatch(now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.again = g.handOut(g.again, now)
	g.ready = g.handOut(g.ready, now)
}

func (g *group) handOut(queue []*item, now time.Time) []*item {
	var left []*item
	for n, i := range queue {
		c := g.choose(i)
		if c == nil {
			if left = append(left, i); !g.pins() {
				return append(left, queue[n+1:]...)
			}
			continue
		}
		i.to = c
		if t := g.set.timeout(); t > 0 {
			i.due = now.Add(t)
		}
		g.inFlight[i.id()] = append(g.inFlight[i.id()], i)
		g.flying++
		c.flying++
		c.items <- delivery{i.view, i.retries} // a free consumer has room
	}
	return left
}

func (g *group) pins() bool { return g.set.Strategy == pinned || g.set.Strategy == pinnedByCorrelation }

// choose returns the consumer for an item, or nil where it has to wait.
func (g *group) choose(i *item) *consumer {
	n := len(g.consumers)
	switch {
	case n == 0:
		return nil
	case g.pins():
		return g.pinnedTo(i)
	case g.set.Strategy == dispatchToSingle:
		at := slices.IndexFunc(g.consumers, (*consumer).free)
		if at < 0 {
			return nil
		}
		return g.consumers[at]
	}
	for range n {
		c := g.consumers[g.turn%n]
		g.turn++
		if c.free() {
			return c
		}
	}
	return nil
}

// pinnedTo returns the one consumer that gets all events of a stream, or of a correlation, as long as it is connected: that with the
// highest hash, so that another one's coming or going moves only its share.
func (g *group) pinnedTo(i *item) *consumer {
	key := i.view.original().Stream
	if i.view.event != nil {
		key = i.view.event.Stream
		if g.set.Strategy == pinnedByCorrelation {
			key = correlation(i.view.event, key)
		}
	}
	var best *consumer
	var most uint64
	for _, c := range g.consumers {
		h := fnv.New64a()
		_, _ = h.Write([]byte(key + "\x00" + c.id)) // a hash takes every byte
		if sum := h.Sum64(); best == nil || sum > most {
			best, most = c, sum
		}
	}
	if !best.free() {
		return nil
	}
	return best
}

// correlation returns what an event says it belongs to, or otherwise.
func correlation(r *Record, otherwise string) string {
	var m struct {
		ID string `json:"$correlationId"`
	}
	if json.Unmarshal(r.Metadata, &m) != nil || m.ID == "" {
		return otherwise
	}
	return m.ID
}

// lowest returns the places of the first event and of the first parked one that were not dealt with.
func (g *group) lowest() (source, parked uint64) {
	source, parked = g.next, g.replayed
	see := func(i *item) {
		if i.parked {
			parked = min(parked, i.at)
		} else {
			source = min(source, i.place)
		}
	}
	for _, list := range [][]*item{g.ready, g.again} {
		for _, i := range list {
			see(i)
		}
	}
	for _, items := range g.inFlight {
		for _, i := range items {
			see(i)
		}
	}
	for _, p := range g.parking {
		see(p.item)
	}
	return source, parked
}

// room returns how many events may be read, and from where.
func (g *group) room() (n int, from uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return int(g.set.Buffer) - len(g.ready) - len(g.again) - g.flying - len(g.parking), g.next
}

// dropAll ends all connections.
func (g *group) dropAll(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.consumers {
		c.drop(err)
	}
}
