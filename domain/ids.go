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

var zoneSigns = strings.NewReplacer("/", ".", "+", ".p", "-", ".m")

// ZoneID returns the form of an IANA zone name that stands in stream names: lower case, '/' as '.', '+' as '.p', '-' as '.m'. No two
// zones have the same: Etc/GMT+5 is etc.gmt.p5, Etc/GMT-5 is etc.gmt.m5.
func ZoneID(zone string) string { return strings.ToLower(zoneSigns.Replace(zone)) }

// Category returns the part of a stream name before its first '-'.
func Category(stream string) string {
	c, _, _ := strings.Cut(stream, "-")
	return c
}
