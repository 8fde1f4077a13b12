package bank

import (
	"cmp"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// Entry is one change of a bank, with what it rests on: a posting, or an evaluated row of a day and the events behind that.
type Entry struct {
	Date      domain.Date    `json:"date"`
	Kind      Kind           `json:"kind"`
	Seconds   domain.Seconds `json:"seconds"`
	Code      string         `json:"code,omitempty"`      // earned, used: the row's pay code
	Post      string         `json:"post,omitempty"`      // the posting
	Reason    string         `json:"reason,omitempty"`    // of the posting
	Request   string         `json:"request,omitempty"`   // of the posting
	ExpiresOn domain.Date    `json:"expires_on,omitzero"` // last date on which it can be taken
	Sources   []string       `json:"sources,omitempty"`   // ids of events
}

// Line is an entry with the balance after it.
type Line struct {
	Entry
	Balance domain.Seconds `json:"balance"`
}

// Policy is how a bank is kept.
type Policy struct {
	Floor    domain.Seconds // how far a posting may take the balance down
	CarryOn  [2]int         // month and day of each year on which no more than Cap is carried over; zero: never
	Cap      domain.Seconds // carried over at most
	OnExpiry Kind           // Payout or Forfeit
}

// Proposal is what has expired and was not settled yet: a posting that is due.
type Proposal struct {
	Date    domain.Date    `json:"date"`
	Kind    Kind           `json:"kind"`
	Seconds domain.Seconds `json:"seconds"` // below zero
	Why     string         `json:"why"`     // expiry or carry_over
}

// Statement returns the entries up to a date with their running balance, by date; on one date what adds stands before what takes. The
// balance on that date is the last line's. A zero date is all.
func Statement(entries []Entry, asOf domain.Date) []Line {
	var out []Line
	var balance domain.Seconds
	for _, e := range upTo(entries, asOf) {
		balance += e.Seconds
		out = append(out, Line{e, balance})
	}
	return out
}

// Balance returns the sum of the entries up to a date.
func Balance(entries []Entry, asOf domain.Date) domain.Seconds {
	var sum domain.Seconds
	for _, e := range entries {
		if asOf == 0 || e.Date <= asOf {
			sum += e.Seconds
		}
	}
	return sum
}

// Lowest returns the least balance on any date from a date on: what can be taken on that date at most.
func Lowest(entries []Entry, from domain.Date) domain.Seconds {
	lowest := Balance(entries, from)
	for _, e := range entries {
		if e.Date > from {
			lowest = min(lowest, Balance(entries, e.Date))
		}
	}
	return lowest
}

func upTo(entries []Entry, asOf domain.Date) []Entry {
	out := slices.DeleteFunc(slices.Clone(entries), func(e Entry) bool { return asOf != 0 && e.Date > asOf })
	slices.SortStableFunc(out, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(sign(b), sign(a)), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Post, b.Post))
	})
	return out
}

func sign(e Entry) int {
	if e.Seconds < 0 {
		return 0
	}
	return 1
}
