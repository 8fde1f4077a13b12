package place_test

import (
	"encoding/base64"
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/place"
)

func TestKeysThatAnybodyCanSignForAreNone(t *testing.T) {
	head := "302a300506032b6570032100"
	for name, c := range map[string]struct {
		key  string
		good bool
	}{
		"of RFC 8032, test 1":         {"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", true},
		"zeros":                       {"0000000000000000000000000000000000000000000000000000000000000000", false},
		"zeros with a sign":           {"0000000000000000000000000000000000000000000000000000000000000080", false},
		"the neutral point":           {"0100000000000000000000000000000000000000000000000000000000000000", false},
		"of order 2":                  {"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", false},
		"of order 8":                  {"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", false},
		"of order 8, the other":       {"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa", false},
		"the neutral point, plus p":   {"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", false},
		"zeros with p added to the y": {"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", false},
	} {
		t.Run(name, func(t *testing.T) {
			der, err := hex.DecodeString(head + c.key)
			require.NoError(t, err)
			_, err = place.ParseKey(base64.StdEncoding.EncodeToString(der))
			require.Equal(t, c.good, err == nil, "%v", err)
		})
	}
}
