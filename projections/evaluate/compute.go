package evaluate

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/facts"
	"github.com/punchledger/punchledger/projections/payroll"
)

// Results are rows that were computed and not stored. They implement projections.Reader over what they hold.
type Results struct {
	days      []daily.Row
	anomalies []anomaly.Row
	parts     []payroll.Part
	into      map[string][]byte // by employee: the carry that the first date started from
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
	book = under(book, candidate)
	var out rows
	for _, employee := range employees {
		if err := p.compute(ctx, tx, &out, book, employee, from, to); err != nil {
			return nil, fmt.Errorf("evaluate %s from %s: %w", employee, from, err)
		}
	}
	slices.SortStableFunc(out.parts, func(a, b payroll.Part) int {
		return cmp.Or(cmp.Compare(a.Employee, b.Employee), cmp.Compare(a.Date, b.Date), cmp.Compare(a.Code, b.Code))
	})
	return &Results{days: out.days, anomalies: out.anomalies, parts: out.parts, into: out.into}, nil
}

func (p *Projector) compute(
	ctx context.Context, tx projections.Tx, out *rows, book *attendance.Rulebook, employee string, from, to domain.Date,
) error {
	f, err := p.keeper.Load(ctx, tx, employee, from-1)
	if err != nil {
		return err
	}
	first, err := p.keeper.Start(ctx, tx, book, employee)
	if err != nil {
		return err
	}
	if out.into == nil {
		out.into = map[string][]byte{}
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
	return attendance.Evaluate(book, f, begin, last+1, carry, func(d *attendance.Day, next *attendance.Carry) bool {
		hands, _ := next.MarshalBinary() // it has no error to give
		if d.Date >= from {
			out.add(d, hands, f)
			return true
		}
		out.into[employee] = hands
		before := rows{}
		before.add(d, nil, f)
		out.parts = append(out.parts, slices.DeleteFunc(before.parts, func(p payroll.Part) bool { return p.Date < from })...)
		return true
	})
}

// Explain returns the trace of one day under the rules that govern it, or under a candidate. It starts from what the day before hands
// over: in results, which were computed under the same rules, else as stored; what a candidate governs before the day is computed.
func (p *Projector) Explain(
	ctx context.Context, tx projections.Tx, employee string, date domain.Date, c *Candidate, results *Results,
) (*attendance.Trace, error) {
	book, err := p.keeper.Book(ctx, tx)
	if err != nil {
		return nil, err
	}
	f, err := p.keeper.Load(ctx, tx, employee, date)
	if err != nil {
		return nil, err
	}
	carry, err := results.carryInto(ctx, tx, employee, date)
	if err != nil {
		return nil, err
	}
	if c != nil && results == nil {
		if carry, err = p.carryUnder(ctx, tx, employee, date, c); err != nil {
			return nil, err
		}
	}
	return attendance.Explain(under(book, c), f, date, carry)
}

// carryUnder is what the day before date hands over where a candidate governs. It starts a day before the candidate does, as Compute.
func (p *Projector) carryUnder(ctx context.Context, tx projections.Tx, employee string, date domain.Date, c *Candidate) (carry attendance.Carry, err error) {
	book, err := p.keeper.Book(ctx, tx)
	if err != nil {
		return carry, err
	}
	book = under(book, c)
	first, err := p.keeper.Start(ctx, tx, book, employee)
	if err != nil {
		return carry, err
	}
	begin := max(min(c.From, date)-1, first)
	f, err := p.keeper.Load(ctx, tx, employee, begin)
	if err != nil {
		return carry, err
	}
	if carry, err = carryInto(ctx, tx, employee, begin); err != nil || begin >= date {
		return carry, err
	}
	err = attendance.Evaluate(book, f, begin, date, carry.Clone(), func(_ *attendance.Day, next *attendance.Carry) bool {
		carry = next.Clone()
		return true
	})
	return carry, err
}

// Assume keeps the facts of events and evaluates nothing, so that Compute in the same transaction shows what they would change. The
// caller ends the transaction without committing it.
func (p *Projector) Assume(ctx context.Context, tx projections.Tx, batch []eventstore.Decoded) error {
	_, err := p.keeper.Apply(ctx, tx, batch)
	return err
}

// Book returns what governs, as stored.
func (p *Projector) Book(ctx context.Context, tx projections.Tx) (*attendance.Rulebook, error) {
	return p.keeper.Book(ctx, tx)
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

// carryInto returns what the last day before date hands over: of these results, or as stored. A nil r holds nothing.
func (r *Results) carryInto(ctx context.Context, tx projections.Tx, employee string, date domain.Date) (attendance.Carry, error) {
	var carry attendance.Carry
	if r != nil {
		for _, d := range slices.Backward(r.days) {
			if d.Employee == employee && d.Date < date {
				return carry, carry.UnmarshalBinary(d.Carry)
			}
		}
		if b := r.into[employee]; b != nil {
			return carry, carry.UnmarshalBinary(b)
		}
	}
	return carryInto(ctx, tx, employee, date)
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
		if p.Employee >= q.After && within(p.Employee, p.Date, q.Employee, q.From, q.To) {
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
		q.Worth += worthOf(&p.Row)
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
