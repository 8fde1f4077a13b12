package ruleset

import (
	"slices"
	"strings"
)

// counted returns what the sum of a rule sees, sorted: its pool, or all base time.
func (l *linter) counted(r *OvertimeRule) []string {
	if r.Counts == "all" || r.Counts == "" && l.doc.Overtime.Combine == "union" {
		return []string{"all"}
	}
	return r.pool()
}

// reach reports keys of a rule that do not go together, or not with the rest of the document.
func (l *linter) reach(pointer string, r *OvertimeRule) {
	combine := l.doc.Overtime.Combine
	plain := slices.Equal(r.pool(), []string{"straight"})
	if combine != "" && combine != "list" && !plain {
		l.fail(pointer+"/of", "lint.combine_of", "combine", combine)
	}
	if strings.HasSuffix(r.per(), "_weeks") && l.doc.Week.Anchor.IsZero() {
		l.fail(pointer+"/per", "lint.anchor_missing", "per", r.per())
	}
	if r.Upto != nil && r.Over != nil && !r.Over.Plan && *r.Upto <= r.Over.Length {
		l.fail(pointer+"/upto", "lint.upto_order", "upto", r.Upto.String(), "over", r.Over.Length.String())
	}
	if r.Tolerance > 0 && (r.per() != "day" || !plain || combine == "highest") {
		l.fail(pointer+"/tolerance", "lint.tolerance_day")
	}
	if r.Outside == "" {
		return
	}
	if r.Upto != nil {
		l.fail(pointer+"/upto", "lint.outside_sum", "key", "upto")
	}
	if r.Counts != "" {
		l.fail(pointer+"/counts", "lint.outside_sum", "key", "counts")
	}
}

// weekAnchor reports an anchor that does not begin a week.
func (l *linter) weekAnchor() {
	a, starts := l.doc.Week.Anchor, l.doc.Week.Starts
	if !a.IsZero() && weekdays[a.Weekday()] != starts {
		l.fail("/week/anchor", "lint.anchor_weekday", "date", a.String(), "day", starts)
	}
}
