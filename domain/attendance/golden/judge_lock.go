package golden

import (
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// judgeLock asks whether a correction of a date is in time: what is not is never refused unheard, but goes to HR.
func judgeLock(m *comparison) {
	e := m.expected
	switch {
	case m.rules.has("lock_days_back"):
		today := m.zone.DateOf(m.instant(m.context.text("now_utc")))
		late := lateBy(ruleset.Deadline{Days: int(m.rules.number("lock_days_back"))}, today)
		if e.has("first_editable_date") {
			first := today
			for !late(first - 1) {
				first--
			}
			m.same("first_editable_date", first, e.text("first_editable_date"))
		}
		for _, p := range m.punches {
			p.oneOf("dir", "in", "out", "unknown")
			m.same("locked", late(m.zone.DateOf(m.instant(p.text("at")))), e.yes("locked"))
		}
	case m.rules.has("locked_period"):
		period := m.rules.texts("locked_period")
		if len(period) != 2 {
			m.lacks("period of %v", period)
			return
		}
		first, last := m.translation.date(period[0]), m.translation.date(period[1])
		if first != first.MonthStart() || last != first.AddMonths(1)-1 {
			m.lacks("lock of a period that is no month")
		}
		today, entry := m.translation.date(m.context.text("now")), m.translation.date(m.context.text("entry_date"))
		late := lateBy(ruleset.Deadline{Days: int(m.rules.number("grace_days")), After: "month"}, today)(entry)
		if m.rules.yes("override_right") && late && entry >= first {
			m.lacks("right to correct a locked period")
		}
		m.same("editable", !late, e.yes("editable"))
	default:
		m.lacks("locks of periods")
	}
}

// lateBy reports whether a correction that is filed today is late for a date.
func lateBy(l ruleset.Deadline, today domain.Date) func(domain.Date) bool {
	return func(d domain.Date) bool {
		c := request.SubmitRequest{Emp: "case", Request: "r1"}
		c.Kind, c.Change, c.Target.Date = request.Correction, request.Add, d
		plan := request.State{}.Plan(c, request.Facts{Today: today, Policy: request.Policy{Deadline: &l}})
		return slices.Contains(plan.Flags, request.FlagLate)
	}
}

// err notes an error of a decider that the case does not speak of.
func (m *comparison) err(err error) {
	if err != nil {
		m.lacks("%s", fmt.Sprint(err))
	}
}
