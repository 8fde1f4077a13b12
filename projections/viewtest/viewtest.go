// Package viewtest is the contract of projections.Views and of the readers as tests, and what the projectors must show on every
// store of views: the same rows live, in any batch size and after any rebuild. Every adapter runs it.
package viewtest

import (
	"context"
	"testing"

	"github.com/punchledger/punchledger/projections"
)

// Store is a store of views with its readers.
type Store interface {
	projections.Views
	projections.AllReader
	// Read runs f on one moment of all views.
	Read(ctx context.Context, f func(projections.Tx) error) error
	// Drop empties all views and checkpoints.
	Drop(ctx context.Context) error
}

// Run proves that the stores which open returns keep the promises of projections.Views, of its transactions and of the readers.
// Every case opens a store of its own, which must be empty; open closes it in t.Cleanup where it has to be closed.
func Run(t *testing.T, open func(testing.TB) Store) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, Store)
	}{
		{"a name that never committed is at the beginning", testNoCheckpoint},
		{"rows and checkpoint are committed together", testTogether},
		{"an update that fails changes nothing", testRollback},
		{"an update from another place is refused and changes nothing", testMoved},
		{"every name has its own checkpoint", testNames},
		{"an update reads what it wrote", testOwnWrites},
		{"a read sees one moment", testMoment},
		{"facts are parts of an employee, listed by prefix in order", testFacts},
		{"days are replaced in a range and read in order", testDays},
		{"carries are those of the days", testCarries},
		{"anomalies are replaced in a range and read in order", testAnomalies},
		{"parts are replaced by attendance day and read by date", testParts},
		{"resolved anomalies are kept apart", testResolved},
		{"cells are replaced in a range and read by month", testCells},
		{"shadows are replaced in a range and have carries of their own", testShadows},
		{"presence is replaced and read in order", testPresence},
		{"what waits is kept by key and read by whom it waits for", testInbox},
		{"people are replaced and read in order", testPeople},
		{"a reader that is told to stop stops", testStop},
		{"a dropped store is an empty one", testDrop},
		{"of updates from one place at once exactly one wins", testRace},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

// RunDurable proves that what was committed is there when the store in a folder is opened again.
func RunDurable(t *testing.T, open func(t testing.TB, dir string) (Store, func())) {
	dir := t.TempDir()
	s, closeStore := open(t, dir)
	at := projections.Checkpoint{Cursor: 7, Position: 5, RecordedAt: 1000}
	update(t, s, projections.Checkpoint{}, at, fill)
	want := dump(t, s)
	closeStore()

	s, closeStore = open(t, dir)
	defer closeStore()
	requireAt(t, s, at)
	requireSame(t, want, dump(t, s), "")
}
