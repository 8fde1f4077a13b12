package bank_test

import (
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/bank"
	"github.com/punchledger/punchledger/domain/decidertest"
)

func day(s string) domain.Date {
	d, err := domain.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

const hour = domain.Hour

func posting(kind bank.Kind, amount domain.Seconds, change ...func(*bank.Post)) bank.Post {
	c := bank.Post{
		Post: "b1", Bank: "ANNUAL", Emp: "e1", Date: day("2026-10-01"), Seconds: amount, Kind: kind, Reason: "year_2026", Source: "manual", ActorID: "hr",
	}
	for _, f := range change {
		f(&c)
	}
	return c
}

func posted(c bank.Post) bank.BankPosted {
	return bank.BankPosted{
		Post: c.Post, Bank: c.Bank, Emp: c.Emp, Date: c.Date, Seconds: c.Seconds, Kind: c.Kind, Reason: c.Reason, Source: c.Source, ExpiresOn: c.ExpiresOn,
	}
}

func TestDecide(t *testing.T) {
	known := bank.Facts{EmployeeKnown: true, BankKnown: true}
	opening := posting(bank.Opening, 40*hour)
	second := func(c *bank.Post) { c.Post = "b2" }
	seen := func(n int, lowest domain.Seconds) func(*bank.Post) {
		return func(c *bank.Post) { c.Post, c.Seen, c.Lowest = "b2", n, lowest }
	}
	all := posting(bank.Payout, -40*hour, seen(1, 40*hour))
	over := posting(bank.Payout, -41*hour, seen(1, 40*hour))
	overdrawn := posting(bank.Taken, -41*hour, seen(1, 40*hour), func(c *bank.Post) { c.Floor = -hour })
	given := []bank.Event{posted(opening)}
	voided := bank.BankPostingVoided{Post: "b1", Emp: "e1", Reason: "undone"}
	void := bank.VoidPosting{Post: "b1", Emp: "e1", Reason: "undone", ActorID: "hr"}
	decidertest.Run(t, bank.Decide, bank.Evolve, []decidertest.Case[bank.Command, bank.Facts, bank.Event]{
		{Name: "an opening is posted", When: opening, Facts: known, Then: given},
		{Name: "an opening may be a debt", When: posting(bank.Opening, -hour), Facts: known, Then: []bank.Event{posted(posting(bank.Opening, -hour))}},
		{Name: "a bank is opened once", Given: given, When: posting(bank.Opening, hour, second), Facts: known, Err: "bank_opened"},
		{Name: "an opening that was taken back does not count", Given: append(given, voided), When: posting(bank.Opening, hour, second), Facts: known, Then: []bank.Event{posted(posting(bank.Opening, hour, second))}},
		{Name: "the person is known", When: opening, Facts: bank.Facts{BankKnown: true}, Err: "unknown_employee"},
		{Name: "the rules have the bank", When: opening, Facts: bank.Facts{EmployeeKnown: true}, Err: "unknown_bank"},
		{Name: "nobody posts for themselves", When: posting(bank.Grant, hour, func(c *bank.Post) { c.ActorID = "e1" }), Facts: known, Err: "self_approval"},
		{Name: "a posting has its own id", Given: given, When: posting(bank.Grant, hour), Facts: known, Err: "posting_exists"},
		{Name: "all of it can be paid out", Given: given, When: all, Facts: known, Then: []bank.Event{posted(all)}},
		{Name: "no more than is there is paid out", Given: given, When: over, Facts: known, Err: "bank_below_floor"},
		{Name: "a floor below zero lets it go there", Given: given, When: overdrawn, Facts: known, Then: []bank.Event{posted(overdrawn)}},
		{Name: "two that saw the same balance do not both take it", Given: append(given, posted(all)), When: posting(bank.Payout, -40*hour, seen(1, 40*hour), func(c *bank.Post) { c.Post = "b3" }), Facts: known, Err: "bank_moved"},
		{Name: "a payout takes", When: posting(bank.Payout, hour), Facts: known, Err: "invalid_field"},
		{Name: "a grant gives", When: posting(bank.Grant, -hour), Facts: known, Err: "invalid_field"},
		{Name: "what is earned is not posted", When: posting(bank.Earned, hour), Facts: known, Err: "invalid_field"},
		{Name: "nothing is not posted", When: posting(bank.Correction, 0), Facts: known, Err: "invalid_field"},
		{Name: "it expires after it was given", When: posting(bank.Grant, hour, func(c *bank.Post) { c.ExpiresOn = c.Date - 1 }), Facts: known, Err: "invalid_field"},
		{Name: "a posting is taken back", Given: given, When: void, Then: []bank.Event{voided}},
		{Name: "a posting is taken back once", Given: append(given, voided), When: void},
		{Name: "a posting that is taken back is there", When: void, Err: "unknown_posting"},
	})
}

func entry(date string, amount domain.Seconds, kind bank.Kind, expires string) bank.Entry {
	e := bank.Entry{Date: day(date), Seconds: amount, Kind: kind}
	if expires != "" {
		e.ExpiresOn = day(expires)
	}
	return e
}

func TestDue(t *testing.T) {
	pays := bank.Policy{OnExpiry: bank.Payout}
	carries := bank.Policy{OnExpiry: bank.Forfeit, CarryOn: [2]int{12, 31}, Cap: 40 * hour}
	earned := entry("2026-10-17", 4*hour, bank.Earned, "2027-04-17")
	for _, c := range []struct {
		name    string
		entries []bank.Entry
		policy  bank.Policy
		asOf    string
		want    []bank.Proposal
	}{
		{"nothing is due on the last day", []bank.Entry{earned}, pays, "2027-04-17", nil},
		{"it is due on the day after", []bank.Entry{earned}, pays, "2027-04-18", []bank.Proposal{{day("2027-04-17"), bank.Payout, -4 * hour, "expiry"}}},
		{"what was taken is not due", []bank.Entry{earned, entry("2027-01-05", -3*hour, bank.Used, "")}, pays, "2027-04-18", []bank.Proposal{{day("2027-04-17"), bank.Payout, -hour, "expiry"}}},
		{"what expires first is taken first", []bank.Entry{entry("2026-10-01", 8*hour, bank.Opening, ""), earned, entry("2027-01-05", -4*hour, bank.Used, "")}, pays, "2027-04-18", nil},
		{"what was paid out on its last day is not due", []bank.Entry{earned, entry("2027-04-17", -4*hour, bank.Payout, "")}, pays, "2028-01-01", nil},
		{"what was paid out later is not due", []bank.Entry{earned, entry("2027-06-01", -4*hour, bank.Payout, "")}, pays, "2028-01-01", nil},
		{"a later gain does not hide what is due", []bank.Entry{earned, entry("2027-05-01", 9*hour, bank.Earned, "2027-11-01")}, pays, "2027-06-01", []bank.Proposal{{day("2027-04-17"), bank.Payout, -4 * hour, "expiry"}}},
		{"a debt is paid back first", []bank.Entry{entry("2026-10-01", -3*hour, bank.Used, ""), earned}, pays, "2027-04-18", []bank.Proposal{{day("2027-04-17"), bank.Payout, -hour, "expiry"}}},
		{"no more than the cap is carried over", []bank.Entry{entry("2026-01-01", 64*hour, bank.Grant, "")}, carries, "2027-01-01", []bank.Proposal{{day("2026-12-31"), bank.Forfeit, -24 * hour, "carry_over"}}},
		{"the cap holds each year", []bank.Entry{entry("2025-01-01", 64*hour, bank.Grant, ""), entry("2026-01-01", 64*hour, bank.Grant, "")}, carries, "2027-01-01", []bank.Proposal{
			{day("2025-12-31"), bank.Forfeit, -24 * hour, "carry_over"}, {day("2026-12-31"), bank.Forfeit, -64 * hour, "carry_over"},
		}},
		{"less than the cap is carried over", []bank.Entry{entry("2026-01-01", 64*hour, bank.Grant, ""), entry("2026-08-03", -40*hour, bank.Used, "")}, carries, "2027-01-01", nil},
	} {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, bank.Due(c.entries, c.policy, day(c.asOf))) })
	}
}

func TestLowest(t *testing.T) {
	entries := []bank.Entry{entry("2026-01-01", 10*hour, bank.Grant, ""), entry("2026-06-01", -7*hour, bank.Used, ""), entry("2026-07-01", 9*hour, bank.Grant, "")}
	require.Equal(t, 3*hour, bank.Lowest(entries, day("2026-02-01")), "what is taken today is not there in June")
	require.Equal(t, 12*hour, bank.Lowest(entries, day("2026-07-01")))
}

// The balance of every date is the sum of the statement up to it, whatever the order in which entries come; settling what is due leaves
// nothing due, and never a balance below what it was without debts.
func TestABalanceIsTheSumOfItsStatement(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := day("2025-01-01")
		var entries []bank.Entry
		for range rapid.IntRange(0, 25).Draw(t, "entries") {
			e := bank.Entry{Date: first + domain.Date(rapid.IntRange(0, 900).Draw(t, "day")), Kind: bank.Earned}
			e.Seconds = domain.Seconds(rapid.IntRange(1, 100).Draw(t, "hours")) * hour
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				e.Seconds, e.Kind = -e.Seconds, rapid.SampledFrom([]bank.Kind{bank.Used, bank.Payout, bank.Taken, bank.Correction}).Draw(t, "takes")
			case 1:
				e.ExpiresOn = e.Date + domain.Date(rapid.IntRange(0, 300).Draw(t, "expires"))
			}
			entries = append(entries, e)
		}
		asOf := first + domain.Date(rapid.IntRange(0, 1100).Draw(t, "as of"))
		var sum domain.Seconds
		for _, l := range bank.Statement(entries, asOf) {
			sum += l.Seconds
			require.Equal(t, sum, l.Balance)
			require.LessOrEqual(t, l.Date, asOf)
		}
		require.Equal(t, sum, bank.Balance(entries, asOf))
		backwards := make([]bank.Entry, 0, len(entries))
		for _, e := range slices.Backward(entries) {
			backwards = append(backwards, e)
		}
		require.Equal(t, sum, bank.Balance(backwards, asOf))

		policy := bank.Policy{OnExpiry: bank.Payout, Cap: domain.Seconds(rapid.IntRange(0, 80).Draw(t, "cap")) * hour}
		if rapid.Bool().Draw(t, "carries") {
			policy.CarryOn = [2]int{12, 31}
		}
		due := bank.Due(entries, policy, asOf)
		settled := entries
		var out domain.Seconds
		for _, p := range due {
			require.Negative(t, int64(p.Seconds))
			require.Less(t, p.Date, asOf)
			out -= p.Seconds
			settled = append(settled, bank.Entry{Date: p.Date, Seconds: p.Seconds, Kind: p.Kind})
		}
		require.Empty(t, bank.Due(settled, policy, asOf), "what was settled is not due again")
		if out > 0 {
			require.LessOrEqual(t, out, max(sum, 0)+debtOf(entries), "no more is due than was ever there")
		}
	})
}

// debtOf is what was taken without being there, and given back later.
func debtOf(entries []bank.Entry) domain.Seconds {
	var taken domain.Seconds
	for _, e := range entries {
		taken -= min(e.Seconds, 0)
	}
	return taken
}

func TestFixtures(t *testing.T) {
	decidertest.Fixtures(t, os.DirFS("testdata/events"), bank.Events())
}
