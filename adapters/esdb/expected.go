package esdb

import (
	"fmt"
	"math"
	"strconv"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"google.golang.org/protobuf/types/known/emptypb"
)

// expectation is what a writer expects of a stream.
type expectation struct {
	kind     expectationKind
	revision uint64 // of atRevision
}

type expectationKind int

const (
	atRevision expectationKind = iota
	noStream
	anything
	streamExists
)

// next is how many events the stream is expected to have had; for atRevision and noStream.
func (e expectation) next() uint64 {
	if e.kind == noStream {
		return 0
	}
	return e.revision + 1
}

// at reports whether a stream that has had next events is where it is expected; for atRevision and noStream.
func (e expectation) at(next uint64) bool {
	return e.next() == next && (e.kind == noStream || next > 0)
}

// number is the expectation as one number, as trailers have it.
func (e expectation) number() int64 {
	switch e.kind {
	case noStream:
		return -1
	case anything:
		return -2
	case streamExists:
		return -4
	}
	return int64(e.revision)
}

// expects reads the four ways in which requests say what they expect; each message has a type of its own for them.
func expects(option any) (expectation, error) {
	switch v := option.(type) {
	case *streams.AppendReq_Options_Revision:
		return expectation{revision: v.Revision}, nil
	case *streams.DeleteReq_Options_Revision:
		return expectation{revision: v.Revision}, nil
	case *streams.TombstoneReq_Options_Revision:
		return expectation{revision: v.Revision}, nil
	case *streams.BatchAppendReq_Options_StreamPosition:
		return expectation{revision: v.StreamPosition}, nil
	case *streams.AppendReq_Options_NoStream, *streams.DeleteReq_Options_NoStream,
		*streams.TombstoneReq_Options_NoStream, *streams.BatchAppendReq_Options_NoStream:
		return expectation{kind: noStream}, nil
	case *streams.AppendReq_Options_Any, *streams.DeleteReq_Options_Any,
		*streams.TombstoneReq_Options_Any, *streams.BatchAppendReq_Options_Any:
		return expectation{kind: anything}, nil
	case *streams.AppendReq_Options_StreamExists, *streams.DeleteReq_Options_StreamExists,
		*streams.TombstoneReq_Options_StreamExists, *streams.BatchAppendReq_Options_StreamExists:
		return expectation{kind: streamExists}, nil
	}
	return expectation{}, badRequest("the request does not say what it expects of the stream")
}

// wrongVersion says that a stream was not what a writer expected. It is an answer, not an error, of an append.
type wrongVersion struct {
	expected expectation
	next     uint64
}

func (w *wrongVersion) Error() string {
	have := "there is none"
	if w.next > 0 {
		have = "it is at revision " + strconv.FormatUint(w.next-1, 10)
	}
	switch w.expected.kind {
	case noStream:
		return "expected to be new, but " + have
	case streamExists:
		return "expected to be there, but " + have
	case anything:
		return "a part of the events is there already, but not all; " + have
	}
	return fmt.Sprintf("expected at revision %d, but %s", w.expected.revision, have)
}

// toAppend gives the answer the form of an append's response, for clients of today and for those that know the older fields alone.
func (w *wrongVersion) toAppend() *streams.AppendResp {
	out := &streams.AppendResp_WrongExpectedVersion{}
	none := &shared.Empty{}
	if w.next == 0 {
		out.CurrentRevisionOption = &streams.AppendResp_WrongExpectedVersion_CurrentNoStream{CurrentNoStream: none}
		out.CurrentRevisionOption_20_6_0 = &streams.AppendResp_WrongExpectedVersion_NoStream_20_6_0{NoStream_20_6_0: none}
	} else {
		out.CurrentRevisionOption = &streams.AppendResp_WrongExpectedVersion_CurrentRevision{CurrentRevision: w.next - 1}
		out.CurrentRevisionOption_20_6_0 = &streams.AppendResp_WrongExpectedVersion_CurrentRevision_20_6_0{CurrentRevision_20_6_0: w.next - 1}
	}
	switch w.expected.kind {
	case anything:
		out.ExpectedRevisionOption = &streams.AppendResp_WrongExpectedVersion_ExpectedAny{ExpectedAny: none}
		out.ExpectedRevisionOption_20_6_0 = &streams.AppendResp_WrongExpectedVersion_Any_20_6_0{Any_20_6_0: none}
	case streamExists:
		out.ExpectedRevisionOption = &streams.AppendResp_WrongExpectedVersion_ExpectedStreamExists{ExpectedStreamExists: none}
		out.ExpectedRevisionOption_20_6_0 = &streams.AppendResp_WrongExpectedVersion_StreamExists_20_6_0{StreamExists_20_6_0: none}
	case noStream:
		out.ExpectedRevisionOption = &streams.AppendResp_WrongExpectedVersion_ExpectedNoStream{ExpectedNoStream: none}
		out.ExpectedRevisionOption_20_6_0 = &streams.AppendResp_WrongExpectedVersion_ExpectedRevision_20_6_0{ExpectedRevision_20_6_0: math.MaxUint64}
	default:
		out.ExpectedRevisionOption = &streams.AppendResp_WrongExpectedVersion_ExpectedRevision{ExpectedRevision: w.expected.revision}
		out.ExpectedRevisionOption_20_6_0 = &streams.AppendResp_WrongExpectedVersion_ExpectedRevision_20_6_0{ExpectedRevision_20_6_0: w.expected.revision}
	}
	return &streams.AppendResp{Result: &streams.AppendResp_WrongExpectedVersion_{WrongExpectedVersion: out}}
}

// toDetail gives the answer the form of a detail in a batch append's response.
func (w *wrongVersion) toDetail() *shared.WrongExpectedVersion {
	out := &shared.WrongExpectedVersion{}
	none := &emptypb.Empty{}
	if w.next == 0 {
		out.CurrentStreamRevisionOption = &shared.WrongExpectedVersion_CurrentNoStream{CurrentNoStream: none}
	} else {
		out.CurrentStreamRevisionOption = &shared.WrongExpectedVersion_CurrentStreamRevision{CurrentStreamRevision: w.next - 1}
	}
	switch w.expected.kind {
	case anything:
		out.ExpectedStreamPositionOption = &shared.WrongExpectedVersion_ExpectedAny{ExpectedAny: none}
	case streamExists:
		out.ExpectedStreamPositionOption = &shared.WrongExpectedVersion_ExpectedStreamExists{ExpectedStreamExists: none}
	case noStream:
		out.ExpectedStreamPositionOption = &shared.WrongExpectedVersion_ExpectedNoStream{ExpectedNoStream: none}
	default:
		out.ExpectedStreamPositionOption = &shared.WrongExpectedVersion_ExpectedStreamPosition{ExpectedStreamPosition: w.expected.revision}
	}
	return out
}
