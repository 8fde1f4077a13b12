package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/eventstore"
)

// Verified is what a verification of all records found.
type Verified struct {
	OK       bool                  `json:"ok"`
	Events   eventstore.Position   `json:"events"`
	Streams  int                   `json:"streams"`
	Head     eventstore.Commitment `json:"head"`
	FirstBad eventstore.Position   `json:"first_bad,omitempty"`
	Problem  string                `json:"problem,omitempty"`
}

// Log reads the raw events and checks them. Read yields records after a place, of which the position is that of the cursor.
type Log interface {
	Read(ctx context.Context, after Place, yield func(eventstore.Record) error) error
	Verify(ctx context.Context) (Verified, error)
}

// Place is where a reader of the log stands. A place without a cursor is found by counting.
type Place struct {
	Cursor   eventstore.Cursor
	Position eventstore.Position
}

// logged is an event as it is stored. Personal values in its data are sealed.
type logged struct {
	Position   eventstore.Position   `json:"position"`
	Stream     string                `json:"stream"`
	Revision   eventstore.Revision   `json:"revision"`
	ID         string                `json:"event_id"`
	Type       string                `json:"type"`
	Commitment eventstore.Commitment `json:"commitment"`
	Metadata   json.RawMessage       `json:"metadata"`
	Data       json.RawMessage       `json:"data"`
}

type eventsIn struct {
	Nobody
	Page
	After  eventstore.Position `query:"after" doc:"Only events after this position."`
	Stream string              `query:"stream" maxLength:"200" doc:"Only this stream."`
}

type eventsOut struct {
	Body List[logged]
}

type verifiedOut struct {
	Body Verified
}

func (s *Server) logRoutes() {
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/log/events", ID: "list-events", Action: access.LogRead, Object: "log",
		Summary: "The raw events.",
	}, s.events)
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/log/verification", ID: "verify", Action: access.LedgerCheck, Object: "verification",
		Summary: "Read every event and recompute its commitment.",
	},
		func(ctx context.Context, _ *Call, _ *Nobody) (*verifiedOut, error) {
			done, err := s.heavy()
			if err != nil {
				return nil, err
			}
			defer done()
			v, err := s.o.Events.Verify(ctx)
			return &verifiedOut{Body: v}, err
		})
}

// heavy lets one request at a time do work that reads the whole log.
func (s *Server) heavy() (done func(), err error) {
	select {
	case s.reading <- struct{}{}:
		return func() { <-s.reading }, nil
	default:
		return nil, domain.NewError(domain.Conflict, codeBusy)
	}
}

func (s *Server) events(ctx context.Context, _ *Call, in *eventsIn) (*eventsOut, error) {
	at := Place{Position: in.After}
	if in.part(1) != "" {
		cursor, err := strconv.ParseUint(in.part(0), 10, 64)
		position, other := strconv.ParseUint(in.part(1), 10, 64)
		if err != nil || other != nil {
			return nil, domain.NewError(domain.Invalid, "invalid_value", "field", "cursor", "value", in.Cursor, "problem", "not_a_cursor")
		}
		at = Place{eventstore.Cursor(cursor), eventstore.Position(position)}
	}
	done, err := s.heavy()
	if err != nil {
		return nil, err
	}
	defer done()
	out := &eventsOut{Body: List[logged]{Items: []logged{}}}
	err = s.o.Events.Read(ctx, at, func(r eventstore.Record) error {
		if len(out.Body.Items) == in.Limit {
			out.Body.Next = cursorOf(strconv.FormatUint(uint64(at.Cursor), 10), strconv.FormatUint(uint64(at.Position), 10))
			return errFull
		}
		at = Place{r.Cursor, r.Position}
		if in.Stream == "" || r.Stream == in.Stream {
			out.Body.Items = append(out.Body.Items, logged{r.Position, r.Stream, r.Revision, r.ID.String(), r.Type, r.Commitment, r.Metadata, r.Data})
		}
		return nil
	})
	if err != nil && out.Body.Next == "" {
		return nil, err
	}
	return out, nil
}
