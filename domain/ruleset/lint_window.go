package ruleset

import (
	"maps"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// slackWanted is how long before and after its plan a day should still own punches.
const slackWanted = Clock(30 * domain.Minute)

// windows reports shifts whose day ends, or begins, so near to the plan that a punch a few minutes off it belongs to the day beside.
func (l *linter) windows() {
	w := windowLint{l, map[string]bool{}}
	for _, id := range slices.Sorted(maps.Keys(l.doc.Shifts)) {
		w.between(id, "rest")
		w.between("rest", id)
	}
	s := &l.doc.Schedule
	cycle := []string{}
	for _, day := range weekOrder {
		cycle = append(cycle, s.Weekly[day])
	}
	if s.Rotate != nil {
		cycle = s.Rotate.Cycle
	}
	for i := range cycle {
		w.between(cycle[i], cycle[(i+1)%len(cycle)])
	}
}

type windowLint struct {
	*linter
	said map[string]bool
}

// between looks at the cut between a day planned as a and the next one, planned as b. Times count from the midnight before a.
func (l windowLint) between(a, b string) {
	end, after, planned := l.edge(a, false)
	start, before, plannedNext := l.edge(b, true)
	start += Clock(domain.Day)
	cut, want := l.doc.Day.Cut+Clock(domain.Day), slackWanted
	low, high := end+after, start-before
	switch {
	case planned && plannedNext:
		if start <= end { // plans_overlap says so
			return
		}
		middle := (end + start) / 2
		low, high, want = min(low, middle), max(high, middle), min(want, (start-end)/2)
		cut = max(min(cut, high), low)
	case planned:
		cut = max(cut, low)
	case plannedNext:
		cut = min(cut, high)
	}
	if slack := cut - end; planned && slack < want {
		l.gap(a, "after", end+slack)
	}
	if slack := start - cut; plannedNext && slack < want {
		l.gap(b, "before", (start-slack)%Clock(domain.Day))
	}
}

// edge returns when the plan of a shift begins or ends, and how far its window reaches beyond. Open shifts count as unplanned.
func (l windowLint) edge(id string, start bool) (at, reach Clock, planned bool) {
	from, to, ok := l.extent(id)
	s := l.doc.Shifts[id]
	if !ok || s.Kind == "open" || s.Timezone != "" && s.Timezone != l.doc.Timezone { // another clock moves against that of the cut
		return 0, 0, false
	}
	var w Window
	if s.Window != nil {
		w = *s.Window
	}
	if start {
		return from, Clock(w.Before), true
	}
	return to, Clock(w.After), true
}

func (l windowLint) gap(shift, side string, at Clock) {
	if l.said[shift+side] {
		return
	}
	l.said[shift+side] = true
	pointer := pointerTo("/shifts", shift)
	if l.doc.Shifts[shift].Window != nil {
		pointer += "/window/" + side
	}
	code := "lint.window_gap_after"
	if side == "before" {
		code = "lint.window_gap_before"
	}
	l.warn(pointer, code, "shift", shift, "time", at.String())
}
