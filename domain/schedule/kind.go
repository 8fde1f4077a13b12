// Package schedule holds calendars, rosters, day kinds and the turning of days: what was planned, and which dates are over.
package schedule

import (
	"fmt"
	"slices"
)

// Kind is what the calendar says of a date. Kinds of the calendar (statutory, holiday, makeup, swapped rest) come from the place
// of work; a roster chooses only the plan, and rest or legal_rest on ordinary days (docs/adr/0010).
type Kind uint8

// The kinds of days.
const (
	Work      Kind = iota // an ordinary working day
	Rest                  // a day off, also one that a calendar swapped
	LegalRest             // the weekly rest day that a law names (Japan 法定休日)
	Holiday               // a public holiday
	Statutory             // a statutory holiday in the Chinese sense: triple pay, not exchangeable for time off
	Makeup                // a weekend day worked in exchange for a swapped day off (调休上班)
	Special               // a day with a portion or tags of its own, otherwise as planned
	Kinds                 // the number of kinds
)

var kindNames = [Kinds]string{"work", "rest", "legal_rest", "holiday", "statutory", "makeup", "special"}

// String returns the stored name of k.
func (k Kind) String() string {
	if k >= Kinds {
		return fmt.Sprintf("kind(%d)", uint8(k))
	}
	return kindNames[k]
}

// ParseKind reads a stored name.
func ParseKind(s string) (Kind, error) {
	if i := slices.Index(kindNames[:], s); i >= 0 {
		return Kind(i), nil
	}
	return 0, fmt.Errorf("day kind %q: want one of %v", s, kindNames)
}

// MarshalText implements encoding.TextMarshaler.
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (k *Kind) UnmarshalText(b []byte) error {
	v, err := ParseKind(string(b))
	*k = v
	return err
}
