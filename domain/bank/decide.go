package bank

import (
	"fmt"

	"github.com/punchledger/punchledger/domain"
)

// Facts are what a decision about banks needs from elsewhere.
type Facts struct {
	EmployeeKnown bool
	BankKnown     bool // the rules that govern the person on the date have such a bank
}

// most is more than anybody saves up: eleven years.
const most = 100_000 * domain.Hour

// Decide decides a command.
func Decide(s State, c Command, f Facts) ([]Event, error) {
	switch c := c.(type) {
	case Post:
		return post(s, c, f)
	case VoidPosting:
		return voidPosting(s, c)
	}
	panic(fmt.Sprintf("bank: no case for %T", c))
}

func (c Post) check() error {
	var is domain.Fields
	is.ID("post", c.Post)
	is.That(c.Bank != "" && len(c.Bank) <= 64, "bank", "missing")
	is.ID("emp", c.Emp)
	is.Date("date", c.Date)
	is.Code("reason", c.Reason)
	is.OneOf("source", c.Source, "manual", "import", "expiry", "carry_over", "request")
	is.OptionalDocument("request", c.Request)
	is.OptionalDate("expires_on", c.ExpiresOn)
	is.That(c.ExpiresOn == 0 || c.ExpiresOn >= c.Date && (c.Kind == Opening || c.Kind == Grant), "expires_on", "out_of_range")
	is.That(c.Seconds != 0 && c.Seconds <= most && c.Seconds >= -most, "seconds", "out_of_range")
	switch c.Kind {
	case Opening, Correction:
	case Grant:
		is.That(c.Seconds > 0, "seconds", "out_of_range")
	case Taken, Payout, Forfeit:
		is.That(c.Seconds < 0, "seconds", "out_of_range")
	default:
		is.That(false, "kind", "unknown_value")
	}
	is.Secret("note", c.Note, domain.ClassText)
	return is.First
}

func post(s State, c Post, f Facts) ([]Event, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	switch {
	case !f.EmployeeKnown:
		return nil, domain.NewError(domain.NotFound, "unknown_employee", "emp", c.Emp)
	case !f.BankKnown:
		return nil, domain.NewError(domain.NotFound, "unknown_bank", "bank", c.Bank, "emp", c.Emp, "date", c.Date.String())
	case c.ActorID == c.Emp:
		return nil, domain.NewError(domain.Forbidden, "self_approval")
	case s.has(c.Post):
		return nil, domain.NewError(domain.Conflict, "posting_exists", "post", c.Post)
	}
	if c.Kind == Opening {
		if first, ok := s.opening(c.Bank); ok {
			return nil, domain.NewError(domain.Conflict, "bank_opened", "bank", c.Bank, "emp", c.Emp, "date", first.Date.String())
		}
	} else if c.Seconds < 0 {
		if c.Seen != s.Changes {
			return nil, domain.NewError(domain.Conflict, "bank_moved", "bank", c.Bank, "emp", c.Emp)
		}
		if c.Lowest+c.Seconds < c.Floor {
			return nil, domain.NewError(domain.Conflict, "bank_below_floor", "bank", c.Bank, "emp", c.Emp, "balance", c.Lowest.HM(),
				"amount", (-c.Seconds).HM(), "floor", c.Floor.HM())
		}
	}
	return []Event{BankPosted{
		Post: c.Post, Bank: c.Bank, Emp: c.Emp, Date: c.Date, Seconds: c.Seconds, Kind: c.Kind, Reason: c.Reason, Source: c.Source,
		Request: c.Request, ExpiresOn: c.ExpiresOn, Note: c.Note,
	}}, nil
}

func voidPosting(s State, c VoidPosting) ([]Event, error) {
	var is domain.Fields
	is.ID("post", c.Post)
	is.ID("emp", c.Emp)
	is.Code("reason", c.Reason)
	switch {
	case is.First != nil:
		return nil, is.First
	case c.ActorID == c.Emp:
		return nil, domain.NewError(domain.Forbidden, "self_approval")
	case !s.has(c.Post):
		return nil, domain.NewError(domain.NotFound, "unknown_posting", "post", c.Post)
	case s.voided(c.Post):
		return nil, nil
	}
	return []Event{BankPostingVoided{Post: c.Post, Emp: c.Emp, Reason: c.Reason}}, nil
}
