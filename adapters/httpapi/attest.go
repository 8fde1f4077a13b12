package httpapi

import (
	"context"
	"net/http"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
)

// WhoseAnomaly is the input of an act on an anomaly of a day. Deputies for punches may do it.
type WhoseAnomaly struct{ WhoseDay }

// About implements input.
func (in *WhoseAnomaly) About(*Call) Subject {
	return Subject{Scope: OfOne, Emp: in.Emp, From: in.Date.Date, Kind: people.DelegatePunches}
}

type acknowledgeIn struct {
	WhoseAnomaly
	Body struct {
		Key string `json:"key" minLength:"1" maxLength:"160" doc:"Of the anomaly: its id, and after a colon of, where it has one."`
	}
}

type waiveIn struct {
	WhoseAnomaly
	Body struct {
		Reason
		Key   string      `json:"key" minLength:"1" maxLength:"160" doc:"Of the anomaly: its id, and after a colon of, where it has one."`
		Until domain.Date `json:"until,omitzero" required:"false" doc:"First date on which it counts again; for good when left out."`
	}
}

type attestIn struct {
	WhoseDay
	Body struct {
		Statement  timecard.Statement `json:"statement" enum:"agree,dispute"`
		ResultHash string             `json:"result_hash" minLength:"64" maxLength:"64" doc:"Of the day, as one saw it."`
		Note       string             `json:"note,omitempty" maxLength:"2000" doc:"Sealed before it is stored."`
	}
}

// dayActRoutes are what people say about days.
func (s *Server) dayActRoutes() {
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/days/{date}/acknowledge", ID: "acknowledge-anomaly", Action: access.AnomalyEdit,
		Object: "anomaly", Summary: "Say that an anomaly was seen; it stays what it is.",
	},
		func(ctx context.Context, c *Call, in *acknowledgeIn) (*Written, error) {
			if err := c.there(ctx, in.Emp, in.Date.Date, in.Body.Key); err != nil {
				return nil, err
			}
			return c.act(ctx, timecard.AcknowledgeAnomaly{Emp: in.Emp, Date: in.Date.Date, Key: in.Body.Key, ActorID: c.Who.Principal}, "")
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/days/{date}/waive", ID: "waive-anomaly", Action: access.AnomalyEdit,
		Object: "anomaly", Summary: "Close an anomaly by decision.",
	},
		func(ctx context.Context, c *Call, in *waiveIn) (*Written, error) {
			if err := c.there(ctx, in.Emp, in.Date.Date, in.Body.Key); err != nil {
				return nil, err
			}
			return c.act(ctx, timecard.WaiveAnomaly{
				Emp: in.Emp, Date: in.Date.Date, Key: in.Body.Key, Reason: in.Body.Reason.Reason, Until: in.Body.Until, ActorID: c.Who.Principal,
			}, "")
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/days/{date}/attest", ID: "attest-day", Action: access.DayAttest, Object: "attestation",
		Summary: "Agree with the result of one's own day, or dispute it.",
	}, attestDay)
}

// there refuses an anomaly that the views do not show: it has gone meanwhile, or never was.
func (c *Call) there(ctx context.Context, emp string, on domain.Date, key string) error {
	m, err := c.at(ctx, Past{}, emp)
	if err != nil {
		return err
	}
	defer m.Close()
	found := false
	err = m.Anomalies(ctx, anomaly.Query{Employee: emp, From: on, To: on}, func(a anomaly.Row) error {
		found = found || a.Key() == key
		return nil
	})
	if err == nil && !found {
		err = domain.NewError(domain.Conflict, "no_such_anomaly", "date", on.String(), "key", key)
	}
	return err
}

// attestDay takes a word on the result that the views show, and on no other.
func attestDay(ctx context.Context, c *Call, in *attestIn) (*Written, error) {
	m, err := c.at(ctx, Past{}, in.Emp)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	current := ""
	err = m.Days(ctx, daily.Query{Employee: in.Emp, From: in.Date.Date, To: in.Date.Date}, func(d daily.Row) error {
		current = d.ResultHash
		return nil
	})
	if err != nil {
		return nil, err
	}
	if current != in.Body.ResultHash {
		return nil, domain.NewError(domain.Conflict, "stale_result", "date", in.Date.Date.String())
	}
	return c.act(ctx, timecard.AttestDay{
		Emp: in.Emp, Date: in.Date.Date, ResultHash: in.Body.ResultHash, Statement: in.Body.Statement,
		Note: domain.NewSecret(domain.ClassText, in.Body.Note), ActorID: c.Who.Principal,
	}, "")
}
