package esdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/punchledger/punchledger/eventstore"
)

// groupStreams begin the names of the streams in which groups keep what they know. No group of all streams gets events of them: each
// checkpoint would lead to another one.
const groupStreams = "$persistentsubscription"

func (k groupKey) checkpointStream() string { return groupStreams + "-" + k.String() + "-checkpoint" }

func (k groupKey) parkedStream() string { return groupStreams + "-" + k.String() + "-parked" }

const typeCheckpoint = "$SubscriptionCheckpoint"

// again is how long a group waits after the log failed.
const againAfter = time.Second

// runGroup reads for a group, hands out, takes back and remembers, until the context ends. It then stores how far the group came.
func (s *Server) runGroup(ctx context.Context, g *group) {
	watching, stop := context.WithCancel(ctx)
	defer stop()
	go s.watch(watching, g)
	for {
		err := s.turn(ctx, g)
		if err != nil && ctx.Err() == nil {
			s.opts.Logger.Error("a persistent subscription failed and tries again", "group", g.key.String(), "error", err)
		}
		wait := g.wait(g.expire(g.now()), err)
		select {
		case <-g.wake:
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			last := context.WithoutCancel(ctx)
			if err := errors.Join(s.parkAll(last, g), s.save(last, g, true)); err != nil {
				s.opts.Logger.Error("a persistent subscription could not store how far it came", "group", g.key.String(), "error", err)
			}
			return
		}
		wait.Stop()
	}
}

// wait returns a timer for the next thing that a group has to do by itself.
func (g *group) wait(due time.Time, failed error) *time.Timer {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	if each := g.set.checkpointEach(); each > 0 && g.done > 0 {
		if at := g.savedAt.Add(each); due.IsZero() || at.Before(due) {
			due = at
		}
	}
	switch {
	case failed != nil:
		return time.NewTimer(againAfter)
	case due.IsZero():
		return time.NewTimer(time.Hour)
	}
	return time.NewTimer(max(due.Sub(now), time.Millisecond))
}

// watch nudges a group whenever the log has grown.
func (s *Server) watch(ctx context.Context, g *group) {
	for ctx.Err() == nil {
		head, err := s.opts.Log.Head(ctx)
		g.nudge() // what came since the last look
		if err != nil || s.opts.Log.Wait(ctx, head) != nil {
			return
		}
	}
}

// turn does once what there is to do. A panic in it is an error: it must not end the ledger.
func (s *Server) turn(ctx context.Context, g *group) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = s.panicked("persistent subscription "+g.key.String(), p)
		}
	}()
	g.expire(g.now())
	if err := s.parkAll(ctx, g); err != nil {
		return err
	}
	if err := s.fill(ctx, g); err != nil {
		return err
	}
	g.dispatch(g.now())
	return s.save(ctx, g, false)
}

// fill reads on until the group has as much as it may hold.
func (s *Server) fill(ctx context.Context, g *group) error {
	n, from := g.room()
	if n <= 0 {
		return nil
	}
	source, err := s.source(ctx, g, from)
	if err != nil {
		return err
	}
	for rec, err := range source {
		if err != nil {
			return err
		}
		at := rec.Revision
		if g.key.all() {
			at = rec.Position
		}
		var v *view
		if g.wants(&rec) {
			seen, err := s.look(ctx, &rec, g.set.ResolveLinks)
			if err != nil {
				return err
			}
			v = &seen
		}
		g.mu.Lock()
		g.next = at + 1
		if v != nil {
			g.known = at
			g.ready = append(g.ready, &item{view: *v, place: at})
			n--
		} else if g.filter != nil {
			g.done++ // passed over: also that is progress to store
		}
		g.mu.Unlock()
		if n <= 0 {
			return nil
		}
	}
	return nil
}

func (g *group) wants(r *Record) bool {
	if r.Type == typeDeleted {
		return false
	}
	if g.key.all() && strings.HasPrefix(strings.TrimPrefix(r.Stream, metaPrefix), groupStreams) {
		return false
	}
	return g.filter == nil || g.filter.wants(r)
}

// source reads what a group follows.
func (s *Server) source(ctx context.Context, g *group, from uint64) (iter.Seq2[Record, error], error) {
	if g.key.all() {
		return s.opts.Log.ReadAll(ctx, Range{At: from}), nil
	}
	t, err := s.load(ctx, g.key.stream)
	if err != nil {
		return nil, err
	}
	r := reading{stream: g.key.stream}
	r.from.at = from
	return s.kept(ctx, r, t), nil
}

// save stores how far the group came, when that is due or asked for, and lets go of parked events that were dealt with.
func (s *Server) save(ctx context.Context, g *group, now bool) error {
	g.mu.Lock()
	source, parked := g.lowest()
	due := now || g.set.MaxCheckpoint > 0 && g.done >= g.set.MaxCheckpoint ||
		g.done > 0 && g.done >= g.set.MinCheckpoint && !g.now().Before(g.savedAt.Add(g.set.checkpointEach()))
	write := due && source > g.saved
	release := parked > g.parkedFirst
	if due {
		g.done, g.savedAt = 0, g.now()
	}
	g.mu.Unlock()
	if write {
		text := strconv.FormatUint(source-1, 10)
		if g.key.all() {
			text = positionText(source - 1)
		}
		data, err := json.Marshal(text)
		if err == nil {
			err = s.put(ctx, g.key.checkpointStream(), typeCheckpoint, data, nil)
		}
		if err != nil {
			return err
		}
	}
	if release {
		if _, err := s.writeRules(ctx, g.key.parkedStream(), (rules{}).with(parked)); err != nil {
			return err
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if write {
		g.saved = source
	}
	if release {
		g.parkedFirst = parked
	}
	return nil
}

// put appends an event of the server's own to one of its streams.
func (s *Server) put(ctx context.Context, stream, name string, data, metadata []byte) error {
	for try := 0; ; try++ {
		s.tails.drop(stream)
		t, err := s.load(ctx, stream)
		if err != nil {
			return err
		}
		_, err = s.opts.Log.Append(ctx, stream, t.next, []Proposed{{
			Event: eventstore.Event{ID: uuid.New(), Type: name, Data: data, Metadata: metadata}, JSON: name != typeLink,
		}})
		if try == appendRetries || !errors.As(err, new(*eventstore.ConflictError)) {
			return err
		}
	}
}

// parkAll writes the events that are to be parked: a link to each, and why.
func (s *Server) parkAll(ctx context.Context, g *group) error {
	for {
		g.mu.Lock()
		if len(g.parking) == 0 {
			g.mu.Unlock()
			return nil
		}
		p := g.parking[0]
		g.mu.Unlock()
		of := p.item.view.original()
		why, err := json.Marshal(map[string]any{"added": g.now().UTC().Format(time.RFC3339Nano), "reason": p.reason, "subscription": g.key.String()})
		if err == nil {
			err = s.put(ctx, g.key.parkedStream(), typeLink, fmt.Appendf(nil, "%d@%s", of.Revision, of.Stream), why)
		}
		if err != nil {
			return err
		}
		g.mu.Lock()
		g.parking = g.parking[1:]
		g.parkedNext++
		g.done++
		g.mu.Unlock()
	}
}

// replay hands out parked events again, before all others: all, or those before a limit.
func (s *Server) replay(ctx context.Context, g *group, limit uint64) error {
	g.mu.Lock()
	from := max(g.replayed, g.parkedFirst)
	g.mu.Unlock()
	var items []*item
	next := from
	for link, err := range s.opts.Log.ReadStream(ctx, g.key.parkedStream(), Range{At: from}) {
		if err != nil {
			return err
		}
		if uint64(len(items)) >= limit {
			break
		}
		next = link.Revision + 1
		v, err := s.look(ctx, &link, true)
		if err != nil {
			return err
		}
		if v.event == nil {
			continue // what it led to is gone
		}
		// Consumers get what was parked, as they got it the first time.
		seen, err := s.look(ctx, v.event, g.set.ResolveLinks)
		if err != nil {
			return err
		}
		items = append(items, &item{view: seen, parked: true, at: link.Revision})
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.replayed > from { // somebody else was faster
		return nil
	}
	g.again = append(g.again, items...)
	g.replayed = next
	g.nudge()
	return nil
}
