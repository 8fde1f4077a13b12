package attendance_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
)

// explained are the traces of all days of a story, each from the carry of the day before.
func (c *company) explained(t require.TestingT, book *attendance.Rulebook, s story) []*attendance.Trace {
	var out []*attendance.Trace
	carry := attendance.Carry{}
	for d := s.first - 1; d <= s.first+domain.Date(s.days); d++ {
		trace, err := attendance.Explain(book, s.facts, d, carry)
		if err != nil {
			continue // not employed
		}
		out = append(out, trace)
		require.NoError(t, attendance.Evaluate(book, s.facts, d, d+1, carry, func(_ *attendance.Day, next *attendance.Carry) bool {
			carry = next.Clone()
			return true
		}))
	}
	return out
}

func TestATraceLeavesNothingOut(t *testing.T) {
	c := newCompany(t)
	said := map[*ruleset.Rules]*ruleset.Settings{}
	rapid.Check(t, func(t *rapid.T) {
		s := c.story(t)
		for _, trace := range c.explained(t, c.book, s) {
			require.True(t, trace.Balanced, "%s %+v", trace.Day.Date, trace.Sums)
			requireEveryPunch(t, s, trace)
			requireOutcomes(t, said, trace)
			same, err := attendance.Diff(trace, trace)
			require.NoError(t, err)
			require.True(t, same.Same && same.CarrySame && same.First == nil)
			require.Empty(t, append(same.Opened, same.Closed...))
			require.Empty(t, same.Inputs)
			require.Empty(t, same.Rules)
			for _, p := range same.Stages {
				require.Equal(t, attendance.StageSame, p.State, "%s %s", trace.Day.Date, p.Name)
			}
		}
	})
}

// requireEveryPunch finds each punch of the day's window, and of half a day around it, once.
func requireEveryPunch(t *rapid.T, s story, trace *attendance.Trace) {
	times := map[string]int{}
	for _, in := range trace.Inputs {
		if in.Kind == "punch" {
			require.NotEmpty(t, in.Role)
			times[in.ID]++
		}
	}
	w := trace.Day.Window
	for _, p := range s.facts.Punches {
		if trace.Rules != nil && p.At >= w.From-domain.Day/2 && p.At < w.To+domain.Day/2 {
			require.Equal(t, 1, times[p.ID], "%s: punch %s", trace.Day.Date, p.ID)
		}
		require.LessOrEqual(t, times[p.ID], 1)
	}
}

// requireOutcomes finds each row and each exception with what made it: places that the vocabulary has, or an act.
func requireOutcomes(t *rapid.T, said map[*ruleset.Rules]*ruleset.Settings, trace *attendance.Trace) {
	var want, got []string
	for _, r := range trace.Day.Rows {
		want = append(want, "row "+r.Code)
	}
	for i := range trace.Day.Anomalies {
		want = append(want, "anomaly "+trace.Day.Anomalies[i].Key())
	}
	for _, o := range trace.Outcomes {
		got = append(got, o.Kind+" "+o.ID)
		for _, id := range o.Segments {
			require.True(t, slices.ContainsFunc(trace.Day.Segments, func(s attendance.Segment) bool { return s.ID == id }))
		}
		require.True(t, len(o.Knobs) > 0 || o.Remedy != "", "%s: nothing is behind %s %s", trace.Day.Date, o.Kind, o.ID)
		for _, k := range o.Knobs {
			if said[trace.Rules] == nil {
				settings, err := ruleset.SettingsOf(trace.Rules.Doc)
				require.NoError(t, err)
				said[trace.Rules] = settings
			}
			require.NotEmpty(t, said[trace.Rules].At(k.Rule).Places, "%s %s: %s", o.Kind, o.ID, k.Rule)
		}
	}
	require.Equal(t, want, got)
}

// Under other rules a day either comes to the same, or the comparison says where it parts; nothing that payroll gets differs unsaid.
func TestWhatDiffersHasAFirstStage(t *testing.T) {
	c := newCompany(t)
	rapid.Check(t, func(t *rapid.T) {
		s := c.story(t)
		before := c.explained(t, c.book, s)
		other := s
		facts := *s.facts
		facts.Assignments = []attendance.Assignment{{From: s.first - 2, Group: rapid.SampledFrom(c.groups).Draw(t, "other")}}
		other.facts = &facts
		after := c.explained(t, c.book, other)
		require.Len(t, after, len(before))
		for i := range before {
			d, err := attendance.Diff(before[i], after[i])
			require.NoError(t, err)
			for _, r := range d.Rows {
				if r.Before != r.After || r.DaysBefore != r.DaysAfter {
					require.NotNil(t, d.First, "%s %+v", before[i].Day.Date, r)
				}
			}
			if len(d.Opened)+len(d.Closed) > 0 {
				require.NotNil(t, d.First)
			}
			require.Equal(t, d.First == nil, d.Same)
			require.Equal(t, d.First, attendance.FirstDifference(before[i], after[i]))
			if d.First != nil {
				for _, p := range d.Stages[:d.First.Stage] {
					require.NotEqual(t, attendance.StageDiffers, p.State)
				}
				require.Equal(t, attendance.StageDiffers, d.Stages[d.First.Stage].State)
			}
		}
	})
}
