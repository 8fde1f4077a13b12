package domain

import (
	"fmt"
	"time"
)

// Date is a civil date without zone, counted in days; 0001-01-01 is 1. The zero value means "no date",
// as in the open end of an interval. Dates of one another compare and subtract as integers. Its text form is 2026-10-24.
type Date int32

// epochDays is the Date of 1970-01-01.
const epochDays = 719163

// NewDate returns the date of a year, month and day; days and months outside their range are carried over, as time.Date does.
func NewDate(year int, month time.Month, day int) Date {
	return Date(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()/86400) + epochDays
}

// DateOfUnix returns the date on which s falls when s is read as a wall clock's seconds since 1970-01-01T00:00:00.
func DateOfUnix(s Seconds) Date {
	d := s / Day
	if s%Day < 0 {
		d--
	}
	return Date(d) + epochDays
}

// ParseDate reads 2026-10-24.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return 0, fmt.Errorf("date %q: want year-month-day, for example 2026-10-24", s)
	}
	return NewDate(t.Date()), nil
}

// Unix returns midnight at the start of d on a wall clock, in seconds since 1970-01-01T00:00:00.
func (d Date) Unix() Seconds { return Seconds(d-epochDays) * Day }

// Time returns midnight of d in UTC.
func (d Date) Time() time.Time { return time.Unix(int64(d.Unix()), 0).UTC() }

// Civil returns year, month and day of d.
func (d Date) Civil() (int, time.Month, int) { return d.Time().Date() }

// Weekday returns the day of the week of d.
func (d Date) Weekday() time.Weekday { return time.Weekday(((d % 7) + 7) % 7) }

// Week returns the ISO 8601 week of d as 2026-W43. Weeks begin on Monday and belong to the year of their Thursday.
func (d Date) Week() string {
	y, w := d.Time().ISOWeek()
	return fmt.Sprintf("%04d-W%02d", y, w)
}

// AddMonths returns the same day n months later, or the last day of that month where it has no such day.
func (d Date) AddMonths(n int) Date {
	y, m, day := d.Civil()
	first := NewDate(y, m+time.Month(n), 1)
	last := NewDate(y, m+time.Month(n)+1, 1) - 1
	return min(first+Date(day-1), last)
}

// MonthStart returns the first day of d's month.
func (d Date) MonthStart() Date {
	y, m, _ := d.Civil()
	return NewDate(y, m, 1)
}

// YearMonth returns d's month as 202610.
func (d Date) YearMonth() string { return d.Time().Format("200601") }

// IsZero reports whether d is "no date".
func (d Date) IsZero() bool { return d == 0 }

// String returns 2026-10-24, or an empty string for no date.
func (d Date) String() string {
	if d == 0 {
		return ""
	}
	return d.Time().Format(time.DateOnly)
}

// MarshalText implements encoding.TextMarshaler.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler; an empty text is no date.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = 0
		return nil
	}
	v, err := ParseDate(string(b))
	*d = v
	return err
}

// Covers reports whether d lies in [from, to); a zero to is open.
func (d Date) Covers(from, to Date) bool { return d >= from && (to == 0 || d < to) }
