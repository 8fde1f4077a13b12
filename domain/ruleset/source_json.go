package ruleset

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// jsonReader walks the tokens of a valid JSON text, so that duplicate keys are seen and every value has a place.
type jsonReader struct {
	*source
	data  []byte
	dec   *json.Decoder
	at    int // offset up to which line and column are known
	line  int
	start int // offset of the first byte of line
}

func (s *source) readJSON(data []byte) {
	if depth := jsonDepth(data); depth > maxDepth {
		s.fail("", spot{line: 1, column: 1}, "doc.too_deep", "max", strconv.Itoa(maxDepth))
		return
	}
	r := &jsonReader{source: s, data: data, dec: json.NewDecoder(bytes.NewReader(data)), line: 1}
	r.dec.UseNumber()
	s.value = r.read("")
}

func jsonDepth(data []byte) int {
	depth, most, quoted := 0, 0, false
	for i := 0; i < len(data); i++ {
		switch b := data[i]; {
		case quoted && b == '\\':
			i++
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '{' || b == '[':
			depth++
			most = max(most, depth)
		case b == '}' || b == ']':
			depth--
		}
	}
	return most
}

// next returns the next token and where it begins.
func (r *jsonReader) next() (json.Token, spot) {
	from := int(r.dec.InputOffset())
	for from < len(r.data) && bytes.IndexByte([]byte(" \t\r\n,:"), r.data[from]) >= 0 {
		from++
	}
	for ; r.at < from; r.at++ {
		if r.data[r.at] == '\n' {
			r.line, r.start = r.line+1, r.at+1
		}
	}
	tok, err := r.dec.Token()
	if err != nil {
		panic(err) // the text was checked by json.Valid
	}
	return tok, spot{line: r.line, column: 1 + utf8.RuneCount(r.data[r.start:from])}
}

func (r *jsonReader) read(pointer string) any {
	tok, at := r.next()
	old := r.spots[pointer]
	at.keyLine, at.keyColumn = old.keyLine, old.keyColumn
	r.spots[pointer] = at
	switch tok {
	case json.Delim('{'):
		m := map[string]any{}
		for r.dec.More() {
			key, at := r.next()
			child, ok := r.entry(pointer, key.(string), at, m)
			before := r.spots[child]
			if v := r.read(child); ok {
				m[key.(string)] = v
			} else {
				r.spots[child] = before
			}
		}
		r.next()
		return m
	case json.Delim('['):
		list := []any{}
		for r.dec.More() {
			list = append(list, r.read(pointerTo(pointer, strconv.Itoa(len(list)))))
		}
		r.next()
		return list
	}
	if n, ok := tok.(json.Number); ok {
		return jsonNumber(n)
	}
	return tok
}

// jsonNumber returns an int64 where the number is one, else a float64, else its text.
func jsonNumber(n json.Number) any {
	if i, err := n.Int64(); err == nil {
		return i
	}
	if f, err := n.Float64(); err == nil {
		return f
	}
	return n.String()
}
