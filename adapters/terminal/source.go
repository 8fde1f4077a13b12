package terminal

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxLine is how many bytes a line may have without its end.
const maxLine = 64 << 10

// splitter cuts a file into lines in constant memory.
type splitter struct {
	buf    *bufio.Reader
	number int // of the line returned last
}

func newSplitter(r io.Reader) *splitter {
	return &splitter{buf: bufio.NewReaderSize(r, maxLine+2)}
}

// next returns the next line without LF, CR LF and, on the first line, without a UTF-8 byte order mark. The line is valid
// until the next call. A line that is too long is skipped and reported as such.
func (s *splitter) next() (line []byte, long bool, err error) {
	line, err = s.buf.ReadSlice('\n')
	if err == io.EOF && len(line) > 0 {
		err = nil
	}
	for errors.Is(err, bufio.ErrBufferFull) {
		long = true
		if _, err = s.buf.ReadSlice('\n'); err == io.EOF {
			err = nil
		}
	}
	if err != nil {
		return nil, false, err
	}
	s.number++
	if long {
		return nil, true, nil
	}
	line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
	if s.number == 1 {
		line = bytes.TrimPrefix(line, []byte(bomUTF8))
	}
	return line, len(line) > maxLine, nil
}

// rawLine is a line as text. When bad is set the text is only good to be shown.
type rawLine struct {
	number int
	text   string
	bad    *Bad
}

// source yields the lines of a file that are not empty, decoded and checked, and takes lines back.
type source struct {
	split   *splitter
	decode  func([]byte) string
	encName string
	pending []rawLine // given back, in order
	err     error
}

func newSource(r io.Reader, enc encoding) *source {
	return &source{split: newSplitter(r), decode: enc.decode, encName: enc.name}
}

// next returns false at the end of the file or after an error of the reader, which is then in err.
func (s *source) next() (rawLine, bool) {
	if len(s.pending) > 0 {
		l := s.pending[0]
		s.pending = s.pending[1:]
		return l, true
	}
	for {
		line, long, err := s.split.next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				s.err = err
			}
			return rawLine{}, false
		}
		l := rawLine{number: s.split.number}
		if long {
			l.bad = newBad(l, 0, ReasonTooLong, "limit", strconv.Itoa(maxLine))
			return l, true
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		l.text = s.decode(line)
		l.bad = s.check(l)
		return l, true
	}
}

// giveBack makes next return lines again before it reads on.
func (s *source) giveBack(lines []rawLine) {
	s.pending = append(slices.Clip(lines), s.pending...)
}

// check looks for what no line of text holds.
func (s *source) check(l rawLine) *Bad {
	for i, r := range l.text {
		switch {
		case r == 0:
			return newBad(l, column(l.text, i), ReasonBinary)
		case r == utf8.RuneError:
			return newBad(l, column(l.text, i), ReasonEncoding, "encoding", s.encName)
		case r != '\t' && isControl(r):
			return newBad(l, column(l.text, i), ReasonControl, "char", "U+"+strings.ToUpper(hex4(r)))
		}
	}
	return nil
}

func isControl(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 }

func hex4(r rune) string {
	h := strconv.FormatInt(int64(r), 16)
	return strings.Repeat("0", max(0, 4-len(h))) + h
}
