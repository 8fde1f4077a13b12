package ruleset

import "fmt"

func (l *linter) presence() {
	p := l.doc.Presence
	for _, e := range []struct {
		name string
		edge *Edge
	}{{"late", p.Late}, {"early", p.Early}} {
		if e.edge == nil {
			continue
		}
		for i, t := range e.edge.Tiers {
			pointer := fmt.Sprintf("/presence/%s/tiers/%d", e.name, i)
			if i > 0 && t.Over <= e.edge.Tiers[i-1].Over {
				l.fail(pointer, "lint.tiers_not_ascending", "length", t.Over.String())
			} else if i > 0 {
				l.tier("/presence/"+e.name+"/tiers", e.edge, i)
			}
			l.docking(pointer, t.As)
		}
	}
	if p.Missing != nil {
		l.docking("/presence/missing/one", p.Missing.One)
	}
	if p.Pardon != nil && p.Late != nil && p.Pardon.Upto <= p.Late.Grace && p.Late.From != "grace_end" {
		l.warn("/presence/pardon/upto", "lint.pardon_never", "upto", p.Pardon.Upto.String(), "grace", p.Late.Grace.String())
	}
	if w := p.Worked; w != nil && w.HalfBelow > 0 && w.AbsentBelow > w.HalfBelow {
		l.fail("/presence/worked", "lint.worked_order")
	}
}

// docking warns where a Chinese document takes half or a whole day for lateness or a missing punch.
func (l *linter) docking(pointer, outcome string) {
	if isChina(l.doc.Jurisdiction) && (outcome == "absent_half" || outcome == "absent") {
		l.warn(pointer, "lint.docking", "outcome", outcome)
	}
}

// gravity orders the outcomes of tiers; those that take no time are equal, and incomplete is of another kind.
var gravity = map[string]int{"late": 1, "early_leave": 1, "short_hours": 1, "late_serious": 2, "absent_half": 3, "absent": 4}

// tier looks at a tier and the one before it: one that is always passed over, and a longer lateness that weighs less.
func (l *linter) tier(tiers string, e *Edge, i int) {
	t, before := e.Tiers[i], e.Tiers[i-1]
	if e.From != "grace_end" && t.Over <= e.Grace {
		l.warn(fmt.Sprintf("%s/%d", tiers, i-1), "lint.tier_never",
			"length", before.Over.String(), "grace", e.Grace.String(), "next", t.Over.String())
	}
	if gravity[t.As] > 0 && gravity[t.As] < gravity[before.As] {
		l.warn(fmt.Sprintf("%s/%d/as", tiers, i), "lint.tier_lighter", "outcome", t.As, "before", before.As)
	}
}
