package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/zone"
)

// rulesets are the five that the goals are about.
var rulesets = []string{"cn-bj-office", "cn-sh-rnd", "us-ca-hourly", "de-by-plant", "jp-tokyo-office"}

// openHours counts all time and nothing else: what a plain query over punches can say too.
const openHours = "flex-open"

// work is a rulebook with one group under one shipped ruleset, and a year of punches of its people.
type work struct {
	book     *attendance.Rulebook
	rules    *ruleset.Rules
	from, to domain.Date
	people   []*attendance.Facts
}

// newWork makes a year in which everybody comes and goes a few minutes around the plan. Lunch says that there are four punches
// a day and not two.
func newWork(id string, people int, lunch bool) (*work, error) {
	doc, ok := ruleset.Pack(id)
	if !ok {
		return nil, fmt.Errorf("there is no pack %s", id)
	}
	hash, err := ruleset.Hash(doc)
	if err != nil {
		return nil, err
	}
	rules, err := ruleset.Compile(doc, hash)
	if err != nil {
		return nil, err
	}
	w := &work{rules: rules, from: domain.NewDate(2026, 1, 1), to: domain.NewDate(2027, 1, 1)}
	w.book = &attendance.Rulebook{
		Groups:    map[string][]attendance.Binding{id: {{Ruleset: id, From: 1, Event: "bound"}}},
		Rulesets:  map[string][]attendance.Version{id: {{Rules: rules, Number: 1, From: 1, Event: "published"}}},
		Calendars: map[string]*schedule.Calendar{}, Sites: map[string]attendance.Site{}, Zones: zone.Embedded(),
		Turned: map[string]domain.Date{doc.Timezone: w.to}, Engine: "bench",
	}
	if c, ok := ruleset.Calendar(doc.Calendar); ok {
		w.book.Calendars[c.ID] = c
	}
	z, err := w.book.Zones.Zone(doc.Timezone)
	if err != nil {
		return nil, err
	}
	for n := range people {
		w.people = append(w.people, w.person(z, n, lunch))
	}
	return w, nil
}

func (w *work) person(z *zone.Zone, n int, lunch bool) *attendance.Facts {
	f := &attendance.Facts{
		Employee: fmt.Sprintf("e%06d", n), Employment: []attendance.Employment{{From: w.from}},
		Assignments: []attendance.Assignment{{From: w.from, Group: w.rules.Doc.ID}},
	}
	add := func(at domain.Seconds, dir attendance.Direction) {
		i := len(f.Punches)
		f.Punches = append(f.Punches, attendance.Punch{
			ID: fmt.Sprintf("p%04d", i), At: at, Dir: dir, Event: fmt.Sprintf("5f0c8f4e-0000-5000-8000-%012d", i), Place: "office",
		})
	}
	for d := w.from; d < w.to; d++ {
		slot := w.rules.PlannedSlot(d)
		if slot < 0 || w.rules.Doc.ID == openHours && d.Weekday() >= 5 {
			continue
		}
		s := &w.rules.Shifts[slot]
		start, end := s.Earliest, s.Earliest+s.Required+domain.Hour
		switch blocks := len(s.Work); {
		case blocks > 0:
			start, end = s.Work[0].From, s.Work[blocks-1].To
		case w.rules.Doc.ID == openHours:
			start, end = 9*domain.Hour, 18*domain.Hour
		}
		jitter := domain.Seconds((int(d)*7+n*13)%17) * 60
		add(z.Start(d, start)-jitter, attendance.In)
		if lunch {
			add(z.Start(d, start+4*domain.Hour), attendance.Out)
			add(z.Start(d, start+4*domain.Hour+30*domain.Minute), attendance.In)
		}
		add(z.End(d, end)+jitter, attendance.Out)
	}
	return f
}

// evaluate computes all days of all people on some cores and gives each to visit, which is called by one goroutine a person.
func (w *work) evaluate(cores int, visit func(person int, d *attendance.Day)) (float64, error) {
	days := make([]int, len(w.people))
	var g errgroup.Group
	g.SetLimit(cores)
	for i, f := range w.people {
		g.Go(func() error {
			return attendance.Evaluate(w.book, f, w.from, w.to, attendance.Carry{}, func(d *attendance.Day, _ *attendance.Carry) bool {
				days[i]++
				if visit != nil {
					visit(i, d)
				}
				return true
			})
		})
	}
	err := g.Wait()
	total := 0
	for _, n := range days {
		total += n
	}
	return float64(total), err
}

// evaluating evaluates a year of some people again and again on one core.
func evaluating(w *work, times int) side {
	return func(context.Context, string) (attempt, error) {
		return attempt{run: func() (float64, error) {
			total := 0.0
			for range times {
				n, err := w.evaluate(1, nil)
				if err != nil {
					return 0, err
				}
				total += n
			}
			return total, nil
		}}, nil
	}
}

// passing is the anchor of evaluation: one pass over the same punches in memory that hashes each once, which is the least that
// a result that names its input must do.
func passing(w *work, times int) side {
	return func(context.Context, string) (attempt, error) {
		return attempt{run: func() (float64, error) {
			var buf []byte
			var sum [sha256.Size]byte
			for range times {
				for _, f := range w.people {
					for i := range f.Punches {
						p := &f.Punches[i]
						buf = append(append(buf, p.ID...), p.Dir...)
						buf = binary.AppendVarint(buf, int64(p.At))
						if i%2 == 1 {
							sum = sha256.Sum256(buf)
							buf = append(buf[:0], sum[:]...)
						}
					}
				}
			}
			runtime.KeepAlive(sum)
			return float64(times*len(w.people)) * float64(w.to-w.from), nil
		}}, nil
	}
}

func (b *bench) evaluations(ctx context.Context) error {
	for _, id := range rulesets {
		w, err := newWork(id, 20, id == "us-ca-hourly")
		if err != nil {
			return err
		}
		name := "evaluation of a year, " + id + ", one core"
		err = b.hold(ctx, contest{
			name: name, unit: "employee-day", goal: "≥ 1 M/s", anchor: "one pass over the punches with SHA-256",
			us: evaluating(w, 20), them: passing(w, 20),
		})
		if err != nil {
			return err
		}
		if b.only.MatchString(name) {
			if err := b.allocations(w, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// allocations notes what one more day allocates.
func (b *bench) allocations(w *work, id string) error {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	n, err := w.evaluate(1, nil)
	runtime.ReadMemStats(&after)
	b.note("evaluation, %s: %.2f allocations and %.0f bytes a day", id,
		float64(after.Mallocs-before.Mallocs)/n, float64(after.TotalAlloc-before.TotalAlloc)/n)
	return err
}

// say prints what a table will note.
func (b *bench) say(format string, args ...any) string {
	text := fmt.Sprintf(format, args...)
	fmt.Fprintln(b.out, text)
	return text
}

func (b *bench) note(format string, args ...any) {
	b.notes = append(b.notes, b.say(format, args...))
}

// worked is the time that somebody worked on a day.
type worked struct {
	person int
	day    domain.Date
	time   domain.Seconds
}

// digest is the hash of all days in order, so that two ways to compute them can be compared.
func digest(list []worked) [sha256.Size]byte {
	slices.SortFunc(list, func(a, b worked) int {
		if a.person != b.person {
			return a.person - b.person
		}
		return int(a.day - b.day)
	})
	h := sha256.New()
	for _, x := range list {
		fmt.Fprintln(h, x.person, x.day, x.time)
	}
	return [sha256.Size]byte(h.Sum(nil))
}
