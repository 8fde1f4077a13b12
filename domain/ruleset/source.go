package ruleset

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// MaxBytes is how long a document may be.
const MaxBytes = 256 << 10

// Limits on what is read, so that a hostile file costs little.
const (
	maxDepth = 64
	maxLine  = 4096
)

// spot is a place in the text, from 1. Of an entry of a mapping the key's place is kept too.
type spot struct{ line, column, keyLine, keyColumn int }

// source is a text as plain values (map[string]any, []any, string, bool, int64, uint64, float64, nil) with the place of each.
type source struct {
	value    any
	spots    map[string]spot // by JSON pointer
	text     []byte
	lines    []string // of text, once a problem has asked for them
	problems []Problem
}

// readSource reads YAML or JSON. A text that is valid JSON is read as JSON, as tabs are white space only there.
func readSource(data []byte) *source {
	s := &source{spots: map[string]spot{}, text: data}
	trimmed := bytes.TrimLeft(data, " \t\r\n")
	switch {
	case len(data) > MaxBytes:
		s.fail("", spot{line: 1, column: 1}, "doc.too_large", "max", strconv.Itoa(MaxBytes))
	case !utf8.Valid(data):
		s.fail("", spot{line: 1, column: 1}, "doc.not_utf8")
	case len(trimmed) > 0 && trimmed[0] == '{' && json.Valid(data):
		s.readJSON(data)
	default:
		s.readYAML(bytes.TrimPrefix(data, []byte("\ufeff")))
	}
	if _, ok := s.value.(map[string]any); !ok && len(s.problems) == 0 {
		s.fail("", spot{line: 1, column: 1}, "doc.not_mapping")
	}
	return s
}

func (s *source) fail(pointer string, at spot, code string, args ...string) {
	p := newProblem(SeverityError, pointer, code, args...)
	at = s.inside(at)
	p.Line, p.Column = at.line, at.column
	s.problems = append(s.problems, p)
}

// inside returns the place in the text that is nearest to at: parsers put what is missing beyond the end of its line.
func (s *source) inside(at spot) spot {
	if len(s.text) > MaxBytes {
		return at
	}
	if s.lines == nil {
		s.lines = strings.Split(lineEnds.Replace(string(s.text)), "\n")
	}
	at.line = max(1, min(at.line, len(s.lines)))
	at.column = max(1, min(at.column, utf8.RuneCountInString(s.lines[at.line-1])+1))
	return at
}

var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// spotOf returns the place of pointer, or of the nearest value around it.
func (s *source) spotOf(pointer string) spot {
	for {
		if at, ok := s.spots[pointer]; ok || pointer == "" {
			return at
		}
		pointer = pointer[:strings.LastIndexByte(pointer, '/')]
	}
}

func pointerTo(parent, key string) string {
	return parent + "/" + Escape(key)
}

func (s *source) readYAML(data []byte) {
	if at, code, limit := tooComplex(data); code != "" {
		s.fail("", at, code, "max", strconv.Itoa(limit))
		return
	}
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		s.syntax(err)
		return
	}
	var bodies []ast.Node
	for _, d := range file.Docs {
		if d.Body != nil && d.Body.Type() != ast.CommentType {
			bodies = append(bodies, d.Body)
		}
	}
	if len(bodies) == 0 {
		s.fail("", spot{line: 1, column: 1}, "doc.empty")
		return
	}
	for _, b := range bodies[1:] {
		s.fail("", yamlSpot(b), "doc.several")
	}
	s.value = s.yaml("", bodies[0])
}

// tooComplex finds nesting and lines that would make the YAML parser slow: its time grows with the square of both.
func tooComplex(data []byte) (spot, string, int) {
	line, depth, column := 1, 0, 0
	indent, lead := 0, true
	for _, b := range data {
		column++
		switch {
		case b == '\n':
			line, column, indent, lead = line+1, 0, 0, true
			continue
		case b == '[' || b == '{':
			depth++
		case (b == ']' || b == '}') && depth > 0:
			depth--
		}
		lead = lead && (b == ' ' || b == '-' || b == '?')
		if lead {
			indent++
		}
		if depth > maxDepth || indent > 4*maxDepth {
			return spot{line: line, column: column}, "doc.too_deep", maxDepth
		}
		if column > maxLine {
			return spot{line: line, column: column}, "doc.long_line", maxLine
		}
	}
	return spot{}, "", 0
}

func (s *source) syntax(err error) {
	at, detail := spot{line: 1, column: 1}, err.Error()
	if e, ok := errors.AsType[yaml.Error](err); ok {
		detail = e.GetMessage()
		if tok := e.GetToken(); tok != nil && tok.Position != nil {
			at = spot{line: tok.Position.Line, column: tok.Position.Column}
		}
	}
	s.fail("", at, "doc.syntax", "detail", detail)
}

func yamlSpot(n ast.Node) spot {
	switch v := n.(type) { // the token of a block mapping is its first colon
	case *ast.MappingNode:
		if !v.IsFlowStyle && len(v.Values) > 0 {
			return yamlSpot(v.Values[0])
		}
	case *ast.MappingValueNode:
		return yamlSpot(v.Key)
	}
	tok := n.GetToken()
	if tok == nil || tok.Position == nil {
		return spot{line: 1, column: 1}
	}
	return spot{line: tok.Position.Line, column: tok.Position.Column}
}

func (s *source) yaml(pointer string, n ast.Node) any {
	at := yamlSpot(n)
	old := s.spots[pointer]
	at.keyLine, at.keyColumn = old.keyLine, old.keyColumn
	s.spots[pointer] = at
	switch v := n.(type) {
	case *ast.MappingNode:
		return s.yamlMapping(pointer, v.Values)
	case *ast.MappingValueNode:
		return s.yamlMapping(pointer, []*ast.MappingValueNode{v})
	case *ast.SequenceNode:
		list := make([]any, 0, len(v.Values))
		for i, e := range v.Values {
			list = append(list, s.yaml(pointerTo(pointer, strconv.Itoa(i)), e))
		}
		return list
	case *ast.AnchorNode:
		s.fail(pointer, at, "doc.anchor", "name", v.Name.String())
		return s.yaml(pointer, v.Value)
	case *ast.AliasNode:
		s.fail(pointer, at, "doc.alias", "name", v.Value.String())
		return nil
	case *ast.TagNode:
		s.fail(pointer, at, "doc.tag", "name", v.Start.Value)
		return nil
	case *ast.DirectiveNode:
		s.fail(pointer, at, "doc.directive")
		return nil
	}
	return s.yamlScalar(pointer, n, at)
}

func (s *source) yamlScalar(pointer string, n ast.Node, at spot) any {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value
	case *ast.LiteralNode:
		return v.Value.Value
	case *ast.BoolNode:
		return v.Value
	case *ast.IntegerNode:
		return v.Value
	case *ast.FloatNode:
		if math.IsInf(v.Value, 0) || math.IsNaN(v.Value) {
			return n.GetToken().Value
		}
		return v.Value
	case *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value
	case *ast.NullNode:
		return nil
	}
	s.fail(pointer, at, "doc.syntax", "detail", fmt.Sprintf("unexpected %s", n.Type()))
	return nil
}

func (s *source) yamlMapping(pointer string, entries []*ast.MappingValueNode) map[string]any {
	m := make(map[string]any, len(entries))
	for _, e := range entries {
		at := yamlSpot(e.Key)
		var key string
		switch k := e.Key.(type) {
		case *ast.StringNode:
			key = k.Value
		case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode:
			key = e.Key.GetToken().Value
		case *ast.MergeKeyNode:
			s.fail(pointer, at, "doc.merge")
			continue
		default:
			s.fail(pointer, at, "doc.key")
			continue
		}
		if v, ok := s.entry(pointer, key, at, m); ok {
			m[key] = s.yaml(v, e.Value)
		}
	}
	return m
}

// entry notes the place of a key and returns the pointer of its value, or false when the mapping has the key already.
func (s *source) entry(pointer, key string, at spot, m map[string]any) (string, bool) {
	child := pointerTo(pointer, key)
	if _, ok := m[key]; ok {
		s.fail(child, at, "doc.duplicate_key", "key", strconv.Quote(key), "first", strconv.Itoa(s.spots[child].keyLine))
		return child, false
	}
	s.spots[child] = spot{line: at.line, column: at.column, keyLine: at.line, keyColumn: at.column}
	return child, true
}
