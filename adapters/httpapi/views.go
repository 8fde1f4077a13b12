package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/attendance"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/daily"
)

// Views show what the ledger knows, now or at a moment of the past. At reads a position or an instant; "" is the present. A moment
// of the past may be wanted of one employee only, which is much less work. Wait returns when the views have a position, or with the
// context's error.
type Views interface {
	At(ctx context.Context, moment, emp string) (*Moment, error)
	Wait(ctx context.Context, p eventstore.Position) error
}

// Names opens the names of people, which are sealed where they are kept. Names whose keys are gone read as such.
type Names interface {
	Name(ctx context.Context, emp string) (string, error)
}

// Moment is what the ledger knew at one time. It must be closed.
type Moment struct {
	projections.Reader
	daily.ShadowReader
	Position  eventstore.Position
	Directory *ledger.Directory
	Today     domain.Date
	Boards    Boards
	Why       func(ctx context.Context, q AskedDay) (attendance.Answer, error)
	Versus    func(ctx context.Context, q AskedDay) (attendance.Versus, error)
	Story     func(ctx context.Context, lang string, a attendance.Answer) (string, error)             // an answer in words
	Compared  func(ctx context.Context, lang string, q AskedDay, v attendance.Versus) (string, error) // a comparison in words
	Close     func()
}

// AskedDay is a day to explain: under the rules that govern, or from a date on under a version that Rules names, and beside it what Diff
// names, a version or DiffNow.
type AskedDay struct {
	Emp         string
	Date, From  domain.Date
	Rules, Diff string
	AsOf        string
}

// DiffNow compares an earlier moment with what is known now.
const DiffNow = "now"

// Past lets a read be answered as the ledger would have answered it earlier.
type Past struct {
	AsOf string `query:"as_of" maxLength:"40" example:"16460" doc:"As known at a position, or at an instant (RFC 3339)."`
}

// Seen says how much of the ledger an answer shows.
type Seen struct {
	Position eventstore.Position `header:"Ledger-Position" doc:"The last event that this answer knows."`
}

// knows notes how much of the ledger there is, and tells the client: an answer that is read from the ledger itself knows as much, and
// what was written is among it. An answer from views says better what it knows.
func (c *Call) knows() {
	if c.Who.Principal != "" { // nobody else is told how fast the ledger grows
		c.tip = Seen{c.s.o.Ledger.Position()}
		c.header("Ledger-Position", strconv.FormatUint(uint64(c.tip.Position), 10))
	}
}

// at opens the views for a read.
func (c *Call) at(ctx context.Context, p Past, emp string) (*Moment, error) {
	return c.s.o.Views.At(ctx, p.AsOf, emp)
}

// How long a read waits for the views, at most, and when nothing says how long.
const (
	longestWait = 10 * time.Second
	usualWait   = 2 * time.Second
)

// wait lets a reader see what it wrote: it waits until the views have the position that the request names.
func (c *Call) wait(r *http.Request) error {
	named := r.URL.Query().Get("not_before_position")
	if named == "" {
		return nil
	}
	p, err := strconv.ParseUint(named, 10, 64)
	if err != nil {
		return domain.NewError(domain.Invalid, "invalid_value", "field", "not_before_position", "value", named, "problem", "not_a_position")
	}
	ctx, cancel := context.WithTimeout(r.Context(), preferred(r.Header.Values("Prefer")))
	defer cancel()
	err = c.s.o.Views.Wait(ctx, eventstore.Position(p))
	if ctx.Err() != nil && r.Context().Err() == nil {
		return domain.NewError(domain.Conflict, codeBehind, "position", named)
	}
	return err
}

// preferred reads how long a client wants to wait (RFC 7240), in seconds.
func preferred(headers []string) time.Duration {
	for part := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if !strings.EqualFold(strings.TrimSpace(name), "wait") {
			continue
		}
		if n, err := strconv.Atoi(strings.TrimSpace(value)); err == nil && n >= 0 {
			return min(time.Duration(n)*time.Second, longestWait)
		}
	}
	return usualWait
}
