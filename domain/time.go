package domain

import (
	"fmt"
	"time"
)

// Seconds is a length of time, or a point of time as seconds since 1970-01-01T00:00:00Z. Pay is counted in whole seconds.
type Seconds int64

// Lengths of time in Seconds.
const (
	Minute Seconds = 60
	Hour   Seconds = 3600
	Day    Seconds = 86400
)

// HM formats a length as h:mm, rounding towards zero; negative lengths start with a minus sign.
func (s Seconds) HM() string {
	sign := ""
	if s < 0 {
		sign, s = "-", -s
	}
	return fmt.Sprintf("%s%d:%02d", sign, s/Hour, s%Hour/Minute)
}

// Instant is a point of time in milliseconds since 1970-01-01T00:00:00Z. The zero value means "not known".
// Its text form is always UTC with three decimals: 2026-10-24T19:50:00.000Z.
type Instant int64

const instantLayout = "2006-01-02T15:04:05.000Z"

// InstantOf returns t as an Instant, cut to the millisecond.
func InstantOf(t time.Time) Instant { return Instant(t.UnixMilli()) }

// Time returns i in UTC.
func (i Instant) Time() time.Time { return time.UnixMilli(int64(i)).UTC() }

// Seconds returns i floored to whole seconds since 1970-01-01T00:00:00Z.
func (i Instant) Seconds() Seconds {
	s := int64(i) / 1000
	if int64(i)%1000 < 0 {
		s--
	}
	return Seconds(s)
}

// Instant returns s, read as seconds since 1970-01-01T00:00:00Z, in milliseconds.
func (s Seconds) Instant() Instant { return Instant(s * 1000) }

// String returns the text form of i.
func (i Instant) String() string { return i.Time().Format(instantLayout) }

// MarshalText implements encoding.TextMarshaler.
func (i Instant) MarshalText() ([]byte, error) { return i.Time().AppendFormat(nil, instantLayout), nil }

// UnmarshalText accepts any RFC 3339 time and keeps its instant to the millisecond.
func (i *Instant) UnmarshalText(b []byte) error {
	t, err := time.Parse(time.RFC3339Nano, string(b))
	if err != nil {
		return fmt.Errorf("instant %q: want RFC 3339, for example %s", b, instantLayout)
	}
	*i = InstantOf(t)
	return nil
}
