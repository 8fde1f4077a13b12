package inbox

import (
	"context"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/request"
)

// Filed is a request with where it stands.
type Filed struct {
	Request     string         `json:"request"`
	Employee    string         `json:"emp"`
	Kind        string         `json:"kind"`
	Change      string         `json:"change,omitempty"`
	Type        string         `json:"type,omitempty"`
	Date        domain.Date    `json:"date"`
	From        domain.Instant `json:"from,omitzero"`
	To          domain.Instant `json:"to,omitzero"`
	Dir         string         `json:"dir,omitempty"`
	At          domain.Instant `json:"at,omitzero"`
	Punch       string         `json:"punch,omitempty"`
	Cycle       string         `json:"cycle,omitempty"`
	Nth         int            `json:"nth,omitempty"`
	Flags       []string       `json:"flags,omitempty"`
	Status      string         `json:"status"`
	SubmittedAt domain.Instant `json:"submitted_at,omitzero"`
	Problem     string         `json:"problem,omitempty"` // why it could not be carried out
}

// Uses reports whether the request uses the quota of its cycle: an explanation is free, and what came to nothing is given back.
func (f *Filed) Uses() bool {
	switch request.Status(f.Status) {
	case request.StatusRejected, request.StatusWithdrawn, request.StatusExpired:
		return false
	case request.StatusOpen, request.StatusReturned, request.StatusApproved, request.StatusApplied, request.StatusRevoked:
	}
	return f.Nth > 0 && f.Change != string(request.Explain)
}

// Pending reports whether somebody still has to do something about the request.
func (f *Filed) Pending() bool { return request.Status(f.Status).Pending() }

// Touches reports whether the request is about a date of [from, to].
func (f *Filed) Touches(from, to domain.Date) bool {
	first, last := f.Date, f.Date
	if f.From != 0 {
		first, last = min(first, domain.DateOfUnix(f.From.Seconds())), max(last, domain.DateOfUnix(f.To.Seconds()))
	}
	return first <= to && last >= from
}

// FiledTx keeps requests by employee and id.
type FiledTx interface {
	Request(ctx context.Context, employee, id string) (Filed, bool, error)
	PutRequest(ctx context.Context, f Filed) error
}

// FiledReader reads requests in the order of employees and ids; an empty employee selects all.
type FiledReader interface {
	Requests(ctx context.Context, employee string, yield func(Filed) error) error
}

// file follows the status of requests.
func (b *buffer) file(ctx context.Context, e request.Event) error {
	switch e := e.(type) {
	case request.RequestSubmitted:
		f := Filed{
			Request: e.Request, Employee: e.Emp, Cycle: e.Cycle, Nth: e.Nth, Flags: e.Flags, SubmittedAt: e.At, Status: string(request.StatusOpen),
		}
		f.asks(e.Approval)
		b.putFiled(f)
	case request.RequestResubmitted:
		return b.refile(ctx, e.Emp, e.Request, func(f *Filed) {
			f.asks(e.Approval)
			f.Status = string(request.StatusOpen)
		})
	case request.RequestReturned:
		return b.status(ctx, e.Emp, e.Request, request.StatusReturned)
	case request.RequestApproved:
		return b.status(ctx, e.Emp, e.Request, request.StatusApproved)
	case request.RequestRejected:
		return b.status(ctx, e.Emp, e.Request, request.StatusRejected)
	case request.RequestWithdrawn:
		return b.status(ctx, e.Emp, e.Request, request.StatusWithdrawn)
	case request.RequestExpired:
		return b.status(ctx, e.Emp, e.Request, request.StatusExpired)
	case request.RequestRevoked:
		return b.status(ctx, e.Emp, e.Request, request.StatusRevoked)
	case request.RequestApplied:
		return b.refile(ctx, e.Emp, e.Request, func(f *Filed) { f.Status, f.Problem = string(request.StatusApplied), e.Problem })
	case request.ExternalDecisionRecorded:
		b.putFiled(Filed{
			Request: e.Request, Employee: e.Emp, Kind: string(e.Kind), Type: e.Type, Date: e.Target.Date, From: e.Target.From, To: e.Target.To,
			Dir: e.Target.Dir, Punch: e.Target.Punch, Status: string(e.Outcome),
		})
	case request.StepDecided, request.RequestEscalated, request.RequestReassigned, request.EvidenceAttached: // it stands where it stood
	}
	return nil
}

func (f *Filed) asks(a request.Approval) {
	f.Kind, f.Change, f.Type, f.Date, f.From, f.To = string(a.Kind), string(a.Change), a.Type, a.Target.Date, a.Target.From, a.Target.To
	f.Dir, f.At, f.Punch = a.Target.Dir, a.Target.At, a.Target.Punch
}

func (b *buffer) putFiled(f Filed) {
	key := [2]string{f.Employee, f.Request}
	if _, ok := b.filed[key]; !ok {
		b.files = append(b.files, key)
	}
	b.filed[key] = f
}

func (b *buffer) status(ctx context.Context, emp, id string, s request.Status) error {
	return b.refile(ctx, emp, id, func(f *Filed) { f.Status = string(s) })
}

func (b *buffer) refile(ctx context.Context, emp, id string, change func(*Filed)) error {
	f, ok := b.filed[[2]string{emp, id}]
	if !ok {
		var err error
		if f, ok, err = b.tx.Request(ctx, emp, id); !ok || err != nil {
			return err
		}
	}
	change(&f)
	b.putFiled(f)
	return nil
}
