package esdb_test

import (
	"bytes"
	"math"
	"sync"
	"testing"

	client "github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/punchledger/punchledger/adapters/esdb"
)

func TestAppendIsWhatWasExpectedOrSaysWhatIsThere(t *testing.T) {
	for _, c := range []struct {
		name     string
		has      int // events 0 to has-1 are there
		expected int
		appends  []int
		revision int // where the append ends; -1 for a wrong version
	}{
		{"the first event of a new stream", 0, -1, []int{0}, 0},
		{"several events of a new stream", 0, -1, []int{0, 1, 2}, 2},
		{"a new stream where nothing is expected", 0, -2, []int{0}, 0},
		{"a new stream that was to be there", 0, -4, []int{0}, -1},
		{"a new stream that was to have an event", 0, 0, []int{0}, -1},
		{"the end of a stream", 3, 2, []int{3, 4}, 4},
		{"the end where nothing is expected", 3, -2, []int{3}, 3},
		{"the end of a stream that is there", 3, -4, []int{3}, 3},
		{"beyond the end", 3, 3, []int{9}, -1},
		{"before the end", 3, 1, []int{9}, -1},
		{"a stream that was to be new", 3, -1, []int{9}, -1},
		{"the same append again at its revision", 3, 0, []int{1, 2}, 2},
		{"a part of it again at its revision", 5, 0, []int{1, 2}, 2},
		{"the first append again", 3, -1, []int{0, 1, 2}, 2},
		{"a part of the first append again", 3, -1, []int{0}, 0},
		{"the same append again where nothing is expected", 3, -2, []int{1, 2}, 2},
		{"the same append again to a stream that is there", 3, -4, []int{1, 2}, 2},
		{"an append that is there in part, at its revision", 3, 1, []int{2, 3}, -1},
		{"an append that is there in part, to a new stream", 3, -1, []int{0, 1, 2, 3}, -1},
		{"an append that is there in part, where nothing is expected", 3, -2, []int{2, 3}, -1},
		{"an append that is there in part, to a stream that is there", 3, -4, []int{2, 3}, -1},
		{"the same events in another order", 3, -1, []int{1, 0}, -1},
		{"nothing, at the end", 3, 2, nil, 2},
		{"nothing, to the end where nothing is expected", 3, -2, nil, 2},
		{"nothing, beyond the end", 3, 7, nil, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t)
			if c.has > 0 {
				must(t, s.client(t), "gate-1", 0, c.has)
			}
			got, err := send(t, s.streams(t), "gate-1", c.expected, c.appends...)
			require.NoError(t, err)
			if c.revision >= 0 {
				require.NotNil(t, got.GetSuccess(), "got %v", got)
				require.Equal(t, uint64(c.revision), got.GetSuccess().GetCurrentRevision())
				require.NotZero(t, got.GetSuccess().GetPosition().GetCommitPosition())
				return
			}
			wrong := got.GetWrongExpectedVersion()
			require.NotNil(t, wrong, "got %v", got)
			requireWrong(t, wrong, c.expected, c.has)
			revisions, _ := read(t, s.client(t), "gate-1", client.ReadStreamOptions{})
			require.Len(t, revisions, c.has, "nothing was appended")
		})
	}
}

// requireWrong checks every field of the answer, those for older clients too.
func requireWrong(t *testing.T, w *streams.AppendResp_WrongExpectedVersion, expected, has int) {
	t.Helper()
	if has == 0 {
		require.NotNil(t, w.GetCurrentNoStream())
		require.NotNil(t, w.GetNoStream_20_6_0())
	} else {
		require.Equal(t, uint64(has-1), w.GetCurrentRevision())
		require.Equal(t, uint64(has-1), w.GetCurrentRevision_20_6_0())
		require.Nil(t, w.GetCurrentNoStream())
	}
	switch expected {
	case -1:
		require.NotNil(t, w.GetExpectedNoStream())
		require.Equal(t, uint64(math.MaxUint64), w.GetExpectedRevision_20_6_0())
	case -2:
		require.NotNil(t, w.GetExpectedAny())
		require.NotNil(t, w.GetAny_20_6_0())
	case -4:
		require.NotNil(t, w.GetExpectedStreamExists())
		require.NotNil(t, w.GetStreamExists_20_6_0())
	default:
		require.Equal(t, uint64(expected), w.GetExpectedRevision())
		require.Equal(t, uint64(expected), w.GetExpectedRevision_20_6_0())
	}
}

func TestARepeatedAppendHasTheFirstPosition(t *testing.T) {
	for _, expected := range []int{-1, -2} {
		s := serve(t)
		c := s.streams(t)
		first, err := send(t, c, "gate-1", expected, 0, 1)
		require.NoError(t, err)
		must(t, s.client(t), "gate-2", 0, 5)
		again, err := send(t, c, "gate-1", expected, 0, 1)
		require.NoError(t, err)
		require.Equal(t, first.GetSuccess().GetPosition().GetCommitPosition(), again.GetSuccess().GetPosition().GetCommitPosition())
	}
}

func TestAnAppendIsKnownAgainAfterARestart(t *testing.T) {
	log := kept()
	t.Run("before", func(t *testing.T) {
		s := serve(t, log)
		must(t, s.client(t), "gate-1", 0, 3)
	})
	s := serve(t, log)
	for _, expected := range []int{-1, -2, -4, 0} {
		from := max(expected+1, 0)
		got, err := send(t, s.streams(t), "gate-1", expected, []int{0, 1, 2}[from:]...)
		require.NoError(t, err)
		require.Equal(t, uint64(2), got.GetSuccess().GetCurrentRevision(), "expected %d", expected)
	}
	revisions, err := read(t, s.client(t), "gate-1", client.ReadStreamOptions{})
	require.NoError(t, err)
	require.Len(t, revisions, 3)
}

func TestOfWritersThatExpectTheSameOneWins(t *testing.T) {
	s := serve(t, kept())
	c := s.streams(t)
	var all sync.WaitGroup
	won := make(chan bool, 16)
	for n := range cap(won) {
		all.Go(func() {
			call, err := c.Append(t.Context())
			if err == nil {
				err = call.Send(expected("gate-1", -1))
			}
			if err == nil {
				err = call.Send(&streams.AppendReq{Content: &streams.AppendReq_ProposedMessage_{ProposedMessage: message(n)}})
			}
			got, recvErr := call.CloseAndRecv()
			won <- err == nil && recvErr == nil && got.GetSuccess() != nil
		})
	}
	all.Wait()
	winners := 0
	for range cap(won) {
		if <-won {
			winners++
		}
	}
	require.Equal(t, 1, winners)
}

func TestWritersThatExpectNothingAllAppend(t *testing.T) {
	s := serve(t, kept())
	c := s.client(t)
	var all sync.WaitGroup
	for w := range 8 {
		all.Go(func() {
			for n := range 20 {
				_, err := c.AppendToStream(t.Context(), "gate-1",
					client.AppendToStreamOptions{ExpectedRevision: client.Any{}}, event(w*100+n))
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	revisions, err := read(t, c, "gate-1", client.ReadStreamOptions{})
	require.NoError(t, err)
	require.Len(t, revisions, 160)
}

// refusal is how a call ended: code and trailer "exception".
func refusal(t *testing.T, c streams.StreamsClient, first *streams.AppendReq, messages ...*streams.AppendReq_ProposedMessage) (codes.Code, string) {
	t.Helper()
	var trailer metadata.MD
	call, err := c.Append(t.Context(), grpc.Trailer(&trailer))
	require.NoError(t, err)
	_ = call.Send(first) // the answer says what became of it
	for _, m := range messages {
		_ = call.Send(&streams.AppendReq{Content: &streams.AppendReq_ProposedMessage_{ProposedMessage: m}})
	}
	_, err = call.CloseAndRecv()
	require.Error(t, err)
	kind := ""
	if k := trailer.Get("exception"); len(k) > 0 {
		kind = k[0]
	}
	return status.Code(err), kind
}

func TestAppendsThatAreRefused(t *testing.T) {
	c := serve(t).streams(t)
	changed := func(change func(*streams.AppendReq_ProposedMessage)) *streams.AppendReq_ProposedMessage {
		m := message(0)
		change(m)
		return m
	}
	big := changed(func(m *streams.AppendReq_ProposedMessage) { m.Data = bytes.Repeat([]byte("a"), esdb.MaxAppendBytes) })
	half := changed(func(m *streams.AppendReq_ProposedMessage) { m.Data = bytes.Repeat([]byte("a"), esdb.MaxAppendBytes/2) })
	for _, r := range []struct {
		name   string
		first  *streams.AppendReq
		events []*streams.AppendReq_ProposedMessage
		code   codes.Code
		kind   string
	}{
		{"one event above the limit", expected("gate-1", -2), []*streams.AppendReq_ProposedMessage{big}, codes.InvalidArgument, "maximum-append-size-exceeded"},
		{"events above the limit together", expected("gate-1", -2), []*streams.AppendReq_ProposedMessage{half, half}, codes.InvalidArgument, "maximum-append-size-exceeded"},
		{
			"no type", expected("gate-1", -2),
			[]*streams.AppendReq_ProposedMessage{changed(func(m *streams.AppendReq_ProposedMessage) { delete(m.Metadata, "type") })},
			codes.InvalidArgument, "missing-required-metadata-property",
		},
		{
			"no content type", expected("gate-1", -2),
			[]*streams.AppendReq_ProposedMessage{changed(func(m *streams.AppendReq_ProposedMessage) { delete(m.Metadata, "content-type") })},
			codes.InvalidArgument, "missing-required-metadata-property",
		},
		{
			"no id", expected("gate-1", -2),
			[]*streams.AppendReq_ProposedMessage{changed(func(m *streams.AppendReq_ProposedMessage) { m.Id = nil })},
			codes.InvalidArgument, "",
		},
		{
			"a tombstone by hand", expected("gate-1", -2),
			[]*streams.AppendReq_ProposedMessage{changed(func(m *streams.AppendReq_ProposedMessage) { m.Metadata["type"] = "$streamDeleted" })},
			codes.InvalidArgument, "",
		},
		{"no name", expected("", -2), nil, codes.InvalidArgument, ""},
		{"everything", expected("$all", -2), []*streams.AppendReq_ProposedMessage{message(0)}, codes.InvalidArgument, ""},
		{"metadata of metadata", expected("$$$$gate-1", -2), []*streams.AppendReq_ProposedMessage{message(0)}, codes.InvalidArgument, ""},
		{"no options", &streams.AppendReq{}, nil, codes.InvalidArgument, ""},
		{
			"no expectation", &streams.AppendReq{Content: &streams.AppendReq_Options_{Options: &streams.AppendReq_Options{StreamIdentifier: named("gate-1")}}},
			nil, codes.InvalidArgument, "",
		},
		{
			"an event of the ledger without a time", expected("timecard-e1-202611", -1),
			[]*streams.AppendReq_ProposedMessage{message(0)},
			codes.InvalidArgument, "",
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			code, kind := refusal(t, c, r.first, r.events...)
			require.Equal(t, r.code, code)
			require.Equal(t, r.kind, kind)
		})
	}
}

func TestAnAppendAtTheLimitIsTaken(t *testing.T) {
	for name, log := range map[string]func(*esdb.Options){
		"cursors with gaps":    func(*esdb.Options) {},
		"cursors without gaps": kept(),
	} {
		t.Run(name, func(t *testing.T) {
			c := serve(t, log).client(t)
			e := event(0)
			e.Metadata = nil
			e.Data = bytes.Repeat([]byte("a"), esdb.MaxAppendBytes-len(e.EventType))
			_, err := c.AppendToStream(t.Context(), "gate-1", client.AppendToStreamOptions{ExpectedRevision: client.NoStream{}}, e)
			require.NoError(t, err)
		})
	}
}
