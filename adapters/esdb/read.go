package esdb

import (
	"context"
	"iter"
	"math"
	"strconv"
	"strings"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
)

// reading is one read or subscription, as a request asks for it.
type reading struct {
	stream    string // empty for the whole log
	from      from
	backwards bool
	count     uint64
	follow    bool
	links     bool // are to be resolved
	filter    *filter
	ids       idForm
}

// from is where a reading begins.
type from struct {
	start, end bool
	at         uint64 // otherwise
}

// parseReading reads the options of a request.
func parseReading(o *streams.ReadReq_Options) (reading, error) {
	r := reading{links: o.GetResolveLinks(), backwards: o.GetReadDirection() == streams.ReadReq_Options_Backwards}
	var err error
	switch v := o.GetStreamOption().(type) {
	case *streams.ReadReq_Options_Stream:
		if r.stream, err = parseStream(v.Stream.GetStreamIdentifier()); err != nil {
			return r, err
		}
		switch at := v.Stream.GetRevisionOption().(type) {
		case *streams.ReadReq_Options_StreamOptions_Revision:
			r.from.at = at.Revision
		case *streams.ReadReq_Options_StreamOptions_End:
			r.from.end = true
		default:
			r.from.start = true
		}
	case *streams.ReadReq_Options_All:
		switch at := v.All.GetAllOption().(type) {
		case *streams.ReadReq_Options_AllOptions_Position:
			r.from.at = at.Position.GetCommitPosition()
		case *streams.ReadReq_Options_AllOptions_End:
			r.from.end = true
		default:
			r.from.start = true
		}
	default:
		return r, badRequest("a read names a stream, or asks for all")
	}
	switch v := o.GetCountOption().(type) {
	case *streams.ReadReq_Options_Count:
		r.count = v.Count
	case *streams.ReadReq_Options_Subscription:
		r.follow = true
		r.count = math.MaxUint64
	default:
		return r, badRequest("a read says how many events it wants, or that it follows")
	}
	switch o.GetUuidOption().GetContent().(type) {
	case *streams.ReadReq_Options_UUIDOption_String_:
		r.ids = idAsText
	case *streams.ReadReq_Options_UUIDOption_Structured:
	default:
		return r, badRequest("a read says in which form it wants ids")
	}
	if r.follow && r.backwards {
		return r, badRequest("a subscription goes forwards")
	}
	if f := o.GetFilter(); f != nil {
		if r.stream != "" {
			return r, badRequest("a filter is for reading all")
		}
		r.filter, err = parseFilter(f)
	}
	return r, err
}

// Read implements the protocol: it reads a stream or the whole log, once or from then on.
func (v *streamsService) Read(req *streams.ReadReq, out streams.Streams_ReadServer) error {
	r, err := parseReading(req.GetOptions())
	if err != nil {
		return err
	}
	ctx := out.Context()
	switch {
	case r.follow && r.stream == "":
		return v.s.followAll(ctx, r, out)
	case r.follow:
		return v.s.followStream(ctx, r, out)
	case r.stream == "":
		return v.s.readAll(ctx, r, out)
	}
	return v.s.readStream(ctx, r, out)
}

// sender is where answers of a read go.
type sender interface {
	Send(*streams.ReadResp) error
	SendMsg(any) error
}

func (s *Server) readAll(ctx context.Context, r reading, out sender) error {
	if err := mayReadAll(ctx); err != nil {
		return err
	}
	read := Range{At: r.from.at, Backwards: r.backwards}
	switch {
	case r.from.end:
		read.At = End
	case r.from.start:
		read.At = 0
	}
	if r.count == 0 || read.At == End && !r.backwards {
		return nil
	}
	for rec, err := range s.opts.Log.ReadAll(ctx, read) {
		if err != nil {
			return err
		}
		if r.filter != nil && !r.filter.wants(&rec) {
			continue
		}
		if err := s.send(ctx, r, &rec, out); err != nil {
			return err
		}
		if r.count--; r.count == 0 {
			return nil
		}
	}
	return nil
}

func (s *Server) readStream(ctx context.Context, r reading, out sender) error {
	t, err := s.load(ctx, r.stream)
	if err != nil {
		return err
	}
	if err := mayRead(ctx, r.stream, t.rules.acl); err != nil {
		return err
	}
	if t.tombstoned {
		return streamDeleted(r.stream)
	}
	if t.next == 0 || t.rules.deleted() {
		return out.Send(&streams.ReadResp{Content: &streams.ReadResp_StreamNotFound_{
			StreamNotFound: &streams.ReadResp_StreamNotFound{
				StreamIdentifier: &shared.StreamIdentifier{StreamName: []byte(r.stream)},
			},
		}})
	}
	for rec, err := range s.kept(ctx, r, t) {
		if err != nil {
			return err
		}
		if r.count == 0 {
			return nil
		}
		if err := s.send(ctx, r, &rec, out); err != nil {
			return err
		}
		r.count--
	}
	return nil
}

// kept reads the events of a stream that its rules still show.
func (s *Server) kept(ctx context.Context, r reading, t *tail) iter.Seq2[Record, error] {
	now := s.opts.Now()
	read := Range{At: r.from.at, Backwards: r.backwards}
	switch {
	case r.backwards && (r.from.end || r.from.at >= t.next):
		read.At = End
	case r.backwards:
		read.At++ // the event at a revision is read too
	case r.from.end:
		read.At = End
	default:
		read.At = max(read.At, t.first())
	}
	return func(yield func(Record, error) bool) {
		for rec, err := range s.opts.Log.ReadStream(ctx, r.stream, read) {
			if err == nil && r.backwards && rec.Revision < t.first() {
				return
			}
			if err == nil && !t.shows(&rec, now) {
				continue
			}
			if !yield(rec, err) {
				return
			}
		}
	}
}

// view is a record as a reader sees it: the event, and the link by which it was found. A link that leads nowhere has no event.
type view struct {
	event, link *Record
}

// original is what stands in the stream that was read.
func (v view) original() *Record {
	if v.link != nil {
		return v.link
	}
	return v.event
}

func (s *Server) send(ctx context.Context, r reading, rec *Record, out sender) error {
	v, err := s.look(ctx, rec, r.links)
	if err != nil {
		return err
	}
	return out.SendMsg(r.ids.rawEvent(v))
}

// look follows a link where it is asked to.
func (s *Server) look(ctx context.Context, rec *Record, resolve bool) (view, error) {
	if !resolve || rec.Type != typeLink {
		return view{event: rec}, nil
	}
	number, stream, ok := strings.Cut(string(rec.Data), "@")
	revision, err := strconv.ParseUint(number, 10, 63)
	if !ok || err != nil || stream == "" {
		return view{link: rec}, nil
	}
	t, err := s.load(ctx, stream)
	if err != nil {
		return view{}, err
	}
	if t.tombstoned || revision >= t.next || mayRead(ctx, stream, t.rules.acl) != nil {
		return view{link: rec}, nil
	}
	for target, err := range s.opts.Log.ReadStream(ctx, stream, Range{At: revision}) {
		if err != nil {
			return view{}, err
		}
		if target.Revision == revision && t.shows(&target, s.opts.Now()) {
			return view{event: &target, link: rec}, nil
		}
		break
	}
	return view{link: rec}, nil
}
