package schedule

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/punchledger/punchledger/domain"
)

// Longest texts, in characters.
const (
	maxName = 200
	maxWord = 64
)

// fields keeps the first problem found in the fields of a command, so that a check reads as the list of what it asks for.
type fields struct{ first error }

func (f *fields) that(ok bool, field, problem string) {
	if !ok && f.first == nil {
		f.first = domain.NewError(domain.Invalid, "invalid_field", "field", field, "problem", problem)
	}
}

func (f *fields) id(field, v string) { f.that(domain.ValidID(v, false), field, "not_an_id") }

func (f *fields) document(field, v string) { f.that(domain.ValidID(v, true), field, "not_an_id") }

func (f *fields) optionalDocument(field, v string) {
	if v != "" {
		f.document(field, v)
	}
}

func (f *fields) text(field, v string, longest int) {
	f.that(strings.TrimSpace(v) != "", field, "missing")
	f.optionalText(field, v, longest)
}

func (f *fields) optionalText(field, v string, longest int) {
	f.that(utf8.ValidString(v) && !strings.ContainsFunc(v, unicode.IsControl), field, "control_character")
	f.that(utf8.RuneCountInString(v) <= longest, field, "too_long")
}

// The zone archive knows the years from 1900 to 2100.
var firstDate, lastDate = domain.NewDate(1900, 1, 1), domain.NewDate(2100, 1, 1)

func (f *fields) date(field string, d domain.Date) {
	f.that(!d.IsZero(), field, "missing")
	f.that(d >= firstDate && d < lastDate, field, "out_of_range")
}
