package sqlite

import (
	"context"
	"database/sql"

	"github.com/punchledger/punchledger/eventstore"
)

// Disk is what the log asks of the file system beside SQLite.
type Disk = disk

// On lets the log write its guard through d.
func (o LogOptions) On(d Disk) LogOptions {
	o.disk = d
	return o
}

// Checkpointing makes the log copy its write-ahead log into the file after so few appends and pages.
func (o LogOptions) Checkpointing(pages int64, every int) LogOptions {
	o.relieve = pressure{pages: pages, every: every}
	return o
}

// Append is one append of AppendTogether and what came of it.
type Append struct {
	Stream   string
	Expected eventstore.Revision
	Events   []eventstore.Event
	Place    eventstore.Place
	Err      error
}

// AppendTogether hands appends over at once, so that one transaction holds them all however goroutines are scheduled.
func (l *Log) AppendTogether(ctx context.Context, appends []*Append) {
	handed := make([]*write, len(appends))
	for i, a := range appends {
		handed[i] = newWrite(a.Stream, a.Expected, a.Events)
	}
	l.writer.mu.Lock()
	l.writer.waiting = append(l.writer.waiting, handed...)
	l.writer.arrived.Signal()
	l.writer.mu.Unlock()
	for i, a := range appends {
		a.Place, a.Err = handed[i].await(ctx)
	}
}

// KeepGuard does at once what the log does every LogOptions.GuardEvery.
func (l *Log) KeepGuard() { l.writer.keepGuardOnce() }

// DB is the connection that reads the views.
func (v *Views) DB() *sql.DB { return v.read }

// On lets the views renew their write-ahead log through d, and copy their write-ahead log into the file when it has so many pages.
func (v *Views) On(d Disk, pages int64) { v.disk, v.pages = d, pages }

// Raise raises errors one after the other, as two parts of a writer may, and returns what callers see.
func Raise(fatal func(error), errs ...error) []error {
	f := newFailure("ledger.db", fatal)
	var out []error
	for _, err := range errs {
		out = append(out, f.raise(err))
	}
	return append(out, f.check())
}

// Announce ends waiting at l with an error, as its watcher does.
func Announce(l *Log, err error) { l.announce(err) }

// Gather joins writes, of numbers here.
type Gather struct{ g gather[int] }

// Join is gather.join.
func (g *Gather) Join(item *int, carryOut func([]*int)) { g.g.join(item, carryOut) }

// Waiting is how many wait for whoever has the turn.
func (g *Gather) Waiting() int {
	g.g.mu.Lock()
	defer g.g.mu.Unlock()
	return len(g.g.waiting)
}
