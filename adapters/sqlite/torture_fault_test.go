package sqlite_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/adapters/sqlite/crashtest"
)

// faults are the ways in which a disk fails. Each is tried at every operation of its kinds.
var faults = []struct {
	name  string
	fault crashtest.Fault
}{
	{"one write fails", crashtest.Fault{Kinds: []crashtest.Kind{crashtest.Write}}},
	{"no write succeeds any more", crashtest.Fault{Kinds: []crashtest.Kind{crashtest.Write}, Forever: true}},
	{"the disk is full for one write", crashtest.Fault{Kinds: []crashtest.Kind{crashtest.Write}, Full: true}},
	{"the disk is full", crashtest.Fault{Kinds: []crashtest.Kind{crashtest.Write, crashtest.Open}, Full: true, Forever: true}},
	{"one fsync fails and the next says nothing of it", crashtest.Fault{Kinds: []crashtest.Kind{crashtest.Sync}}},
	{"no fsync succeeds any more", crashtest.Fault{Kinds: []crashtest.Kind{crashtest.Sync, crashtest.SyncDir}, Forever: true}},
	{"one truncation, rename or removal fails", crashtest.Fault{
		Kinds: []crashtest.Kind{crashtest.Truncate, crashtest.Rename, crashtest.Remove, crashtest.SyncDir},
	}},
	{"one file cannot be opened", crashtest.Fault{Kinds: []crashtest.Kind{crashtest.Open}}},
	{"one read fails", crashtest.Fault{Kinds: []crashtest.Kind{crashtest.Read}}},
	{"the disk is gone", crashtest.Fault{Forever: true, Kinds: []crashtest.Kind{
		crashtest.Open, crashtest.Read, crashtest.Write, crashtest.Truncate, crashtest.Sync, crashtest.SyncDir, crashtest.Remove, crashtest.Rename,
	}}},
}

// fail lives once on a disk with a fault and looks at what is left, with and without a crash after it. It reports whether the
// life came to the fault.
func (x *torture) fail(seed uint64, where string, a act, fault crashtest.Fault) (struck bool, err error) {
	dir, err := os.MkdirTemp(x.root, "fault")
	if err != nil {
		return false, err
	}
	rec, err := crashtest.Record(dir, nil)
	if err != nil {
		return false, err
	}
	rec.Fail(fault)
	failed := a.run(dir, rec, rand.New(rand.NewPCG(seed, 0)))
	if struck = rec.Struck() > 0; failed != nil && !struck {
		return false, failed
	}
	// Another process begins where this one ended, on a disk that is well again.
	rec.Fail(crashtest.Fault{})
	heir, err := a.killed()
	if err != nil {
		return false, err
	}
	if heir != nil {
		rec.Stop()
		if err := os.RemoveAll(dir); err != nil {
			return false, err
		}
		rec, dir = heir, dir+"-after"
	}
	if err := a.next().run(dir, rec, rand.New(rand.NewPCG(seed, 1))); err != nil {
		x.note(fmt.Errorf("%w: %w", errRefused, err), where+", then another start")
	}
	rec.Stop()
	m := crashtest.NewDisk(nil)
	after := false // a sync that failed
	for i, op := range rec.Ops() {
		if op.Kind == crashtest.Mark {
			a.learn(op.Note)
		}
		m.Apply(op)
		after = after || op.Kind == crashtest.FailedSync
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		// A file that is being copied into is at its weakest.
		copied := op.Kind == crashtest.Write && strings.HasSuffix(op.Name, ".db")
		if after && op.Kind != crashtest.Mark && (r.IntN(24) == 0 || copied && r.IntN(6) == 0) {
			loss := crashtest.Loss(r.IntN(int(crashtest.Losses)))
			if err := x.try(a, m.Crash(loss, r), r, fmt.Sprintf("%s, then a crash after %s (%d), %s", where, op, i, loss)); err != nil {
				return false, err
			}
		}
	}
	for loss := range crashtest.Losses {
		r := rand.New(rand.NewPCG(seed, uint64(loss)))
		if err := x.try(a, m.Crash(loss, r), r, where+", then a crash, "+loss.String()); err != nil {
			return false, err
		}
	}
	x.note(a.check(dir, rand.New(rand.NewPCG(seed, 0))), where+", then two more starts")
	return struck, os.RemoveAll(dir)
}

// failAll tries every fault at every step-th operation, with other operations and another life in each round, until the time is
// over, and at least once.
func (x *torture) failAll(seed uint64, step int, first func() act) error {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for round := uint64(0); round == 0 || x.goesOn(); round++ {
		for n := range faults {
			group.Go(func() error { return x.failEach(seed+round, n, step, first) })
		}
	}
	return group.Wait()
}

// failEach tries one of the faults.
func (x *torture) failEach(seed uint64, n, step int, first func() act) error {
	for k := 1 + rand.New(rand.NewPCG(seed, uint64(n))).IntN(step); ; k += step {
		if x.over() {
			return nil
		}
		fault := faults[n].fault
		fault.At = k
		where := fmt.Sprintf("-torture.seed=%d: %s, operation %d", seed, faults[n].name, k)
		struck, err := x.fail(seed, where, first(), fault)
		if err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
		if !struck {
			return nil
		}
	}
}
