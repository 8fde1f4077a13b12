package esdb_test

import (
	"context"
	"testing"
	"time"

	client "github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/punchledger/punchledger/adapters/esdb"
)

func setRules(t *testing.T, c *client.Client, stream string, set func(*client.StreamMetadata)) {
	t.Helper()
	var m client.StreamMetadata
	set(&m)
	_, err := c.SetStreamMetadata(t.Context(), stream, client.AppendToStreamOptions{ExpectedRevision: client.Any{}}, m)
	require.NoError(t, err)
}

func TestStreamMetadataSaysWhatAStreamShows(t *testing.T) {
	back := client.ReadStreamOptions{From: client.End{}, Direction: client.Backwards}
	for _, c := range []struct {
		name          string
		set           func(*client.StreamMetadata)
		forward, back []uint64
	}{
		{"the last two", func(m *client.StreamMetadata) { m.SetMaxCount(2) }, []uint64{3, 4}, []uint64{4, 3}},
		{"more than there are", func(m *client.StreamMetadata) { m.SetMaxCount(9) }, []uint64{0, 1, 2, 3, 4}, []uint64{4, 3, 2, 1, 0}},
		{"from a revision on", func(m *client.StreamMetadata) { m.SetTruncateBefore(3) }, []uint64{3, 4}, []uint64{4, 3}},
		{"from behind the end on", func(m *client.StreamMetadata) { m.SetTruncateBefore(5) }, nil, nil},
		{"what is not old", func(m *client.StreamMetadata) { m.SetMaxAge(30 * time.Second) }, []uint64{3, 4}, []uint64{4, 3}},
		{"what is not old, which is nothing", func(m *client.StreamMetadata) { m.SetMaxAge(time.Second) }, nil, nil},
		{"the last one that is not old", func(m *client.StreamMetadata) { m.SetMaxAge(30 * time.Second); m.SetMaxCount(1) }, []uint64{4}, []uint64{4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t)
			db := s.client(t)
			must(t, db, "gate-1", 0, 3)
			s.clock.pass(time.Minute)
			must(t, db, "gate-1", 3, 5)
			s.clock.pass(20 * time.Second)
			setRules(t, db, "gate-1", c.set)
			got, err := read(t, db, "gate-1", client.ReadStreamOptions{})
			require.NoError(t, err, "a stream whose events have all gone is empty, and there")
			require.Equal(t, c.forward, got)
			got, err = read(t, db, "gate-1", back)
			require.NoError(t, err)
			require.Equal(t, c.back, got)
			all, err := readAll(t, s.streams(t), func(*streams.ReadReq_Options) {})
			require.NoError(t, err)
			require.Len(t, all, 6, "the whole log shows everything, the metadata too")
		})
	}
}

func TestADeletedStreamBeginsAnewWhereItEnded(t *testing.T) {
	for name, expected := range map[string]client.ExpectedRevision{
		"new": client.NoStream{}, "anything": client.Any{}, "its last revision": client.Revision(2),
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t)
			c := s.client(t)
			must(t, c, "gate-1", 0, 3)
			setRules(t, c, "gate-1", func(m *client.StreamMetadata) { m.SetMaxCount(7); m.AddCustomProperty("colour", "red") })
			_, err := c.DeleteStream(t.Context(), "gate-1", client.DeleteStreamOptions{ExpectedRevision: client.Revision(2)})
			require.NoError(t, err)
			_, err = read(t, c, "gate-1", client.ReadStreamOptions{})
			requireCode(t, client.ErrorCodeResourceNotFound, err)
			_, err = c.AppendToStream(t.Context(), "gate-1", client.AppendToStreamOptions{ExpectedRevision: client.StreamExists{}}, event(7))
			requireCode(t, client.ErrorCodeStreamDeleted, err)
			_, err = c.AppendToStream(t.Context(), "gate-1", client.AppendToStreamOptions{ExpectedRevision: expected}, event(8), event(9))
			require.NoError(t, err)
			got, err := read(t, c, "gate-1", client.ReadStreamOptions{})
			require.NoError(t, err)
			require.Equal(t, []uint64{3, 4}, got)
			m, err := c.GetStreamMetadata(t.Context(), "gate-1", client.ReadStreamOptions{})
			require.NoError(t, err)
			require.Equal(t, uint64(3), *m.TruncateBefore())
			require.Equal(t, uint64(7), *m.MaxCount(), "what else was set stays")
			require.Equal(t, "red", m.CustomProperty("colour"))
		})
	}
}

func TestATombstonedStreamIsClosedForEver(t *testing.T) {
	s := serve(t)
	c := s.client(t)
	must(t, c, "gate-1", 0, 3)
	_, err := c.TombstoneStream(t.Context(), "gate-1", client.TombstoneStreamOptions{ExpectedRevision: client.Revision(1)})
	require.ErrorContains(t, err, "expected at revision 1, but it is at revision 2")
	_, err = c.TombstoneStream(t.Context(), "gate-1", client.TombstoneStreamOptions{ExpectedRevision: client.Revision(2)})
	require.NoError(t, err)
	_, err = read(t, c, "gate-1", client.ReadStreamOptions{})
	requireCode(t, client.ErrorCodeStreamDeleted, err)
	for _, e := range []client.ExpectedRevision{client.Any{}, client.NoStream{}, client.Revision(2), client.StreamExists{}} {
		_, err = c.AppendToStream(t.Context(), "gate-1", client.AppendToStreamOptions{ExpectedRevision: e}, event(9))
		requireCode(t, client.ErrorCodeStreamDeleted, err)
	}
	_, err = c.SubscribeToStream(t.Context(), "gate-1", client.SubscribeToStreamOptions{})
	require.Error(t, err)
	_, err = c.DeleteStream(t.Context(), "gate-1", client.DeleteStreamOptions{ExpectedRevision: client.Any{}})
	require.Error(t, err)
	all, err := readAll(t, s.streams(t), func(*streams.ReadReq_Options) {})
	require.NoError(t, err)
	last := all[len(all)-1].GetEvent().GetEvent()
	require.Equal(t, "$streamDeleted", last.GetMetadata()["type"])
	require.Equal(t, uint64(1<<63-1), last.GetStreamRevision())
}

func TestDeletingSaysWhatWasExpected(t *testing.T) {
	s := serve(t)
	must(t, s.client(t), "gate-1", 0, 3)
	c := s.streams(t)
	var trailer metadata.MD
	_, err := c.Delete(t.Context(), &streams.DeleteReq{Options: &streams.DeleteReq_Options{
		StreamIdentifier: named("gate-1"), ExpectedStreamRevision: &streams.DeleteReq_Options_Revision{Revision: 7},
	}}, grpc.Trailer(&trailer))
	require.Equal(t, codes.FailedPrecondition, status.Code(err))
	require.Equal(t, []string{"wrong-expected-version"}, trailer.Get("exception"))
	require.Equal(t, []string{"7"}, trailer.Get("expected-version"))
	require.Equal(t, []string{"2"}, trailer.Get("actual-version"))
}

func TestStreamsOfTheLedgerStay(t *testing.T) {
	s := serve(t)
	c := s.client(t)
	stream := "timecard-e1-202611"
	_, err := c.AppendToStream(t.Context(), stream, client.AppendToStreamOptions{ExpectedRevision: client.NoStream{}}, client.EventData{
		EventType: "PunchAccepted", ContentType: client.ContentTypeJson, Data: []byte(`{}`), Metadata: []byte(`{"recorded_at":"2026-11-02T08:00:00Z"}`),
	})
	require.NoError(t, err)
	_, err = c.DeleteStream(t.Context(), stream, client.DeleteStreamOptions{ExpectedRevision: client.Any{}})
	requireDenied(t, err)
	_, err = c.TombstoneStream(t.Context(), stream, client.TombstoneStreamOptions{ExpectedRevision: client.Any{}})
	requireDenied(t, err)
	_, err = c.SetStreamMetadata(t.Context(), stream, client.AppendToStreamOptions{ExpectedRevision: client.Any{}}, client.StreamMetadata{})
	requireDenied(t, err)
	got, err := read(t, c, stream, client.ReadStreamOptions{})
	require.NoError(t, err)
	require.Len(t, got, 1)
}

func TestAServerForReadingChangesNothing(t *testing.T) {
	s := serve(t, func(o *esdb.Options) { o.ReadOnly = true })
	c := s.client(t)
	_, err := c.AppendToStream(t.Context(), "gate-1", client.AppendToStreamOptions{ExpectedRevision: client.Any{}}, event(1))
	requireDenied(t, err)
	_, err = c.TombstoneStream(t.Context(), "gate-1", client.TombstoneStreamOptions{ExpectedRevision: client.Any{}})
	requireDenied(t, err)
	head, err := s.log.Head(context.WithoutCancel(t.Context()))
	require.NoError(t, err)
	require.Zero(t, head)
}

func requireDenied(t *testing.T, err error) {
	t.Helper()
	require.Error(t, err)
	require.Contains(t, err.Error(), "PermissionDenied")
}

func TestAStreamThatHasMetadataAloneIsThere(t *testing.T) {
	c := serve(t).client(t)
	setRules(t, c, "gate-1", func(m *client.StreamMetadata) { m.SetMaxCount(7) })
	_, err := read(t, c, "gate-1", client.ReadStreamOptions{})
	requireCode(t, client.ErrorCodeResourceNotFound, err)
	_, err = c.AppendToStream(t.Context(), "gate-1", client.AppendToStreamOptions{ExpectedRevision: client.StreamExists{}}, event(0))
	require.NoError(t, err)
}
