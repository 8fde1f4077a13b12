package ruleset_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/schedule"
)

func TestShippedCalendars(t *testing.T) {
	years := map[string][]int{}
	for _, c := range ruleset.Calendars() {
		years[c.ID] = append(years[c.ID], c.Year.Year)
		require.Len(t, c.Year.Hash, 64)
		require.NotEmpty(t, c.Year.Source.Title)
		for i, d := range c.Year.Days {
			y, _, _ := d.Date.Civil()
			require.Equal(t, c.Year.Year, y)
			require.True(t, i == 0 || c.Year.Days[i-1].Date < d.Date, "%s %s is out of order", c.ID, d.Date)
			require.NotEmpty(t, d.Name)
		}
		for _, p := range ruleset.LintCalendar(c) {
			require.Equal(t, ruleset.SeverityWarning, p.Severity, "%s %d: %s", c.ID, c.Year.Year, p.Text())
		}
	}
	all := []int{2020, 2021, 2022, 2023, 2024, 2025, 2026, 2027}
	require.Equal(t, map[string][]int{"cn-mainland": append([]int{2019}, all[:7]...), "de-by": all, "jp": all, "us-ca": all}, years)
}

func TestChineseYearsHoldTheDaysOfTheNotices(t *testing.T) {
	data, err := os.ReadFile("testdata/cn_days.json")
	require.NoError(t, err)
	var facts []struct {
		Date domain.Date   `json:"date"`
		Kind schedule.Kind `json:"kind"`
	}
	require.NoError(t, json.Unmarshal(data, &facts))
	require.Len(t, facts, 289)
	cal, ok := ruleset.Calendar("cn-mainland")
	require.True(t, ok)
	for _, f := range facts {
		d, ok := cal.Day(f.Date, nil)
		require.True(t, ok, "%s is missing", f.Date)
		require.Equal(t, f.Kind, d.Kind, f.Date.String())
	}
	total, statutory := 0, map[int]int{}
	for y, c := range cal.Years {
		total += len(c.Days)
		for _, d := range c.Days {
			if d.Kind == schedule.Statutory {
				statutory[y]++
			}
		}
	}
	require.Equal(t, len(facts), total, "no day but those of the notices")
	require.Equal(t, map[int]int{2019: 11, 2020: 10, 2021: 11, 2022: 11, 2023: 11, 2024: 11, 2025: 13, 2026: 13}, statutory)
}

func TestHolidaysThatMoved(t *testing.T) {
	for _, c := range []struct{ calendar, date, name string }{
		{"jp", "2020-07-24", "スポーツの日"},
		{"jp", "2021-08-09", "振替休日"},
		{"jp", "2026-09-22", "国民の休日"},
		{"jp", "2026-05-06", "振替休日"},
		{"de-by", "2026-06-04", "Fronleichnam"},
		{"de-by", "2026-11-01", "Allerheiligen"},
		{"us-ca", "2023-11-10", "Veterans Day (observed)"},
		{"us-ca", "2023-01-02", "New Year's Day (observed)"},
		{"us-ca", "2026-11-27", "Day after Thanksgiving"},
	} {
		cal, ok := ruleset.Calendar(c.calendar)
		require.True(t, ok)
		date, err := domain.ParseDate(c.date)
		require.NoError(t, err)
		d, ok := cal.Day(date, nil)
		require.True(t, ok, c.date)
		require.Equal(t, c.name, d.Name)
		require.Equal(t, schedule.Holiday, d.Kind)
	}
	cal, _ := ruleset.Calendar("us-ca")
	_, ok := cal.Day(domain.NewDate(2026, 7, 3), nil)
	require.False(t, ok, "California does not move a Saturday holiday to Friday")
}

const year = `calendar: punchledger/v1
id: cn-test
jurisdiction: CN
year: 2026
source: {title: notice, issued: "2025-11"}
days:
  statutory: ["01-01", "02-16..02-19"]
  rest: [{date: "02-20", name: spring, swap_of: "02-14"}]
  makeup: ["02-14"]
  special: [{date: "03-08", portion: half, tags: [female]}]
`

func TestParseCalendar(t *testing.T) {
	c, err := ruleset.ParseCalendar([]byte(year), "c.yaml")
	require.NoError(t, err)
	require.Equal(t, "cn-test", c.ID)
	require.Len(t, c.Year.Days, 8)
	require.Equal(t, 1, c.Year.Version)
	require.Empty(t, ruleset.LintCalendar(c))
	for _, p := range []struct{ name, from, to, want string }{
		{"a date that the year does not have", `"01-01"`, `"02-29"`, "c.yaml:7:15: 02-29 is no date of 2026, or the range goes backwards"},
		{"a range that goes backwards", "02-16..02-19", "02-19..02-16", "c.yaml:7:24: 02-19..02-16 is no date of 2026, or the range goes backwards"},
		{"a date twice", `makeup: ["02-14"]`, `makeup: ["02-17"]`, "c.yaml:9:12: 2026-02-17 is already said at /days/statutory/1"},
		{"an unknown kind", "makeup", "markup", `c.yaml:9:3: unknown key "markup"; did you mean "makeup"?`},
		{"an unknown key of an entry", "portion", "part", `c.yaml:10:29: unknown key "part"`},
		{"a number for a date", `["02-14"]`, `[214]`, `c.yaml:9:12: want a month-day such as "05-01", a range such as "10-01..10-03", or a mapping, found a bare number; write it in quotes, for example "05-01"`},
	} {
		t.Run(p.name, func(t *testing.T) {
			_, err := ruleset.ParseCalendar([]byte(strings.Replace(year, p.from, p.to, 1)), "c.yaml")
			require.EqualError(t, err, p.want)
		})
	}
}

func TestLintFindsAChineseYearOutOfBalance(t *testing.T) {
	c, err := ruleset.ParseCalendar([]byte(strings.Replace(year, `"01-01", `, "", 1)+"  work: [\"01-05\"]\n"), "c.yaml")
	require.NoError(t, err)
	require.Empty(t, ruleset.LintCalendar(c))
	c, err = ruleset.ParseCalendar([]byte(strings.Replace(year, `makeup: ["02-14"]`, "makeup: []", 1)), "c.yaml")
	require.NoError(t, err)
	require.Len(t, ruleset.LintCalendar(c), 1)
	require.Equal(t, "calendar.unbalanced", ruleset.LintCalendar(c)[0].Code)
}
