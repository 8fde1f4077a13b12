package ledger

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/whatif"
)

func rulesetFacts(d *Directory, s ruleset.RulesetState, c ruleset.RulesetCommand) (ruleset.RulesetFacts, pins) {
	f := ruleset.RulesetFacts{SingleControl: !d.dualControl()}
	switch c := c.(type) {
	case ruleset.DraftRuleset:
		f.SchemaProblems, f.LintErrors = check(c.Doc)
	case ruleset.PublishRuleset:
		return d.publishFacts(f, s, c)
	case ruleset.WithdrawRuleset:
		f.UncoveredFrom, f.UncoveredGroup = d.uncovered(s, c)
	case ruleset.ReviewRuleset: // needs nothing from elsewhere
	}
	return f, nil
}

// check returns what the schema and the lint have against a document.
func check(doc []byte) (schema, lint []ruleset.Problem) {
	parsed, err := ruleset.ParseStored(doc)
	var problems *ruleset.ProblemsError
	switch {
	case errors.As(err, &problems):
		return problems.Problems, nil
	case err != nil:
		return []ruleset.Problem{{Code: "syntax"}}, nil
	}
	for _, p := range ruleset.Lint(parsed) {
		if p.Severity == ruleset.SeverityError {
			lint = append(lint, p)
		}
	}
	return nil, append(lint, ruleset.CompileProblems(parsed)...)
}

func (d *Directory) publishFacts(f ruleset.RulesetFacts, s ruleset.RulesetState, c ruleset.PublishRuleset) (ruleset.RulesetFacts, pins) {
	p := pins{}
	draft, ok := s.Draft(c.Draft)
	if !ok {
		return f, p
	}
	doc, err := ruleset.ParseStored(draft.Doc)
	if err != nil {
		return f, p
	}
	_, f.LintErrors = check(draft.Doc)
	if len(f.LintErrors) == 0 {
		f.FailedExamples = d.failedExamples(doc, draft.Hash)
	}
	f.Governed = d.governed(s, c, doc.Timezone)
	if c.Replay != "" {
		f.ReplayUnfit = !d.covers(stateOf[whatif.State](d, whatif.Stream(c.Replay)), c, doc.Timezone)
		p["replay"] = d.pin(whatif.Stream(c.Replay))
	}
	f.MidCycleOn = midCycleOn(s, c, draft)
	if before, ok := s.Governing(c.EffectiveFrom - 1); ok {
		if old, err := ruleset.ParseStored(before.Doc); err == nil {
			f.ShiftsInUse = d.droppedShifts(c.Ruleset, old, doc, c.EffectiveFrom)
		}
	}
	return f, p
}

// failedExamples runs the examples of a document and tells of each that fails what it wanted and got.
func (d *Directory) failedExamples(doc *ruleset.Document, hash string) []string {
	rules, err := ruleset.Compile(doc, hash)
	if err != nil {
		return []string{err.Error()}
	}
	outcomes, err := attendance.RunExamples(rules, d.ExampleCalendar(doc.Calendar))
	if err != nil {
		return []string{err.Error()}
	}
	var out []string
	for _, o := range outcomes {
		for _, x := range o.Differences {
			out = append(out, fmt.Sprintf("%s on %s, %s: want %s, got %s", o.Example, x.Date, x.What, cmp.Or(x.Want, "nothing"), cmp.Or(x.Got, "nothing")))
		}
	}
	return out
}

// ExampleCalendar returns the calendar under which examples run: the shipped one, so that they mean the same everywhere, else the
// ledger's own; nil where there is none, and every date follows the plan of the week.
func (d *Directory) ExampleCalendar(id string) *schedule.Calendar {
	if c, ok := ruleset.Calendar(id); ok {
		return c
	}
	if c := d.Calendar(id); c.Exists() {
		return c.Calendar()
	}
	return nil
}

// governed reports whether on a date of the window that has begun somebody works under another version already: publishing then
// changes recorded results. What has begun is known from the days that were turned, not from a clock.
func (d *Directory) governed(s ruleset.RulesetState, c ruleset.PublishRuleset, tz string) bool {
	today := d.Turned(tz) + 1
	for _, v := range s.Versions {
		from := max(v.From, c.EffectiveFrom)
		until := earliest(v.Until, c.EffectiveTo, today)
		if v.Withdrawn || until <= from {
			continue
		}
		for _, b := range d.bindingsOf(c.Ruleset) {
			if max(from, b.From) < earliest(until, b.To) && d.anybody(b.group, max(from, b.From), earliest(until, b.To)) {
				return true
			}
		}
	}
	return false
}

// covers reports whether a replay was adopted for just this document and looked at every date of the window that was over when it
// was asked for. Days that have ended since do not make it stale: they had no results to compare with.
func (d *Directory) covers(r whatif.State, c ruleset.PublishRuleset, tz string) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	begun := earliest(c.EffectiveTo, d.index.begun[c.Replay][tz]+1)
	return r.Adopts(c.Hash) && r.Request.Window.From <= c.EffectiveFrom && r.Request.Window.To >= begun
}

type groupBinding struct {
	people.Binding
	group string
}

// bindingsOf returns the bindings of all groups to a ruleset.
func (d *Directory) bindingsOf(id string) []groupBinding {
	var out []groupBinding
	for _, g := range d.IDs("group") {
		for _, b := range d.Group(g).Bindings {
			if b.Ruleset == id {
				out = append(out, groupBinding{b, g})
			}
		}
	}
	return out
}

// anybody reports whether somebody is assigned to a group and employed on a date of [from, until).
func (d *Directory) anybody(group string, from, until domain.Date) bool {
	for _, emp := range d.IDs("employee") {
		s := d.Employee(emp)
		a := s.Assignments()
		for i := range a {
			end := until
			if i+1 < len(a) {
				end = min(end, a[i+1].From)
			}
			if a[i].Group != group || max(a[i].From, from) >= end {
				continue
			}
			for _, e := range s.Employment {
				if e.From < end && (e.Last == 0 || e.Last >= max(a[i].From, from)) {
					return true
				}
			}
		}
	}
	return false
}

// earliest returns the earliest of dates, where zero is an open end.
func earliest(dates ...domain.Date) domain.Date {
	var out domain.Date
	for _, x := range dates {
		if x != 0 && (out == 0 || x < out) {
			out = x
		}
	}
	return out
}

// midCycleOn returns the first date at which a weekly or monthly threshold would change inside its cycle, without the later document
// saying that this is meant: where the new version begins, and where another one takes over from it.
func midCycleOn(s ruleset.RulesetState, c ruleset.PublishRuleset, draft ruleset.RulesetDraft) domain.Date {
	after := ruleset.RulesetState{Versions: append(slices.Clone(s.Versions), ruleset.RulesetVersion{
		Number: len(s.Versions) + 1, Doc: draft.Doc, From: c.EffectiveFrom, Until: c.EffectiveTo,
	})}
	reigns := after.Reigns()
	for i := 1; i < len(reigns); i++ {
		a, b := reigns[i-1], reigns[i]
		if a.Until != b.From || a.Version <= len(s.Versions) && b.Version <= len(s.Versions) {
			continue
		}
		before, errBefore := ruleset.ParseStored(after.Versions[a.Version-1].Doc)
		next, err := ruleset.ParseStored(after.Versions[b.Version-1].Doc)
		if errBefore == nil && err == nil && midCycle(before, next, b.From) {
			return b.From
		}
	}
	return 0
}

// midCycle reports whether a weekly or monthly threshold changes on a date that does not begin its cycle.
func midCycle(before, after *ruleset.Document, from domain.Date) bool {
	if after.Overtime.MidCycle == "carry" {
		return false
	}
	weekBegins := from.Weekday() == weekdays[after.Week.Starts]
	for weeks, per := range map[int]string{2: "two_weeks", 4: "four_weeks"} {
		begins := !after.Week.Anchor.IsZero() && int(from-after.Week.Anchor)%(7*weeks) == 0
		if !begins && !maps.Equal(thresholds(before, per), thresholds(after, per)) {
			return true
		}
	}
	return !weekBegins && !maps.Equal(thresholds(before, "week"), thresholds(after, "week")) ||
		from != from.MonthStart() && !maps.Equal(thresholds(before, "month"), thresholds(after, "month"))
}

var weekdays = map[string]time.Weekday{
	"sun": time.Sunday, "mon": time.Monday, "tue": time.Tuesday, "wed": time.Wednesday,
	"thu": time.Thursday, "fri": time.Friday, "sat": time.Saturday,
}

// thresholds returns the thresholds of overtime rules of a cycle by what they count and their code, which a document has once.
func thresholds(doc *ruleset.Document, per string) map[string]ruleset.Over {
	out := map[string]ruleset.Over{}
	for _, r := range doc.Overtime.Rules {
		if r.Per == per && r.Over != nil {
			of := slices.Sorted(slices.Values(r.Of))
			if len(of) == 0 {
				of = []string{"straight"}
			}
			out[strings.Join(of, "+")+" "+r.Code] = *r.Over
		}
	}
	return out
}

// droppedShifts returns the shifts that somebody under the ruleset is rostered on from a date on and that the new document lacks.
func (d *Directory) droppedShifts(id string, before, after *ruleset.Document, from domain.Date) []string {
	var out []string
	for _, shift := range slices.Sorted(maps.Keys(before.Shifts)) {
		if _, kept := after.Shifts[shift]; !kept && d.rosteredOn(id, shift, from) {
			out = append(out, shift)
		}
	}
	return out
}

func (d *Directory) rosteredOn(id, shift string, from domain.Date) bool {
	d.mu.RLock()
	last := map[string]domain.Date{}
	for emp, shifts := range d.index.rostered {
		if shifts[shift] >= from {
			last[emp] = shifts[shift]
		}
	}
	d.mu.RUnlock()
	for emp, date := range last {
		if rules, ok := d.rulesOn(emp, date); ok && rules.Doc.ID == id {
			return true
		}
	}
	return false
}

// uncovered returns the first date on which withdrawing a version would leave a bound group without rules, and that group.
func (d *Directory) uncovered(s ruleset.RulesetState, c ruleset.WithdrawRuleset) (first domain.Date, group string) {
	gone, ok := s.Version(c.Version)
	if !ok {
		return 0, ""
	}
	rest := ruleset.RulesetState{Versions: slices.Clone(s.Versions)}
	rest.Versions[c.Version-1].Withdrawn = true
	for _, b := range d.bindingsOf(c.Ruleset) {
		from, until := max(gone.From, b.From), earliest(gone.Until, b.To)
		edges := []domain.Date{from}
		for _, v := range rest.Versions {
			edges = append(edges, v.Until)
		}
		for _, date := range edges {
			if date < from || until != 0 && date >= until {
				continue
			}
			if _, ok := rest.Governing(date); !ok && (first == 0 || date < first) {
				first, group = date, b.group
			}
		}
	}
	return first, group
}

func replayFacts(d *Directory, _ whatif.State, c whatif.Command) (whatif.Facts, pins) {
	f := whatif.Facts{SingleControl: !d.dualControl()}
	r, ok := c.(whatif.RequestReplay)
	if !ok {
		return f, nil
	}
	f.PopulationEmpty = len(d.IDs("employee")) == 0
	switch {
	case len(r.Candidate.Doc) > 0:
		if schema, lint := check(r.Candidate.Doc); len(schema)+len(lint) > 0 {
			f.CandidateProblem = append(schema, lint...)[0].Text()
		}
	case r.Candidate.Ruleset != "":
		v, known := d.Ruleset(r.Candidate.Ruleset).Version(r.Candidate.Version)
		if !known || v.Withdrawn {
			f.CandidateProblem = "unknown_version"
		}
	}
	for _, y := range r.Candidate.Calendars {
		if d.Calendar(y.Calendar).ID == "" {
			f.CandidateProblem = "unknown_calendar"
		}
	}
	return f, nil
}
