package evaluate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/facts"
)

// Question asks what a candidate would give the employees, on the dates From to To, both included and a zero To open. The day before
// From is looked at too, and told of where it differs.
type Question struct {
	Candidate *Candidate
	From, To  domain.Date
	Employees []string // in their order; those for whom the candidate governs on no date are left out
	Among     whatif.Population
	Keep      int // how many of the days that differ the report lists
	Traces    int // how many of those Causes gives both traces
	// Placed says of a trace where its events stand in the log; may be nil.
	Placed   func(t *attendance.Trace) error
	Cores    int                // at least 1
	Progress func(done, of int) // may be nil

	// Against gives the days of an employee that another engine wrote, by date; they stand in the place of what governs. May be nil.
	Against func(employee string) ([]whatif.Day, error)
	// Given takes the days that the candidate gives to whom it governs, with their result hashes, in the order of the report. May be nil.
	Given func(employee string, days []whatif.Figures) error
	// Kept are people who were compared before under the same question, as Keeping was told of them; both may be nil. Of somebody whom
	// no candidate governs all entries are nil.
	Kept    func(employee string) ([]*whatif.Person, bool)
	Keeping func(employee string, found []*whatif.Person) error
}

// Replay compares what governs with what the candidate gives, person by person, and writes nothing. The report is the same on any
// number of cores. Somebody who cannot be evaluated is a failure of the report; what cannot be read ends the replay. Memory is that
// of a few people, the sums, and the days that are kept.
func (p *Projector) Replay(ctx context.Context, tx projections.Tx, q Question) (whatif.Report, error) {
	reports, err := p.ReplayEach(ctx, tx, q, []*Candidate{q.Candidate})
	if err != nil {
		return whatif.Report{}, err
	}
	return reports[0], nil
}

// ReplayEach is Replay for several candidates over the same dates: facts are read and what governs is evaluated once. Each report is
// the one that Replay gives for its candidate.
func (p *Projector) ReplayEach(ctx context.Context, tx projections.Tx, q Question, candidates []*Candidate) ([]whatif.Report, error) {
	book, err := p.keeper.Book(ctx, tx)
	if err != nil {
		return nil, err
	}
	r := &replay{Question: q, projector: p, keeper: p.keeper, book: book}
	for _, c := range candidates {
		r.trials = append(r.trials, &trial{candidate: c, book: under(book, c), tally: whatif.NewTally(q.Keep)})
	}
	if s := q.Among.Sample; s != nil {
		r.Employees = s.Order(q.Employees)
	}
	if err := r.run(ctx, tx); err != nil && !errors.Is(err, errSampled) {
		return nil, err
	}
	reports := make([]whatif.Report, len(r.trials))
	for i, t := range r.trials {
		slices.SortFunc(t.drawn, func(a, b *result) int { return cmp.Compare(a.Emp, b.Emp) })
		for _, found := range t.drawn {
			if err := r.count(t, found); err != nil {
				return nil, err
			}
		}
		reports[i] = t.tally.Report()
	}
	return reports, nil
}

// errSampled ends a replay whose samples are complete.
var errSampled = errors.New("the sample is complete")

// replay is a question on its way. One goroutine reads, some compare, and what they find is added in the order of the people.
type replay struct {
	Question
	projector *Projector
	keeper    *facts.Keeper
	book      *attendance.Rulebook
	trials    []*trial
	done      int
}

// trial is one of the candidates.
type trial struct {
	candidate *Candidate
	book      *attendance.Rulebook // in which the candidate governs
	tally     *whatif.Tally
	drawn     []*result // of a sample, which does not come in the order of ids
}

// result is what a candidate changes for one person, with the days it gives where they are asked for.
type result struct {
	*whatif.Person
	given []whatif.Figures
}

// task is one person to compare; found has a result for each trial, nil where the candidate does not govern them.
type task struct {
	employee string
	person   *facts.Person
	supposed []*facts.Person // by trial, where its candidate has events about them; else nil
	carry    attendance.Carry
	found    chan []*result
}

func (r *replay) run(ctx context.Context, tx projections.Tx) error {
	g, ctx := errgroup.WithContext(ctx)
	todo, order := make(chan *task), make(chan *task, 4*r.Cores)
	g.Go(func() error {
		defer close(order)
		defer close(todo)
		return r.read(ctx, tx, todo, order)
	})
	for range r.Cores {
		g.Go(func() error {
			c := comparer{replay: r}
			for t := range todo {
				found, err := c.compare(ctx, t)
				if err != nil {
					return fmt.Errorf("evaluate %s from %s: %w", t.employee, r.From, err)
				}
				t.found <- found
			}
			return nil
		})
	}
	g.Go(func() error {
		for t := range order {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case found := <-t.found:
				if err := r.add(t.employee, found); err != nil {
					return err
				}
			}
			if err := ctx.Err(); err != nil { // so that nobody is added after the one at whom it was stopped
				return err
			}
		}
		return nil
	})
	return g.Wait()
}

func (r *replay) read(ctx context.Context, tx projections.Tx, todo, order chan<- *task) error {
	for _, employee := range r.Employees {
		t := &task{employee: employee, found: make(chan []*result, 1)}
		to := []chan<- *task{order, todo}
		if kept, ok := r.kept(employee); ok {
			t.found <- kept
			to = to[:1]
		} else if err := r.facts(ctx, tx, t); err != nil {
			return err
		}
		for _, to := range to {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case to <- t:
			}
		}
	}
	return nil
}

// kept is what was found about an employee before.
func (r *replay) kept(employee string) ([]*result, bool) {
	if r.Kept == nil {
		return nil, false
	}
	people, ok := r.Kept(employee)
	if !ok || len(people) != len(r.trials) {
		return nil, false
	}
	out := make([]*result, len(people))
	for i, p := range people {
		if p != nil {
			out[i] = &result{Person: p}
		}
	}
	return out, true
}

func (r *replay) facts(ctx context.Context, tx projections.Tx, t *task) (err error) {
	if t.person, err = facts.ReadPerson(ctx, tx, t.employee, r.From-1); err != nil {
		return err
	}
	t.supposed = make([]*facts.Person, len(r.trials))
	for i, trial := range r.trials {
		with, err := r.projector.with(ctx, tx, trial.candidate, t.employee)
		if err == nil && with != tx {
			t.supposed[i], err = facts.ReadPerson(ctx, with, t.employee, r.From-1)
		}
		if err != nil {
			return err
		}
	}
	t.carry, err = carryInto(ctx, tx, t.employee, r.From-1)
	return err
}

func (r *replay) add(employee string, found []*result) error {
	r.done++
	if r.Keeping != nil {
		people := make([]*whatif.Person, len(found))
		for i, f := range found {
			if f != nil {
				people[i] = f.Person
			}
		}
		if err := r.Keeping(employee, people); err != nil {
			return err
		}
	}
	sample, full := r.Among.Sample, r.Among.Sample != nil
	for i, t := range r.trials {
		switch f := found[i]; {
		case f == nil:
		case sample == nil:
			if err := r.count(t, f); err != nil {
				return err
			}
		case len(t.drawn) < sample.N:
			t.drawn = append(t.drawn, f)
		}
		full = full && len(t.drawn) >= sample.N
	}
	if r.Progress != nil {
		r.Progress(r.done, len(r.Employees))
	}
	if full {
		return errSampled
	}
	return nil
}

// count puts a person into the report of a trial.
func (r *replay) count(t *trial, f *result) error {
	t.tally.Add(*f.Person)
	if r.Given == nil {
		return nil
	}
	return r.Given(f.Emp, f.given)
}

// comparer is the memory of one worker.
type comparer struct {
	*replay
	before, after outline
	room, other   facts.Room
}

// withoutEqualEve leaves out the day before the first date where it stays the same. Where that day ends is a matter of the rules of both:
// a candidate that says otherwise moves punches over the cut, and then the day belongs to what the candidate changes.
func withoutEqualEve(eve domain.Date, before, after []whatif.Day) (b, a []whatif.Day) {
	if len(before) > 0 && len(after) > 0 && before[0].Date == eve && after[0].Date == eve && before[0].Same(&after[0]) {
		return before[1:], after[1:]
	}
	return before, after
}

func (c *comparer) compare(ctx context.Context, t *task) ([]*result, error) {
	out := make([]*result, len(c.trials))
	opened, err := c.keeper.Open(ctx, t.person, c.book, t.employee)
	if err != nil {
		return nil, err
	}
	f, err := c.load(ctx, t.person, opened, &c.room)
	if err != nil {
		return nil, err
	}
	who := whatif.Who{Emp: t.employee}
	for i := range f.Assignments {
		if a := &f.Assignments[i]; i == 0 || c.To == 0 || a.From <= c.To {
			who.Group, who.Site, who.Tags = a.Group, a.Site, a.Tags
		}
	}
	if !c.Among.Has(who) {
		return out, nil
	}
	var before []whatif.Day
	contrast := whatif.Contrast
	for i, trial := range c.trials {
		if !governs(trial.book, f, trial.candidate) {
			continue
		}
		switch {
		case before != nil:
		case c.Against != nil:
			contrast = whatif.Against
			if before, err = c.Against(t.employee); err != nil {
				return nil, err
			}
			before = c.within(before)
		default:
			if err := c.evaluate(t, opened.First, f, c.book, &c.before); err != nil {
				return c.failed(f, who, whatif.FailureOf(t.employee, whatif.Before, err)), nil
			}
			before = c.before.days
		}
		start, g, err := c.assumed(ctx, t, i, opened, f)
		if err != nil {
			return nil, err
		}
		if err := c.evaluate(t, start.FirstUnder(trial.book), g, trial.book, &c.after); err != nil {
			out[i] = &result{Person: &whatif.Person{Who: who, Failed: whatif.FailureOf(t.employee, whatif.After, err)}}
			continue
		}
		was, is := before, c.after.days
		if c.Against == nil {
			was, is = withoutEqualEve(c.From-1, was, is)
		}
		person := contrast(who, was, is, c.Keep)
		person.Intake = trial.candidate.counts(t.employee)
		out[i] = &result{Person: &person}
		if c.Given != nil {
			out[i].given = c.after.figures(t.employee, c.From)
		}
	}
	return out, nil
}

// assumed are the facts of a trial: the ones that are recorded, or with what its candidate supposes.
func (c *comparer) assumed(ctx context.Context, t *task, trial int, o facts.Opened, f *attendance.Facts) (facts.Opened, *attendance.Facts, error) {
	with := t.supposed[trial]
	if with == nil {
		return o, f, nil
	}
	o, err := c.keeper.Open(ctx, with, c.book, t.employee)
	if err != nil {
		return o, nil, err
	}
	f, err = c.load(ctx, with, o, &c.other)
	return o, f, err
}

// failed is what is found of somebody who cannot be evaluated as it is, for all whose candidates govern them.
func (c *comparer) failed(f *attendance.Facts, who whatif.Who, failure *whatif.Failure) []*result {
	out := make([]*result, len(c.trials))
	for i, trial := range c.trials {
		if governs(trial.book, f, trial.candidate) {
			out[i] = &result{Person: &whatif.Person{Who: who, Failed: failure}}
		}
	}
	return out
}

// within are the days of the window.
func (c *comparer) within(days []whatif.Day) []whatif.Day {
	out := make([]whatif.Day, 0, len(days))
	for _, d := range days {
		if d.Date >= c.From && (c.To == 0 || d.Date <= c.To) {
			out = append(out, d)
		}
	}
	return out
}

// whole says that days are wanted as they are stored: an outline has no result hashes.
func (c *comparer) whole() bool { return c.Against != nil || c.Given != nil }

func (c *comparer) load(ctx context.Context, p *facts.Person, o facts.Opened, room *facts.Room) (*attendance.Facts, error) {
	if c.whole() {
		return c.keeper.Complete(ctx, p, o, c.From-1)
	}
	return c.keeper.Sketch(ctx, p, o, c.From-1, room)
}

func (c *comparer) evaluate(t *task, first domain.Date, f *attendance.Facts, book *attendance.Rulebook, out *outline) error {
	out.days, out.rows, out.texts = out.days[:0], out.rows[:0], out.texts[:0]
	last := facts.Horizon(book, f)
	if c.To != 0 {
		last = min(last, c.To)
	}
	evaluate := attendance.Outline
	if c.whole() {
		evaluate = attendance.Evaluate
	}
	return evaluate(book, f, max(c.From-1, first), last+1, t.carry, func(d *attendance.Day, _ *attendance.Carry) bool {
		if d.Date >= c.From || d.Date == c.From-1 && c.Against == nil {
			out.add(d)
		}
		return true
	})
}
