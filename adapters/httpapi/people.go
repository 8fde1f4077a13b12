package httpapi

import (
	"context"
	"net/http"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// Receipt says what came of a write. Unchanged means that it was so already.
type Receipt struct {
	ID         string                `json:"id,omitempty" doc:"What was created."`
	Stream     string                `json:"stream"`
	Unchanged  bool                  `json:"unchanged,omitempty"`
	Repeated   bool                  `json:"repeated,omitempty" doc:"The request had been carried out before; this is its first receipt."`
	Revision   eventstore.Revision   `json:"revision,omitempty"`
	Position   eventstore.Position   `json:"position,omitempty" doc:"Of the last event; give it as not_before_position to see it."`
	Commitment eventstore.Commitment `json:"commitment,omitzero"`
	RecordedAt domain.Instant        `json:"recorded_at,omitzero"`
	Events     []string              `json:"events" doc:"Types."`
	EventIDs   []string              `json:"event_ids"`
}

// Written is the answer of a route that writes.
type Written struct {
	Body Receipt
}

func written(r ledger.Receipt, id string) *Written {
	out := Receipt{
		ID: id, Stream: r.Stream, Unchanged: len(r.Events) == 0, Repeated: r.Repeated, Revision: r.Revision, Position: r.Position,
		Commitment: r.Commitment, RecordedAt: r.RecordedAt, Events: []string{}, EventIDs: []string{},
	}
	for _, e := range r.Events {
		out.Events, out.EventIDs = append(out.Events, e.Event.EventType()), append(out.EventIDs, e.ID)
	}
	return &Written{Body: out}
}

// act carries out one command and answers with its receipt.
func (c *Call) act(ctx context.Context, cmd ledger.Command, id string) (*Written, error) {
	r, err := c.Do(ctx, cmd)
	if err != nil {
		return nil, err
	}
	return written(r, id), nil
}

// person is an employee as a client sees one.
type person struct {
	Emp     string       `json:"emp"`
	Name    string       `json:"name"`
	HiredOn domain.Date  `json:"hired_on"`
	LastDay domain.Date  `json:"last_day,omitzero"`
	On      domain.Date  `json:"on" doc:"The date that the terms are of."`
	Terms   people.Terms `json:"terms"`

	Revision eventstore.Revision `json:"revision" doc:"Send it as If-Match with a change, which is then refused if there was another."`
}

// personOn shows an employee on a date; before the first day of employment, with the terms that it begins with.
func (c *Call) personOn(ctx context.Context, d *ledger.Directory, emp string, on domain.Date) (person, error) {
	s := d.Employee(emp)
	if !s.Exists() {
		return person{}, domain.NewError(domain.NotFound, "unknown_employee", "emp", emp)
	}
	name, err := c.s.o.Names.Name(ctx, emp)
	if err != nil {
		return person{}, err
	}
	a, _ := s.AssignmentOn(max(on, s.Hired()))
	p := person{Emp: emp, Name: name, HiredOn: s.Hired(), On: on, Terms: a.Terms, Revision: d.Revision("employee-" + emp)}
	if n := len(s.Employment); n > 0 {
		p.LastDay = s.Employment[n-1].Last
	}
	return p, nil
}

type personIn struct {
	Whose
	Past
}

type personOut struct {
	Seen
	Body person
}

type peopleIn struct {
	EachRow
	Past
	Page
	Group string `query:"group" maxLength:"64" doc:"Only who is in this group."`
}

type registerIn struct {
	Whose
	Body struct {
		Name    string             `json:"name" minLength:"1" maxLength:"200" doc:"Sealed before it is stored."`
		HiredOn domain.Date        `json:"hired_on" doc:"First day."`
		Terms   people.TermsChange `json:"terms" doc:"A group at least."`
	}
}

// About implements input. Who is not there yet belongs where the terms put them.
func (in *registerIn) About(c *Call) Subject {
	if c == nil {
		return Subject{Scope: OfOne}
	}
	terms := people.Terms{}.Apply(in.Body.Terms)
	return Subject{Scope: OfOne, Emp: in.Emp, From: in.Body.HiredOn, Terms: &terms}
}

type changeIn struct {
	Whose
	Body struct {
		EffectiveOn domain.Date        `json:"effective_on" doc:"From this date on."`
		Change      people.TermsChange `json:"change" doc:"What is left out stays."`
		Name        string             `json:"name,omitempty" maxLength:"200"`
	}
}

// About implements input. Nobody is moved to where one may not change them.
func (in *changeIn) About(c *Call) Subject {
	if c == nil {
		return Subject{Scope: OfOne}
	}
	now, _ := c.Directory().Employee(in.Emp).AssignmentOn(in.Body.EffectiveOn)
	terms := now.Terms.Apply(in.Body.Change)
	return Subject{Scope: OfOne, Emp: in.Emp, From: in.Body.EffectiveOn, Terms: &terms}
}

type endIn struct {
	Whose
	Body struct {
		LastDay domain.Date `json:"last_day"`
		Reason  string      `json:"reason" pattern:"^[a-z0-9_.-]{1,64}$" example:"resigned"`
	}
}

func (s *Server) peopleRoutes() {
	const object = "employee"
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/employees", ID: "list-employees", Action: access.PersonRead, Object: object,
		Summary: "Employees that one may see.",
	}, listPeople)
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/employees/{emp}", ID: "get-employee", Action: access.PersonRead, Object: object,
		Summary: "An employee.",
	}, getPerson)
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}", ID: "register-employee", Action: access.PersonEdit, Object: object,
		Summary: "Register an employee under an id of one's own.", Status: http.StatusCreated,
	},
		func(ctx context.Context, c *Call, in *registerIn) (*Written, error) {
			b := in.Body
			return c.act(ctx, people.RegisterEmployee{Emp: in.Emp, Name: b.Name, HiredOn: b.HiredOn, Terms: people.Terms{}.Apply(b.Terms)}, in.Emp)
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/assignments", ID: "change-employee", Action: access.PersonEdit,
		Object: object, Summary: "Change terms from a date on.",
	},
		func(ctx context.Context, c *Call, in *changeIn) (*Written, error) {
			b := in.Body
			return c.act(ctx, people.ChangeAssignment{Emp: in.Emp, EffectiveOn: b.EffectiveOn, Name: b.Name, Change: b.Change}, "")
		})
	Handle(s, Route{
		Method: http.MethodPost, Path: "/v1/employees/{emp}/end", ID: "end-employment", Action: access.PersonEdit,
		Object: object, Summary: "End an employment.",
	},
		func(ctx context.Context, c *Call, in *endIn) (*Written, error) {
			return c.act(ctx, people.TerminateEmployee{Emp: in.Emp, LastDay: in.Body.LastDay, ReasonCode: in.Body.Reason}, "")
		})
}

func listPeople(ctx context.Context, c *Call, in *peopleIn) (*Listed[person], error) {
	m, err := c.at(ctx, in.Past, "")
	if err != nil {
		return nil, err
	}
	defer m.Close()
	page, err := pageOf(&in.Page, m.Directory.IDs("employee"), func(emp string) (person, bool, error) {
		if !c.Covers(emp, c.Today) {
			return person{}, false, nil
		}
		p, err := c.personOn(ctx, m.Directory, emp, m.Today)
		return p, err == nil && (in.Group == "" || p.Terms.Group == in.Group), err
	})
	return &Listed[person]{Seen: Seen{m.Position}, Body: page}, err
}

func getPerson(ctx context.Context, c *Call, in *personIn) (*personOut, error) {
	m, err := c.at(ctx, in.Past, in.Emp)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	p, err := c.personOn(ctx, m.Directory, in.Emp, m.Today)
	return &personOut{Seen: Seen{m.Position}, Body: p}, err
}
