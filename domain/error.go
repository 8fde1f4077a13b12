package domain

import (
	"maps"
	"slices"
	"strings"
)

// Kind groups errors by what the caller can do about them.
type Kind string

// The kinds of errors, with the HTTP status they map to.
const (
	Invalid   Kind = "invalid"   // 422: the content is wrong
	Conflict  Kind = "conflict"  // 409: the state does not allow it
	Forbidden Kind = "forbidden" // 403: the actor may not
	NotFound  Kind = "not_found" // 404: the subject does not exist
)

// Error is the refusal of a request that makes no sense, as opposed to a refusal that an auditor may ask about, which is an event.
// Code is stable and has a text in every language of domain/text; Args are the values which that text names.
type Error struct {
	Code string            `json:"code"`
	Kind Kind              `json:"kind"`
	Args map[string]string `json:"args,omitempty"`
}

// NewError returns an Error; args are alternating names and values.
func NewError(kind Kind, code string, args ...string) *Error {
	e := &Error{Code: code, Kind: kind}
	for i := 0; i+1 < len(args); i += 2 {
		if e.Args == nil {
			e.Args = map[string]string{}
		}
		e.Args[args[i]] = args[i+1]
	}
	return e
}

// Error returns the code and the arguments in the order of their names, for logs; domain/text has the sentence for people.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Code)
	for i, k := range slices.Sorted(maps.Keys(e.Args)) {
		if i == 0 {
			b.WriteString(": ")
		} else {
			b.WriteString(", ")
		}
		b.WriteString(k + " " + e.Args[k])
	}
	return b.String()
}

// Is reports whether target is an *Error of the same code, so that errors.Is works with a bare &Error{Code: ...}.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}
