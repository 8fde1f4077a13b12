package evaluate

import (
	"context"
	"fmt"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/projections"
)

// Causes fills in, for the days that a report lists, their result hashes and the stage at which the two evaluations part, and for the
// first of them, as many as the question says, both traces. The days are those of one question, by employee and date. Where the days of another engine stand before, there is nothing to set a
// trace beside: what they have is left as it is.
func (p *Projector) Causes(ctx context.Context, tx projections.Tx, q Question, days []whatif.DayChange) error {
	if q.Against != nil || len(days) == 0 {
		return nil // the days that were compared have their hashes
	}
	book, err := p.keeper.Book(ctx, tx)
	if err != nil {
		return err
	}
	c := causes{Projector: p, q: q, book: book, other: under(book, q.Candidate), left: q.Traces}
	for len(days) > 0 {
		n := 1
		for n < len(days) && days[n].Emp == days[0].Emp {
			n++
		}
		if err := c.of(ctx, tx, days[:n]); err != nil {
			return fmt.Errorf("explain the days of %s: %w", days[0].Emp, err)
		}
		days = days[n:]
	}
	return nil
}

// causes are looked for under two books, each folded once.
type causes struct {
	*Projector
	q           Question
	book, other *attendance.Rulebook
	left        int // how many days still get their traces
}

// of is Causes for the days of one employee.
func (c *causes) of(ctx context.Context, tx projections.Tx, days []whatif.DayChange) error {
	emp, first, last := days[0].Emp, min(c.q.From, days[0].Date), days[len(days)-1].Date
	f, err := c.keeper.Load(ctx, tx, emp, first-1)
	if err != nil {
		return err
	}
	with, err := c.with(ctx, tx, c.q.Candidate, emp)
	if err != nil {
		return err
	}
	g := f
	if with != tx {
		if g, err = c.keeper.Load(ctx, with, emp, first-1); err != nil {
			return err
		}
	}
	var before, after rows
	if err := c.compute(ctx, tx, &before, c.book, emp, first, last); err != nil {
		return err
	}
	if err := c.compute(ctx, with, &after, c.other, emp, first, last); err != nil {
		return err
	}
	was, is := &Results{days: before.days, into: before.into}, &Results{days: after.days, into: after.into}
	wasHash, isHash := was.hashes(), is.hashes()
	for i := range days {
		d := &days[i]
		if d.Before != nil {
			d.Before.ResultHash = wasHash[d.Date]
		}
		if d.After != nil {
			d.After.ResultHash = isHash[d.Date]
		}
		if d.Before == nil || d.After == nil {
			continue
		}
		old, err := traceOf(ctx, tx, c.book, f, d, was)
		if err != nil {
			return err
		}
		new, err := traceOf(ctx, with, c.other, g, d, is)
		if err != nil {
			return err
		}
		if s := attendance.FirstDifference(old, new); s != nil {
			d.Stage, d.Name, d.Note, d.Rule = s.Stage, s.Name, s.Note, s.Rule
		}
		if err := c.align(d, old, new); err != nil {
			return err
		}
	}
	return nil
}

// align keeps both traces of a day, if it is among the first.
func (c *causes) align(d *whatif.DayChange, old, new *attendance.Trace) (err error) {
	if c.left == 0 {
		return nil
	}
	c.left--
	for _, t := range []*attendance.Trace{old, new} {
		if c.q.Placed == nil {
			break
		}
		if err := c.q.Placed(t); err != nil {
			return err
		}
	}
	d.Traces, err = whatif.Aligned(old, new)
	return err
}

// traceOf explains one day, from what the day before hands over.
func traceOf(
	ctx context.Context, tx projections.Tx, book *attendance.Rulebook, f *attendance.Facts, d *whatif.DayChange, from *Results,
) (*attendance.Trace, error) {
	carry, err := from.carryInto(ctx, tx, d.Emp, d.Date)
	if err != nil {
		return nil, err
	}
	return attendance.Explain(book, f, d.Date, carry)
}

func (r *Results) hashes() map[domain.Date]string {
	out := make(map[domain.Date]string, len(r.days))
	for i := range r.days {
		out[r.days[i].Date] = r.days[i].ResultHash
	}
	return out
}
