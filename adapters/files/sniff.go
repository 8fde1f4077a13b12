package files

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/evidence"
)

// header is what the structure of a file says before anything of it is decoded.
type header struct {
	mime          string
	width, height int
	memory        int64 // that decoding needs at most, in bytes
	orientation   int   // 1 to 8, as EXIF counts them
}

// sniff tells what content is from its bytes, walks its structure to the last one and refuses what is cut short, or what is something
// else besides. It decodes nothing.
func sniff(content []byte) (header, error) {
	h := header{orientation: 1}
	var end int
	var err error
	switch {
	case bytes.HasPrefix(content, []byte{0xff, 0xd8, 0xff}):
		h.mime = evidence.JPEG
		end, err = walkJPEG(content, &h)
	case bytes.HasPrefix(content, []byte(pngSignature)):
		h.mime = evidence.PNG
		end, err = walkPNG(content, &h)
	case len(content) >= 12 && string(content[:4]) == "RIFF" && string(content[8:12]) == "WEBP":
		h.mime = evidence.WebP
		end, err = walkWebP(content, &h)
	case bytes.HasPrefix(content, []byte("%PDF-")):
		h.mime = evidence.PDF
		end, err = walkPDF(content)
	default:
		return h, domain.NewError(domain.Invalid, "evidence_type")
	}
	if err != nil {
		return h, err
	}
	if rest := bytes.Trim(content[end:], "\x00"); len(rest) > 0 {
		return h, mixed(h.mime, "trailing data")
	}
	return h, foreign(content, h.mime)
}

func truncated(mime string) error {
	return domain.NewError(domain.Invalid, "evidence_truncated", "mime", mime)
}

func mixed(mime, other string) error {
	return domain.NewError(domain.Invalid, "evidence_mixed", "mime", mime, "other", other)
}

func damagedPicture(mime, problem string) error {
	return domain.NewError(domain.Invalid, "picture_damaged", "mime", mime, "problem", problem)
}

// foreign finds what other programs would take the file for: readers of archives look for their mark at the end of a file, readers of
// documents in its first kilobyte, and browsers that guess look for markup.
func foreign(content []byte, mime string) error {
	if i := bytes.LastIndex(content, []byte("PK\x05\x06")); i >= 0 && i+22 <= len(content) {
		if comment := int(binary.LittleEndian.Uint16(content[i+20:])); i+22+comment == len(content) {
			return mixed(mime, "application/zip")
		}
	}
	if mime == evidence.PDF {
		return nil
	}
	if bytes.Contains(content[:min(len(content), 1024)], []byte("%PDF-")) {
		return mixed(mime, evidence.PDF)
	}
	lower := bytes.ToLower(content)
	for _, mark := range []string{"<script", "<html", "<?php", "<!doctype"} {
		if bytes.Contains(lower, []byte(mark)) {
			return mixed(mime, "text/html")
		}
	}
	return nil
}

// walkPDF asks for the end mark in the last kilobyte, as readers do. What stands between is never looked at: a PDF is not rendered here.
func walkPDF(content []byte) (int, error) {
	last := max(0, len(content)-1024)
	i := bytes.LastIndex(content[last:], []byte("%%EOF"))
	if i < 0 {
		return 0, truncated(evidence.PDF)
	}
	end := last + i + len("%%EOF")
	for end < len(content) && bytes.IndexByte([]byte(" \t\r\n"), content[end]) >= 0 {
		end++
	}
	return end, nil
}

const pngSignature = "\x89PNG\r\n\x1a\n"

// walkPNG follows the chunks of a PNG to its end.
func walkPNG(content []byte, h *header) (int, error) {
	pos := len(pngSignature)
	for first := true; ; first = false {
		if pos+12 > len(content) {
			return 0, truncated(evidence.PNG)
		}
		length, kind := int64(binary.BigEndian.Uint32(content[pos:])), string(content[pos+4:pos+8])
		if length > int64(len(content)-pos-12) {
			return 0, truncated(evidence.PNG)
		}
		data := content[pos+8 : pos+8+int(length)]
		if crc32.ChecksumIEEE(content[pos+4:pos+8+int(length)]) != binary.BigEndian.Uint32(content[pos+8+int(length):]) {
			return 0, damagedPicture(evidence.PNG, "the checksum of "+printable(kind)+" is wrong")
		}
		if first != (kind == "IHDR") || first && length != 13 {
			return 0, damagedPicture(evidence.PNG, "it does not begin with one IHDR")
		}
		switch kind {
		case "IHDR":
			h.width, h.height = size(binary.BigEndian.Uint32(data)), size(binary.BigEndian.Uint32(data[4:]))
			h.memory = pngMemory(h.width, h.height, data[8], data[9], data[12] != 0)
		case "eXIf":
			h.orientation = exifOrientation(data)
		case "IEND":
			return pos + 12, nil
		}
		pos += 12 + int(length)
	}
}

// pngMemory is what the decoder of the standard library allocates: pixels of 1 to 8 bytes, and as many again where passes are merged.
func pngMemory(w, h int, depth, colour byte, interlaced bool) int64 {
	perPixel := map[byte]int64{0: 1, 2: 4, 3: 1, 4: 4, 6: 4}[colour]
	if depth == 16 {
		perPixel = map[byte]int64{0: 2, 2: 8, 4: 8, 6: 8}[colour]
	}
	n := int64(w) * int64(h) * max(perPixel, 1)
	if interlaced {
		n *= 2
	}
	return n
}

// size keeps a number of pixels within an int of any machine; more than that is refused anyway.
func size(n uint32) int { return int(min(n, 1<<30)) }

func printable(s string) string {
	out := []byte(s)
	for i, c := range out {
		if c < ' ' || c > '~' {
			out[i] = '?'
		}
	}
	return string(out)
}

// walkWebP follows the chunks of a WebP. The sizes of the frames count as well as that of the canvas: a decoder believes the former.
func walkWebP(content []byte, h *header) (int, error) {
	end := 8 + int64(binary.LittleEndian.Uint32(content[4:]))
	if end > int64(len(content)) || end < 12 {
		return 0, truncated(evidence.WebP)
	}
	grow := func(w, height int) { h.width, h.height = max(h.width, w), max(h.height, height) }
	frames := 0
	for pos := 12; pos < int(end); {
		if pos+8 > int(end) {
			return 0, truncated(evidence.WebP)
		}
		kind, length := string(content[pos:pos+4]), int64(binary.LittleEndian.Uint32(content[pos+4:]))
		if length > end-int64(pos)-8 {
			return 0, truncated(evidence.WebP)
		}
		data := content[pos+8 : pos+8+int(length)]
		switch {
		case kind == "VP8X" && length >= 10:
			if data[0]&0x02 != 0 {
				return 0, damagedPicture(evidence.WebP, "it is animated")
			}
			grow(1+int24(data[4:]), 1+int24(data[7:]))
		case kind == "VP8 " && length >= 10:
			frames++
			grow(int(binary.LittleEndian.Uint16(data[6:])&0x3fff), int(binary.LittleEndian.Uint16(data[8:])&0x3fff))
		case kind == "VP8L" && length >= 5:
			frames++
			bits := binary.LittleEndian.Uint32(data[1:])
			grow(1+int(bits&0x3fff), 1+int(bits>>14&0x3fff))
		case kind == "EXIF":
			h.orientation = exifOrientation(bytes.TrimPrefix(data, []byte("Exif\x00\x00")))
		}
		pos += 8 + int(length+length&1)
	}
	if frames != 1 {
		return 0, damagedPicture(evidence.WebP, "it does not hold one frame")
	}
	h.memory = int64(h.width) * int64(h.height) * 8 // the pixels, and again while they are transformed
	return int(end), nil
}

func int24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
