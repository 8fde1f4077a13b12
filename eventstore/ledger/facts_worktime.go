package ledger

import (
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
)

// longestWait bounds the search for working time: somebody without any within it is taken to work round the clock.
const longestWait = 120

// officeHours are those of somebody whom no rules govern, on Monday to Friday.
var officeHours = []ruleset.ClockSpan{{From: 9 * domain.Hour, To: 17 * domain.Hour}}

// worked returns the instant at which somebody has worked for a length of time since an instant, by plan: roster, calendar and rules
// as known now, in the zone of the place of work.
func (d *Directory) worked(emp string, since domain.Instant, length domain.Seconds) domain.Instant {
	z := d.zoneOf(emp, since)
	from := since.Seconds()
	first := z.DateOf(from) - 1 // a night shift may have begun yesterday
	left := length
	for date := first; date < first+longestWait; date++ {
		for _, span := range d.planOf(emp, date) {
			start := max(z.Start(date, span.From), from)
			end := z.End(date, span.To)
			if end <= start {
				continue
			}
			if left <= end-start {
				return (start + left).Instant()
			}
			left -= end - start
			from = end
		}
	}
	return since + length.Instant()
}

// planOf returns the hours that somebody is planned to work on a date.
func (d *Directory) planOf(emp string, date domain.Date) []ruleset.ClockSpan {
	rules, ok := d.rulesOn(emp, date)
	if !ok {
		if wd := date.Weekday(); wd == 0 || wd == 6 {
			return nil
		}
		return officeHours
	}
	if !d.Employee(emp).ActiveOn(date) {
		return nil
	}
	slot := d.slotOf(emp, date, rules)
	if slot < 0 {
		return nil
	}
	shift := &rules.Shifts[slot]
	if len(shift.Work) > 0 {
		return shift.Work
	}
	return []ruleset.ClockSpan{{From: shift.Earliest, To: shift.Earliest + shift.Required}}
}

// slotOf returns the shift of a date: the roster's, else the calendar's, else the one of the week.
func (d *Directory) slotOf(emp string, date domain.Date, rules *ruleset.Rules) int {
	d.mu.RLock()
	shift, rostered := d.index.planned[emp][date]
	d.mu.RUnlock()
	if rostered {
		shift, _, _ = strings.Cut(shift, "+") // of several the first
		if i, ok := rules.ShiftIndex(shift); ok {
			return i
		}
		return ruleset.SlotRest
	}
	plain := rules.PlannedSlot(date)
	day, ok := d.calendarDay(emp, date)
	if !ok {
		return plain
	}
	slot := plain
	switch day.Kind {
	case schedule.Holiday:
		slot = rules.Holiday
	case schedule.Statutory:
		slot = rules.Statutory
	case schedule.Makeup:
		if slot = rules.Makeup; slot == ruleset.SlotUnsaid && day.SwapOf != 0 {
			slot = rules.PlannedSlot(day.SwapOf)
		}
	case schedule.Rest:
		slot = ruleset.SlotRest
	case schedule.Work, schedule.LegalRest, schedule.Special: // the plan of the week holds
	}
	if slot == ruleset.SlotUnsaid {
		return plain
	}
	return slot
}
