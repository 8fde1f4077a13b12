package main

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"

	"github.com/stretchr/testify/require"
)

const evidencePath = "/v1/employees/e1/evidence"

// chunk is one of a PNG.
func chunk(kind, data string) string {
	body := kind + data
	return string(binary.BigEndian.AppendUint32(nil, uint32(len(data)))) + body +
		string(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(body))))
}

func sized(w, h uint32, depth, colour, interlace byte) string {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	return string(append(head, depth, colour, 0, 0, interlace))
}

func packed(content []byte) string {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	_, _ = w.Write(content)
	_ = w.Close()
	return out.String()
}

// pngOf is a PNG of a declared size, whatever its pixels are.
func pngOf(head, pixels string, more ...string) string {
	return "\x89PNG\r\n\x1a\n" + chunk("IHDR", head) + strings.Join(more, "") + chunk("IDAT", pixels) + chunk("IEND", "")
}

func smallPNG() string {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 4, 4))); err != nil {
		panic(err)
	}
	return b.String()
}

func smallJPEG() string {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewRGBA(image.Rect(0, 0, 4, 4)), nil); err != nil {
		panic(err)
	}
	return b.String()
}

// jpegOf is a JPEG whose frame says another size.
func jpegOf(w, h uint16) string {
	s := []byte(smallJPEG())
	at := bytes.Index(s, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(s[at+5:], h)
	binary.BigEndian.PutUint16(s[at+7:], w)
	return string(s)
}

func smallGIF() string {
	var b bytes.Buffer
	if err := gif.Encode(&b, image.NewRGBA(image.Rect(0, 0, 4, 4)), nil); err != nil {
		panic(err)
	}
	return b.String()
}

// webpOf is a WebP whose canvas has a size of 24 bits each way.
func webpOf(flags byte, w, h uint32) string {
	canvas := []byte{flags, 0, 0, 0, byte(w), byte(w >> 8), byte(w >> 16), byte(h), byte(h >> 8), byte(h >> 16)}
	frame := "VP8L\x06\x00\x00\x00\x2f\x00\x00\x00\x00\x00"
	body := "WEBPVP8X\x0a\x00\x00\x00" + string(canvas) + frame
	return "RIFF" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(body)))) + body
}

const (
	smallPDF = "%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
	emptyZIP = "PK\x05\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	bigSide  = 50_000
)

// file is one that is not taken.
func file(what, kind, content, code string, says ...string) badRequest {
	return badRequest{name: what, given: what, as: "e1", method: "POST", path: evidencePath, kind: kind, make: verbatim(content), status: 422, code: code, says: says}
}

// kept is a file that is taken, as its bytes say that it is harmless.
func keptFile(what, kind, content string) badRequest {
	return badRequest{
		name: what, given: what, as: "e1", method: "POST", path: evidencePath, kind: kind, make: verbatim(content), status: 201, stored: []string{"EvidenceStored"},
	}
}

var apiFileCases = []badRequest{
	{name: "a file of no bytes", as: "e1", method: "POST", path: evidencePath, kind: "image/png", status: 400, code: malformed},
	file("a text that says it is a picture", "image/png", "nonsense", "evidence_type", "JPEG"),
	file("a PNG of 50,000 x 50,000 pixels", "image/png", pngOf(sized(bigSide, bigSide, 8, 6, 0), packed(nil)), "picture_too_large", "50000"),
	file("a PNG of 4,294,967,295 x 1 pixels", "image/png", pngOf(sized(1<<32-1, 1, 8, 6, 0), packed(nil)), "picture_too_large"),
	file("a PNG that needs 366 MiB", "image/png", pngOf(sized(6000, 4000, 16, 6, 1), packed(nil)), "picture_too_heavy"),
	file("a PNG of no width", "image/png", pngOf(sized(0, 4, 8, 6, 0), packed(nil)), "picture_damaged"),
	file("a PNG that unpacks to 100 MB for 4 pixels", "image/png", pngOf(sized(2, 2, 8, 0, 0), packed(make([]byte, 100<<20))), "picture_damaged"),
	file("a PNG of fewer pixels than it says", "image/png", pngOf(sized(1000, 1000, 8, 0, 0), packed([]byte{0, 1})), "picture_damaged"),
	file("a PNG with a wrong checksum", "image/png", strings.Replace(smallPNG(), "IDAT", "IDAU", 1), "picture_damaged"),
	file("a PNG that is cut short", "image/png", smallPNG()[:40], "evidence_truncated"),
	file("a PNG without its head", "image/png", "\x89PNG\r\n\x1a\n"+chunk("IEND", ""), "picture_damaged"),
	file("a PNG with a ZIP behind it", "image/png", smallPNG()+emptyZIP, "evidence_mixed"),
	file("a PNG with markup in a text", "image/png", pngOf(sized(1, 1, 8, 0, 0), packed([]byte{0, 0}), chunk("tEXt", "Comment\x00<script>alert(1)</script>")), "evidence_mixed"),
	file("a PNG that is a PDF as well", "image/png", pngOf(sized(1, 1, 8, 0, 0), packed([]byte{0, 0}), chunk("tEXt", "Comment\x00%PDF-1.4")), "evidence_mixed"),
	file("a PNG with bytes behind its end", "image/png", smallPNG()+"more", "evidence_mixed"),
	file("a JPEG of 65,535 x 65,535 pixels", "image/jpeg", jpegOf(65535, 65535), "picture_too_large"),
	file("a JPEG of no height", "image/jpeg", jpegOf(4, 0), "picture_damaged"),
	file("a JPEG that is cut short", "image/jpeg", smallJPEG()[:100], "evidence_truncated"),
	file("a JPEG with a page of PHP behind it", "image/jpeg", smallJPEG()+"<?php system($_GET[0]); ?>", "evidence_mixed"),
	file("a JPEG of three bytes", "image/jpeg", "\xff\xd8\xff", "evidence_truncated"),
	file("a GIF", "image/png", smallGIF(), "evidence_type"),
	file("a GIF of 65,535 x 65,535 pixels", "image/png", "GIF89a\xff\xff\xff\xff\x00\x00\x00;", "evidence_type"),
	file("a WebP of 16,777,216 x 16,777,216 pixels", "image/webp", webpOf(0, 1<<24-1, 1<<24-1), "picture_too_large"),
	file("a WebP that moves", "image/webp", webpOf(2, 3, 3), "picture_damaged"),
	file("a WebP that is longer than it is", "image/webp", "RIFF\xff\xff\xff\xffWEBPVP8 ", "evidence_truncated"),
	file("a BMP", "application/octet-stream", "BM\x46\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00", "evidence_type"),
	file("a TIFF", "application/octet-stream", "II*\x00\x08\x00\x00\x00", "evidence_type"),
	file("a drawing with a script (SVG)", "application/octet-stream", `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`, "evidence_type"),
	file("a page", "application/octet-stream", "<!doctype html><script>alert(1)</script>", "evidence_type"),
	file("an archive", "application/octet-stream", emptyZIP, "evidence_type"),
	file("an archive packed many times over (42.zip)", "application/octet-stream", "PK\x03\x04"+strings.Repeat("\x00", 40), "evidence_type"),
	file("a program", "application/octet-stream", "\x7fELF\x02\x01\x01"+strings.Repeat("\x00", 60), "evidence_type"),
	file("a PDF that is an archive as well", "application/pdf", smallPDF+emptyZIP, "evidence_mixed"),
	file("a PDF without its end", "application/pdf", "%PDF-1.4\n1 0 obj", "evidence_truncated"),
	{name: "a picture of more than 5 MiB", given: "5,242,881 bytes", as: "e1", method: "POST", path: evidencePath, kind: "image/png", make: verbatim("\x89PNG\r\n\x1a\n" + strings.Repeat("\x00", 5<<20)), status: 413, code: "http_body_too_large"},
	{name: "a file as a part of a form", as: "e1", path: evidencePath, kind: "multipart/form-data; boundary=x", body: "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"../../x.png\"\r\n\r\nx\r\n--x--\r\n", status: 415, code: "http_wrong_content_type", says: []string{"image/png"}},
	{name: "a form whose parts have no end", as: "e1", path: evidencePath, kind: "multipart/form-data", body: "--x\r\n", status: 415, code: "http_wrong_content_type"},
	{name: "a drawing, as it says itself", as: "e1", path: evidencePath, kind: "image/svg+xml", body: "<svg/>", status: 415, code: "http_wrong_content_type"},
	{name: "a file that is packed", as: "e1", path: evidencePath, kind: "image/png", header: []string{"Content-Encoding", "deflate"}, body: "x", status: 415, code: "http_packed_body"},
	{name: "a file for somebody else", as: "e2", path: evidencePath, kind: "image/png", body: smallPNG(), given: "a small PNG", status: 403, code: notAuthorised},
	{name: "a file for somebody who is not there", as: "personnel", path: "/v1/employees/nobody/evidence", kind: "image/png", body: smallPNG(), given: "a small PNG", status: 404, code: "unknown_employee"},
	keptFile("a JPEG that says it is a PNG", "image/png", smallJPEG()),
	keptFile("a PDF with a script, which is never run here and offered as an attachment", "application/pdf", smallPDF).also(func(b *badAPI, a apiAnswer) {
		require.Contains(b.t, string(a.body), `"mime":"application/pdf"`)
	}),
	{
		name: "a name of a file that climbs", as: "e1", method: "POST", path: evidencePath, kind: "image/png",
		header: []string{"Content-Disposition", `attachment; filename="../../../etc/passwd"`}, make: verbatim(smallPNG()), status: 201, stored: []string{"EvidenceStored"},
	},
}
