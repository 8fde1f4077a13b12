// Package evaluate holds the one projector that evaluates: it keeps facts, finds the days that an event touches, evaluates them
// forward and writes daily, anomaly and payroll rows under one checkpoint, so that they never show different moments.
package evaluate

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/facts"
	"github.com/punchledger/punchledger/projections/month"
	"github.com/punchledger/punchledger/projections/payroll"
	"github.com/punchledger/punchledger/projections/presence"
)

// Name is the name of the projector's checkpoint.
const Name = "attendance"

// forever is after every date.
const forever = domain.Date(math.MaxInt32)

// Projector evaluates. It is for one runner. It keeps the book of its last transaction as long as the book's version stays.
type Projector struct {
	keeper  *facts.Keeper
	book    *attendance.Rulebook
	shadow  shadowed
	version eventstore.Position
	only    []string // evaluate nobody else; empty is everybody
}

// New returns a projector that resolves wall clocks against zones and pins engine, the build, in its rows.
func New(codec *eventstore.Codec, zones *zone.Archive, engine string) *Projector {
	return &Projector{keeper: facts.NewKeeper(codec, zones, engine)}
}

// Only returns a projector that keeps everybody's facts and evaluates some employees, for views that answer a question about them.
func (p *Projector) Only(employees ...string) *Projector {
	return &Projector{keeper: p.keeper, only: employees}
}

// Name implements projections.Projector.
func (p *Projector) Name() string { return Name }

// Apply implements projections.Projector: it keeps the facts of the batch, then evaluates each touched employee once.
func (p *Projector) Apply(ctx context.Context, tx projections.Tx, batch []eventstore.Decoded) error {
	touched, err := p.keeper.Apply(ctx, tx, batch)
	if err != nil {
		return err
	}
	if err := p.open(ctx, tx); err != nil {
		return err
	}
	spans, err := p.spread(ctx, tx, touched)
	if err != nil {
		return err
	}
	for _, employee := range slices.Sorted(maps.Keys(spans)) {
		if len(p.only) > 0 && !slices.Contains(p.only, employee) {
			continue
		}
		if err := p.evaluate(ctx, tx, employee, spans[employee]); err != nil {
			return fmt.Errorf("evaluate %s from %s: %w", employee, spans[employee].From, err)
		}
	}
	return nil
}

// open makes the book that of the transaction.
func (p *Projector) open(ctx context.Context, tx projections.Tx) error {
	version, err := p.keeper.BookVersion(ctx, tx)
	if err != nil {
		return err
	}
	if p.book != nil && version == p.version {
		if p.book.Turned, err = p.keeper.Turned(ctx, tx); p.shadow.book != nil {
			p.shadow.book.Turned = p.book.Turned
		}
		return err
	}
	if p.book, err = p.keeper.Book(ctx, tx); err == nil {
		p.shadow, err = p.beside(ctx, tx, p.book)
	}
	if err != nil {
		p.book = nil
	}
	p.version = version
	return err
}

// spread joins what touches single employees with what touches all of them.
func (p *Projector) spread(ctx context.Context, tx projections.Tx, touched facts.Touched) (map[string]facts.Span, error) {
	spans, everybody := touched.People, touched.All
	if turned := touched.Turned; turned.From != 0 {
		turned.From -= Reach(p.book)
		everybody = everybody.With(turned)
	}
	if everybody.From == 0 {
		return spans, nil
	}
	all, err := tx.Employees(ctx)
	if err != nil {
		return nil, err
	}
	for _, employee := range all {
		spans[employee] = spans[employee].With(everybody)
	}
	return spans, nil
}

// Reach returns how many days before a date that becomes over a day may wait for it: a plan may end two days after its date, the
// window of its shift ends later, and an interval may stay open beyond that.
func Reach(book *attendance.Rulebook) domain.Date {
	var longest domain.Seconds
	for _, versions := range book.Rulesets {
		for _, v := range versions {
			after := domain.Day // a window without a plan ends with the next day's
			for i := range v.Rules.Shifts {
				after = max(after, v.Rules.Shifts[i].After)
			}
			longest = max(longest, after+v.Rules.MaxOpen)
		}
	}
	return 3 + domain.Date(longest/domain.Day)
}

// evaluate brings one employee's rows up to date: from one day before the first touched date forward, until the last touched
// date is passed and the carry is again the stored one. Nothing after that day can differ. Where the stored days end earlier, it
// begins behind them: the horizon may have moved for another reason than the one that touched the days.
func (p *Projector) evaluate(ctx context.Context, tx projections.Tx, employee string, span facts.Span) error {
	opened, err := p.keeper.Open(ctx, tx, p.book, employee)
	if err != nil {
		return err
	}
	first := opened.First
	if err := beginAt(ctx, tx, employee, first); err != nil {
		return err
	}
	from := span.From - 1
	carry, err := carryInto(ctx, tx, employee, from)
	if err != nil {
		return err
	}
	from = min(from, carry.Through+1)
	f, err := p.keeper.Complete(ctx, tx, opened, from)
	if err != nil {
		return err
	}
	last := facts.Horizon(p.book, f)
	stored, err := tx.Carries(ctx, employee, from)
	if err != nil {
		return err
	}
	ends := slices.Max(append(slices.Collect(maps.Keys(stored)), 0))
	complete := ends >= last
	if err := p.whereabouts(ctx, tx, f, last); err != nil {
		return err
	}
	out := rows{}
	end := forever
	into, failed := carry.MarshalBinary()
	err = attendance.Evaluate(p.book, f, max(from, first), last+1, carry, func(day *attendance.Day, next *attendance.Carry) bool {
		if failed = out.addPast(p.book, f, day, into); failed != nil {
			return false
		}
		var b []byte
		if b, failed = next.MarshalBinary(); failed != nil {
			return false
		}
		into = b
		out.add(day, b, f)
		if complete && day.Date > span.To && bytes.Equal(stored[day.Date], b) {
			end = day.Date
			return false
		}
		return true
	})
	if err := cmp.Or(err, failed); err != nil {
		return err
	}
	if end == forever {
		err = out.replace(ctx, tx, employee, min(from, last+1), forever)
	} else if err = out.replace(ctx, tx, employee, from, end); err == nil && ends > last {
		err = rows{}.replace(ctx, tx, employee, last+1, forever) // the last day may have moved back
	}
	if err != nil {
		return err
	}
	return p.shadows(ctx, tx, f, from, last, span)
}

// beginAt removes what stands before the first day: rules may have governed there once.
func beginAt(ctx context.Context, tx projections.Tx, employee string, first domain.Date) error {
	early, err := tx.CarryBefore(ctx, employee, first)
	if early == nil || err != nil {
		return err
	}
	return rows{}.replace(ctx, tx, employee, 0, first-1)
}

// rows are what an evaluation writes.
type rows struct {
	days      []daily.Row
	anomalies []anomaly.Row
	resolved  []anomaly.Row
	parts     []payroll.Part
	cells     []month.Cell
	into      map[string][]byte // by employee, where results are computed and not stored
}

// addPast adds the anomalies of a day that were resolved.
func (r *rows) addPast(book *attendance.Rulebook, f *attendance.Facts, day *attendance.Day, carry []byte) error {
	past, err := resolved(book, f, day, carry)
	r.resolved = append(r.resolved, past...)
	return err
}

// add copies a day: the evaluator uses its memory again.
func (r *rows) add(day *attendance.Day, carry []byte, f *attendance.Facts) {
	d := day.Clone()
	r.cells = append(r.cells, cellOf(&d, f))
	for i, a := range d.Anomalies {
		r.anomalies = append(r.anomalies, anomaly.Row{Employee: d.Employee, Date: d.Date, Anomaly: a, About: about(&d.Anomalies[i], &d, f)})
	}
	for _, row := range d.Rows {
		row.Segments = nil
		r.parts = append(r.parts, payroll.Part{
			Employee: d.Employee, Day: d.Date, Row: row, Calendar: d.Pins.Calendar,
			Ruleset: payroll.Ruleset{ID: d.Pins.Ruleset, Version: d.Pins.Version, Hash: d.Pins.RulesHash},
		})
	}
	d.Segments, d.Rows, d.Anomalies = nil, nil, nil
	r.days = append(r.days, daily.Row{Day: d, Carry: carry})
}

func (r rows) replace(ctx context.Context, tx projections.Tx, employee string, from, to domain.Date) error {
	if err := tx.ReplaceDays(ctx, employee, from, to, r.days); err != nil {
		return err
	}
	if err := tx.ReplaceAnomalies(ctx, employee, from, to, r.anomalies); err != nil {
		return err
	}
	if err := tx.ReplaceResolved(ctx, employee, from, to, r.resolved); err != nil {
		return err
	}
	if err := tx.ReplaceCells(ctx, employee, from, to, r.cells); err != nil {
		return err
	}
	return tx.ReplaceParts(ctx, employee, from, to, r.parts)
}

// whereabouts writes what answers about the employee around the last date.
func (p *Projector) whereabouts(ctx context.Context, tx projections.Tx, f *attendance.Facts, last domain.Date) error {
	r, err := presence.Of(p.book, f, last)
	if err != nil {
		return err
	}
	return tx.PutPresence(ctx, r)
}
