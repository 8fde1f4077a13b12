package whatif_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/whatif"
)

func TestWhatRepresentativesSee(t *testing.T) {
	group := func(kind, id string, persons int) whatif.GroupChange {
		return whatif.GroupChange{Kind: kind, ID: id, Persons: persons}
	}
	bucket := func(from, to domain.Seconds, persons int) whatif.Bucket {
		return whatif.Bucket{From: from * domain.Hour, To: to * domain.Hour, Persons: persons}
	}
	for _, c := range []struct {
		name           string
		persons        int
		groups, shown  []whatif.GroupChange
		spread, joined []whatif.Bucket
	}{
		{
			name: "groups of five and more are shown", persons: 20,
			groups: []whatif.GroupChange{group("group", "a", 5), group("group", "b", 4), group("group", "c", 11)},
			shown:  []whatif.GroupChange{group("group", "c", 11)}, // 20 - 5 - 11 would be the four of b
		},
		{
			name: "several small groups hide each other", persons: 20,
			groups: []whatif.GroupChange{group("group", "a", 5), group("group", "b", 4), group("group", "c", 8), group("group", "d", 3)},
			shown:  []whatif.GroupChange{group("group", "a", 5), group("group", "c", 8)},
		},
		{
			name: "a group of everybody is shown", persons: 6,
			groups: []whatif.GroupChange{group("group", "a", 6), group("site", "s", 6)},
			shown:  []whatif.GroupChange{group("group", "a", 6), group("site", "s", 6)},
		},
		{
			name: "tags overlap, so that nothing follows from what is left out", persons: 8,
			groups: []whatif.GroupChange{group("tag", "night", 5), group("tag", "part_time", 3)},
			shown:  []whatif.GroupChange{group("tag", "night", 5)},
		},
		{
			name: "few people at the ends are joined with those nearer to no change", persons: 40,
			spread: []whatif.Bucket{bucket(-8, -4, 2), bucket(-4, -1, 3), bucket(-1, 0, 9), bucket(0, 1, 0), bucket(1, 4, 6), bucket(4, 8, 1)},
			joined: []whatif.Bucket{bucket(-8, -1, 5), bucket(-1, 0, 9), bucket(0, 1, 0), bucket(1, 8, 7)},
		},
		{
			name: "few people nearest to no change are joined with those farther away", persons: 40,
			spread: []whatif.Bucket{bucket(-4, -1, 9), bucket(-1, 0, 2), bucket(0, 1, 3), bucket(1, 4, 6)},
			joined: []whatif.Bucket{bucket(-4, 0, 11), bucket(0, 4, 9)},
		},
		{
			name: "a side of few people says no number", persons: 40,
			spread: []whatif.Bucket{bucket(-4, -1, 1), bucket(-1, 0, 0), bucket(0, 1, 30)},
			joined: []whatif.Bucket{bucket(0, 1, 30)},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := whatif.Report{
				Summary: whatif.Summary{Persons: c.persons, PersonsChanged: 3}, Groups: c.groups, Spread: c.spread,
				Top:  whatif.Top{Losses: []whatif.Mover{{Emp: "e1", Worth: -60}}},
				Days: []whatif.DayChange{{Emp: "e1"}},
			}
			got := r.Collective()
			require.Equal(t, c.shown, got.Groups)
			require.Equal(t, c.joined, got.Spread)
			require.Empty(t, got.Days)
			require.Empty(t, got.Top)
			require.Equal(t, r.Summary, got.Summary)
		})
	}
}

func TestAReportAboutFourPeopleSaysNothingToRepresentatives(t *testing.T) {
	r := whatif.Report{
		Summary: whatif.Summary{Persons: 4, PersonsChanged: 1, WorthLost: 60}, DaysHash: "x", Days: []whatif.DayChange{{Emp: "e1"}},
		Months: []whatif.MonthChange{{Month: "2026-10", Lost: 60}},
	}
	require.Equal(t, whatif.Report{
		Summary: whatif.Summary{Persons: 4, Codes: map[string]whatif.CodeChange{}}, DaysHash: "x", Days: []whatif.DayChange{},
	}, r.Collective())
}
