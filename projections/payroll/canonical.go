package payroll

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/gowebpki/jcs"
)

// Canonical returns the canonical JSON (RFC 8785) of a row of a view.
func Canonical(row any) ([]byte, error) {
	b, err := json.Marshal(row)
	if err != nil {
		return nil, fmt.Errorf("encode a row: %w", err)
	}
	if sorted, ok := sortMembers(b); ok {
		return sorted, nil
	}
	if b, err = jcs.Transform(b); err != nil {
		return nil, fmt.Errorf("encode a row in canonical form: %w", err)
	}
	return b, nil
}

// sortMembers sorts the members of all objects in what json.Marshal wrote. That is the canonical form of nearly every row and
// takes a fraction of the time of a full transformation. It reports false where more than the order would have to change.
func sortMembers(b []byte) ([]byte, bool) {
	if bytes.Contains(b, []byte(`\u`)) { // the two forms disagree about which characters are escaped
		return nil, false
	}
	s := sorters.Get().(*sorter)
	defer sorters.Put(s)
	s.in, s.at, s.out, s.members = b, 0, make([]byte, 0, len(b)+1), s.members[:0] // a comma more while an object is open
	ok := s.value()
	out := s.out
	s.in, s.out = nil, nil
	return out, ok
}

// sorters keeps what a sorter has grown to: there are as many rows as days.
var sorters = sync.Pool{New: func() any { return new(sorter) }}

// sorter reads in from at on and appends to out.
type sorter struct {
	in      []byte
	at      int
	out     []byte
	members []member // of the objects that are open
	moved   []byte
}

// member is the part of out that holds "key":value.
type member struct{ from, key, end int }

func (s *sorter) value() bool {
	switch s.in[s.at] {
	case '{':
		return s.object()
	case '[':
		return s.array()
	case '"':
		s.text()
		return true
	}
	return s.literal()
}

// copy appends n bytes as they are.
func (s *sorter) copy(n int) {
	s.out = append(s.out, s.in[s.at:s.at+n]...)
	s.at += n
}

func (s *sorter) object() bool {
	first := len(s.members)
	s.copy(1)
	start, sorted := len(s.out), true
	for s.in[s.at] != '}' {
		if s.in[s.at] == ',' {
			s.at++
		}
		m := member{from: len(s.out)}
		s.text()
		m.key = len(s.out)
		if !plain(s.out[m.from:m.key]) {
			return false
		}
		s.copy(1)
		if !s.value() {
			return false
		}
		m.end = len(s.out)
		s.out = append(s.out, ',')
		sorted = sorted && (len(s.members) == first || s.compare(s.members[len(s.members)-1], m) < 0)
		s.members = append(s.members, m)
	}
	if !sorted {
		s.arrange(s.members[first:], start)
	}
	if len(s.members) > first {
		s.out = s.out[:len(s.out)-1] // the last comma
	}
	s.members = s.members[:first]
	s.copy(1)
	return true
}

// plain reports whether a quoted key sorts by its bytes as it does by its UTF-16 code units.
func plain(key []byte) bool {
	for _, c := range key {
		if c >= 0x80 || c == '\\' {
			return false
		}
	}
	return true
}

// compare leaves out the closing quotes, so that a key sorts before those that it begins.
func (s *sorter) compare(a, b member) int {
	return bytes.Compare(s.out[a.from:a.key-1], s.out[b.from:b.key-1])
}

// arrange writes members again in their order, from start on.
func (s *sorter) arrange(members []member, start int) {
	for i := range members { // by insertion: objects are small, and rows come partly sorted
		m := members[i]
		for ; i > 0 && s.compare(m, members[i-1]) < 0; i-- {
			members[i] = members[i-1]
		}
		members[i] = m
	}
	s.moved = s.moved[:0]
	for _, m := range members {
		s.moved = append(append(s.moved, s.out[m.from:m.end]...), ',')
	}
	s.out = append(s.out[:start], s.moved...)
}

func (s *sorter) array() bool {
	s.copy(1)
	for s.in[s.at] != ']' {
		if s.in[s.at] == ',' {
			s.copy(1)
		}
		if !s.value() {
			return false
		}
	}
	s.copy(1)
	return true
}

// text copies a string with its quotes.
func (s *sorter) text() {
	end := s.at + 1
	for {
		n := bytes.IndexByte(s.in[end:], '"')
		escape := bytes.IndexByte(s.in[end:end+n], '\\')
		if escape < 0 {
			end += n
			break
		}
		end += escape + 2
	}
	s.copy(end + 1 - s.at)
}

// maxDigits is how many digits every integer of that length may have to be exact in a canonical number, which is a double.
const maxDigits = 15

// literal copies null, a truth value or an integer.
func (s *sorter) literal() bool {
	end := s.at
	for end < len(s.in) && s.in[end] != ',' && s.in[end] != '}' && s.in[end] != ']' {
		end++
	}
	word := s.in[s.at:end]
	s.copy(len(word))
	switch string(word) {
	case "null", "true", "false":
		return true
	case "-0":
		return false
	}
	digits := bytes.TrimPrefix(word, []byte("-"))
	return len(digits) <= maxDigits && !slices.ContainsFunc(digits, func(c byte) bool { return c < '0' || c > '9' })
}
