// Command conformance runs the official Go client's own integration tests against our server of the EventStoreDB protocol, as `make
// conformance` asks for: insecure, with TLS, and one test on a cluster.
//
// The tests are taken from the module cache into a folder that is deleted afterwards; the one file of theirs that knows Docker is
// replaced by shim.txt, which takes addresses from the environment. What is not run is listed with a reason. The exit code is 1 when
// a test that was run has failed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

// settings are what the flags say.
type settings struct {
	only    string // tests to run, as go test's -run has it
	keep    bool
	verbose bool
}

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	var s settings
	flags := flag.NewFlagSet("conformance", flag.ContinueOnError)
	flags.StringVar(&s.only, "run", "", "run only `tests` that match, within each of the runs below")
	flags.BoolVar(&s.keep, "keep", false, "keep the folder of the tests")
	flags.BoolVar(&s.verbose, "v", false, "show what the tests print")
	if err := flags.Parse(args); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "conformance-")
	if err != nil {
		return err
	}
	if s.keep {
		fmt.Fprintln(out, "the tests are in", dir)
	} else {
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	m, err := prepare(ctx, dir)
	if err != nil {
		return err
	}
	total := &report{}
	for _, c := range passes {
		got, err := m.pass(ctx, c, s, out)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		got.print(out, c.name)
		total.add(got)
	}
	fmt.Fprintf(out, "all: %d passed of %d run\n", total.passed(), total.ran())
	if total.passed() < total.ran() {
		return errors.New("tests failed")
	}
	return nil
}
