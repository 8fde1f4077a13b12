package files_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/files"
	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/evidence"
)

// corners is a picture whose four corners are red, green, blue and white, on grey.
func corners(w, h int) *image.RGBA {
	p := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{128, 128, 128, 255}
			switch {
			case x < w/4 && y < h/4:
				c = color.RGBA{255, 0, 0, 255}
			case x >= w*3/4 && y < h/4:
				c = color.RGBA{0, 255, 0, 255}
			case x < w/4 && y >= h*3/4:
				c = color.RGBA{0, 0, 255, 255}
			case x >= w*3/4 && y >= h*3/4:
				c = color.RGBA{255, 255, 255, 255}
			}
			p.SetRGBA(x, y, c)
		}
	}
	return p
}

func asJPEG(t *testing.T, p image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, jpeg.Encode(&b, p, &jpeg.Options{Quality: 95}))
	return b.Bytes()
}

func asPNG(t *testing.T, p image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, p))
	return b.Bytes()
}

// held returns a JPEG that says how its camera was held, and who took it.
func held(t *testing.T, p image.Image, orientation byte) []byte {
	t.Helper()
	content := asJPEG(t, p)
	tiff := slices.Concat([]byte("MM\x00*\x00\x00\x00\x08\x00\x01"), []byte{0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0}, []byte{0, 0, 0, 0})
	exif := slices.Concat([]byte("Exif\x00\x00"), tiff, []byte("taken by Ann Li at 39.9042N 116.4074E"))
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(exif)+2))
	return slices.Concat(content[:2], segment, exif, content[2:])
}

// chunk is a chunk of a PNG.
func chunk(kind string, data []byte) []byte {
	out := append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), kind...)
	out = append(out, data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// bomb is a small PNG that says how large it is.
func bomb(w, h uint32, depth, colour byte) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	head = append(head, depth, colour, 0, 0, 0)
	return slices.Concat([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", head), chunk("IDAT", []byte("x\x9c")), chunk("IEND", nil))
}

// riff is a WebP of chunks that are complete.
func riff(chunks ...[]byte) []byte {
	body := append([]byte("WEBP"), slices.Concat(chunks...)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func webpChunk(kind string, data []byte) []byte {
	out := append(binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(data))), data...)
	if len(data)%2 == 1 {
		out = append(out, 0)
	}
	return out
}

const document = "%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\nstartxref\n0\n%%EOF\n"

func TestLookTakes(t *testing.T) {
	for _, c := range []struct {
		name             string
		content          []byte
		mime, shown      string
		width, height    int
		viewedW, viewedH int
	}{
		{"a JPEG", asJPEG(t, corners(64, 48)), evidence.JPEG, evidence.JPEG, 64, 48, 64, 48},
		{"a PNG", asPNG(t, corners(64, 48)), evidence.PNG, evidence.PNG, 64, 48, 64, 48},
		{"a lossless WebP, which is transparent", losslessWebP(), evidence.WebP, evidence.PNG, 1, 1, 1, 1},
		{"a lossy WebP", lossyWebP(), evidence.WebP, evidence.JPEG, 1, 1, 1, 1},
		{"a lossy WebP with transparency", transparentWebP(), evidence.WebP, evidence.PNG, 1, 1, 1, 1},
		{"a JPEG that was held upright", held(t, corners(64, 48), 6), evidence.JPEG, evidence.JPEG, 48, 64, 48, 64},
		{"a photo with more pixels than are shown", asJPEG(t, corners(3000, 2000)), evidence.JPEG, evidence.JPEG, 3000, 2000, 1500, 1000},
		{"a JPEG with zeros behind it", append(asJPEG(t, corners(64, 48)), 0, 0, 0), evidence.JPEG, evidence.JPEG, 64, 48, 64, 48},
		{"a JPEG with the map of its brightness behind it", append(asJPEG(t, corners(64, 48)), asJPEG(t, corners(8, 8))...), evidence.JPEG, evidence.JPEG, 64, 48, 64, 48},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := files.Look(c.content)
			require.NoError(t, err)
			require.Equal(t, []any{c.mime, c.shown, c.width, c.height}, []any{got.MIME, got.ShownMIME, got.Width, got.Height})
			config, _, err := image.DecodeConfig(bytes.NewReader(got.Shown))
			require.NoError(t, err)
			require.Equal(t, []int{c.viewedW, c.viewedH}, []int{config.Width, config.Height})
		})
	}
	got, err := files.Look([]byte(document))
	require.NoError(t, err)
	require.Equal(t, files.Looked{MIME: evidence.PDF}, got, "a PDF is kept as it came")
}

// The smallest pictures that WebP knows, as browsers are asked for their support.
func losslessWebP() []byte { return based("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==") }

func lossyWebP() []byte { return based("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA") }

func transparentWebP() []byte {
	return based("UklGRkoAAABXRUJQVlA4WAoAAAAQAAAAAAAAAAAAQUxQSAwAAAARBxAR/Q9ERP8DAABWUDggGAAAABQBAJ0BKgEAAQAAAP4AAA3AAP7mtQAAAA==")
}

func based(s string) []byte {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func TestTheCopyForViewingIsUprightAndHoldsNothingElse(t *testing.T) {
	// Where the red, green, blue and white corners of the stored pixels are to be seen, by orientation.
	for orientation, want := range map[byte][4]string{
		1: {"red", "green", "blue", "white"}, 2: {"green", "red", "white", "blue"}, 3: {"white", "blue", "green", "red"},
		4: {"blue", "white", "red", "green"}, 5: {"red", "blue", "green", "white"}, 6: {"blue", "red", "white", "green"},
		7: {"white", "green", "blue", "red"}, 8: {"green", "white", "red", "blue"},
	} {
		content := held(t, corners(80, 40), orientation)
		require.Contains(t, string(content), "Ann Li")
		got, err := files.Look(content)
		require.NoError(t, err)
		require.NotContains(t, string(got.Shown), "Ann Li")
		require.NotContains(t, string(got.Shown), "Exif")
		p, err := jpeg.Decode(bytes.NewReader(got.Shown))
		require.NoError(t, err)
		b := p.Bounds()
		seen := [4]string{
			colour(p.At(2, 2)), colour(p.At(b.Dx()-3, 2)), colour(p.At(2, b.Dy()-3)), colour(p.At(b.Dx()-3, b.Dy()-3)),
		}
		require.Equal(t, want, seen, "orientation %d", orientation)
	}
}

func colour(c color.Color) string {
	r, g, b, _ := c.RGBA()
	high := [3]bool{r > 0xa000, g > 0xa000, b > 0xa000}
	return map[[3]bool]string{{true, false, false}: "red", {false, true, false}: "green", {false, false, true}: "blue", {true, true, true}: "white"}[high]
}

func TestLookRefuses(t *testing.T) {
	photo, drawing := asJPEG(t, corners(64, 48)), asPNG(t, corners(64, 48))
	zip := "PK\x05\x06" + strings.Repeat("\x00", 18)
	scans := bytes.Repeat([]byte{0xff, 0xda, 0, 3, 0, 1, 2, 3}, 40)
	for _, c := range []struct {
		name    string
		content []byte
		code    string
	}{
		{"nothing", nil, "evidence_empty"},
		{"more bytes than are taken", make([]byte, evidence.MaxBytes+1), "evidence_too_large"},
		{"a program", []byte("\x7fELF and so on"), "evidence_type"},
		{"a drawing of markup", []byte("<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>"), "evidence_type"},
		{"an animation", []byte("GIF89a"), "evidence_type"},
		{"three bytes of a JPEG", photo[:3], "evidence_truncated"},
		{"half a JPEG", photo[:len(photo)/2], "evidence_truncated"},
		{"a JPEG without its last byte", photo[:len(photo)-1], "evidence_truncated"},
		{"half a PNG", drawing[:len(drawing)/2], "evidence_truncated"},
		{"a PNG without its end", drawing[:len(drawing)-12], "evidence_truncated"},
		{"a WebP that is shorter than it says", riff(webpChunk("VP8L", make([]byte, 40)))[:30], "evidence_truncated"},
		{"a PDF without its end", []byte(document[:60]), "evidence_truncated"},
		{"a JPEG that is an archive", append(slices.Clone(photo), zip...), "evidence_mixed"},
		{"a PNG with a script behind it", append(slices.Clone(drawing), "<script>alert(1)</script>"...), "evidence_mixed"},
		{"a JPEG with a page in its comment", withComment(photo, "<HTML><body>"), "evidence_mixed"},
		{"a JPEG that is a document", withComment(photo, "%PDF-1.4"), "evidence_mixed"},
		{"a document that is an archive", []byte(document + zip), "evidence_mixed"},
		{"a PNG with a program behind it", append(slices.Clone(drawing), "MZ and so on"...), "evidence_mixed"},
		{"a PNG of too many pixels", bomb(12000, 12000, 8, 2), "picture_too_large"},
		{"a PNG of more pixels than a number holds", bomb(1<<31-1, 1<<31-1, 8, 2), "picture_too_large"},
		{"a WebP whose frame is larger than its canvas", riff(
			webpChunk("VP8X", make([]byte, 10)), webpChunk("VP8L", []byte{0x2f, 0xff, 0xff, 0xff, 0x0f, 0}),
		), "picture_too_large"},
		{"a progressive JPEG that needs too much memory", progressive(4800, 4900), "picture_too_heavy"},
		{"a JPEG of many passes", slices.Concat(photo[:len(photo)-2], scans, []byte{0xff, 0xd9}), "picture_damaged"},
		{"a JPEG that holds nothing", []byte{0xff, 0xd8, 0xff, 0xd9}, "picture_damaged"},
		{"a PNG with a wrong checksum", func() []byte { b := slices.Clone(drawing); b[20] ^= 1; return b }(), "picture_damaged"},
		{"a PNG without pixels", bomb(8, 8, 8, 2), "picture_damaged"},
		{"a WebP without a frame", riff(webpChunk("VP8X", make([]byte, 10))), "picture_damaged"},
		{"a WebP that moves", riff(webpChunk("VP8X", append([]byte{2}, make([]byte, 9)...))), "picture_damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := files.Look(c.content)
			require.Equal(t, c.code, decidertest.Code(err))
		})
	}
}

func withComment(photo []byte, comment string) []byte {
	segment := append(binary.BigEndian.AppendUint16([]byte{0xff, 0xfe}, uint16(len(comment)+2)), comment...)
	return slices.Concat(photo[:2], segment, photo[2:])
}

// progressive is the structure of a progressive JPEG without subsampling.
func progressive(w, h uint16) []byte {
	frame := binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16([]byte{0xff, 0xc2, 0, 17, 8}, h), w)
	frame = append(frame, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0)
	return slices.Concat([]byte{0xff, 0xd8}, frame, []byte{0xff, 0xda, 0, 3, 0, 1, 2, 0xff, 0xd9})
}

// What a file says of its size is believed before memory is asked for, and memory is bounded for what is taken.
func TestABombNeedsNoMemory(t *testing.T) {
	allocated := func(content []byte) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, _ = files.Look(content)
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	flat := black(t, 10_000) // 381 MiB once decoded
	require.Less(t, len(flat), evidence.MaxBytes)
	_, err := files.Look(flat)
	require.Equal(t, "picture_too_large", decidertest.Code(err))
	const mib = 1 << 20
	require.Less(t, allocated(flat), uint64(4*mib))
	require.Less(t, allocated(bomb(1<<31-1, 1<<31-1, 16, 6)), uint64(mib))
	require.Less(t, allocated(progressive(4800, 4900)), uint64(mib))
	most := asPNG(t, image.NewGray(image.Rect(0, 0, 6000, 4000)))
	require.Less(t, allocated(most), uint64(160*mib), "the most pixels that are taken")
}

// black is a whole PNG of a black square.
func black(t *testing.T, side int) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := zlib.NewWriterLevel(&b, zlib.BestSpeed)
	require.NoError(t, err)
	row := make([]byte, 1+3*side)
	for range side {
		_, err := z.Write(row)
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(side)), uint32(side))
	head = append(head, 8, 2, 0, 0, 0)
	return slices.Concat([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", head), chunk("IDAT", b.Bytes()), chunk("IEND", nil))
}

func TestANoisyPNGIsShownAsJPEG(t *testing.T) {
	p := image.NewRGBA(image.Rect(0, 0, 1200, 1000))
	for i, seed := 0, uint32(1); i < len(p.Pix); i++ {
		seed = seed*1664525 + 1013904223
		p.Pix[i] = byte(seed >> 24)
	}
	for i := 3; i < len(p.Pix); i += 4 {
		p.Pix[i] = 255
	}
	content := asPNG(t, p)
	require.Less(t, len(content), evidence.MaxBytes)
	got, err := files.Look(content)
	require.NoError(t, err)
	require.LessOrEqual(t, len(got.Shown), evidence.MaxBytes)
}

func FuzzLook(f *testing.F) {
	for _, seed := range [][]byte{
		[]byte(document), losslessWebP(), bomb(8, 8, 8, 2), progressive(16, 16), {0xff, 0xd8, 0xff, 0xd9},
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		got, err := files.Look(content)
		if err == nil {
			require.Contains(t, evidence.Types(), got.MIME)
		} else {
			require.NotEmpty(t, decidertest.Code(err))
		}
	})
}
