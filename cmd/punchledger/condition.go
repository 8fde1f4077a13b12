package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/punchledger/punchledger/adapters/bus"
	"github.com/punchledger/punchledger/adapters/metrics"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/relay"
)

// From where on a server is not ready: so little room that a day's work may fill it, and views so far behind that pages mislead.
const (
	leastFree  = 1 << 30
	mostBehind = time.Minute
)

// condition is how a process fares: what /readyz and /metrics look at.
type condition struct {
	c      *console
	writer *writer // nil: this process writes nothing
	reader *reader
	counts *metrics.Metrics
	room   func(dir string) (metrics.Disk, error)
}

// newCondition lets counts look at a process; w is nil where it writes nothing.
func newCondition(c *console, w *writer, r *reader, counts *metrics.Metrics) *condition {
	out := &condition{c: c, writer: w, reader: r, counts: counts, room: roomIn}
	counts.Watch(out.look)
	return out
}

// roomIn returns how much room there is where a folder is.
func roomIn(dir string) (metrics.Disk, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return metrics.Disk{}, fmt.Errorf("look how full the disk of %s is: %w", dir, err)
	}
	block := uint64(st.Bsize)
	return metrics.Disk{Free: st.Bavail * block, Size: st.Blocks * block}, nil
}

// ofFolder are the metrics of a process that keeps a folder and no ledger.
func ofFolder(dir string) *metrics.Metrics {
	m := metrics.New(engineVersion)
	m.Watch(func(context.Context) (s metrics.State) {
		if disk, err := roomIn(dir); err == nil {
			s.Disk = &disk
		}
		return s
	})
	return m
}

// ready says why nothing more should be sent to this process, with the figures.
func (o *condition) ready(ctx context.Context) error {
	disk, err := o.room(o.c.cfg.Data)
	if err != nil {
		return err
	}
	if disk.Free < leastFree {
		return domain.NewError(domain.Conflict, "disk_nearly_full", "dir", o.c.cfg.Data,
			"free", megabytes(int64(disk.Free)), "size", megabytes(int64(disk.Size)), "least", megabytes(leastFree))
	}
	views, err := o.views(ctx)
	if err != nil {
		return err
	}
	head := uint64(o.writer.ledger.Position())
	for _, s := range views.Shards {
		if s.Behind > mostBehind {
			return domain.NewError(domain.Conflict, "views_far_behind", "events", fmt.Sprint(max(head, s.Position)-s.Position),
				"seconds", fmt.Sprintf("%.0f", s.Behind.Seconds()), "most", fmt.Sprintf("%.0f", mostBehind.Seconds()))
		}
	}
	return nil
}

// look finds out what /metrics shows beside counters. What cannot be found out is left out; that views cannot be read is shown.
func (o *condition) look(ctx context.Context) metrics.State {
	var s metrics.State
	views, err := o.views(ctx)
	if err != nil {
		views = metrics.Views{}
	}
	s.Views = &views
	if disk, err := o.room(o.c.cfg.Data); err == nil {
		s.Disk = &disk
	}
	if at, ok := lastBackup(o.c.cfg.Data); ok {
		s.BackedUp = &at
	}
	if o.writer == nil {
		return s
	}
	head := uint64(o.writer.ledger.Position())
	s.Head = &head
	behind, _ := o.writer.ledger.Behind()
	s.Clock = &metrics.Clock{Believed: o.writer.ledger.CheckClock() == nil, Behind: behind}
	if poisoned, err := o.poisoned(ctx); err == nil {
		s.Poisoned = poisoned
	}
	return s
}

// views says how far each part of the views is.
func (o *condition) views(ctx context.Context) (metrics.Views, error) {
	var out metrics.Views
	parts := []projections.Views{o.reader.views}
	if d, ok := divided(o.reader.views); ok {
		parts = nil
		for i := range d.Shards() {
			parts = append(parts, d.Part(i))
		}
	}
	now := o.c.Now()
	waiting := map[eventstore.Cursor]time.Duration{} // shards are mostly at one place
	for _, p := range parts {
		at, err := p.Checkpoint(ctx, projections.AllViews)
		if err != nil {
			return out, err
		}
		behind, seen := waiting[at.Cursor]
		if !seen {
			if behind, err = o.since(ctx, at.Cursor, now); err != nil {
				return out, err
			}
			waiting[at.Cursor] = behind
		}
		out.Shards = append(out.Shards, metrics.Shard{Position: uint64(at.Position), Behind: behind})
	}
	return out, nil
}

// since is how long ago the first event of the ledger behind a cursor was recorded; 0 where there is none.
func (o *condition) since(ctx context.Context, at eventstore.Cursor, now time.Time) (time.Duration, error) {
	log := eventstore.Store(o.reader.log)
	if o.writer != nil {
		log = o.writer.log
	}
	for rec, err := range log.ReadAll(ctx, at) {
		if err != nil {
			return 0, err
		}
		if !o.reader.codec.Owns(rec.Stream) {
			continue
		}
		meta, err := rec.DecodeMetadata()
		return max(0, now.Sub(meta.RecordedAt.Time())), err
	}
	return 0, nil
}

// poisoned counts what waits in poison queues, by kind of endpoint.
func (o *condition) poisoned(ctx context.Context) (map[string]int, error) {
	book, err := o.writer.book()
	if err != nil {
		return nil, err
	}
	endpoints, err := book.Endpoints(ctx)
	out := map[string]int{metrics.Webhook: 0, metrics.NATS: 0, metrics.Kafka: 0}
	for _, e := range endpoints {
		if e.Direction != relay.Out {
			continue
		}
		waiting, wrong := book.Poisoned(ctx, e.Name)
		err = errors.Join(err, wrong)
		out[kindOf(e.URL)] += len(waiting)
	}
	return out, err
}

// kindOf is what sort of receiver an address is.
func kindOf(address string) string {
	t, err := bus.ParseTarget(address)
	switch {
	case err == nil && (t.Scheme == bus.NATS || t.Scheme == bus.NATSTLS):
		return metrics.NATS
	case err == nil && t.Broker():
		return metrics.Kafka
	}
	return metrics.Webhook
}
