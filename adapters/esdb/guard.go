package esdb

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
)

// errStopping ends the calls that follow the log when the server stops.
var errStopping = &fault{code: codes.Unavailable, text: "the server is stopping"}

// guardUnary runs a call: it finds out who calls, turns a panic into an error - a fault in one handler must not end the ledger - and
// gives errors the form that clients know.
func (s *Server) guardUnary(
	ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler,
) (resp any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = s.panicked(info.FullMethod, p)
		}
		if err != nil {
			resp, err = nil, s.told(ctx, info.FullMethod, err, func(f *fault) { _ = grpc.SetTrailer(ctx, f.trailer()) })
		}
	}()
	who, err := s.whoCalls(ctx)
	if err != nil {
		return nil, err
	}
	return handler(withUser(ctx, who), req)
}

// guardStream does the same for calls that stream; those end when the server stops.
func (s *Server) guardStream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) (err error) {
	ctx, cancel := context.WithCancelCause(stream.Context())
	defer cancel(nil)
	defer func() {
		if p := recover(); p != nil {
			err = s.panicked(info.FullMethod, p)
		}
		if err == nil {
			return
		}
		if info.IsClientStream && !info.IsServerStream {
			drain(stream)
		}
		err = s.told(ctx, info.FullMethod, err, func(f *fault) { stream.SetTrailer(f.trailer()) })
	}()
	who, err := s.whoCalls(ctx)
	if err != nil {
		return err
	}
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-s.stopping:
			cancel(errStopping)
		case <-done:
		}
	}()
	return handler(srv, &ownContext{stream, withUser(ctx, who)})
}

// drained bounds what is read of a call that is refused.
const drained = 16 << 20

// drain reads what a client still sends: one that is refused while it sends sees that its sending failed, and not why.
func drain(stream grpc.ServerStream) {
	for n := 0; n < drained; {
		var m streams.AppendReq
		if stream.RecvMsg(&m) != nil {
			return
		}
		n += proto.Size(&m)
	}
}

// ownContext is a stream whose context also knows who calls, and ends with the server.
type ownContext struct {
	grpc.ServerStream
	ctx context.Context //nolint:containedctx // gRPC hands contexts of streams around in this way only
}

func (o *ownContext) Context() context.Context { return o.ctx }

func (s *Server) panicked(method string, p any) error {
	s.opts.Logger.Error("a call of the EventStoreDB protocol panicked",
		"method", method, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	return &fault{code: codes.Internal, text: "the server failed; its log says why"}
}

// told returns what the client is told of err, once set has been given its trailers.
func (s *Server) told(ctx context.Context, method string, err error, set func(*fault)) error {
	f, internal := toFault(ctx, err)
	if internal {
		s.opts.Logger.Error("a call of the EventStoreDB protocol failed", "method", method, "error", err)
	}
	set(f)
	return f
}
