package httpapi

import (
	"context"
	"net/http"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/evidence"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// Wish is what somebody asks for. Which fields count depends on the kind.
type Wish struct {
	Date     domain.Date    `json:"date,omitzero" required:"false" doc:"At the place of work; taken from the times when left out."`
	From     string         `json:"from,omitempty" maxLength:"40" example:"2026-10-08T18:00" doc:"Leave, trip, outing, overtime, remote, field: start at the place of work."`
	To       string         `json:"to,omitempty" maxLength:"40" doc:"End."`
	TZ       string         `json:"tz,omitempty" maxLength:"64" doc:"Trip: the zone of the place."`
	Type     string         `json:"type,omitempty" maxLength:"64" doc:"Leave: its type in the rules."`
	Settle   request.Settle `json:"settle,omitempty" enum:"pay,toil" doc:"Overtime."`
	At       string         `json:"at,omitempty" maxLength:"40" doc:"Correction: when the punch was made in truth."`
	Dir      string         `json:"dir,omitempty" enum:"in,out,auto,break_out,break_in" doc:"Correction."`
	Punch    string         `json:"punch,omitempty" maxLength:"64" doc:"Correction: the recorded punch that is wrong; with at its time, with dir its direction, alone that it was not meant."`
	Key      string         `json:"key,omitempty" maxLength:"128" doc:"Correction: explain this anomaly and change no punch."`
	Rest     domain.Date    `json:"rest,omitzero" required:"false" doc:"Swap: the working day that is off for the day off."`
	Prior    bool           `json:"prior,omitempty" doc:"Swap: agreed before both days."`
	Reason   string         `json:"reason" pattern:"^[a-z0-9_.-]{1,64}$" example:"forgotten" doc:"Reason code."`
	Text     string         `json:"text,omitempty" maxLength:"2000" doc:"Sealed before it is stored."`
	Evidence []string       `json:"evidence,omitempty" maxItems:"20" doc:"References of what was handed in."`
}

// date is the date that a wish is about; today where it names none, which the handler says.
func (b *Wish) date(c *Call, emp string) domain.Date {
	switch {
	case b.Date != 0:
		return b.Date
	case b.From != "":
		return c.dateOf(emp, b.From)
	case b.At != "":
		return c.dateOf(emp, b.At)
	}
	return c.Today
}

// wish reads a body. Evidence must be the employee's own.
func (b *Wish) wish(ctx context.Context, c *Call, kind request.Kind, emp string) (request.Wish, error) {
	w := request.Wish{Text: domain.NewSecret(domain.ClassText, b.Text), Approval: request.Approval{
		Kind: kind, Type: b.Type, Settle: b.Settle, ReasonCode: b.Reason,
	}}
	t := &w.Target
	t.TZ, t.Dir, t.Punch, t.Key, t.Rest, t.Prior = b.TZ, b.Dir, b.Punch, b.Key, b.Rest, b.Prior
	if kind == request.Correction {
		w.Change = request.ChangeOf(b.Key, b.Punch, b.At, b.Dir)
	}
	for _, x := range []struct {
		name, text string
		to         *domain.Instant
	}{{"from", b.From, &t.From}, {"to", b.To, &t.To}, {"at", b.At, &t.At}} {
		if x.text == "" {
			continue
		}
		at, err := c.Directory().LocalTime(emp, b.TZ, x.name, x.text)
		if err != nil {
			return w, err
		}
		*x.to = at
	}
	if b.Date != 0 || t.From != 0 || t.At != 0 {
		t.Date = b.date(c, emp)
	}
	for _, reference := range b.Evidence {
		e, err := c.attachment(ctx, emp, reference)
		if err != nil {
			return w, err
		}
		w.Evidence = append(w.Evidence, e)
	}
	return w, nil
}

// attachment makes of a reference what a request names.
func (c *Call) attachment(ctx context.Context, emp, reference string) (request.Evidence, error) {
	r, err := evidence.ParseReference(reference)
	if err == nil && r.Emp != emp {
		err = domain.NewError(domain.NotFound, "unknown_evidence", "evidence", reference)
	}
	if err != nil {
		return request.Evidence{}, err
	}
	a, err := c.s.o.Evidence.Attach(ctx, reference)
	return request.Evidence(a), err
}

// Dry asks what would come of an act.
type Dry struct {
	DryRun bool `query:"dry_run" doc:"Say what would come of it, and write nothing."`
}

// RequestOutcome is what became of one request: where it stands and what was written, or why it was refused.
type RequestOutcome struct {
	Request string `json:"request"`
	DryRun  bool   `json:"dry_run,omitempty"`
	request.Progress
	Code    string   `json:"code,omitempty" doc:"Of the refusal, where several were asked for."`
	Problem string   `json:"problem,omitempty"`
	Receipt *Receipt `json:"receipt,omitempty"`
}

type outcomeOut struct {
	Body RequestOutcome
}

// step carries out one command about a request. Its id is made of the request's, so that the order of several does not matter.
func (c *Call) step(ctx context.Context, id, emp string, dry bool, cmd ledger.Command) (RequestOutcome, error) {
	out := RequestOutcome{Request: id, DryRun: dry}
	r, err := c.carryOut(ctx, ledger.Request{
		ID: c.derive("command/" + cmd.Stream() + "/" + id), Command: cmd, Actor: c.actorFor(emp), DryRun: dry,
	})
	if err != nil {
		return out, err
	}
	for _, e := range r.Events {
		out.Progress = out.After(e.Event)
	}
	if !dry {
		out.Receipt = &written(r, id).Body
	}
	return out, nil
}

// actorFor is who acts, and for whom where somebody files for another.
func (c *Call) actorFor(emp string) domain.Actor {
	a := c.Actor()
	if a.ID != emp && c.route.Action == access.RequestFile {
		a.OnBehalfOf = emp
	}
	return a
}

func outcomeOf(out RequestOutcome, err error) (*outcomeOut, error) {
	if err != nil {
		return nil, err
	}
	return &outcomeOut{Body: out}, nil
}

type submitIn struct {
	Whose
	Dry
	Body struct {
		Kind request.Kind `json:"kind" enum:"correction,leave,trip,outing,overtime,remote,field,swap"`
		Wish
	}
}

// About implements input.
func (in *submitIn) About(c *Call) Subject {
	if c == nil {
		return Subject{Scope: OfOne}
	}
	return Subject{Scope: OfOne, Emp: in.Emp, From: in.Body.date(c, in.Emp), Kind: string(in.Body.Kind)}
}

// WhoseRequest is the input of an act about a request, on its date.
type WhoseRequest struct {
	Whose
	Request string `path:"request" maxLength:"64" pattern:"^[a-zA-Z0-9_.-]+$" doc:"Id of the request."`
}

// About implements input. A request on whose date one may not act is as one that is not there, so that nobody learns which there are.
func (in *WhoseRequest) About(c *Call) Subject {
	if c != nil {
		if mark, err := in.mark(c); err == nil {
			return subjectOf(mark)
		}
	}
	return Subject{Scope: OfOne, Emp: in.Emp}
}

func subjectOf(m ledger.RequestMark) Subject {
	return Subject{Scope: OfOne, Emp: m.Emp, From: m.Date, Kind: string(m.Kind), Request: m.Request}
}

// mark finds the request; one of somebody else, or of a date on which one may not act, is unknown here.
func (in *WhoseRequest) mark(c *Call) (ledger.RequestMark, error) {
	m, ok := c.Directory().RequestMark(in.Request)
	if !ok || m.Emp != in.Emp || c.ask(c.route.Action, subjectOf(m)) != nil {
		return m, domain.NewError(domain.NotFound, "unknown_request", "request", in.Request)
	}
	return m, nil
}

type resubmitIn struct {
	WhoseRequest
	Dry
	Body struct{ Wish }
}

type attachIn struct {
	WhoseRequest
	Body struct {
		Evidence string `json:"evidence" maxLength:"96" doc:"Reference of what was handed in."`
	}
}

type withdrawIn struct {
	WhoseRequest
	Dry
}

// requestRoutes are for who asks, or files for another.
func (s *Server) requestRoutes() {
	const object = "request"
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/requests", ID: "submit-request", Action: access.RequestFile, Object: object,
		Summary: "Ask for a correction, leave, a trip, overtime and so on.", Status: http.StatusCreated,
	}, submitRequest)
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/requests/{request}/resubmit", ID: "resubmit-request", Action: access.RequestFile,
		Object: object, Summary: "Answer a return: the wish as it is now.",
	}, resubmitRequest)
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/requests/{request}/attach", ID: "attach-evidence", Action: access.RequestFile,
		Object: object, Summary: "Add a file to an open request.",
	}, attachEvidence)
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/requests/{request}/withdraw", ID: "withdraw-request", Action: access.RequestFile,
		Object: object, Summary: "Take a request back before it is approved.",
	},
		func(ctx context.Context, c *Call, in *withdrawIn) (*outcomeOut, error) {
			m, err := in.mark(c)
			if err != nil {
				return nil, err
			}
			return outcomeOf(c.step(ctx, m.Request, in.Emp, in.DryRun, request.WithdrawRequest{Ref: m.Ref, By: c.Who.Principal}))
		})
}

func submitRequest(ctx context.Context, c *Call, in *submitIn) (*outcomeOut, error) {
	wish, err := in.Body.wish(ctx, c, in.Body.Kind, in.Emp)
	if err != nil {
		return nil, err
	}
	id := c.NewID("q")
	return outcomeOf(c.step(ctx, id, in.Emp, in.DryRun, request.SubmitRequest{
		Request: id, Emp: in.Emp, Wish: wish, By: c.Who.Principal, Now: c.Now,
	}))
}

func resubmitRequest(ctx context.Context, c *Call, in *resubmitIn) (*outcomeOut, error) {
	m, err := in.mark(c)
	if err != nil {
		return nil, err
	}
	wish, err := in.Body.wish(ctx, c, m.Kind, in.Emp)
	if err != nil {
		return nil, err
	}
	return outcomeOf(c.step(ctx, m.Request, in.Emp, in.DryRun, request.ResubmitRequest{
		Ref: m.Ref, Wish: wish, By: c.Who.Principal, Now: c.Now,
	}))
}

func attachEvidence(ctx context.Context, c *Call, in *attachIn) (*outcomeOut, error) {
	m, err := in.mark(c)
	if err != nil {
		return nil, err
	}
	e, err := c.attachment(ctx, in.Emp, in.Body.Evidence)
	if err != nil {
		return nil, err
	}
	return outcomeOf(c.step(ctx, m.Request, in.Emp, false, request.AttachEvidence{Ref: m.Ref, Evidence: e, By: c.Who.Principal}))
}

// sorted returns ids in their order.
func sorted(ids []string) []string { return slices.Sorted(slices.Values(ids)) }
