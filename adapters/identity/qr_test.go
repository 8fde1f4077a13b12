package identity_test

import (
	"bytes"
	"encoding/xml"
	"image/png"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/identity"
)

// The three forms show the same modules.
func TestAQRCodeIsTheSamePictureInEveryForm(t *testing.T) {
	q, err := identity.NewQR("https://time.example.com/lite/invitation#0123-4567-89AB-CDEF-GHJK-MNPQ")
	require.NoError(t, err)
	image, err := png.Decode(bytes.NewReader(q.PNG()))
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSuffix(q.Text(), "\n"), "\n")
	side := image.Bounds().Dx() / 8
	black := 0
	for y := range side {
		line := lines[y/2]
		line = strings.TrimSuffix(strings.TrimPrefix(line, "\x1b[97;40m"), "\x1b[0m")
		cells := []rune(line)
		require.Len(t, cells, side)
		for x := range side {
			r, _, _, _ := image.At(x*8+4, y*8+4).RGBA()
			dark := map[rune][2]bool{'█': {false, false}, '▀': {false, true}, '▄': {true, false}, ' ': {true, true}}[cells[x]][y%2]
			require.Equal(t, r == 0, dark, "module %d, %d", x, y)
			if dark {
				black++
			}
		}
	}
	require.NoError(t, xml.Unmarshal(q.SVG(), new(struct{})))
	require.Equal(t, black, strings.Count(string(q.SVG()), "h1v1h-1z"))
	_, err = identity.NewQR(strings.Repeat("x", 5000))
	require.Error(t, err)
}
