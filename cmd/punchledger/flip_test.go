package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var (
	tortureAll  = flag.Bool("torture.all", false, "damage every byte of every file, however long it takes")
	tortureFile = flag.String("torture.file", "", "damage only files whose line in the table begins so, such as \"closed ledger/views.db\"")
)

// harm is one thing that happens to one file: a bit of the byte at an offset is flipped, or the file ends there.
type harm struct {
	state  int
	file   string
	offset int
	mask   byte // 0 cuts the file off
}

func (d harm) String() string {
	if d.mask == 0 {
		return fmt.Sprintf("%s cut to %d bytes", d.file, d.offset)
	}
	return fmt.Sprintf("%s byte %d flipped by %#02x", d.file, d.offset, d.mask)
}

// maskAt is the bit that is flipped at a place: any of the eight, the same for the same seed.
func maskAt(seed uint64, state int, file string, offset int) byte {
	r := rand.New(rand.NewPCG(seed, uint64(state)<<48^uint64(len(file))<<40^uint64(offset)))
	return 1 << r.IntN(8)
}

// TestFlips damages a sample of all files: their headers byte by byte, and bytes and lengths in between by a seed.
func TestFlips(t *testing.T) {
	b := newFlipBench(t)
	const perFile, cuts, header = 70, 6, 28
	r := rand.New(rand.NewPCG(uint64(*tortureSeed), 1))
	b.run(t, t.Context(), func(yield func(harm) bool) {
		b.files(func(state int, file string, size int) bool {
			for i := range perFile {
				at := r.IntN(size)
				if i < header {
					at = 4 * i % size // of the 100 bytes of a database's header, and of a write-ahead log's and its first frames
				}
				if !yield(harm{state, file, at, maskAt(uint64(*tortureSeed), state, file, at)}) {
					return false
				}
			}
			for range cuts {
				if !yield(harm{state, file, r.IntN(size), 0}) {
					return false
				}
			}
			return true
		})
	})
}

// TestTortureFlips damages every byte of every file (-torture.all), or goes on with random ones for a time (-torture.for), and prints
// a table of what became of them. Without either flag it does nothing: TestFlips is its short form.
func TestTortureFlips(t *testing.T) {
	if !*tortureAll && *tortureFor == 0 {
		return
	}
	b := newFlipBench(t)
	ctx := t.Context()
	damages := b.all
	if !*tortureAll {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, *tortureFor)
		defer stop()
		damages = b.random
	}
	defer func() { fmt.Printf("seed %d\n%s", uint64(*tortureSeed), b.table()) }()
	b.run(t, ctx, damages)
}

// flipBench holds the states of a ledger, what is seen of each as it is, and the counts.
type flipBench struct {
	states []flipState
	want   []map[string]look // by state and part
	dir    string

	mu       sync.Mutex
	counts   map[string]map[flipped]int // by state and file
	failures []string
}

func newFlipBench(t *testing.T) *flipBench {
	t.Helper()
	const memory = "/dev/shm" // the files are written anew each time; where there is no such folder, the usual one serves
	if info, err := os.Stat(memory); err == nil && info.IsDir() {
		t.Setenv("TMPDIR", memory)
	}
	b := &flipBench{states: flipStates(t), dir: t.TempDir(), counts: map[string]map[flipped]int{}}
	for i := range b.states {
		f := b.folder(t, i, "whole")
		seen := map[string]look{}
		for _, file := range damagedFiles {
			if _, ok := b.states[i].files[file]; !ok {
				continue
			}
			l := f.whole.lookAt(t.Context(), f.dir, file)
			require.NoError(t, l.opening, file)
			require.NoError(t, l.reading, file)
			seen[partOf(file)] = l
			require.NoError(t, f.restore())
		}
		b.want = append(b.want, seen)
		require.NoError(t, f.whole.log.Close())
	}
	return b
}

// files yields every file of every state.
func (b *flipBench) files(yield func(state int, file string, size int) bool) {
	for i, s := range b.states {
		for _, file := range damagedFiles {
			data, ok := s.files[file]
			if ok && strings.HasPrefix(s.name+" "+file+" ", *tortureFile) && !yield(i, file, len(data)) {
				return
			}
		}
	}
}

// all yields every byte, and lengths all over each file.
func (b *flipBench) all(yield func(harm) bool) {
	b.files(func(state int, file string, size int) bool {
		for at := range size {
			if !yield(harm{state, file, at, maskAt(uint64(*tortureSeed), state, file, at)}) {
				return false
			}
		}
		for n := 0; n < size; n += max(1, min(size/100, 511)) {
			if !yield(harm{state, file, n, 0}) {
				return false
			}
		}
		return true
	})
}

// random yields damages for ever.
func (b *flipBench) random(yield func(harm) bool) {
	r := rand.New(rand.NewPCG(uint64(*tortureSeed), 2))
	for going := true; going; {
		b.files(func(state int, file string, size int) bool {
			d := harm{state, file, r.IntN(size), 1 << r.IntN(8)}
			if r.IntN(20) == 0 {
				d.mask = 0
			}
			going = yield(d)
			return going
		})
	}
}

// run does damages in folders of its own, several at once, until they or ctx end, and fails for each that nobody saw.
func (b *flipBench) run(t *testing.T, ctx context.Context, damages iter.Seq[harm]) {
	t.Helper()
	const folders = 8
	queue := make(chan harm)
	var work sync.WaitGroup
	for n := range folders {
		bench := map[int]*flipFolder{}
		for i := range b.states {
			bench[i] = b.folder(t, i, fmt.Sprint(n))
		}
		work.Go(func() {
			for d := range queue {
				b.note(d, bench[d.state])
			}
			for _, f := range bench {
				f.note(f.whole.log.Close())
			}
		})
	}
	for d := range damages {
		if ctx.Err() != nil || len(b.failed()) > 20 {
			break
		}
		queue <- d
	}
	close(queue)
	work.Wait()
	require.Empty(t, b.failed(), "seed %d", uint64(*tortureSeed))
	require.NotEmpty(t, b.counts)
}

func (b *flipBench) failed() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failures
}

// note does one damage and counts what became of it.
func (b *flipBench) note(d harm, f *flipFolder) {
	seen, problem := f.suffer(d, b.states[d.state].files[d.file])
	was := judge(b.want[d.state][partOf(d.file)], seen)
	if problem == "" && was == silent {
		problem = fmt.Sprintf("shows %+v where it was %+v", seen, b.want[d.state][partOf(d.file)])
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if problem != "" {
		was = silent
		b.failures = append(b.failures, fmt.Sprintf("%s, %s: %s", b.states[d.state].name, d, problem))
	}
	key := b.states[d.state].name + " " + d.file
	if d.mask == 0 {
		key += " (cut)"
	}
	if b.counts[key] == nil {
		b.counts[key] = map[flipped]int{}
	}
	b.counts[key][was]++
}

// table lists the counts in the order of the files.
func (b *flipBench) table() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%-32s %8s %8s %8s %8s %8s\n", "file", "damages", "refused", "named", "equal", "silent")
	for _, suffix := range []string{"", " (cut)"} {
		b.files(func(state int, file string, _ int) bool {
			key := b.states[state].name + " " + file + suffix
			n := b.counts[key]
			fmt.Fprintf(&out, "%-32s %8d %8d %8d %8d %8d\n", key, n[refused]+n[named]+n[equal]+n[silent], n[refused], n[named], n[equal], n[silent])
			return true
		})
	}
	return out.String()
}

// flipFolder is a folder in which one state is damaged again and again, and beside it one in which it never is.
type flipFolder struct {
	dir   string
	files map[string][]byte
	whole whole
	room  []byte
	err   error
}

func (b *flipBench) folder(t *testing.T, state int, name string) *flipFolder {
	t.Helper()
	f := &flipFolder{dir: filepath.Join(b.dir, b.states[state].name, name), files: b.states[state].files}
	beside := flipFolder{dir: f.dir + "-whole", files: f.files}
	for _, dir := range []string{f.dir, beside.dir} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "ledger"), 0o700))
	}
	require.NoError(t, f.restore())
	require.NoError(t, beside.restore())
	var err error
	f.whole, err = openWhole(t.Context(), beside.dir)
	require.NoError(t, err)
	return f
}

// restore makes the folder what it was.
func (f *flipFolder) restore() error {
	entries, err := os.ReadDir(filepath.Join(f.dir, "ledger"))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if _, ok := f.files["ledger/"+e.Name()]; !ok {
			if err := os.Remove(filepath.Join(f.dir, "ledger", e.Name())); err != nil {
				return err
			}
		}
	}
	for name, want := range f.files {
		path := filepath.Join(f.dir, name)
		if f.holds(path, want) {
			continue
		}
		if err := os.WriteFile(path, want, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// holds reports whether a file is as it was.
func (f *flipFolder) holds(path string, want []byte) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	if len(f.room) <= len(want) {
		f.room = make([]byte, len(want)+1)
	}
	n, err := io.ReadFull(file, f.room[:len(want)+1])
	return errors.Is(err, io.ErrUnexpectedEOF) && bytes.Equal(f.room[:n], want)
}

// hangs is how long a look may take on a very busy machine before it counts as one that never ends.
const hangs = 5 * time.Minute

// suffer damages a file, looks at the ledger, and makes the folder whole again. The problem is a panic, a look that does not end, or
// the folder's own.
func (f *flipFolder) suffer(d harm, data []byte) (look, string) {
	damaged := append([]byte(nil), data[:d.offset]...)
	if d.mask != 0 {
		damaged = append([]byte(nil), data...)
		damaged[d.offset] ^= d.mask
	}
	f.note(os.WriteFile(filepath.Join(f.dir, d.file), damaged, 0o600))
	type result struct {
		look    look
		problem string
	}
	done := make(chan result, 1)
	ctx, cancel := context.WithTimeout(context.Background(), hangs)
	defer cancel()
	go func() {
		var r result
		defer func() {
			if p := recover(); p != nil {
				r.problem = fmt.Sprintf("panic: %v\n%s", p, debug.Stack())
			}
			done <- r
		}()
		r.look = f.whole.lookAt(ctx, f.dir, d.file)
	}()
	select {
	case r := <-done:
		f.note(f.restore())
		if f.err != nil {
			r.problem = f.err.Error()
		}
		return r.look, r.problem
	case <-ctx.Done():
		return look{}, "the look at it does not end"
	}
}

func (f *flipFolder) note(err error) { f.err = cmp.Or(f.err, err) }
