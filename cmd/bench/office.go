package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/evaluate"
)

// office is a ledger that was written by the commands a user would type.
type office struct {
	program string
	dir     string
	people  int
	events  int
	log     *sqlite.Log
	codec   *eventstore.Codec
}

// firstDay is the first day of the office's punches, a Monday.
var firstDay = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// theOffice returns the ledger that several rows read.
func (b *bench) theOffice(ctx context.Context) (*office, error) {
	if b.office != nil {
		return b.office, nil
	}
	o, err := b.newOffice(ctx, "office", b.people)
	if err != nil {
		return nil, err
	}
	b.office = o
	b.note("a ledger of %d events: %d people, %d working days, four punches a day, rules cn-bj-office", o.events, o.people, b.days)
	return o, nil
}

// newOffice builds a ledger with the real program: rules, a staff list and a clock's export.
func (b *bench) newOffice(ctx context.Context, name string, people int) (*office, error) {
	program, err := b.program(ctx)
	if err != nil {
		return nil, err
	}
	o := &office{program: program, dir: filepath.Join(b.dir, name), people: people, codec: ledger.NewCodec()}
	staff, punches := filepath.Join(b.dir, name+"-staff.csv"), filepath.Join(b.dir, name+"-punches.csv")
	if err := errors.Join(writeStaff(staff, people, "2026-01-01"), writePunches(punches, people, b.days)); err != nil {
		return nil, err
	}
	for _, args := range [][]string{
		{"init"},
		{"rules", "publish", "cn-bj-office", "--from", "2026-01-01"},
		{"groups", "add", "office"},
		{"groups", "bind", "office", "cn-bj-office", "--from", "2026-01-01"},
		{"people", "import", staff},
		{"import", "punches", punches, "--format", "csv", "--device", "gate", "--timezone", "Asia/Shanghai", "-o", "json"},
	} {
		if err := o.command(ctx, args...); err != nil {
			return nil, err
		}
	}
	if o.log, err = sqlite.OpenReader(filepath.Join(o.dir, "ledger.db")); err != nil {
		return nil, err
	}
	head, err := o.log.Head(ctx)
	o.events = int(head)
	return o, err
}

// program builds the real program once.
func (b *bench) program(ctx context.Context) (string, error) {
	path := filepath.Join(b.dir, "punchledger")
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		return path, err
	}
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", path, "./cmd/punchledger")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w: %s", err, out)
	}
	return path, nil
}

func (o *office) command(ctx context.Context, args ...string) error {
	c := exec.CommandContext(ctx, o.program, append(args, "--data", o.dir)...)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("punchledger %v: %w: %s", args, err, out)
	}
	return nil
}

func writeStaff(path string, people int, hired string) error {
	return writeLines(path, func(w *bufio.Writer) {
		fmt.Fprintln(w, "id,name,group,hired,badge")
		for n := range people {
			fmt.Fprintf(w, "%s,Person %d,office,%s,%d\n", employee(n), n, hired, 10_000+n)
		}
	})
}

// writePunches writes four punches a working day for everybody, in the order of a clock's memory.
func writePunches(path string, people, days int) error {
	return writeLines(path, func(w *bufio.Writer) {
		fmt.Fprintln(w, "badge,time,dir")
		day := firstDay
		for range days {
			for _, p := range []struct{ clock, dir string }{{"08:%02d", "in"}, {"12:%02d", "out"}, {"13:%02d", "in"}, {"18:%02d", "out"}} {
				for n := range people {
					fmt.Fprintf(w, "%d,%s "+p.clock+":%02d,%s\n", 10_000+n, day.Format(time.DateOnly), (n*7+day.Day())%50, n%60, p.dir)
				}
			}
			for day = day.AddDate(0, 0, 1); day.Weekday() == time.Saturday || day.Weekday() == time.Sunday; {
				day = day.AddDate(0, 0, 1)
			}
		}
	})
}

func writeLines(path string, write func(*bufio.Writer)) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	write(w)
	return errors.Join(w.Flush(), f.Close())
}

// runner projects the office's log into views.
func (o *office) runner(views projections.Views) *projections.Runner {
	return &projections.Runner{
		Store: o.log, Codec: o.codec, Views: views,
		Projector: projections.Together{evaluate.New(o.codec, zone.Embedded(), "bench"), projections.People{}, projections.Waiting{}},
	}
}

// build makes all views of the office in a folder.
func (o *office) build(ctx context.Context, dir string) (*sqlite.Views, error) {
	v, err := sqlite.OpenViews(ctx, filepath.Join(dir, "views.db"), "bench")
	if err != nil {
		return nil, err
	}
	return v, o.runner(v).CatchUp(ctx)
}
