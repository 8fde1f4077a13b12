package ruleset

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain/schedule"
)

func (l *linter) overtime() {
	l.weekAnchor()
	ids, sums := map[string]bool{}, map[string]string{}
	for i := range l.doc.Overtime.Rules {
		r, pointer := &l.doc.Overtime.Rules[i], fmt.Sprintf("/overtime/rules/%d", i)
		l.unique(pointer+"/id", r.ID, ids)
		l.selectedShifts(pointer, &r.Selector)
		l.code(pointer+"/code", r.Code, "base")
		for j, of := range r.Of {
			if of != "straight" {
				l.declared(fmt.Sprintf("%s/of/%d", pointer, j), of, "base")
			}
		}
		l.toil(pointer, r)
		l.reach(pointer, r)
		l.shadowed(pointer, i)
		if r.per() == "day" || r.Outside != "" {
			continue
		}
		key := strings.Join(append([]string{r.per(), r.Code}, l.counted(r)...), " ")
		if first, ok := sums[key]; ok {
			l.fail(pointer, "lint.accumulator_twice", "first", first)
		}
		sums[key] = pointer
	}
}

func (r *OvertimeRule) per() string {
	if r.Per == "" {
		return "day"
	}
	return r.Per
}

// pool returns what the rule claims from, sorted.
func (r *OvertimeRule) pool() []string {
	if len(r.Of) == 0 {
		return []string{"straight"}
	}
	return slices.Sorted(slices.Values(r.Of))
}

// toil reports time off in lieu where the law wants money.
func (l *linter) toil(pointer string, r *OvertimeRule) {
	if r.TOIL == "" {
		return
	}
	l.code(pointer+"/toil", r.TOIL, "bank")
	if j := l.doc.Jurisdiction; j == "US" || strings.HasPrefix(j, "US-") {
		l.fail(pointer+"/toil", "lint.toil_forbidden", "kind", "every")
	}
	if !isChina(l.doc.Jurisdiction) {
		return
	}
	kinds := r.kinds()
	for _, k := range []schedule.Kind{schedule.Work, schedule.Makeup, schedule.Special, schedule.Statutory} {
		if kinds[k] {
			l.fail(pointer+"/toil", "lint.toil_forbidden", "kind", k.String())
		}
	}
}

// shadowed reports a pass that finds nothing left: its pool is never filled, or earlier passes have claimed all it could.
func (l *linter) shadowed(pointer string, index int) {
	rules := l.doc.Overtime.Rules
	r := &rules[index]
	left := r.kinds()
	if l.neverHolds(pointer, &r.Selector) {
		return
	}
	if c := l.doc.Count; r.Outside != "" && c.Early == "never" && c.Late == "never" && c.Off == "never" {
		l.fail(pointer+"/outside", "lint.outside_never_counts")
	}
	if !slices.Contains(r.pool(), "straight") {
		if !slices.ContainsFunc(rules[:index], func(e OvertimeRule) bool { return slices.Contains(r.Of, e.Code) }) {
			l.fail(pointer+"/of", "lint.pool_empty", "codes", strings.Join(r.Of, ", "))
		}
	}
	if l.doc.Overtime.Combine == "highest" {
		return // the order of the list decides between equal rates only
	}
	for i := range rules[:index] {
		e := &rules[i]
		if !e.exhausts(r) {
			continue
		}
		if others := e.Selector.withoutDays(); !others.isZero() {
			b, a := r.Selector.withoutDays(), others
			if !reflect.DeepEqual(a, b) {
				continue
			}
		}
		for k := range e.kinds() {
			delete(left, k)
		}
		if len(left) == 0 {
			l.fail(pointer, "lint.shadowed", "by", e.ID)
			return
		}
	}
}

// neverHolds reports a selector whose values exclude each other.
func (l *linter) neverHolds(pointer string, s *Selector) bool {
	key := s.never()
	if key != "" {
		l.fail(pointer+"/"+key, "lint.never_holds", "key", key)
	}
	return key != ""
}

// exhausts reports whether e, where its selector holds, leaves nothing that the later rule r could claim.
func (e *OvertimeRule) exhausts(r *OvertimeRule) bool {
	if e.Min > 0 || e.Tolerance > 0 || e.Upto != nil || e.NthDayInWeek > 0 && e.NthDayInWeek != r.NthDayInWeek ||
		e.FromDay != nil && !reflect.DeepEqual(e.FromDay, r.FromDay) || e.Band != nil && (r.Band == nil || !bandWithin(*r.Band, *e.Band)) || !slices.Equal(e.pool(), r.pool()) {
		return false
	}
	if e.Outside != "" {
		return r.Outside != ""
	}
	if e.Over != nil && e.Over.Plan {
		return r.Outside == "" && r.per() == e.per() && r.Over != nil && r.Over.Plan
	}
	threshold := Duration(0)
	if e.Over != nil {
		threshold = e.Over.Length
	}
	if threshold == 0 {
		return true
	}
	return r.Outside == "" && r.per() == e.per() && r.Counts == e.Counts && r.Over != nil && !r.Over.Plan && r.Over.Length >= threshold
}

// payRules looks at what names pay codes outside overtime.
func (l *linter) payRules() {
	for i, c := range l.doc.Breaks.Comply {
		if c.Pay != "" {
			l.code(fmt.Sprintf("/breaks/comply/%d/pay", i), c.Pay, "statutory_pay")
		}
	}
	for _, id := range slices.Sorted(maps.Keys(l.doc.Breaks.MaxPremiums)) {
		l.declared(pointerTo("/breaks/max_premiums", id), id, "statutory_pay")
	}
	for i := 1; i < len(l.doc.Breaks.Auto); i++ {
		if l.doc.Breaks.Auto[i].WorkedOver <= l.doc.Breaks.Auto[i-1].WorkedOver {
			l.fail(fmt.Sprintf("/breaks/auto/%d", i), "lint.tiers_not_ascending", "length", l.doc.Breaks.Auto[i].WorkedOver.String())
		}
	}
	for _, id := range slices.Sorted(maps.Keys(l.doc.Leave)) {
		l.code(pointerTo("/leave", id)+"/code", l.doc.Leave[id].Code)
	}
	l.premiums()
	ids := map[string]bool{}
	for i, g := range l.doc.Guarantees {
		pointer := fmt.Sprintf("/guarantees/%d", i)
		l.unique(pointer+"/id", g.ID, ids)
		l.code(pointer+"/code", g.Code, "statutory_pay")
		l.guaranteeKeys(pointer, &l.doc.Guarantees[i])
	}
	l.limits()
}

// guaranteeKeys reports what a kind of guarantee needs to mean anything, and what it does not look at.
func (l *linter) guaranteeKeys(pointer string, g *Guarantee) {
	need := map[string]Duration{}
	switch g.Kind {
	case "call_back":
		need["floor"], need["gap_over"] = g.Floor, g.GapOver
	case "holiday":
		need["qty"] = g.Qty
	}
	for _, key := range slices.Sorted(maps.Keys(need)) {
		if need[key] == 0 {
			l.fail(pointer, "lint.guarantee_needs", "kind", g.Kind, "key", key)
		}
	}
	if g.If != "" && g.Kind != "holiday" {
		l.fail(pointer+"/if", "lint.guarantee_if", "kind", g.Kind)
	}
}

func (l *linter) premiums() {
	ids := map[string]bool{}
	for i := range l.doc.Premiums {
		p, pointer := &l.doc.Premiums[i], fmt.Sprintf("/premiums/%d", i)
		l.unique(pointer+"/id", p.ID, ids)
		l.code(pointer+"/code", p.Code, "premium")
		l.selectedShifts(pointer, &p.Selector)
		l.neverHolds(pointer, &p.Selector)
	}
	l.premiumsBeaten()
}

func (l *linter) limits() {
	ids := map[string]bool{}
	for i := range l.doc.Limits {
		m, pointer := &l.doc.Limits[i], fmt.Sprintf("/limits/%d", i)
		l.unique(pointer+"/id", m.ID, ids)
		l.selectedShifts(pointer, &m.Selector)
		l.neverHolds(pointer, &m.Selector)
		days := slices.Equal(m.Measure, Measure{"days_in_row"})
		for j, id := range m.Measure {
			if id != "worked" && !slices.Contains(measureWords, id) {
				l.declared(fmt.Sprintf("%s/measure/%d", pointer, j), id)
			}
		}
		bounds := 0
		for _, b := range []struct {
			name string
			a    *Amount
		}{{"max", m.Max}, {"min", m.Min}, {"below", m.Below}, {"warn", m.Warn}} {
			if b.a == nil {
				continue
			}
			if b.name != "warn" {
				bounds++
			}
			if b.a.IsDays != days {
				l.fail(pointer+"/"+b.name, "lint.limit_unit", "value", b.a.String())
			}
		}
		if bounds == 0 {
			l.fail(pointer, "lint.limit_open")
		}
		if slices.Equal(m.Measure, Measure{"weekly_rest"}) && (m.Min == nil || m.Min.Length <= 0 || m.Min.Length >= 7*24*60*60) {
			l.fail(pointer, "lint.weekly_rest_min")
		}
		for _, b := range []*Amount{m.Max, m.Below} {
			if b != nil && m.Warn != nil && b.IsDays == m.Warn.IsDays && (m.Warn.Length > b.Length || m.Warn.Days > b.Days || *m.Warn == *b) {
				l.warn(pointer+"/warn", "lint.limit_warn_late", "value", m.Warn.String(), "bound", b.String())
			}
		}
	}
}
