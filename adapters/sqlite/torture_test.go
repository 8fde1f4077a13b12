package sqlite_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/adapters/sqlite/crashtest"
)

// The torture runs a writer over a recorded disk, cuts the power at every point of the recording and opens what is left. A round
// is one seed; the same seed makes the same round. Without flags a few rounds of fixed seeds are tried in part.
var (
	tortureFor   = flag.Duration("torture.for", 0, "go on for this long with all states of new rounds")
	tortureSeed  = flag.Uint64("torture.seed", 1, "seed of the first round")
	tortureState = flag.Int("torture.state", -1, "try this one state of the round of torture.seed")
)

// What can be wrong with what a crash left.
var (
	errLost    = errors.New("acknowledged and lost")
	errDoubled = errors.New("doubled")
	errWrong   = errors.New("read and wrong")
	errRefused = errors.New("refused")
)

// act is one life of a process on a disk: it works in a recorded folder until it closes its files.
type act interface {
	// run writes to the folder; what it hands in and what is acknowledged are marks in the recording.
	run(dir string, rec *crashtest.Recorder, r *rand.Rand) error
	// learn takes in a mark of the recording.
	learn(note any)
	// check opens what is left of a folder and compares it with what was learned.
	check(dir string, r *rand.Rand) error
	// killed is the recorder of the folder in which the next process begins, where the log has ended this one.
	killed() (*crashtest.Recorder, error)
	// next is the life after a crash at this moment.
	next() act
}

// torture tries the states of rounds. It is safe for concurrent use.
type torture struct {
	root string
	deaf func(crashtest.Op) bool // syncs that count for nothing
	part float64                 // of the states that are tried
	once error                   // the first failure of this kind is enough
	only int                     // the one state to try, or -1
	live int                     // how often a round's disk is used, crashes and is used again
	end  time.Time               // of a long run

	mu    sync.Mutex
	tally tally
}

// tally is what came of the states.
type tally struct {
	states, refused, lost, doubled, wrong int
	first                                 []string // failures in words
	found                                 bool     // of the kind that was looked for
}

func (a *tally) add(err error, where string) {
	a.states++
	if err == nil {
		return
	}
	switch {
	case errors.Is(err, errLost):
		a.lost++
	case errors.Is(err, errDoubled):
		a.doubled++
	case errors.Is(err, errRefused):
		a.refused++
	default:
		a.wrong++
	}
	if len(a.first) < 5 {
		a.first = append(a.first, where+": "+err.Error())
	}
}

// round lives through a seed.
func (x *torture) round(seed uint64, first act) error {
	state := 0
	start := crashtest.Image{}
	for life := range x.live {
		r := rand.New(rand.NewPCG(seed, uint64(life)))
		dir := filepath.Join(x.root, fmt.Sprintf("round-%d-%d", seed, life))
		if err := os.Mkdir(dir, 0o700); err != nil {
			return err
		}
		rec, err := crashtest.Record(dir, start)
		if err != nil {
			return err
		}
		err = first.run(dir, rec, r)
		rec.Stop()
		if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
			return fmt.Errorf("seed %d, life %d: %w", seed, life, err)
		}
		if first, start, err = x.play(seed, &state, first, start, rec.Ops()); err != nil {
			return fmt.Errorf("seed %d, life %d: %w", seed, life, err)
		}
	}
	return nil
}

// play tries the states of a recording and returns one of them with the life that begins there.
func (x *torture) play(seed uint64, state *int, a act, start crashtest.Image, ops []crashtest.Op) (act, crashtest.Image, error) {
	m := crashtest.NewDisk(start)
	m.Deaf = x.deaf
	pick := rand.New(rand.NewPCG(seed, uint64(*state)+1<<32))
	sample := rand.New(rand.NewPCG(seed, uint64(*state)+1<<33))
	turn := len(ops)/2 + pick.IntN(len(ops)/2)
	following, from := a.next(), start
	for i, op := range ops {
		if op.Kind == crashtest.Mark {
			a.learn(op.Note)
		}
		m.Apply(op)
		if i == turn {
			following = a.next()
			from = m.Crash(crashtest.Loss(pick.IntN(int(crashtest.Losses))), pick).Clone()
		}
		if i+1 < len(ops) && ops[i+1].Kind == crashtest.Mark {
			continue // the same disk, and more is promised
		}
		for loss := range crashtest.Losses {
			if loss > 0 && !m.Unsynced() {
				break
			}
			*state++
			tried := x.only == *state || x.only < 0 && sample.Float64() < x.part
			if !tried || x.found() || x.over() {
				continue
			}
			r := rand.New(rand.NewPCG(seed, uint64(*state)+1<<40))
			where := fmt.Sprintf("-torture.seed=%d -torture.state=%d: after operation %d of %d (%s), %s", seed, *state, i+1, len(ops), op, loss)
			if err := x.try(a, m.Crash(loss, r), r, where); err != nil {
				return nil, nil, err
			}
		}
	}
	return following, from, nil
}

// goesOn reports whether a long run has time left; over, whether it had.
func (x *torture) goesOn() bool { return !x.end.IsZero() && time.Now().Before(x.end) }

func (x *torture) over() bool { return !x.end.IsZero() && !x.goesOn() }

// found reports whether the failure that was looked for has been seen.
func (x *torture) found() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.tally.found
}

// try checks one state in a folder of its own.
func (x *torture) try(a act, image crashtest.Image, r *rand.Rand, where string) error {
	dir, err := os.MkdirTemp(x.root, "state")
	if err != nil {
		return err
	}
	if err := image.Put(dir); err != nil {
		return err
	}
	x.note(a.check(dir, r), where)
	return os.RemoveAll(dir)
}

// note counts what came of a state.
func (x *torture) note(err error, where string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.tally.add(err, where)
	if x.once != nil && errors.Is(err, x.once) && !x.tally.found {
		x.tally.found, x.tally.first = true, []string{where + ": " + err.Error()}
	}
}

// run lives through rounds on all processors until the time is over, or once through the rounds of the slice.
func (x *torture) run(seed uint64, slice int, first func() act) error {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for n := 0; n < slice || x.goesOn(); n++ {
		group.Go(func() error { return x.round(seed+uint64(n), first()) })
	}
	return group.Wait()
}

// inMemory makes t.TempDir a folder in memory, where there is one: a state is written once and looked at once.
func inMemory(t *testing.T) string {
	t.Helper()
	const memory = "/dev/shm"
	if probe, err := os.CreateTemp(memory, "punchledger"); err == nil {
		require.NoError(t, errors.Join(probe.Close(), os.Remove(probe.Name())))
		t.Setenv("TMPDIR", memory)
	}
	return t.TempDir()
}

// newTorture returns one that tries a part of the states, and goes on for a share of the time that was asked for.
func newTorture(t *testing.T, part, share float64) *torture {
	t.Helper()
	x := &torture{root: inMemory(t), part: part, only: *tortureState, live: 3}
	if *tortureFor > 0 {
		x.end = time.Now().Add(time.Duration(share * float64(*tortureFor)))
		x.part = 0.3 // other rounds teach more than all states of the same ones
	}
	return x
}

// tell ends a test with what was tried, and adds it to a sum.
func (x *torture) tell(t *testing.T, began time.Time, sum *tally) {
	t.Helper()
	n := x.tally
	took := time.Since(began).Seconds()
	t.Logf("%d states in %.1f s, %.0f a second", n.states, took, float64(n.states)/took)
	sum.states += n.states
	sum.refused += n.refused
	sum.lost += n.lost
	sum.doubled += n.doubled
	sum.wrong += n.wrong
	require.Empty(t, strings.Join(n.first, "\n"))
	require.Zero(t, n.lost+n.doubled+n.wrong+n.refused)
}
