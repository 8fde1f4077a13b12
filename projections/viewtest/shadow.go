package viewtest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/whatif"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/evaluate"
)

// bindShadow keeps a document as a draft and lets it run beside the rules of a group.
func (c *company) bindShadow(group string, doc *ruleset.Document, from, until domain.Date) error {
	c.t.Helper()
	data, err := doc.JSON()
	require.NoError(c.t, err)
	hash, err := ruleset.Hash(doc)
	require.NoError(c.t, err)
	c.do(ruleset.DraftRuleset{Ruleset: doc.ID, Draft: "d" + hash[:12], Doc: data, ActorID: boss.ID})
	_, err = c.try(people.BindShadow{Group: group, Ruleset: doc.ID, Hash: hash, From: from, To: until})
	return err
}

// testShadow lets a candidate run beside the rules while the story goes on. Its figures are those of a replay, the rules' own results stay
// as they are without it, and a shadow that ends leaves nothing behind.
func testShadow(t *testing.T, open func(testing.TB) Store) {
	plain := newCompany(t)
	tellStory(plain)
	without := open(t)
	follow(t, plain.store, plain.codec, without, 0, nil)

	c := newCompany(t)
	live := open(t)
	doc := edited(t, "cn-bj-office", "late: {grace: 5m", "late: {grace: 0m", `cut: "05:00"`, `cut: "08:58"`)
	from, until := date("2026-10-05"), date("2026-10-24")
	bound := false
	c.after = func() {
		if !bound && c.now > instant("2026-10-08T00:00:00Z") { // in the middle of the story, for days that are past too
			bound = true
			n, now := c.n, c.now
			c.n += 90_000 // what follows keeps the ids and times that it has without the shadow
			require.NoError(t, c.bindShadow("cn-bj-office", doc, from, until))
			c.n, c.now = n, now
		}
		follow(t, c.store, c.codec, live, 0, nil)
	}
	tellStory(c)
	once := open(t)
	follow(t, c.store, c.codec, once, 0, nil)
	requireSame(t, dump(t, once), dump(t, live), "")
	require.Equal(t, fingerprint(t, without), fingerprint(t, live), "a shadow pays nothing")

	shadows := shadowsOf(t, live)
	require.NotEmpty(t, shadows)
	hash, err := ruleset.Hash(doc)
	require.NoError(t, err)
	rules, err := ruleset.Compile(doc, hash)
	require.NoError(t, err)
	candidate := evaluate.Candidate{Rules: rules, From: from, To: until - 1, Groups: []string{"cn-bj-office"}}
	require.Equal(t, triedDays(t, c, live, &candidate), shadows)
	requireBeside(t, live)

	c.do(people.UnbindShadow{Group: "cn-bj-office", From: date("2026-10-15")})
	require.True(t, slices.ContainsFunc(shadowsOf(t, live), func(s string) bool { return s < "2026-10-15" }))
	require.False(t, slices.ContainsFunc(shadowsOf(t, live), func(s string) bool { return s >= "2026-10-15" }))
	c.do(people.UnbindShadow{Group: "cn-bj-office", From: from})
	require.Empty(t, shadowsOf(t, live))
}

// shadowsOf writes the shadows, a line a day.
func shadowsOf(t *testing.T, s Store) (out []string) {
	t.Helper()
	require.NoError(t, s.Shadows(t.Context(), daily.Query{}, func(d daily.Shadow) error {
		f := whatif.Figures{Emp: d.Employee, Date: d.Date, Rows: d.Rows, Flags: d.Flags, Anomalies: d.Anomalies}
		out = append(out, d.Date.String()+" "+text(t, plain(f)))
		return nil
	}))
	slices.Sort(out)
	return out
}

// triedDays writes what a replay of a candidate gives on the days that it governs.
func triedDays(t *testing.T, c *company, views Store, candidate *evaluate.Candidate) (out []string) {
	t.Helper()
	require.NoError(t, views.Read(t.Context(), func(tx projections.Tx) error {
		everybody, err := tx.Employees(t.Context())
		if err != nil {
			return err
		}
		p := evaluate.New(c.codec, zone.Embedded(), "test")
		results, err := p.Compute(t.Context(), tx, everybody, candidate.From, candidate.To, candidate)
		if err != nil {
			return err
		}
		figures := results.Figures()
		return results.Days(t.Context(), daily.Query{}, func(d daily.Row) error {
			i := slices.IndexFunc(figures, func(f whatif.Figures) bool { return f.Emp == d.Employee && f.Date == d.Date })
			if d.Pins.RulesHash == candidate.Rules.Hash {
				out = append(out, d.Date.String()+" "+text(t, plain(figures[i])))
			}
			return nil
		})
	}))
	slices.Sort(out)
	return out
}

// requireBeside compares the two columns of days with the rows and shadows that they are made of.
func requireBeside(t *testing.T, s Store) {
	t.Helper()
	figures := figuresOf(t, s)
	differ, n := 0, 0
	q := daily.Query{Employee: "e1", From: date("2026-10-01"), To: date("2026-10-31")}
	require.NoError(t, projections.DaysBeside(t.Context(), s, q, func(d projections.DayBeside) error {
		n++
		inside := d.Date.Covers(date("2026-10-05"), date("2026-10-24"))
		require.Equal(t, inside, d.Shadow != nil, d.Date.String())
		if !inside {
			return nil
		}
		require.Equal(t, text(t, figures[fmt.Sprintf("e1 %s", d.Date)].Rows), text(t, d.Shadow.Live))
		if text(t, plain(whatif.Figures{Rows: d.Shadow.Rows}).Rows) != text(t, d.Shadow.Live) {
			differ++
		}
		return nil
	}))
	require.Equal(t, 31, n)
	require.Positive(t, differ)
}
