package httpapi

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/daily"
	"github.com/punchledger/punchledger/projections/payroll"
)

// ViewIn asks for rows of a view over everybody that one may see.
type ViewIn struct {
	EachRow
	Past
	Page
	Dates
	Emp string `query:"emp" maxLength:"64" pattern:"^[a-z0-9_.]*$" doc:"Only this employee."`
}

// errFull ends the reading of a view when a page is full.
var errFull = errors.New("the page is full")

// ofView reads a page of a view, employee after employee, and of each only the dates that one may see. A page ends with a whole
// day, so it can be longer than asked for by the rows of one day, and its cursor is an employee and a date. of tells a row's date.
func ofView[T any](
	ctx context.Context, c *Call, in *ViewIn, read func(m *Moment, emp string, from, to domain.Date, yield func(T) error) error,
	of func(T) domain.Date,
) (*Listed[T], error) {
	first, to := in.Window(c.Today)
	if to-first >= MaxDates {
		return nil, domain.NewError(domain.Invalid, "invalid_value", "field", "from", "value", first.String(), "problem", "too_many_dates")
	}
	m, err := c.at(ctx, in.Past, in.Emp)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	out := &Listed[T]{Seen: Seen{m.Position}, Body: List[T]{Items: []T{}}}
	var lastEmp string
	var lastDate domain.Date
	for _, emp := range from(employees(m.Directory.IDs("employee"), in.Emp), in.part(0)) {
		begin := first
		if done, err := domain.ParseDate(in.part(1)); err == nil && emp == in.part(0) {
			begin = max(first, done+1)
		}
		if begin > to || !c.coversSome(emp, begin, to) {
			continue
		}
		err := read(m, emp, begin, to, func(row T) error {
			on := of(row)
			if !c.Covers(emp, on) {
				return nil
			}
			if len(out.Body.Items) >= in.Limit && (emp != lastEmp || on != lastDate) {
				out.Body.Next = cursorOf(lastEmp, lastDate.String())
				return errFull
			}
			out.Body.Items, lastEmp, lastDate = append(out.Body.Items, row), emp, on
			return nil
		})
		if errors.Is(err, errFull) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// coversSome reports whether one may see some date of a window. The ends are looked at first, as mostly they are like the rest.
func (c *Call) coversSome(emp string, from, to domain.Date) bool {
	if c.Covers(emp, to) || c.Covers(emp, from) {
		return true
	}
	for on := from + 1; on < to; on++ {
		if c.Covers(emp, on) {
			return true
		}
	}
	return false
}

// severities are those of anomalies, from least to most.
var severities = []string{"info", "low", "medium", "high", "critical"}

type anomaliesIn struct {
	ViewIn
	Kind string `query:"kind" maxLength:"64" doc:"Only this kind, such as punch.missing_out."`
	Min  string `query:"min" enum:"info,low,medium,high,critical" default:"low" doc:"The least severity. Info needs nobody."`
}

type whyIn struct {
	WhoseDay
	Past
	Words bool   `query:"words" doc:"With the explanation in words."`
	Rules string `query:"rules" maxLength:"80" pattern:"^([a-z0-9_.-]+@[0-9]{1,9})?$" example:"cn-bj-office@1" doc:"Under this version of the rules, ID@VERSION; those that govern when left out."`
	Diff  string `query:"diff" maxLength:"80" pattern:"^(now|[a-z0-9_.-]+@[0-9]{1,9})?$" example:"cn-bj-office@2" doc:"Beside it under this version of the rules, ID@VERSION, or, with as_of, as it is known now."`
	From  Day    `query:"rules_from" doc:"First date on which the named rules govern; the day itself when left out."`
}

type whyOut struct {
	Seen
	Body struct {
		attendance.Answer
		Beside *attendance.Answer   `json:"beside,omitempty" doc:"The other side, with diff."`
		Diff   *attendance.Contrast `json:"diff,omitempty" doc:"How the two compare, aligned by stage."`
		Story  string               `json:"story,omitempty"`
	}
}

func (s *Server) dayRoutes() {
	const object = "day"
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/days", ID: "list-days", Action: access.DayRead, Object: object,
		Summary: "Daily attendance of everybody that one may see, with the figures of a candidate that runs beside the rules.",
	},
		func(ctx context.Context, c *Call, in *ViewIn) (*Listed[projections.DayBeside], error) {
			return ofView(ctx, c, in, func(m *Moment, emp string, from, to domain.Date, yield func(projections.DayBeside) error) error {
				return projections.DaysBeside(ctx, m, daily.Query{Employee: emp, From: from, To: to}, yield)
			}, func(d projections.DayBeside) domain.Date { return d.Date })
		})
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/anomalies", ID: "list-anomalies", Action: access.DayRead, Object: object,
		Summary: "What deviates and needs a look.",
	}, listAnomalies)
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/rows", ID: "list-rows", Action: access.DayRead, Object: object,
		Summary: "Payroll-ready rows.",
	},
		func(ctx context.Context, c *Call, in *ViewIn) (*Listed[payroll.Row], error) {
			return ofView(ctx, c, in, func(m *Moment, emp string, from, to domain.Date, yield func(payroll.Row) error) error {
				return payroll.Rows(ctx, m, payroll.Query{Employee: emp, From: from, To: to}, yield)
			}, func(r payroll.Row) domain.Date { return r.Date })
		})
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/employees/{emp}/days/{date}/why", ID: "why", Action: access.DayRead, Object: object,
		Summary: "Explain one day, second by second.",
	}, why)
}

func listAnomalies(ctx context.Context, c *Call, in *anomaliesIn) (*Listed[anomaly.Row], error) {
	least := slices.Index(severities, in.Min)
	return ofView(ctx, c, &in.ViewIn, func(m *Moment, emp string, from, to domain.Date, yield func(anomaly.Row) error) error {
		return m.Anomalies(ctx, anomaly.Query{Employee: emp, From: from, To: to, ID: in.Kind}, func(a anomaly.Row) error {
			if in.Kind == "" && slices.Index(severities, a.Severity) < least {
				return nil
			}
			return yield(a)
		})
	}, func(a anomaly.Row) domain.Date { return a.Date })
}

func why(ctx context.Context, c *Call, in *whyIn) (*whyOut, error) {
	m, err := c.at(ctx, in.Past, in.Emp)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	out := &whyOut{Seen: Seen{m.Position}}
	q := AskedDay{Emp: in.Emp, Date: in.Date.Date, From: in.Date.Date, Rules: in.Rules, Diff: in.Diff, AsOf: in.AsOf}
	if in.From.Date != 0 {
		q.From = min(in.From.Date, q.Date)
	}
	if in.Diff != "" {
		return whyBeside(ctx, c, m, q, in.Words)
	}
	if out.Body.Answer, err = m.Why(ctx, q); err != nil {
		return nil, err
	}
	if in.Words {
		out.Body.Story, err = m.Story(ctx, c.Text.Lang(), out.Body.Answer)
	}
	return out, err
}

// whyBeside explains a day twice.
func whyBeside(ctx context.Context, c *Call, m *Moment, q AskedDay, words bool) (*whyOut, error) {
	if q.Diff == DiffNow && q.AsOf == "" {
		return nil, domain.NewError(domain.Invalid, "diff_of_what", "value", "diff="+DiffNow)
	}
	both, err := m.Versus(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &whyOut{Seen: Seen{m.Position}}
	out.Body.Answer, out.Body.Beside, out.Body.Diff = both.Before, &both.After, &both.Diff
	if words {
		out.Body.Story, err = m.Compared(ctx, c.Text.Lang(), q, both)
	}
	return out, err
}
