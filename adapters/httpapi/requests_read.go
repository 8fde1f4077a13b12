package httpapi

import (
	"context"
	"net/http"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/request"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections/inbox"
)

// Requests reads what happened to requests.
type Requests interface {
	// Story tells what happened to a request, as known at a moment, with its texts opened.
	Story(ctx context.Context, moment string, ref request.Ref) (ledger.ShownRequest, error)
	// Has reports whether a file with a hash was handed in for a request.
	Has(ctx context.Context, ref request.Ref, sha256 string) (bool, error)
}

// filedIn asks for requests of everybody whose requests one may see.
type filedIn struct {
	EachRow
	Past
	Page
	Emp    string         `query:"emp" maxLength:"64" pattern:"^[a-z0-9_.]*$" doc:"Only this employee."`
	Kind   request.Kind   `query:"kind" enum:"correction,leave,trip,outing,overtime,remote,field,swap" doc:"Only this kind."`
	Status request.Status `query:"status" enum:"open,returned,approved,applied,rejected,withdrawn,expired,revoked" doc:"Only in this status."`
}

type ownFiledIn struct {
	EachRow
	Past
	Page
	Emp    string         `path:"emp" maxLength:"64" pattern:"^[a-z0-9_.]+$" example:"e1104" doc:"Employee."`
	Status request.Status `query:"status" enum:"open,returned,approved,applied,rejected,withdrawn,expired,revoked" doc:"Only in this status."`
}

type requestIn struct {
	WhoseRequest
	Past
}

type requestOut struct {
	Seen
	Body ledger.ShownRequest
}

type inboxIn struct {
	Nobody
	Past
}

type inboxOut struct {
	Seen
	Body struct {
		Items   []inbox.Item `json:"items"`
		Overdue int          `json:"overdue"`
	}
}

type slotsIn struct {
	WhoseDays
	Past
}

type previewIn struct {
	Whose
	Past
	Why  bool `query:"why" doc:"With the trace of each day, before and after."`
	Body struct {
		Kind request.Kind `json:"kind" enum:"correction,leave,trip,outing,overtime,remote,field,swap"`
		Wish
	}
}

// About implements input.
func (in *previewIn) About(c *Call) Subject {
	if c == nil {
		return Subject{Scope: OfOne}
	}
	return Subject{Scope: OfOne, Emp: in.Emp, From: in.Body.date(c, in.Emp), Kind: string(in.Body.Kind)}
}

// readRequestRoutes show requests, what waits, and what can be asked for.
func (s *Server) readRequestRoutes() {
	const object = "request"
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/requests", ID: "list-requests", Action: access.RequestRead, Object: object,
		Summary: "Requests of everybody whose requests one may see.",
	},
		func(ctx context.Context, c *Call, in *filedIn) (*Listed[inbox.Filed], error) {
			return listFiled(ctx, c, in)
		})
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/employees/{emp}/requests", ID: "list-requests-of", Action: access.RequestRead, Object: object,
		Summary: "Requests of somebody, on the dates that one may see.",
	},
		func(ctx context.Context, c *Call, in *ownFiledIn) (*Listed[inbox.Filed], error) {
			return listFiled(ctx, c, &filedIn{Past: in.Past, Page: in.Page, Emp: in.Emp, Status: in.Status})
		})
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/employees/{emp}/requests/{request}", ID: "get-request", Action: access.RequestRead, Object: object,
		Summary: "A request with everything that happened to it.",
	}, getRequest)
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/inbox", ID: "inbox", Action: access.InboxRead, Object: "inbox",
		Summary: "What waits for oneself, what is due first before others.",
	}, inboxOf)
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/employees/{emp}/slots", ID: "list-slots", Action: access.RequestRead, Object: object,
		Summary: "Which punches of which days can be corrected, with their earliest and latest time.",
	}, slotsOf)
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/preview", ID: "preview-request", Action: access.RequestRead, Object: "preview",
		Summary: "The days before and after what a request would do. Nothing is written.",
	}, previewOf)
}

func listFiled(ctx context.Context, c *Call, in *filedIn) (*Listed[inbox.Filed], error) {
	m, err := c.at(ctx, in.Past, in.Emp)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	out := &Listed[inbox.Filed]{Seen: Seen{m.Position}, Body: List[inbox.Filed]{Items: []inbox.Filed{}}}
	for _, emp := range from(employees(m.Directory.IDs("employee"), in.Emp), in.part(0)) {
		err := m.Boards.Filed(ctx, emp, func(f inbox.Filed) error {
			switch {
			case emp == in.part(0) && f.Request <= in.part(1), in.Kind != "" && f.Kind != string(in.Kind),
				in.Status != "" && f.Status != string(in.Status), !c.CoversKind(emp, f.Date, f.Kind):
				return nil
			case len(out.Body.Items) == in.Limit:
				last := out.Body.Items[in.Limit-1]
				out.Body.Next = cursorOf(last.Employee, last.Request)
				return errFull
			}
			out.Body.Items = append(out.Body.Items, f)
			return nil
		})
		if out.Body.Next != "" {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func getRequest(ctx context.Context, c *Call, in *requestIn) (*requestOut, error) {
	mark, err := in.mark(c)
	if err != nil {
		return nil, err
	}
	shown, err := c.s.o.Requests.Story(ctx, in.AsOf, mark.Ref)
	if err != nil {
		return nil, err
	}
	if shown.Request == "" { // it was not there yet
		return nil, domain.NewError(domain.NotFound, "unknown_request", "request", in.Request)
	}
	return &requestOut{Seen: c.tip, Body: shown}, nil
}

func inboxOf(ctx context.Context, c *Call, in *inboxIn) (*inboxOut, error) {
	m, err := c.at(ctx, in.Past, "")
	if err != nil {
		return nil, err
	}
	defer m.Close()
	out := &inboxOut{Seen: Seen{m.Position}}
	if out.Body.Items, err = inbox.Of(ctx, m.Boards, c.Who.Principal, c.holders(m.Directory)); err != nil {
		return nil, err
	}
	for _, absent := range m.Directory.Delegators(c.Who.Principal) {
		theirs, err := inbox.Of(ctx, m.Boards, absent, func(context.Context, inbox.Item) ([]string, error) { return nil, nil })
		if err != nil {
			return nil, err
		}
		for _, i := range theirs {
			if _, stands := standsIn(m.Directory, absent, kindOf(i), m.Today)[c.Who.Principal]; stands {
				out.Body.Items = append(out.Body.Items, i)
			}
		}
	}
	inbox.Sort(out.Body.Items)
	for _, i := range out.Body.Items {
		if i.Overdue(c.Now) {
			out.Body.Overdue++
		}
	}
	return out, nil
}

// kindOf is the kind by which delegations name an item.
func kindOf(i inbox.Item) string {
	if i.Request != "" {
		return i.Request
	}
	return people.DelegatePunches
}

// standsIn returns the deputies of somebody for a kind on a date.
func standsIn(d *ledger.Directory, emp, kind string, on domain.Date) map[string]bool {
	out := map[string]bool{}
	for _, deputy := range d.DeputiesOf(emp, kind, on) {
		out[deputy] = true
	}
	return out
}

// holders say whether what names nobody waits for the one who asks: as the manager on the date, as a deputy, or by a grant.
func (c *Call) holders(d *ledger.Directory) inbox.Holder {
	return func(_ context.Context, i inbox.Item) ([]string, error) {
		self := []string{c.Who.Principal}
		if i.Role == request.RoleManager {
			manager := d.ManagerOf(i.Employee, i.Date)
			if manager == c.Who.Principal || manager != "" && standsIn(d, manager, kindOf(i), d.Today())[c.Who.Principal] {
				return self, nil
			}
			if manager != "" {
				return nil, nil
			}
			i.Role = request.RoleHR // nobody leads: it is for HR
		}
		standings := d.StandingsFor(ledger.Asking{Principal: c.Who.Principal, Emp: i.Employee, On: i.Date, Kind: i.Request})
		if slices.Contains(standings, access.Standing{Role: access.Role(i.Role), Relation: access.InScope}) {
			return self, nil
		}
		return nil, nil
	}
}

func slotsOf(ctx context.Context, c *Call, in *slotsIn) (*slotsOut, error) {
	m, err := c.at(ctx, in.Past, in.Emp)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	first, last := in.Window(c.Today)
	days, err := m.Boards.Slots(ctx, in.Emp, first, last, c.Now)
	out := &slotsOut{Seen: Seen{m.Position}}
	out.Body.Items = only(days, func(on domain.Date) bool { return c.Covers(in.Emp, on) })
	return out, err
}

func previewOf(ctx context.Context, c *Call, in *previewIn) (*previewOut, error) {
	in.Body.Evidence = nil // it changes no day
	wish, err := in.Body.wish(ctx, c, in.Body.Kind, in.Emp)
	if err != nil {
		return nil, err
	}
	if missing := wish.Lacks(); missing != "" {
		return nil, domain.NewError(domain.Invalid, "invalid_value", "field", missing, "problem", "missing")
	}
	m, err := c.at(ctx, in.Past, in.Emp)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	out := &previewOut{Seen: Seen{m.Position}}
	if out.Body, err = m.Boards.Preview(ctx, in.Emp, wish.Approval, c.Now, in.Why); err != nil {
		return nil, err
	}
	shown := out.Body.Days[:0]
	for _, d := range out.Body.Days {
		if c.Covers(in.Emp, d.Date) || c.CoversKind(in.Emp, d.Date, string(in.Body.Kind)) {
			shown = append(shown, d)
		}
	}
	out.Body.Days = shown
	return out, nil
}
