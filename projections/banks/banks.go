// Package banks tells what people have saved up: what was posted to their banks together with what evaluated rows add and take.
//
// It keeps nothing. A statement is read from the view of payroll rows and the stream of postings whenever it is asked for.
package banks

import (
	"context"
	"maps"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/bank"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/projections/payroll"
)

// Book is where accounts are read from.
type Book struct {
	Rows   payroll.Reader
	Posted func(emp string) bank.State
	Rules  func(hash string) (*ruleset.Rules, bool)                // by the hash that a row names
	Govern func(emp string, on domain.Date) (*ruleset.Rules, bool) // that govern on a date
}

// Account is one bank of a person on a date. Balance is the sum of the lines.
type Account struct {
	Emp     string          `json:"emp"`
	Bank    string          `json:"bank"`
	Title   ruleset.Text    `json:"title,omitempty"`
	On      domain.Date     `json:"on"`
	Balance domain.Seconds  `json:"balance"`
	Floor   domain.Seconds  `json:"floor"`
	Due     []bank.Proposal `json:"due,omitempty"` // has expired and was not settled
	Lines   []bank.Line     `json:"lines,omitempty"`

	entries []bank.Entry // also after the date
	seen    int
}

// Lowest is the least balance on any date from the account's date on: what a posting on that date may take, above the floor.
func (a Account) Lowest() domain.Seconds { return bank.Lowest(a.entries, a.On) }

// Seen is how often something was posted when the account was read; a posting says it, so that two at once do not overdraw together.
func (a Account) Seen() int { return a.seen }

// Accounts returns the banks of a person on a date, by name: those of the rules that govern then, and those with entries.
func (b Book) Accounts(ctx context.Context, emp string, on domain.Date) ([]Account, error) {
	state := b.Posted(emp)
	entries, err := b.entries(ctx, emp, state)
	if err != nil {
		return nil, err
	}
	rules := map[string]ruleset.BankRule{}
	if governing, ok := b.Govern(emp, on); ok {
		for _, r := range governing.Banks {
			rules[r.ID] = r
			entries[r.ID] = slices.Clip(entries[r.ID]) // also one that nothing has changed yet
		}
	}
	var out []Account
	for _, id := range slices.Sorted(maps.Keys(entries)) {
		r := rules[id]
		a := Account{
			Emp: emp, Bank: id, Title: r.Title, On: on, Floor: r.Floor, entries: entries[id], seen: state.Changes,
			Balance: bank.Balance(entries[id], on), Lines: bank.Statement(entries[id], on), Due: bank.Due(entries[id], policy(r), on),
		}
		out = append(out, a)
	}
	return out, nil
}

// Account returns one bank of a person on a date; unknown_bank where the rules have none and nothing was posted.
func (b Book) Account(ctx context.Context, emp, id string, on domain.Date) (Account, error) {
	accounts, err := b.Accounts(ctx, emp, on)
	if err != nil {
		return Account{}, err
	}
	i := slices.IndexFunc(accounts, func(a Account) bool { return a.Bank == id })
	if i < 0 {
		return Account{}, domain.NewError(domain.NotFound, "unknown_bank", "bank", id, "emp", emp, "date", on.String())
	}
	return accounts[i], nil
}

func policy(r ruleset.BankRule) bank.Policy {
	p := bank.Policy{Floor: r.Floor, CarryOn: r.CarryOn, Cap: r.Cap, OnExpiry: bank.Payout}
	if r.Forfeits {
		p.OnExpiry = bank.Forfeit
	}
	return p
}

// entries returns every change of a person's banks, by bank.
func (b Book) entries(ctx context.Context, emp string, state bank.State) (map[string][]bank.Entry, error) {
	out := map[string][]bank.Entry{}
	for _, id := range state.Banks() {
		for _, p := range state.InForce(id) {
			out[id] = append(out[id], bank.Entry{
				Date: p.Date, Kind: p.Kind, Seconds: p.Seconds, Post: p.Post, Reason: p.Reason, Request: p.Request, ExpiresOn: p.ExpiresOn,
			})
		}
	}
	err := b.Rows.Parts(ctx, payroll.Query{Employee: emp}, func(p payroll.Part) error {
		rules, ok := b.Rules(p.Ruleset.Hash)
		if !ok || p.Seconds == 0 {
			return nil
		}
		r, earns, booked := rules.Booked(p.Code)
		if !booked {
			return nil
		}
		e := bank.Entry{Date: p.Date, Kind: bank.Used, Seconds: -p.Seconds, Code: p.Code, Sources: p.Sources}
		if earns {
			e.Kind, e.Seconds, e.ExpiresOn = bank.Earned, p.Seconds, r.ExpiresOn(p.Code, p.Date)
		}
		out[r.ID] = append(out[r.ID], e)
		return nil
	})
	return out, err
}
