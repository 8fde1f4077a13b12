package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"

	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/evaluate"
	"github.com/punchledger/punchledger/projections/facts"
)

// whatIfs measures a change of the grace over a history that is read from the punch cache: both sides of every day are evaluated
// under full rules, and the report is made. Beside it stand a window query over the same punches in SQLite, which can only sum
// worked time, and reading the same cache without evaluating.
func (b *bench) whatIfs(ctx context.Context) error {
	for _, people := range []int{1_000, 10_000} {
		if err := b.whatIf(ctx, people); err != nil {
			return err
		}
	}
	return b.whatIfCurve(ctx)
}

func (b *bench) whatIf(ctx context.Context, people int) error {
	name := func(what string) string { return fmt.Sprintf("%s, %d people, a year", what, people) }
	sides := []contest{
		{name: name("what-if: worked time alone from the punch cache"), goal: "≥ 50"},
		{name: name("what-if: both sides under full rules, all cores"), goal: "≥ 4"},
		{name: name("what-if: all cores against one"), goal: "≥ 1.8", anchor: "the same on one core"},
		{name: name("what-if: all cores against the floor"), anchor: "reading the cache, nothing evaluated"},
	}
	if !b.anyOf(sides) {
		return nil
	}
	s, err := b.theHistory(ctx, 1, people)
	if err != nil {
		return err
	}
	change, err := graceOf("10m")
	if err != nil {
		return err
	}
	window := "SQLite, window query over the same punches"
	var query side
	if b.anyOf(sides[:2]) {
		db, err := s.table(ctx, filepath.Join(b.dir, fmt.Sprintf("punches-%d.db", people)))
		if err != nil {
			return err
		}
		defer db.Close()
		if err := b.agree(ctx, s, db); err != nil {
			return err
		}
		query = s.asking(db)
	}
	sides[0].us, sides[0].them, sides[0].anchor = s.opening(runtime.NumCPU()), query, window
	sides[1].us, sides[1].them, sides[1].anchor = s.replaying(change, runtime.NumCPU()), query, window+" (worked time only)"
	sides[2].us, sides[2].them = s.replaying(change, runtime.NumCPU()), s.replaying(change, 1)
	sides[3].us, sides[3].them = s.replaying(change, runtime.NumCPU()), s.reading(runtime.NumCPU())
	for _, c := range sides {
		c.unit = "employee-day"
		if err := b.hold(ctx, c); err != nil {
			return err
		}
	}
	return b.whatIfCost(ctx, s, change)
}

func (b *bench) noteWhatIf(format string, args ...any) {
	b.whatIfNotes = append(b.whatIfNotes, b.say(format, args...))
}

// anyOf says whether a row is asked for.
func (b *bench) anyOf(rows []contest) bool {
	for _, c := range rows {
		if b.only.MatchString(c.name) {
			return true
		}
	}
	return false
}

// graceOf is the ruleset of the office with another grace.
func graceOf(grace string) (*evaluate.Candidate, error) {
	doc, ok := ruleset.Pack("cn-bj-office")
	if !ok {
		return nil, errors.New("there is no pack cn-bj-office")
	}
	changed, late := *doc, *doc.Presence.Late
	if err := late.Grace.UnmarshalText([]byte(grace)); err != nil {
		return nil, err
	}
	changed.Presence.Late = &late
	rules, err := compiled(&changed)
	return &evaluate.Candidate{Rules: rules, Version: 2, InPlaceOf: doc.ID}, err
}

func compiled(doc *ruleset.Document) (*ruleset.Rules, error) {
	hash, err := ruleset.Hash(doc)
	if err != nil {
		return nil, err
	}
	return ruleset.Compile(doc, hash)
}

// replaying is the what-if of the program.
func (s *staffed) replaying(change *evaluate.Candidate, cores int) side {
	return func(context.Context, string) (attempt, error) {
		return attempt{run: func() (float64, error) { return s.days, s.replay(change, cores) }}, nil
	}
}

func (s *staffed) replay(change *evaluate.Candidate, cores int) error {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores)) // or reading and collecting garbage use the other cores
	ctx := context.Background()
	candidate := *change
	candidate.From, candidate.To = s.from, s.to
	return s.views.Read(ctx, func(tx projections.Tx) error {
		report, err := s.projector().Replay(ctx, tx, evaluate.Question{
			Candidate: &candidate, From: s.from, To: s.to, Employees: s.people, Keep: 100, Cores: cores,
		})
		if err == nil && (report.Summary.Persons != len(s.people) || report.Summary.DaysChanged == 0) {
			err = fmt.Errorf("the what-if compared %d people and found %d days that change", report.Summary.Persons, report.Summary.DaysChanged)
		}
		return err
	})
}

// each reads everybody's facts and gives them to f on some cores.
func (s *staffed) each(ctx context.Context, cores int, f func(n int, p *facts.Person) error) error {
	return s.views.Read(ctx, func(tx projections.Tx) error {
		var g errgroup.Group
		g.SetLimit(cores)
		for n, employee := range s.people {
			p, err := facts.ReadPerson(ctx, tx, employee, s.from-1)
			if err != nil {
				return errors.Join(err, g.Wait())
			}
			g.Go(func() error { return f(n, p) })
		}
		return g.Wait()
	})
}

// reading decodes the cache and does nothing else: no what-if can be faster.
func (s *staffed) reading(cores int) side {
	return func(ctx context.Context, _ string) (attempt, error) {
		return attempt{run: func() (float64, error) {
			return s.days, s.each(ctx, cores, func(_ int, p *facts.Person) error {
				_, err := s.keeper.Load(ctx, p, p.Employee, s.from-1)
				return err
			})
		}}, nil
	}
}

// opening evaluates one side under open hours, which count worked time and nothing else.
func (s *staffed) opening(cores int) side {
	return func(ctx context.Context, _ string) (attempt, error) {
		return attempt{run: func() (float64, error) { return s.days, s.open(ctx, cores, nil) }}, nil
	}
}

// open gives visit the days with work, which is called by one goroutine a person.
func (s *staffed) open(ctx context.Context, cores int, visit func(person int, d *attendance.Day)) error {
	w, err := newWork(openHours, 0, false)
	if err != nil {
		return err
	}
	w.book.Turned["Asia/Shanghai"] = s.to + 1
	return s.each(ctx, cores, func(n int, p *facts.Person) error {
		f, err := s.keeper.Load(ctx, p, p.Employee, s.from-1)
		if err != nil {
			return err
		}
		f.Assignments = []attendance.Assignment{{From: s.from, Group: openHours, Zone: "Asia/Shanghai"}}
		return attendance.Outline(w.book, f, s.from, s.to+1, attendance.Carry{}, func(d *attendance.Day, _ *attendance.Carry) bool {
			if visit != nil && d.Counted > 0 {
				visit(n, d)
			}
			return true
		})
	})
}

const workedInSQLite = `
SELECT emp, day, sum(CASE WHEN n % 2 = 1 THEN next - at END)
FROM (SELECT emp, (at + 28800 - 14400) / 86400 AS day, at, row_number() OVER w AS n, lead(at) OVER w AS next
      FROM punch WINDOW w AS (PARTITION BY emp, (at + 28800 - 14400) / 86400 ORDER BY at))
GROUP BY emp, day`

func (s *staffed) asking(db *sql.DB) side {
	return func(ctx context.Context, _ string) (attempt, error) {
		return attempt{run: func() (float64, error) {
			return s.days, s.ask(ctx, db, func(worked) {})
		}}, nil
	}
}

func (s *staffed) ask(ctx context.Context, db *sql.DB, yield func(worked)) (err error) {
	rows, err := db.QueryContext(ctx, workedInSQLite)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var person, day int64
		var seconds sql.NullInt64
		if err := rows.Scan(&person, &day, &seconds); err != nil {
			return err
		}
		yield(worked{int(person), domain.DateOfUnix(domain.Seconds(day) * domain.Day), domain.Seconds(seconds.Int64)})
	}
	return rows.Err()
}

// agree makes sure that the query and the engine find the same worked time on every day.
func (b *bench) agree(ctx context.Context, s *staffed, db *sql.DB) error {
	var theirs []worked
	if err := s.ask(ctx, db, func(w worked) { theirs = append(theirs, w) }); err != nil {
		return err
	}
	lists := make([][]worked, len(s.people))
	err := s.open(ctx, runtime.NumCPU(), func(person int, d *attendance.Day) {
		lists[person] = append(lists[person], worked{person, d.Date, d.Counted})
	})
	if err != nil {
		return err
	}
	var ours []worked
	for _, l := range lists {
		ours = append(ours, l...)
	}
	if digest(ours) != digest(theirs) {
		return fmt.Errorf("SQLite's query and the engine disagree: %d and %d days with work", len(theirs), len(ours))
	}
	b.noteWhatIf("SQLite's window query and the engine agree on all %d days with work of %d people", len(ours), len(s.people))
	return nil
}

// whatIfCost notes what one what-if takes: time, processor and memory.
func (b *bench) whatIfCost(ctx context.Context, s *staffed, change *evaluate.Candidate) error {
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0o200); err != nil { // the highest use begins anew
		return err
	}
	before := memoryUsed("self")
	for _, cores := range []int{1, runtime.NumCPU()} {
		out, err := b.once(ctx, s.replaying(change, cores))
		if err != nil {
			return err
		}
		b.noteWhatIf("what-if, %d people, %d days, %d cores: %.2f s, %.2f s of processor, %s employee-days a second; memory %s at its highest, %s before",
			len(s.people), s.to-s.from+1, cores, s.days/out.rate, out.cpu*s.days/1e6, figure(out.rate), memoryUsed("self"), before)
	}
	return nil
}

// whatIfCurve shows that cost grows with the days alone: with ten times the people, and with three times the years.
func (b *bench) whatIfCurve(ctx context.Context) error {
	change, err := graceOf("10m")
	if err != nil {
		return err
	}
	for _, x := range []struct {
		name         string
		goal         string
		us, them     [2]int // years, people
		anchorIsCall string
	}{
		{"what-if: 1,000 people against 100", "≥ 0.91 (ten times the work, at most 11 times the time)", [2]int{1, 1_000}, [2]int{1, 100}, "100 people, a year"},
		{"what-if: 10,000 people against 1,000", "≥ 0.91 (ten times the work, at most 11 times the time)", [2]int{1, 10_000}, [2]int{1, 1_000}, "1,000 people, a year"},
		{"what-if: three years against one", "≥ 0.91", [2]int{3, 1_000}, [2]int{1, 1_000}, "1,000 people, a year"},
	} {
		if !b.only.MatchString(x.name) {
			continue
		}
		us, err := b.theHistory(ctx, x.us[0], x.us[1])
		if err != nil {
			return err
		}
		them, err := b.theHistory(ctx, x.them[0], x.them[1])
		if err != nil {
			return err
		}
		err = b.hold(ctx, contest{
			name: x.name, unit: "employee-day", goal: x.goal, anchor: x.anchorIsCall,
			us: us.replaying(change, runtime.NumCPU()), them: them.replaying(change, runtime.NumCPU()),
		})
		if err != nil {
			return err
		}
	}
	return nil
}
