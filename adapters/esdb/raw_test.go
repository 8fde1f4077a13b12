package esdb_test

import (
	"encoding/binary"
	"strconv"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/punchledger/punchledger/adapters/esdb"
	"github.com/punchledger/punchledger/eventstore"
)

// drawnRecord draws a record with values of all sizes, empty ones too.
func drawnRecord(r *rapid.T, name string) *esdb.Record {
	bytes := func(field string) []byte { return rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(r, name+field) }
	var id uuid.UUID
	copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(r, name+" id"))
	return &esdb.Record{
		Event: eventstore.Event{
			ID: id, Type: rapid.String().Draw(r, name+" type"), Metadata: bytes(" metadata"), Data: bytes(" data"),
		},
		Stream: rapid.String().Draw(r, name+" stream"), Revision: rapid.Uint64().Draw(r, name+" revision"),
		Position: rapid.Uint64().Draw(r, name+" position"), JSON: rapid.Bool().Draw(r, name+" json"),
		Created: time.Unix(1_700_000_000, rapid.Int64Range(0, 9_999_999).Draw(r, name+" created")*100).UTC(),
	}
}

// generated is a record as the generated code has it.
func generated(r *esdb.Record, asText bool) *streams.ReadResp_ReadEvent_RecordedEvent {
	id := &shared.UUID{Value: &shared.UUID_String_{String_: r.ID.String()}}
	if !asText {
		id = &shared.UUID{Value: &shared.UUID_Structured_{Structured: &shared.UUID_Structured{
			MostSignificantBits:  int64(binary.BigEndian.Uint64(r.ID[:8])),
			LeastSignificantBits: int64(binary.BigEndian.Uint64(r.ID[8:])),
		}}}
	}
	content := "application/octet-stream"
	if r.JSON {
		content = "application/json"
	}
	return &streams.ReadResp_ReadEvent_RecordedEvent{
		Id: id, StreamIdentifier: &shared.StreamIdentifier{StreamName: []byte(r.Stream)},
		StreamRevision: r.Revision, PreparePosition: r.Position, CommitPosition: r.Position,
		Metadata:       map[string]string{"type": r.Type, "content-type": content, "created": strconv.FormatInt(r.Created.UnixNano()/100, 10)},
		CustomMetadata: r.Metadata, Data: r.Data,
	}
}

func TestWhatIsWrittenByHandIsWhatTheGeneratedCodeReads(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		asText := rapid.Bool().Draw(r, "as text")
		event, link := drawnRecord(r, "event"), drawnRecord(r, "link")
		want := &streams.ReadResp_ReadEvent{Event: generated(event, asText), Link: generated(link, asText)}
		switch rapid.IntRange(0, 2).Draw(r, "shown") {
		case 0:
			link, want.Link = nil, nil
		case 1:
			event, want.Event = nil, nil
		}
		position := want.GetEvent().GetCommitPosition()
		if link != nil {
			position = link.Position
		}
		want.Position = &streams.ReadResp_ReadEvent_CommitPosition{CommitPosition: position}
		var got streams.ReadResp
		require.NoError(t, proto.Unmarshal(esdb.RawEvent(event, link, asText), &got))
		require.True(t, proto.Equal(&streams.ReadResp{Content: &streams.ReadResp_Event{Event: want}}, &got), "got %v", &got)
	})
}

// BenchmarkEvent measures what showing an event of the usual size costs.
func BenchmarkEvent(b *testing.B) {
	r := &esdb.Record{
		Event:  eventstore.Event{ID: uuid.New(), Type: "PunchAccepted", Metadata: make([]byte, 300), Data: make([]byte, 350)},
		Stream: "timecard-e1-202611", Revision: 7, Position: 123_456, Created: newClock().Now(), JSON: true,
	}
	b.Run("by hand", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			esdb.RawEvent(r, nil, false)
		}
	})
	b.Run("generated", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			m := &streams.ReadResp{Content: &streams.ReadResp_Event{Event: &streams.ReadResp_ReadEvent{Event: generated(r, false)}}}
			if _, err := proto.Marshal(m); err != nil {
				b.Fatal(err)
			}
		}
	})
}
