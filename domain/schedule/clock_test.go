package schedule_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/zone"
)

func at(s string) domain.Instant {
	var i domain.Instant
	if err := i.UnmarshalText([]byte(s)); err != nil {
		panic(err)
	}
	return i
}

type clockCase = decidertest.Case[schedule.ClockCommand, schedule.ClockFacts, schedule.ClockEvent]

func shanghai(t *testing.T) *zone.Zone {
	t.Helper()
	z, err := zone.Embedded().Zone("Asia/Shanghai")
	require.NoError(t, err)
	return z
}

func turned(dates ...string) []schedule.ClockEvent {
	var out []schedule.ClockEvent
	for _, d := range dates {
		out = append(out, schedule.DayTurned{TZ: "Asia/Shanghai", Date: day(d)})
	}
	return out
}

func turn(date, through, now string) schedule.TurnDay {
	c := schedule.TurnDay{TZ: "Asia/Shanghai", Date: day(date), Now: at(now)}
	if through != "" {
		c.Through = day(through)
	}
	return c
}

func TestDecideClock(t *testing.T) {
	known := schedule.ClockFacts{Zone: shanghai(t)}
	decidertest.Run(t, schedule.DecideClock, schedule.EvolveClock, []clockCase{
		{
			Name: "the first date of a zone may be any", Facts: known,
			When: turn("2026-10-23", "", "2026-10-24T08:00:00+08:00"), Then: turned("2026-10-23"),
		},
		{
			Name: "a date turns at local midnight", Given: turned("2026-10-23"), Facts: known,
			When: turn("2026-10-24", "", "2026-10-25T00:00:00+08:00"), Then: turned("2026-10-24"),
		},
		{
			Name: "a date does not turn before local midnight", Given: turned("2026-10-23"), Facts: known,
			When: turn("2026-10-24", "", "2026-10-24T23:59:59+08:00"), Err: "not_due",
		},
		{
			Name: "dates turn one after the other", Given: turned("2026-10-23"), Facts: known,
			When: turn("2026-10-25", "", "2026-10-27T00:00:00Z"), Err: "day_gap",
		},
		{
			Name: "a date turns once", Given: turned("2026-10-23"), Facts: known,
			When: turn("2026-10-23", "", "2026-10-27T00:00:00Z"), Err: "day_gap",
		},
		{Name: "a zone is in the archive", When: turn("2026-10-23", "", "2026-10-27T00:00:00Z"), Err: "unknown_tz"},
		{Name: "now is known", Facts: known, When: schedule.TurnDay{TZ: "Asia/Shanghai", Date: day("2026-10-23")}, Err: "invalid_field"},
	})
}

func TestDecideClockOverManyDatesAndYears(t *testing.T) {
	known := schedule.ClockFacts{Zone: shanghai(t)}
	decidertest.Run(t, schedule.DecideClock, schedule.EvolveClock, []clockCase{
		{
			Name: "many dates turn at once", Given: turned("2026-10-22"), Facts: known,
			When: turn("2026-10-23", "2026-10-25", "2026-10-27T00:00:00Z"), Then: turned("2026-10-23", "2026-10-24", "2026-10-25"),
		},
		{
			Name: "of many dates the last must be over", Facts: known,
			When: turn("2026-10-23", "2026-10-25", "2026-10-25T00:00:00Z"), Err: "not_due",
		},
		{
			Name:  "a new year follows on the last date of the old one",
			Facts: schedule.ClockFacts{Zone: shanghai(t), Last: day("2026-12-31")},
			When:  turn("2027-01-01", "", "2027-01-02T00:00:00+08:00"), Then: turned("2027-01-01"),
		},
		{
			Name:  "a new year leaves out no date",
			Facts: schedule.ClockFacts{Zone: shanghai(t), Last: day("2026-12-30")},
			When:  turn("2027-01-01", "", "2027-01-02T00:00:00+08:00"), Err: "day_gap",
		},
		{
			Name: "a stream holds one year", Facts: known,
			When: turn("2026-12-31", "2027-01-01", "2027-06-01T00:00:00Z"), Err: "invalid_field",
		},
	})
}

func TestClockStream(t *testing.T) {
	require.Equal(t, "clock-america.los_angeles-2026", schedule.ClockStream("America/Los_Angeles", day("2026-03-08")))
}

func TestClockStateNamesFirstAndLast(t *testing.T) {
	s := decidertest.Fold[schedule.ClockState, schedule.ClockEvent](schedule.EvolveClock,
		schedule.DayTurned{TZ: "Asia/Shanghai", Date: day("2026-10-23")},
		schedule.DayTurned{TZ: "Asia/Shanghai", Date: day("2026-10-24")})
	require.Equal(t, schedule.ClockState{TZ: "Asia/Shanghai", First: day("2026-10-23"), Last: day("2026-10-24")}, s)
}
