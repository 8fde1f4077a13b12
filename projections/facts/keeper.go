package facts

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore"
)

// Parts of an employee, and of the book under the empty employee.
const (
	partPerson    = "person"
	partApprovals = "approvals"
	prefixMonth   = "month-"  // month-202610
	prefixRoster  = "roster-" // roster-202610
	partSwaps     = "swaps"   // all swaps: the dates of one may lie in months far apart
	partTurned    = "turned"
	partWaived    = "waived"  // waivers that end by themselves
	partVersion   = "version" // the position of the last event that changed the book, days that were turned apart
)

// forever is the end of a span that has none.
const forever domain.Date = 1 << 30

// Keeper keeps facts. It is stateless but for its settings.
type Keeper struct {
	codec  *eventstore.Codec
	zones  *zone.Archive
	engine string
}

// NewKeeper returns a keeper; zones and engine go into the books it makes.
func NewKeeper(codec *eventstore.Codec, zones *zone.Archive, engine string) *Keeper {
	return &Keeper{codec: codec, zones: zones, engine: engine}
}

// Touched says what a batch may have changed: days of single employees, and days of everybody. Turned are the dates that became
// over; days before them may become settled by it, how many is a matter of the rules.
type Touched struct {
	People map[string]Span
	All    Span
	Turned Span
}

// Apply keeps the facts of a batch and says what they touch.
func (k *Keeper) Apply(ctx context.Context, tx Tx, batch []eventstore.Decoded) (Touched, error) {
	t := Touched{People: map[string]Span{}}
	b := &buffer{tx: tx, parts: map[partKey]any{}}
	for _, d := range batch {
		if err := k.apply(ctx, b, &t, d); err != nil {
			return t, fmt.Errorf("position %d, %s: %w", d.Position, d.Type, err)
		}
	}
	return t, b.flush(ctx)
}

func (k *Keeper) apply(ctx context.Context, b *buffer, t *Touched, d eventstore.Decoded) error {
	category, rest, _ := strings.Cut(d.Stream, "-")
	switch category {
	case "timecard":
		emp, month, _ := strings.Cut(rest, "-")
		m, err := b.month(ctx, emp, prefixMonth+month)
		if err != nil {
			return err
		}
		t.person(emp, m.apply(d))
		b.put(emp, prefixMonth+month, m)
		if e, ok := d.Event.(timecard.AnomalyWaived); ok && e.Until != 0 {
			return b.waived(ctx, emp, e)
		}
	case "request":
		emp, _, _ := strings.Cut(rest, "-")
		return k.decided(ctx, b, t, emp, d)
	case "employee":
		t.person(rest, employeeSpan(d.Event))
		return b.keep(ctx, rest, partPerson, d)
	case "roster":
		emp, month, _ := strings.Cut(rest, "-")
		t.person(emp, rosterSpan(d.Event))
		switch d.Event.(type) {
		case schedule.DaySwapped, schedule.DaySwapRevoked:
			return b.keep(ctx, emp, partSwaps, d)
		}
		return b.keep(ctx, emp, prefixRoster+month, d)
	case "group", "ruleset", "calendar", "site":
		t.all(bookSpan(d.Event))
		b.put("", partVersion, d.Position)
		return b.keep(ctx, "", d.Stream, d)
	case "clock":
		e, ok := d.Event.(schedule.DayTurned)
		if !ok {
			return nil
		}
		return k.turned(ctx, b, t, e)
	}
	return nil
}

// turned keeps that a date is over in a zone.
func (k *Keeper) turned(ctx context.Context, b *buffer, t *Touched, e schedule.DayTurned) error {
	turned, err := load[map[string]domain.Date](ctx, b, "", partTurned)
	if err != nil {
		return err
	}
	if turned == nil {
		turned = map[string]domain.Date{}
	}
	before, known := turned[e.TZ]
	turned[e.TZ] = e.Date
	b.put("", partTurned, turned)
	if !known { // a first turning may name any date: everything before it is over as well
		t.all(Span{1, e.Date + 1})
		return nil
	}
	t.Turned = t.Turned.With(Span{e.Date, e.Date + 1})
	return b.endWaivers(ctx, t, before, e.Date, turned)
}

func (t *Touched) person(employee string, s Span) {
	if s.From != 0 {
		t.People[employee] = t.People[employee].With(s)
	}
}

func (t *Touched) all(s Span) {
	if s.From != 0 {
		t.All = t.All.With(s)
	}
}

// decided keeps an approval, or takes one back, whether it was decided here or elsewhere.
func (k *Keeper) decided(ctx context.Context, b *buffer, t *Touched, emp string, d eventstore.Decoded) error {
	id, approved, ok := approvalIn(d)
	if !ok {
		return nil
	}
	list, err := load[[]attendance.Approval](ctx, b, emp, partApprovals)
	if err != nil {
		return err
	}
	kept := list[:0]
	for _, a := range list {
		if a.Request == id {
			t.person(emp, around(a.From).With(around(a.To)))
			continue
		}
		kept = append(kept, a)
	}
	if approved != nil {
		approved.Decided = d.Meta.RecordedAt.Seconds()
		kept = append(kept, *approved)
		t.person(emp, around(approved.From).With(around(approved.To)))
	}
	b.put(emp, partApprovals, kept)
	return nil
}

// employeeSpan returns the dates on which an event of an employee may change results: from its date on.
func employeeSpan(e domain.Event) Span {
	switch e := e.(type) {
	case people.EmployeeRegistered:
		return Span{e.HiredOn, forever}
	case people.AssignmentChanged:
		return Span{e.EffectiveOn, forever}
	case people.EmployeeSuspended:
		return Span{e.From, forever}
	case people.EmployeeResumed:
		return Span{e.From, forever}
	case people.EmployeeTerminated:
		return Span{e.LastDay, forever}
	case people.EmployeeRehired:
		return Span{e.From, forever}
	}
	return Span{}
}

// rosterSpan returns the dates that a roster may change: a month that is set again also takes back what it had planned.
func rosterSpan(e domain.Event) Span {
	switch e := e.(type) {
	case schedule.RosterMonthSet:
		return monthSpan(e.Month)
	case schedule.RosterDayChanged:
		return on(e.Date)
	case schedule.DaySwapped:
		return on(e.WorkDate).With(on(e.RestDate))
	case schedule.DaySwapRevoked:
		return on(e.WorkDate).With(on(e.RestDate))
	}
	return Span{}
}

// bookSpan returns the dates on which an event about rules, calendars or sites may change anybody's results.
func bookSpan(e domain.Event) Span {
	switch e := e.(type) {
	case people.RulesetBound:
		return Span{e.From, forever}
	case people.RulesetUnbound:
		return Span{e.From, forever}
	case people.ShadowBound:
		return Span{e.From, forever}
	case people.ShadowUnbound:
		return Span{e.From, forever}
	case ruleset.RulesetPublished:
		return Span{e.EffectiveFrom, forever}
	case ruleset.RulesetWithdrawn:
		return Span{1, forever}
	case schedule.CalendarYearPublished:
		return yearSpan(e.Year)
	case schedule.CalendarYearWithdrawn:
		return yearSpan(e.Year)
	case schedule.CalendarDayAmended: // the hash of the year is pinned by all its days
		year, _, _ := e.Date.Civil()
		return yearSpan(year)
	}
	return Span{}
}

func yearSpan(year int) Span { return Span{domain.NewDate(year, 1, 1), domain.NewDate(year, 12, 31)} }

// monthSpan returns the dates of a month such as 202610.
func monthSpan(month string) Span {
	at, err := time.Parse("200601", month)
	if err != nil {
		panic(fmt.Sprintf("facts: month %q: %v", month, err)) // the decider has checked it
	}
	first := domain.NewDate(at.Year(), at.Month(), 1)
	return Span{first, first.AddMonths(1) - 1}
}
