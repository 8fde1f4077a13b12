package bank

import (
	"fmt"

	"github.com/punchledger/punchledger/domain"
)

// Command is a wish about the banks of a person.
//
//sumtype:decl
type Command interface {
	Stream() string
	bankCommand()
}

// Post asks for BankPosted. What takes from a bank says what its balance was computed over: Seen is the number of postings, Lowest the
// least balance on any date from Date on, and Floor how far it may go down.
type Post struct {
	Post      string
	Bank      string
	Emp       string
	Date      domain.Date
	Seconds   domain.Seconds
	Kind      Kind
	Reason    string
	Source    string
	Request   string
	ExpiresOn domain.Date
	Note      domain.Secret

	ActorID string
	Seen    int
	Lowest  domain.Seconds
	Floor   domain.Seconds
}

// VoidPosting asks for BankPostingVoided.
type VoidPosting struct {
	Post    string
	Emp     string
	Reason  string
	ActorID string
}

// Stream returns the target stream.
func (c Post) Stream() string { return Stream(c.Emp) }

// Stream returns the target stream.
func (c VoidPosting) Stream() string { return Stream(c.Emp) }

// Identity is what the same posting has in common when it is asked for again: not the balance that was seen, nor its id.
func (c Post) Identity() []byte {
	return fmt.Appendf(nil, "Post %s %s %s %d %s %s %s %q %s", c.Bank, c.Emp, c.Date, c.Seconds, c.Kind, c.Reason, c.Source, c.Request, c.ExpiresOn)
}

func (Post) bankCommand()        {}
func (VoidPosting) bankCommand() {}
