// Package bank holds what people have saved up: leave, time off in lieu, running accounts. One stream per person.
//
// A balance is never stored. It is the sum of what was posted here - openings, grants, payouts - and of what evaluation gives: rows that
// earn and rows that take. Statement and Due say what that comes to; both are pure.
package bank

import "github.com/punchledger/punchledger/domain"

// Category is the first part of the names of this package's streams.
const Category = "bank"

// Categories returns the categories of the streams that this package writes.
func Categories() []string { return []string{Category} }

// Events returns the zero value of every event type of this package.
func Events() []domain.Event { return []domain.Event{BankPosted{}, BankPostingVoided{}} }

// Upcasters returns the functions that lift events of older schemas; no schema has changed yet.
func Upcasters() []domain.Upcaster { return nil }

// Stream returns the name of the stream of a person's banks.
func Stream(emp string) string { return Category + "-" + emp }

// Kind says why a bank changed.
type Kind string

// The kinds. The first six are posted; earned and used come from evaluated rows and are in statements only.
const (
	Opening    Kind = "opening"    // what was there before the ledger began
	Grant      Kind = "grant"      // such as a year's leave
	Taken      Kind = "taken"      // taken outside of what is evaluated here
	Payout     Kind = "payout"     // paid in money
	Forfeit    Kind = "forfeit"    // lost
	Correction Kind = "correction" // either way
	Earned     Kind = "earned"
	Used       Kind = "used"
)

// Posted returns the kinds that can be posted.
func Posted() []Kind { return []Kind{Opening, Grant, Taken, Payout, Forfeit, Correction} }

// settles reports whether the kind is the answer to what has expired.
func (k Kind) settles() bool { return k == Payout || k == Forfeit }
