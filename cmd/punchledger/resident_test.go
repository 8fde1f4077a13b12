package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"
)

// writeClock writes the dump of a clock: mostly new lines, and some that stand there twice, near or far.
func writeClock(s *testscript.TestScript, _ bool, args []string) {
	want(s, args, 2)
	mib, err := strconv.Atoi(args[1])
	s.Check(err)
	s.Check(writeDump(s.MkAbs(args[0]), mib))
}

func writeDump(file string, mib int) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	const badges = 2000
	w := bufio.NewWriterSize(f, 1<<20)
	at := time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, n := 0, 0; n < mib<<20; i++ {
		if i%3 == 0 {
			at = at.Add(7 * time.Second)
		}
		line := fmt.Sprintf("%9d\t%s\t1\t%d\t1\t0\n", 1+i*7919%badges, at.Format(time.DateTime), i%2)
		if i%1000 == 0 {
			line += line
		}
		k, err := w.WriteString(line)
		if n += k; err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// resident runs a command and looks, when it has ended, how much memory it held at most.
func resident(s *testscript.TestScript, _ bool, args []string) {
	limit, err := strconv.Atoi(args[0])
	s.Check(err)
	cmd := exec.Command(args[1], args[2:]...) //nolint:noctx // the script ends it with its own process group
	for _, dir := range filepath.SplitList(s.Getenv("PATH")) {
		if path := filepath.Join(dir, args[1]); filepath.Base(args[1]) == args[1] && executable(path) {
			cmd.Path, cmd.Err = path, nil
			break
		}
	}
	cmd.Dir, cmd.Env = s.MkAbs("."), append(os.Environ(), "PUNCHLEDGER_DATA="+s.Getenv("PUNCHLEDGER_DATA"))
	cmd.Stdout, cmd.Stderr = s.Stdout(), s.Stderr()
	held, err := runMeasured(cmd)
	s.Check(err)
	if held > limit {
		s.Fatalf("it held %d MiB, more than %d", held, limit)
	}
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&0o111 != 0
}

// runMeasured runs a command and returns the most memory in MiB that it held. On Linux that is asked of the process while it runs: what
// is told at its end begins with the memory of the test, out of which it was forked.
func runMeasured(cmd *exec.Cmd) (int, error) {
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	status := fmt.Sprintf("/proc/%d/status", cmd.Process.Pid)
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	held := 0
	for {
		select {
		case err := <-ended:
			if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok && runtime.GOOS == "darwin" {
				held = int(usage.Maxrss >> 20)
			}
			return held, err
		case <-time.After(2 * time.Millisecond):
			held = max(held, peakMiB(status))
		}
	}
}

// peakMiB reads the most memory that a process has held so far, from its file in /proc.
func peakMiB(status string) int {
	file, err := os.ReadFile(status)
	if err != nil {
		return 0
	}
	_, peak, _ := strings.Cut(string(file), "VmHWM:")
	kib, _ := strconv.Atoi(strings.TrimSpace(strings.SplitN(peak, "kB", 2)[0]))
	return kib >> 10
}

// TestALargeFileIsReadInLittleMemory is the goal at its full size: PUNCHLEDGER_LARGE_MIB=2048 writes a file of 2 GiB, looks at it in
// a dry run and removes it. It takes minutes, so that the scripts do the same with a smaller file.
func TestALargeFileIsReadInLittleMemory(t *testing.T) {
	mib, err := strconv.Atoi(os.Getenv("PUNCHLEDGER_LARGE_MIB"))
	if err != nil {
		mib = 4
	}
	dir := t.TempDir()
	binary := filepath.Join(dir, "punchledger")
	built, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, string(built))
	require.NoError(t, writeDump(filepath.Join(dir, "1_attlog.dat"), mib))
	data := filepath.Join(dir, "ledger")
	require.NoError(t, exec.CommandContext(t.Context(), binary, "init", "--data", data).Run())
	cmd := exec.CommandContext(t.Context(), binary, "import", "punches", filepath.Join(dir, "1_attlog.dat"), "--data", data,
		"--format", "attlog", "--device", "gate", "--timezone", "Asia/Shanghai", "--dry-run")
	began := time.Now()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	held, err := runMeasured(cmd)
	require.NoError(t, err, out.String())
	t.Logf("%d MiB read in %s, %d MiB resident\n%s", mib, time.Since(began).Round(time.Second), held, out.String())
	require.NotZero(t, held)
	require.Less(t, held, 300)
}
