package domain

import "strings"

// ValidID reports whether s may stand as an id in a stream name: 1 to 64 of [a-z0-9_.].
// A document id (ruleset, calendar, site, group, device) may also hold '-', as it is the last part of its stream's name.
func ValidID(s string, document bool) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_', c == '.':
		case c == '-' && document && i > 0:
		default:
			return false
		}
	}
	return true
}

// ZoneID returns the form of an IANA zone name that stands in stream names: lower case, '/' as '.', anything else as '_'.
func ZoneID(zone string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r == '/':
			return '.'
		}
		return '_'
	}, zone)
}

// Category returns the part of a stream name before its first '-'.
func Category(stream string) string {
	c, _, _ := strings.Cut(stream, "-")
	return c
}
