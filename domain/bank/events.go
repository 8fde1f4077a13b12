package bank

import "github.com/punchledger/punchledger/domain"

// Event is an event of a stream bank-{emp}.
//
//sumtype:decl
type Event interface {
	domain.Event
	bankEvent()
}

// BankPosted adds to a bank, or takes from it where seconds are below zero. Written by HR, by an import or when something expires.
type BankPosted struct {
	Post      string         `json:"post"` // id of the posting
	Bank      string         `json:"bank"` // as the ruleset names it
	Emp       string         `json:"emp"`
	Date      domain.Date    `json:"date"`
	Seconds   domain.Seconds `json:"seconds"`
	Kind      Kind           `json:"kind"`                // opening, grant, payout, forfeit, correction or taken
	Reason    string         `json:"reason"`              // a code
	Source    string         `json:"source"`              // manual, import, expiry, carry_over or request
	Request   string         `json:"request,omitempty"`   // the request that it answers
	ExpiresOn domain.Date    `json:"expires_on,omitzero"` // opening and grant: last date on which it can be taken
	Note      domain.Secret  `json:"note,omitzero"`
}

// BankPostingVoided takes a posting back. It stays in the log and is in no balance any more. Written by HR or by undo.
type BankPostingVoided struct {
	Post   string `json:"post"`
	Emp    string `json:"emp"`
	Reason string `json:"reason"` // a code
}

// EventType returns the stored name.
func (BankPosted) EventType() string { return "BankPosted" }

// EventType returns the stored name.
func (BankPostingVoided) EventType() string { return "BankPostingVoided" }

func (BankPosted) bankEvent()        {}
func (BankPostingVoided) bankEvent() {}
