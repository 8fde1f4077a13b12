package ruleset

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/zone"
)

// Lint returns what is wrong or doubtful in a document that the schema accepts, as far as the document alone can tell: errors stop
// it from being published, warnings want a second look. Problems carry pointers; Locate adds the lines of a text.
func Lint(doc *Document) []Problem {
	l := &linter{doc: doc, used: map[string]bool{}}
	l.head()
	l.authority()
	l.schedule()
	l.shifts()
	l.windows()
	l.punches()
	l.presence()
	l.overtime()
	l.payRules()
	l.banks()
	l.intake()
	l.requests()
	l.examples()
	l.codes()
	return l.problems
}

// Locate returns problems with the lines and columns that their pointers have in the text the document was read from.
func Locate(data []byte, problems []Problem) []Problem {
	s := readSource(data)
	out := slices.Clone(problems)
	for i := range out {
		at := s.spotOf(out[i].Pointer)
		out[i].Line, out[i].Column = at.line, at.column
	}
	return out
}

type linter struct {
	doc      *Document
	used     map[string]bool // pay codes that something names
	problems []Problem
}

func (l *linter) fail(pointer, code string, args ...string) {
	l.problems = append(l.problems, newProblem(SeverityError, pointer, code, args...))
}

func (l *linter) warn(pointer, code string, args ...string) {
	l.problems = append(l.problems, newProblem(SeverityWarning, pointer, code, args...))
}

// code notes what gives a pay code, which must be declared and of one of classes.
func (l *linter) code(pointer, id string, classes ...string) {
	l.used[id] = true
	l.declared(pointer, id, classes...)
}

// declared checks a place that names a pay code without giving it.
func (l *linter) declared(pointer, id string, classes ...string) {
	p, ok := l.doc.PayCodes[id]
	if !ok {
		known := slices.Sorted(maps.Keys(l.doc.PayCodes))
		l.fail(pointer, "lint.code_undeclared", "code", id, "meant", nearest(id, known))
		return
	}
	if len(classes) > 0 && !slices.Contains(classes, p.Class) {
		l.fail(pointer, "lint.code_class", "code", id, "class", p.Class, "want", strings.Join(classes, " or "))
	}
}

// unique reports an id that a list has twice.
func (l *linter) unique(pointer, id string, seen map[string]bool) {
	if seen[id] {
		l.fail(pointer, "lint.id_twice", "id", id)
	}
	seen[id] = true
}

// zone reports a zone that the archive does not have.
func (l *linter) zone(pointer, name string) {
	if _, err := zone.Embedded().Zone(name); err != nil {
		l.fail(pointer, "lint.zone_unknown", "zone", name)
	}
}

func (l *linter) head() {
	l.zone("/timezone", l.doc.Timezone)
	if len(l.doc.Examples) == 0 {
		l.warn("", "lint.no_examples")
	}
	if l.doc.Calendar != "" {
		return
	}
	for i, r := range l.doc.Overtime.Rules {
		for _, kind := range r.Day {
			if kind == "statutory" || kind == "holiday" || kind == "makeup" {
				l.warn(fmt.Sprintf("/overtime/rules/%d/day", i), "lint.no_calendar", "kind", kind)
			}
		}
	}
}

// authority reports rules without the law or agreement that lets them be, and agreements that nobody could find again.
func (l *linter) authority() {
	a := l.doc.Authority
	switch {
	case a == nil:
		l.warn("", "lint.no_authority")
		return
	case a.Kind != "collective" && a.Kind != "works_agreement":
		return
	}
	var missing []string
	if a.AgreedOn.IsZero() {
		missing = append(missing, "agreed_on")
	}
	if len(a.Parties) == 0 {
		missing = append(missing, "parties")
	}
	if a.SHA256 == "" {
		missing = append(missing, "sha256")
	}
	if len(missing) > 0 {
		l.warn("/authority", "lint.authority_vague", "keys", strings.Join(missing, ", "))
	}
}

// punches looks at deduplication and rounding.
func (l *linter) punches() {
	if d := l.doc.Punch.Dedupe; d > Duration(10*domain.Minute) {
		l.warn("/punch/dedupe", "lint.dedupe_long", "length", d.String())
	}
	l.shiftOwner()
	l.roundingConditions()
	takes, gives := l.roundingSides()
	if len(takes) == 0 || gives {
		return
	}
	report := l.warn
	if l.doc.StrictPay {
		report = l.fail
	}
	for _, pointer := range takes {
		report(pointer, "lint.rounding_one_sided")
	}
}

// shiftOwner looks at which shift takes a punch, and which date a shift.
func (l *linter) shiftOwner() {
	if l.doc.Punch.OffShift == "leave_out" {
		report := l.warn
		if l.doc.MustRecord {
			report = l.fail
		}
		report("/punch/off_shift", "lint.off_shift_lost")
	}
	d := l.doc.Day
	if d.Assign != "" && d.OTDay == "split" {
		l.fail("/day/assign", "lint.assign_split", "assign", d.Assign)
	}
	if d.LongestShift > 0 && d.ShiftGap >= d.LongestShift {
		l.fail("/day/shift_gap", "lint.shift_gap_long", "gap", d.ShiftGap.String(), "longest", d.LongestShift.String())
	}
	if c := l.doc.Punch.Close; c != nil && !c.After.Plan && c.After.Length == 0 {
		l.fail("/punch/close/after", "lint.close_at_once")
	}
}

func (l *linter) intake() {
	in := l.doc.Intake
	if in == nil {
		return
	}
	for _, signal := range slices.Sorted(maps.Keys(in.Device)) {
		if in.Device[signal] == "reject" {
			l.warn("/intake/device/"+signal, "lint.device_reject", "signal", signal)
		}
	}
	if in.Office != nil {
		for i, proof := range in.Office.AnyOf {
			if proof == "wifi" {
				l.warn(fmt.Sprintf("/intake/office/any_of/%d", i), "lint.wifi_unproven")
			}
		}
	}
	open := -1
	for i, c := range in.Otherwise {
		pointer := fmt.Sprintf("/intake/otherwise/%d", i)
		if open >= 0 {
			l.fail(pointer, "lint.case_shadowed", "by", fmt.Sprintf("/intake/otherwise/%d", open))
		}
		if c.Outcome == "reject" {
			report := l.warn
			if l.doc.MustRecord {
				report = l.fail
			}
			report(pointer+"/outcome", "lint.place_reject")
		}
		if c.Selector.isZero() && open < 0 {
			open = i
		}
		l.selectedShifts(pointer, &in.Otherwise[i].Selector)
		l.neverHolds(pointer, &in.Otherwise[i].Selector)
	}
	if open < 0 {
		l.fail(fmt.Sprintf("/intake/otherwise/%d", len(in.Otherwise)-1), "lint.otherwise_open")
	}
}

func (l *linter) examples() {
	seen := map[string]bool{}
	for i, e := range l.doc.Examples {
		pointer := fmt.Sprintf("/examples/%d", i)
		l.unique(pointer+"/id", e.ID, seen)
		for _, date := range slices.Sorted(maps.Keys(e.Roster)) {
			l.planned(pointerTo(pointer+"/roster", date), e.Roster[date])
		}
		for j, d := range e.Expect {
			for _, id := range slices.Sorted(maps.Keys(d.Rows)) {
				if _, ok := l.doc.PayCodes[id]; !ok && !strings.HasPrefix(id, "x.") {
					l.fail(pointerTo(fmt.Sprintf("%s/expect/%d/rows", pointer, j), id), "lint.code_undeclared", "code", id)
				}
			}
		}
	}
}

// codes reports codes that nothing can give, and the lack of one code for plain time.
func (l *linter) codes() {
	var plain []string
	for _, id := range slices.Sorted(maps.Keys(l.doc.PayCodes)) {
		if l.doc.PayCodes[id].Class == "base" && !l.used[id] {
			plain = append(plain, id)
		}
	}
	reg, ok := l.doc.PayCodes["REG"]
	switch {
	case ok && reg.Class == "base":
		l.used["REG"] = true
	case len(plain) == 1:
		l.used[plain[0]] = true
	case len(plain) == 0:
		l.fail("/pay_codes", "lint.no_plain_code")
	default:
		l.fail("/pay_codes", "lint.plain_code_ambiguous", "codes", strings.Join(plain, ", "))
	}
	for _, id := range slices.Sorted(maps.Keys(l.doc.PayCodes)) {
		report := l.warn // credits may give codes of the other classes
		if class := l.doc.PayCodes[id].Class; class == "base" || class == "premium" {
			report = l.fail
		}
		if !l.used[id] {
			report(pointerTo("/pay_codes", id), "lint.code_unused", "code", id)
		}
	}
}

// CompileProblems returns what keeps Compile from using a document that its schema and lint let pass: words of the vocabulary that
// this build does not evaluate yet.
func CompileProblems(doc *Document) []Problem {
	_, err := Compile(doc, "")
	var wrong *domain.Error
	if !errors.As(err, &wrong) {
		return nil
	}
	return []Problem{newProblem(SeverityError, wrong.Args["pointer"], "lint.not_compiled", "problem", wrong.Args["problem"], "value", wrong.Args["value"])}
}
