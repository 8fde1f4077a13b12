package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// killsInSlice is how many kills make test does.
const killsInSlice = 6

// deedsOfLedger is how many deeds one ledger goes through, so that it stays small.
const deedsOfLedger = 20

// TestTortureKills kills real processes - commands, a server under clients, the making of a ledger - at random moments and, where
// strace is installed and the run is long, at system calls. After each kill the ledger verifies, what was acknowledged is there once,
// the command is run again to its end and does nothing twice, and the views equal those that are built from nothing.
func TestTortureKills(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	until := time.Now().Add(*tortureFor)
	more := func() bool {
		if t.Failed() {
			return false
		}
		if *tortureFor == 0 {
			return y.kills < killsInSlice
		}
		return time.Now().Before(until)
	}
	if *tortureFor > 0 && y.strace == "" {
		fmt.Println("strace is not installed: no kills at system calls (apt-get install strace)")
	}
	for n := 0; more(); n++ {
		switch n % 4 {
		case 1:
			y.killServer()
		case 3:
			y.killBeginning(n%8 == 7)
		default:
			v := y.victim()
			for d := 0; d < y.few(deedsOfLedger) && more(); d++ {
				v.killDeed(v.draw())
			}
			v.remove()
		}
	}
	y.summary("kill loops")
}

func (v *victim) remove() { require.NoError(v.y.t, os.RemoveAll(v.dir)) }

// calls are the system calls at which a process is killed, with how many of them there are about.
var calls = []struct {
	name string
	most int
}{{"pwrite64", 90}, {"fsync", 14}, {"renameat", 3}, {"ftruncate", 12}, {"unlink", 5}, {"openat", 20}, {"write", 8}}

// moment draws when a process is killed.
func (y *yard) moment(usual time.Duration) end {
	at := func(d time.Duration) time.Duration { return 1 + time.Duration(y.rng.Int64N(int64(d))) }
	switch draw := y.rng.IntN(4); {
	case draw == 0:
		return end{after: at(usual / 8), receipt: true}
	case draw == 1 && y.strace != "" && *tortureFor > 0:
		c := calls[y.rng.IntN(len(calls))]
		return end{inject: fmt.Sprintf("%s:signal=KILL:when=%d", c.name, 1+y.rng.IntN(min(c.most, 1<<(1+y.rng.IntN(7)))))}
	}
	return end{after: usual/5 + at(usual)}
}

// usually is how long a deed takes about; the first of its name is timed.
func (y *yard) usually(name string) time.Duration {
	if d, ok := y.usual[name]; ok {
		return d
	}
	return 60 * time.Millisecond
}

// killed counts a kill and reports whether there was one.
func (y *yard) killed(o ended) bool {
	if o.code == -1 {
		y.kills++
	}
	return o.code == -1
}

// killDeed kills a deed a few times, checks each time, lets it end and checks again.
func (v *victim) killDeed(a deed) {
	y := v.y
	when := a.name
	for range y.few(6) {
		e := y.moment(y.usually(a.name))
		o := v.run(e, a.args...)
		v.heard(o.out)
		when = fmt.Sprintf("seed %d, kill %d, %s at %+v", *tortureSeed, y.kills, a.name, e)
		if !y.killed(o) {
			break
		}
		v.check(when, y.rng.IntN(4) == 0)
	}
	v.complete(when, a)
	v.check(when+", done", true)
}

// complete runs a deed to its end, and once more.
func (v *victim) complete(when string, a deed) {
	y := v.y
	var outs [2]string
	for i := range outs {
		started := time.Now()
		o := v.run(end{}, a.args...)
		if i == 0 {
			y.usual[a.name] = time.Since(started)
		}
		if o.code != exitDone {
			y.t.Errorf("%s: %v does not run to its end afterwards: %d %s %s", when, a.args, o.code, o.out, o.messages)
			return
		}
		v.heard(o.out)
		outs[i] = o.out
	}
	if a.again != nil {
		a.again(outs[0], outs[1])
	} else if outs[0] != outs[1] {
		y.t.Errorf("%s: %v said %s and then %s", when, a.args, outs[0], outs[1])
	}
}

// killServer kills a server several times while clients hand it the same commands, and now and then a client too.
func (y *yard) killServer() {
	v := y.victim()
	var work [4][]deed // by client
	for c := range work {
		for range 2 {
			draws := []func() deed{v.importPunches, v.addPunch, v.publishRules, v.approve, v.addGroup}
			work[c] = append(work[c], draws[y.rng.IntN(len(draws))]())
		}
	}
	when := ""
	for range y.few(3) {
		v.serveUnder(work[:])
		when = fmt.Sprintf("seed %d, kill %d of a server", *tortureSeed, y.kills)
		v.check(when, false)
	}
	for c := range work {
		for _, d := range work[c] {
			v.complete(when, d)
		}
	}
	v.check(when+", done", true)
	v.remove()
}

// serveUnder runs a server and its clients until the server is killed and the clients have ended.
func (v *victim) serveUnder(work [][]deed) {
	y := v.y
	messages := capture{}
	server := v.process(end{}, "serve", "--listen", "off")
	ready := make(chan struct{})
	messages.line = func() { close(ready) }
	server.Stderr = &messages
	require.NoError(y.t, server.Start())
	<-ready
	time.AfterFunc(time.Duration(1+y.rng.IntN(400))*time.Millisecond, func() { _ = server.Process.Kill() })
	var gone end
	if y.rng.IntN(3) == 0 {
		gone.after = time.Duration(1+y.rng.IntN(60)) * time.Millisecond
	}
	var busy sync.WaitGroup
	for c := range work {
		busy.Go(func() {
			for n, d := range work[c] {
				e := end{}
				if c == 0 && n == 0 {
					e = gone
				}
				v.heard(v.run(e, d.args...).out)
			}
		})
	}
	busy.Wait()
	_ = server.Wait() // the state says more
	status, _ := server.ProcessState.Sys().(syscall.WaitStatus)
	require.True(y.t, status.Signaled(), "the server ended by itself: %s", messages.buf.String())
	y.kills++
}

// few is n in a long run, and 1 in the slice of make test.
func (y *yard) few(n int) int {
	if *tortureFor == 0 {
		return 1
	}
	return n
}

// killBeginning kills init or demo: the same command makes the ledger then, or it was made already.
func (y *yard) killBeginning(sample bool) {
	name, args := "init", []string{"init", "--tz", "Asia/Shanghai"}
	if sample {
		name, args = "demo", []string{"demo", "--people", "3", "--days", "7"}
	}
	v := &victim{y: y, dir: filepath.Join(y.dir, y.name("empty")), acked: map[string]printed{}, fixed: map[string]bool{}}
	require.NoError(y.t, os.Mkdir(v.dir, 0o700))
	when := ""
	for range 4 {
		e := y.moment(y.usually(name))
		when = fmt.Sprintf("seed %d, kill %d of %s at %+v", *tortureSeed, y.kills, name, e)
		o := v.run(e, args...)
		if !y.killed(o) {
			break
		}
		refused := v.run(end{}, "verify")
		if refused.code != exitDone && strings.TrimSpace(refused.messages) == "" {
			y.t.Errorf("%s: verify says nothing", when)
		}
	}
	started := time.Now()
	o := v.run(end{}, args...)
	switch {
	case o.code == exitDone:
		y.usual[name] = time.Since(started)
	case strings.Contains(o.messages, "is not empty"): // it was made, and killed before it could say so
	default:
		y.t.Errorf("%s: a second run ends with %d: %s", when, o.code, o.messages)
		return
	}
	v.check(when, true)
	v.must("people")
	v.must("groups", "add", "later")
	v.check(when+", used", true)
	v.remove()
}
