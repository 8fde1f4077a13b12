package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/eventstore"
)

// yard is where ledgers are tortured: real processes of this binary are killed, or their system calls fail, and then what a stranger
// could check is checked.
type yard struct {
	t      *testing.T
	rng    *rand.Rand
	dir    string
	strace string // the program, empty where it is not installed
	today  time.Time
	names  int
	usual  map[string]time.Duration // how long a deed takes when nobody kills it

	mu                                          sync.Mutex
	kills, acknowledged, lost, doubled, misread int
}

// newYard makes the ledger that all victims are copies of.
func newYard(t *testing.T) *yard {
	t.Helper()
	y := &yard{
		t: t, rng: rand.New(rand.NewPCG(uint64(*tortureSeed), 0)), dir: t.TempDir(), usual: map[string]time.Duration{},
		today: time.Now().UTC().Truncate(24 * time.Hour),
	}
	y.strace, _ = exec.LookPath("strace")
	first := &victim{y: y, dir: filepath.Join(y.dir, "first")}
	require.NoError(t, os.Mkdir(first.dir, 0o700))
	first.must("init", "--tz", "Asia/Shanghai")
	first.must("rules", "publish", "cn-bj-office", "--from", y.date(-60))
	first.must("groups", "add", "office")
	first.must("groups", "bind", "office", "cn-bj-office", "--from", y.date(-60))
	for n := range staff {
		first.must("people", "add", "--id", fmt.Sprintf("e%d", n), "--name", fmt.Sprintf("Person %d", n), "--group", "office",
			"--hired", y.date(-20), "--badge", fmt.Sprint(100+n))
	}
	return y
}

// staff is how many people the first ledger has; their badges count from 100.
const staff = 5

// date returns a date some days from today.
func (y *yard) date(days int) string { return y.today.AddDate(0, 0, days).Format("2006-01-02") }

// name returns a name that was not used before.
func (y *yard) name(prefix string) string {
	y.names++
	return fmt.Sprintf("%s%d", prefix, y.names)
}

// victim returns a fresh copy of the first ledger.
func (y *yard) victim() *victim {
	v := &victim{y: y, dir: filepath.Join(y.dir, y.name("victim")), acked: map[string]printed{}, fixed: map[string]bool{}}
	require.NoError(y.t, os.CopyFS(v.dir, os.DirFS(filepath.Join(y.dir, "first"))))
	require.NoError(y.t, os.Chmod(filepath.Join(v.dir, "ledger"), 0o700))
	require.NoError(y.t, os.Chmod(filepath.Join(v.dir, "ledger.kek"), 0o600))
	v.seen = v.log()
	return v
}

// summary is the last line.
func (y *yard) summary(what string) {
	fmt.Printf("%s: %d, acknowledged %d, lost %d, doubled %d, wrong reads %d, seed %d\n",
		what, y.kills, y.acknowledged, y.lost, y.doubled, y.misread, *tortureSeed)
	require.Zero(y.t, y.lost+y.doubled+y.misread)
}

// found counts a finding and says what it is.
func (y *yard) found(count *int, format string, args ...any) {
	y.mu.Lock()
	*count++
	y.mu.Unlock()
	y.t.Errorf(format, args...)
}

// victim is a ledger and what its processes have said of it.
type victim struct {
	y        *yard
	dir      string // with the folder ledger in it
	acked    map[string]printed
	seen     []printed       // the log as it was read last
	before   []string        // of the command line: a program that sets bounds
	fixed    map[string]bool // streams of the clocks that were corrected
	planned  int             // dates that have a roster
	approved int             // evenings that have an approval
	given    bool            // the badge that nobody has in the first ledger
}

// ended is what a process did.
type ended struct {
	code          int // -1 where it was killed
	out, messages string
}

// capture keeps what a process prints and calls line at the first whole line.
type capture struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	line func()
}

func (c *capture) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.buf.Write(p)
	if c.line != nil && bytes.IndexByte(p, '\n') >= 0 {
		c.line()
		c.line = nil
	}
	return len(p), nil
}

// end is how a process is brought to its end: after a while, counted from its start or from its first receipt, or at a system call.
type end struct {
	after   time.Duration
	receipt bool
	inject  string // for strace
}

// process prepares a command on the ledger.
func (v *victim) process(e end, args ...string) *exec.Cmd {
	line := append([]string{"punchledger"}, args...)
	line = append(line, "--data", "ledger")
	line = append(slices.Clone(v.before), line...)
	if e.inject != "" {
		call, _, _ := strings.Cut(e.inject, ":")
		line = append([]string{v.y.strace, "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e", "inject=" + e.inject}, line...)
	}
	cmd := exec.CommandContext(v.y.t.Context(), line[0], line[1:]...)
	cmd.Dir = v.dir
	return cmd
}

// run lets a process run to its end, or brings it there.
func (v *victim) run(e end, args ...string) ended {
	var out, messages capture
	cmd := v.process(e, args...)
	cmd.Stdout, cmd.Stderr = &out, &messages
	kill := func() { time.AfterFunc(e.after, func() { _ = cmd.Process.Kill() }) } // it may have ended by itself
	if e.receipt {
		out.line = kill
	}
	require.NoError(v.y.t, cmd.Start())
	if e.after > 0 && !e.receipt {
		kill()
	}
	_ = cmd.Wait() // the state says more
	o := ended{code: cmd.ProcessState.ExitCode(), out: out.buf.String(), messages: messages.buf.String()}
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() != syscall.SIGKILL {
		v.y.t.Errorf("%v ended by %s: %s", args, status.Signal(), o.messages)
	}
	if strings.Contains(o.messages, "goroutine ") && !strings.HasPrefix(o.messages, "runtime: ") { // a call of Go's own is a kill
		v.y.t.Errorf("%v panicked: %s", args, o.messages)
	}
	return o
}

func (v *victim) must(args ...string) string {
	v.y.t.Helper()
	o := v.run(end{}, args...)
	require.Zero(v.y.t, o.code, "%v: %s", args, o.messages)
	return o.out
}

// heard keeps the receipts that a process has printed whole.
func (v *victim) heard(out string) {
	v.y.mu.Lock()
	defer v.y.mu.Unlock()
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, `{"receipt":`) || !strings.HasSuffix(line, "\n") {
			continue
		}
		var said struct {
			Receipt receipt `json:"receipt"`
		}
		require.NoError(v.y.t, json.Unmarshal([]byte(line), &said), line)
		for i, id := range said.Receipt.EventIDs {
			back := len(said.Receipt.EventIDs) - 1 - i
			e := printed{
				ID: id, Stream: said.Receipt.Stream, Type: said.Receipt.Events[i],
				Position: said.Receipt.Position - eventstore.Position(back), Revision: said.Receipt.Revision - eventstore.Revision(back),
			}
			before, known := v.acked[id]
			if !known {
				v.y.acknowledged++
			} else if before.Position != e.Position {
				v.y.misread++
				v.y.t.Errorf("event %s was acknowledged at positions %d and %d", id, before.Position, e.Position)
			}
			v.acked[id] = e
		}
	}
}

// log reads the whole log as a user can.
func (v *victim) log() []printed {
	var out []printed
	d := json.NewDecoder(strings.NewReader(v.must("log", "tail", "-n", "1000000", "-o", "json")))
	for d.More() {
		var p printed
		require.NoError(v.y.t, d.Decode(&p))
		out = append(out, p)
	}
	return out
}

// check is what a stranger could check.
func (v *victim) check(when string, rebuild bool) {
	o := v.run(end{}, "verify", "-o", "json")
	var is verdict
	if err := json.Unmarshal([]byte(o.out), &is); err != nil || o.code != exitDone || !is.OK {
		v.y.found(&v.y.misread, "%s: verify ends with %d: %s %s", when, o.code, o.out, o.messages)
		return
	}
	log := v.log()
	there := map[string]printed{}
	for i, e := range log {
		if int(e.Position) != i+1 {
			v.y.found(&v.y.misread, "%s: position %d follows %d", when, e.Position, i)
		}
		if _, twice := there[e.ID]; twice {
			v.y.found(&v.y.doubled, "%s: event %s is there twice", when, e.ID)
		}
		there[e.ID] = e
	}
	for i, before := range v.seen {
		if i >= len(log) || log[i].Commitment != before.Commitment {
			v.y.found(&v.y.misread, "%s: position %d is not what it was", when, i+1)
			break
		}
	}
	for id, a := range v.acked {
		switch e, ok := there[id]; {
		case !ok:
			v.y.found(&v.y.lost, "%s: %s %s was acknowledged at position %d and is not there", when, a.Type, id, a.Position)
		case e.Position != a.Position || e.Stream != a.Stream || e.Revision != a.Revision || e.Type != a.Type:
			v.y.found(&v.y.misread, "%s: %s was acknowledged as %+v and is %+v", when, id, a, e)
		}
	}
	v.y.once(when, log)
	v.seen = log
	if rebuild {
		v.rebuilt(when, is)
	}
}

// rebuilt compares the views that were caught up after the kill with those that are built from nothing.
func (v *victim) rebuilt(when string, is verdict) {
	var anew verdict
	require.NoError(v.y.t, json.Unmarshal([]byte(v.must("rebuild", "-o", "json")), &anew))
	if anew.ViewsFingerprint != is.ViewsFingerprint || anew.Views != is.Views {
		v.y.found(&v.y.misread, "%s: the views have %s %v, and built again %s %v", when, is.ViewsFingerprint, is.Views, anew.ViewsFingerprint, anew.Views)
	}
}

// whose names what an event is about: two events of a type about the same thing would be one deed done twice.
var whose = map[string][]string{
	"PunchAccepted": {"punch"}, "PunchHeld": {"punch"}, "PunchRejected": {"punch"}, "PunchAdded": {"punch"}, "PunchVoided": {"punch"},
	"PunchRetimed": {"punch", "clock_fix"}, "PunchQuarantined": {"row"}, "PunchAttributed": {"row"}, "ImportBatchRecorded": {"batch"},
	"EmployeeRegistered": {"emp"}, "BadgeAssigned": {"emp", "badge_mac"}, "RulesetPublished": {"ruleset", "version"}, "RulesetDrafted": {"ruleset", "draft"},
	"GroupCreated": {"group"}, "RulesetBound": {"group", "ruleset"}, "DayTurned": {"tz", "date"}, "LedgerCreated": {}, "DeviceClockCorrected": {"fix"},
	"DeviceEnrolled": {"device"}, "ExternalDecisionRecorded": {"system", "external_id"}, "CalendarYearPublished": {"calendar", "year", "version"},
}

// once counts deeds that are in the log twice.
func (y *yard) once(when string, log []printed) {
	done := map[string]bool{}
	for _, e := range log {
		fields, ok := whose[e.Type]
		if !ok {
			continue
		}
		var data map[string]any
		require.NoError(y.t, json.Unmarshal(e.Data, &data))
		key := e.Type
		for _, f := range fields {
			key += fmt.Sprint(" ", data[f])
		}
		if done[key] {
			y.found(&y.doubled, "%s: %s is there twice", when, key)
		}
		done[key] = true
	}
}
