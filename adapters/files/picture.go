package files

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"strconv"

	"golang.org/x/image/webp"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/evidence"
)

// What a picture may be.
const (
	maxPixels = 24_000_000
	maxMemory = 256 << 20 // that decoding may need
	maxSide   = 2560      // of the copy for viewing, in pixels
)

// Looked is what a file turned out to be. Shown is the copy for viewing: the pixels anew, upright, without anything that was written
// beside them. A PDF has none, and neither width nor height.
type Looked struct {
	MIME          string
	Width, Height int
	Shown         []byte
	ShownMIME     string
}

// Look says what a file is and makes the copy for viewing. What is not taken is a *domain.Error that says why. It needs at most some 300
// MiB at once, so that callers do one at a time.
func Look(content []byte) (Looked, error) {
	h, err := examine(content)
	if err != nil || h.mime == evidence.PDF {
		return Looked{MIME: h.mime}, err
	}
	out := Looked{MIME: h.mime, Width: h.width, Height: h.height}
	if h.orientation >= 5 {
		out.Width, out.Height = h.height, h.width
	}
	out.ShownMIME, out.Shown, err = view(content, h)
	return out, err
}

// examine refuses what is too large before anything is decoded.
func examine(content []byte) (header, error) {
	switch {
	case len(content) == 0:
		return header{}, domain.NewError(domain.Invalid, "evidence_empty")
	case len(content) > evidence.MaxBytes:
		return header{}, domain.NewError(domain.Invalid, "evidence_too_large", "mib", strconv.Itoa(evidence.MaxBytes>>20))
	}
	h, err := sniff(content)
	if err != nil || h.mime == evidence.PDF {
		return h, err
	}
	if int64(h.width)*int64(h.height) > maxPixels {
		return h, domain.NewError(domain.Invalid, "picture_too_large", "width", strconv.Itoa(h.width), "height", strconv.Itoa(h.height),
			"max", strconv.Itoa(maxPixels/1_000_000))
	}
	if h.memory > maxMemory {
		return h, domain.NewError(domain.Invalid, "picture_too_heavy", "mib", strconv.FormatInt(h.memory>>20, 10), "max", strconv.Itoa(maxMemory>>20))
	}
	return h, nil
}

// view decodes a picture and encodes its pixels anew.
func view(content []byte, h header) (mime string, shown []byte, err error) {
	picture, err := decode(content, h)
	if err != nil {
		return "", nil, damagedPicture(h.mime, err.Error())
	}
	upright := turn(shrink(picture), h.orientation)
	var out bytes.Buffer
	if h.mime == evidence.PNG || !upright.Opaque() {
		if err := png.Encode(&out, upright); err != nil {
			return "", nil, fmt.Errorf("encode the copy: %w", err)
		}
		if out.Len() <= evidence.MaxBytes {
			return evidence.PNG, out.Bytes(), nil
		}
		out.Reset() // a photo that was saved as PNG
		upright = onWhite(upright)
	}
	if err := jpeg.Encode(&out, upright, &jpeg.Options{Quality: 85}); err != nil {
		return "", nil, fmt.Errorf("encode the copy: %w", err)
	}
	return evidence.JPEG, out.Bytes(), nil
}

// decode reads the pixels. The size that the decoder finds must be the one that was allowed. A decoder that panics on hostile bytes has
// not read a picture.
func decode(content []byte, h header) (picture image.Image, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the decoder stopped: %v", r)
		}
	}()
	config, read := jpeg.DecodeConfig, jpeg.Decode
	switch h.mime {
	case evidence.PNG:
		config, read = png.DecodeConfig, png.Decode
	case evidence.WebP:
		config, read = webp.DecodeConfig, webp.Decode
	}
	c, err := config(bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	if c.Width > h.width || c.Height > h.height || c.Width <= 0 || c.Height <= 0 {
		return nil, fmt.Errorf("it has %d x %d pixels, and its structure says %d x %d", c.Width, c.Height, h.width, h.height)
	}
	return read(bytes.NewReader(content))
}

// shrink returns the pixels as RGBA, no side longer than maxSide: each is the mean of a square. It works band by band, so that it needs
// little beside the picture.
func shrink(picture image.Image) *image.RGBA {
	b := picture.Bounds()
	n := max(1, (max(b.Dx(), b.Dy())+maxSide-1)/maxSide)
	w, h := (b.Dx()+n-1)/n, (b.Dy()+n-1)/n
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if n == 1 {
		draw.Draw(out, out.Bounds(), picture, b.Min, draw.Src)
		return out
	}
	band := image.NewRGBA(image.Rect(0, 0, b.Dx(), n))
	for y := range h {
		rows := min(n, b.Dy()-y*n)
		draw.Draw(band, image.Rect(0, 0, b.Dx(), rows), picture, image.Pt(b.Min.X, b.Min.Y+y*n), draw.Src)
		for x := range w {
			out.SetRGBA(x, y, mean(band, image.Rect(x*n, 0, min((x+1)*n, b.Dx()), rows)))
		}
	}
	return out
}

func mean(from *image.RGBA, of image.Rectangle) color.RGBA {
	var sum [4]int
	for y := of.Min.Y; y < of.Max.Y; y++ {
		row := from.Pix[from.PixOffset(of.Min.X, y):from.PixOffset(of.Max.X, y)]
		for i, v := range row {
			sum[i&3] += int(v)
		}
	}
	n := of.Dx() * of.Dy()
	return color.RGBA{uint8(sum[0] / n), uint8(sum[1] / n), uint8(sum[2] / n), uint8(sum[3] / n)}
}

// turn returns a picture as its camera was held: EXIF orientations 1 to 8.
func turn(from *image.RGBA, orientation int) *image.RGBA {
	if orientation <= 1 {
		return from
	}
	w, h := from.Rect.Dx(), from.Rect.Dy()
	to := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		to = image.Rect(0, 0, h, w)
	}
	out := image.NewRGBA(to)
	for y := range h {
		for x := range w {
			var p image.Point
			switch orientation {
			case 2:
				p = image.Pt(w-1-x, y)
			case 3:
				p = image.Pt(w-1-x, h-1-y)
			case 4:
				p = image.Pt(x, h-1-y)
			case 5:
				p = image.Pt(y, x)
			case 6:
				p = image.Pt(h-1-y, x)
			case 7:
				p = image.Pt(h-1-y, w-1-x)
			default:
				p = image.Pt(y, w-1-x)
			}
			out.SetRGBA(p.X, p.Y, from.RGBAAt(x, y))
		}
	}
	return out
}

// onWhite lays a picture on white, as JPEG knows no transparency.
func onWhite(from *image.RGBA) *image.RGBA {
	out := image.NewRGBA(from.Rect)
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(out, out.Rect, from, image.Point{}, draw.Over)
	return out
}
