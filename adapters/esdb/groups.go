package esdb

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"google.golang.org/grpc/codes"
)

// configStream is where the settings of all groups stand, in its last event.
const (
	configStream = "$persistentSubscriptionConfig"
	typeConfig   = "$PersistentConfig"
)

// groups are the persistent subscriptions of a server that leads.
type groups struct {
	s *Server

	change sync.Mutex // held while groups are created, changed and deleted
	mu     sync.Mutex
	byKey  map[groupKey]*running
	ctx    context.Context //nolint:containedctx // of Serve: groups live as long as it
	loops  sync.WaitGroup
}

// running is a group with what ends its loop.
type running struct {
	*group
	stop func()
}

// configured is what configStream holds.
type configured struct {
	Version string            `json:"version"`
	Entries []configuredGroup `json:"entries"`
}

type configuredGroup struct {
	Stream string `json:"stream"`
	Group  string `json:"group"`
	groupSettings
}

func groupFault(code codes.Code, kind string, k groupKey, text string) error {
	return &fault{
		code: code, kind: kind, text: fmt.Sprintf("persistent subscription %s: %s", k, text),
		trailers: map[string]string{"stream-name": k.stream, "group-name": k.name},
	}
}

func noSuchGroup(k groupKey) error {
	return groupFault(codes.NotFound, "persistent-subscription-does-not-exist", k, "there is none")
}

func groupExists(k groupKey) error {
	return groupFault(codes.AlreadyExists, "persistent-subscription-exists", k, "there is one already")
}

func tooManyConsumers(k groupKey) error {
	return groupFault(codes.FailedPrecondition, "maximum-subscribers-reached", k, "it has as many consumers as it may have")
}

func groupDropped(k groupKey) error {
	return groupFault(codes.Canceled, "persistent-subscription-dropped", k, "it was changed or deleted")
}

// start reads the groups from the log and runs them until the context ends.
func (a *groups) start(ctx context.Context) error {
	a.mu.Lock()
	a.ctx, a.byKey = ctx, map[groupKey]*running{}
	a.mu.Unlock()
	for rec, err := range a.s.opts.Log.ReadStream(ctx, configStream, Range{At: End, Backwards: true}) {
		if err != nil {
			return err
		}
		var c configured
		if err := json.Unmarshal(rec.Data, &c); err != nil {
			return fmt.Errorf("read the persistent subscriptions in %s: %w", configStream, err)
		}
		for _, e := range c.Entries {
			g, err := newGroup(groupKey{e.Stream, e.Group}, e.groupSettings, a.s.opts.Now)
			if err != nil {
				return err
			}
			if err := a.resume(ctx, g); err != nil {
				return err
			}
			a.run(g)
		}
		break
	}
	return nil
}

// resume puts a group where its checkpoint says.
func (a *groups) resume(ctx context.Context, g *group) error {
	for rec, err := range a.s.opts.Log.ReadStream(ctx, g.key.checkpointStream(), Range{At: End, Backwards: true}) {
		if err != nil {
			return err
		}
		if at, ok := parseCheckpoint(rec.Data); ok && at+1 > g.next {
			g.next, g.saved, g.known = at+1, at+1, at
		}
		break
	}
	t, err := a.s.load(ctx, g.key.parkedStream())
	if err != nil {
		return err
	}
	g.parkedNext = t.next
	g.parkedFirst = min(t.first(), t.next)
	g.replayed = g.parkedFirst
	return nil
}

// parseCheckpoint reads a revision or a position as a checkpoint has it.
func parseCheckpoint(data []byte) (uint64, bool) {
	var text string
	if json.Unmarshal(data, &text) != nil {
		return 0, false
	}
	if position, ok := strings.CutPrefix(text, "C:"); ok {
		text, _, _ = strings.Cut(position, "/")
	}
	at, err := strconv.ParseUint(text, 10, 64)
	return at, err == nil
}

// run starts the loop of a group.
func (a *groups) run(g *group) {
	a.mu.Lock()
	defer a.mu.Unlock()
	ctx, cancel := context.WithCancel(a.ctx)
	done := make(chan struct{})
	a.byKey[g.key] = &running{group: g, stop: func() {
		cancel()
		<-done
	}}
	a.loops.Go(func() {
		defer close(done)
		a.s.runGroup(ctx, g)
	})
}

func (a *groups) get(k groupKey) (*running, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if g := a.byKey[k]; g != nil {
		return g, nil
	}
	return nil, noSuchGroup(k)
}

// list returns the groups of a stream, or all of them for an empty name.
func (a *groups) list(stream string) []*running {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []*running
	for k, g := range a.byKey {
		if stream == "" || k.stream == stream {
			out = append(out, g)
		}
	}
	slices.SortFunc(out, func(a, b *running) int { return cmp.Compare(a.key.String(), b.key.String()) })
	return out
}

// store writes the settings of all groups as they are now, with one added, replaced or, without settings, left out.
func (a *groups) store(ctx context.Context, k groupKey, set *groupSettings) error {
	c := configured{Version: "2"}
	for _, g := range a.list("") {
		if g.key != k {
			c.Entries = append(c.Entries, configuredGroup{g.key.stream, g.key.name, g.set})
		}
	}
	if set != nil {
		c.Entries = append(c.Entries, configuredGroup{k.stream, k.name, *set})
	}
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return a.s.put(ctx, configStream, typeConfig, data, nil)
}

// create makes a group that begins at a place.
func (a *groups) create(ctx context.Context, k groupKey, p place, set groupSettings) error {
	a.change.Lock()
	defer a.change.Unlock()
	if k.name == "" {
		return badRequest("a persistent subscription has no name")
	}
	if _, err := a.get(k); err == nil {
		return groupExists(k)
	}
	if err := a.s.settle(ctx, k, p, &set); err != nil {
		return err
	}
	g, err := newGroup(k, set, a.s.opts.Now)
	if err != nil {
		return err
	}
	// What a group of this name that was deleted has left behind is not this one's.
	t, err := a.s.load(ctx, k.parkedStream())
	if err != nil {
		return err
	}
	g.parkedNext, g.parkedFirst, g.replayed = t.next, t.next, t.next
	if err := a.store(ctx, k, &set); err != nil {
		return err
	}
	a.run(g)
	return nil
}

// settle turns a place into that of the first event which the group gets.
func (s *Server) settle(ctx context.Context, k groupKey, p place, set *groupSettings) error {
	set.Start, set.From = p.text(k), p.at
	if !p.end {
		return nil
	}
	if k.all() {
		head, err := s.opts.Log.Head(ctx)
		set.From = head + 1
		return err
	}
	t, err := s.load(ctx, k.stream)
	if err == nil {
		set.From = t.next
	}
	return err
}

// update gives a group other settings. It goes on where it was; its consumers have to come again.
func (a *groups) update(ctx context.Context, k groupKey, p place, set groupSettings) error {
	a.change.Lock()
	defer a.change.Unlock()
	old, err := a.get(k)
	if err != nil {
		return err
	}
	old.dropAll(groupDropped(k))
	old.stop()
	set.Filter = old.set.Filter // requests to change a group have none
	if err := a.s.settle(ctx, k, p, &set); err != nil {
		return err
	}
	if old.saved > old.set.From || old.set.Start == set.Start {
		set.From = old.saved
	}
	g, err := newGroup(k, set, a.s.opts.Now)
	if err != nil {
		return err
	}
	g.parkedNext, g.parkedFirst, g.replayed, g.known = old.parkedNext, old.parkedFirst, old.parkedFirst, old.known
	if err := a.store(ctx, k, &set); err != nil {
		a.run(old.group)
		return err
	}
	a.run(g)
	return nil
}

// remove deletes a group and what it has parked.
func (a *groups) remove(ctx context.Context, k groupKey) error {
	a.change.Lock()
	defer a.change.Unlock()
	g, err := a.get(k)
	if err != nil {
		return err
	}
	if err := a.store(ctx, k, nil); err != nil {
		return err
	}
	g.dropAll(groupDropped(k))
	g.stop()
	a.mu.Lock()
	delete(a.byKey, k)
	a.mu.Unlock()
	for _, stream := range []string{k.checkpointStream(), k.parkedStream()} {
		t, err := a.s.load(ctx, stream)
		if err == nil && t.next > 0 {
			_, err = a.s.writeRules(ctx, stream, (rules{}).with(t.next))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// restart ends all connections and begins anew from what is stored.
func (a *groups) restart() error {
	a.change.Lock()
	defer a.change.Unlock()
	for _, g := range a.list("") {
		g.dropAll(groupDropped(g.key))
		g.stop()
	}
	return a.start(a.ctx)
}
