package ruleset

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
)

// Duration is a length such as 90m, 8h, 1h30m, 45s or 0m.
type Duration domain.Seconds

var durationPattern = regexp.MustCompile(`^(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,7})s)?$`)

// ParseDuration reads the text form of a Duration.
func ParseDuration(s string) (Duration, error) {
	m := durationPattern.FindStringSubmatch(s)
	if m == nil || s == "" {
		return 0, fmt.Errorf("duration %q: want hours and minutes such as 8h, 90m or 1h30m", s)
	}
	var d domain.Seconds
	for i, unit := range []domain.Seconds{domain.Hour, domain.Minute, 1} {
		if m[i+1] != "" {
			n, err := strconv.Atoi(m[i+1])
			if err != nil {
				return 0, fmt.Errorf("duration %q: %w", s, err)
			}
			d += domain.Seconds(n) * unit
		}
	}
	return Duration(d), nil
}

// String returns the shortest text form.
func (d Duration) String() string {
	if d == 0 {
		return "0m"
	}
	var b strings.Builder
	s := domain.Seconds(d)
	for _, u := range []struct {
		n    domain.Seconds
		name string
	}{{domain.Hour, "h"}, {domain.Minute, "m"}, {1, "s"}} {
		if s/u.n > 0 {
			fmt.Fprintf(&b, "%d%s", s/u.n, u.name)
			s %= u.n
		}
	}
	return b.String()
}

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := ParseDuration(string(b))
	*d = v
	return err
}

// Clock is a time of day "HH:MM" from 00:00 to 47:59, in seconds after midnight; 30:00 is 06:00 of the next date.
type Clock domain.Seconds

// ParseClock reads the text form of a Clock.
func ParseClock(s string) (Clock, error) {
	var h, m int
	if len(s) == 5 && s[2] == ':' {
		var err1, err2 error
		h, err1 = strconv.Atoi(s[:2])
		m, err2 = strconv.Atoi(s[3:])
		if err1 == nil && err2 == nil && h >= 0 && h < 48 && m >= 0 && m < 60 {
			return Clock(domain.Seconds(h)*domain.Hour + domain.Seconds(m)*domain.Minute), nil
		}
	}
	return 0, fmt.Errorf("time %q: want \"HH:MM\" from 00:00 to 47:59", s)
}

// String returns HH:MM.
func (c Clock) String() string {
	return fmt.Sprintf("%02d:%02d", domain.Seconds(c)/domain.Hour, domain.Seconds(c)%domain.Hour/domain.Minute)
}

// MarshalText implements encoding.TextMarshaler.
func (c Clock) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Clock) UnmarshalText(b []byte) error {
	v, err := ParseClock(string(b))
	*c = v
	return err
}

// Span is a pair of clock times: [from, to].
type Span [2]Clock

// Day is a date of a document, written year-month-day.
type Day = domain.Date
