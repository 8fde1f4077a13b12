package esdb

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/punchledger/punchledger/eventstore"
)

// fault is an error that clients tell by its trailers, not by its text.
type fault struct {
	code     codes.Code
	kind     string // trailer "exception"; empty for what the protocol has no name for
	text     string
	trailers map[string]string
}

func (f *fault) Error() string { return f.text }

// GRPCStatus lets gRPC send the fault's own code.
func (f *fault) GRPCStatus() *status.Status { return status.New(f.code, f.text) }

func (f *fault) trailer() metadata.MD {
	md := metadata.New(f.trailers)
	if f.kind != "" {
		md.Set("exception", f.kind)
	}
	return md
}

func badRequest(format string, args ...any) error {
	return &fault{code: codes.InvalidArgument, text: fmt.Sprintf(format, args...)}
}

func accessDenied(format string, args ...any) error {
	return &fault{code: codes.PermissionDenied, kind: "access-denied", text: fmt.Sprintf(format, args...)}
}

func unauthenticated(text string) error {
	return &fault{code: codes.Unauthenticated, text: text}
}

func streamDeleted(stream string) error {
	return &fault{
		code: codes.FailedPrecondition, kind: "stream-deleted", text: fmt.Sprintf("stream %s is deleted", stream),
		trailers: map[string]string{"stream-name": stream},
	}
}

func tooLarge() error {
	return &fault{
		code: codes.InvalidArgument, kind: "maximum-append-size-exceeded",
		text:     fmt.Sprintf("an append has at most %d bytes of types, metadata and data: hand in fewer events at once", MaxAppendBytes),
		trailers: map[string]string{"maximum-append-size": strconv.Itoa(MaxAppendBytes)},
	}
}

func missingMetadata(name string) error {
	return &fault{
		code: codes.InvalidArgument, kind: "missing-required-metadata-property",
		text:     fmt.Sprintf("an event needs the metadata %q", name),
		trailers: map[string]string{"required-metadata-properties": "type,content-type"},
	}
}

func notLeader(at Endpoint) error {
	return &fault{
		code: codes.NotFound, kind: "not-leader", text: "this node follows; the leader is at " + at.String(),
		trailers: map[string]string{"leader-endpoint-host": at.Host, "leader-endpoint-port": strconv.Itoa(int(at.Port))},
	}
}

func wrongVersionFault(stream string, w *wrongVersion) error {
	return &fault{
		code: codes.FailedPrecondition, kind: "wrong-expected-version",
		text: fmt.Sprintf("stream %s: %v", stream, w),
		trailers: map[string]string{
			"stream-name":      stream,
			"expected-version": strconv.FormatInt(w.expected.number(), 10),
			"actual-version":   strconv.FormatInt(int64(w.next)-1, 10),
		},
	}
}

// toFault returns the fault that clients are told of an error, and whether the error is the server's own and has to be looked into.
func toFault(ctx context.Context, err error) (f *fault, internal bool) {
	switch {
	case errors.As(err, &f):
		return f, false
	case errors.As(err, new(*eventstore.TooLargeError)):
		errors.As(tooLarge(), &f)
		return f, false
	case errors.As(err, new(*UnfitError)):
		return &fault{code: codes.InvalidArgument, text: err.Error()}, false
	case ctx.Err() != nil:
		s := status.FromContextError(context.Cause(ctx))
		if errors.As(context.Cause(ctx), &f) {
			return f, false
		}
		return &fault{code: s.Code(), text: s.Message()}, false
	}
	if s, ok := status.FromError(err); ok {
		return &fault{code: s.Code(), text: s.Message()}, false
	}
	return &fault{code: codes.Internal, text: "the server failed; its log says why"}, true
}
