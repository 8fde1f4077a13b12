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

// Acts reads the register of privileged acts from the log itself.
type Acts interface {
	Acts(ctx context.Context) iter.Seq2[register.Act, error]
}

type actsIn struct {
	EachRow
	Page
	By    string `query:"by" maxLength:"64" doc:"Only acts of this person."`
	Emp   string `query:"about" maxLength:"64" doc:"Only acts about this employee, principal or device."`
	Since Day    `query:"since" doc:"Only acts recorded on this date (UTC) or later."`
}

type actsOut struct {
	Body List[register.Act]
}

func (s *Server) registerRoutes() {
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/register", ID: "list-acts", Action: access.RegisterRead, Object: "register",
		Summary: "Acts that changed somebody's pay, evidence, rights or device.",
	}, s.acts)
}

// acts shows the acts about those of whom one may see them; what is about nobody is shown to who may see that.
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
	out, last := &actsOut{Body: List[register.Act]{Items: []register.Act{}}}, uint64(0)
	for a, err := range s.o.Acts.Acts(ctx) {
		if err != nil {
			return nil, err
		}
		on := domain.DateOfUnix(a.RecordedAt.Seconds())
		if uint64(a.Position) <= after || on < in.Since.Date || in.By != "" && a.Actor.ID != in.By || in.Emp != "" && a.Subject != in.Emp ||
			!c.Covers(a.Subject, c.Today) {
			continue
		}
		if len(out.Body.Items) == in.Limit {
			out.Body.Next = cursorOf(strconv.FormatUint(last, 10))
			break
		}
		out.Body.Items, last = append(out.Body.Items, a), uint64(a.Position)
	}
	return out, nil
}
