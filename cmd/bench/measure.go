package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// attempt is one side of one round: run is measured, done is not. Run returns how many units of work it did.
type attempt struct {
	run  func() (float64, error)
	done func() error // may be nil
}

// side prepares an attempt in an empty folder.
type side func(ctx context.Context, dir string) (attempt, error)

// contest is a row of the table: we and an anchor do the same work.
type contest struct {
	name   string
	unit   string
	anchor string
	goal   string // of the ratio of rates, or of our rate; empty where none is set
	us     side
	them   side
}

// outcome is what one side did in one round.
type outcome struct{ rate, cpu float64 } // units a second, CPU seconds a million units

// row is a measured contest.
type row struct {
	contest
	ours, theirs []outcome
}

// hold runs the rounds of a contest, the sides in turn.
func (b *bench) hold(ctx context.Context, c contest) error {
	if !b.only.MatchString(c.name) {
		return nil
	}
	r := row{contest: c}
	for i := range b.rounds {
		theirs, err := b.once(ctx, c.them)
		if err != nil {
			return fmt.Errorf("%s, round %d: %s: %w", c.name, i+1, c.anchor, err)
		}
		ours, err := b.once(ctx, c.us)
		if err != nil {
			return fmt.Errorf("%s, round %d: %w", c.name, i+1, err)
		}
		r.theirs, r.ours = append(r.theirs, theirs), append(r.ours, ours)
	}
	b.rows = append(b.rows, r)
	fmt.Fprintln(b.out, r.String())
	return nil
}

func (b *bench) once(ctx context.Context, s side) (out outcome, err error) {
	b.folders++
	dir := filepath.Join(b.dir, fmt.Sprintf("round-%d", b.folders))
	if err := os.Mkdir(dir, 0o700); err != nil {
		return out, err
	}
	a, err := s(ctx, dir)
	if err != nil {
		return out, err
	}
	runtime.GC()
	cpu, started := cpuSeconds(), time.Now()
	units, err := a.run()
	elapsed, used := time.Since(started).Seconds(), cpuSeconds()-cpu
	if a.done != nil {
		if closed := a.done(); err == nil {
			err = closed
		}
	}
	if gone := os.RemoveAll(dir); err == nil {
		err = gone
	}
	return outcome{units / elapsed, used / units * 1e6}, err
}

// cpuSeconds is what this process has used; a database beside it is not in it.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // it fails for wrong arguments only
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// ratios are ours over theirs, round by round, sorted.
func (r row) ratios() []float64 {
	out := make([]float64, len(r.ours))
	for i := range r.ours {
		out[i] = r.ours[i].rate / r.theirs[i].rate
	}
	slices.Sort(out)
	return out
}

// median returns the middle of what f says of each element.
func median[T any, N cmp.Ordered](list []T, f func(T) N) N {
	values := make([]N, len(list))
	for i, v := range list {
		values[i] = f(v)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

func rate(o outcome) float64 { return o.rate }
func cpu(o outcome) float64  { return o.cpu }

var columns = []string{"what", "unit", "punchledger", "anchor", "", "ratio", "min–max", "goal", "CPU µs/unit, ours", "anchor's"}

func (r row) cells() []string {
	x := r.ratios()
	return []string{
		r.name, r.unit, figure(median(r.ours, rate)) + "/s", figure(median(r.theirs, rate)) + "/s", r.anchor,
		fmt.Sprintf("%.2f", x[len(x)/2]), fmt.Sprintf("%.2f–%.2f", x[0], x[len(x)-1]), r.goal,
		fmt.Sprintf("%.3g", median(r.ours, cpu)), fmt.Sprintf("%.3g", median(r.theirs, cpu)),
	}
}

func (r row) String() string { return strings.Join(r.cells(), " | ") }

// figure writes a rate with three digits that count.
func figure(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%.3g M", v/1e6)
	case v >= 1e3:
		return fmt.Sprintf("%.3g k", v/1e3)
	}
	return fmt.Sprintf("%.3g", v)
}

// latency is a distribution of waiting times.
type latency struct {
	name, goal string
	took       []time.Duration
}

func (l latency) cells() []string {
	slices.Sort(l.took)
	at := func(share float64) string {
		return l.took[min(len(l.took)-1, int(share*float64(len(l.took))))].Round(10 * time.Microsecond).String()
	}
	return []string{l.name, fmt.Sprint(len(l.took)), at(0.5), at(0.99), at(0.999), at(1), l.goal}
}

func (l latency) String() string { return strings.Join(l.cells(), " | ") }

var latencyColumns = []string{"what", "samples", "p50", "p99", "p99.9", "max", "goal"}

func (b *bench) waited(l latency) {
	b.latencies = append(b.latencies, l)
	fmt.Fprintln(b.out, l.String())
}
