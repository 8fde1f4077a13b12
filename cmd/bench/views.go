package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/evaluate"
)

// views measures building and reading the three views.
func (b *bench) views(ctx context.Context) error {
	const rebuild, grid, why = "rebuild of all views from the log", "a month of everybody in the daily view", "one day with why"
	if !b.only.MatchString(rebuild) && !b.only.MatchString(grid) && !b.only.MatchString(why) {
		return nil
	}
	o, err := b.theOffice(ctx)
	if err != nil {
		return err
	}
	err = b.hold(ctx, contest{
		name: rebuild, unit: "event", goal: "≥ 150 k/s", anchor: "read of the whole log, commitments recomputed",
		us: o.rebuilding(), them: o.scanning(),
	})
	if err != nil {
		return err
	}
	dir := filepath.Join(b.dir, "views")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	v, err := o.build(ctx, dir)
	if err != nil {
		return err
	}
	defer v.Close()
	if err := b.grid(ctx, o, v, grid); err != nil {
		return err
	}
	return b.why(ctx, o, v, why)
}

func (o *office) rebuilding() side {
	return func(_ context.Context, dir string) (attempt, error) {
		var v *sqlite.Views
		return attempt{run: func() (float64, error) {
			var err error
			v, err = o.build(context.Background(), dir)
			return float64(o.events), err
		}, done: func() error { return v.Close() }}, nil
	}
}

// grid reads the days of a month, as a screen or an export does.
func (b *bench) grid(ctx context.Context, o *office, v *sqlite.Views, name string) error {
	l := latency{name: fmt.Sprintf("%s (%d people)", name, o.people), goal: "≤ 300 ms for 5,000 people"}
	if !b.only.MatchString(name) {
		return nil
	}
	from := domain.NewDate(2026, 4, 1)
	for range 50 {
		n, started := 0, time.Now()
		err := v.Days(ctx, daily.Query{From: from, To: from + 29}, func(daily.Row) error { n++; return nil })
		if err != nil {
			return err
		}
		if n != 30*o.people {
			return fmt.Errorf("%s: got %d days, want %d", name, n, 30*o.people)
		}
		l.took = append(l.took, time.Since(started))
	}
	b.waited(l)
	return nil
}

// why explains single days.
func (b *bench) why(ctx context.Context, o *office, v *sqlite.Views, name string) error {
	if !b.only.MatchString(name) {
		return nil
	}
	l := latency{name: name, goal: "≤ 50 ms"}
	p := evaluate.New(o.codec, zone.Embedded(), "bench")
	for n := range 500 {
		started := time.Now()
		err := v.Read(ctx, func(tx projections.Tx) error {
			_, err := p.Explain(ctx, tx, fmt.Sprintf("e%05d", n%o.people), domain.NewDate(2026, 4, 1)+domain.Date(n%30), nil, nil)
			return err
		})
		if err != nil {
			return err
		}
		l.took = append(l.took, time.Since(started))
	}
	b.waited(l)
	return nil
}

// growth compares the time for each event in a ledger with a tenth of the people: cost is to grow with the work alone.
func (b *bench) growth(ctx context.Context) error {
	const name = "rebuild of ten times the people"
	if !b.only.MatchString(name) {
		return nil
	}
	large, err := b.theOffice(ctx)
	if err != nil {
		return err
	}
	small, err := b.newOffice(ctx, "small", b.staffing(b.people/10))
	if err != nil {
		return err
	}
	defer small.log.Close()
	err = b.hold(ctx, contest{
		name: name, unit: "event", goal: "≥ 0.91 (at most 11 times the time)", anchor: "the same with a tenth of the people",
		us: large.rebuilding(), them: small.rebuilding(),
	})
	if err != nil {
		return err
	}
	return b.hold(ctx, contest{
		name: "read of ten times the log", unit: "event", goal: "≥ 0.91 (at most 11 times the time)", anchor: "the same of a tenth of the log",
		us: large.scanning(), them: small.scanning(),
	})
}
