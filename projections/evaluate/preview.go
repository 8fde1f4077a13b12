package evaluate

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
)

// Preview is what an employee's days come to without events and with them.
type Preview struct {
	Employee string       `json:"emp"`
	Days     []Comparison `json:"days"` // those that differ, and the one that was asked for
}

// Comparison is one day without and with the events. A side is nil where the day does not exist there.
type Comparison struct {
	Date    domain.Date   `json:"date"`
	Changed bool          `json:"changed"` // the results differ
	Before  *Side         `json:"before"`
	After   *Side         `json:"after"`
	Rows    []RowChange   `json:"rows"`   // pay codes whose quantity differs
	Opened  []anomaly.Row `json:"opened"` // anomalies that only the events bring
	Closed  []anomaly.Row `json:"closed"` // anomalies that only they take away
}

// Side is a day's result, and why, where that was asked for.
type Side struct {
	Day attendance.Day    `json:"day"`
	Why *attendance.Trace `json:"why,omitempty"`
}

// RowChange is what becomes of a pay code.
type RowChange struct {
	Code   string          `json:"code"`
	Before whatif.Quantity `json:"before"`
	After  whatif.Quantity `json:"after"`
}

// supposed is a transaction in which facts stand that nobody has recorded. They are read by it and never written.
type supposed struct {
	projections.Tx
	facts map[[2]string][]byte
}

func (s *supposed) Fact(ctx context.Context, employee, part string) ([]byte, error) {
	if data, ok := s.facts[[2]string{employee, part}]; ok {
		return data, nil
	}
	return s.Tx.Fact(ctx, employee, part)
}

func (s *supposed) PutFact(_ context.Context, employee, part string, data []byte) error {
	s.facts[[2]string{employee, part}] = data
	return nil
}

func (s *supposed) FactParts(ctx context.Context, employee, prefix string) ([]string, error) {
	parts, err := s.Tx.FactParts(ctx, employee, prefix)
	for key := range s.facts {
		if key[0] == employee && strings.HasPrefix(key[1], prefix) {
			parts = append(parts, key[1])
		}
	}
	slices.Sort(parts)
	return slices.Compact(parts), err
}

func (s *supposed) PartsExcept(ctx context.Context, employee, from, to string, yield func(string, []byte) error) error {
	parts, err := s.FactParts(ctx, employee, "")
	for _, part := range parts {
		if part >= from && part < to {
			continue
		}
		data, err := s.Fact(ctx, employee, part)
		if err != nil {
			return err
		}
		if err := yield(part, data); err != nil {
			return err
		}
	}
	return err
}

// Preview evaluates an employee's days without events and with them, on the path on which they are evaluated when the events are
// recorded; nothing is written. Equal events give the result hashes that recording them then gives. On is a date that is shown in any
// case, zero for none; why asks for the traces.
func (p *Projector) Preview(
	ctx context.Context, tx projections.Tx, employee string, events []eventstore.Decoded, on domain.Date, why bool,
) (Preview, error) {
	out := Preview{Employee: employee, Days: []Comparison{}}
	with := &supposed{Tx: tx, facts: map[[2]string][]byte{}}
	touched, err := p.keeper.Apply(ctx, with, events)
	if err != nil {
		return out, err
	}
	span := touched.People[employee].With(touched.All)
	if on != 0 {
		span.From = min(on, max(span.From, 1))
	}
	if span.From == 0 {
		return out, nil
	}
	from := max(span.From-1, 2)
	before, err := p.Compute(ctx, tx, []string{employee}, from, 0, nil)
	if err != nil {
		return out, err
	}
	after, err := p.Compute(ctx, with, []string{employee}, from, 0, nil)
	if err != nil {
		return out, err
	}
	for _, c := range compare(before, after, on) {
		if why {
			if err := p.why(ctx, tx, employee, c.Date, c.Before, before); err != nil {
				return out, err
			}
			if err := p.why(ctx, with, employee, c.Date, c.After, after); err != nil {
				return out, err
			}
		}
		out.Days = append(out.Days, c)
	}
	return out, nil
}

func (p *Projector) why(ctx context.Context, tx projections.Tx, employee string, date domain.Date, s *Side, r *Results) (err error) {
	if s != nil {
		s.Why, err = p.Explain(ctx, tx, employee, date, nil, r)
	}
	return err
}

// compare pairs the days of two results.
func compare(before, after *Results, on domain.Date) []Comparison {
	old, now := byDate(before), byDate(after)
	dates := slices.Collect(maps.Keys(old))
	dates = append(dates, slices.Collect(maps.Keys(now))...)
	slices.Sort(dates)
	var out []Comparison
	for _, date := range slices.Compact(dates) {
		a, b := old[date], now[date]
		c := Comparison{Date: date, Before: a.side(), After: b.side(), Rows: []RowChange{}, Opened: []anomaly.Row{}, Closed: []anomaly.Row{}}
		c.Changed = c.Before == nil || c.After == nil || c.Before.Day.ResultHash != c.After.Day.ResultHash
		if !c.Changed && date != on {
			continue
		}
		c.Rows = append(c.Rows, changedRows(a.figures.Rows, b.figures.Rows)...)
		c.Opened = append(c.Opened, missingFrom(a.anomalies, b.anomalies)...)
		c.Closed = append(c.Closed, missingFrom(b.anomalies, a.anomalies)...)
		out = append(out, c)
	}
	return out
}

// dayOf is everything that results hold of a day.
type dayOf struct {
	row       *daily.Row
	figures   whatif.Figures
	anomalies []anomaly.Row
}

func (d dayOf) side() *Side {
	if d.row == nil {
		return nil
	}
	return &Side{Day: d.row.Day}
}

func byDate(r *Results) map[domain.Date]dayOf {
	out := map[domain.Date]dayOf{}
	figures := r.Figures()
	for i := range r.days {
		out[r.days[i].Date] = dayOf{row: &r.days[i], figures: figures[i]}
	}
	for _, a := range r.anomalies {
		d := out[a.Date]
		d.anomalies = append(d.anomalies, a)
		out[a.Date] = d
	}
	return out
}

func changedRows(before, after map[string]whatif.Quantity) (out []RowChange) {
	codes := slices.Collect(maps.Keys(before))
	codes = append(codes, slices.Collect(maps.Keys(after))...)
	slices.Sort(codes)
	for _, code := range slices.Compact(codes) {
		if before[code] != after[code] {
			out = append(out, RowChange{Code: code, Before: before[code], After: after[code]})
		}
	}
	return out
}

// missingFrom returns those of list that are not in others.
func missingFrom(others, list []anomaly.Row) (out []anomaly.Row) {
	for _, a := range list {
		if !slices.ContainsFunc(others, func(o anomaly.Row) bool { return o.Key() == a.Key() }) {
			out = append(out, a)
		}
	}
	return out
}
