package httpapi

import (
	"context"
	"iter"
	"net/http"
	"strconv"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/projections/register"
)

// Acts reads the register of privileged acts from the log itself. Effects fills in what acts did to the paid time of their subjects.
type Acts interface {
	Acts(ctx context.Context) iter.Seq2[register.Act, error]
	Effects(ctx context.Context, acts []register.Act) error
}

// ActsOf chooses acts.
type ActsOf struct {
	By    string `query:"by" maxLength:"64" doc:"Only acts of this person."`
	Emp   string `query:"about" maxLength:"64" doc:"Only acts about this employee, principal or device."`
	Since Day    `query:"since" doc:"Only acts recorded on this date (UTC) or later."`
}

func (of ActsOf) has(a register.Act) bool {
	return domain.DateOfUnix(a.RecordedAt.Seconds()) >= of.Since.Date && (of.By == "" || a.Actor.ID == of.By) && (of.Emp == "" || a.Subject == of.Emp)
}

type actsIn struct {
	EachRow
	Page
	ActsOf
	Effect bool `query:"effect" doc:"Compute what each act did to the paid time of its subject, as it was known then; a page has 20 acts at most."`
}

// mostEffects is how many acts one request may compute the effects of.
const mostEffects = 20

type totalsIn struct {
	EachRow
	ActsOf
}

type actsOut struct {
	Body List[register.Act]
}

func (s *Server) registerRoutes() {
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/register", ID: "list-acts", Action: access.RegisterRead, Object: "register",
		Summary: "Acts that changed somebody's pay, evidence, rights or device.",
	}, s.acts)
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/register/totals", ID: "add-up-acts", Action: access.RegisterRead, Object: "register",
		Summary: "How many such acts each person made, about how many people, and what time the acts name.",
	},
		func(ctx context.Context, c *Call, in *totalsIn) (*listOut[register.Total], error) {
			done, err := s.heavy()
			if err != nil {
				return nil, err
			}
			defer done()
			list, err := register.Totals(c.actsOf(ctx, in.ActsOf))
			return &listOut[register.Total]{List[register.Total]{Items: orEmpty(list)}}, err
		})
}

// actsOf yields the acts that were chosen and are about those of whom one may see them; what is about nobody is shown to who may see
// that.
func (c *Call) actsOf(ctx context.Context, of ActsOf) iter.Seq2[register.Act, error] {
	return func(yield func(register.Act, error) bool) {
		for a, err := range c.s.o.Acts.Acts(ctx) {
			if err == nil && (!of.has(a) || !c.Covers(a.Subject, c.Today)) {
				continue
			}
			if !yield(a, err) || err != nil {
				return
			}
		}
	}
}

// acts shows a page of the register.
func (s *Server) acts(ctx context.Context, c *Call, in *actsIn) (*actsOut, error) {
	after := uint64(0)
	if in.part(0) != "" {
		var err error
		if after, err = strconv.ParseUint(in.part(0), 10, 64); err != nil {
			return nil, domain.NewError(domain.Invalid, "invalid_value", "field", "cursor", "problem", "not_a_cursor")
		}
	}
	done, err := s.heavy()
	if err != nil {
		return nil, err
	}
	defer done()
	limit := in.Limit
	if in.Effect {
		limit = min(limit, mostEffects)
	}
	out, last := &actsOut{Body: List[register.Act]{Items: []register.Act{}}}, uint64(0)
	for a, err := range c.actsOf(ctx, in.ActsOf) {
		if err != nil {
			return nil, err
		}
		if uint64(a.Position) <= after {
			continue
		}
		if len(out.Body.Items) == limit {
			out.Body.Next = cursorOf(strconv.FormatUint(last, 10))
			break
		}
		out.Body.Items, last = append(out.Body.Items, a), uint64(a.Position)
	}
	if in.Effect {
		err = s.o.Acts.Effects(ctx, out.Body.Items)
	}
	return out, err
}
