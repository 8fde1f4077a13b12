package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections/payroll"
)

// Payroll serves rows of pinned positions; payroll.Pins is one.
type Payroll interface {
	Page(ctx context.Context, c payroll.Cursor, only func(employee string) bool) (payroll.Page, error)
	Diff(ctx context.Context, since eventstore.Position, c payroll.Cursor, only func(employee string) bool) (payroll.Difference, error)
}

// PayWindow chooses rows. What a cursor names, nothing else of the input changes.
type PayWindow struct {
	EachRow
	Dates
	Pin      eventstore.Position `query:"position" doc:"Rows as of this position; as of now when left out."`
	Emp      string              `query:"emp" maxLength:"64" pattern:"^[a-z0-9_.]*$" doc:"Only this employee."`
	Employer string              `query:"employer" maxLength:"64" doc:"Only of this employer."`
	PayGroup string              `query:"pay_group" maxLength:"64" doc:"Only of this pay group."`
}

type payRowsIn struct {
	PayWindow
	Limit  int    `query:"limit" minimum:"1" maximum:"10000" default:"1000" doc:"Rows, at most."`
	Cursor string `query:"cursor" maxLength:"1024" doc:"The next of the page before. It names the same rows for ever."`
}

type payRowsOut struct {
	Seen
	Body payroll.Page
}

type payChangesIn struct {
	PayWindow
	Since eventstore.Position `query:"since" required:"true" minimum:"1" doc:"The position that one has."`
}

type payChangesOut struct {
	Seen
	Body payroll.Difference
}

func (s *Server) payrollRoutes() {
	const object = "payroll"
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/payroll/rows", ID: "pull-rows", Action: access.PayRead, Object: object,
		Summary: "Rows as of a position, a page at a time; a cursor gives the same page for ever.",
	}, payRows)
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/payroll/changes", ID: "pull-changes", Action: access.PayRead, Object: object,
		Summary: "What was added, changed and gone since a position.",
	}, payChanges)
}

// sayDuties says, beside rows that leave the ledger, that no second person is asked for. It is no part of the page, which is the same
// for ever.
func (c *Call) sayDuties() {
	if !c.Directory().DualControl() {
		c.header("Duties", "single")
	}
}

// cursor is where a first page begins.
func (in *PayWindow) cursor(c *Call) payroll.Cursor {
	first, last := in.Window(c.Today)
	return payroll.Cursor{Position: in.Pin, From: first, To: last, Employer: in.Employer, PayGroup: in.PayGroup, Limit: payroll.MaxPage}
}

// sight is whom and which dates one may see of a window.
type sight struct {
	emp   string              // the only one who is asked for
	whole bool                // everybody on every date
	some  map[string]struct{} // those with a date that one may see
	scope string              // names the rest: two readers with the same see the same
}

// sightOf looks at everybody once. Who may see nobody is refused.
func (c *Call) sightOf(emp string, from, to domain.Date) (sight, error) {
	if from == 0 || to < from || to-from >= MaxDates {
		return sight{}, domain.NewError(domain.Invalid, "invalid_value", "field", "from", "value", from.String(), "problem", "too_many_dates")
	}
	d := c.Directory()
	s := sight{emp: emp, some: map[string]struct{}{}}
	if d.InViewFor(ledger.Asking{Principal: c.Who.Principal, On: c.Today}, c.route.Action).Everybody {
		s.whole, s.scope = true, emp+"|"
		return s, nil
	}
	sum := sha256.New()
	for _, id := range d.IDs("employee") {
		for on := from; on <= to; on++ {
			if c.Covers(id, on) {
				s.some[id] = struct{}{}
				fmt.Fprintln(sum, id, int(on))
			}
		}
	}
	if len(s.some) == 0 {
		return s, errNotAuthorised()
	}
	s.scope = emp + "|" + hex.EncodeToString(sum.Sum(nil)[:8])
	return s, nil
}

func (s sight) person(emp string) bool {
	_, may := s.some[emp]
	return (s.emp == "" || emp == s.emp) && (s.whole || may)
}

// payable leaves out the rows of dates that one may not see.
func (c *Call) payable(s sight, rows []payroll.Row) []payroll.Row {
	return slices.DeleteFunc(rows, func(r payroll.Row) bool { return !s.whole && !c.Covers(r.Employee, r.Date) })
}

// known refuses a position that the views have not come to.
func (c *Call) known(ctx context.Context, p eventstore.Position) (Seen, error) {
	m, err := c.at(ctx, Past{}, "")
	if err != nil {
		return Seen{}, err
	}
	m.Close()
	if p > m.Position {
		return Seen{}, domain.NewError(domain.NotFound, "unknown_position", "position", strconv.FormatUint(uint64(p), 10),
			"head", strconv.FormatUint(uint64(m.Position), 10))
	}
	return Seen{m.Position}, nil
}

func payRows(ctx context.Context, c *Call, in *payRowsIn) (*payRowsOut, error) {
	c.sayDuties()
	cursor, emp := in.cursor(c), in.Emp
	cursor.Limit = in.Limit
	if in.Cursor != "" {
		var err error
		if cursor, err = payroll.ParseCursor(in.Cursor); err != nil {
			return nil, err
		}
		emp, _, _ = strings.Cut(cursor.Scope, "|")
	}
	s, err := c.sightOf(emp, cursor.From, cursor.To)
	if err != nil {
		return nil, err
	}
	if in.Cursor != "" && cursor.Scope != s.scope {
		return nil, domain.NewError(domain.Conflict, "cursor_of_other_scope", "cursor", in.Cursor)
	}
	cursor.Scope = s.scope
	if _, err := c.known(ctx, cursor.Position); err != nil {
		return nil, err
	}
	out := &payRowsOut{}
	if out.Body, err = c.s.o.Payroll.Page(ctx, cursor, s.person); err != nil {
		return nil, err
	}
	out.Position = out.Body.Position // the answer knows no more than what it is pinned to
	out.Body.Rows = c.payable(s, out.Body.Rows)
	return out, nil
}

func payChanges(ctx context.Context, c *Call, in *payChangesIn) (*payChangesOut, error) {
	c.sayDuties()
	cursor := in.cursor(c)
	s, err := c.sightOf(in.Emp, cursor.From, cursor.To)
	if err != nil {
		return nil, err
	}
	at, err := c.known(ctx, max(cursor.Position, in.Since))
	if err != nil {
		return nil, err
	}
	if cursor.Position == 0 {
		cursor.Position = at.Position
	}
	done, err := c.s.heavy()
	if err != nil {
		return nil, err
	}
	defer done()
	out := &payChangesOut{Seen: Seen{cursor.Position}}
	if out.Body, err = c.s.o.Payroll.Diff(ctx, in.Since, cursor, s.person); err != nil {
		return nil, err
	}
	out.Body.Added, out.Body.Gone = c.payable(s, out.Body.Added), c.payable(s, out.Body.Gone)
	hidden := func(x payroll.Change) bool { return !s.whole && !c.Covers(x.After.Employee, x.After.Date) }
	out.Body.Changed, out.Body.Repinned = slices.DeleteFunc(out.Body.Changed, hidden), slices.DeleteFunc(out.Body.Repinned, hidden)
	return out, nil
}
