package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// trials runs mutants one after the other.
type trials struct {
	root, dir string
	out       io.Writer
	listed    []entry
	memory    *memory
	own       bool
	packages  []string // those that are changed
	runs      map[string]*baseline
	batch     *batch
	built     map[string]string // by suite: its tests with the batch
}

// baseline is what a suite does without a change.
type baseline struct {
	took    time.Duration
	covered coverage
}

// outcome is what became of a mutant.
type outcome string

const (
	killed       outcome = "killed"
	survived     outcome = "survived"
	doesNotBuild outcome = "does not build"
)

// result is a mutant and its fate.
type result struct {
	mutant
	outcome outcome
	by      string // the package whose tests killed it
	covered bool   // a test runs its line, as far as coverage sees
	listed  bool
}

// all tries candidates until n of them are counted.
func (t *trials) all(ctx context.Context, sample []mutant, n int) ([]result, error) {
	t.packages = packagesOf(sample)
	var counted []result
	for len(sample) > 0 && len(counted) < n {
		next := sample[:min(len(sample), (n-len(counted))*8/7+1)]
		sample = sample[len(next):]
		var fresh []mutant
		for _, m := range next {
			if _, known := t.memory.recall(m); !known {
				fresh = append(fresh, m)
			}
		}
		var err error
		if t.batch, err = newBatch(ctx, t.root, t.dir, fresh); err != nil {
			return nil, err
		}
		clear(t.built)
		for _, m := range next {
			if len(counted) == n {
				break
			}
			r, known, err := t.known(ctx, m)
			if err != nil {
				return nil, err
			}
			if r.outcome == doesNotBuild {
				continue
			}
			r.listed = isListed(t.listed, m)
			counted = append(counted, r)
			if !known {
				fmt.Fprintf(t.out, "%4d/%d %-8s %s:%d [%s] %s\n", len(counted), n, r.outcome, m.file, m.line, m.operator, r.by)
			}
		}
	}
	return counted, nil
}

// known recalls a result, or finds and keeps it.
func (t *trials) known(ctx context.Context, m mutant) (result, bool, error) {
	if r, known := t.memory.recall(m); known {
		return r, true, nil
	}
	r, err := t.one(ctx, m)
	if err == nil && (!t.own || r.outcome != survived) { // else the other tests have not been asked
		err = t.memory.keep(r)
	}
	return r, false, err
}

// one runs the suites that can see a mutant until one fails. A listed mutant behaves as the code does, as somebody has found:
// the first tests of its own package have to agree, the others are not asked.
func (t *trials) one(ctx context.Context, m mutant) (result, error) {
	r := result{mutant: m, outcome: survived}
	if t.batch.broken[m] {
		r.outcome = doesNotBuild
		return r, nil
	}
	suites := suitesOf(m.pkg)
	switch {
	case isListed(t.listed, m):
		suites = suites[:1]
	case t.own:
		suites = slices.DeleteFunc(slices.Clone(suites), func(s suite) bool { return s.pkg != m.pkg })
	}
	for i, s := range suites {
		base, err := t.baseline(ctx, s)
		if err != nil {
			return r, err
		}
		covered := base.covered.has(m)
		r.covered = r.covered || covered
		if !covered && !s.children && (i > 0 || t.batch.numbers[m] > 0) {
			continue
		}
		failed, err := t.try(ctx, s, m, base.took)
		var build *buildError
		switch {
		case errors.As(err, &build):
			r.outcome = doesNotBuild
			return r, nil
		case err != nil:
			return r, err
		case failed:
			r.outcome, r.by = killed, s.pkg
			return r, nil
		}
	}
	return r, nil
}

// single writes the overlay of a mutant that is in no batch.
func (t *trials) single(m mutant) (string, error) {
	original := filepath.Join(t.root, filepath.FromSlash(m.file))
	source, err := os.ReadFile(original)
	if err != nil {
		return "", err
	}
	changed := filepath.Join(t.dir, "mutant.go")
	if err := os.WriteFile(changed, m.apply(source), 0o600); err != nil {
		return "", err
	}
	return writeOverlay(t.dir, map[string]string{original: changed})
}

func writeOverlay(dir string, replace map[string]string) (string, error) {
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	name := filepath.Join(dir, "overlay.json")
	return name, os.WriteFile(name, text, 0o600)
}

// buildError says that a mutant is not a program.
type buildError struct{ output string }

func (e *buildError) Error() string { return "it does not build:\n" + e.output }

// baseline runs a suite once without a change: it must pass, and shows which lines it runs and how long it takes.
func (t *trials) baseline(ctx context.Context, s suite) (*baseline, error) {
	if b := t.runs[s.name()]; b != nil {
		return b, nil
	}
	profile := filepath.Join(t.dir, "cover.out")
	binary, err := t.build(ctx, s, "cover.test", "-cover", "-coverpkg=./"+strings.Join(t.packages, ",./"))
	if err != nil {
		return nil, err
	}
	start := time.Now()
	output, failed, err := t.execute(ctx, s, binary, 10*time.Minute, "-test.coverprofile="+profile)
	if err != nil {
		return nil, err
	}
	if failed {
		return nil, fmt.Errorf("the tests of %s fail without any change:\n%s", s.pkg, output)
	}
	b := &baseline{took: time.Since(start)}
	if b.covered, err = readCoverage(profile); err != nil {
		return nil, err
	}
	t.runs[s.name()] = b
	fmt.Fprintf(t.out, "%s passes unchanged in %.1f s.\n", s.name(), b.took.Seconds())
	return b, nil
}

// try reports whether a suite fails with a mutant. A suite that takes ten times as long as it should hangs: that is a failure.
func (t *trials) try(ctx context.Context, s suite, m mutant, usual time.Duration) (bool, error) {
	binary, err := t.binary(ctx, s, m, usual)
	if err != nil {
		return false, err
	}
	_, failed, err := t.execute(ctx, s, binary, 10*usual+20*time.Second)
	return failed, err
}

// binary returns the tests of a suite with a mutant: those of the batch, where it is the one that is chosen, or its own.
func (t *trials) binary(ctx context.Context, s suite, m mutant, usual time.Duration) (string, error) {
	if t.batch.numbers[m] == 0 {
		overlay, err := t.single(m)
		if err != nil {
			return "", err
		}
		return t.build(ctx, s, "single.test", "-overlay", overlay)
	}
	if t.built[s.name()] == "" {
		if err := t.batch.choose(mutant{}); err != nil {
			return "", err
		}
		binary, err := t.build(ctx, s, fmt.Sprintf("batch%d.test", len(t.built)), "-overlay", t.batch.overlay)
		if err != nil {
			return "", errors.New(s.name() + " with all mutants: " + err.Error()) // no fault of one mutant
		}
		output, failed, err := t.execute(ctx, s, binary, 10*usual+20*time.Second)
		if err != nil {
			return "", err
		}
		if failed {
			return "", fmt.Errorf("the tests of %s fail with all mutants built in and none chosen:\n%s", s.pkg, output)
		}
		t.built[s.name()] = binary
	}
	return t.built[s.name()], t.batch.choose(m)
}

func (t *trials) build(ctx context.Context, s suite, name string, args ...string) (string, error) {
	binary := filepath.Join(t.dir, name)
	args = append([]string{"test", "-c", "-vet=off", "-o", binary, "-ldflags=-s -w"}, append(args, "./"+s.pkg)...)
	c := exec.CommandContext(ctx, "go", args...)
	c.Dir = t.root
	output, err := c.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.As(err, &exit):
		return "", &buildError{string(output)}
	}
	return binary, err
}

// execute runs a suite in the folder of its package, with its own folder for temporary files, in a process group that ends with
// it, and with so much memory that a mutant that allocates for ever ends before the machine does.
func (t *trials) execute(ctx context.Context, s suite, binary string, limit time.Duration, args ...string) (string, bool, error) {
	scratch := filepath.Join(t.dir, "tmp")
	if err := os.MkdirAll(scratch, 0o700); err != nil {
		return "", false, err
	}
	args = append(args, "-test.failfast", "-test.timeout="+limit.String())
	if s.only != "" {
		args = append(args, "-test.run="+s.only)
	}
	if s.skip != "" {
		args = append(args, "-test.skip="+s.skip)
	}
	if s.random {
		args = append(args, "-rapid.seed=1", "-rapid.nofailfile")
	}
	limited, cancel := context.WithTimeout(ctx, limit+10*time.Second)
	defer cancel()
	c := exec.CommandContext(limited, "sh", append([]string{"-c", `ulimit -v 8388608 2>/dev/null; exec "$0" "$@"`, binary}, args...)...)
	c.Dir = filepath.Join(t.root, filepath.FromSlash(s.pkg))
	c.Env = append(os.Environ(), "TMPDIR="+scratch)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	group := func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	c.Cancel = group
	c.WaitDelay = time.Second
	var output bytes.Buffer
	c.Stdout, c.Stderr = &output, &output
	err := c.Run()
	if c.Process != nil {
		_ = group() // what a test started and left; mostly there is nothing, which is an error here
	}
	if ctx.Err() != nil {
		return "", false, ctx.Err()
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) && !errors.Is(err, exec.ErrWaitDelay) {
		return "", false, err
	}
	return output.String(), err != nil, removeAll(scratch)
}

// removeAll removes a folder, also where a test took away the right to write in it.
func removeAll(dir string) error {
	err := filepath.WalkDir(dir, func(name string, e os.DirEntry, err error) error {
		if e != nil && e.IsDir() {
			return os.Chmod(name, 0o700)
		}
		return nil
	})
	return errors.Join(err, os.RemoveAll(dir))
}
