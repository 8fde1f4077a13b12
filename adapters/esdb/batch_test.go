package esdb_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/punchledger/punchledger/adapters/esdb"
)

// part returns a part of an append whose correlation id is made of a name.
func part(name string, final bool, o *streams.BatchAppendReq_Options, ns ...int) *streams.BatchAppendReq {
	req := &streams.BatchAppendReq{CorrelationId: correlation(name), Options: o, IsFinal: final}
	for _, n := range ns {
		m := message(n)
		req.ProposedMessages = append(req.ProposedMessages, &streams.BatchAppendReq_ProposedMessage{
			Id: m.GetId(), Metadata: m.GetMetadata(), Data: m.GetData(),
		})
	}
	return req
}

func correlation(name string) *shared.UUID {
	return &shared.UUID{Value: &shared.UUID_String_{String_: uuid.NewSHA1(uuid.NameSpaceOID, []byte(name)).String()}}
}

// options expects a revision, or anything at -2.
func options(stream string, revision int) *streams.BatchAppendReq_Options {
	o := &streams.BatchAppendReq_Options{StreamIdentifier: named(stream)}
	switch revision {
	case -2:
		o.ExpectedStreamPosition = &streams.BatchAppendReq_Options_Any{Any: &emptypb.Empty{}}
	case -1:
		o.ExpectedStreamPosition = &streams.BatchAppendReq_Options_NoStream{NoStream: &emptypb.Empty{}}
	case -4:
		o.ExpectedStreamPosition = &streams.BatchAppendReq_Options_StreamExists{StreamExists: &emptypb.Empty{}}
	default:
		o.ExpectedStreamPosition = &streams.BatchAppendReq_Options_StreamPosition{StreamPosition: uint64(revision)}
	}
	return o
}

func TestBatchesComeInPartsAndAreAnsweredOneByOne(t *testing.T) {
	s := serve(t)
	call, err := s.streams(t).BatchAppend(t.Context())
	require.NoError(t, err)
	require.NoError(t, call.Send(part("a", false, options("gate-1", -1), 0, 1)))
	require.NoError(t, call.Send(part("b", true, options("gate-2", -2), 5)))
	require.NoError(t, call.Send(part("a", true, nil, 2)))
	got := map[string]*streams.BatchAppendResp{}
	for range 2 {
		r, err := call.Recv()
		require.NoError(t, err)
		got[string(r.GetStreamIdentifier().GetStreamName())] = r
	}
	require.Equal(t, uint64(2), got["gate-1"].GetSuccess().GetCurrentRevision())
	require.NotNil(t, got["gate-1"].GetNoStream(), "the answer says what was expected")
	require.True(t, proto.Equal(correlation("a"), got["gate-1"].GetCorrelationId()))
	require.Equal(t, uint64(0), got["gate-2"].GetSuccess().GetCurrentRevision())
	require.NotZero(t, got["gate-2"].GetSuccess().GetPosition().GetCommitPosition())
	require.NoError(t, call.CloseSend())
}

func TestWhatIsWrongWithABatchIsInItsAnswer(t *testing.T) {
	s := serve(t)
	must(t, s.client(t), "gate-1", 0, 3)
	_, err := s.streams(t).Tombstone(t.Context(), &streams.TombstoneReq{Options: &streams.TombstoneReq_Options{
		StreamIdentifier: named("gate-9"), ExpectedStreamRevision: &streams.TombstoneReq_Options_Any{Any: none},
	}})
	require.NoError(t, err)
	late := options("gate-1", -2)
	late.DeadlineOption = &streams.BatchAppendReq_Options_Deadline_21_10_0{Deadline_21_10_0: timestamppb.New(s.clock.Now().Add(-time.Second))}
	late2 := options("gate-1", -2)
	late2.DeadlineOption = &streams.BatchAppendReq_Options_Deadline{Deadline: durationpb.New(-time.Second)}
	inTime := options("gate-7", -2)
	inTime.DeadlineOption = &streams.BatchAppendReq_Options_Deadline{Deadline: durationpb.New(time.Minute)}
	big := part("big", true, options("gate-1", -2), 9)
	big.ProposedMessages[0].Data = bytes.Repeat([]byte("a"), esdb.MaxAppendBytes)
	typeless := part("typeless", true, options("gate-1", -2), 9)
	delete(typeless.ProposedMessages[0].Metadata, "type")

	call, err := s.streams(t).BatchAppend(t.Context())
	require.NoError(t, err)
	for _, c := range []struct {
		name   string
		req    *streams.BatchAppendReq
		code   codes.Code
		detail proto.Message
	}{
		{"another revision", part("1", true, options("gate-1", 7), 9), codes.FailedPrecondition, &shared.WrongExpectedVersion{
			CurrentStreamRevisionOption:  &shared.WrongExpectedVersion_CurrentStreamRevision{CurrentStreamRevision: 2},
			ExpectedStreamPositionOption: &shared.WrongExpectedVersion_ExpectedStreamPosition{ExpectedStreamPosition: 7},
		}},
		{"no such stream", part("2", true, options("gate-2", -4), 9), codes.FailedPrecondition, &shared.WrongExpectedVersion{
			CurrentStreamRevisionOption:  &shared.WrongExpectedVersion_CurrentNoStream{CurrentNoStream: &emptypb.Empty{}},
			ExpectedStreamPositionOption: &shared.WrongExpectedVersion_ExpectedStreamExists{ExpectedStreamExists: &emptypb.Empty{}},
		}},
		{"a stream that is there", part("3", true, options("gate-1", -1), 9), codes.FailedPrecondition, &shared.WrongExpectedVersion{
			CurrentStreamRevisionOption:  &shared.WrongExpectedVersion_CurrentStreamRevision{CurrentStreamRevision: 2},
			ExpectedStreamPositionOption: &shared.WrongExpectedVersion_ExpectedNoStream{ExpectedNoStream: &emptypb.Empty{}},
		}},
		{"in part there", part("4", true, options("gate-1", -2), 2, 3), codes.FailedPrecondition, &shared.WrongExpectedVersion{
			CurrentStreamRevisionOption:  &shared.WrongExpectedVersion_CurrentStreamRevision{CurrentStreamRevision: 2},
			ExpectedStreamPositionOption: &shared.WrongExpectedVersion_ExpectedAny{ExpectedAny: &emptypb.Empty{}},
		}},
		{"deleted for ever", part("5", true, options("gate-9", -2), 9), codes.FailedPrecondition, &shared.StreamDeleted{StreamIdentifier: named("gate-9")}},
		{"late by a moment", part("6", true, late, 9), codes.DeadlineExceeded, &shared.Timeout{}},
		{"late by a time", part("7", true, late2, 9), codes.DeadlineExceeded, &shared.Timeout{}},
		{"too large", big, codes.InvalidArgument, &shared.MaximumAppendSizeExceeded{MaxAppendSize: esdb.MaxAppendBytes}},
		{"without a type", typeless, codes.InvalidArgument, &shared.BadRequest{Message: `an event needs the metadata "type"`}},
		{"without options", part("8", true, nil, 9), codes.InvalidArgument, &shared.BadRequest{Message: "the first part of an append has its options"}},
		{"metadata of a stream of the ledger", part("9", true, options("$$timecard-e1-202611", -2), 9), codes.PermissionDenied, &shared.AccessDenied{}},
	} {
		require.NoError(t, call.Send(c.req))
		r, err := call.Recv()
		require.NoError(t, err, c.name)
		require.NotNil(t, r.GetError(), "%s: got %v", c.name, r)
		require.Equal(t, int32(c.code), r.GetError().GetCode(), c.name)
		require.Len(t, r.GetError().GetDetails(), 1, c.name)
		got, err := r.GetError().GetDetails()[0].UnmarshalNew()
		require.NoError(t, err)
		require.True(t, proto.Equal(c.detail, got), "%s: got %v", c.name, got)
	}
	require.NoError(t, call.Send(part("ok", true, inTime, 1)))
	r, err := call.Recv()
	require.NoError(t, err, "the stream of appends goes on after all that")
	require.NotNil(t, r.GetSuccess())
	require.NoError(t, call.CloseSend())
}
