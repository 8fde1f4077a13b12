// Package terminal reads what time clocks and other systems export: attlog files in both layouts, CSV, and JSON lines.
//
// It only parses. It knows no ledger, resolves no zone and decides nothing about a punch: a line comes out with the wall clock
// that the file states. What it had to find out about a file (layout, encoding, delimiter) it states; what it cannot tell
// apart it refuses with the option that settles it. A bad line never stops the lines after it, and memory does not grow with
// the file.
package terminal

import (
	"strings"
	"unicode/utf8"
)

// Direction is what a punch says of itself.
type Direction string

// The directions. Auto leaves it to the evaluation.
const (
	In       Direction = "in"
	Out      Direction = "out"
	Auto     Direction = "auto"
	BreakOut Direction = "break_out"
	BreakIn  Direction = "break_in"
)

// ParseDirection returns the direction of that name.
func ParseDirection(s string) (Direction, bool) {
	switch d := Direction(s); d {
	case In, Out, Auto, BreakOut, BreakIn:
		return d, true
	}
	return "", false
}

// Line is one punch as the file states it.
type Line struct {
	Number    int       // of the line it starts on, from 1
	Part      int       // 0, or the place from 1 of a record that shares its line with others
	Badge     string    // as printed, leading zeros kept; empty only when Employee is set
	Employee  string    // the person's id in the ledger, in files that name it
	Wall      string    // 2006-01-02T15:04:05
	Offset    string    // Z or +08:00; empty when Wall is local time of the terminal
	Dir       Direction // never empty
	Status    *int      // the terminal's own state key
	Verify    *int      // how the terminal checked the person: code of its maker
	Event     *int      // key=value lines: what happened at the door, by code of its maker
	WorkCode  string
	Name      string
	Ref       string // the record's id in the file
	Note      string
	DeviceSeq *int64
	Raw       string // the text of the line
}

// Reasons why a line is bad. They are stable and have a text in every language under reasons.
const (
	ReasonTooLong          = "line_too_long"
	ReasonBinary           = "binary"
	ReasonEncoding         = "bad_encoding"
	ReasonControl          = "control_char"
	ReasonTooFew           = "too_few_fields"
	ReasonTooMany          = "too_many_fields"
	ReasonNoBadge          = "no_badge"
	ReasonBadge            = "bad_badge"
	ReasonDate             = "bad_date"
	ReasonAmbiguousDate    = "ambiguous_date"
	ReasonTime             = "bad_time"
	ReasonClockReset       = "clock_reset"
	ReasonNumber           = "bad_number"
	ReasonGlued            = "two_records"
	ReasonUnknownDirection = "unknown_direction"
	ReasonOpenQuote        = "open_quote"
	ReasonQuote            = "bad_quote"
	ReasonJSON             = "bad_json"
	ReasonUnknownKey       = "unknown_key"
	ReasonDuplicateKey     = "duplicate_key"
	ReasonMissingKey       = "missing_key"
	ReasonValue            = "bad_value"
)

// Bad is a line that could not be taken as it is. Column counts characters from 1; 0 is the line as a whole.
type Bad struct {
	Line   int               `json:"line"`
	Column int               `json:"column,omitempty"`
	Reason string            `json:"reason"`
	Args   map[string]string `json:"args,omitempty"`
	Raw    string            `json:"raw,omitempty"` // at most rawLimit bytes, without bytes that no terminal should get to see
}

// Held reports whether the line was read and only its time is not to be believed: it may wait in quarantine.
func (b *Bad) Held() bool { return b.Reason == ReasonClockReset }

// rawLimit is how much of a bad line is kept to show to a person.
const rawLimit = 200

func newBad(raw rawLine, column int, reason string, args ...string) *Bad {
	b := &Bad{Line: raw.number, Column: column, Reason: reason, Raw: printable(raw.text)}
	for i := 0; i+1 < len(args); i += 2 {
		if b.Args == nil {
			b.Args = map[string]string{}
		}
		b.Args[args[i]] = printable(args[i+1])
	}
	return b
}

// printable cuts s to rawLimit and replaces what would upset a screen.
func printable(s string) string {
	if len(s) > rawLimit {
		s = s[:rawLimit]
		for len(s) > 0 && !utf8.RuneStart(s[len(s)-1]) {
			s = s[:len(s)-1]
		}
		if r, size := utf8.DecodeLastRuneInString(s); r == utf8.RuneError && size == 1 {
			s = s[:len(s)-1]
		}
		s += "…"
	}
	return strings.Map(func(r rune) rune {
		if r != '\t' && isControl(r) {
			return utf8.RuneError
		}
		return r
	}, s)
}

// column returns the place, in characters from 1, of the byte at offset in text.
func column(text string, offset int) int { return utf8.RuneCountInString(text[:offset]) + 1 }
