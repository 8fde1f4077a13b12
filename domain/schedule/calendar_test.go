package schedule_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/schedule"
)

func day(s string) domain.Date {
	d, err := domain.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// days returns entries of one kind; "10-01..10-03" stands for the dates between as well.
func days(year string, kind schedule.Kind, dates ...string) []schedule.CalendarDay {
	var out []schedule.CalendarDay
	for _, s := range dates {
		from, to := day(year+"-"+s[:5]), day(year+"-"+s[len(s)-5:])
		for d := from; d <= to; d++ {
			out = append(out, schedule.CalendarDay{Date: d, Kind: kind})
		}
	}
	return out
}

func china2026() []schedule.CalendarDay {
	return slices.Concat(
		days("2026", schedule.Statutory, "01-01", "02-16..02-19", "04-05", "05-01", "05-02", "06-19", "09-25", "10-01..10-03"),
		days("2026", schedule.Rest, "01-02", "02-20", "02-23", "04-06", "05-04", "05-05", "10-05..10-07"),
		days("2026", schedule.Makeup, "01-04", "02-14", "02-28", "05-09", "09-20", "10-10"),
		[]schedule.CalendarDay{{
			Date: day("2026-03-08"), Kind: schedule.Special, Name: "妇女节", Portion: "half", Tags: []string{"female"},
		}},
	)
}

func china2024() []schedule.CalendarDay {
	return slices.Concat(
		days("2024", schedule.Statutory, "01-01", "02-10..02-12", "04-04", "05-01", "06-10", "09-17", "10-01..10-03"),
		days("2024", schedule.Rest, "02-13..02-16", "04-05", "05-02", "05-03", "09-16", "10-04", "10-07"),
		days("2024", schedule.Makeup, "02-04", "02-18", "04-07", "04-28", "05-11", "09-14", "09-29", "10-12"),
	)
}

func publish(id string, year int, entries []schedule.CalendarDay) schedule.PublishCalendarYear {
	return schedule.PublishCalendarYear{
		Calendar: id, Year: year, Version: 1, Days: entries, Source: schedule.Source{Title: "通知", IssuedOn: "2025-11"},
	}
}

func published(t *testing.T, c schedule.PublishCalendarYear) schedule.CalendarEvent {
	t.Helper()
	events, err := schedule.DecideCalendar(schedule.CalendarState{}, c, schedule.CalendarFacts{})
	require.NoError(t, err)
	require.Len(t, events, 1)
	return events[0]
}

type calendarCase = decidertest.Case[schedule.CalendarCommand, schedule.CalendarFacts, schedule.CalendarEvent]

func TestDecidePublishCalendarYear(t *testing.T) {
	ours := publish("us-ca", 2026, days("2026", schedule.Holiday, "07-03", "01-01"))
	sorted := days("2026", schedule.Holiday, "01-01", "07-03")
	with := func(change func(*schedule.PublishCalendarYear)) schedule.PublishCalendarYear {
		c := ours
		change(&c)
		return c
	}
	bad := func(name string, change func(*schedule.PublishCalendarYear)) calendarCase {
		return calendarCase{Name: name, When: with(change), Err: "invalid_field"}
	}
	decidertest.Run(t, schedule.DecideCalendar, schedule.EvolveCalendar, []calendarCase{
		{
			Name: "a year is published with its days in order and their hash", When: ours,
			Then: []schedule.CalendarEvent{schedule.CalendarYearPublished{Calendar: "us-ca", CalendarYear: schedule.CalendarYear{
				Year: 2026, Version: 1, Days: sorted, Source: ours.Source,
				Hash: "597d994ccdc2601663ca43803e54dff6a9ed5282f025f2e00172de399f7d4428",
			}}},
		},
		{
			Name: "versions follow each other", Given: []schedule.CalendarEvent{published(t, ours)},
			When: with(func(c *schedule.PublishCalendarYear) { c.Version = 3 }), Err: "version_gap",
		},
		{
			Name: "a version is published once", Given: []schedule.CalendarEvent{published(t, ours)}, When: ours, Err: "version_gap",
		},
		bad("a calendar has an id", func(c *schedule.PublishCalendarYear) { c.Calendar = "California" }),
		bad("a calendar year has a source", func(c *schedule.PublishCalendarYear) { c.Source.Title = "" }),
		bad("a year is one that the zones know", func(c *schedule.PublishCalendarYear) { c.Year = 1066 }),
		bad("a day is of the year", func(c *schedule.PublishCalendarYear) { c.Days = days("2027", schedule.Holiday, "01-01") }),
		bad("a day has one entry", func(c *schedule.PublishCalendarYear) {
			c.Days = slices.Concat(days("2026", schedule.Holiday, "01-01"), days("2026", schedule.Rest, "01-01"))
		}),
		bad("a portion is half", func(c *schedule.PublishCalendarYear) {
			c.Days = []schedule.CalendarDay{{Date: day("2026-01-01"), Portion: "third"}}
		}),
		bad("a day has a kind", func(c *schedule.PublishCalendarYear) { c.Days = days("2026", schedule.Kinds, "01-01") }),
		bad("a year has no thousand days", func(c *schedule.PublishCalendarYear) { c.Days = make([]schedule.CalendarDay, 1001) }),
	})
}

func TestChineseYearsBalance(t *testing.T) {
	for _, tc := range []struct {
		name string
		when schedule.PublishCalendarYear
		code string
	}{
		{"2026 with 13 statutory days balances", publish("cn-mainland", 2026, china2026()), ""},
		{"2024 with 11 statutory days balances", publish("cn-mainland", 2024, china2024()), ""},
		{"a forgotten makeup day is found", publish("cn-mainland", 2026, without(china2026(), "2026-10-10")), "calendar_unbalanced"},
		{"a forgotten statutory day is found", publish("cn-mainland", 2026, without(china2026(), "2026-06-19")), "calendar_unbalanced"},
		{"the old number of statutory days is too few from 2025", publish("cn-mainland", 2026, china2024In(2026)), "calendar_unbalanced"},
		{"other places are not held to it", publish("us-ca", 2026, without(china2026(), "2026-10-10")), ""},
		{"a notice that adds days off is not held to it", extended(publish("cn-mainland", 2020, china2024In(2020))), ""},
		{"before the notice there are statutory days only", provisional(publish("cn-mainland", 2026, statutory(china2026()))), ""},
		{"a notice without exchanges is found", publish("cn-mainland", 2026, statutory(china2026())), "calendar_unbalanced"},
		{"a coinciding date counts once", provisional(publish("cn-mainland", 2028, coinciding2028())), ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := schedule.DecideCalendar(schedule.CalendarState{}, tc.when, schedule.CalendarFacts{})
			require.Equal(t, tc.code, decidertest.Code(err), "%v", err)
		})
	}
}

func without(entries []schedule.CalendarDay, date string) []schedule.CalendarDay {
	return slices.DeleteFunc(entries, func(d schedule.CalendarDay) bool { return d.Date == day(date) })
}

func statutory(entries []schedule.CalendarDay) []schedule.CalendarDay {
	return slices.DeleteFunc(entries, func(d schedule.CalendarDay) bool { return d.Kind != schedule.Statutory })
}

// china2024In moves the days of 2024 to another year, where their number is wrong or the exchanges are.
func china2024In(year int) []schedule.CalendarDay {
	entries := china2024()
	for i, d := range entries {
		_, m, dd := d.Date.Civil()
		entries[i].Date = domain.NewDate(year, m, dd)
	}
	return entries
}

func coinciding2028() []schedule.CalendarDay {
	return days("2028", schedule.Statutory, "01-01", "01-25..01-28", "04-04", "05-01", "05-02", "05-28", "10-01..10-03")
}

func extended(c schedule.PublishCalendarYear) schedule.PublishCalendarYear {
	c.Extended = true
	return c
}

func provisional(c schedule.PublishCalendarYear) schedule.PublishCalendarYear {
	c.Provisional = true
	return c
}

func TestDecideCalendarChanges(t *testing.T) {
	first := published(t, publish("us-ca", 2026, days("2026", schedule.Holiday, "01-01")))
	amend := schedule.AmendCalendarDay{
		Calendar: "us-ca", Date: day("2026-11-27"), Kind: schedule.Holiday, Name: "Friday", Why: "agreed",
	}
	amended := schedule.CalendarDayAmended(amend)
	meant, retro := amend, amended
	meant.Retro, retro.Retro = true, true
	otherYear, noWhy := amend, amend
	otherYear.Date, noWhy.Why = day("2027-11-26"), ""
	withdraw := schedule.WithdrawCalendarYear{Calendar: "us-ca", Year: 2026, Version: 1}
	withdrawn := schedule.CalendarYearWithdrawn(withdraw)
	given := func(e ...schedule.CalendarEvent) []schedule.CalendarEvent {
		return append([]schedule.CalendarEvent{first}, e...)
	}
	closed := schedule.CalendarFacts{PeriodClosed: true}
	decidertest.Run(t, schedule.DecideCalendar, schedule.EvolveCalendar, []calendarCase{
		{Name: "a day is amended", Given: given(), When: amend, Then: []schedule.CalendarEvent{amended}},
		{Name: "amending a day to what it is changes nothing", Given: given(amended), When: amend, Err: "no_change"},
		{Name: "a closed period is not amended by accident", Given: given(), When: amend, Facts: closed, Err: "period_closed"},
		{Name: "a closed period is amended when meant", Given: given(), When: meant, Facts: closed, Then: []schedule.CalendarEvent{retro}},
		{Name: "retro is not written where no period is closed", Given: given(), When: meant, Then: []schedule.CalendarEvent{amended}},
		{Name: "only a calendar that exists is amended", When: amend, Err: "unknown_calendar"},
		{Name: "only a year that is published is amended", Given: given(), When: otherYear, Err: "unknown_year"},
		{Name: "a year that was withdrawn is not amended", Given: given(withdrawn), When: amend, Err: "unknown_year"},
		{Name: "an amendment says why", Given: given(), When: noWhy, Err: "invalid_field"},
		{Name: "a version is withdrawn", Given: given(), When: withdraw, Then: []schedule.CalendarEvent{withdrawn}},
		{Name: "a version is withdrawn once", Given: given(withdrawn), When: withdraw, Err: "already_withdrawn"},
		{
			Name: "only a version that was published is withdrawn", Given: given(),
			When: schedule.WithdrawCalendarYear{Calendar: "us-ca", Year: 2026, Version: 2}, Err: "unknown_version",
		},
		{Name: "only a calendar that exists is withdrawn", When: withdraw, Err: "unknown_calendar"},
	})
}

func TestCalendarIsTheLatestVersionWithItsAmendments(t *testing.T) {
	second := publish("cn-mainland", 2026, china2026())
	second.Version = 2
	s := decidertest.Fold[schedule.CalendarState, schedule.CalendarEvent](schedule.EvolveCalendar,
		published(t, publish("cn-mainland", 2026, china2026())),
		schedule.CalendarDayAmended{Date: day("2026-03-08"), Kind: schedule.Holiday, Why: "x"},
		schedule.CalendarDayAmended{Date: day("2026-10-01"), Kind: schedule.Holiday, Name: "first", Why: "x"},
		schedule.CalendarDayAmended{Date: day("2026-10-01"), Kind: schedule.Holiday, Name: "second", Why: "x"},
	)
	c := s.Calendar()
	require.Equal(t, "cn-mainland", c.ID)
	d, ok := c.Day(day("2026-10-01"), nil)
	require.True(t, ok)
	require.Equal(t, "second", d.Name, "the last amendment of a date counts")
	d, _ = c.Day(day("2026-03-08"), []string{"female"})
	require.Equal(t, schedule.Special, d.Kind, "an amendment leaves entries with tags")
	d, _ = c.Day(day("2026-03-08"), nil)
	require.Equal(t, schedule.Holiday, d.Kind)
	require.Equal(t, schedule.HashDays(c.Years[2026].Days), c.Years[2026].Hash)
	require.NotEqual(t, s.Editions[0].Hash, c.Years[2026].Hash)

	events, err := schedule.DecideCalendar(s, second, schedule.CalendarFacts{})
	require.NoError(t, err)
	s = schedule.EvolveCalendar(s, events[0])
	require.Equal(t, 2, s.LastVersion(2026))
	d, _ = s.Calendar().Day(day("2026-10-01"), nil)
	require.Equal(t, schedule.Statutory, d.Kind, "a new version takes the place of amendments")

	s = schedule.EvolveCalendar(s, schedule.CalendarYearWithdrawn{Calendar: "cn-mainland", Year: 2026, Version: 2})
	d, _ = s.Calendar().Day(day("2026-10-01"), nil)
	require.Equal(t, "second", d.Name, "withdrawing brings the version before back, amended")
	s = schedule.EvolveCalendar(s, schedule.CalendarYearWithdrawn{Calendar: "cn-mainland", Year: 2026, Version: 1})
	require.Empty(t, s.Calendar().Years)
}

func TestHashOfNoDays(t *testing.T) {
	require.Equal(t, "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945", schedule.HashDays(nil), "SHA-256 of []")
}
