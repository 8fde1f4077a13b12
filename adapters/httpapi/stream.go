package httpapi

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/eventstore"
)

// Change is something that happened and can be read: at its position the views show it. Dates are the days of the employee that it
// is about; Request is the id of a request that it moved.
type Change struct {
	Position eventstore.Position `json:"position"`
	Kind     string              `json:"kind"` // category of the stream: timecard, request, roster, employee, ...
	Emp      string              `json:"emp,omitempty"`
	From     domain.Date         `json:"from,omitzero"`
	To       domain.Date         `json:"to,omitzero"`
	Request  string              `json:"request,omitempty"`
}

// Changes yields what happens from now on, each once the views show it, until ctx ends or yield returns an error.
type Changes interface {
	Follow(ctx context.Context, yield func(Change) error) error
}

// Bounds of the stream: how many changes are kept for those who come back, how many may wait for a slow client, and for how long
// nothing is said at most.
const (
	keptChanges    = 8192
	waitingChanges = 1024
	beatEvery      = 15 * time.Second
)

// hub hands changes to everybody who listens. A listener that is too slow is cut off and comes back with its last id.
type hub struct {
	mu    sync.Mutex
	kept  []Change            // the last ones; when there are keptChanges, each new one takes the place of the oldest
	next  int                 // place of the oldest then
	lost  eventstore.Position // changes up to here are not kept any more
	known bool
	to    map[chan Change]bool
}

func newHub() *hub { return &hub{to: map[chan Change]bool{}} }

// follow publishes changes until ctx ends.
func (s *Server) follow(ctx context.Context) error {
	if s.o.Changes == nil {
		return nil
	}
	err := s.o.Changes.Follow(ctx, s.hub.publish)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (h *hub) publish(c Change) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.known {
		h.known, h.lost = true, c.Position-1
	}
	if len(h.kept) < keptChanges {
		h.kept = append(h.kept, c)
	} else {
		h.lost = h.kept[h.next].Position
		h.kept[h.next] = c
		h.next = (h.next + 1) % keptChanges
	}
	for ch := range h.to {
		select {
		case ch <- c:
		default:
			delete(h.to, ch)
			close(ch)
		}
	}
	return nil
}

// listen returns the changes after a position that are still kept, and a channel with those that follow. Gap says that some in
// between are not kept any more.
func (h *hub) listen(after eventstore.Position) (missed []Change, next chan Change, gap bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	next = make(chan Change, waitingChanges)
	h.to[next] = true
	if after == 0 {
		return nil, next, false
	}
	for _, part := range [][]Change{h.kept[h.next:], h.kept[:h.next]} {
		for _, c := range part {
			if c.Position > after {
				missed = append(missed, c)
			}
		}
	}
	return missed, next, h.known && after < h.lost
}

func (h *hub) leave(ch chan Change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.to, ch)
}

type streamIn struct {
	EachRow
	LastID string `header:"Last-Event-ID" pattern:"^[0-9]*$" maxLength:"20" doc:"The id of the last event that the client has."`
}

// streamRoutes tell clients what to read again.
func (s *Server) streamRoutes() {
	Handle(s, Route{
		Method: http.MethodGet, Path: "/v1/stream", ID: "stream", Action: access.DayRead, Object: "day",
		Summary: "Server-sent events: what changed that one may see.",
	}, s.stream)
}

func (s *Server) stream(ctx context.Context, c *Call, in *streamIn) (*huma.StreamResponse, error) {
	var after eventstore.Position
	if in.LastID != "" {
		n, err := strconv.ParseUint(in.LastID, 10, 64)
		if err != nil {
			return nil, domain.NewError(domain.Invalid, "invalid_value", "field", "Last-Event-ID", "value", in.LastID, "problem", "not_a_position")
		}
		after = eventstore.Position(n)
	}
	m, err := s.o.Views.At(ctx, "", "")
	if err != nil {
		return nil, err
	}
	position := m.Position
	m.Close()
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		_, w := humago.Unwrap(hc)
		e := &events{w: w, control: http.NewResponseController(w), call: c}
		missed, next, gap := s.hub.listen(after)
		defer s.hub.leave(next)
		_ = e.run(ctx, position, missed, next, gap) // the client has gone away, or is too slow
	}}, nil
}

// events writes server-sent events to one client.
type events struct {
	w       http.ResponseWriter
	control *http.ResponseController
	call    *Call
}

var errStreamEnds = errors.New("the stream ends")

func (e *events) run(ctx context.Context, position eventstore.Position, missed []Change, next chan Change, gap bool) error {
	e.w.Header().Set("Content-Type", "text/event-stream")
	e.w.Header().Set("X-Accel-Buffering", "no")
	first := "hello"
	if gap { // too much has happened: the client reads everything again
		first = "reset"
	}
	if err := e.send(first, position, map[string]eventstore.Position{"position": position}); err != nil {
		return err
	}
	for _, c := range missed {
		if err := e.change(c); err != nil {
			return err
		}
	}
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-stopping(ctx):
			return errStreamEnds
		case c, ok := <-next:
			if !ok {
				return errStreamEnds
			}
			err = e.change(c)
		case <-beat.C:
			if err = e.stillKnown(ctx); err == nil {
				err = e.write(": still here\n\n")
			}
		}
		if err != nil {
			return err
		}
	}
}

// stillKnown ends the stream of a session that has ended meanwhile.
func (e *events) stillKnown(ctx context.Context) error {
	_, err := e.call.s.o.Identity.Who(ctx, e.call.credential)
	return err
}

// change sends a change that the client may see.
func (e *events) change(c Change) error {
	e.call.seen = nil // who may see what can change while the stream runs
	switch {
	case c.Emp == "":
		if c.Kind != "group" && c.Kind != "ruleset" && c.Kind != "calendar" && c.Kind != "site" {
			return nil
		}
	case !e.call.Covers(c.Emp, orToday(c.From, e.call.Today)) && !e.call.Covers(c.Emp, orToday(c.To, e.call.Today)):
		return nil
	}
	return e.send("change", c.Position, c)
}

func orToday(d, today domain.Date) domain.Date {
	if d == 0 {
		return today
	}
	return d
}

func (e *events) send(event string, id eventstore.Position, data any) error {
	var b strings.Builder
	b.WriteString("event: " + event + "\nid: " + strconv.FormatUint(uint64(id), 10) + "\ndata: ")
	if err := writeJSON(&b, data); err != nil {
		return err
	}
	return e.write(b.String() + "\n")
}

func (e *events) write(s string) error {
	if err := e.control.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	if _, err := e.w.Write([]byte(s)); err != nil {
		return err
	}
	return e.control.Flush()
}
