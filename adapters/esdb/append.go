package esdb

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"

	"github.com/punchledger/punchledger/eventstore"
)

// streamsService answers what is asked about streams.
type streamsService struct {
	streams.UnimplementedStreamsServer
	s *Server
}

// appended is where an append ended, or that it had nothing to append to an empty stream.
type appended struct {
	Place
	none bool
}

// appendRetries is how often an append that expects nothing starts over when somebody else was faster.
const appendRetries = 10

// append appends events to a stream that is what the writer expects. The same append made again gives the first result: without an
// end where the revision says at which place it was, and for the last idsKept events where it does not. A *wrongVersion is an answer.
func (s *Server) append(ctx context.Context, stream string, e expectation, events []Proposed) (appended, error) {
	about, _ := metaOf(stream)
	defer s.locks.lock(about)()
	for try := 0; ; try++ {
		out, err := s.appendOnce(ctx, stream, e, events)
		if !errors.As(err, new(*eventstore.ConflictError)) {
			return out, err
		}
		s.tails.drop(stream)
		if try == appendRetries {
			return appended{}, err
		}
	}
}

func (s *Server) appendOnce(ctx context.Context, stream string, e expectation, events []Proposed) (appended, error) {
	t, err := s.tailOf(ctx, stream)
	if err != nil {
		return appended{}, err
	}
	if err := s.mayWrite(ctx, stream, t.rules.acl); err != nil {
		return appended{}, err
	}
	if t.tombstoned {
		return appended{}, streamDeleted(stream)
	}
	if stream == "$all" || strings.HasPrefix(stream, metaPrefix+metaPrefix) {
		return appended{}, badRequest("nothing can be appended to %s", stream)
	}
	known, err := s.judge(ctx, stream, t, e, events)
	if err != nil {
		return appended{}, err
	}
	if known != nil {
		return *known, nil
	}
	if len(events) == 0 {
		return s.end(ctx, stream, t)
	}
	if t.rules.deleted() {
		// The stream begins anew where it ended. Its rules change first: between the two it is empty, not gone with what was appended.
		if err := s.setTruncate(ctx, stream, t, t.next); err != nil {
			return appended{}, err
		}
	}
	p, err := s.opts.Log.Append(ctx, stream, t.next, events)
	if err != nil {
		return appended{}, err
	}
	t.remember(events)
	if about, isMeta := metaOf(stream); isMeta {
		s.tails.drop(about)
		s.tails.drop(stream) // its access list is in what was just written
	}
	return appended{Place: p}, nil
}

// tailOf returns the tail of a stream for an append, which holds the stream's lock.
func (s *Server) tailOf(ctx context.Context, stream string) (*tail, error) {
	if t := s.tails.get(stream); t != nil {
		return t, nil
	}
	t, err := s.load(ctx, stream)
	if err != nil {
		return nil, err
	}
	s.tails.put(stream, t)
	return t, nil
}

// judge compares a stream with what is expected of it: nothing when the events may be appended at its end, the first result when they
// are there, and otherwise a *wrongVersion.
func (s *Server) judge(ctx context.Context, stream string, t *tail, e expectation, events []Proposed) (*appended, error) {
	wrong := &wrongVersion{expected: e, next: t.next}
	switch e.kind {
	case streamExists:
		if t.rules.deleted() {
			return nil, streamDeleted(stream)
		}
		if t.next == 0 && t.rules.all == nil {
			return nil, wrong
		}
		return s.findIDs(ctx, stream, t, events, wrong)
	case anything:
		return s.findIDs(ctx, stream, t, events, wrong)
	}
	switch {
	case e.at(t.next):
		return nil, nil
	case e.next() > t.next || e.kind == atRevision && e.next() == 0: // behind the last revision that can be
		return nil, wrong
	}
	known, err := s.same(ctx, stream, e.next(), events)
	switch {
	case err != nil:
		return nil, err
	case known != nil:
		return known, nil
	case e.kind == noStream && t.rules.deleted():
		return nil, nil
	}
	return nil, wrong
}

// same returns the end of events when the stream holds exactly them from a revision on.
func (s *Server) same(ctx context.Context, stream string, from uint64, events []Proposed) (*appended, error) {
	if len(events) == 0 {
		return nil, nil
	}
	n := 0
	for r, err := range s.opts.Log.ReadStream(ctx, stream, Range{At: from}) {
		if err != nil {
			return nil, err
		}
		if r.ID != events[n].ID {
			return nil, nil
		}
		if n++; n == len(events) {
			return &appended{Place: Place{Revision: r.Revision, Position: r.Position}}, nil
		}
	}
	return nil, nil
}

// findIDs looks for events of an append that does not say where they belong.
func (s *Server) findIDs(ctx context.Context, stream string, t *tail, events []Proposed, wrong *wrongVersion) (*appended, error) {
	if t.ids == nil && t.next > 0 {
		if err := s.loadIDs(ctx, stream, t); err != nil {
			return nil, err
		}
	} else if t.ids == nil {
		t.ids = map[uuid.UUID]uint64{}
	}
	var at []uint64
	for _, e := range events {
		if revision, ok := t.ids[e.ID]; ok {
			at = append(at, revision)
		}
	}
	switch {
	case len(at) == 0:
		return nil, nil
	case len(at) < len(events):
		return nil, wrong
	}
	last := slices.Max(at)
	for r, err := range s.opts.Log.ReadStream(ctx, stream, Range{At: last}) {
		if err != nil {
			return nil, err
		}
		return &appended{Place: Place{Revision: r.Revision, Position: r.Position}}, nil
	}
	return nil, wrong
}

// end returns the end of a stream, for an append without events.
func (s *Server) end(ctx context.Context, stream string, t *tail) (appended, error) {
	if t.next == 0 {
		return appended{none: true}, nil
	}
	for r, err := range s.opts.Log.ReadStream(ctx, stream, Range{At: End, Backwards: true}) {
		return appended{Place: Place{Revision: r.Revision, Position: r.Position}}, err
	}
	return appended{none: true}, nil
}

// setTruncate writes where a stream begins. The caller holds the stream's lock and has given it its rights.
func (s *Server) setTruncate(ctx context.Context, stream string, t *tail, before uint64) error {
	_, err := s.writeRules(ctx, stream, t.rules.with(before))
	if err == nil {
		t.rules = parseRules(t.rules.with(before))
	}
	return err
}

// writeRules appends metadata of a stream.
func (s *Server) writeRules(ctx context.Context, stream string, data []byte) (Place, error) {
	about := metaPrefix + stream
	s.tails.drop(about)
	m, err := s.load(ctx, about)
	if err != nil {
		return Place{}, err
	}
	return s.opts.Log.Append(ctx, about, m.next, []Proposed{{
		Event: eventstore.Event{ID: uuid.New(), Type: typeMetadata, Data: data}, JSON: true,
	}})
}

// Append implements the protocol: what is expected of the stream, then the events, then one answer.
func (v *streamsService) Append(in streams.Streams_AppendServer) error {
	req, err := in.Recv()
	if err != nil {
		return err
	}
	options := req.GetOptions()
	if options == nil {
		return badRequest("an append begins with its options")
	}
	stream, err := parseStream(options.GetStreamIdentifier())
	if err != nil {
		return err
	}
	e, err := expects(options.GetExpectedStreamRevision())
	if err != nil {
		return err
	}
	events, err := v.receive(in)
	if err != nil {
		return err
	}
	out, err := v.s.append(in.Context(), stream, e, events)
	if w, ok := errors.AsType[*wrongVersion](err); ok {
		return in.SendAndClose(w.toAppend())
	}
	if err != nil {
		return err
	}
	success := &streams.AppendResp_Success{
		CurrentRevisionOption: &streams.AppendResp_Success_CurrentRevision{CurrentRevision: out.Revision},
		PositionOption: &streams.AppendResp_Success_Position{Position: &streams.AppendResp_Position{
			CommitPosition: out.Position, PreparePosition: out.Position,
		}},
	}
	if out.none {
		success.CurrentRevisionOption = &streams.AppendResp_Success_NoStream{NoStream: &shared.Empty{}}
		success.PositionOption = &streams.AppendResp_Success_NoPosition{NoPosition: &shared.Empty{}}
	}
	return in.SendAndClose(&streams.AppendResp{Result: &streams.AppendResp_Success_{Success: success}})
}

// receive takes the events of an append, up to the limit.
func (v *streamsService) receive(in streams.Streams_AppendServer) ([]Proposed, error) {
	var events []Proposed
	size := 0
	for {
		req, err := in.Recv()
		if errors.Is(err, io.EOF) {
			return events, nil
		}
		if err != nil {
			return nil, err
		}
		if req.GetProposedMessage() == nil {
			return nil, badRequest("after its options an append has events alone")
		}
		e, err := parseProposed(req.GetProposedMessage())
		if err != nil {
			return nil, err
		}
		if size += e.bytes(); size > MaxAppendBytes {
			return nil, tooLarge()
		}
		events = append(events, e)
	}
}
