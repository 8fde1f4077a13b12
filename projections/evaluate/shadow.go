package evaluate

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"math"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/facts"
)

// shadowed is the book in which every candidate that runs as a shadow governs its group.
type shadowed struct {
	list []facts.Shadow
	ever bool // shadows were bound once: rows of those that are gone may be there
	book *attendance.Rulebook
}

// shadowID is the id under which the rules of a shadow stand in the book; no ruleset of the ledger has it.
func shadowID(s facts.Shadow) string { return "\x00shadow " + s.Rules.Hash }

// beside returns the book of shadows that stands beside a book.
func (p *Projector) beside(ctx context.Context, tx projections.Tx, book *attendance.Rulebook) (shadowed, error) {
	var out shadowed
	var err error
	if out.list, out.ever, err = p.keeper.Shadows(ctx, tx); err != nil || len(out.list) == 0 {
		return out, err
	}
	b := *book
	b.Rulesets, b.Groups = maps.Clone(book.Rulesets), maps.Clone(book.Groups)
	for _, s := range out.list {
		b.Rulesets[shadowID(s)] = []attendance.Version{{Rules: s.Rules, From: 1}}
		b.Groups[s.Group] = rebind(b.Groups[s.Group], attendance.Binding{Ruleset: shadowID(s), From: s.From, To: s.To})
	}
	out.book = &b
	return out, nil
}

// shadows brings an employee's shadows up to date, after the days: from a date on, up to last. A shadow starts from what the rules leave
// behind two days before its first date, as a replay does: where the day before it ends is a matter of both. From there on it has a
// carry of its own.
func (p *Projector) shadows(ctx context.Context, tx projections.Tx, f *attendance.Facts, from, last domain.Date, touched facts.Span) error {
	if !p.shadow.ever {
		return nil
	}
	at := min(from, last+1)
	for _, s := range facts.Stretches(p.shadow.list, f) {
		if s.Dates.To <= from || s.Dates.From > last {
			continue
		}
		if at < s.Dates.From {
			if err := tx.ReplaceShadows(ctx, f.Employee, at, s.Dates.From-1, nil); err != nil {
				return err
			}
		}
		if err := p.stretch(ctx, tx, f.Employee, s, max(from, s.Dates.From), min(last, s.Dates.To-1), touched.To); err != nil {
			return err
		}
		at = s.Dates.To
	}
	return tx.ReplaceShadows(ctx, f.Employee, at, math.MaxInt32, nil)
}

// stretch evaluates a shadow from a date to another one, both in the stretch, or until it has passed the last touched date and its carry
// is the stored one.
func (p *Projector) stretch(ctx context.Context, tx projections.Tx, employee string, s facts.Stretch, from, last, touched domain.Date) error {
	begin, carry, err := p.shadowStart(ctx, tx, employee, s, from)
	if err != nil {
		return err
	}
	f, err := p.keeper.Load(ctx, tx, employee, begin)
	if err != nil {
		return err
	}
	from = min(from, max(begin, s.Dates.From))
	stored, err := tx.ShadowCarries(ctx, employee, from)
	if err != nil {
		return err
	}
	_, complete := stored[last]
	var rows []daily.Shadow
	end, failed := s.Dates.To-1, error(nil)
	err = attendance.Evaluate(p.shadow.book, f, begin, last+1, carry, func(day *attendance.Day, next *attendance.Carry) bool {
		if day.Date < s.Dates.From {
			return true
		}
		var b []byte
		if b, failed = next.MarshalBinary(); failed != nil {
			return false
		}
		rows = append(rows, shadowOf(day, s, b))
		if complete && day.Date > touched && bytes.Equal(stored[day.Date], b) {
			end = day.Date
			return false
		}
		return true
	})
	if err := cmp.Or(err, failed); err != nil {
		return err
	}
	if err := tx.ReplaceShadows(ctx, employee, from, end, rows); err != nil || end >= s.Dates.To-1 {
		return err
	}
	return tx.ReplaceShadows(ctx, employee, last+1, s.Dates.To-1, nil) // the last day may have moved back
}

// shadowStart returns the date at which evaluation of a shadow begins so that it knows everything from a date on, and what it starts from.
func (p *Projector) shadowStart(
	ctx context.Context, tx projections.Tx, employee string, s facts.Stretch, from domain.Date,
) (begin domain.Date, carry attendance.Carry, err error) {
	if from > s.Dates.From {
		data, err := tx.ShadowCarryBefore(ctx, employee, from)
		if err != nil {
			return 0, carry, err
		}
		if data != nil {
			if err = carry.UnmarshalBinary(data); err != nil || carry.Through >= s.Dates.From {
				return min(from, carry.Through+1), carry, err
			}
		}
	}
	first, err := p.keeper.Start(ctx, tx, p.book, employee)
	if err != nil {
		return 0, carry, err
	}
	begin = max(s.Dates.From-1, first)
	carry, err = carryInto(ctx, tx, employee, begin)
	return begin, carry, err
}

// shadowOf is a day as a shadow shows it.
func shadowOf(d *attendance.Day, s facts.Stretch, carry []byte) daily.Shadow {
	out := daily.Shadow{
		Employee: d.Employee, Date: d.Date, Ruleset: s.Ruleset, Hash: s.Rules.Hash, Settled: d.Settled, Pending: d.Pending,
		Present: d.Present, Counted: d.Counted, Late: d.Late, Early: d.Early, Flags: slices.Clone(d.Flags), ResultHash: d.ResultHash,
		Carry: carry,
	}
	for i := range d.Rows {
		r := &d.Rows[i]
		if out.Rows == nil {
			out.Rows = map[string]whatif.Quantity{}
		}
		q := out.Rows[r.Code]
		q.Seconds += r.Seconds
		q.Days += r.Days
		q.Count += r.Count
		out.Rows[r.Code] = q
	}
	for i := range d.Anomalies {
		out.Anomalies = append(out.Anomalies, d.Anomalies[i].Key())
	}
	slices.Sort(out.Anomalies)
	return out
}
