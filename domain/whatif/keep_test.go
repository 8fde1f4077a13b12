package whatif_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/whatif"
)

// figures is a day of REG and of exceptions.
func figures(date string, reg domain.Seconds, hash string, anomalies ...string) whatif.Figures {
	d, err := domain.ParseDate(date)
	if err != nil {
		panic(err)
	}
	return whatif.Figures{
		Emp: "e1", Date: d, ResultHash: hash, Anomalies: anomalies,
		Rows: map[string]whatif.Quantity{"REG": {Seconds: reg, Worth: reg}},
	}
}

func daysOf(list ...whatif.Figures) []whatif.Day {
	out := make([]whatif.Day, len(list))
	for i := range list {
		out[i] = whatif.DayOf(&list[i])
	}
	return out
}

func TestAPersonWhoWasKeptCountsTheSame(t *testing.T) {
	before := daysOf(figures("2026-10-12", 100, "", "late"), figures("2026-11-13", 100, "", "limit.over:month"), figures("2026-11-14", 5, ""))
	after := daysOf(figures("2026-10-12", 160, "", "limit.over:day"), figures("2026-11-13", 40, "", "late"), figures("2026-11-14", 5, ""))
	person := whatif.Contrast(whatif.Who{Emp: "e1", Group: "g", Site: "s", Tags: []string{"t"}}, before, after, whatif.All)
	data, err := json.Marshal(person)
	require.NoError(t, err)
	var kept whatif.Person
	require.NoError(t, json.Unmarshal(data, &kept))
	report := func(p whatif.Person) whatif.Report {
		tally := whatif.NewTally(whatif.All)
		tally.Add(p)
		return tally.Report()
	}
	want := report(person)
	require.Equal(t, 2, want.Summary.DaysChanged)
	require.Equal(t, want, report(kept))
	require.Equal(t, want.Hash(), report(kept).Hash())
	require.Error(t, json.Unmarshal([]byte(`{"emp":"e1","hash":"12"}`), &kept))
}

func TestWhoCannotBeEvaluatedIsInNoFigure(t *testing.T) {
	whole := whatif.NewTally(whatif.All)
	whole.Add(whatif.Contrast(whatif.Who{Emp: "e1", Group: "g"}, daysOf(figures("2026-10-12", 100, "")), daysOf(figures("2026-10-12", 160, "")), whatif.All))
	want := whole.Report()

	tally := whatif.NewTally(whatif.All)
	tally.Add(whatif.Contrast(whatif.Who{Emp: "e1", Group: "g"}, daysOf(figures("2026-10-12", 100, "")), daysOf(figures("2026-10-12", 160, "")), whatif.All))
	for _, failed := range []*whatif.Failure{
		whatif.FailureOf("e2", whatif.Before, fmt.Errorf("resolve: %w", domain.NewError(domain.Invalid, "unknown_tz", "tz", "Mars/North"))),
		whatif.FailureOf("e3", whatif.After, errors.New("parse zone Mars/North: malformed")),
	} {
		data, err := json.Marshal(whatif.Person{Who: whatif.Who{Emp: failed.Emp, Group: "g"}, Failed: failed})
		require.NoError(t, err)
		var kept whatif.Person
		require.NoError(t, json.Unmarshal(data, &kept))
		tally.Add(kept)
	}
	got := tally.Report()
	require.Equal(t, []whatif.Failure{
		{Emp: "e2", Side: whatif.Before, Code: "unknown_tz", Args: map[string]string{"tz": "Mars/North"}, Reason: "resolve: unknown_tz: tz Mars/North"},
		{Emp: "e3", Side: whatif.After, Code: whatif.EvaluationFailed, Reason: "parse zone Mars/North: malformed"},
	}, got.Failures)
	require.NotEqual(t, want.Hash(), got.Hash())
	require.Equal(t, 2, got.Summary.PersonsFailed)
	collective := got.Collective()
	require.Empty(t, collective.Failures, "representatives are told how many, and not who")
	require.Equal(t, 2, collective.Summary.PersonsFailed)
	got.Failures, got.Summary.PersonsFailed = nil, 0
	require.Equal(t, want, got)
}

func TestAReportOfNothingHasAnEmptyListOfDays(t *testing.T) {
	data, err := json.Marshal(whatif.Document{Header: &whatif.Header{Before: []whatif.Pin{}, After: []whatif.Pin{}}, Report: whatif.NewTally(0).Report()})
	require.NoError(t, err)
	require.Contains(t, string(data), `"days":[]`)
	require.NotContains(t, string(data), "null")
}

func TestDaysOfAnotherEngine(t *testing.T) {
	bare := func(date, hash string) whatif.Figures {
		f := figures(date, 0, hash)
		f.Rows = nil
		return f
	}
	const day = "2026-10-12"
	nothing := figures(day, 0, "a")
	nothing.Rows = map[string]whatif.Quantity{}
	for _, c := range []struct {
		name                  string
		before, after         whatif.Figures
		changed, byHash, paid int
	}{
		{"figures and hash are the same", figures(day, 60, "a"), figures(day, 60, "a"), 0, 0, 0},
		{"figures differ", figures(day, 60, "a"), figures(day, 90, "b"), 1, 0, 30},
		{"only the hash differs", figures(day, 60, "a"), figures(day, 60, "b"), 1, 1, 0},
		{"a day without a hash is compared by its figures", figures(day, 60, ""), figures(day, 60, "b"), 0, 0, 0},
		{"a day that is a hash alone is the same", bare(day, "a"), figures(day, 60, "a"), 0, 0, 0},
		{"a day that is a hash alone differs", bare(day, "a"), figures(day, 60, "b"), 1, 1, 0},
		{"a day that paid nothing pays something", nothing, figures(day, 60, "b"), 1, 0, 60},
	} {
		t.Run(c.name, func(t *testing.T) {
			tally := whatif.NewTally(whatif.All)
			tally.Add(whatif.Against(whatif.Who{Emp: "e1"}, daysOf(c.before), daysOf(c.after), whatif.All))
			s := tally.Report().Summary
			require.Equal(t, c.changed, s.DaysChanged)
			require.Equal(t, c.byHash, s.DaysSealed)
			require.Equal(t, domain.Seconds(c.paid), s.WorthGained)
		})
	}
}
