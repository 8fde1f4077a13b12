package esdb

import (
	"strconv"

	"google.golang.org/grpc/encoding"
	protocodec "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
)

// Events make up nearly all of what is sent. Building the generated message of one and encoding it costs more than reading the
// record, so that events are written into the bytes of a streams.ReadResp at once. raw_test.go compares them with the generated code.

// rawMessage is an encoded message.
type rawMessage []byte

// rawCodec sends encoded messages as they are and leaves all others to the usual one.
type rawCodec struct{ encoding.CodecV2 }

func newRawCodec() rawCodec { return rawCodec{encoding.GetCodecV2(protocodec.Name)} }

// Marshal implements encoding.CodecV2.
func (c rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	if raw, ok := v.(rawMessage); ok {
		return mem.BufferSlice{mem.SliceBuffer(raw)}, nil
	}
	return c.CodecV2.Marshal(v)
}

// Numbers of the fields of streams.ReadResp, ReadEvent, RecordedEvent, UUID and a map's entry.
const (
	respEvent = 1

	eventEvent, eventLink, eventCommit = 1, 2, 3

	recordedID, recordedStream, recordedRevision, recordedPrepare  = 1, 2, 3, 4
	recordedCommit, recordedMetadata, recordedCustom, recordedData = 5, 6, 7, 8

	streamName                        = 3
	uuidStructured, uuidText          = 1, 2
	uuidMostSignificant, uuidLeastSig = 1, 2
	entryKey, entryValue              = 1, 2
)

// rawEvent gives what was read the form of the protocol: the event, and the link by which it was found.
func (f idForm) rawEvent(v view) rawMessage {
	size := 0
	if v.event != nil {
		size += rawRoom(v.event)
	}
	if v.link != nil {
		size += rawRoom(v.link)
	}
	// Lengths stand before what they count: the inside is written first, into the second half.
	inside := make([]byte, 0, size)
	if v.event != nil {
		inside = f.appendRecorded(inside, eventEvent, v.event)
	}
	if v.link != nil {
		inside = f.appendRecorded(inside, eventLink, v.link)
	}
	inside = protowire.AppendTag(inside, eventCommit, protowire.VarintType)
	inside = protowire.AppendVarint(inside, v.original().Position)
	out := make([]byte, 0, len(inside)+8)
	out = protowire.AppendTag(out, respEvent, protowire.BytesType)
	return protowire.AppendBytes(out, inside)
}

// rawRoom is more than an encoded record takes.
func rawRoom(r *Record) int { return 256 + len(r.Stream) + len(r.Type) + len(r.Metadata) + len(r.Data) }

func (f idForm) appendRecorded(b []byte, field protowire.Number, r *Record) []byte {
	content := contentBinary
	if r.JSON {
		content = contentJSON
	}
	created := strconv.FormatInt(ticks(r.Created), 10)
	revision := shownRevision(r)
	stream := protowire.SizeTag(streamName) + protowire.SizeBytes(len(r.Stream))
	id := f.rawIDSize(r)
	size := sizeInside(recordedID, id) + sizeInside(recordedStream, stream) +
		sizeNumber(recordedRevision, revision) + sizeNumber(recordedPrepare, r.Position) + sizeNumber(recordedCommit, r.Position) +
		sizeEntry(metaType, r.Type) + sizeEntry(metaContentType, content) + sizeEntry(metaCreated, created) +
		sizeBytes(recordedCustom, r.Metadata) + sizeBytes(recordedData, r.Data)

	b = appendInside(b, field, size)
	b = f.appendID(b, r, id)
	b = appendInside(b, recordedStream, stream)
	b = protowire.AppendTag(b, streamName, protowire.BytesType)
	b = protowire.AppendString(b, r.Stream)
	b = appendNumber(b, recordedRevision, revision)
	b = appendNumber(b, recordedPrepare, r.Position)
	b = appendNumber(b, recordedCommit, r.Position)
	b = appendEntry(b, metaType, r.Type)
	b = appendEntry(b, metaContentType, content)
	b = appendEntry(b, metaCreated, created)
	b = appendBytes(b, recordedCustom, r.Metadata)
	return appendBytes(b, recordedData, r.Data)
}

const textIDLength = 36

func (f idForm) rawIDSize(r *Record) int {
	if f == idAsText {
		return protowire.SizeTag(uuidText) + protowire.SizeBytes(textIDLength)
	}
	most, least := halves(r.ID)
	return sizeInside(uuidStructured, sizeNumber(uuidMostSignificant, most)+sizeNumber(uuidLeastSig, least))
}

func (f idForm) appendID(b []byte, r *Record, size int) []byte {
	b = appendInside(b, recordedID, size)
	if f == idAsText {
		b = protowire.AppendTag(b, uuidText, protowire.BytesType)
		return protowire.AppendString(b, r.ID.String())
	}
	most, least := halves(r.ID)
	b = appendInside(b, uuidStructured, sizeNumber(uuidMostSignificant, most)+sizeNumber(uuidLeastSig, least))
	b = appendNumber(b, uuidMostSignificant, most)
	return appendNumber(b, uuidLeastSig, least)
}

// sizeInside is the size of a message of so many bytes as a field.
func sizeInside(field protowire.Number, n int) int {
	return protowire.SizeTag(field) + protowire.SizeBytes(n)
}

func appendInside(b []byte, field protowire.Number, n int) []byte {
	b = protowire.AppendTag(b, field, protowire.BytesType)
	return protowire.AppendVarint(b, uint64(n))
}

// Fields of their zero value are left out, as the generated code does.

func sizeNumber(field protowire.Number, v uint64) int {
	if v == 0 {
		return 0
	}
	return protowire.SizeTag(field) + protowire.SizeVarint(v)
}

func appendNumber(b []byte, field protowire.Number, v uint64) []byte {
	if v == 0 {
		return b
	}
	b = protowire.AppendTag(b, field, protowire.VarintType)
	return protowire.AppendVarint(b, v)
}

func sizeBytes(field protowire.Number, v []byte) int {
	if len(v) == 0 {
		return 0
	}
	return protowire.SizeTag(field) + protowire.SizeBytes(len(v))
}

func appendBytes(b []byte, field protowire.Number, v []byte) []byte {
	if len(v) == 0 {
		return b
	}
	b = protowire.AppendTag(b, field, protowire.BytesType)
	return protowire.AppendBytes(b, v)
}

func entrySize(key, value string) int {
	return protowire.SizeTag(entryKey) + protowire.SizeBytes(len(key)) + protowire.SizeTag(entryValue) + protowire.SizeBytes(len(value))
}

func sizeEntry(key, value string) int { return sizeInside(recordedMetadata, entrySize(key, value)) }

func appendEntry(b []byte, key, value string) []byte {
	b = appendInside(b, recordedMetadata, entrySize(key, value))
	b = protowire.AppendTag(b, entryKey, protowire.BytesType)
	b = protowire.AppendString(b, key)
	b = protowire.AppendTag(b, entryValue, protowire.BytesType)
	return protowire.AppendString(b, value)
}
