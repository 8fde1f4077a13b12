// Command bench measures punchledger beside anchors: small programs and databases that do the same work, in the same run, in turn
// with it. It prints ratios, as machines differ and figures alone say little (docs/performance.md).
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"runtime/pprof"
	"time"
)

// settings are what the flags say.
type settings struct {
	rounds  int
	people  int
	days    int
	only    *regexp.Regexp
	profile string
	report  string
	staff   int
	rate    float64
	lasting time.Duration
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	if len(args) == 2 && args[0] == naiveCommand {
		return serveNaively(args[1])
	}
	s, err := parse(args)
	if err != nil {
		return err
	}
	if s.report != "" { // before half an hour of measuring
		if _, err := os.Stat(s.report); err != nil {
			return fmt.Errorf("-report replaces tables in a document that is there, such as docs/performance.md: %w", err)
		}
	}
	dir, err := os.MkdirTemp("", "punchledger-bench-")
	if err != nil {
		return err
	}
	defer func() {
		if gone := os.RemoveAll(dir); err == nil {
			err = gone
		}
	}()
	if s.profile != "" {
		f, err := os.Create(s.profile)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	b := &bench{settings: s, dir: dir, out: out, histories: map[int]*history{}, began: processors()}
	defer b.stop()
	if err := b.measure(ctx); err != nil {
		return err
	}
	if s.report == "" {
		return nil
	}
	return b.write(s.report)
}

func parse(args []string) (settings, error) {
	var s settings
	var only string
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.IntVar(&s.rounds, "rounds", 5, "rounds of every contest; the table shows the median and the range of their ratios")
	f.IntVar(&s.people, "people", 400, "people of the company that is built, replayed and read")
	f.IntVar(&s.days, "days", 120, "working days of the company; four punches each")
	f.IntVar(&s.staff, "staff", 10_000, "people with phones of the company under load")
	f.Float64Var(&s.rate, "rate", 2000, "punches a second under load")
	f.DurationVar(&s.lasting, "for", time.Minute, "how long that load lasts")
	f.StringVar(&only, "only", "", "measure only rows that match this regular expression")
	f.StringVar(&s.profile, "cpuprofile", "", "write a CPU profile to this file")
	f.StringVar(&s.report, "report", "", "replace the table in this document")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	var err error
	s.only, err = regexp.Compile(only)
	return s, err
}
