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
	"github.com/punchledger/punchledger/domain/ruleset"
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
	Keep      int                // how many of the days that differ the report lists
	Cores     int                // at least 1
	Progress  func(done, of int) // may be nil
}

// Replay compares what governs with what the candidate gives, person by person, and writes nothing. The report is the same on any
// number of cores. Memory is that of a few people, the sums, and the days that are kept.
func (p *Projector) Replay(ctx context.Context, tx projections.Tx, q Question) (whatif.Report, error) {
	book, err := p.keeper.Book(ctx, tx)
	if err != nil {
		return whatif.Report{}, err
	}
	r := &replay{Question: q, keeper: p.keeper, book: book, other: under(book, q.Candidate), tally: whatif.NewTally(q.Keep)}
	if s := q.Among.Sample; s != nil {
		r.Employees = s.Order(q.Employees)
	}
	if err := r.run(ctx, tx); err != nil && !errors.Is(err, errSampled) {
		return whatif.Report{}, err
	}
	slices.SortFunc(r.drawn, func(a, b *whatif.Person) int { return cmp.Compare(a.Emp, b.Emp) })
	for _, person := range r.drawn {
		r.tally.Add(*person)
	}
	return r.tally.Report(), nil
}

// errSampled ends a replay whose sample is complete.
var errSampled = errors.New("the sample is complete")

// replay is a question on its way. One goroutine reads, some compare, and what they find is added in the order of the people.
type replay struct {
	Question
	keeper *facts.Keeper
	book   *attendance.Rulebook
	other  *attendance.Rulebook // in which the candidate governs
	tally  *whatif.Tally
	drawn  []*whatif.Person // of a sample, which does not come in the order of ids
	done   int
}

// task is one person to compare; found is nil where the candidate does not govern them.
type task struct {
	person *facts.Person
	carry  attendance.Carry
	found  chan *whatif.Person
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
					return fmt.Errorf("evaluate %s from %s: %w", t.person.Employee, r.From, err)
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
				if err := r.add(found); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return g.Wait()
}

func (r *replay) read(ctx context.Context, tx projections.Tx, todo, order chan<- *task) error {
	for _, employee := range r.Employees {
		t := &task{found: make(chan *whatif.Person, 1)}
		var err error
		if t.person, err = facts.ReadPerson(ctx, tx, employee, r.From-1); err != nil {
			return err
		}
		if t.carry, err = carryInto(ctx, tx, employee, r.From-1); err != nil {
			return err
		}
		for _, to := range []chan<- *task{order, todo} {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case to <- t:
			}
		}
	}
	return nil
}

func (r *replay) add(found *whatif.Person) error {
	r.done++
	if r.Progress != nil {
		r.Progress(r.done, len(r.Employees))
	}
	switch sample := r.Among.Sample; {
	case found == nil:
	case sample == nil:
		r.tally.Add(*found)
	case len(r.drawn) < sample.N:
		r.drawn = append(r.drawn, found)
	}
	if sample := r.Among.Sample; sample != nil && len(r.drawn) >= sample.N {
		return errSampled
	}
	return nil
}

// comparer is the memory of one worker.
type comparer struct {
	*replay
	before, after outline
}

// withoutEqualEve leaves out the day before the first date where it stays the same. Where that day ends is a matter of the rules of both:
// a candidate that says otherwise moves punches over the cut, and then the day belongs to what the candidate changes.
func withoutEqualEve(eve domain.Date, before, after []whatif.Day) (b, a []whatif.Day) {
	if len(before) > 0 && len(after) > 0 && before[0].Date == eve && after[0].Date == eve && before[0].Same(&after[0]) {
		return before[1:], after[1:]
	}
	return before, after
}

// outline are the days of one person in lists that are used again for the next one.
type outline struct {
	days  []whatif.Day
	rows  []whatif.Row
	texts []string
}

func (c *comparer) compare(ctx context.Context, t *task) (*whatif.Person, error) {
	f, err := c.keeper.Load(ctx, t.person, t.person.Employee, c.From-1)
	if err != nil || !governs(c.other, f, c.Candidate) {
		return nil, err
	}
	who := whatif.Who{Emp: t.person.Employee}
	for i := range f.Assignments {
		if a := &f.Assignments[i]; i == 0 || c.To == 0 || a.From <= c.To {
			who.Group, who.Site, who.Tags = a.Group, a.Site, a.Tags
		}
	}
	if !c.Among.Has(who) {
		return nil, nil
	}
	if err := c.evaluate(ctx, t, f, c.book, &c.before); err != nil {
		return nil, err
	}
	if err := c.evaluate(ctx, t, f, c.other, &c.after); err != nil {
		return nil, err
	}
	before, after := withoutEqualEve(c.From-1, c.before.days, c.after.days)
	found := whatif.Contrast(who, before, after, c.Keep)
	return &found, nil
}

func (c *comparer) evaluate(ctx context.Context, t *task, f *attendance.Facts, book *attendance.Rulebook, out *outline) error {
	out.days, out.rows, out.texts = out.days[:0], out.rows[:0], out.texts[:0]
	first, err := c.keeper.Start(ctx, t.person, book, t.person.Employee)
	if err != nil {
		return err
	}
	last := facts.Horizon(book, f)
	if c.To != 0 {
		last = min(last, c.To)
	}
	return attendance.Outline(book, f, max(c.From-1, first), last+1, t.carry, func(d *attendance.Day, _ *attendance.Carry) bool {
		if d.Date >= c.From-1 {
			out.add(d)
		}
		return true
	})
}

// add copies a day. Texts of rules outlive the day; the lists do not.
func (out *outline) add(d *attendance.Day) {
	day := whatif.Day{Date: d.Date}
	begin := len(out.rows)
	for i := range d.Rows {
		row := &d.Rows[i]
		at := begin
		for at < len(out.rows) && out.rows[at].Code < row.Code {
			at++
		}
		if at == len(out.rows) || out.rows[at].Code != row.Code {
			out.rows = slices.Insert(out.rows, at, whatif.Row{Code: row.Code})
		}
		to := &out.rows[at]
		to.Seconds += row.Seconds
		to.Days += row.Days
		to.Count += row.Count
		to.Worth += worthOf(row)
	}
	day.Rows = out.rows[begin:len(out.rows):len(out.rows)]
	from := len(out.texts)
	out.texts = append(out.texts, d.Flags...)
	day.Flags = out.texts[from:len(out.texts):len(out.texts)]
	from = len(out.texts)
	for i := range d.Anomalies {
		out.texts = append(out.texts, d.Anomalies[i].Key())
	}
	day.Anomalies = out.texts[from:len(out.texts):len(out.texts)]
	slices.Sort(day.Anomalies)
	out.days = append(out.days, day)
}

const million = 1_000_000

// worthOf is what the seconds of a row are worth at its rate, in seconds at the rate of 1. What informs or is saved up pays nothing now.
func worthOf(r *attendance.Row) domain.Seconds {
	if r.Class == "info" || r.Class == "bank" {
		return 0
	}
	rate, _ := ruleset.Millionths(r.Rate) // A rate of another form does not compile.
	return domain.Seconds(int64(r.Seconds) * rate / million)
}
