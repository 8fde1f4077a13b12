package httpapi

import (
	"context"
	"net/http"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/zone"
)

// Reason is why somebody changes by hand what was recorded.
type Reason struct {
	Reason string `json:"reason" pattern:"^[a-z0-9_.-]{1,64}$" example:"forgotten" doc:"Reason code."`
}

func (r Reason) grounds() timecard.Grounds { return timecard.Grounds{ReasonCode: r.Reason} }

type addPunchIn struct {
	Whose
	Body struct {
		Reason
		At   string             `json:"at" maxLength:"40" example:"2026-10-08T18:05" doc:"Time at the place of work, or with an offset."`
		Dir  timecard.Direction `json:"dir" enum:"in,out,auto,break_out,break_in"`
		Note string             `json:"note,omitempty" maxLength:"2000" doc:"Sealed before it is stored."`
	}
}

// About implements input.
func (in *addPunchIn) About(c *Call) Subject {
	if c == nil {
		return Subject{Scope: OfOne}
	}
	return Subject{Scope: OfOne, Emp: in.Emp, From: c.dateOf(in.Emp, in.Body.At)}
}

// dateOf is the date of a time at an employee's place of work; today where it is none, which the handler says.
func (c *Call) dateOf(emp, at string) domain.Date {
	d := c.Directory()
	instant, err := d.LocalTime(emp, "", "at", at)
	if err != nil {
		return c.Today
	}
	z, err := zone.Embedded().Zone(d.Zone(emp, instant))
	if err != nil {
		return c.Today
	}
	return z.DateOf(instant.Seconds())
}

// Punch is a punch of somebody in a path.
type Punch struct {
	Punch string `path:"punch" maxLength:"64" pattern:"^[a-zA-Z0-9_.-]+$" doc:"Id of the punch, as why shows it."`
}

type voidPunchIn struct {
	Whose
	Punch
	Body struct{ Reason }
}

type retimePunchIn struct {
	Whose
	Punch
	Body struct {
		Reason
		At string `json:"at" maxLength:"40" doc:"When it was, at the place of work or with an offset."`
	}
}

type redirectPunchIn struct {
	Whose
	Punch
	Body struct {
		Reason
		Dir timecard.Direction `json:"dir" enum:"in,out,auto,break_out,break_in"`
	}
}

// punchRoutes change punches by hand. What was recorded stays beside what was changed.
func (s *Server) punchRoutes() {
	const object = "punch"
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/punches", ID: "add-punch", Action: access.PunchEnter, Object: object,
		Summary: "Enter a punch that no device recorded.", Status: http.StatusCreated, MaxBody: MaxPunchBody,
	}, addPunch)
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/punches/{punch}/void", ID: "void-punch", Action: access.PunchEnter,
		Object: object, Summary: "Take a punch out of the count.", MaxBody: MaxPunchBody,
	},
		func(ctx context.Context, c *Call, in *voidPunchIn) (*Written, error) {
			card, err := c.s.o.Ledger.CardOf(ctx, in.Emp, in.Punch.Punch)
			if err != nil {
				return nil, err
			}
			return c.act(ctx, timecard.VoidPunch{Card: card, Punch: in.Punch.Punch, Grounds: in.Body.grounds(), ActorID: c.Who.Principal}, "")
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/punches/{punch}/retime", ID: "retime-punch", Action: access.PunchEnter,
		Object: object, Summary: "Move a punch.", MaxBody: MaxPunchBody,
	},
		func(ctx context.Context, c *Call, in *retimePunchIn) (*Written, error) {
			card, err := c.s.o.Ledger.CardOf(ctx, in.Emp, in.Punch.Punch)
			if err != nil {
				return nil, err
			}
			at, err := c.Directory().LocalTime(in.Emp, "", "at", in.Body.At)
			if err != nil {
				return nil, err
			}
			return c.act(ctx, timecard.RetimePunch{
				Card: card, Punch: in.Punch.Punch, EffectiveAt: at, Grounds: in.Body.grounds(), ActorID: c.Who.Principal,
			}, "")
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/punches/{punch}/redirect", ID: "redirect-punch",
		Action: access.PunchEnter, Object: object, Summary: "Correct the direction of a punch.", MaxBody: MaxPunchBody,
	},
		func(ctx context.Context, c *Call, in *redirectPunchIn) (*Written, error) {
			card, err := c.s.o.Ledger.CardOf(ctx, in.Emp, in.Punch.Punch)
			if err != nil {
				return nil, err
			}
			return c.act(ctx, timecard.RedirectPunch{
				Card: card, Punch: in.Punch.Punch, Dir: in.Body.Dir, Grounds: in.Body.grounds(), ActorID: c.Who.Principal,
			}, "")
		})
}

func addPunch(ctx context.Context, c *Call, in *addPunchIn) (*Written, error) {
	b := in.Body
	at, err := c.Directory().LocalTime(in.Emp, "", "at", b.At)
	if err != nil {
		return nil, err
	}
	punch := c.NewID("m")
	return c.act(ctx, timecard.AddPunch{
		Emp: in.Emp, Punch: punch, EffectiveAt: at, Dir: b.Dir, Grounds: b.grounds(), Note: domain.NewSecret(domain.ClassText, b.Note),
		ActorID: c.Who.Principal, Now: c.Now,
	}, punch)
}

type approvalIn struct {
	Whose
	Body struct {
		Kind       request.Kind   `json:"kind" enum:"overtime,leave,trip,outing,remote,field"`
		From       string         `json:"from" maxLength:"40" example:"2026-10-08T18:00" doc:"At the place of work, of a trip in its zone."`
		To         string         `json:"to" maxLength:"40" example:"2026-10-08T20:00"`
		Zone       string         `json:"zone,omitempty" maxLength:"64" doc:"Trip: the zone of the place."`
		Type       string         `json:"type,omitempty" maxLength:"64" doc:"Leave: its type in the rules."`
		Settle     request.Settle `json:"settle,omitempty" enum:"pay,toil" doc:"Overtime."`
		System     string         `json:"system" minLength:"1" maxLength:"64" doc:"Where it was decided."`
		ExternalID string         `json:"external_id,omitempty" maxLength:"128" doc:"Its id there; made up when left out."`
		DecidedBy  string         `json:"decided_by,omitempty" maxLength:"64" doc:"Who decided; who asks when left out."`
		Note       string         `json:"note,omitempty" maxLength:"2000" doc:"Sealed before it is stored."`
	}
}

// About implements input.
func (in *approvalIn) About(c *Call) Subject {
	if c == nil {
		return Subject{Scope: OfOne}
	}
	return Subject{Scope: OfOne, Emp: in.Emp, From: c.dateOf(in.Emp, in.Body.From)}
}

func (s *Server) approvalRoutes() {
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/approvals", ID: "record-approval", Action: access.RequestRecord,
		Object: "approval", Summary: "Record an approval of another system.", Status: http.StatusCreated,
	}, recordApproval)
}

func recordApproval(ctx context.Context, c *Call, in *approvalIn) (*Written, error) {
	b, d := in.Body, c.Directory()
	from, err := d.LocalTime(in.Emp, b.Zone, "from", b.From)
	if err != nil {
		return nil, err
	}
	to, err := d.LocalTime(in.Emp, b.Zone, "to", b.To)
	if err != nil {
		return nil, err
	}
	id := c.NewID("r")
	if b.ExternalID == "" {
		b.ExternalID = id
	}
	if b.DecidedBy == "" {
		b.DecidedBy = c.Who.Principal
	}
	return c.act(ctx, request.RecordExternalDecision{
		Request: id, Emp: in.Emp, System: b.System, ExternalID: b.ExternalID, Kind: b.Kind,
		Target: request.Target{Date: c.dateOf(in.Emp, b.From), From: from, To: to, TZ: b.Zone}, Type: b.Type, Settle: b.Settle,
		Outcome: request.Approved, DecidedBy: b.DecidedBy, DecidedAt: c.Now, Text: domain.NewSecret(domain.ClassText, b.Note),
	}, id)
}
