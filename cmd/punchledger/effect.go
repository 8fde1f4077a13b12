package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/google/uuid"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/evaluate"
	"github.com/punchledger/punchledger/projections/process"
)

// effect is what an act would do, or did.
type effect struct {
	People int `json:"people"`
	// Punches are those that the act records, moves or takes back.
	Punches int `json:"punches"`
	Days    int `json:"days"` // dates of people on which these punches lie
	// Closed are pay periods that were closed and would change; this version closes none.
	Closed  []string           `json:"closed_periods"`
	Changed []whatif.DayChange `json:"days_changed"`
	Summary *whatif.Summary    `json:"summary,omitempty"`
}

// rehearsal is a door that decides and writes nothing, and keeps what would have been written.
type rehearsal struct {
	door process.Door

	mu     sync.Mutex
	events []eventstore.Decoded
}

// Do implements process.Door.
func (r *rehearsal) Do(ctx context.Context, request ledger.Request) (ledger.Receipt, error) {
	request.DryRun = true
	receipt, err := r.door.Do(ctx, request)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range receipt.Events {
		var d eventstore.Decoded
		d.Stream, d.Type, d.Event, d.ID = receipt.Stream, e.Event.EventType(), e.Event, uuid.New()
		r.events = append(r.events, d)
	}
	return receipt, err
}

// errRehearsed ends the transaction of a rehearsal, which is never committed.
var errRehearsed = errors.New("rehearsed")

// withViews runs f on the ledger's views, caught up.
func (w *writer) withViews(c *console, f func(viewStore) error) error {
	views, err := w.openViews(c.ctx)
	if err != nil {
		return err
	}
	r := &reader{log: w.log, codec: w.codec, zones: zone.Embedded()}
	if err = r.catchUpOnce(c.ctx, views, 0, nil, nil); err == nil {
		err = f(views)
	}
	return errors.Join(err, views.Close())
}

// touch is a punch that an act is about, and the instants at which it stands, stood or will stand.
type touch struct {
	emp, punch string
	at         []domain.Instant
}

// effectOf evaluates the days of everybody who is touched, without events of timecards and with them. Nothing of it is kept.
func (w *writer) effectOf(c *console, views viewStore, touches []touch, events []eventstore.Decoded) (effect, error) {
	out, from := w.extent(touches)
	if len(events) == 0 {
		return out, nil
	}
	population := slices.Sorted(maps.Keys(from))
	at, err := views.Checkpoint(c.ctx, projections.AllViews)
	if err != nil {
		return out, err
	}
	for i := range events {
		events[i].Position = at.Position + eventstore.Position(i) + 1
	}
	p := evaluate.New(w.codec, zone.Embedded(), engineVersion)
	err = views.Update(c.ctx, projections.AllViews, at, at, func(tx projections.Tx) error {
		figures := func() ([]whatif.Figures, error) {
			var all []whatif.Figures
			for _, emp := range population {
				r, err := p.Compute(c.ctx, tx, []string{emp}, from[emp], 0, nil)
				if err != nil {
					return nil, err
				}
				all = append(all, r.Figures()...)
			}
			return all, nil
		}
		before, err := figures()
		if err != nil {
			return err
		}
		if err := p.Assume(c.ctx, tx, events); err != nil {
			return err
		}
		after, err := figures()
		if err != nil {
			return err
		}
		report := whatif.Diff(before, after)
		out.Changed, out.Summary = append(out.Changed, report.Days...), &report.Summary
		return errRehearsed
	})
	if !errors.Is(err, errRehearsed) {
		return out, fmt.Errorf("evaluate what would change: %w", err)
	}
	return out, nil
}

// extent counts people, punches and days, and returns for everybody who is touched the first date that may change.
func (w *writer) extent(touches []touch) (effect, map[string]domain.Date) {
	type day struct {
		emp  string
		date domain.Date
	}
	first, days := map[string]domain.Date{}, map[day]bool{}
	for _, t := range touches {
		for _, at := range t.at {
			date := w.dateOf(t.emp, at)
			if x, ok := first[t.emp]; !ok || date-3 < x {
				first[t.emp] = max(date-3, 1) // no event about a punch reaches further back
			}
			days[day{t.emp, date}] = true
		}
	}
	return effect{People: len(first), Punches: len(touches), Days: len(days), Closed: []string{}, Changed: []whatif.DayChange{}}, first
}

// dateOf returns the date of an instant where an employee works.
func (w *writer) dateOf(emp string, at domain.Instant) domain.Date {
	z, err := zone.Embedded().Zone(w.ledger.Directory().Zone(emp, at))
	if err != nil {
		return domain.DateOfUnix(at.Seconds())
	}
	return z.DateOf(at.Seconds())
}

// daysShown is how many days that change are shown to people; -o json has all.
const daysShown = 40

// print shows counts and, of each day that changes, what differs.
func (e effect) print(c *console) error {
	counts := []string{"people", fmt.Sprint(e.People), "punches", fmt.Sprint(e.Punches), "days", fmt.Sprint(e.Days)}
	if e.Summary == nil {
		c.say("cli.effect_counted", counts...)
		return nil
	}
	c.say("cli.effect", append(counts, "changed", fmt.Sprint(len(e.Changed)), "closed", fmt.Sprint(len(e.Closed)))...)
	shown := e.Changed[:min(len(e.Changed), daysShown)]
	t, err := c.table("employee", "date", "code", ">before", ">after", ">difference", "stage", "rule")
	if err != nil {
		return err
	}
	for _, d := range shown {
		if err := c.changed(t, d); err != nil {
			return err
		}
	}
	if err := t.end(); err != nil {
		return err
	}
	if more := len(e.Changed) - len(shown); more > 0 {
		c.say("cli.effect_more", "count", fmt.Sprint(more))
	}
	return nil
}
