package esdb

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Limits of one client's stream of appends.
const (
	batchesAtOnce = 256      // being appended; more wait in the stream
	batchesOpen   = 1024     // begun and not yet complete
	batchesBytes  = 64 << 20 // in batches that are not yet complete
)

// errTimeout says that an append came after its time.
var errTimeout = errors.New("the append was not made in time")

// batch is an append that comes in parts.
type batch struct {
	id       *shared.UUID
	options  *streams.BatchAppendReq_Options
	stream   string
	expected expectation
	deadline time.Time
	events   []Proposed
	size     int
	err      error // why it cannot be made; told when its last part has come
}

// batches is one client's stream of appends. What is wrong with one of them is said in its answer: an error of the call would take
// all others of that client with it.
type batches struct {
	s    *Server
	out  streams.Streams_BatchAppendServer
	open map[string]*batch
	size int

	mu      sync.Mutex // of sending
	failed  error
	running sync.WaitGroup
	slots   chan struct{}

	orderly sync.Mutex
	last    map[string]chan struct{} // closed when the last append to a stream that was handed in is made
}

// BatchAppend implements the protocol: many appends in flight on one stream, answered in any order.
func (v *streamsService) BatchAppend(out streams.Streams_BatchAppendServer) error {
	b := &batches{s: v.s, out: out, open: map[string]*batch{}, slots: make(chan struct{}, batchesAtOnce), last: map[string]chan struct{}{}}
	defer b.running.Wait()
	for {
		req, err := receiveOr(out.Context(), out.Recv)
		if errors.Is(err, io.EOF) {
			b.running.Wait()
			return b.failed
		}
		if err != nil {
			return err
		}
		if err := b.part(out.Context(), req); err != nil {
			return err
		}
	}
}

// receiveOr receives a message, or returns why the context ended: gRPC itself would wait for the client.
func receiveOr[T any](ctx context.Context, receive func() (T, error)) (T, error) {
	type result struct {
		message T
		err     error
	}
	got := make(chan result, 1)
	go func() {
		m, err := receive()
		got <- result{m, err}
	}()
	select {
	case r := <-got:
		return r.message, r.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}

// part takes one part of an append and makes the append when it was the last one.
func (b *batches) part(ctx context.Context, req *streams.BatchAppendReq) error {
	id, err := parseID(req.GetCorrelationId())
	if err != nil {
		return err
	}
	one := b.open[string(id[:])]
	if one == nil {
		if len(b.open) >= batchesOpen {
			return badRequest("more than %d appends were begun and not ended", batchesOpen)
		}
		one = &batch{id: req.GetCorrelationId()}
		b.open[string(id[:])] = one
		one.begin(b.s.opts.Now(), req.GetOptions())
	}
	before := one.size
	one.add(req.GetProposedMessages())
	if b.size += one.size - before; b.size > batchesBytes {
		return badRequest("appends that were begun and not ended hold more than %d bytes", batchesBytes)
	}
	if !req.GetIsFinal() {
		return nil
	}
	delete(b.open, string(id[:]))
	b.size -= one.size
	select {
	case b.slots <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	ahead, done := b.queue(one.stream)
	b.running.Go(func() {
		defer func() { <-b.slots }()
		if ahead != nil {
			<-ahead
		}
		fill := b.safely(ctx, one)
		b.leave(one.stream, done)
		b.answer(one, fill)
	})
	return nil
}

// queue puts an append behind those to the same stream that this client handed in before: they are made in that order.
func (b *batches) queue(stream string) (before <-chan struct{}, done chan struct{}) {
	b.orderly.Lock()
	defer b.orderly.Unlock()
	before, done = b.last[stream], make(chan struct{})
	b.last[stream] = done
	return before, done
}

func (b *batches) leave(stream string, done chan struct{}) {
	b.orderly.Lock()
	defer b.orderly.Unlock()
	if b.last[stream] == done {
		delete(b.last, stream)
	}
	close(done)
}

// begin reads what the first part says of an append.
func (o *batch) begin(now time.Time, options *streams.BatchAppendReq_Options) {
	if o.options = options; options == nil {
		o.err = badRequest("the first part of an append has its options")
		return
	}
	if o.stream, o.err = parseStream(options.GetStreamIdentifier()); o.err != nil {
		return
	}
	if o.expected, o.err = expects(options.GetExpectedStreamPosition()); o.err != nil {
		return
	}
	switch d := options.GetDeadlineOption().(type) {
	case *streams.BatchAppendReq_Options_Deadline:
		o.deadline = now.Add(d.Deadline.AsDuration())
	case *streams.BatchAppendReq_Options_Deadline_21_10_0:
		o.deadline = d.Deadline_21_10_0.AsTime()
	}
}

func (o *batch) add(messages []*streams.BatchAppendReq_ProposedMessage) {
	for _, m := range messages {
		if o.err != nil {
			return
		}
		var e Proposed
		if e, o.err = parseProposed(m); o.err != nil {
			return
		}
		if o.size += e.bytes(); o.size > MaxAppendBytes {
			o.err, o.events = tooLarge(), nil
			return
		}
		o.events = append(o.events, e)
	}
}

// safely is make, with a panic as an error: it runs beside the call, whose guard does not see it.
func (b *batches) safely(ctx context.Context, o *batch) (fill func(*streams.BatchAppendResp)) {
	defer func() {
		if p := recover(); p != nil {
			err := b.s.panicked(streams.Streams_BatchAppend_FullMethodName, p)
			fill = func(r *streams.BatchAppendResp) {
				r.Result = &streams.BatchAppendResp_Error{Error: b.s.toStatus(ctx, o, err)}
			}
		}
	}()
	return b.make(ctx, o)
}

// make appends what has come. An append that was begun in time is finished: what it says is then what the log holds.
func (b *batches) make(ctx context.Context, o *batch) func(*streams.BatchAppendResp) {
	failed := func(err error) func(*streams.BatchAppendResp) {
		return func(r *streams.BatchAppendResp) {
			r.Result = &streams.BatchAppendResp_Error{Error: b.s.toStatus(ctx, o, err)}
		}
	}
	if o.err != nil {
		return failed(o.err)
	}
	if !o.deadline.IsZero() && b.s.opts.Now().After(o.deadline) {
		return failed(errTimeout)
	}
	out, err := b.s.append(ctx, o.stream, o.expected, o.events)
	if err != nil {
		return failed(err)
	}
	return func(r *streams.BatchAppendResp) {
		success := &streams.BatchAppendResp_Success{
			CurrentRevisionOption: &streams.BatchAppendResp_Success_CurrentRevision{CurrentRevision: out.Revision},
			PositionOption: &streams.BatchAppendResp_Success_Position{Position: &shared.AllStreamPosition{
				CommitPosition: out.Position, PreparePosition: out.Position,
			}},
		}
		if out.none {
			success.CurrentRevisionOption = &streams.BatchAppendResp_Success_NoStream{NoStream: &emptypb.Empty{}}
			success.PositionOption = &streams.BatchAppendResp_Success_NoPosition{NoPosition: &emptypb.Empty{}}
		}
		r.Result = &streams.BatchAppendResp_Success_{Success: success}
	}
}

// answer sends what came of an append. The stream of a client that is gone has nobody to tell; the append stands.
func (b *batches) answer(o *batch, fill func(*streams.BatchAppendResp)) {
	r := &streams.BatchAppendResp{CorrelationId: o.id, StreamIdentifier: o.options.GetStreamIdentifier()}
	switch e := o.options.GetExpectedStreamPosition().(type) {
	case *streams.BatchAppendReq_Options_StreamPosition:
		r.ExpectedStreamPosition = &streams.BatchAppendResp_StreamPosition{StreamPosition: e.StreamPosition}
	case *streams.BatchAppendReq_Options_NoStream:
		r.ExpectedStreamPosition = &streams.BatchAppendResp_NoStream{NoStream: &emptypb.Empty{}}
	case *streams.BatchAppendReq_Options_Any:
		r.ExpectedStreamPosition = &streams.BatchAppendResp_Any{Any: &emptypb.Empty{}}
	case *streams.BatchAppendReq_Options_StreamExists:
		r.ExpectedStreamPosition = &streams.BatchAppendResp_StreamExists{StreamExists: &emptypb.Empty{}}
	}
	fill(r)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.failed == nil {
		b.failed = b.out.Send(r)
	}
}

// toStatus says in an answer why an append was not made.
func (s *Server) toStatus(ctx context.Context, o *batch, err error) *status.Status {
	var detail proto.Message
	out := &status.Status{}
	if w, ok := errors.AsType[*wrongVersion](err); ok {
		out.Code, out.Message, detail = int32(codes.FailedPrecondition), "WrongExpectedVersion", w.toDetail()
	} else if errors.Is(err, errTimeout) {
		out.Code, out.Message, detail = int32(codes.DeadlineExceeded), "Timeout", &shared.Timeout{}
	} else {
		f, internal := toFault(ctx, err)
		if internal {
			s.opts.Logger.Error("a batch of the EventStoreDB protocol failed", "error", err)
		}
		out.Code, out.Message = int32(f.code), f.text
		switch {
		case f.kind == "stream-deleted":
			detail = &shared.StreamDeleted{StreamIdentifier: &shared.StreamIdentifier{StreamName: []byte(o.stream)}}
		case f.kind == "access-denied":
			detail = &shared.AccessDenied{}
		case f.kind == "maximum-append-size-exceeded":
			detail = &shared.MaximumAppendSizeExceeded{MaxAppendSize: MaxAppendBytes}
		case f.code == codes.InvalidArgument:
			detail = &shared.BadRequest{Message: f.text}
		default:
			detail = &shared.Unknown{}
		}
	}
	packed, err := anypb.New(detail)
	if err == nil {
		out.Details = []*anypb.Any{packed}
	}
	return out
}
