package ruleset

import (
	"errors"
	"maps"

	"github.com/punchledger/punchledger/domain/schedule"
)

// Examine reads a document and says everything that schema, lint and compiler have against it, with lines and columns. Years returns
// what is known of a calendar. A document that cannot be used at all is nil; an error is something other than the document's fault.
func Examine(source []byte, name string, years func(calendar string) *schedule.Calendar) (*Document, []Problem, error) {
	doc, err := Parse(source, name)
	if unusable, ok := errors.AsType[*ProblemsError](err); ok {
		return nil, unusable.Problems, nil
	}
	if err != nil {
		return nil, nil, err
	}
	problems := append([]Problem{}, Lint(doc)...)
	problems = append(problems, CompileProblems(doc)...)
	problems = append(problems, LintYears(doc, doc.Effective, 0, years(doc.Calendar))...)
	return doc, Locate(source, problems), nil
}

// YearsOf returns the years of a calendar that a ledger has, and the shipped ones that it lacks and would publish.
func YearsOf(own schedule.CalendarState, id string) *schedule.Calendar {
	out := &schedule.Calendar{ID: id, Years: map[int]schedule.CalendarYear{}}
	if shipped, ok := Calendar(id); ok {
		maps.Copy(out.Years, shipped.Years)
	}
	if own.Exists() {
		maps.Copy(out.Years, own.Calendar().Years)
	}
	return out
}
