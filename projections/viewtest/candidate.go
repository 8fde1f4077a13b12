package viewtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/ruleset"
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
		out, err = p.Compute(t.Context(), tx, everybody, candidate.From, 0, &candidate)
		return err
	}))
	return out
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
