package ruleset

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

//go:embed schema/punchledger-v1.schema.json
var documentSchemaJSON []byte

//go:embed schema/calendar-v1.schema.json
var calendarSchemaJSON []byte

// Schema returns the JSON Schema (2020-12) of rules documents, for editors.
func Schema() []byte { return bytes.Clone(documentSchemaJSON) }

// CalendarSchema returns the JSON Schema (2020-12) of calendar files, for editors.
func CalendarSchema() []byte { return bytes.Clone(calendarSchemaJSON) }

var (
	documentSchema = &schema{text: documentSchemaJSON}
	calendarSchema = &schema{text: calendarSchemaJSON}
)

// schema is a committed schema, compiled at its first use.
type schema struct {
	text     []byte
	once     sync.Once
	raw      any
	compiled *jsonschema.Schema
}

const schemaURL = "schema.json"

func (c *schema) compile() {
	raw, err := jsonschema.UnmarshalJSON(bytes.NewReader(c.text))
	if err == nil {
		comp := jsonschema.NewCompiler()
		if err = comp.AddResource(schemaURL, raw); err == nil {
			c.raw = raw
			c.compiled, err = comp.Compile(schemaURL)
		}
	}
	if err != nil {
		panic(fmt.Sprintf("ruleset: committed schema: %v", err))
	}
}

// check adds to s what the schema finds wrong with it.
func (c *schema) check(s *source) {
	c.once.Do(c.compile)
	if e, ok := errors.AsType[*jsonschema.ValidationError](c.compiled.Validate(s.value)); ok {
		c.collect(s, e)
	}
	s.checkDates("", s.value)
	slices.SortStableFunc(s.problems, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
}

func (c *schema) collect(s *source, e *jsonschema.ValidationError) {
	if len(e.Causes) > 0 {
		for _, cause := range e.Causes {
			c.collect(s, cause)
		}
		return
	}
	pointer := ""
	for _, part := range e.InstanceLocation {
		pointer = pointerTo(pointer, part)
	}
	at := s.spotOf(pointer)
	switch k := e.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		known, formed := c.keysAt(e.SchemaURL)
		code := "doc.unknown_key"
		if formed {
			code = "doc.key_form"
		}
		for _, key := range k.Properties {
			child := pointerTo(pointer, key)
			s.fail(child, s.keySpot(child), code, "key", strconv.Quote(key), "meant", nearest(key, known))
		}
	case *kind.Required:
		for _, key := range k.Missing {
			s.fail(pointer, at, "doc.missing_key", "key", strconv.Quote(key))
		}
	default:
		code, args := c.valueProblem(e)
		s.fail(pointer, at, code, args...)
	}
}

func (s *source) keySpot(pointer string) spot {
	at := s.spotOf(pointer)
	if at.keyLine == 0 {
		return at
	}
	return spot{line: at.keyLine, column: at.keyColumn}
}

// valueProblem names what is wrong with one value and what is wanted instead.
func (c *schema) valueProblem(e *jsonschema.ValidationError) (string, []string) {
	want, hint := c.wanted(e.SchemaURL)
	switch k := e.ErrorKind.(type) {
	case *kind.Type:
		if want == "" {
			want = strings.Join(k.Want, " or ")
		}
		return "doc.type", []string{"want", want, "got", jsonTypes[k.Got], "hint", hint}
	case *kind.Pattern:
		if want == "" {
			want = "text like " + k.Want
		}
		return "doc.value", []string{"want", want, "got", strconv.Quote(k.Got)}
	case *kind.Enum:
		words := make([]string, 0, len(k.Want))
		for _, w := range k.Want {
			words = append(words, fmt.Sprint(w))
		}
		got := fmt.Sprint(k.Got)
		return "doc.enum", []string{"want", strings.Join(words, ", "), "got", strconv.Quote(got), "meant", nearest(got, words)}
	case *kind.Const:
		return "doc.enum", []string{"want", fmt.Sprint(k.Want), "got", fmt.Sprintf("%q", fmt.Sprint(k.Got))}
	case *kind.MinItems:
		return "doc.count", []string{"want", "at least " + strconv.Itoa(k.Want), "got", strconv.Itoa(k.Got)}
	case *kind.MaxItems:
		return "doc.count", []string{"want", "at most " + strconv.Itoa(k.Want), "got", strconv.Itoa(k.Got)}
	case *kind.MinProperties:
		return "doc.count", []string{"want", "at least " + strconv.Itoa(k.Want), "got", strconv.Itoa(k.Got)}
	case *kind.Minimum:
		return "doc.range", []string{"want", "at least " + k.Want.RatString(), "got", k.Got.RatString()}
	case *kind.Maximum:
		return "doc.range", []string{"want", "at most " + k.Want.RatString(), "got", k.Got.RatString()}
	}
	return "doc.invalid", []string{"detail", e.Error()}
}

var jsonTypes = map[string]string{
	"number": "a bare number", "string": "text", "boolean": "true or false", "null": "nothing", "object": "a mapping", "array": "a list",
}

// wanted returns what the schema at url asks for in words, and a hint for those who wrote a value of another type.
func (c *schema) wanted(url string) (want, hint string) {
	node, ok := c.at(url).(map[string]any)
	if !ok {
		return "", ""
	}
	want, _ = node["x-want"].(string)
	hint, _ = node["x-hint"].(string)
	if want == "" {
		if t, ok := node["type"].(string); ok {
			want = schemaTypes[t]
		}
	}
	return want, hint
}

var schemaTypes = map[string]string{
	"string": "text", "boolean": "true or false", "object": "a mapping", "array": "a list", "integer": "a whole number",
}

// keysAt returns the keys that the mapping described at url knows, and whether any key of a certain form will do.
func (c *schema) keysAt(url string) (known []string, formed bool) {
	node, _ := c.at(url).(map[string]any)
	_, formed = node["patternProperties"]
	props, _ := node["properties"].(map[string]any)
	return slices.Sorted(maps.Keys(props)), formed
}

// at follows the fragment of url into the schema.
func (c *schema) at(url string) any {
	_, fragment, _ := strings.Cut(url, "#")
	node := c.raw
	for part := range strings.SplitSeq(strings.TrimPrefix(fragment, "/"), "/") {
		if part == "" {
			continue
		}
		part = strings.ReplaceAll(strings.ReplaceAll(part, "~1", "/"), "~0", "~")
		switch v := node.(type) {
		case map[string]any:
			node = v[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i >= len(v) {
				return nil
			}
			node = v[i]
		default:
			return nil
		}
	}
	return node
}
