package httpapi

import (
	"context"
	"net/http"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/bank"
	"github.com/punchledger/punchledger/projections/banks"
)

// WhoseBanks is the input of a read of the banks of somebody on a date.
type WhoseBanks struct {
	Whose
	Past
	On Day `query:"on" doc:"Balances of this date; today when left out."`
}

// About implements input.
func (in *WhoseBanks) About(*Call) Subject {
	return Subject{Scope: OfOne, Emp: in.Emp, From: in.On.Date}
}

type banksOut struct {
	Seen
	Body struct {
		Items []banks.Account `json:"items"`
	}
}

type statementIn struct {
	WhoseBanks
	Bank string `path:"bank" maxLength:"64" doc:"Bank, as the rules name it."`
}

type statementOut struct {
	Seen
	Body banks.Account
}

type postIn struct {
	Whose
	Bank string `path:"bank" maxLength:"64" doc:"Bank, as the rules name it."`
	Body struct {
		Reason
		Kind      bank.Kind      `json:"kind" enum:"opening,grant,taken,payout,forfeit,correction"`
		Seconds   domain.Seconds `json:"seconds" doc:"Below zero for what takes away."`
		Date      domain.Date    `json:"date,omitzero" required:"false" doc:"Date that it counts for; today when left out."`
		ExpiresOn domain.Date    `json:"expires_on,omitzero" required:"false" doc:"Opening and grant: the last date on which it can be taken."`
		Request   string         `json:"request,omitempty" maxLength:"64" doc:"The request that it answers."`
		Note      string         `json:"note,omitempty" maxLength:"2000" doc:"Sealed before it is stored."`
	}
}

// About implements input.
func (in *postIn) About(*Call) Subject { return Subject{Scope: OfOne, Emp: in.Emp, From: in.Body.Date} }

type voidPostingIn struct {
	Whose
	Bank    string `path:"bank" maxLength:"64" doc:"Bank, as the rules name it."`
	Posting string `path:"posting" maxLength:"64" pattern:"^[a-zA-Z0-9_.-]+$" doc:"Id of the posting, as the statement shows it."`
	Body    struct{ Reason }
}

func (s *Server) bankRoutes() {
	const object = "bank"
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/employees/{emp}/banks", ID: "list-banks", Action: access.BankRead, Object: object,
		Summary: "Balances on a date, and what has expired.",
	},
		func(ctx context.Context, c *Call, in *WhoseBanks) (*banksOut, error) {
			out := &banksOut{}
			out.Body.Items = []banks.Account{}
			var err error
			out.Seen, err = c.accounts(ctx, in, func(a banks.Account) {
				a.Lines = nil
				out.Body.Items = append(out.Body.Items, a)
			})
			return out, err
		})
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/employees/{emp}/banks/{bank}", ID: "bank-statement", Action: access.BankRead, Object: object,
		Summary: "Every change of a bank, with the day or posting that it comes from.",
	}, statement)
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/banks/{bank}/postings", ID: "post-to-bank", Action: access.BankPost, Object: object,
		Summary: "Post an opening, grant, payout, forfeit, correction, or time taken.", Status: http.StatusCreated,
	}, postToBank)
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/banks/{bank}/postings/{posting}/void", ID: "void-posting", Action: access.BankPost,
		Object: object, Summary: "Take a posting back; it stays in the log.",
	},
		func(ctx context.Context, c *Call, in *voidPostingIn) (*Written, error) {
			return c.act(ctx, bank.VoidPosting{Emp: in.Emp, Post: in.Posting, Reason: in.Body.Reason.Reason, ActorID: c.Who.Principal}, "")
		})
}

// book reads accounts of a moment.
func (m *Moment) book() banks.Book {
	d := m.Directory
	return banks.Book{Rows: m.Reader, Posted: d.Bank, Rules: d.CompiledRules, Govern: d.GoverningRules}
}

// accounts reads the banks of somebody, as known at a position.
func (c *Call) accounts(ctx context.Context, in *WhoseBanks, yield func(banks.Account)) (at Seen, err error) {
	m, err := c.at(ctx, in.Past, in.Emp)
	if err != nil {
		return at, err
	}
	defer m.Close()
	if !m.Directory.Employee(in.Emp).Exists() {
		return at, domain.NewError(domain.NotFound, "unknown_employee", "emp", in.Emp)
	}
	on := in.On.Date
	if on == 0 {
		on = m.Today
	}
	all, err := m.book().Accounts(ctx, in.Emp, on)
	for _, a := range all {
		yield(a)
	}
	return Seen{m.Position}, err
}

func statement(ctx context.Context, c *Call, in *statementIn) (*statementOut, error) {
	out := &statementOut{}
	found := false
	var err error
	out.Seen, err = c.accounts(ctx, &in.WhoseBanks, func(a banks.Account) {
		if a.Bank == in.Bank {
			out.Body, found = a, true
		}
	})
	if err == nil && !found {
		err = domain.NewError(domain.NotFound, "unknown_bank", "bank", in.Bank, "emp", in.Emp, "date", c.Today.String())
	}
	return out, err
}

// postToBank says of what takes from a bank which balance it was weighed against, so that two at once do not overdraw together.
func postToBank(ctx context.Context, c *Call, in *postIn) (*Written, error) {
	b := in.Body
	if b.Date == 0 {
		b.Date = c.Today
	}
	id := c.NewID("b")[:16]
	p := bank.Post{
		Post: id, Bank: in.Bank, Emp: in.Emp, Date: b.Date, Seconds: b.Seconds, Kind: b.Kind, Reason: b.Reason.Reason, Source: "manual",
		Request: b.Request, ExpiresOn: b.ExpiresOn, Note: domain.NewSecret(domain.ClassText, b.Note), ActorID: c.Who.Principal,
	}
	if p.Seconds < 0 && p.Kind != bank.Opening {
		m, err := c.at(ctx, Past{}, in.Emp)
		if err != nil {
			return nil, err
		}
		defer m.Close()
		a, err := m.book().Account(ctx, in.Emp, in.Bank, b.Date)
		if err != nil {
			return nil, err
		}
		p.Seen, p.Lowest, p.Floor = a.Seen(), a.Lowest(), a.Floor
	}
	return c.act(ctx, p, id)
}
