package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/adapters/sqlite/crashtest"
	"github.com/punchledger/punchledger/eventstore"
)

// handed is an event that was given to the log, with the append that it belongs to.
type handed struct {
	stream   string
	revision eventstore.Revision
	event    eventstore.Event
	append   int // events of one append are all there or none is
	of       int // how many events the append has
}

// shown is a record that the log has acknowledged, or shown to a reader.
type shown eventstore.Record

// logLife is a process that writes the log.
type logLife struct {
	steps int

	handed  map[uuid.UUID]handed
	shown   map[eventstore.Cursor]shown
	appends int

	log   *sqlite.Log
	fatal error
	heir  *crashtest.Recorder // where the process was killed
	died  error               // why it could not be killed
	rec   *crashtest.Recorder
	heads map[string]eventstore.Revision
	made  []*sqlite.Append // acknowledged, to be repeated
}

func newLogLife(steps int) *logLife {
	return &logLife{steps: steps, handed: map[uuid.UUID]handed{}, shown: map[eventstore.Cursor]shown{}, heads: map[string]eventstore.Revision{}}
}

func (a *logLife) next() act {
	b := newLogLife(a.steps)
	maps.Copy(b.handed, a.handed)
	maps.Copy(b.shown, a.shown)
	b.appends = a.appends + 1_000_000 // the recording of the life before goes on with other appends
	return b
}

func (a *logLife) learn(note any) {
	switch note := note.(type) {
	case []handed:
		for _, h := range note {
			a.handed[h.event.ID] = h
		}
	case []shown:
		for _, s := range note {
			a.shown[s.Cursor] = s
		}
	}
}

func (a *logLife) open(dir string, r *rand.Rand) (err error) {
	opts := sqlite.LogOptions{Fatal: a.die(dir), GuardEvery: time.Hour}
	a.log, err = sqlite.OpenLog(ledger(dir), opts.On(a.rec).Checkpointing(int64(4+r.IntN(30)), 1+r.IntN(6)))
	if err != nil {
		return err
	}
	all, err := collect(a.log.ReadAll(context.Background(), 0))
	if err != nil {
		return errors.Join(err, a.log.Close())
	}
	seen := make([]shown, len(all))
	for i, rec := range all {
		seen[i] = shown(rec)
		a.heads[rec.Stream] = rec.Revision
	}
	a.rec.Mark(seen)
	return nil
}

// die ends the process as the log does it: nothing is closed.
func (a *logLife) die(dir string) func(error) {
	return func(err error) {
		a.fatal = err
		if a.died = os.Mkdir(dir+"-after", 0o700); a.died == nil {
			a.heir, a.died = a.rec.Die(dir + "-after")
		}
	}
}

func (a *logLife) killed() (*crashtest.Recorder, error) { return a.heir, a.died }

func (a *logLife) run(dir string, rec *crashtest.Recorder, r *rand.Rand) error {
	a.rec = rec
	if err := a.open(dir, r); err != nil {
		return err
	}
	for range a.steps {
		switch n := r.IntN(20); {
		case n < 2:
			a.log.KeepGuard()
		case n < 4:
			if err := a.log.Close(); err != nil {
				return err
			}
			if err := a.open(dir, r); err != nil {
				return err
			}
		case n < 6:
			a.guardAmidst(r.IntN(12))
			fallthrough
		default:
			a.write(r)
		}
		if a.fatal != nil {
			return errors.Join(a.fatal, a.log.Close())
		}
	}
	if r.IntN(2) == 0 {
		a.log.KeepGuard()
	}
	return a.log.Close()
}

// guardAmidst lets the guard be written in the middle of what the writer does: after so many more operations.
func (a *logLife) guardAmidst(after int) {
	a.rec.Before(func(k crashtest.Kind, _ string) {
		if k == crashtest.Read {
			return
		}
		if after--; after == 0 {
			a.log.KeepGuard()
		}
	})
}

// write hands some appends over at once: new ones, ones at a wrong revision and repeated ones.
func (a *logLife) write(r *rand.Rand) {
	var batch []*sqlite.Append
	var marks []handed
	heads := maps.Clone(a.heads)
	for range 1 + r.IntN(4) {
		stream := fmt.Sprintf("timecard-e%d-202610", r.IntN(4))
		n := r.IntN(12)
		if n == 0 && len(a.made) > 0 {
			old := *a.made[r.IntN(len(a.made))]
			batch = append(batch, &old)
			continue
		}
		expected := heads[stream]
		if n == 1 {
			expected += 3
		}
		one, events := a.events(r, stream, expected)
		marks = append(marks, events...)
		batch = append(batch, one)
		if n != 1 {
			heads[stream] += eventstore.Revision(len(one.Events))
		}
	}
	a.rec.Mark(marks)
	a.log.AppendTogether(context.Background(), batch)
	a.rec.Before(nil)
	var seen []shown
	for _, one := range batch {
		if one.Err != nil {
			continue
		}
		n := len(one.Events)
		for i, e := range one.Events {
			s := shown{Event: e, Stream: one.Stream, Revision: one.Expected + eventstore.Revision(i) + 1}
			s.Cursor = one.Place.Cursor - eventstore.Cursor(n-1-i)
			s.Commitment = eventstore.Commit(s.Stream, s.Revision, e)
			seen = append(seen, s)
		}
		a.heads[one.Stream] = max(a.heads[one.Stream], one.Place.Revision)
		a.made = append(a.made, one)
	}
	a.rec.Mark(seen)
}

// events makes an append of one to three new events.
func (a *logLife) events(r *rand.Rand, stream string, expected eventstore.Revision) (*sqlite.Append, []handed) {
	a.appends++
	one := &sqlite.Append{Stream: stream, Expected: expected}
	var marks []handed
	n := 1 + r.IntN(3)
	for i := range n {
		size := 20 + r.IntN(400)
		if r.IntN(10) == 0 {
			size = 9000 // longer than a page
		}
		command := fmt.Sprintf("c-%d", a.appends)
		e := eventstore.Event{
			ID: eventstore.EventID(stream, command, i), Type: "PunchAccepted",
			Metadata: fmt.Appendf(nil, `{"schema":1,"command_id":%q}`, command),
			Data:     fmt.Appendf(nil, `{"punch_id":"p-%d","note":%q}`, i, strings.Repeat("e", size)),
		}
		one.Events = append(one.Events, e)
		marks = append(marks, handed{stream, expected + eventstore.Revision(i) + 1, e, a.appends, n})
	}
	return one, marks
}

// collect reads to the end.
func collect(seq func(yield func(eventstore.Record, error) bool)) (all []eventstore.Record, err error) {
	for rec, err := range seq {
		if err != nil {
			return all, err
		}
		all = append(all, rec)
	}
	return all, nil
}

// check opens what is left, writes one more record and opens it again.
func (a *logLife) check(dir string, r *rand.Rand) error {
	if r.IntN(4) == 0 {
		if err := a.look(dir); err != nil {
			return err
		}
	}
	all, err := a.reopen(dir, r)
	if err != nil {
		return err
	}
	again, err := a.reopen(dir, nil)
	if err != nil {
		return fmt.Errorf("after another restart: %w", err)
	}
	if len(again) != len(all)+1 || !slices.EqualFunc(again[:len(all)], all, sameRecord) {
		return fmt.Errorf("%w: %d records after a restart, %d and one more before", errWrong, len(again), len(all))
	}
	return nil
}

// look reads beside a writer, as commands that show something do. Where the log cannot be read so, the writer must open it.
func (a *logLife) look(dir string) error {
	l, err := sqlite.OpenReader(ledger(dir))
	if err != nil {
		if _, behind := errors.AsType[*sqlite.GuardError](err); behind {
			return fmt.Errorf("%w: by a reader: %w", errRefused, err)
		}
		return nil
	}
	all, err := collect(l.ReadAll(context.Background(), 0))
	if err = errors.Join(err, l.Close()); err != nil {
		if len(a.shown) == 0 {
			return nil // the log was just being made
		}
		return fmt.Errorf("%w: by a reader: %w", errWrong, err)
	}
	return a.compare(all)
}

// reopen opens the log, reads it, and with r a stream of it too, appends one record and closes it. It returns what was there.
func (a *logLife) reopen(dir string, r *rand.Rand) (all []eventstore.Record, err error) {
	ctx := context.Background()
	var fatal error
	l, err := sqlite.OpenLog(ledger(dir), sqlite.LogOptions{Fatal: func(err error) { fatal = err }, GuardEvery: time.Hour})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errRefused, err)
	}
	defer func() { err = errors.Join(err, l.Close(), fatal) }()
	if all, err = collect(l.ReadAll(ctx, 0)); err != nil {
		return nil, fmt.Errorf("%w: %w", errWrong, err)
	}
	if err := a.compare(all); err != nil {
		return nil, err
	}
	ends := map[string]eventstore.Revision{}
	for _, rec := range all {
		ends[rec.Stream] = rec.Revision
	}
	if r != nil && len(all) > 0 {
		stream := all[r.IntN(len(all))].Stream
		end := ends[stream]
		own, err := collect(l.ReadStream(ctx, stream, 0))
		if err != nil || len(own) != int(end) {
			return nil, fmt.Errorf("%w: stream %s has %d records by its own index, not %d: %w", errWrong, stream, len(own), end, err)
		}
	}
	const probe = "probe"
	e := eventstore.Event{ID: eventstore.EventID(probe, probe, int(ends[probe])), Type: "Probed", Data: []byte("{}")}
	place, err := l.Append(ctx, probe, ends[probe], e)
	if err != nil || int(place.Cursor) != len(all)+1 {
		return nil, fmt.Errorf("%w: the next append was given %d: %w", errWrong, place.Cursor, err)
	}
	return all, nil
}

// compare holds the records of a log against what was handed in and what was shown.
func (a *logLife) compare(all []eventstore.Record) error {
	ends := map[string]eventstore.Revision{}
	seen := map[uuid.UUID]bool{}
	parts := map[int]int{}
	for i, rec := range all {
		h, ok := a.handed[rec.ID]
		switch {
		case rec.Stream == "probe":
		case !ok:
			return fmt.Errorf("%w: record %d was never handed in", errWrong, rec.Cursor)
		case seen[rec.ID]:
			return fmt.Errorf("%w: record %d is there twice", errDoubled, rec.Cursor)
		case h.stream != rec.Stream || h.revision != rec.Revision || !sameEvent(h.event, rec.Event):
			return fmt.Errorf("%w: record %d is not as it was handed in", errWrong, rec.Cursor)
		}
		if rec.Cursor != eventstore.Cursor(i+1) || rec.Revision != ends[rec.Stream]+1 {
			return fmt.Errorf("%w: record %d is not the next one", errWrong, rec.Cursor)
		}
		ends[rec.Stream] = rec.Revision
		seen[rec.ID] = true
		if ok {
			parts[h.append]++
			if parts[h.append] == h.of {
				delete(parts, h.append)
			}
		}
	}
	if len(parts) > 0 {
		return fmt.Errorf("%w: a part of an append is there", errWrong)
	}
	for cursor, s := range a.shown {
		if int(cursor) > len(all) {
			return fmt.Errorf("%w: record %d; the log ends at %d", errLost, cursor, len(all))
		}
		if got := all[cursor-1]; got.ID != s.ID || got.Stream != s.Stream || got.Revision != s.Revision || got.Commitment != s.Commitment {
			return fmt.Errorf("%w: record %d is another one than was acknowledged", errLost, cursor)
		}
	}
	return nil
}

func sameEvent(a, b eventstore.Event) bool {
	return a.ID == b.ID && a.Type == b.Type && string(a.Metadata) == string(b.Metadata) && string(a.Data) == string(b.Data)
}

func sameRecord(a, b eventstore.Record) bool {
	return a.Cursor == b.Cursor && a.Commitment == b.Commitment && a.Stream == b.Stream && sameEvent(a.Event, b.Event)
}
