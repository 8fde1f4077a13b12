package domain

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Fields keeps the first problem found in the fields of a command, so that a check reads as the list of what it asks for. First is
// an *Error with code invalid_field, or nil. Problems are codes with a text in domain/text.
type Fields struct{ First error }

// That asks for ok.
func (f *Fields) That(ok bool, field, problem string) {
	if !ok && f.First == nil {
		f.First = NewError(Invalid, "invalid_field", "field", field, "problem", problem)
	}
}

// ID asks for an id without '-'.
func (f *Fields) ID(field, v string) { f.That(ValidID(v, false), field, "not_an_id") }

// OptionalID is ID where v is not empty.
func (f *Fields) OptionalID(field, v string) {
	f.That(v == "" || ValidID(v, false), field, "not_an_id")
}

// Document asks for a document id.
func (f *Fields) Document(field, v string) { f.That(ValidID(v, true), field, "not_an_id") }

// OptionalDocument is Document where v is not empty.
func (f *Fields) OptionalDocument(field, v string) {
	f.That(v == "" || ValidID(v, true), field, "not_an_id")
}

// IsCode reports whether v is a word such as a reason code: 1 to 64 small letters, digits and the signs _ . - of which the first is
// none of the signs.
func IsCode(v string) bool {
	for i := range len(v) {
		c := v[i]
		plain := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		if !plain && (i == 0 || c != '_' && c != '.' && c != '-') {
			return false
		}
	}
	return v != "" && len(v) <= 64
}

// Code asks for a word such as a reason code: it may be stored in clear.
func (f *Fields) Code(field, v string) { f.That(IsCode(v), field, "not_a_code") }

// OptionalCode is Code where v is not empty.
func (f *Fields) OptionalCode(field, v string) {
	f.That(v == "" || IsCode(v), field, "not_a_code")
}

// seen reports whether a character leaves a mark. The four at the end are letters and signs that are blank all the same.
func seen(r rune) bool {
	return !unicode.IsSpace(r) && !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Mn) && !strings.ContainsRune("\u115f\u1160\u3164\u2800", r)
}

// Text asks for a text of at most longest characters, of which somebody sees something.
func (f *Fields) Text(field, v string, longest int) {
	f.That(strings.ContainsFunc(v, seen), field, "missing")
	f.OptionalText(field, v, longest)
}

// OptionalText asks for a text without control characters of at most longest characters.
func (f *Fields) OptionalText(field, v string, longest int) {
	f.That(utf8.ValidString(v) && !strings.ContainsFunc(v, unicode.IsControl), field, "control_character")
	f.That(utf8.RuneCountInString(v) <= longest, field, "too_long")
}

// longestSecret is how long a note or a name may be, in bytes: 2,000 characters of any script.
const longestSecret = 8 << 10

// Secret asks for a secret of one class, or none.
func (f *Fields) Secret(field string, s Secret, class SecretClass) {
	f.That(s.IsZero() || s.Class == class, field, "wrong_class")
	f.That(len(s.Clear) <= longestSecret, field, "too_long")
}

// The zone archive knows the years from 1900 to 2100.
var firstDate, lastDate = NewDate(1900, 1, 1), NewDate(2100, 1, 1)

// Date asks for a date that the zone archive knows.
func (f *Fields) Date(field string, d Date) {
	f.That(!d.IsZero(), field, "missing")
	f.OptionalDate(field, d)
}

// OptionalDate is Date where there is one.
func (f *Fields) OptionalDate(field string, d Date) {
	f.That(d.IsZero() || d >= firstDate && d < lastDate, field, "out_of_range")
}

// OneOf asks for one of the known values.
func (f *Fields) OneOf(field, v string, known ...string) {
	f.That(slices.Contains(known, v), field, "unknown_value")
}

// SHA256 asks for 64 hexadecimal digits.
func (f *Fields) SHA256(field, v string) {
	f.That(len(v) == 64 && strings.Trim(v, "0123456789abcdef") == "", field, "not_64_hex_digits")
}
