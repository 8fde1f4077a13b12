package ruleset

import (
	"regexp"
	"slices"
	"strconv"

	"github.com/punchledger/punchledger/domain"
)

// dated is a value that is a date, or begins with one.
var dated = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}.*)?$`)

// checkDates reports values that are written as dates and that no calendar has: the schema knows their form and not the lengths of
// months. Those that have a problem already are left alone.
func (s *source) checkDates(pointer string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for key, x := range v {
			s.checkDates(pointerTo(pointer, key), x)
		}
	case []any:
		for i, x := range v {
			s.checkDates(pointerTo(pointer, strconv.Itoa(i)), x)
		}
	case string:
		found := dated.FindStringSubmatch(v)
		if found == nil {
			return
		}
		reported := slices.ContainsFunc(s.problems, func(p Problem) bool { return p.Pointer == pointer })
		if _, err := domain.ParseDate(found[1]); err != nil && !reported {
			s.fail(pointer, s.spotOf(pointer), "doc.value", "want", "a date such as 2026-10-24", "got", strconv.Quote(v))
		}
	}
}
