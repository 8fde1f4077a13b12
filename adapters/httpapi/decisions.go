package httpapi

import (
	"context"
	"errors"
	"net/http"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// Ruling is what an approver says.
type Ruling struct {
	Verdict request.Verdict `json:"verdict" enum:"approve,reject,return"`
	Step    int             `json:"step,omitempty" minimum:"0" maximum:"100" doc:"Which step is meant, so that a decision never falls on a later one; the current one when left out."`
	Reason  string          `json:"reason,omitempty" maxLength:"64" doc:"Reason code; asked for unless it is an approval."`
	Comment string          `json:"comment,omitempty" maxLength:"2000" doc:"Sealed before it is stored."`
}

func (v Ruling) command(c *Call, ref request.Ref) request.DecideStep {
	return request.DecideStep{
		Ref: ref, Step: v.Step, Verdict: v.Verdict, Reason: v.Reason, Comment: domain.NewSecret(domain.ClassText, v.Comment),
		By: c.Who.Principal, Now: c.Now,
	}
}

type decideIn struct {
	WhoseRequest
	Dry
	Body struct{ Ruling }
}

type revokeIn struct {
	WhoseRequest
	Dry
	Body struct{ Reason }
}

type reassignIn struct {
	WhoseRequest
	Dry
	Body struct {
		Reason
		To string `json:"to" maxLength:"64" doc:"Who decides from now on."`
	}
}

// Several names requests of many people.
type Several struct {
	Requests []string `json:"requests" minItems:"1" maxItems:"500" doc:"Ids."`
}

type decideAllIn struct {
	EachRow
	Dry
	Body struct {
		Several
		Ruling
	}
}

type reassignAllIn struct {
	EachRow
	Dry
	Body struct {
		Reason
		Approver string `json:"approver" maxLength:"64" doc:"Whose open steps."`
		To       string `json:"to" maxLength:"64" doc:"Who decides from now on."`

		PunchesUntil domain.Date `json:"punches_until,omitzero" required:"false" doc:"The approver's held punches and anomalies too, up to this date: to becomes deputy for them."`
	}
}

type outcomesOut struct {
	Body struct {
		Items   []RequestOutcome `json:"items"`
		Refused int              `json:"refused" doc:"How many; what is refused does not keep the others from being done."`
	}
}

// decideRoutes are for those whose turn it is, and for HR.
func (s *Server) decideRoutes() {
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/requests/{request}/decide", ID: "decide-request", Action: access.RequestDecide,
		Object: "decision", Summary: "Approve, reject or return a request.",
	},
		func(ctx context.Context, c *Call, in *decideIn) (*outcomeOut, error) { return in.decide(ctx, c) })
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/requests/{request}/sign", ID: "sign-request", Action: access.RequestFile,
		Object: "request", Summary: "Sign, or refuse to sign, what others filed for oneself.",
	},
		func(ctx context.Context, c *Call, in *decideIn) (*outcomeOut, error) { return in.decide(ctx, c) })
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/requests/decide", ID: "decide-requests", Action: access.RequestDecide, Object: "decision",
		Summary: "Decide many requests, each for itself.",
	}, decideAll)
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/requests/{request}/revoke", ID: "revoke-request", Action: access.RequestRevoke,
		Object: "revocation", Summary: "End an approval and take back what it did.",
	},
		func(ctx context.Context, c *Call, in *revokeIn) (*outcomeOut, error) {
			m, err := in.mark(c)
			if err != nil {
				return nil, err
			}
			return outcomeOf(c.step(ctx, m.Request, in.Emp, in.DryRun, request.RevokeRequest{
				Ref: m.Ref, Reason: in.Body.Reason.Reason, By: c.Who.Principal,
			}))
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/requests/{request}/reassign", ID: "reassign-request", Action: access.RequestReassign,
		Object: "reassignment", Summary: "Give the open step to another approver.",
	},
		func(ctx context.Context, c *Call, in *reassignIn) (*outcomeOut, error) {
			m, err := in.mark(c)
			if err != nil {
				return nil, err
			}
			return outcomeOf(c.step(ctx, m.Request, in.Emp, in.DryRun, request.ReassignStep{
				Ref: m.Ref, To: in.Body.To, Reason: in.Body.Reason.Reason, By: c.Who.Principal, Now: c.Now,
			}))
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/requests/reassign", ID: "reassign-requests", Action: access.RequestReassign, Object: "reassignment",
		Summary: "Give all open steps of an approver to another.",
	}, reassignAll)
}

func (in *decideIn) decide(ctx context.Context, c *Call) (*outcomeOut, error) {
	m, err := in.mark(c)
	if err != nil {
		return nil, err
	}
	return outcomeOf(c.step(ctx, m.Request, in.Emp, in.DryRun, in.Body.command(c, m.Ref)))
}

func decideAll(ctx context.Context, c *Call, in *decideAllIn) (*outcomesOut, error) {
	var marks []ledger.RequestMark
	for _, id := range in.Body.Requests {
		m, ok := c.Directory().RequestMark(id)
		if !ok {
			m.Request = id // it is refused as one that may not be seen
		}
		marks = append(marks, m)
	}
	return c.each(ctx, marks, in.DryRun, func(ref request.Ref) ledger.Command { return in.Body.command(c, ref) })
}

func reassignAll(ctx context.Context, c *Call, in *reassignAllIn) (*outcomesOut, error) {
	if until := in.Body.PunchesUntil; until != 0 && !in.DryRun {
		if err := c.ask(access.DelegationSet, Subject{Scope: OfOne, Emp: in.Body.Approver, From: c.Today}); err != nil {
			return nil, err
		}
		_, err := c.act(ctx, people.SetDelegation{
			Emp: in.Body.Approver, Delegation: c.NewID("d"), Delegate: in.Body.To, Kinds: []string{people.DelegatePunches}, From: c.Today, To: until,
			Reason: in.Body.Reason.Reason, ActorID: c.Who.Principal,
		}, "")
		if err != nil {
			return nil, err
		}
	}
	var marks []ledger.RequestMark
	for _, r := range c.Directory().Pending() {
		m, ok := c.Directory().RequestMark(r.ID)
		if ok && r.Status == request.StatusOpen && r.Turn.Approver == in.Body.Approver && c.ask(c.route.Action, subjectOf(m)) == nil {
			marks = append(marks, m)
		}
	}
	return c.each(ctx, marks, in.DryRun, func(ref request.Ref) ledger.Command {
		return request.ReassignStep{Ref: ref, To: in.Body.To, Reason: in.Body.Reason.Reason, By: c.Who.Principal, Now: c.Now}
	})
}

// each carries out a command for each request that one may do it to. What is refused is told beside what was done.
func (c *Call) each(
	ctx context.Context, marks []ledger.RequestMark, dry bool, command func(request.Ref) ledger.Command,
) (*outcomesOut, error) {
	out := &outcomesOut{}
	out.Body.Items = []RequestOutcome{}
	for _, m := range marks {
		one, err := RequestOutcome{Request: m.Request}, errNotAuthorised()
		if m.Emp != "" {
			if err = c.ask(c.route.Action, subjectOf(m)); err == nil {
				one, err = c.step(ctx, m.Request, m.Emp, dry, command(m.Ref))
			}
		}
		if err != nil {
			refused := c.refusal(err)
			if refused == nil {
				return nil, err
			}
			one.Code, one.Problem = refused.Code, c.Text.Error(refused).What
			out.Body.Refused++
		}
		out.Body.Items = append(out.Body.Items, one)
	}
	return out, nil
}

// refusal is an error that says no to one of many; nil where the whole request has failed.
func (c *Call) refusal(err error) *domain.Error {
	if e, ok := errors.AsType[*domain.Error](err); ok {
		return e
	}
	return nil
}
