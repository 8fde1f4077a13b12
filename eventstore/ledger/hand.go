package ledger

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/zone"
)

// What people type is not yet what a command says: a punch stands on some timecard, a wall clock in some zone.

// CardOf finds the timecard that holds a punch: one of the months since the employee was hired. Who asks says which employee, so
// that nobody finds the punch of another.
func (l *Ledger) CardOf(ctx context.Context, employee, punch string) (timecard.Card, error) {
	hired := l.dir.Employee(employee).Hired()
	if hired == 0 {
		return timecard.Card{}, domain.NewError(domain.NotFound, "unknown_employee", "emp", employee)
	}
	for day := domain.DateOfUnix(domain.Seconds(l.now().Unix())) + 31; day >= hired-31; day = day.MonthStart() - 1 {
		card := timecard.CardOn(employee, day)
		for rec, err := range l.store.ReadStream(ctx, card.Stream(), 0) {
			if err != nil {
				return card, fmt.Errorf("read %s: %w", card.Stream(), err)
			}
			d, err := l.codec.DecodeRecord(rec)
			if err != nil {
				return card, err
			}
			if e, ok := d.Event.(timecard.Event); ok && timecard.Evolve(timecard.State{}, e).Has(punch) {
				return card, nil
			}
		}
	}
	return timecard.Card{}, domain.NewError(domain.NotFound, "unknown_punch", "punch", punch)
}

// Roster returns what is planned for an employee in a month such as 202610.
func (l *Ledger) Roster(ctx context.Context, employee, month string) (schedule.RosterState, error) {
	var s schedule.RosterState
	stream := schedule.SetRosterMonth{Emp: employee, Month: month}.Stream()
	for rec, err := range l.store.ReadStream(ctx, stream, 0) {
		if err != nil {
			return s, fmt.Errorf("read %s: %w", stream, err)
		}
		d, err := l.codec.DecodeRecord(rec)
		if err != nil {
			return s, err
		}
		if e, ok := d.Event.(schedule.RosterEvent); ok {
			s = schedule.EvolveRoster(s, e)
		}
	}
	return s, nil
}

// LocalTime reads a time in a zone, in the employee's zone of work where none is named, or one with an offset. A time that does not
// exist, or exists twice, on that day is an error that says how to name it; field is what the error calls the time.
func (d *Directory) LocalTime(employee, tz, field, s string) (domain.Instant, error) {
	return LocalTime(func(wall domain.Instant) string { return cmp.Or(tz, d.Zone(employee, wall)) }, field, s)
}

// LocalTime is Directory.LocalTime in the zone that zoneAt names for a wall clock's time.
func LocalTime(zoneAt func(wall domain.Instant) string, field, s string) (domain.Instant, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return domain.InstantOf(t), nil
	}
	wrong := func(problem string, more ...string) error {
		return domain.NewError(domain.Invalid, "invalid_value", append([]string{"field", field, "value", s, "problem", problem}, more...)...)
	}
	var wall time.Time
	var err error
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if wall, err = time.Parse(layout, s); err == nil {
			break
		}
	}
	if err != nil {
		return 0, wrong("not_a_local_time")
	}
	name := zoneAt(domain.InstantOf(wall))
	z, err := zone.Embedded().Zone(name)
	if err != nil {
		return 0, err
	}
	at := z.Occurrences(domain.Seconds(wall.Unix()))
	switch len(at) {
	case 1:
		return at[0].Instant(), nil
	case 0:
		return 0, wrong("skipped_by_the_clock", "zone", name)
	}
	return 0, wrong("twice_on_the_clock", "zone", name)
}
