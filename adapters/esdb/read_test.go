package esdb_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	client "github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/punchledger/punchledger/adapters/esdb"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/memory"
)

func TestAStreamIsReadFromARevisionInBothDirections(t *testing.T) {
	s := serve(t)
	c := s.client(t)
	must(t, c, "gate-1", 0, 5)
	must(t, c, "gate-2", 10, 12)
	for _, r := range []struct {
		name string
		opts client.ReadStreamOptions
		want []uint64
	}{
		{"from the start", client.ReadStreamOptions{From: client.Start{}}, []uint64{0, 1, 2, 3, 4}},
		{"from a revision, itself included", client.ReadStreamOptions{From: client.Revision(3)}, []uint64{3, 4}},
		{"from behind the end", client.ReadStreamOptions{From: client.Revision(5)}, nil},
		{"from the end forwards", client.ReadStreamOptions{From: client.End{}}, nil},
		{"back from the end", client.ReadStreamOptions{From: client.End{}, Direction: client.Backwards}, []uint64{4, 3, 2, 1, 0}},
		{"back from a revision, itself included", client.ReadStreamOptions{From: client.Revision(2), Direction: client.Backwards}, []uint64{2, 1, 0}},
		{"back from beyond the end", client.ReadStreamOptions{From: client.Revision(99), Direction: client.Backwards}, []uint64{4, 3, 2, 1, 0}},
		{"back from the start", client.ReadStreamOptions{From: client.Start{}, Direction: client.Backwards}, []uint64{0}},
	} {
		got, err := read(t, c, "gate-1", r.opts)
		require.NoError(t, err, r.name)
		require.Equal(t, r.want, got, r.name)
	}
}

func TestAnEventIsReadAsItWasAppended(t *testing.T) {
	for name, log := range map[string]func(*esdb.Options){
		"cursors with gaps":    func(*esdb.Options) {},
		"cursors without gaps": kept(),
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, log)
			c := s.client(t)
			plain := client.EventData{EventID: uuid.New(), EventType: "Плain", ContentType: client.ContentTypeBinary, Data: []byte{0, 1, 255}, Metadata: []byte{9}}
			_, err := c.AppendToStream(t.Context(), "gate/ö 1", client.AppendToStreamOptions{ExpectedRevision: client.NoStream{}}, plain, event(1))
			require.NoError(t, err)
			in, err := c.ReadStream(t.Context(), "gate/ö 1", client.ReadStreamOptions{}, 10)
			require.NoError(t, err)
			defer in.Close()
			got, err := in.Recv()
			require.NoError(t, err)
			e := got.OriginalEvent()
			require.Equal(t, plain.EventID, e.EventID)
			require.Equal(t, plain.EventType, e.EventType)
			require.Equal(t, "application/octet-stream", e.ContentType)
			require.Equal(t, plain.Data, e.Data)
			require.Equal(t, plain.Metadata, e.UserMetadata)
			require.Equal(t, "gate/ö 1", e.StreamID)
			require.True(t, newClock().Now().Equal(e.CreatedDate), "got %v", e.CreatedDate)
			second, err := in.Recv()
			require.NoError(t, err)
			require.Equal(t, "application/json", second.OriginalEvent().ContentType)
			require.Greater(t, second.OriginalEvent().Position.Commit, e.Position.Commit)
		})
	}
}

func TestEventsOfTheLedgerAreReadAsTheyAreStored(t *testing.T) {
	store := memory.New()
	stored := eventstore.Event{
		ID: eventstore.EventID("timecard-e1-202611", "c", 0), Type: "PunchAccepted", Data: []byte(`{"punch_id":"p"}`),
		Metadata: []byte(`{"schema":1,"note":"\"recorded_at\":\"no\"","recorded_at":"2026-11-02T08:00:00.25Z"}`),
	}
	_, err := store.Append(t.Context(), "timecard-e1-202611", 0, stored)
	require.NoError(t, err)
	s := serve(t, func(o *esdb.Options) { o.Log = esdb.FromStore(store, owned, newClock().Now) })
	in, err := s.client(t).ReadStream(t.Context(), "timecard-e1-202611", client.ReadStreamOptions{}, 10)
	require.NoError(t, err)
	defer in.Close()
	got, err := in.Recv()
	require.NoError(t, err)
	require.Equal(t, stored.Metadata, got.OriginalEvent().UserMetadata)
	require.Equal(t, time.Date(2026, 11, 2, 8, 0, 0, 250_000_000, time.UTC), got.OriginalEvent().CreatedDate)
	require.Equal(t, "application/json", got.OriginalEvent().ContentType)

	next := client.EventData{EventID: uuid.New(), EventType: "PunchAccepted", ContentType: client.ContentTypeJson, Data: []byte(`{}`), Metadata: stored.Metadata}
	_, err = s.client(t).AppendToStream(t.Context(), "timecard-e1-202611", client.AppendToStreamOptions{ExpectedRevision: client.Revision(0)}, next)
	require.NoError(t, err)
	for r, err := range store.ReadStream(t.Context(), "timecard-e1-202611", 1) {
		require.NoError(t, err)
		require.Equal(t, stored.Metadata, r.Metadata, "what comes over the protocol is stored byte for byte, too")
	}
}

// request makes the options of a read.
func request(change func(*streams.ReadReq_Options)) *streams.ReadReq {
	o := &streams.ReadReq_Options{
		StreamOption: &streams.ReadReq_Options_All{All: &streams.ReadReq_Options_AllOptions{
			AllOption: &streams.ReadReq_Options_AllOptions_Start{Start: none},
		}},
		CountOption: &streams.ReadReq_Options_Count{Count: 1000}, FilterOption: &streams.ReadReq_Options_NoFilter{NoFilter: none},
		UuidOption: &streams.ReadReq_Options_UUIDOption{Content: &streams.ReadReq_Options_UUIDOption_String_{String_: none}},
	}
	change(o)
	return &streams.ReadReq{Options: o}
}

func readAll(t testing.TB, c streams.StreamsClient, change func(*streams.ReadReq_Options)) ([]*streams.ReadResp, error) {
	t.Helper()
	in, err := c.Read(t.Context(), request(change))
	require.NoError(t, err)
	var out []*streams.ReadResp
	for {
		r, err := in.Recv()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		out = append(out, r)
	}
}

func TestTheWholeLogIsReadFromAPositionOnAndBackBeforeOne(t *testing.T) {
	s := serve(t)
	c := s.client(t)
	for n := range 4 {
		must(t, c, fmt.Sprintf("gate-%d", n%2), n, n+1)
	}
	all, err := readAll(t, s.streams(t), func(*streams.ReadReq_Options) {})
	require.NoError(t, err)
	require.Len(t, all, 4)
	var places []uint64
	for _, r := range all {
		places = append(places, r.GetEvent().GetCommitPosition())
		require.NotEmpty(t, r.GetEvent().GetEvent().GetId().GetString_(), "ids have the form that was asked for")
	}
	at := func(place uint64, back bool) []uint64 {
		got, err := readAll(t, s.streams(t), func(o *streams.ReadReq_Options) {
			o.GetAll().AllOption = &streams.ReadReq_Options_AllOptions_Position{Position: &streams.ReadReq_Options_Position{CommitPosition: place, PreparePosition: place}}
			if back {
				o.ReadDirection = streams.ReadReq_Options_Backwards
			}
		})
		require.NoError(t, err)
		var out []uint64
		for _, r := range got {
			out = append(out, r.GetEvent().GetCommitPosition())
		}
		return out
	}
	require.Equal(t, places[1:], at(places[1], false))
	require.Equal(t, places[2:], at(places[1]+1, false), "a position between two events")
	require.Equal(t, []uint64{places[0]}, at(places[1], true))
	require.Empty(t, at(places[0], true))
	require.Equal(t, []uint64{places[2], places[1], places[0]}, at(places[3], true))
}

func TestReadsThatMakeNoSense(t *testing.T) {
	c := serve(t).streams(t)
	filtered := func(f *streams.ReadReq_Options_FilterOptions) func(*streams.ReadReq_Options) {
		return func(o *streams.ReadReq_Options) { o.FilterOption = &streams.ReadReq_Options_Filter{Filter: f} }
	}
	byType := func(regex string, multiplier uint32) *streams.ReadReq_Options_FilterOptions {
		return &streams.ReadReq_Options_FilterOptions{
			Filter:                       &streams.ReadReq_Options_FilterOptions_EventType{EventType: &streams.ReadReq_Options_FilterOptions_Expression{Regex: regex}},
			CheckpointIntervalMultiplier: multiplier,
		}
	}
	for name, change := range map[string]func(*streams.ReadReq_Options){
		"no form of ids":             func(o *streams.ReadReq_Options) { o.UuidOption = nil },
		"nothing to read":            func(o *streams.ReadReq_Options) { o.StreamOption = nil },
		"no count":                   func(o *streams.ReadReq_Options) { o.CountOption = nil },
		"a pattern of .NET alone":    filtered(byType(`^(?!\$)`, 1)),
		"a checkpoint after none":    filtered(byType("a", 0)),
		"a filter without a pattern": filtered(byType("", 1)),
		"a filter for neither":       filtered(&streams.ReadReq_Options_FilterOptions{CheckpointIntervalMultiplier: 1}),
		"a subscription that goes back": func(o *streams.ReadReq_Options) {
			o.ReadDirection = streams.ReadReq_Options_Backwards
			o.CountOption = &streams.ReadReq_Options_Subscription{}
		},
		"a filter of one stream": func(o *streams.ReadReq_Options) {
			filtered(byType("a", 1))(o)
			o.StreamOption = &streams.ReadReq_Options_Stream{Stream: &streams.ReadReq_Options_StreamOptions{StreamIdentifier: named("gate-1")}}
		},
	} {
		_, err := readAll(t, c, change)
		require.Equal(t, codes.InvalidArgument, status.Code(err), "%s: %v", name, err)
	}
}

func TestLinksLeadToEvents(t *testing.T) {
	s := serve(t)
	c := s.client(t)
	must(t, c, "gate-1", 0, 3)
	must(t, c, "gate-gone", 10, 11)
	for n, target := range []string{"1@gate-1", "99@gate-1", "0@gate-nobody", "nonsense", "0@gate-gone"} {
		link := event(100 + n)
		link.EventType, link.ContentType, link.Data = "$>", client.ContentTypeBinary, []byte(target)
		_, err := c.AppendToStream(t.Context(), "links", client.AppendToStreamOptions{ExpectedRevision: client.Any{}}, link)
		require.NoError(t, err)
	}
	_, err := c.TombstoneStream(t.Context(), "gate-gone", client.TombstoneStreamOptions{ExpectedRevision: client.Any{}})
	require.NoError(t, err)
	for _, resolve := range []bool{true, false} {
		in, err := c.ReadStream(t.Context(), "links", client.ReadStreamOptions{ResolveLinkTos: resolve}, 10)
		require.NoError(t, err)
		defer in.Close()
		for n := range 5 {
			got, err := in.Recv()
			require.NoError(t, err)
			require.Equal(t, event(100+n).EventID, got.OriginalEvent().EventID)
			if !resolve {
				require.Nil(t, got.Link)
				require.Equal(t, "$>", got.Event.EventType)
				continue
			}
			require.NotNil(t, got.Link)
			if n > 0 {
				require.Nil(t, got.Event, "link %d leads nowhere", n)
				continue
			}
			require.Equal(t, event(1).EventID, got.Event.EventID)
			require.Equal(t, uint64(1), got.Event.EventNumber)
		}
	}
}

func TestFilteredReadsOfTheWholeLog(t *testing.T) {
	s := serve(t)
	c := s.client(t)
	for n := range 30 {
		must(t, c, []string{"gate-1", "door-1", "gate-2"}[n%3], n, n+1)
	}
	for _, f := range []struct {
		prefix []string
		regex  string
		n      int
	}{{prefix: []string{"gate"}, n: 20}, {prefix: []string{"door", "gate-2"}, n: 20}, {regex: "^d..r-", n: 10}, {regex: "window", n: 0}} {
		got, err := readAll(t, s.streams(t), func(o *streams.ReadReq_Options) {
			o.FilterOption = &streams.ReadReq_Options_Filter{Filter: &streams.ReadReq_Options_FilterOptions{
				Filter: &streams.ReadReq_Options_FilterOptions_StreamIdentifier{
					StreamIdentifier: &streams.ReadReq_Options_FilterOptions_Expression{Prefix: f.prefix, Regex: f.regex},
				}, Window: &streams.ReadReq_Options_FilterOptions_Max{Max: 5}, CheckpointIntervalMultiplier: 1,
			}}
		})
		require.NoError(t, err)
		require.Len(t, got, f.n)
		for _, r := range got {
			name := string(r.GetEvent().GetEvent().GetStreamIdentifier().GetStreamName())
			require.True(t, f.regex != "" || strings.HasPrefix(name, f.prefix[0]) || len(f.prefix) > 1)
		}
	}
}
