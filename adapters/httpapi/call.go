package httpapi

import (
	"context"
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/text"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// Call is one request: who asks, in which language, when. It lives as long as the request.
type Call struct {
	Who   Who
	Text  *text.Catalogue
	Now   domain.Instant
	Today domain.Date // where the organisation is

	s        *Server
	route    Route
	standing access.Standing // in which capacity the act was allowed
	request  uuid.UUID       // what the ids of this call's work are made of
	made     map[string]int
	revision eventstore.Revision // that what is written to must have; 0 is any
	seen     map[seenKey]bool

	tip        Seen                     // how much of the ledger there was when a read began
	header     func(name, value string) // of the answer
	credential Credential
	client     string     // browser and system, as the client says
	here       bool       // who asks is on this machine
	secure     bool       // nobody between the client and here reads along
	address    netip.Addr // that the request came from; invalid where it is not known
}

type seenKey struct {
	action access.Action
	emp    string
	on     domain.Date
	kind   string
}

type callKey struct{}

func callOf(ctx context.Context) *Call { return ctx.Value(callKey{}).(*Call) }

// errNotAuthorised is the one answer to whom something is forbidden, whether or not it exists.
func errNotAuthorised() error { return domain.NewError(domain.Forbidden, "not_authorised") }

// allow is the choke point: every act over HTTP is allowed here or not at all.
func (c *Call) allow(about Subject) error {
	if about.Scope == Public || about.Scope == Known || about.Scope == OfMachine && c.here {
		return nil
	}
	a := c.route.Action
	if !c.permits(a) {
		return errNotAuthorised()
	}
	if c.route.Fresh && c.Who.Fresh != nil {
		if err := c.Who.Fresh(); err != nil {
			return err
		}
	}
	switch about.Scope {
	case OfEachRow:
		return nil // each row is looked at by itself
	case OfNobody, OfMachine:
		return c.ask(a, Subject{From: c.Today})
	case OfSelf, OfOne:
	}
	if about.Emp == "" || !domain.ValidID(about.Emp, false) {
		return errNotAuthorised()
	}
	if about.Besides != "" && !c.May(about.Besides, about.Emp, c.Today) {
		return errNotAuthorised()
	}
	from := about.From
	if from == 0 {
		from = c.Today
	}
	to := max(from, about.To)
	if to-from >= MaxDates {
		return domain.NewError(domain.Invalid, "invalid_value", "field", "from", "value", from.String(), "problem", "too_many_dates")
	}
	return c.allowOn(a, about, from, to)
}

// allowOn asks for each date until one allows the act. Whoever puts somebody somewhere must be allowed to there: who is new belongs
// nowhere else, and who is there already must be in reach both before and after.
func (c *Call) allowOn(a access.Action, about Subject, from, to domain.Date) error {
	there := about.Terms
	if about.Terms = nil; there != nil {
		about.From, about.Terms = from, there
		if err := c.ask(a, about); err != nil || !c.Directory().Employee(about.Emp).Exists() {
			return err
		}
		about.Terms = nil
	}
	for on := from; on <= to; on++ {
		about.From = on
		if c.ask(a, about) == nil {
			return nil
		}
	}
	return errNotAuthorised()
}

// ask notes in which capacity an act on the first date of a subject is allowed.
func (c *Call) ask(a access.Action, about Subject) error {
	standing, ok := access.Allowed(a, c.standings(ledger.Asking{Emp: about.Emp, On: about.From, Kind: about.Kind, Request: about.Request, Terms: about.Terms}))
	if !ok {
		return errNotAuthorised()
	}
	c.standing = standing
	return nil
}

// standings are those of the one who asks. A device has none but its own.
func (c *Call) standings(a ledger.Asking) []access.Standing {
	if c.Who.Device != "" {
		return []access.Standing{{Role: access.Device, Relation: access.AtDevice}}
	}
	a.Principal = c.Who.Principal
	return c.s.o.Standings(a)
}

// permits reports whether the session or token of this call may be used for an action.
func (c *Call) permits(a access.Action) bool { return c.Who.Permits == nil || c.Who.Permits(a) }

// Covers reports whether the one who asks may do on a date to a person what the route does; emp "" asks for an act without a
// subject. It remembers its answers for this call.
func (c *Call) Covers(emp string, on domain.Date) bool { return c.May(c.route.Action, emp, on) }

// May is Covers for another action, such as the one that a part of an answer needs.
func (c *Call) May(a access.Action, emp string, on domain.Date) bool {
	return c.mayKind(a, emp, on, "")
}

// CoversKind is Covers for a row about a kind of request, in which deputies for that kind may stand in.
func (c *Call) CoversKind(emp string, on domain.Date, kind string) bool {
	return c.mayKind(c.route.Action, emp, on, kind)
}

func (c *Call) mayKind(a access.Action, emp string, on domain.Date, kind string) bool {
	k := seenKey{a, emp, on, kind}
	may, known := c.seen[k]
	if !known {
		_, may = access.Allowed(a, c.standings(ledger.Asking{Emp: emp, On: on, Kind: kind}))
		may = may && c.permits(a)
		if c.seen == nil {
			c.seen = map[seenKey]bool{}
		}
		c.seen[k] = may
	}
	return may
}

// Directory is the fold of the small streams. Handlers read it; Do keeps it caught up.
func (c *Call) Directory() *ledger.Directory { return c.s.o.Ledger.Directory() }

// actors are the kinds of actors for the roles. Roles without one act as administrators of what they are granted.
var actors = map[access.Role]domain.ActorKind{
	access.Employee: domain.ActorEmployee, access.Manager: domain.ActorManager, access.HR: domain.ActorHR,
	access.Payroll: domain.ActorPayroll, access.Auditor: domain.ActorAuditor, access.PrivacyOfficer: domain.ActorPrivacy,
	access.Device: domain.ActorDevice,
}

// Actor is who acts, in the capacity in which it was allowed.
func (c *Call) Actor() domain.Actor {
	kind, ok := actors[c.standing.Role]
	if !ok {
		kind = domain.ActorAdmin
	}
	return domain.Actor{Kind: kind, ID: c.Who.Principal}
}

// Do carries out a command once for this request: the same Idempotency-Key of the same principal gives the first receipt again.
// A request with several commands numbers them in their order, which must not depend on what is recorded already; If-Match is for
// requests with one.
func (c *Call) Do(ctx context.Context, cmd ledger.Command) (ledger.Receipt, error) {
	return c.carryOut(ctx, ledger.Request{ID: c.derive("command/" + cmd.Stream()), Command: cmd, Actor: c.Actor()})
}

// carryOut is Do for a request that has its id and actor already.
func (c *Call) carryOut(ctx context.Context, r ledger.Request) (ledger.Receipt, error) {
	if err := c.s.o.Writable(); err != nil {
		return ledger.Receipt{}, err
	}
	r.Correlation, r.IfRevision = c.request.String(), c.revision
	done, err := c.s.o.Ledger.Do(ctx, r)
	if c.revision != 0 && errors.Is(err, &domain.Error{Code: "stale_revision"}) {
		err = domain.NewError(domain.Conflict, codeChanged)
	}
	return done, err
}

// NewID makes an id for something that this request creates. It is the same when the request is repeated.
func (c *Call) NewID(prefix string) string {
	return prefix + strings.ReplaceAll(c.derive("id"), "-", "")[:20]
}

func (c *Call) derive(of string) string {
	if c.made == nil {
		c.made = map[string]int{}
	}
	c.made[of]++
	return uuid.NewSHA1(c.request, []byte(of+"/"+strconv.Itoa(c.made[of]))).String()
}
