package viewtest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/memory"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/directory"
	"github.com/punchledger/punchledger/projections/inbox"
	"github.com/punchledger/punchledger/projections/month"
	"github.com/punchledger/punchledger/projections/payroll"
	"github.com/punchledger/punchledger/projections/presence"
	"github.com/punchledger/punchledger/projections/process"
)

// RunKilled proves that a projector and a process which are killed between any two steps go on as if nothing had been: the rows are
// those of a fold from zero. A step is a record that is read, a call of the views or of their transaction, or a command; it is
// broken before it is carried out, or after it and before the answer. Every says which steps are tried: all by 1, a third by 3.
func RunKilled(t *testing.T, open func(testing.TB) Store, every int) {
	c := newCompany(t)
	tellShortStory(c)
	log := recordsOf(t, c.store)
	for _, after := range []bool{false, true} {
		t.Run(fmt.Sprintf("a catching up that is killed, after the step: %v", after), func(t *testing.T) { testKilledRunner(t, c, open, every, after, false) })
		t.Run(fmt.Sprintf("a rebuild that is killed, after the step: %v", after), func(t *testing.T) { testKilledRunner(t, c, open, every*5, after, true) })
		t.Run(fmt.Sprintf("a clock repair that is killed, after the step: %v", after), func(t *testing.T) { testKilledRepair(t, c, log, open, every, after) })
	}
}

// tellShortStory writes three people over some days around the end of a month, and a clock that was wrong.
func tellShortStory(c *company) {
	c.found()
	groups := []string{"cn-bj-office", "de-by-plant", "us-ca-hourly"}
	for i, group := range groups {
		c.hire(fmt.Sprintf("e%d", i), group, "2026-09-28")
	}
	for d := date("2026-09-28"); d <= date("2026-10-03"); d++ {
		for i, group := range groups {
			c.works(fmt.Sprintf("e%d", i), packs[group], d, 9*domain.Hour, 18*domain.Hour)
		}
	}
	c.until("2026-10-06T00:00:00Z")
	c.do(place.CorrectDeviceClock{Device: "gate", Evidence: "seen", Approvers: []string{"boss"}, Fix: place.ClockFix{
		Fix: "f1", From: instant("2026-09-29T00:00:00Z"), To: instant("2026-10-01T00:00:00Z"), OffsetMS: 600_000,
	}})
	c.do(place.CorrectDeviceClock{Device: "gate", Evidence: "seen", Approvers: []string{"boss"}, Fix: place.ClockFix{
		Fix: "f2", From: instant("2026-10-01T00:00:00Z"), To: instant("2026-10-01T12:00:00Z"), OffsetMS: 49 * 3600_000,
	}})
}

func testKilledRunner(t *testing.T, c *company, open func(testing.TB) Store, every int, after, rebuilt bool) {
	once := open(t)
	follow(t, c.store, c.codec, once, 0, nil)
	want, print := dump(t, once), fingerprint(t, once)
	killed := func(at int) *fuse {
		views, f := open(t), &fuse{at: at, after: after}
		if rebuilt {
			follow(t, c.store, c.codec, views, 0, nil)
			require.NoError(t, views.Drop(t.Context()))
		}
		r := projections.Runner{Store: &brittleLog{c.store, f}, Codec: c.codec, Views: &brittleViews{views, f}, Projector: projectors(c.codec), Batch: 41}
		err := r.CatchUp(t.Context())
		if at == 0 {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, errKilled)
		}
		follow(t, c.store, c.codec, views, 13, nil)
		requireSame(t, want, dump(t, views), fmt.Sprintf("killed at step %d", at))
		require.Equal(t, print, fingerprint(t, views))
		return f
	}
	all := killed(0).steps
	require.Greater(t, all, 50)
	for at := 1; at <= all; at += every {
		killed(at)
	}
}

func testKilledRepair(t *testing.T, c *company, log []eventstore.Record, open func(testing.TB) Store, every int, after bool) {
	moves := map[string]int{}
	killed := func(at int) *fuse {
		store, views, f := copyOf(t, log), open(t), &fuse{at: at, after: after}
		led, err := ledger.Open(t.Context(), ledger.Options{Store: store, Codec: c.codec, Sealer: c.keys, Now: c.clock})
		require.NoError(t, err)
		follow(t, store, c.codec, views, 0, nil)
		r := process.ClockRepair{Store: &brittleLog{store, f}, Codec: c.codec, Checkpoints: &brittleViews{views, f}, Door: &brittleDoor{led, f}}
		_, err = r.CatchUp(t.Context())
		if at == 0 {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, errKilled)
		}
		r = process.ClockRepair{Store: store, Codec: c.codec, Checkpoints: views, Door: led}
		_, err = r.CatchUp(t.Context())
		require.NoError(t, err)
		follow(t, store, c.codec, views, 3, nil)
		once := open(t)
		follow(t, store, c.codec, once, 0, nil)
		requireSame(t, dump(t, once), dump(t, views), fmt.Sprintf("killed at step %d", at))
		got := movesIn(t, store)
		if at == 0 {
			moves = got
		}
		require.Equal(t, moves, got, "every punch is moved once, whatever step it is killed at (%d)", at)
		return f
	}
	all := killed(0).steps
	require.Greater(t, len(moves), 12)
	for at := 1; at <= all; at += every {
		killed(at)
	}
}

// movesIn counts what a repair has done to each punch.
func movesIn(t *testing.T, store *memory.Store) map[string]int {
	t.Helper()
	out := map[string]int{}
	codec := ledger.NewCodec()
	for _, rec := range recordsOf(t, store) {
		d, err := codec.DecodeRecord(rec)
		require.NoError(t, err)
		switch e := d.Event.(type) {
		case timecard.PunchRetimed:
			out["moved "+e.Punch]++
		case timecard.PunchAdded:
			out["added "+e.Punch]++
		case timecard.PunchVoided:
			out["voided "+e.Punch]++
		}
	}
	return out
}

var errKilled = errors.New("killed")

// fuse counts steps and breaks at one of them; after that every step fails.
type fuse struct {
	steps, at int
	after     bool
	broken    bool
}

func (f *fuse) step(do func() error) error {
	if f.broken {
		return errKilled
	}
	f.steps++
	if f.steps != f.at {
		return do()
	}
	if f.after {
		if err := do(); err != nil {
			return err
		}
	}
	f.broken = true
	return errKilled
}

type brittleDoor struct {
	process.Door
	fuse *fuse
}

func (b *brittleDoor) Do(ctx context.Context, r ledger.Request) (out ledger.Receipt, err error) {
	err = b.fuse.step(func() (err error) {
		out, err = b.Door.Do(ctx, r)
		return err
	})
	return out, err
}

type brittleLog struct {
	eventstore.Store
	fuse *fuse
}

func (b *brittleLog) ReadAll(ctx context.Context, after eventstore.Cursor) iter.Seq2[eventstore.Record, error] {
	return func(yield func(eventstore.Record, error) bool) {
		for rec, err := range b.Store.ReadAll(ctx, after) {
			if err == nil && rec.Cursor%8 == 0 { // reading changes nothing, so not every record is a step
				err = b.fuse.step(func() error { return nil })
			}
			if !yield(rec, err) || err != nil {
				return
			}
		}
	}
}

type brittleViews struct {
	projections.Views
	fuse *fuse
}

func (b *brittleViews) Checkpoint(ctx context.Context, name string) (at projections.Checkpoint, err error) {
	err = b.fuse.step(func() (err error) {
		at, err = b.Views.Checkpoint(ctx, name)
		return err
	})
	return at, err
}

func (b *brittleViews) Update(ctx context.Context, name string, from, to projections.Checkpoint, change func(projections.Tx) error) error {
	return b.fuse.step(func() error {
		return b.Views.Update(ctx, name, from, to, func(tx projections.Tx) error { return change(&brittleTx{tx, b.fuse}) })
	})
}

// brittleTx breaks at writes: what a transaction reads changes nothing.
type brittleTx struct {
	projections.Tx
	fuse *fuse
}

func (b *brittleTx) PutFact(ctx context.Context, employee, part string, data []byte) error {
	return b.fuse.step(func() error { return b.Tx.PutFact(ctx, employee, part, data) })
}

func (b *brittleTx) ReplaceDays(ctx context.Context, employee string, from, to domain.Date, rows []daily.Row) error {
	return b.fuse.step(func() error { return b.Tx.ReplaceDays(ctx, employee, from, to, rows) })
}

func (b *brittleTx) ReplaceAnomalies(ctx context.Context, employee string, from, to domain.Date, rows []anomaly.Row) error {
	return b.fuse.step(func() error { return b.Tx.ReplaceAnomalies(ctx, employee, from, to, rows) })
}

func (b *brittleTx) ReplaceParts(ctx context.Context, employee string, from, to domain.Date, parts []payroll.Part) error {
	return b.fuse.step(func() error { return b.Tx.ReplaceParts(ctx, employee, from, to, parts) })
}

func (b *brittleTx) PutPerson(ctx context.Context, p directory.Person) error {
	return b.fuse.step(func() error { return b.Tx.PutPerson(ctx, p) })
}

func (b *brittleTx) ReplaceResolved(ctx context.Context, employee string, from, to domain.Date, rows []anomaly.Row) error {
	return b.fuse.step(func() error { return b.Tx.ReplaceResolved(ctx, employee, from, to, rows) })
}

func (b *brittleTx) ReplaceCells(ctx context.Context, employee string, from, to domain.Date, cells []month.Cell) error {
	return b.fuse.step(func() error { return b.Tx.ReplaceCells(ctx, employee, from, to, cells) })
}

func (b *brittleTx) PutPresence(ctx context.Context, r presence.Row) error {
	return b.fuse.step(func() error { return b.Tx.PutPresence(ctx, r) })
}

func (b *brittleTx) PutInboxItem(ctx context.Context, i inbox.Item) error {
	return b.fuse.step(func() error { return b.Tx.PutInboxItem(ctx, i) })
}

func (b *brittleTx) DropInboxItem(ctx context.Context, key string) error {
	return b.fuse.step(func() error { return b.Tx.DropInboxItem(ctx, key) })
}

func (b *brittleTx) PutRequest(ctx context.Context, f inbox.Filed) error {
	return b.fuse.step(func() error { return b.Tx.PutRequest(ctx, f) })
}
