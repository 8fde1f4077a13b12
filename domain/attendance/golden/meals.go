package golden

import (
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// meals translates breaks that the rules deduct or credit.
func (t *translation) meals() {
	switch t.rules.oneOf("break_overlap", "subtract_from_work", "ignore") {
	case "subtract_from_work":
		t.doc.Breaks.Punched = "anywhere"
	case "ignore":
		t.doc.Breaks.Punched = "ignore"
	}
	meals, breaks := t.rules.objects("meals"), t.rules.objects("breaks")
	for _, list := range []struct {
		kind  string
		rules []*object
	}{{"meal", meals}, {"break", breaks}} {
		for _, o := range list.rules {
			t.mealRule(o, list.kind)
		}
	}
	if t.rules.oneOf("meal_allocation", "at_trigger_time") != "" {
		t.doc.Breaks.AutoPlace = "threshold"
	}
	regular := !t.rules.has("regular_takes_adjustments") || t.rules.yes("regular_takes_adjustments")
	switch counts := t.rules.oneOf("overtime_counts", "regular_minutes", "regular_minutes_and_adjustments"); {
	case regular && counts == "regular_minutes_and_adjustments":
		t.lacks("adjustments that thresholds see twice")
	case !regular && counts == "regular_minutes":
		t.lacks("adjustments that nothing sees")
	case !regular:
		t.doc.Breaks.CountsIn = []string{"thresholds"}
	}
}

// mealRule translates one allowance. A meal and a break are one thing to the rules, a pause, so that a rule about the one must not find
// the other.
func (t *translation) mealRule(o *object, kind string) {
	after, amount := ruleset.Duration(o.minutes("after_min")), ruleset.Duration(o.minutes("amount_min"))
	switch o.oneOf("kind", "auto_deduct", "auto_add", "none") {
	case "auto_deduct":
		t.doc.Breaks.Mode = "auto"
		t.doc.Breaks.Auto = append(t.doc.Breaks.Auto, ruleset.AutoBreak{WorkedOver: after, Deduct: amount})
	case "auto_add":
		several := !o.has("several_breaks") || o.yes("several_breaks")
		t.doc.Breaks.Credit = append(t.doc.Breaks.Credit, ruleset.BreakCredit{WorkedOver: after, Add: amount, FirstOnly: !several})
		punched, first := t.pauses()
		if len(punched) > 1 && several || first != "" && first != kind {
			t.lacks("credit for breaks that does not look at meals")
		}
		if limit := o.yes("limit_to_punched"); !limit && punched[kind] < domain.Seconds(amount) {
			t.lacks("credit for breaks that nobody took")
		}
	}
}

// pauses are the lengths of the pauses that were punched, by kind, and the kind of the first.
func (t *translation) pauses() (by map[string]domain.Seconds, first string) {
	by = map[string]domain.Seconds{}
	var open domain.Seconds
	for _, p := range t.punches {
		kind, _ := p.values["punch_type"].(string)
		at, _ := p.values["at"].(string)
		switch {
		case kind == "":
		case p.values["dir"] == "out":
			open = t.instant(at)
		case open > 0:
			by[kind] += t.instant(at) - open
			open = 0
			if first == "" {
				first = kind
			}
		}
	}
	return by, first
}

// adjusted compares by how much breaks were deducted or credited, and where.
func (m *comparison) adjusted(o *object, d *attendance.Day) {
	got := d.Counted
	for _, x := range d.Intervals {
		got -= x.Len()
	}
	for _, r := range d.Rows {
		switch r.Code {
		case "x.deducted":
			got -= r.Seconds
		case "x.credited":
			got += r.Seconds
		}
	}
	m.minutes(o, "meal_adjust_minutes", got)
	m.minutes(o, "break_adjust_minutes", got)
	if o.has("meal_adjust_minutes") && o.has("break_adjust_minutes") {
		m.lacks("adjustments by meals apart from those by breaks")
	}
	if list := o.objects("meal_pieces"); len(list) > 0 {
		var want []string
		for _, p := range list {
			branch, from, to, n := p.text("branch"), p.text("from"), p.text("to"), p.number("minutes")
			if from == "" && len(list) == 1 { // the piece is not placed
				m.same("meal_pieces", minutes(got), fmt.Sprint(n))
				want = nil
				continue
			}
			want = append(want, fmt.Sprint(branch, " ", from, " ", to, " ", n))
		}
		if want != nil {
			slices.Sort(want)
			m.same("meal_pieces", m.takenOut(d), want)
		}
	}
	if by := o.object("regular_minutes_by_branch"); by != nil {
		sums := map[string]domain.Seconds{}
		for _, r := range d.Rows {
			if r.Code == "REG" {
				sums[r.Dims.Site] += r.Seconds
			}
		}
		for _, k := range by.keys() {
			site := k
			if k == "null" {
				site = ""
			}
			m.minutes(by, k, sums[site])
			delete(sums, site)
		}
		m.same("regular minutes of other branches", len(sums), 0)
	}
}

// takenOut is the presence that no segment counts, with the site of the punch that began it.
func (m *comparison) takenOut(d *attendance.Day) []string {
	var out []string
	for _, x := range d.Intervals {
		from := x.From
		for _, s := range append(slices.Clone(d.Segments), attendance.Segment{From: x.To, To: x.To}) {
			if s.To < x.From || s.From > x.To {
				continue
			}
			if s.From > from {
				out = append(out, fmt.Sprint(m.siteAt(x.From), " ", m.local(from), " ", m.local(s.From), " ", minutes(from-s.From)))
			}
			from = max(from, s.To)
		}
	}
	slices.Sort(out)
	return out
}

func (m *comparison) siteAt(at domain.Seconds) string {
	for _, p := range m.Results.run.Facts.Punches {
		if p.At == at && p.Dir == attendance.In {
			return p.Site
		}
	}
	return ""
}
