package attendance_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
)

// TestTimeOffOfOneLengthGoesOverDatesByWhatIsFreeOfThem has a Thursday and a Friday of eight planned hours, 09:00-12:00 and 13:00-18:00,
// and a weekend without any.
func TestTimeOffOfOneLengthGoesOverDatesByWhatIsFreeOfThem(t *testing.T) {
	for _, c := range []struct {
		name        string
		length      domain.Seconds
		leave       []string // from and to
		first, next string   // free time, length, and where it lies
	}{
		{"two whole days share alike", 6 * domain.Hour, nil, "28800 10800 09:00-12:00", "28800 10800 09:00-12:00"},
		{"a share goes on after the break of the plan", 12 * domain.Hour, nil, "28800 21600 09:00-16:00", "28800 21600 09:00-16:00"},
		{"a day that is half taken has half", 6 * domain.Hour, []string{"2026-06-12T09:00", "2026-06-12T14:00"}, "28800 14400 09:00-14:00", "14400 7200 14:00-16:00"},
		{"a day that is taken has none", 6 * domain.Hour, []string{"2026-06-12T09:00", "2026-06-12T18:00"}, "28800 21600 09:00-16:00", "0 0"},
		{"leave in the middle parts it", 14 * domain.Hour, []string{"2026-06-11T10:00", "2026-06-11T11:00"}, "25200 23520 09:00-10:00 11:00-17:32", "28800 26880 09:00-17:28"},
		{"a length that does not divide loses no second", 5, nil, "28800 0", "28800 5 09:00-09:00:05"},
		{"shares are whole minutes", 61 * domain.Minute, nil, "28800 1800 09:00-09:30", "28800 1860 09:00-09:31"},
		{"more than is planned takes all", 40 * domain.Hour, nil, "28800 28800 09:00-18:00", "28800 28800 09:00-18:00"},
		{"nothing takes nothing", 0, nil, "28800 0", "28800 0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t, "cn-bj-office")
			if len(c.leave) == 2 {
				s.approve("leave", c.leave[0], c.leave[1])
			}
			shares, err := attendance.Spread(s.book, s.facts, date(t, "2026-06-11"), date(t, "2026-06-15"), c.length)
			require.NoError(t, err)
			require.Len(t, shares, 4)
			z := zoneOf(t, "Asia/Shanghai")
			for i, want := range []string{c.first, c.next, "0 0", "0 0"} {
				words := []string{fmt.Sprint(int(shares[i].Free)), fmt.Sprint(int(shares[i].Length))}
				clock := func(at domain.Seconds) string {
					_, wall := z.Wall(at)
					return strings.TrimSuffix(fmt.Sprintf("%02d:%02d:%02d", wall/domain.Hour, wall%domain.Hour/domain.Minute, wall%domain.Minute), ":00")
				}
				for _, x := range shares[i].Off {
					words = append(words, clock(x.From)+"-"+clock(x.To))
				}
				require.Equal(t, want, strings.Join(words, " "), "%s", shares[i].Date)
			}
		})
	}
}

func TestSharesAddUpAndLieInPlannedTimeThatLeaveHasLeft(t *testing.T) {
	c := newCompany(t)
	rapid.Check(t, func(t *rapid.T) {
		s := c.story(t)
		total := domain.Seconds(rapid.IntRange(0, 400_000).Draw(t, "length"))
		shares, err := attendance.Spread(c.book, s.facts, s.first, s.first+domain.Date(s.days), total)
		require.NoError(t, err)
		var free, given domain.Seconds
		for _, x := range shares {
			require.LessOrEqual(t, x.Length, x.Free)
			free, given = free+x.Free, given+x.Length
			for _, off := range x.Off {
				for _, a := range s.facts.Approvals {
					require.False(t, a.Kind == "leave" && a.From < off.To && off.From < a.To, "%s: %v in the leave %v", x.Date, off, a)
				}
			}
		}
		require.Equal(t, min(total, free), given)
	})
}
