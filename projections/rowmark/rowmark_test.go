package rowmark_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/projections/rowmark"
)

func TestAMarkBindsABlobToItsPlace(t *testing.T) {
	of := func(table string, data string, key ...any) [rowmark.Size]byte {
		return rowmark.Of(rowmark.Place(table, key...), []byte(data))
	}
	want := of("day", "data", "e1", int64(7))
	require.Equal(t, want, of("day", "data", "e1", int64(7)))
	for name, got := range map[string][rowmark.Size]byte{
		"another table":                              of("shadow", "data", "e1", int64(7)),
		"another key":                                of("day", "data", "e2", int64(7)),
		"a key of another type":                      of("day", "data", "e1", "7"),
		"a key of no type that is written":           of("day", "data", "e1", 7),
		"parts of the key that run into one another": of("day", "data", "e", "1"),
		"other data":                                 of("day", "date", "e1", int64(7)),
		"a byte that moved into the data":            of("day", "\x00data", "e1", int64(7)),
	} {
		require.NotEqual(t, want, got, name)
	}
}

// Long blobs are not copied; their marks are made alike.
func TestTheMarkOfALongBlobIsTheHashOfPlaceAndBlob(t *testing.T) {
	place := rowmark.Place("fact", "e1")
	for _, n := range []int{0, 1, 2000, 2033, 2034, 2035, 2048, 100_000} {
		data := bytes.Repeat([]byte{7}, n)
		text := append(binary.BigEndian.AppendUint32(nil, uint32(len(place))), place...)
		sum := sha256.Sum256(append(text, data...))
		require.Equal(t, [rowmark.Size]byte(sum[:rowmark.Size]), rowmark.Of(place, data), "%d bytes", n)
	}
}
