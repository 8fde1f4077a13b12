package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// faults are the errors that system calls are made to return.
var faults = []struct {
	errno string
	calls []string
}{
	{"EIO", []string{"pwrite64", "fsync", "pread64", "ftruncate", "renameat", "unlink", "write", "openat", "open", "close"}},
	{"ENOSPC", []string{"pwrite64", "fsync", "ftruncate", "write", "openat", "open", "renameat"}},
	{"EDQUOT", []string{"pwrite64", "write", "openat", "open"}},
	{"EINTR", []string{"pwrite64", "fsync", "pread64", "openat", "open", "write", "ftruncate"}},
	{"EMFILE", []string{"openat", "open"}},
	{"EROFS", []string{"openat", "open", "unlink", "renameat"}},
}

// TestTortureFaults lets single system calls of real commands fail, by strace, and fills a real disk. A command ends with 0, with
// 70, or with an error that it says; then the ledger verifies, nothing acknowledged is lost, and the command can be run again.
func TestTortureFaults(t *testing.T) {
	t.Parallel()
	y := newYard(t)
	if *tortureFor == 0 {
		y.fillDisk(40)
		return
	}
	until := time.Now().Add(*tortureFor / 4)
	y.fillDisk(0)
	if y.strace == "" {
		fmt.Println("faults of system calls: none, because strace is not installed (apt-get install strace)")
		return
	}
	codes := map[int]int{}
	for time.Now().Before(until) && !t.Failed() {
		v := y.victim()
		for range deedsOfLedger {
			codes[v.failDeed(v.draw())]++
			y.kills++
		}
		v.remove()
	}
	fmt.Printf("faults of system calls: %d, exit codes %v\n", y.kills, codes)
	y.summary("fault loops")
}

// failDeed runs a deed with one failing call.
func (v *victim) failDeed(d deed) int {
	y := v.y
	f := faults[y.rng.IntN(len(faults))]
	call := f.calls[y.rng.IntN(len(f.calls))]
	e := end{inject: fmt.Sprintf("%s:error=%s:when=%d", call, f.errno, 1+y.rng.IntN(1<<(1+y.rng.IntN(6))))}
	o := v.run(e, d.args...)
	v.heard(o.out)
	when := fmt.Sprintf("seed %d, %s with %s", *tortureSeed, d.name, e.inject)
	y.endedWell(when, o)
	v.check(when, y.rng.IntN(4) == 0)
	v.complete(when, d)
	v.check(when+", done", false)
	return o.code
}

// endedWell wants an end that its user understands.
func (y *yard) endedWell(when string, o ended) {
	if strings.Contains(o.messages, "error while loading shared libraries") {
		return // it was not begun
	}
	if !slices.Contains([]int{exitDone, exitNo, exitUsage, 70}, o.code) {
		y.t.Errorf("%s: it ends with %d: %s", when, o.code, o.messages)
	}
	if o.code != exitDone && strings.TrimSpace(o.messages) == "" && !strings.Contains(when, "write:error") {
		y.t.Errorf("%s: it ends with %d and says nothing", when, o.code)
	}
}

// fillDisk writes until a disk is full: a small file system of its own where this process may mount one, else a bound on the size of
// files, which gives the same calls another error.
func (y *yard) fillDisk(steps int) {
	v := y.victim()
	small := filepath.Join(y.dir, "small")
	require.NoError(y.t, os.Mkdir(small, 0o700))
	what := "a file system of 2 MiB"
	if err := syscall.Mount("tmpfs", small, "tmpfs", 0, "size=2m,mode=0700"); err == nil {
		y.t.Cleanup(func() { require.NoError(y.t, syscall.Unmount(small, syscall.MNT_DETACH)) })
		require.NoError(y.t, os.CopyFS(filepath.Join(small, "ledger"), os.DirFS(filepath.Join(v.dir, "ledger"))))
		require.NoError(y.t, os.Chmod(filepath.Join(small, "ledger"), 0o700))
		require.NoError(y.t, os.RemoveAll(filepath.Join(v.dir, "ledger")))
		require.NoError(y.t, os.Symlink(filepath.Join(small, "ledger"), filepath.Join(v.dir, "ledger")))
	} else {
		what = "files of at most 600 KiB (mounting is not allowed: " + err.Error() + ")"
		v.before = []string{"prlimit", "--fsize=614400", "--"}
	}
	full, refused := 0, 0
	for n := 0; full < 4 && (steps == 0 || n < steps); n++ {
		d := v.importPunches()
		o := v.run(end{}, d.args...)
		v.heard(o.out)
		y.endedWell("a full disk", o)
		if o.code != exitDone {
			full++
			refused = o.code
		}
	}
	require.Positive(y.t, full, "the disk is full at last")
	v.before = nil
	if what[0] == 'a' { // somebody makes room
		require.NoError(y.t, syscall.Mount("", small, "", syscall.MS_REMOUNT, "size=64m"))
	}
	v.check("after a full disk", true)
	d := v.addPunch()
	v.complete("after a full disk", d)
	fmt.Printf("a full disk: %s, %d commands failed, the last with %d, acknowledged %d, lost %d\n", what, full, refused, y.acknowledged, y.lost)
}

// TestAFolderThatMayNotBeWritten looks at a ledger as somebody who may only read it, and tries to write it.
func TestAFolderThatMayNotBeWritten(t *testing.T) {
	y := newYard(t)
	v := y.victim()
	require.NoError(t, os.RemoveAll(filepath.Join(v.dir, "ledger", viewsFile)))
	data := filepath.Join(v.dir, "ledger")
	entries, err := os.ReadDir(data)
	require.NoError(t, err)
	for _, e := range entries {
		require.NoError(t, os.Chmod(filepath.Join(data, e.Name()), 0o444))
	}
	require.NoError(t, os.Chmod(data, 0o555))
	t.Cleanup(func() { require.NoError(t, os.Chmod(data, 0o700)) })
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"verify reads", []string{"verify"}, exitDone, ""},
		{"days reads", []string{"days"}, exitDone, ""},
		{"a command that writes is refused", []string{"groups", "add", "x"}, exitUsage, "may not be opened by this user"},
		{"rebuild has nowhere to build", []string{"rebuild"}, exitUsage, "may not be written"},
		{"a server does not start", []string{"serve"}, exitUsage, "may not be opened by this user"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := v.process(end{}, c.args...)
			var out, messages capture
			cmd.Stdout, cmd.Stderr = &out, &messages
			require.NoError(t, startWithoutOverride(cmd))
			_ = cmd.Wait() // the state says more
			require.Equal(t, c.code, cmd.ProcessState.ExitCode(), "%s%s", out.buf.String(), messages.buf.String())
			require.Contains(t, messages.buf.String(), c.says)
		})
	}
}

// startWithoutOverride starts a process for which the modes of files hold, also where the user is root: the thread that starts it
// gives up the capabilities to pass over them, and ends with its goroutine.
func startWithoutOverride(cmd *exec.Cmd) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		const drop, override, readSearch = 24, 1, 2 // PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
		for _, capability := range []uintptr{override, readSearch} {
			_, _, err := syscall.RawSyscall(syscall.SYS_PRCTL, drop, capability, 0)
			if err != 0 && os.Getuid() == 0 {
				started <- err
				return
			}
		}
		started <- cmd.Start()
	}()
	return <-started
}
