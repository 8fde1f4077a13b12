package terminal

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/punchledger/punchledger/domain"
)

// Byte order marks.
const (
	bomUTF8    = "\xef\xbb\xbf"
	bomUTF16LE = "\xff\xfe"
	bomUTF16BE = "\xfe\xff"
)

// encoding turns one line into text; what it cannot read becomes U+FFFD.
type encoding struct {
	name   string
	decode func([]byte) string
}

func utf8Encoding() encoding {
	return encoding{"utf-8", func(b []byte) string { return string(b) }}
}

// gb18030Encoding decodes line by line, so that a torn character at the end of one never swallows the start of the next.
func gb18030Encoding() encoding {
	dec := simplifiedchinese.GB18030.NewDecoder()
	return encoding{"gb18030", func(b []byte) string {
		out, err := dec.Bytes(b)
		if err != nil {
			return string(utf8.RuneError)
		}
		return string(out)
	}}
}

// refuseUTF16 looks at the first bytes of the file.
func refuseUTF16(r io.ReadSeeker) error {
	var head [2]byte
	n, err := io.ReadFull(r, head[:])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if s := string(head[:n]); s == bomUTF16LE || s == bomUTF16BE {
		return domain.NewError(domain.Invalid, "encoding_unsupported", "encoding", "utf-16")
	}
	return nil
}

// refuseEndless refuses a file whose first line does not end within what a line may have: it is no list of lines, whatever its size.
func refuseEndless(r io.ReadSeeker) error {
	head := make([]byte, maxLine+1)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if n == len(head) && !bytes.ContainsRune(head, '\n') {
		return domain.NewError(domain.Invalid, "no_line_ends", "limit", strconv.Itoa(maxLine))
	}
	return nil
}

// chooseEncoding follows the option, else the byte order mark, else the whole file: UTF-8 when more of its lines beyond ASCII
// are UTF-8 than are not, so that one torn line does not turn all names of a file to nonsense; else GB18030.
func chooseEncoding(r io.ReadSeeker, option string) (encoding, Finding, error) {
	switch strings.ToLower(option) {
	case "utf-8", "utf8":
		return utf8Encoding(), finding("encoding.given", "encoding", "UTF-8"), nil
	case "gb18030", "gbk", "gb2312":
		return gb18030Encoding(), finding("encoding.given", "encoding", "GB18030"), nil
	case "":
	default:
		return encoding{}, Finding{}, badOption("encoding", option, "utf-8, gb18030")
	}
	var head [3]byte
	n, err := io.ReadFull(r, head[:])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return encoding{}, Finding{}, err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return encoding{}, Finding{}, err
	}
	if string(head[:n]) == bomUTF8 {
		return utf8Encoding(), finding("encoding.bom"), nil
	}
	valid, invalid, err := countEncodings(r)
	if err != nil {
		return encoding{}, Finding{}, err
	}
	args := []string{"valid", strconv.Itoa(valid), "invalid", strconv.Itoa(invalid)}
	if invalid == 0 || valid > invalid {
		return utf8Encoding(), finding("encoding.utf8", args...), nil
	}
	return gb18030Encoding(), finding("encoding.gb18030", args...), nil
}

// countEncodings counts the lines beyond ASCII that are UTF-8 and those that are not, and goes back to the start.
func countEncodings(r io.ReadSeeker) (valid, invalid int, err error) {
	s := newSplitter(r)
	for {
		line, long, err := s.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, 0, err
		}
		switch {
		case long || bytes.IndexFunc(line, func(r rune) bool { return r >= utf8.RuneSelf }) < 0:
		case utf8.Valid(line):
			valid++
		default:
			invalid++
		}
	}
	_, err = r.Seek(0, io.SeekStart)
	return valid, invalid, err
}
