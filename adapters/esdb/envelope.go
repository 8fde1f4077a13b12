package esdb

import (
	"bytes"
	"encoding/binary"
	"time"
)

// EnvelopeBytes is what an envelope adds to the metadata of an event: a mark, what kind of data the event has, and when it came.
const EnvelopeBytes = 10

const envelopeMark = 1

// ticksPerSecond: the protocol counts time in units of 100 ns since 1970.
const ticksPerSecond = 10_000_000

func ticks(t time.Time) int64 { return t.Unix()*ticksPerSecond + int64(t.Nanosecond())/100 }

func fromTicks(n int64) time.Time { return time.Unix(n/ticksPerSecond, n%ticksPerSecond*100).UTC() }

// seal returns metadata in an envelope.
func seal(created time.Time, isJSON bool, metadata []byte) []byte {
	out := make([]byte, 0, EnvelopeBytes+len(metadata))
	out = append(out, envelopeMark, 0)
	if isJSON {
		out[1] = 1
	}
	out = binary.BigEndian.AppendUint64(out, uint64(ticks(created)))
	return append(out, metadata...)
}

// open returns what an envelope holds. Metadata without one is returned as it is: somebody else's, of an unknown time.
func open(sealed []byte) (created time.Time, isJSON bool, metadata []byte) {
	if len(sealed) < EnvelopeBytes || sealed[0] != envelopeMark {
		return time.Unix(0, 0).UTC(), true, sealed
	}
	return fromTicks(int64(binary.BigEndian.Uint64(sealed[2:]))), sealed[1] == 1, sealed[EnvelopeBytes:]
}

// recordedAt finds when an event of the ledger was recorded. Inside a JSON string its quotes would be escaped, so that the name stands
// for itself; decoding the whole object would cost more than all else of reading a record.
func recordedAt(metadata []byte) (time.Time, bool) {
	epoch := time.Unix(0, 0).UTC()
	name := []byte(`"recorded_at":"`)
	_, rest, ok := bytes.Cut(metadata, name)
	if !ok {
		return epoch, false
	}
	text, _, ok := bytes.Cut(rest, []byte(`"`))
	if !ok {
		return epoch, false
	}
	t, err := time.Parse(time.RFC3339Nano, string(text))
	if err != nil {
		return epoch, false
	}
	return t.UTC(), true
}
