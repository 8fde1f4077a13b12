package whatif_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/whatif"
)

func TestCompareSinceListsWhatAReportWouldSayOtherwiseNow(t *testing.T) {
	change := func(emp string, date domain.Date, before, after domain.Seconds, rule string) whatif.DayChange {
		figures := func(s domain.Seconds) *whatif.Figures {
			return &whatif.Figures{Emp: emp, Date: date, Rows: map[string]whatif.Quantity{"REG": {Seconds: s}}}
		}
		return whatif.DayChange{Emp: emp, Date: date, Before: figures(before), After: figures(after), Rule: rule}
	}
	then := []whatif.DayChange{change("e2", 5, 60, 120, "/a"), change("e1", 7, 60, 120, ""), change("e1", 6, 60, 120, "")}
	now := []whatif.DayChange{change("e2", 5, 60, 120, "/b"), change("e1", 7, 0, 120, ""), change("e3", 1, 60, 90, "")}
	got := whatif.CompareSince(then, now)
	require.Len(t, got, 3)
	require.Equal(t, whatif.DaySince{Emp: "e1", Date: 6, Then: &then[2]}, got[0], "the candidate changes it no more")
	require.Equal(t, whatif.DaySince{Emp: "e1", Date: 7, Then: &then[1], Now: &now[1]}, got[1])
	require.Equal(t, whatif.DaySince{Emp: "e3", Date: 1, Now: &now[2]}, got[2], "and another one newly")
	require.Empty(t, whatif.CompareSince(then, then))
}
