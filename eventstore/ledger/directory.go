package ledger

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
)

// Directory is a fold of the small streams - organisation, employers, employees, groups, rulesets, calendars, sites, devices,
// clocks, engine - straight from the log. Decisions take their facts from it, never from views. It is safe for concurrent use;
// the states it returns must not be changed.
type Directory struct {
	store eventstore.Store
	codec *eventstore.Codec
	now   func() time.Time // of acts: what rights there are now

	mu           sync.RWMutex
	states       map[string]any // by stream
	revisions    map[string]eventstore.Revision
	index        index
	chains       chains // has its own lock
	cursor       eventstore.Cursor
	behind       bool
	lastRecorded domain.Instant

	secret        func(parts ...[]byte) []byte // MAC under the ledger's key; nil where this process only reads
	fixesMu       sync.Mutex
	fixes         fixes
	codes         codesUsed
	tipPosition   eventstore.Position // the last event that was read
	tipCommitment eventstore.Commitment
}

func newDirectory(store eventstore.Store, codec *eventstore.Codec) *Directory {
	return &Directory{
		store: store, codec: codec, now: time.Now, behind: true,
		states: map[string]any{}, revisions: map[string]eventstore.Revision{}, index: newIndex(), chains: chains{heads: map[string]timecard.Head{}},
		fixes: fixes{last: map[string][]fixed{}},
	}
}

// appended notes that this process has written to a stream, so that the next decision sees it.
func (d *Directory) appended(stream string) {
	if c := domain.Category(stream); !small[c] && !indexed[c] {
		return
	}
	d.mu.Lock()
	d.behind = true
	d.mu.Unlock()
}

// Refresh makes the next CatchUp read the log even if this process has written nothing.
func (d *Directory) Refresh() {
	d.mu.Lock()
	d.behind = true
	d.mu.Unlock()
}

// CatchUp folds what was appended to the small streams since the last call.
func (d *Directory) CatchUp(ctx context.Context) error {
	d.mu.RLock()
	behind := d.behind
	d.mu.RUnlock()
	if !behind {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	var last eventstore.Record
	for rec, err := range d.store.ReadAll(ctx, d.cursor) {
		if err != nil {
			return fmt.Errorf("read the log after %d: %w", d.cursor, err)
		}
		if err := d.apply(rec); err != nil {
			return err
		}
		d.cursor, last = rec.Cursor, rec
	}
	d.behind = false
	if last.Cursor != 0 {
		d.tipPosition, d.tipCommitment = last.Position, last.Commitment
	}
	if last.Cursor == 0 || !d.codec.Owns(last.Stream) {
		return nil
	}
	meta, err := last.DecodeMetadata()
	d.lastRecorded = max(d.lastRecorded, meta.RecordedAt)
	return err
}

func (d *Directory) apply(rec eventstore.Record) error {
	category := domain.Category(rec.Stream)
	if !small[category] && !indexed[category] {
		d.chained(rec)
		return nil
	}
	decoded, err := d.codec.DecodeRecord(rec)
	if err != nil {
		return err
	}
	d.index.apply(decoded.Event)
	d.index.served(decoded)
	if !small[category] {
		return nil
	}
	k := kinds[category]
	state, ok := d.states[rec.Stream]
	if !ok {
		state = k.zero
	}
	d.states[rec.Stream] = k.evolve(state, decoded.Event)
	d.revisions[rec.Stream] = rec.Revision
	return nil
}

// stateOf returns the state of a stream, or the zero state of its kind.
func stateOf[S any](d *Directory, stream string) S {
	d.mu.RLock()
	defer d.mu.RUnlock()
	s, _ := d.states[stream].(S)
	return s
}

// place returns how far the directory has come.
func (d *Directory) place() eventstore.Cursor {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.cursor
}

// Revision returns the revision of a small stream that the directory has folded; 0 when there is none.
func (d *Directory) Revision(stream string) eventstore.Revision {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.revisions[stream]
}

// pin names a stream at the revision the directory has folded.
func (d *Directory) pin(stream string) string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return fmt.Sprintf("%s@%d", stream, d.revisions[stream])
}

// OpenDirectory returns the directory of a log that this process only reads, caught up.
func OpenDirectory(ctx context.Context, store eventstore.Store, codec *eventstore.Codec) (*Directory, error) {
	d := newDirectory(store, codec)
	return d, d.CatchUp(ctx)
}

// Clock makes rights be judged by another clock than the system's. It is called before the directory is shared.
func (d *Directory) Clock(now func() time.Time) { d.now = now }
