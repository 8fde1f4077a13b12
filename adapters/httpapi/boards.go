package httpapi

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/projections/anomaly"
	"github.com/punchledger/punchledger/projections/evaluate"
	"github.com/punchledger/punchledger/projections/inbox"
	"github.com/punchledger/punchledger/projections/month"
	"github.com/punchledger/punchledger/projections/presence"
	"github.com/punchledger/punchledger/projections/slot"
)

// Boards are the views of one moment beside days, anomalies and rows.
type Boards interface {
	inbox.Reader
	anomaly.PastReader
	month.Reader
	Persons
	// Preview says what a wish would change. Nothing is written.
	Preview(ctx context.Context, emp string, a request.Approval, now domain.Instant, why bool) (evaluate.Preview, error)
}

// Persons are the views of single people.
type Persons interface {
	// Filed reads the requests of an employee in the order of their ids.
	Filed(ctx context.Context, emp string, yield func(inbox.Filed) error) error
	// Presences says where people are at an instant, in the order of their ids.
	Presences(ctx context.Context, emp string, at domain.Instant) ([]presence.Status, error)
	Month(ctx context.Context, emp string, first domain.Date) (month.Own, error)
	Slots(ctx context.Context, emp string, from, to domain.Date, at domain.Instant) ([]slot.Day, error)
}

type slotsOut struct {
	Seen
	Body struct {
		Items []slot.Day `json:"items"`
	}
}

type previewOut struct {
	Seen
	Body evaluate.Preview
}

// only leaves out the days that one may not see.
func only(days []slot.Day, may func(domain.Date) bool) []slot.Day {
	out := []slot.Day{}
	for _, d := range days {
		if may(d.Date) {
			out = append(out, d)
		}
	}
	return out
}

// Month is a month in a path, as 2026-10.
type Month struct{ First domain.Date }

// UnmarshalText reads a month.
func (m *Month) UnmarshalText(b []byte) error {
	t, err := time.Parse("2006-01", string(b))
	if err != nil {
		return errNoMonth
	}
	m.First = domain.NewDate(t.Year(), t.Month(), 1)
	return nil
}

var errNoMonth = errors.New("month")

// MarshalText writes the month.
func (m Month) MarshalText() ([]byte, error) { return []byte(m.First.Time().Format("2006-01")), nil }

// Last is the month's last date.
func (m Month) Last() domain.Date { return m.First.AddMonths(1) - 1 }

// Schema says how a Month is written.
func (Month) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Pattern: `^\d{4}-(0[1-9]|1[0-2])$`, Examples: []any{"2026-10"}}
}

type presenceIn struct {
	EachRow
	Past
	Page
	At    time.Time `query:"at" doc:"At this instant; now when left out."`
	Emp   string    `query:"emp" maxLength:"64" pattern:"^[a-z0-9_.]*$" doc:"Only this employee."`
	Group string    `query:"group" maxLength:"64" doc:"Only this attendance group."`
}

type presenceOut struct {
	Seen
	Body struct {
		List[presence.Status]
		Counts map[presence.State]int `json:"counts" doc:"Of everybody whom one may see, not of this page."`
	}
}

type ownMonthIn struct {
	Whose
	Past
	Month Month `path:"calendar_month" doc:"Month."`
}

// About implements input.
func (in *ownMonthIn) About(*Call) Subject {
	return Subject{Scope: OfOne, Emp: in.Emp, From: in.Month.First, To: in.Month.Last()}
}

type ownMonthOut struct {
	Seen
	Body month.Own
}

type teamIn struct {
	EachRow
	Past
	Page
	Month Month  `path:"calendar_month" doc:"Month."`
	Group string `query:"group" maxLength:"64" doc:"Only this attendance group, on the month's last date."`
}

type teamOut struct {
	Seen
	Body month.Team
}

type causesIn struct {
	EachRow
	Past
	Dates
	Emp  string `query:"emp" maxLength:"64" pattern:"^[a-z0-9_.]*$" doc:"Only this employee."`
	Kind string `query:"kind" maxLength:"64" doc:"Only this kind, such as punch.missing_out."`
}

type causesOut struct {
	Seen
	Body struct {
		Items []anomaly.Group `json:"items"`
	}
}

// boardRoutes show who is in, months and what goes wrong where.
func (s *Server) boardRoutes() {
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/presence", ID: "presence", Action: access.TeamRead, Object: "team",
		Summary: "Who is in, away or expected.",
	}, presences)
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/team/{calendar_month}", ID: "team-month", Action: access.TeamRead, Object: "team",
		Summary: "The month of everybody whom one leads.",
	}, teamMonth)
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/employees/{emp}/months/{calendar_month}", ID: "own-month", Action: access.DayRead, Object: "day",
		Summary: "A person's month: days, plans, pay codes, requests and what waits.",
	}, ownMonth)
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/anomalies/groups", ID: "list-anomaly-groups", Action: access.DayRead, Object: "day",
		Summary: "Anomalies by cause, with those that were resolved.",
	}, causes)
}

func presences(ctx context.Context, c *Call, in *presenceIn) (*presenceOut, error) {
	m, err := c.at(ctx, in.Past, in.Emp)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	at := c.Now
	if !in.At.IsZero() {
		at = domain.InstantOf(in.At)
	}
	all, err := m.Boards.Presences(ctx, in.Emp, at)
	if err != nil {
		return nil, err
	}
	out := &presenceOut{Seen: Seen{m.Position}}
	out.Body.Counts = map[presence.State]int{}
	byEmp, ids := map[string]presence.Status{}, []string(nil)
	for _, p := range all {
		if (in.Group == "" || p.Group == in.Group) && c.CoversKind(p.Employee, p.Date, people.DelegatePunches) {
			byEmp[p.Employee], ids = p, append(ids, p.Employee)
			out.Body.Counts[p.State]++
		}
	}
	out.Body.List, err = pageOf(&in.Page, sorted(ids), func(emp string) (presence.Status, bool, error) { return byEmp[emp], true, nil })
	return out, err
}

func teamMonth(ctx context.Context, c *Call, in *teamIn) (*teamOut, error) {
	m, err := c.at(ctx, in.Past, "")
	if err != nil {
		return nil, err
	}
	defer m.Close()
	first, last := in.Month.First, in.Month.Last()
	out := &teamOut{Seen: Seen{m.Position}}
	out.Body, err = month.TeamOf(ctx, m.Boards, month.Query{Month: first, After: in.part(0), Limit: in.Limit, Only: func(emp string) bool {
		a, _ := m.Directory.Employee(emp).AssignmentOn(last)
		return (in.Group == "" || a.Group == in.Group) && c.coversSome(emp, first, last)
	}})
	if err != nil {
		return nil, err
	}
	out.Body.Sums = month.Sums{}
	for i := range out.Body.People {
		p := &out.Body.People[i]
		p.Cells = c.covered(p.Employee, p.Cells)
		p.Sums = month.Sum(p.Cells)
		out.Body.Sums = out.Body.Sums.Plus(p.Sums)
	}
	if out.Body.Next != "" {
		out.Body.Next = cursorOf(out.Body.Next)
	}
	return out, nil
}

// covered leaves out the cells of dates that one may not see.
func (c *Call) covered(emp string, cells []month.Cell) []month.Cell {
	out := []month.Cell{}
	for _, x := range cells {
		if c.Covers(emp, x.Date) {
			out = append(out, x)
		}
	}
	return out
}

func ownMonth(ctx context.Context, c *Call, in *ownMonthIn) (*ownMonthOut, error) {
	m, err := c.at(ctx, in.Past, in.Emp)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	if !m.Directory.Employee(in.Emp).Exists() {
		return nil, domain.NewError(domain.NotFound, "unknown_employee", "emp", in.Emp)
	}
	own, err := m.Boards.Month(ctx, in.Emp, in.Month.First)
	if err != nil {
		return nil, err
	}
	sees := func(on domain.Date) bool { return c.Covers(in.Emp, on) }
	own = own.Only(sees, func(f inbox.Filed) bool { return c.mayKind(access.RequestRead, in.Emp, f.Date, f.Kind) })
	var cells []month.Cell
	err = m.Boards.Months(ctx, month.Query{Month: in.Month.First, Of: in.Emp}, func(p month.Person) error {
		cells = c.covered(in.Emp, p.Cells)
		return nil
	})
	own.Sums = month.Sum(cells)
	return &ownMonthOut{Seen: Seen{m.Position}, Body: own}, err
}

// anomalies are those of a moment, with those that were resolved.
type anomalies struct {
	anomaly.Reader
	anomaly.PastReader
}

func causes(ctx context.Context, c *Call, in *causesIn) (*causesOut, error) {
	m, err := c.at(ctx, in.Past, in.Emp)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	first, last := in.Window(c.Today)
	out := &causesOut{Seen: Seen{m.Position}}
	out.Body.Items, err = anomaly.Grouped(ctx, anomalies{m.Reader, m.Boards},
		anomaly.Query{Employee: in.Emp, From: first, To: last, ID: in.Kind}, c.Covers)
	return out, err
}
