package httpapi

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/people"
)

// Scope says whom the acts of a route can be about.
type Scope string

// The scopes.
const (
	Public    Scope = "public"   // anybody may ask, who need not be known
	Known     Scope = "known"    // whoever is signed in, by whatever session or token; only what tells them about themselves
	OfNobody  Scope = "nobody"   // the act has no subject
	OfMachine Scope = "machine"  // the act has no subject, and is about the process: whoever asks on the machine itself need not be known
	OfSelf    Scope = "self"     // the one who asks
	OfOne     Scope = "one"      // one person, on one date or some
	OfEachRow Scope = "each_row" // everybody of whom a row is shown; a row that may not be seen is left out
)

// Subject is whom an act is about, on the dates From to To, both included; a zero To is From. An act on several dates is allowed
// where it is on one of them, and the handler shows only the dates that Call.Covers.
type Subject struct {
	Scope    Scope
	Emp      string
	From, To domain.Date
	Kind     string        // of a request, where the act is about one: deputies may stand in for some kinds only
	Request  string        // its id, where it is there already: whoever has its turn may act on it
	Besides  access.Action // what the act takes besides the action of its route, because of who the subject is
	Terms    *people.Terms // under which the act puts the subject on From: the act must be allowed there too
}

// Route declares what a path does. Object names the thing it is about: routes of one object that show the same have the same
// action, which a test looks at.
type Route struct {
	Method, Path string
	ID           string // operation id, such as list-days
	Action       access.Action
	Object       string
	Summary      string
	Status       int    // 200 when left out
	MaxBody      int64  // bytes; 1 MiB when left out
	Fresh        bool   // who asks must have proven lately who they are; tokens cannot
	Accepts      string // content types of the body, with commas; JSON when left out
	Raw          bool   // the handler reads the body itself, part by part
}

// Declared is a registered route with the scope of its input.
type Declared struct {
	Route
	Scope Scope
	Dates bool // the input can name dates
}

// input is a pointer to an input type which says whom the act is about. About is also called on the zero value, with a nil Call,
// to learn the scope.
type input[I any] interface {
	*I
	About(c *Call) Subject
}

// Handle registers a route. It panics on a route that does not say what it does: such a server does not start.
func Handle[I, O any, P input[I]](s *Server, r Route, h func(ctx context.Context, c *Call, in *I) (*O, error)) {
	scope := P(new(I)).About(nil).Scope
	r.Status, r.MaxBody = cmp.Or(r.Status, http.StatusOK), cmp.Or(r.MaxBody, MaxBody)
	s.declare(Declared{Route: r, Scope: scope})
	op := huma.Operation{
		Method: r.Method, Path: r.Path, OperationID: r.ID, Summary: r.Summary, Tags: []string{r.Object}, DefaultStatus: r.Status,
		MaxBodyBytes: r.MaxBody + 1, BodyReadTimeout: readWithin, RejectUnknownQueryParameters: true, SkipValidateBody: r.Raw,
		Errors:      errorsOf(r, scope),
		Middlewares: huma.Middlewares{s.begin(r, scope)},
		Extensions:  map[string]any{"x-action": string(r.Action), "x-scope": string(scope)},
	}
	if scope != Public {
		op.Security = []map[string][]string{{"session": {}}, {"token": {}}}
	}
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		c := callOf(ctx)
		if err := c.allow(P(in).About(c)); err != nil {
			return nil, c.problem(err)
		}
		if r.Method == http.MethodGet {
			c.knows()
		}
		out, err := h(ctx, c, in)
		if err != nil {
			return nil, c.problem(err)
		}
		if r.Method != http.MethodGet {
			c.knows()
		}
		return out, nil
	})
}

// declare notes a route, or says what it lacks.
func (s *Server) declare(d Declared) {
	switch {
	case d.Scope == "":
		panic(fmt.Sprintf("%s %s: its input says of nobody whom it is about", d.Method, d.Path))
	case d.Object == "" || d.ID == "":
		panic(fmt.Sprintf("%s %s: it has no object or no id", d.Method, d.Path))
	case d.Scope != Public && d.Scope != Known && !slices.Contains(access.Actions(), d.Action):
		panic(fmt.Sprintf("%s %s: %q is no action of the table", d.Method, d.Path, d.Action))
	}
	s.routes = append(s.routes, d)
}

// Routes returns every route, in the order in which they were declared.
func (s *Server) Routes() []Declared { return slices.Clone(s.routes) }

// errorsOf lists the answers that a route can give beside its own.
func errorsOf(r Route, scope Scope) []int {
	out := []int{http.StatusTooManyRequests}
	if scope != Public {
		out = append(out, http.StatusUnauthorized, http.StatusForbidden)
	}
	if scope == OfOne || scope == OfSelf {
		out = append(out, http.StatusNotFound)
	}
	if r.Method != http.MethodGet {
		out = append(out, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	slices.Sort(out)
	return out
}
