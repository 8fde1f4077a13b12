package ruleset_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/ruleset"
)

func TestADeadlineCountsFromTheDateOrFromTheEndOfItsMonth(t *testing.T) {
	for _, c := range []struct {
		name     string
		deadline ruleset.Deadline
		date     string
		last     string
	}{
		{"that very day", ruleset.Deadline{}, "2026-02-06", "2026-02-06"},
		{"a week", ruleset.Deadline{Days: 7}, "2026-02-26", "2026-03-05"},
		{"the tenth of the next month", ruleset.Deadline{Days: 10, After: "month"}, "2026-02-06", "2026-03-10"},
		{"the same for the last day of the month", ruleset.Deadline{Days: 10, After: "month"}, "2026-02-28", "2026-03-10"},
	} {
		require.Equal(t, day(c.last), c.deadline.Last(day(c.date)), c.name)
	}
}
