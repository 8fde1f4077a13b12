package ruleset

import (
	"fmt"
	"strings"
)

// Severity says whether a problem stops a document from being published.
type Severity string

// The severities of problems.
const (
	SeverityError   Severity = "error"
	SeverityWarning Severity = "warning"
)

// Problem is one thing that is wrong with a document. Code is stable and has a text in every language; Args are the values which
// that text names. Line and Column count from 1 and are 0 where the place is not known.
type Problem struct {
	Pointer  string            `json:"pointer"` // RFC 6901; empty for the whole document
	Line     int               `json:"line,omitempty"`
	Column   int               `json:"column,omitempty"`
	Severity Severity          `json:"severity"`
	Code     string            `json:"code"`
	Args     map[string]string `json:"args,omitempty"`
}

// Text returns the English sentence for p.
func (p Problem) Text() string {
	s, ok := problemTexts[p.Code]
	if !ok {
		s = p.Code
	}
	for k, v := range p.Args {
		s = strings.ReplaceAll(s, "{"+k+"}", v)
	}
	if meant := p.Args["meant"]; meant != "" {
		s += fmt.Sprintf("; did you mean %q?", meant)
	}
	if hint := p.Args["hint"]; hint != "" {
		s += "; " + hint
	}
	return s
}

// ProblemsError is a document that cannot be used, with everything that was found. Name is the file as its author knows it.
type ProblemsError struct {
	Name     string
	Problems []Problem
}

// Error returns one line for each problem: file.yaml:12:7: unknown key "grase"; did you mean "grace"?
func (e *ProblemsError) Error() string {
	var b strings.Builder
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(e.Name)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
		}
		b.WriteString(": " + p.Text())
	}
	return b.String()
}

// newProblem returns an error at pointer; args are alternating names and values.
func newProblem(severity Severity, pointer, code string, args ...string) Problem {
	p := Problem{Pointer: pointer, Severity: severity, Code: code}
	for i := 0; i+1 < len(args); i += 2 {
		if p.Args == nil {
			p.Args = map[string]string{}
		}
		p.Args[args[i]] = args[i+1]
	}
	return p
}
