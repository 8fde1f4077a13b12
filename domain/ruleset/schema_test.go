package ruleset_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain/ruleset"
)

var update = flag.Bool("update", false, "write the schemas instead of comparing them")

func TestSchemasAreFresh(t *testing.T) {
	used := map[string]bool{}
	comments := readComments(t, "document.go", "document_punch.go", "calendar.go")
	for _, s := range []struct {
		file, id string
		of       reflect.Type
		have     []byte
	}{
		{"schema/punchledger-v1.schema.json", "https://punchledger.org/schema/punchledger-v1.schema.json", reflect.TypeFor[ruleset.Document](), ruleset.Schema()},
		{"schema/calendar-v1.schema.json", "https://punchledger.org/schema/calendar-v1.schema.json", reflect.TypeFor[ruleset.CalendarFile](), ruleset.CalendarSchema()},
	} {
		g := &schemaGen{comments: comments, defs: map[string]any{}, used: used}
		root := g.object(s.of)
		root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
		root["$id"] = s.id
		root["$defs"] = g.defs
		want := encodeIndented(t, root)
		if *update {
			require.NoError(t, os.WriteFile(s.file, want, 0o644))
			continue
		}
		require.True(t, bytes.Equal(want, s.have), "%s is stale: run go generate ./domain/ruleset", s.file)
	}
	for key := range keyRules {
		require.True(t, used[key], "no field is called %s", key)
	}
}

func encodeIndented(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	require.NoError(t, enc.Encode(v))
	return b.Bytes()
}

// readComments returns doc comments by type name, and line comments by Type.Field.
func readComments(t *testing.T, files ...string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		require.NoError(t, err)
		for _, d := range f.Decls {
			gen, ok := d.(*ast.GenDecl)
			if !ok || gen.Tok != token.TYPE {
				continue
			}
			spec := gen.Specs[0].(*ast.TypeSpec)
			out[spec.Name.Name] = oneLine(gen.Doc)
			st, ok := spec.Type.(*ast.StructType)
			if !ok {
				continue
			}
			for _, field := range st.Fields.List {
				for _, n := range field.Names {
					out[spec.Name.Name+"."+n.Name] = strings.TrimSpace(oneLine(field.Doc) + " " + oneLine(field.Comment))
				}
			}
		}
	}
	return out
}

func oneLine(c *ast.CommentGroup) string { return strings.Join(strings.Fields(c.Text()), " ") }

// schemaGen turns Go types into JSON Schema: structs are closed objects, and a key without omitempty or omitzero is required.
type schemaGen struct {
	comments map[string]string
	defs     map[string]any
	used     map[string]bool
}

func (g *schemaGen) object(t reflect.Type) map[string]any {
	props, required := map[string]any{}, []string{}
	g.fields(t, props, &required)
	s := map[string]any{"type": "object", "additionalProperties": false, "properties": props}
	if c := g.comments[t.Name()]; c != "" {
		s["description"] = c
	}
	if len(required) > 0 {
		s["required"] = required
	}
	return s
}

func (g *schemaGen) fields(t reflect.Type, props map[string]any, required *[]string) {
	for f := range t.Fields() {
		if f.Anonymous {
			g.fields(f.Type, props, required)
			continue
		}
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		rule := keyRules[t.Name()+"."+f.Name]
		g.used[t.Name()+"."+f.Name] = true
		s := g.value(f.Type, rule)
		if c := g.comments[t.Name()+"."+f.Name]; c != "" {
			s["description"] = c
		}
		props[name] = s
		if opts == "" {
			*required = append(*required, name)
		}
	}
}

func (g *schemaGen) value(t reflect.Type, rule keyRule) map[string]any {
	if t.Kind() == reflect.Pointer {
		return g.value(t.Elem(), rule)
	}
	if s, ok := scalars[t.Name()]; ok && t.Name() != "" {
		return g.ref(strings.ToLower(t.Name()), s)
	}
	switch t.Kind() {
	case reflect.Struct:
		if _, ok := g.defs[t.Name()]; !ok {
			g.defs[t.Name()] = true // breaks cycles
			g.defs[t.Name()] = g.object(t)
		}
		return map[string]any{"$ref": "#/$defs/" + t.Name()}
	case reflect.Slice:
		s := map[string]any{"type": "array", "items": g.value(t.Elem(), keyRule{values: rule.values})}
		if rule.atLeast > 0 {
			s["minItems"] = rule.atLeast
		}
		return s
	case reflect.Map:
		return g.mapping(g.value(t.Elem(), keyRule{values: rule.values}), rule)
	}
	return g.scalar(t.Kind(), rule)
}

// mapping describes a map: any key, the keys of a list, or the keys of a form.
func (g *schemaGen) mapping(value map[string]any, rule keyRule) map[string]any {
	s := map[string]any{"type": "object", "additionalProperties": value}
	if words, ok := rule.keys["enum"].([]string); ok {
		props := map[string]any{}
		for _, w := range words {
			props[w] = value
		}
		s["additionalProperties"], s["properties"] = false, props
	}
	if form, ok := rule.keys["pattern"].(string); ok {
		s["additionalProperties"], s["patternProperties"] = false, map[string]any{form: value}
	}
	if rule.atLeast > 0 {
		s["minProperties"] = rule.atLeast
	}
	return s
}

func (g *schemaGen) scalar(k reflect.Kind, rule keyRule) map[string]any {
	s := map[string]any{}
	switch k {
	case reflect.Bool:
		s["type"] = "boolean"
	case reflect.Int:
		s["type"], s["minimum"], s["maximum"] = "integer", 0, 10000
	default:
		s["type"] = "string"
	}
	maps.Copy(s, rule.values)
	return s
}

func (g *schemaGen) ref(name string, s map[string]any) map[string]any {
	g.defs[name] = s
	if name == "span" {
		g.ref("clock", scalars["Clock"])
	}
	return map[string]any{"$ref": "#/$defs/" + name}
}
