package esdb

import (
	"encoding/binary"
	"strconv"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"

	"github.com/punchledger/punchledger/eventstore"
)

// Names of the metadata that the protocol keeps beside an event.
const (
	metaType        = "type"
	metaContentType = "content-type"
	metaCreated     = "created"

	contentJSON   = "application/json"
	contentBinary = "application/octet-stream"
)

// halves are an id as two numbers.
func halves(id uuid.UUID) (most, least uint64) {
	return binary.BigEndian.Uint64(id[:8]), binary.BigEndian.Uint64(id[8:])
}

func structuredID(id uuid.UUID) *shared.UUID {
	most, least := halves(id)
	return &shared.UUID{Value: &shared.UUID_Structured_{Structured: &shared.UUID_Structured{
		MostSignificantBits: int64(most), LeastSignificantBits: int64(least),
	}}}
}

// idForm is how a client wants ids: as two numbers or as text.
type idForm bool

const idAsText idForm = true

func (f idForm) of(id uuid.UUID) *shared.UUID {
	if f == idAsText {
		return &shared.UUID{Value: &shared.UUID_String_{String_: id.String()}}
	}
	return structuredID(id)
}

func parseID(id *shared.UUID) (uuid.UUID, error) {
	switch v := id.GetValue().(type) {
	case *shared.UUID_Structured_:
		var out uuid.UUID
		binary.BigEndian.PutUint64(out[:8], uint64(v.Structured.GetMostSignificantBits()))
		binary.BigEndian.PutUint64(out[8:], uint64(v.Structured.GetLeastSignificantBits()))
		return out, nil
	case *shared.UUID_String_:
		out, err := uuid.Parse(v.String_)
		if err != nil {
			return uuid.Nil, badRequest("%q is no id of an event", v.String_)
		}
		return out, nil
	}
	return uuid.Nil, badRequest("an event has no id")
}

// maxStreamName bounds names; what is longer is a mistake.
const maxStreamName = 4096

func parseStream(id *shared.StreamIdentifier) (string, error) {
	name := string(id.GetStreamName())
	switch {
	case name == "":
		return "", badRequest("a stream has no name")
	case len(name) > maxStreamName:
		return "", badRequest("the name of a stream has %d bytes; it may have %d", len(name), maxStreamName)
	}
	return name, nil
}

// toRecorded gives a record the form of the protocol.
func (f idForm) toRecorded(r *Record) *streams.ReadResp_ReadEvent_RecordedEvent {
	content := contentBinary
	if r.JSON {
		content = contentJSON
	}
	return &streams.ReadResp_ReadEvent_RecordedEvent{
		Id:               f.of(r.ID),
		StreamIdentifier: &shared.StreamIdentifier{StreamName: []byte(r.Stream)},
		StreamRevision:   shownRevision(r),
		PreparePosition:  r.Position,
		CommitPosition:   r.Position,
		Metadata: map[string]string{
			metaType: r.Type, metaContentType: content, metaCreated: strconv.FormatInt(ticks(r.Created), 10),
		},
		CustomMetadata: r.Metadata,
		Data:           r.Data,
	}
}

// shownRevision returns the revision under which clients see a record: a tombstone is the last there can be.
func shownRevision(r *Record) uint64 {
	if r.Type == typeDeleted {
		return forever
	}
	return r.Revision
}

// message is an event as both ways of appending hand it in.
type message interface {
	GetId() *shared.UUID
	GetMetadata() map[string]string
	GetCustomMetadata() []byte
	GetData() []byte
}

func parseProposed(m message) (Proposed, error) {
	id, err := parseID(m.GetId())
	if err != nil {
		return Proposed{}, err
	}
	meta := m.GetMetadata()
	name, ok := meta[metaType]
	if !ok || name == "" {
		return Proposed{}, missingMetadata(metaType)
	}
	content, ok := meta[metaContentType]
	if !ok {
		return Proposed{}, missingMetadata(metaContentType)
	}
	if name == typeDeleted {
		return Proposed{}, badRequest("%s is written by deleting a stream for ever, not by appending", typeDeleted)
	}
	return Proposed{
		Event: eventstore.Event{ID: id, Type: name, Metadata: m.GetCustomMetadata(), Data: m.GetData()},
		JSON:  content == contentJSON,
	}, nil
}

func (p *Proposed) bytes() int { return len(p.Type) + len(p.Metadata) + len(p.Data) }
