package facts

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/eventstore"
)

// lastMonths is how many months are read however long ago they are: the horizon needs the last punches.
const lastMonths = 2

// firstMonth is the first date of the first month that evaluation from a date on may need.
func firstMonth(from domain.Date) domain.Date {
	if from > 62 {
		return (from - 3).MonthStart()
	}
	return 1
}

// Load returns what evaluation of an employee needs from a date on. Assignments are always whole; punches, credits, waivers and
// rosters begin in the month of the third day before the date, or in the last two months that have any.
func (k *Keeper) Load(ctx context.Context, tx Tx, employee string, from domain.Date) (*attendance.Facts, error) {
	o := Opened{facts: &attendance.Facts{Employee: employee}}
	if err := k.loadPerson(ctx, tx, o.facts); err != nil {
		return nil, err
	}
	var err error
	if o.months, err = tx.FactParts(ctx, employee, prefixMonth); err != nil {
		return nil, err
	}
	return k.Complete(ctx, tx, o, from)
}

// Complete is Load for an employee who was opened in the same transaction.
func (k *Keeper) Complete(ctx context.Context, tx Tx, o Opened, from domain.Date) (*attendance.Facts, error) {
	m, err := o.since(ctx, tx, firstMonth(from), nil, true)
	if err != nil {
		return nil, err
	}
	return k.complete(ctx, tx, o.facts, m, from)
}

// Room is memory for the punches of one employee after another.
type Room struct{ punches []attendance.Punch }

// Sketch is Complete for an outline (attendance.Outline): punches have no ids of events. They stay until the room is used again.
func (k *Keeper) Sketch(ctx context.Context, tx Tx, o Opened, from domain.Date, room *Room) (*attendance.Facts, error) {
	m, err := o.since(ctx, tx, firstMonth(from), room.punches, false)
	if err != nil {
		return nil, err
	}
	room.punches = m.Punches
	return k.complete(ctx, tx, o.facts, m, from)
}

func (k *Keeper) complete(ctx context.Context, tx Tx, f *attendance.Facts, m Month, from domain.Date) (_ *attendance.Facts, err error) {
	f.Punches, f.Credits, f.Waivers, f.Disputed = m.Punches, m.Credits, m.Waivers, m.Disputed
	SortPunches(f.Punches)
	slices.SortFunc(f.Credits, func(a, b attendance.Credit) int { return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.ID, b.ID)) })
	slices.SortStableFunc(f.Waivers, func(a, b attendance.Waiver) int {
		return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Key, b.Key))
	})
	slices.Sort(f.Disputed)
	if f.Approvals, err = read[[]attendance.Approval](ctx, tx, f.Employee, partApprovals); err != nil {
		return nil, err
	}
	slices.SortFunc(f.Approvals, func(a, b attendance.Approval) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Request, b.Request))
	})
	return f, k.loadRoster(ctx, tx, f, firstMonth(from))
}

// since returns the months from one on, and at least the last ones, as one. Its punches take the place of those in room.
func (o *Opened) since(ctx context.Context, tx Tx, first domain.Date, room []attendance.Punch, events bool) (all Month, err error) {
	from := 0
	for from < len(o.months)-lastMonths && o.months[from] < prefixMonth+first.YearMonth() {
		from++
	}
	blobs, n := make([][]byte, 0, len(o.months)), 0
	for _, part := range o.months[from:] {
		data := o.oldest
		if part != o.months[0] || data == nil {
			if data, err = tx.Fact(ctx, o.facts.Employee, part); err != nil {
				return all, err
			}
		}
		blobs, n = append(blobs, data), n+punchesIn(data)
	}
	all.Punches = slices.Grow(room[:0], n)
	for i, data := range blobs {
		if err := all.decode(data, events); err != nil {
			return all, fmt.Errorf("facts %s of %q: %w", o.months[from+i], o.facts.Employee, err)
		}
	}
	return all, nil
}

func (k *Keeper) loadPerson(ctx context.Context, tx Tx, f *attendance.Facts) error {
	events, err := tell(ctx, tx, k.codec, f.Employee, partPerson)
	if err != nil {
		return err
	}
	var s people.EmployeeState
	made := map[domain.Date]string{}
	for _, t := range events {
		e, ok := t.event.(people.EmployeeEvent)
		if !ok {
			return fmt.Errorf("%T is no event of an employee", t.event)
		}
		s = people.EvolveEmployee(s, e)
		if e, ok := t.event.(people.EmployeeRegistered); ok {
			made[e.HiredOn] = t.id
		}
		if e, ok := t.event.(people.AssignmentChanged); ok {
			made[e.EffectiveOn] = t.id
		}
	}
	for _, e := range s.Active() {
		f.Employment = append(f.Employment, attendance.Employment{From: e.From, Last: e.Last})
	}
	for _, a := range s.Assignments() {
		f.Assignments = append(f.Assignments, attendance.Assignment{
			From: a.From, Group: a.Group, Zone: a.WorkTZ, Site: a.Site, Employer: a.Employer, PayGroup: a.PayGroup, Cost: a.Cost,
			Contract: string(a.Contract.Kind), Tags: a.Tags, NoPunches: a.Punching == people.PunchingNotRequired,
			Event: made[a.From],
		})
	}
	return nil
}

// loadRoster folds the rosters: a month that is set again replaces what it held, a changed day replaces that day.
func (k *Keeper) loadRoster(ctx context.Context, tx Tx, f *attendance.Facts, first domain.Date) error {
	parts, err := tx.FactParts(ctx, f.Employee, prefixRoster)
	if err != nil {
		return err
	}
	for _, part := range parts {
		if part < prefixRoster+first.YearMonth() {
			continue
		}
		events, err := tell(ctx, tx, k.codec, f.Employee, part)
		if err != nil {
			return err
		}
		var days []attendance.RosterDay
		for _, t := range events {
			switch e := t.event.(type) {
			case schedule.RosterMonthSet:
				days = days[:0]
				for _, day := range e.Days {
					for _, shift := range day.Shifts() {
						days = append(days, attendance.RosterDay{Date: day.Date, Shift: shift, Site: day.Site, Announced: t.recordedAt, Event: t.id})
					}
				}
			case schedule.RosterDayChanged:
				days = slices.DeleteFunc(days, func(x attendance.RosterDay) bool { return x.Date == e.Date })
				for _, shift := range e.After.Shifts() {
					days = append(days, attendance.RosterDay{
						Date: e.Date, Shift: shift, Site: e.After.Site, Announced: e.AnnouncedAt, Event: t.id,
					})
				}
			}
		}
		f.Roster = append(f.Roster, days...)
	}
	slices.SortStableFunc(f.Roster, func(a, b attendance.RosterDay) int { return cmp.Compare(a.Date, b.Date) })
	return k.loadSwaps(ctx, tx, f)
}

func (k *Keeper) loadSwaps(ctx context.Context, tx Tx, f *attendance.Facts) error {
	events, err := tell(ctx, tx, k.codec, f.Employee, partSwaps)
	if err != nil {
		return err
	}
	for _, t := range events {
		switch e := t.event.(type) {
		case schedule.DaySwapped:
			f.Swaps = append(f.Swaps, attendance.Swap{WorkDate: e.WorkDate, RestDate: e.RestDate, Kind: string(e.Kind), Event: t.id})
		case schedule.DaySwapRevoked:
			f.Swaps = slices.DeleteFunc(f.Swaps, func(x attendance.Swap) bool { return x.WorkDate == e.WorkDate && x.RestDate == e.RestDate })
		}
	}
	slices.SortStableFunc(f.Swaps, func(a, b attendance.Swap) int { return cmp.Compare(a.WorkDate, b.WorkDate) })
	return nil
}

// approvalIn returns the request whose approval an event settles, and the approval, if it is one. Corrections and swaps are no
// intervals: they take effect through events of other streams.
func approvalIn(d eventstore.Decoded) (id string, approved *attendance.Approval, ok bool) {
	switch e := d.Event.(type) {
	case request.ExternalDecisionRecorded:
		if e.Outcome == request.Approved {
			approved = approvalOf(e.Request, e.Kind, e.Target, e.Type, e.Settle, d.ID.String())
		}
		return e.Request, approved, true
	case request.RequestApproved:
		if e.Kind.Timed() {
			approved = approvalOf(e.Request, e.Kind, e.Target.Target, e.Type, e.Settle, d.ID.String())
		}
		return e.Request, approved, e.Kind.Timed()
	case request.RequestRevoked:
		return e.Request, nil, e.Kind.Timed()
	}
	return "", nil, false
}

func approvalOf(id string, kind request.Kind, t request.Target, leave string, settle request.Settle, event string) *attendance.Approval {
	return &attendance.Approval{
		Request: id, Kind: string(kind), From: t.From.Seconds(), To: t.To.Seconds(),
		Zone: t.TZ, Settle: string(settle), Type: leave, Event: event,
	}
}

// Horizon returns the last date to evaluate: the day after the last one that is over in the employee's zone, or the local date of
// the last punch, credit or approval of worked time where that is later; never after the last day of employment.
func Horizon(book *attendance.Rulebook, f *attendance.Facts) domain.Date {
	if len(f.Employment) == 0 {
		return 0
	}
	name := ZoneOf(book, f)
	horizon := domain.Date(0)
	if turned, ok := book.Turned[name]; ok {
		horizon = turned + 1
	}
	if z, err := book.Zones.Zone(name); err == nil && len(f.Punches) > 0 {
		horizon = max(horizon, z.DateOf(f.Punches[len(f.Punches)-1].At))
	}
	if n := len(f.Credits); n > 0 {
		horizon = max(horizon, f.Credits[n-1].Date)
	}
	if last := f.Employment[len(f.Employment)-1].Last; last != 0 {
		horizon = min(horizon, last)
	}
	return horizon
}

// Start returns the first date to evaluate: the first on which rules govern the employee, or the first date that the first punch may
// belong to where that is earlier, in whatever zone: a zone that changes later does not move it. What an employer recorded of earlier years, such as a date of hire, asks for no results. It is after every date
// when there is neither.
func (k *Keeper) Start(ctx context.Context, tx Tx, book *attendance.Rulebook, employee string) (domain.Date, error) {
	o, err := k.Open(ctx, tx, book, employee)
	return o.First, err
}

// Opened is an employee of whom it is known from which date on they are evaluated, with what was read for that.
type Opened struct {
	First    domain.Date // as Start returns it
	facts    *attendance.Facts
	months   []string
	oldest   []byte      // the first of them
	earliest domain.Date // on which its first punch may lie, forever where there is none
}

// Open is Start for whoever goes on with Complete, which reads nothing again.
func (k *Keeper) Open(ctx context.Context, tx Tx, book *attendance.Rulebook, employee string) (Opened, error) {
	o := Opened{facts: &attendance.Facts{Employee: employee}}
	if err := k.loadPerson(ctx, tx, o.facts); err != nil {
		return o, err
	}
	o.First, o.earliest = firstGoverned(book, o.facts), forever
	var err error
	if o.months, err = tx.FactParts(ctx, employee, prefixMonth); err != nil || len(o.months) == 0 {
		return o, err
	}
	if o.oldest, err = tx.Fact(ctx, employee, o.months[0]); err != nil {
		return o, err
	}
	earliest, some, err := earliestIn(o.oldest)
	if err != nil {
		return o, fmt.Errorf("facts %s of %q: %w", o.months[0], employee, err)
	}
	if some {
		o.earliest = domain.DateOfUnix(earliest) - 1
		o.First = min(o.First, o.earliest)
	}
	return o, nil
}

// FirstUnder is First under another book.
func (o *Opened) FirstUnder(book *attendance.Rulebook) domain.Date {
	return min(firstGoverned(book, o.facts), o.earliest)
}

// firstGoverned returns the first date on which a version of a ruleset governs the employee.
func firstGoverned(book *attendance.Rulebook, f *attendance.Facts) domain.Date {
	first := forever
	for i, a := range f.Assignments {
		end := forever
		if i+1 < len(f.Assignments) {
			end = f.Assignments[i+1].From
		}
		for _, b := range book.Groups[a.Group] {
			for _, v := range book.Rulesets[b.Ruleset] {
				from, to := max(a.From, b.From, v.From), min(end, open(b.To), open(v.Until))
				if from < to {
					first = min(first, from)
				}
			}
		}
	}
	return first
}

// open turns a zero end into one after every date.
func open(end domain.Date) domain.Date {
	if end == 0 {
		return forever
	}
	return end
}

// ZoneOf returns the zone of the employee's last assignment (docs/rules.md, "The zone of a day", without trips and rosters), or of the
// last one before it that has a zone: somebody who moves to a group without rules keeps the days that rules have governed.
func ZoneOf(book *attendance.Rulebook, f *attendance.Facts) string {
	for _, a := range slices.Backward(f.Assignments) {
		var rules *ruleset.Rules
		for _, b := range book.Groups[a.Group] {
			if list := book.Rulesets[b.Ruleset]; len(list) > 0 {
				rules = list[0].Rules
				break
			}
		}
		switch {
		case a.Zone != "" && (rules == nil || !rules.OwnZone):
			return a.Zone
		case rules != nil:
			return rules.Doc.Timezone
		}
	}
	return ""
}
