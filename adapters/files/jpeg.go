package files

import (
	"bytes"
	"encoding/binary"

	"github.com/punchledger/punchledger/domain/evidence"
)

// maxScans bounds the passes over a picture that a small file can ask for. Cameras and programs write at most eleven.
const maxScans = 32

// Markers of a JPEG.
const (
	jpegSOI  = 0xd8
	jpegEOI  = 0xd9
	jpegSOS  = 0xda
	jpegSOF0 = 0xc0
	jpegSOF2 = 0xc2
	jpegAPP1 = 0xe1
)

// walkJPEG follows the segments of a JPEG to its end. Phones put further JPEGs behind the first, such as a map of its brightness; they
// are walked as well, and never decoded.
func walkJPEG(content []byte, h *header) (int, error) {
	end, err := walkOneJPEG(content, h)
	for err == nil && bytes.HasPrefix(content[end:], []byte{0xff, jpegSOI, 0xff}) {
		var n int
		n, err = walkOneJPEG(content[end:], &header{})
		end += n
	}
	return end, err
}

func walkOneJPEG(content []byte, h *header) (int, error) {
	scans := 0
	for pos := 2; ; {
		for pos < len(content) && content[pos] != 0xff {
			return 0, damagedPicture(evidence.JPEG, "a segment does not begin with a marker")
		}
		for pos < len(content) && content[pos] == 0xff { // fill bytes
			pos++
		}
		if pos+2 >= len(content) && (pos >= len(content) || content[pos] != jpegEOI) {
			return 0, truncated(evidence.JPEG)
		}
		marker := content[pos]
		pos++
		if marker == jpegEOI {
			return pos, h.sized(scans)
		}
		if marker >= 0xd0 && marker <= 0xd8 || marker == 0x01 { // without a length
			continue
		}
		length := int(binary.BigEndian.Uint16(content[pos:]))
		if length < 2 || pos+length > len(content) {
			return 0, truncated(evidence.JPEG)
		}
		data := content[pos+2 : pos+length]
		pos += length
		switch {
		case marker >= jpegSOF0 && marker <= jpegSOF2 && len(data) >= 6:
			h.frame(marker, data)
		case marker == jpegAPP1 && bytes.HasPrefix(data, []byte("Exif\x00\x00")):
			h.orientation = exifOrientation(data[6:])
		case marker == jpegSOS:
			if scans++; scans > maxScans {
				return 0, damagedPicture(evidence.JPEG, "it has too many scans")
			}
			pos = skipScan(content, pos)
		}
	}
}

// sized refuses a picture without pixels or without content.
func (h *header) sized(scans int) error {
	if h.width == 0 || h.height == 0 || scans == 0 {
		return damagedPicture(evidence.JPEG, "it holds no picture")
	}
	return nil
}

// skipScan returns where the compressed data that begins at pos ends: at a marker that is neither a stuffed byte nor a restart.
func skipScan(content []byte, pos int) int {
	for pos < len(content) {
		i := bytes.IndexByte(content[pos:], 0xff)
		if i < 0 || pos+i+1 >= len(content) {
			return len(content)
		}
		pos += i
		if m := content[pos+1]; m != 0 && m != 0xff && (m < 0xd0 || m > 0xd7) {
			return pos
		}
		pos++
	}
	return pos
}

// frame takes the size of a picture, and what decoding it needs: the samples, and where it is progressive four bytes of coefficients for
// each of them.
func (h *header) frame(marker byte, data []byte) {
	h.height, h.width = int(binary.BigEndian.Uint16(data[1:])), int(binary.BigEndian.Uint16(data[3:]))
	components := int64(data[5])
	maxH, maxV, samples := int64(1), int64(1), int64(0)
	for i := range min(components, int64(len(data)-6)/3) {
		hv := data[6+3*i+1]
		maxH, maxV = max(maxH, int64(hv>>4)), max(maxV, int64(hv&15))
		samples += int64(hv>>4) * int64(hv&15)
	}
	pixels := int64(h.width) * int64(h.height)
	perPixel := int64(1)
	if marker == jpegSOF2 {
		perPixel += 4
	}
	h.memory = pixels * samples * perPixel / (maxH * maxV)
	if components == 4 { // converted once more
		h.memory += pixels * 4
	}
}

// exifOrientation returns how a camera was held, 1 to 8, from the first directory of a TIFF structure; 1 where it does not say.
func exifOrientation(tiff []byte) int {
	var order binary.ByteOrder
	switch {
	case len(tiff) < 14:
		return 1
	case string(tiff[:4]) == "II*\x00":
		order = binary.LittleEndian
	case string(tiff[:4]) == "MM\x00*":
		order = binary.BigEndian
	default:
		return 1
	}
	first := int64(order.Uint32(tiff[4:]))
	if first+2 > int64(len(tiff)) {
		return 1
	}
	entries := tiff[first+2:]
	for range order.Uint16(tiff[first:]) {
		if len(entries) < 12 {
			return 1
		}
		if order.Uint16(entries) == 0x0112 {
			if v := int(order.Uint16(entries[8:])); v >= 1 && v <= 8 {
				return v
			}
			return 1
		}
		entries = entries[12:]
	}
	return 1
}
