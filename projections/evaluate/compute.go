package evaluate

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/facts"
	"github.com/punchledger/punchledger/projections/payroll"
)

// Candidate puts other rules in the place of those that govern, for the dates From to To, both included; a zero To is open.
// Groups limits it to these groups, nil means all; InPlaceOf limits it to dates on which that ruleset is bound, empty means all.
// Version is the number its rows carry.
type Candidate struct {
	Rules     *ruleset.Rules
	Version   int
	From, To  domain.Date
	Groups    []string
	InPlaceOf string
}

// Results are rows that were computed and not stored. They implement projections.Reader over what they hold.
type Results struct {
	days      []daily.Row
	anomalies []anomaly.Row
	parts     []payroll.Part
}

// Compute evaluates employees on the dates from to to, both included and a zero to open, under a candidate where one is given. It
// starts a day earlier, from the carry stored there: where that day ends, and what it gives to the first date, is a matter of the
// rules of both. It reads facts and carries, and writes nothing.
func (p *Projector) Compute(
	ctx context.Context, tx projections.Tx, employees []string, from, to domain.Date, candidate *Candidate,
) (*Results, error) {
	book, err := p.keeper.Book(ctx, tx)
	if err != nil {
		return nil, err
	}
	var out rows
	for _, employee := range employees {
		if err := p.compute(ctx, tx, &out, book, employee, from, to, candidate); err != nil {
			return nil, fmt.Errorf("evaluate %s from %s: %w", employee, from, err)
		}
	}
	slices.SortStableFunc(out.parts, func(a, b payroll.Part) int {
		return cmp.Or(cmp.Compare(a.Employee, b.Employee), cmp.Compare(a.Date, b.Date), cmp.Compare(a.Code, b.Code))
	})
	return &Results{days: out.days, anomalies: out.anomalies, parts: out.parts}, nil
}

func (p *Projector) compute(
	ctx context.Context, tx projections.Tx, out *rows, book *attendance.Rulebook, employee string, from, to domain.Date, c *Candidate,
) error {
	f, err := p.keeper.Load(ctx, tx, employee, from-1)
	if err != nil {
		return err
	}
	book = under(book, f, c)
	first, err := p.keeper.Start(ctx, tx, book, employee)
	if err != nil {
		return err
	}
	begin := max(from-1, first)
	last := facts.Horizon(book, f)
	if to != 0 {
		last = min(last, to)
	}
	carry, err := carryInto(ctx, tx, employee, begin)
	if err != nil {
		return err
	}
	return attendance.Evaluate(book, f, begin, last+1, carry, func(d *attendance.Day, _ *attendance.Carry) bool {
		if d.Date >= from {
			out.add(d, nil)
			return true
		}
		before := rows{}
		before.add(d, nil)
		out.parts = append(out.parts, slices.DeleteFunc(before.parts, func(p payroll.Part) bool { return p.Date < from })...)
		return true
	})
}

// Explain returns the trace of one day under the rules that govern it, or under a candidate.
func (p *Projector) Explain(
	ctx context.Context, tx projections.Tx, employee string, date domain.Date, c *Candidate,
) (*attendance.Trace, error) {
	book, err := p.keeper.Book(ctx, tx)
	if err != nil {
		return nil, err
	}
	f, err := p.keeper.Load(ctx, tx, employee, date)
	if err != nil {
		return nil, err
	}
	carry, err := carryInto(ctx, tx, employee, date)
	if err != nil {
		return nil, err
	}
	return attendance.Explain(under(book, f, c), f, date, carry)
}

// Book returns what governs, as stored.
func (p *Projector) Book(ctx context.Context, tx projections.Tx) (*attendance.Rulebook, error) {
	return p.keeper.Book(ctx, tx)
}

// Facts returns what evaluation of an employee reads, as stored.
func (p *Projector) Facts(ctx context.Context, tx projections.Tx, employee string, from domain.Date) (*attendance.Facts, error) {
	return p.keeper.Load(ctx, tx, employee, from)
}

func carryInto(ctx context.Context, tx projections.Tx, employee string, date domain.Date) (attendance.Carry, error) {
	var carry attendance.Carry
	data, err := tx.CarryBefore(ctx, employee, date)
	if data == nil || err != nil {
		return carry, err
	}
	if err := carry.UnmarshalBinary(data); err != nil {
		return carry, fmt.Errorf("carry into %s: %w", date, err)
	}
	return carry, nil
}

// candidateID is an id that no ruleset of the ledger has.
const candidateID = "\x00candidate"

// under returns a book in which the candidate governs where it says.
func under(book *attendance.Rulebook, f *attendance.Facts, c *Candidate) *attendance.Rulebook {
	if c == nil {
		return book
	}
	b := *book
	b.Rulesets = maps.Clone(book.Rulesets)
	b.Rulesets[candidateID] = []attendance.Version{{Rules: c.Rules, Number: c.Version, From: 1}}
	b.Groups = maps.Clone(book.Groups)
	for _, a := range f.Assignments {
		if c.Groups != nil && !slices.Contains(c.Groups, a.Group) {
			continue
		}
		here := attendance.Binding{Ruleset: candidateID, From: max(c.From, 1), To: endOf(c)}
		b.Groups[a.Group] = rebind(book.Groups[a.Group], here, c.InPlaceOf)
	}
	return &b
}

// rebind puts a binding over those it meets: over all of them, or only where they name the ruleset in whose place it stands.
func rebind(old []attendance.Binding, over attendance.Binding, inPlaceOf string) []attendance.Binding {
	if inPlaceOf == "" {
		out := []attendance.Binding{over}
		for _, b := range old {
			out = append(out, outside(b, over)...)
		}
		return sorted(out)
	}
	var out []attendance.Binding
	for _, b := range old {
		if b.Ruleset != inPlaceOf {
			out = append(out, b)
			continue
		}
		part := attendance.Binding{Ruleset: over.Ruleset, From: max(b.From, over.From), To: earlier(b.To, over.To), Event: b.Event}
		if part.To == 0 || part.From < part.To {
			out = append(out, part)
			out = append(out, outside(b, part)...)
		} else {
			out = append(out, b)
		}
	}
	return sorted(out)
}

// outside returns what remains of b beside over.
func outside(b, over attendance.Binding) []attendance.Binding {
	var out []attendance.Binding
	if b.From < over.From {
		left := b
		left.To = earlier(b.To, over.From)
		out = append(out, left)
	}
	if over.To != 0 && (b.To == 0 || b.To > over.To) {
		right := b
		right.From = max(b.From, over.To)
		out = append(out, right)
	}
	return out
}

// earlier returns the earlier of two ends, where zero is open.
func earlier(a, b domain.Date) domain.Date {
	switch {
	case a == 0:
		return b
	case b == 0:
		return a
	}
	return min(a, b)
}

func sorted(b []attendance.Binding) []attendance.Binding {
	slices.SortFunc(b, func(x, y attendance.Binding) int { return cmp.Compare(x.From, y.From) })
	return b
}

// Days implements daily.Reader.
func (r *Results) Days(_ context.Context, q daily.Query, yield func(daily.Row) error) error {
	for _, d := range r.days {
		if within(d.Employee, d.Date, q.Employee, q.From, q.To) {
			if err := yield(d); err != nil {
				return err
			}
		}
	}
	return nil
}

// Anomalies implements anomaly.Reader.
func (r *Results) Anomalies(_ context.Context, q anomaly.Query, yield func(anomaly.Row) error) error {
	for _, a := range r.anomalies {
		if within(a.Employee, a.Date, q.Employee, q.From, q.To) && (q.ID == "" || q.ID == a.ID) {
			if err := yield(a); err != nil {
				return err
			}
		}
	}
	return nil
}

// Parts implements payroll.Reader.
func (r *Results) Parts(_ context.Context, q payroll.Query, yield func(payroll.Part) error) error {
	for _, p := range r.parts {
		if within(p.Employee, p.Date, q.Employee, q.From, q.To) {
			if err := yield(p); err != nil {
				return err
			}
		}
	}
	return nil
}

func within(employee string, d domain.Date, only string, from, to domain.Date) bool {
	return (only == "" || employee == only) && d >= from && (to == 0 || d <= to)
}

// Figures are the results in the form in which a what-if compares them.
func (r *Results) Figures() []whatif.Figures {
	out := make([]whatif.Figures, len(r.days))
	at := map[string]map[domain.Date]*whatif.Figures{}
	for i, d := range r.days {
		out[i] = whatif.Figures{Emp: d.Employee, Date: d.Date, Flags: d.Flags, ResultHash: d.ResultHash, Rows: map[string]whatif.Quantity{}}
		if at[d.Employee] == nil {
			at[d.Employee] = map[domain.Date]*whatif.Figures{}
		}
		at[d.Employee][d.Date] = &out[i]
	}
	for _, p := range r.parts {
		f := at[p.Employee][p.Day]
		if f == nil { // given by the day before the first one
			continue
		}
		q := f.Rows[p.Code]
		q.Seconds += p.Seconds
		q.Days += p.Row.Days
		q.Count += p.Count
		f.Rows[p.Code] = q
	}
	for _, a := range r.anomalies {
		f := at[a.Employee][a.Date]
		f.Anomalies = append(f.Anomalies, a.Key())
	}
	for i := range out {
		slices.Sort(out[i].Anomalies)
	}
	return out
}

// Population returns those of the employees for whom the candidate governs on at least one date of its window.
func (p *Projector) Population(ctx context.Context, tx projections.Tx, employees []string, c *Candidate) ([]string, error) {
	book, err := p.keeper.Book(ctx, tx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, employee := range employees {
		f, err := p.keeper.Load(ctx, tx, employee, c.From)
		if err != nil {
			return nil, err
		}
		if governs(under(book, f, c), f, c) {
			out = append(out, employee)
		}
	}
	return out, nil
}

func governs(book *attendance.Rulebook, f *attendance.Facts, c *Candidate) bool {
	for i, a := range f.Assignments {
		until := domain.Date(0)
		if i+1 < len(f.Assignments) {
			until = f.Assignments[i+1].From
		}
		for _, b := range book.Groups[a.Group] {
			if b.Ruleset != candidateID {
				continue
			}
			from, to := max(a.From, b.From, c.From), earlier(earlier(until, b.To), endOf(c))
			for _, e := range f.Employment {
				if last := earlier(to, dayAfter(e.Last)); last == 0 || max(from, e.From) < last {
					return true
				}
			}
		}
	}
	return false
}

func endOf(c *Candidate) domain.Date { return dayAfter(c.To) }

// dayAfter turns a last day into an end; zero stays open.
func dayAfter(d domain.Date) domain.Date {
	if d == 0 {
		return 0
	}
	return d + 1
}
