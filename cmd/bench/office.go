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
	"github.com/punchledger/punchledger/domain"
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

// staffing says how large an office is and from which Monday on its people come.
type staffing struct {
	people, days int
	first        domain.Date
}

// firstDay is the first day of the punches of the office that several rows read.
var firstDay = domain.NewDate(2026, time.March, 2)

func (b *bench) staffing(people int) staffing { return staffing{people, b.days, firstDay} }

// theOffice returns the ledger that several rows read.
func (b *bench) theOffice(ctx context.Context) (*office, error) {
	if b.office != nil {
		return b.office, nil
	}
	o, err := b.newOffice(ctx, "office", b.staffing(b.people))
	if err != nil {
		return nil, err
	}
	b.office = o
	b.note("a ledger of %d events: %d people, %d working days, four punches a day, rules cn-bj-office", o.events, o.people, b.days)
	return o, nil
}

// newOffice builds a ledger with the real program: rules, a staff list and a clock's export.
func (b *bench) newOffice(ctx context.Context, name string, s staffing) (*office, error) {
	program, err := b.program(ctx)
	if err != nil {
		return nil, err
	}
	o := &office{program: program, dir: filepath.Join(b.dir, name), people: s.people, codec: ledger.NewCodec()}
	since := s.first.AddMonths(-2).MonthStart().String()
	staff, punches := filepath.Join(b.dir, name+"-staff.csv"), filepath.Join(b.dir, name+"-punches.csv")
	if err := errors.Join(writeStaff(staff, s.people, since), writePunches(punches, s)); err != nil {
		return nil, err
	}
	for _, args := range [][]string{
		{"init"},
		{"rules", "publish", "cn-bj-office", "--from", since},
		{"groups", "add", "office"},
		{"groups", "bind", "office", "cn-bj-office", "--from", since},
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
func writePunches(path string, s staffing) error {
	return writeLines(path, func(w *bufio.Writer) {
		fmt.Fprintln(w, "badge,time,dir")
		day := s.first
		for range s.days {
			for _, p := range []struct {
				minute int
				dir    string
			}{{8*60 + 20, "in"}, {12 * 60, "out"}, {13 * 60, "in"}, {18 * 60, "out"}} { // some come after nine
				for n := range s.people {
					minute := p.minute + (n*7+int(day-day.MonthStart())+1)%50
					fmt.Fprintf(w, "%d,%s %02d:%02d:%02d,%s\n", 10_000+n, day, minute/60, minute%60, n%60, p.dir)
				}
			}
			for day++; day.Weekday() >= 5; {
				day++
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
