// Package rowmark marks what stores of views keep, so that whoever reads a row sees that it is not what was written. A mark is no
// proof against somebody who changes rows on purpose and knows how; the log is.
package rowmark

import (
	"crypto/sha256"
	"encoding/binary"
)

// Size is the length of a mark.
const Size = 8

// Place returns what a mark binds a blob to: its table and its key, of integers and texts.
func Place(table string, key ...any) []byte {
	place := append(make([]byte, 0, 96), table...)
	for _, k := range key {
		switch k := k.(type) {
		case int64:
			place = binary.BigEndian.AppendUint64(append(place, 'i'), uint64(k))
		case string:
			place = append(binary.BigEndian.AppendUint32(append(place, 's'), uint32(len(k))), k...)
		default:
			place = append(place, '?') // of a damaged row: no key that was written has another type
		}
	}
	return place
}

// Of returns the mark of a blob at a place: the first bytes of the SHA-256 of both.
func Of(place, data []byte) [Size]byte {
	text := append(binary.BigEndian.AppendUint32(make([]byte, 0, 2048), uint32(len(place))), place...)
	var sum [sha256.Size]byte
	if len(text)+len(data) <= cap(text) {
		sum = sha256.Sum256(append(text, data...))
	} else {
		h := sha256.New()
		h.Write(text)
		h.Write(data)
		h.Sum(sum[:0])
	}
	return [Size]byte(sum[:Size])
}
