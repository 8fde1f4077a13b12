package eventstore

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"

	"github.com/google/uuid"
)

// Commitment binds a stored event: 0x01 followed by SHA-256 over its parts. The salt inside the metadata keeps it from being guessed.
type Commitment [33]byte

// Commit returns the commitment of an event at its place:
//
//	0x01 || SHA-256( len(stream) stream || revision || id || len(type) type || len(metadata) metadata || len(data) data )
//
// where lengths are 32-bit and the revision is 64-bit, both big endian, and all bytes are those stored (docs/adr/0005).
func Commit(stream string, revision Revision, e Event) Commitment {
	// The parts are joined first: a hash.Hash would move each of them to the heap. Most events fit into the room on the stack.
	text := make([]byte, 0, 1536)
	text = part(text, stream)
	text = binary.BigEndian.AppendUint64(text, uint64(revision))
	text = append(text, e.ID[:]...)
	text = part(text, e.Type)
	text = part(text, e.Metadata)
	text = part(text, e.Data)
	sum := sha256.Sum256(text)
	var c Commitment
	c[0] = 1
	copy(c[1:], sum[:])
	return c
}

func part[T string | []byte](text []byte, b T) []byte {
	text = binary.BigEndian.AppendUint32(text, uint32(len(b)))
	return append(text, b...)
}

// String returns the commitment in base64url without padding.
func (c Commitment) String() string { return base64.RawURLEncoding.EncodeToString(c[:]) }

// MarshalText implements encoding.TextMarshaler.
func (c Commitment) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Commitment) UnmarshalText(b []byte) error {
	refused := fmt.Errorf("commitment %q: want %d bytes in base64url", b, len(c))
	if len(b) != base64.RawURLEncoding.EncodedLen(len(c)) {
		return refused // also because Decode panics where its target is too short
	}
	if n, err := base64.RawURLEncoding.Decode(c[:], b); err != nil || n != len(c) {
		return refused
	}
	return nil
}

// Namespace is the UUID namespace of event ids.
var Namespace = uuid.MustParse("6f0c2a0e-5a4b-5d5e-9a3c-70756e63686c")

// EventID derives the id of the n-th event (from 0) that a command writes to a stream, so that a retried command writes the same ids.
func EventID(stream, commandID string, n int) uuid.UUID {
	return uuid.NewSHA1(Namespace, fmt.Appendf(nil, "%s\x00%s\x00%d", stream, commandID, n))
}
