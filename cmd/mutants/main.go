// Command mutants asks whether the tests would notice a fault. It changes one token of the code at a time (a comparison, a
// constant, a branch), builds the tests with the change and runs them: a mutant that fails a test, or hangs, is killed; one that
// passes them all has survived, and shows a line that no test depends on.
//
// Sources are never written: go build gets the changes as an overlay. What a mutant itself writes beside its tests stays there,
// so git status is worth a look afterwards. Candidates come from the syntax tree (operators.go), are
// shuffled by -seed, and the first -n that compile are counted. All of them are built at once (batch.go), and one at a time is
// chosen. Each runs against the tests of its own package first and then against those of the packages that use it (suites.go).
// Lines that no test runs count like all others.
//
// Mutants that behave as the code does, or only slower, stand in survivors.txt with a reason. They count neither as killed nor
// as survived; the report gives the figure with and without them. The exit code is 1 below 95 % of the rest.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
)

// enough is the part of the mutants, in percent, that the tests must kill.
const enough = 95

//go:embed survivors.txt
var survivorsText string

// settings are what the flags say.
type settings struct {
	seed     uint64
	n        int
	packages []string
	only     []string
	list     bool
	resume   string
	own      bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	s, err := parse(args)
	if err != nil {
		return err
	}
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	listed, err := readListed(survivorsText)
	if err != nil {
		return err
	}
	sample, err := s.sample(root, listed)
	if err != nil {
		return err
	}
	if s.list {
		for _, m := range sample[:min(len(sample), s.n)] {
			fmt.Fprintf(out, "%s\n", m)
		}
		return nil
	}
	dir, err := os.MkdirTemp("", "punchledger-mutants-")
	if err != nil {
		return err
	}
	t := &trials{root: root, dir: dir, out: out, listed: listed, own: s.own, runs: map[string]*baseline{}, built: map[string]string{}}
	if t.memory, err = openMemory(s.resume, root); err != nil {
		return errors.Join(err, os.RemoveAll(dir))
	}
	results, err := t.all(ctx, sample, s.n)
	if err := errors.Join(err, t.memory.close(), os.RemoveAll(dir)); err != nil {
		return err
	}
	if len(results) < s.n && s.only == nil {
		fmt.Fprintf(out, "There are only %d mutants that compile.\n", len(results))
	}
	return report(out, results, listed)
}

func parse(args []string) (settings, error) {
	s := settings{packages: targets()}
	split := func(to *[]string) func(string) error {
		return func(text string) error {
			*to = strings.Split(text, ",")
			return nil
		}
	}
	f := flag.NewFlagSet("mutants", flag.ContinueOnError)
	f.Uint64Var(&s.seed, "seed", 1, "chooses the sample")
	f.IntVar(&s.n, "n", 300, "mutants to count")
	f.Func("packages", "the packages to change, with commas; all of "+strings.Join(s.packages, ","), split(&s.packages))
	f.Func("only", "take all mutants of these places instead of a sample: file or file:line, with commas", split(&s.only))
	f.BoolVar(&s.list, "list", false, "show the candidates in their order, and run nothing")
	f.StringVar(&s.resume, "resume", "", "keep results in this file, and go on from what it holds; remove it to start anew")
	f.BoolVar(&s.own, "own", false, "run the tests of the changed package alone: quicker, and more survive")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	for _, p := range s.packages {
		if !slices.Contains(targets(), p) {
			return s, fmt.Errorf("-packages %s: no such target; there are %s", p, strings.Join(targets(), ", "))
		}
	}
	if f.NArg() > 0 {
		return s, fmt.Errorf("%s: there are flags only; -h lists them", f.Arg(0))
	}
	return s, nil
}

// moduleRoot returns the folder of go.mod, at or above the working one.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if filepath.Dir(dir) == dir {
			return "", errors.New("run it inside the module: there is no go.mod here or above")
		}
		dir = filepath.Dir(dir)
	}
}
