package ruleset

import (
	"fmt"
	"maps"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// weekOrder are the days of a week in the order in which shifts may run into one another.
var weekOrder = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// planned checks a value of a schedule: a shift, rest or legal_rest.
func (l *linter) planned(pointer, value string) {
	if value == "" || value == "rest" || value == "legal_rest" {
		return
	}
	if _, ok := l.doc.Shifts[value]; !ok {
		known := slices.Sorted(maps.Keys(l.doc.Shifts))
		l.fail(pointer, "lint.shift_unknown", "shift", value, "meant", nearest(value, known))
	}
}

func (l *linter) selectedShifts(pointer string, s *Selector) {
	for i, id := range s.Shift {
		l.planned(fmt.Sprintf("%s/shift/%d", pointer, i), id)
	}
	for i, id := range s.NotShift {
		l.planned(fmt.Sprintf("%s/not_shift/%d", pointer, i), id)
	}
}

func (l *linter) schedule() {
	s := &l.doc.Schedule
	week, pointers := make([]string, 0, 7), make([]string, 0, 7)
	for _, day := range weekOrder {
		week, pointers = append(week, s.Weekly[day]), append(pointers, "/schedule/weekly/"+day)
		l.planned("/schedule/weekly/"+day, s.Weekly[day])
	}
	if s.Rotate == nil {
		l.runsInto(week, pointers)
	} else {
		if len(s.Weekly) > 0 {
			l.fail("/schedule/weekly", "lint.weekly_and_rotation")
		}
		pointers = pointers[:0]
		for i, v := range s.Rotate.Cycle {
			pointers = append(pointers, fmt.Sprintf("/schedule/rotate/cycle/%d", i))
			l.planned(pointers[i], v)
		}
		l.runsInto(s.Rotate.Cycle, pointers)
	}
	l.planned("/schedule/makeup", s.Makeup)
	l.planned("/schedule/holiday", s.Holiday)
	l.planned("/schedule/statutory", s.Statutory)
}

// runsInto reports days of a repeating plan that have not ended when the next one begins.
func (l *linter) runsInto(cycle, pointers []string) {
	for i := range cycle {
		next := (i + 1) % len(cycle)
		_, end, ok := l.extent(cycle[i])
		start, _, okNext := l.extent(cycle[next])
		sameClock := l.doc.Shifts[cycle[i]].Timezone == l.doc.Shifts[cycle[next]].Timezone
		if ok && okNext && sameClock && end > start+Clock(domain.Day) {
			l.fail(pointers[next], "lint.plans_overlap", "shift", cycle[next], "start", start.String(), "before", cycle[i], "end", end.String())
		}
	}
}

// extent returns when the plan of a shift begins and ends at the latest, or false where it has no hours.
func (l *linter) extent(id string) (from, to Clock, ok bool) {
	s, ok := l.doc.Shifts[id]
	if !ok {
		return 0, 0, false
	}
	work := s.Work
	if s.Kind == "open" {
		work = s.Plan
	}
	if s.Kind == "flex" && s.Start != nil {
		return s.Start[0], s.Start[1] + Clock(s.Required), true
	}
	if len(work) == 0 {
		return 0, 0, false
	}
	return work[0][0], work[len(work)-1][1], true
}

func (l *linter) shifts() {
	for _, id := range slices.Sorted(maps.Keys(l.doc.Shifts)) {
		s, pointer := l.doc.Shifts[id], pointerTo("/shifts", id)
		if id == "rest" || id == "legal_rest" {
			l.fail(pointer, "lint.shift_reserved", "shift", id)
		}
		l.spans(pointer+"/work", s.Work)
		l.spans(pointer+"/plan", s.Plan)
		l.spans(pointer+"/core", s.Core)
		l.spans(pointer+"/breaks", s.Breaks)
		switch s.Kind {
		case "fixed":
			if len(s.Work) == 0 {
				l.fail(pointer, "lint.shift_needs", "kind", s.Kind, "key", "work")
			}
		case "flex":
			l.flex(pointer, &s)
		}
		if s.Standby != nil {
			l.spans(pointer+"/standby/hours", s.Standby.Hours)
			l.code(pointer+"/standby/code", s.Standby.Code, "statutory_pay")
			if (s.Standby.Share == "") == (s.Standby.Qty == 0) {
				l.fail(pointer+"/standby", "lint.standby_pay")
			}
		}
		from, to, ok := l.extent(id)
		if s.Timezone != "" {
			l.zone(pointer+"/timezone", s.Timezone)
			if !ok && s.Standby == nil {
				l.fail(pointer+"/timezone", "lint.premium_needs", "key", "plan")
			}
		}
		if ok && to > from+Clock(domain.Day) {
			l.fail(pointer, "lint.shift_too_long")
		}
		if w := s.Window; ok && w != nil && Duration(to-from)+w.Before+w.After > Duration(2*domain.Day) {
			l.fail(pointer+"/window", "lint.window_too_wide")
		}
		if ok && s.BreakAt != nil && (*s.BreakAt < from || *s.BreakAt >= to) {
			l.fail(pointer+"/break_at", "lint.break_outside", "time", s.BreakAt.String())
		}
	}
}

func (l *linter) flex(pointer string, s *Shift) {
	if s.Start == nil {
		l.fail(pointer, "lint.shift_needs", "kind", s.Kind, "key", "start")
		return
	}
	if s.Required == 0 {
		l.fail(pointer, "lint.shift_needs", "kind", s.Kind, "key", "required")
	}
	if s.Start[1] < s.Start[0] {
		l.fail(pointer+"/start", "lint.span_order")
	}
	for i, c := range s.Core {
		if c[0] < s.Start[1] {
			l.warn(fmt.Sprintf("%s/core/%d", pointer, i), "lint.core_before_start", "time", s.Start[1].String())
		}
	}
}

// spans reports pairs that end before they begin, or begin before the one before has ended.
func (l *linter) spans(pointer string, list []Span) {
	for i, s := range list {
		if s[1] <= s[0] || i > 0 && s[0] < list[i-1][1] {
			l.fail(fmt.Sprintf("%s/%d", pointer, i), "lint.span_order")
		}
	}
}
