package viewtest

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/evaluate"
	"github.com/punchledger/punchledger/projections/payroll"
)

// testCandidate tries other rules on a part of what was recorded, publishes them, and compares: a replay shows exactly what
// publishing does, also where the rules say otherwise when a day begins. No later version governs behind them.
func testCandidate(t *testing.T, open func(testing.TB) Store) {
	for _, c := range []struct {
		pack, from string
		changes    []string
	}{
		{"cn-bj-office", "2026-10-05", []string{"late: {grace: 5m", "late: {grace: 10m"}},
		{"cn-bj-office", "2026-10-13", []string{`cut: "05:00"`, `cut: "09:00"`, "before: 4h", "before: 0h"}},
		{"cn-sh-rnd", "2026-10-07", []string{`cut: "06:00"`, `cut: "03:00"`}},
		{"us-ca-hourly", "2026-10-04", []string{"dedupe: 1m", "dedupe: 3m"}},
		{"de-by-plant", "2026-10-12", []string{"after: 4h", "after: 1h"}},
	} {
		t.Run(c.pack+" from "+c.from, func(t *testing.T) {
			company := newCompany(t)
			tellStory(company)
			views := open(t)
			follow(t, company.store, company.codec, views, 0, nil)
			doc := edited(t, c.pack, c.changes...)
			from := date(c.from)
			tried := tryRules(t, company, views, doc, evaluate.Candidate{From: from, InPlaceOf: doc.ID})
			require.NoError(t, company.publish(doc, from, 0))
			follow(t, company.store, company.codec, views, 0, nil)
			requireSame(t, since(t, tried, from), since(t, views, from), "")
		})
	}
}

// tryRules computes everybody's days under a candidate.
func tryRules(t *testing.T, c *company, views Store, doc *ruleset.Document, candidate evaluate.Candidate) projections.Reader {
	t.Helper()
	hash, err := ruleset.Hash(doc)
	require.NoError(t, err)
	candidate.Rules, err = ruleset.Compile(doc, hash)
	require.NoError(t, err)
	candidate.Version = len(c.led.Directory().Ruleset(doc.ID).Versions) + 1
	var out projections.Reader
	require.NoError(t, views.Read(t.Context(), func(tx projections.Tx) error {
		p := evaluate.New(c.codec, zone.Embedded(), "test")
		everybody, err := tx.Employees(t.Context())
		if err != nil {
			return err
		}
		results, err := p.Compute(t.Context(), tx, everybody, candidate.From, 0, &candidate)
		if err != nil {
			return err
		}
		out = results
		return requireReplay(t, p, tx, everybody, &candidate)
	}))
	return out
}

// requireReplay replays a candidate on one core and on several, keeping all days or few, and compares the report with the results
// that were computed one by one.
func requireReplay(
	t *testing.T, p *evaluate.Projector, tx projections.Tx, everybody []string, candidate *evaluate.Candidate,
) error {
	t.Helper()
	eve := candidate.From - 1
	before, err := p.Compute(t.Context(), tx, everybody, eve, 0, nil)
	if err != nil {
		return err
	}
	after, err := p.Compute(t.Context(), tx, everybody, eve, 0, candidate)
	if err != nil {
		return err
	}
	var governed []string
	for _, employee := range everybody {
		alone, err := p.Replay(t.Context(), tx, evaluate.Question{
			Candidate: candidate, From: candidate.From, Employees: []string{employee}, Cores: 1,
		})
		if err != nil {
			return err
		}
		if alone.Summary.Persons == 1 {
			governed = append(governed, employee)
		}
	}
	moved := map[string]bool{}
	for _, d := range whatif.Diff(before.Figures(), after.Figures()).Days {
		moved[d.Emp] = moved[d.Emp] || d.Date == eve
	}
	elsewhere := func(f whatif.Figures) bool {
		return !slices.Contains(governed, f.Emp) || f.Date == eve && !moved[f.Emp]
	}
	want := whatif.Diff(slices.DeleteFunc(before.Figures(), elsewhere), slices.DeleteFunc(after.Figures(), elsewhere))
	for _, cores := range []int{1, 3} {
		q := evaluate.Question{Candidate: candidate, From: candidate.From, Employees: everybody, Keep: whatif.All, Cores: cores}
		got, err := p.Replay(t.Context(), tx, q)
		if err != nil {
			return err
		}
		q.Keep = 2
		few, err := p.Replay(t.Context(), tx, q)
		if err != nil {
			return err
		}
		require.Equal(t, got.Hash(), few.Hash())
		require.Equal(t, got.Days[:min(2, len(got.Days))], few.Days)
		q.Traces = 3
		if err := p.Causes(t.Context(), tx, q, got.Days); err != nil {
			return err
		}
		if err := requireCauses(t, p, tx, candidate, got.Days); err != nil {
			return err
		}
		for i := range got.Days {
			d := &got.Days[i]
			d.Stage, d.Name, d.Note, d.Rule, d.Traces = 0, "", "", "", nil
		}
		require.Equal(t, want.Days, got.Days)
		require.Equal(t, want.Summary.Codes, got.Summary.Codes)
		require.Equal(t, want.Summary.DaysChanged, got.Summary.DaysChanged)
		require.Equal(t, want.DaysHash, got.DaysHash)
		if err := requireSides(t, p, tx, q, got.Hash()); err != nil {
			return err
		}
	}
	return nil
}

// requireSides tries a candidate beside one that changes nothing, lets it go on from people who were kept, and compares it with the
// days that it gave itself.
func requireSides(t *testing.T, p *evaluate.Projector, tx projections.Tx, q evaluate.Question, hash string) error {
	t.Helper()
	kept, given := map[string][]*whatif.Person{}, map[string][]whatif.Day{}
	n := 0
	q.Keeping = func(employee string, found []*whatif.Person) error {
		if n++; n%2 == 0 { // the others are evaluated again
			kept[employee] = found
		}
		return nil
	}
	both := []*evaluate.Candidate{q.Candidate, {From: q.From}}
	each, err := p.ReplayEach(t.Context(), tx, q, both)
	if err != nil {
		return err
	}
	require.Equal(t, hash, each[0].Hash())
	require.Zero(t, each[1].Summary.DaysChanged)
	require.Equal(t, len(q.Employees), each[1].Summary.Persons)
	q.Keeping, q.Kept = nil, func(employee string) ([]*whatif.Person, bool) {
		found, ok := kept[employee]
		return found, ok
	}
	again, err := p.ReplayEach(t.Context(), tx, q, both)
	if err != nil {
		return err
	}
	require.Equal(t, each, again)
	q.Kept, q.Given = nil, func(employee string, days []whatif.Figures) error {
		for i := range days {
			given[employee] = append(given[employee], whatif.DayOf(&days[i]))
		}
		return nil
	}
	if _, err := p.Replay(t.Context(), tx, q); err != nil {
		return err
	}
	q.Given, q.Against = nil, func(employee string) ([]whatif.Day, error) { return given[employee], nil }
	itself, err := p.Replay(t.Context(), tx, q)
	require.Zero(t, itself.Summary.DaysChanged)
	require.Equal(t, each[0].Summary.Persons, itself.Summary.Persons)
	return err
}

// requireCauses explains days that a replay lists one by one, as they are and under the candidate: each comes to the results of the
// replay, and the first stage that differs is the one that the replay names.
func requireCauses(t *testing.T, p *evaluate.Projector, tx projections.Tx, candidate *evaluate.Candidate, days []whatif.DayChange) error {
	t.Helper()
	traced := 0
	for _, d := range days[:min(10, len(days))] {
		if d.Before == nil || d.After == nil {
			require.Nil(t, d.Traces)
			continue
		}
		before, err := p.Explain(t.Context(), tx, d.Emp, d.Date, nil, nil)
		if err != nil {
			return err
		}
		after, err := p.Explain(t.Context(), tx, d.Emp, d.Date, candidate, nil)
		if err != nil {
			return err
		}
		require.Equal(t, d.Before.ResultHash, before.Day.ResultHash)
		require.Equal(t, d.After.ResultHash, after.Day.ResultHash)
		found, err := attendance.Diff(before, after)
		if err != nil {
			return err
		}
		require.NotNil(t, found.First, "%s %s", d.Emp, d.Date)
		if traced++; traced <= 3 {
			told, err := whatif.Aligned(before, after)
			if err != nil {
				return err
			}
			require.Equal(t, told, d.Traces, "%s %s", d.Emp, d.Date)
		} else {
			require.Nil(t, d.Traces)
		}
		require.Equal(t, d.Name, found.First.Name)
		require.Equal(t, [3]any{d.Stage, d.Note, d.Rule}, [3]any{found.First.Stage, found.First.Note, found.First.Rule})
	}
	return nil
}

// since writes the results from a date on: the hashes of days, and rows.
func since(t *testing.T, r projections.Reader, from domain.Date) []string {
	t.Helper()
	var out []string
	require.NoError(t, r.Days(t.Context(), daily.Query{From: from}, func(d daily.Row) error {
		out = append(out, d.Employee+" "+d.Date.String()+" "+d.ResultHash)
		return nil
	}))
	require.NoError(t, payroll.Rows(t.Context(), r, payroll.Query{From: from}, func(p payroll.Row) error {
		out = append(out, text(t, p))
		return nil
	}))
	return out
}
