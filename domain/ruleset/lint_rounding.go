package ruleset

import (
	"fmt"
	"maps"
	"slices"
)

// roundingSides returns which steps can only take time from the worker, and whether another step can only give some.
func (l *linter) roundingSides() (takes []string, gives bool) {
	note := func(pointer, dir, taking string) {
		switch dir {
		case taking:
			takes = append(takes, pointer)
		case "up", "down":
			gives = true
		}
	}
	if r := l.doc.Rounding; r != nil {
		if r.Punch != nil {
			for _, s := range r.Punch.In {
				note("/rounding/punch/in", s.Dir, "up")
			}
			for _, s := range r.Punch.Out {
				note("/rounding/punch/out", s.Dir, "down")
			}
		}
		if r.Breaks != nil {
			note("/rounding/breaks", r.Breaks.Dir, "up")
		}
		if r.Worked != nil {
			note("/rounding/worked", r.Worked.Dir, "down")
		}
		for _, id := range slices.Sorted(maps.Keys(r.Total)) {
			pointer := pointerTo("/rounding/total", id)
			l.declared(pointer, id, "base")
			note(pointer, r.Total[id].Dir, "down")
		}
	}
	for i, r := range l.doc.Overtime.Rules {
		if r.Round != nil {
			note(fmt.Sprintf("/overtime/rules/%d/round", i), r.Round.Dir, "down")
		}
	}
	return takes, gives
}

// roundingConditions reports conditions that name only one of what they are measured from and how far, and steps that are never taken.
func (l *linter) roundingConditions() {
	r := l.doc.Rounding
	if r == nil {
		return
	}
	if r.Punch != nil {
		l.roundSteps("/rounding/punch/in", r.Punch.In)
		l.roundSteps("/rounding/punch/out", r.Punch.Out)
	}
	for _, x := range []struct {
		pointer string
		sum     *RoundSum
	}{{"/rounding/breaks", r.Breaks}, {"/rounding/worked", r.Worked}} {
		if s := x.sum; s != nil && (s.Near == 0) != (s.Within == 0) {
			l.fail(x.pointer, "lint.round_condition")
		}
	}
	for i, w := range r.Order {
		if slices.Contains(r.Order[:i], w) {
			l.fail(fmt.Sprintf("/rounding/order/%d", i), "lint.order_twice", "step", w)
		}
	}
}

func (l *linter) roundSteps(key string, list RoundSteps) {
	for i, s := range list {
		pointer := key
		if len(list) > 1 {
			pointer = fmt.Sprintf("%s/%d", key, i)
		}
		if s.Near != "" && s.Within == 0 {
			l.fail(pointer+"/near", "lint.round_condition")
		}
		if i > 0 && list[i-1].Within == 0 {
			l.fail(pointer, "lint.round_never")
		}
	}
}
