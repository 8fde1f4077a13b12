package main

import (
	"bytes"
	"encoding"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/schedule"
	"github.com/punchledger/punchledger/domain/timecard"
)

// comments are what the source says of types, by import path and name.
type comments struct {
	types   map[string]typeComments
	markers map[string][]string // the marker methods of events: employeeEvent
}

type typeComments struct {
	doc    string
	fields map[string]string // by Go name
	values []string          // the constants of a type of texts, in order
}

// readComments reads the comments of domain, its packages and eventstore.
func readComments(t *testing.T) *comments {
	t.Helper()
	c := &comments{types: map[string]typeComments{}, markers: map[string][]string{}}
	packages, err := filepath.Glob("../../domain/*")
	require.NoError(t, err)
	for _, dir := range append(packages, "../../domain", "../../eventstore") {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		require.NoError(t, err)
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			require.NoError(t, err)
			c.read(strings.TrimPrefix(filepath.ToSlash(dir), "../../"), file)
		}
	}
	return c
}

const modulePath = "github.com/punchledger/punchledger/"

func (c *comments) read(dir string, file *ast.File) {
	for _, decl := range file.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil || !strings.HasSuffix(d.Name.Name, "Event") {
				continue
			}
			if receiver, ok := d.Recv.List[0].Type.(*ast.Ident); ok {
				key := modulePath + dir + "." + receiver.Name
				c.markers[key] = append(c.markers[key], d.Name.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					c.readType(modulePath+dir+"."+s.Name.Name, d, s)
				case *ast.ValueSpec:
					c.readValue(modulePath+dir+".", s)
				}
			}
		}
	}
}

func (c *comments) readType(key string, d *ast.GenDecl, s *ast.TypeSpec) {
	t := c.types[key]
	t.doc, t.fields = oneLine(s.Doc), map[string]string{}
	if t.doc == "" {
		t.doc = oneLine(d.Doc)
	}
	if structure, ok := s.Type.(*ast.StructType); ok {
		for _, f := range structure.Fields.List {
			for _, name := range f.Names {
				t.fields[name.Name] = strings.TrimSpace(oneLine(f.Doc) + " " + oneLine(f.Comment))
			}
		}
	}
	c.types[key] = t
}

// readValue keeps the constants of types of texts.
func (c *comments) readValue(prefix string, s *ast.ValueSpec) {
	of, ok := s.Type.(*ast.Ident)
	if !ok {
		return
	}
	for _, v := range s.Values {
		if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, err := strconv.Unquote(lit.Value)
			if err == nil {
				t := c.types[prefix+of.Name]
				t.values = append(t.values, text)
				c.types[prefix+of.Name] = t
			}
		}
	}
}

func oneLine(g *ast.CommentGroup) string { return strings.Join(strings.Fields(g.Text()), " ") }

func (c *comments) of(e any) typeComments { return c.ofType(reflect.TypeOf(e)) }

func (c *comments) ofType(t reflect.Type) typeComments { return c.types[t.PkgPath()+"."+t.Name()] }

// categoriesOf returns the categories of the streams that an event stands in, after its marker methods.
func (c *comments) categoriesOf(e domain.Event) []string {
	t := reflect.TypeOf(e)
	var out []string
	for _, marker := range c.markers[t.PkgPath()+"."+t.Name()] {
		out = append(out, strings.ToLower(strings.TrimSuffix(marker, "Event")))
	}
	return out
}

// row is a field in a table.
type row struct{ name, words, says string }

// table writes the fields of v; example, where there is one, tells the classes of secrets.
func (c *comments) table(t *testing.T, b *bytes.Buffer, v, example any) {
	t.Helper()
	rows := c.rows(t, reflect.TypeOf(v), "", example)
	if !slices.ContainsFunc(rows, func(r row) bool { return r.says != "" }) {
		b.WriteString("| field | type |\n|---|---|\n")
		for _, r := range rows {
			fmt.Fprintf(b, "| `%s` | %s |\n", r.name, r.words)
		}
		return
	}
	b.WriteString("| field | type | |\n|---|---|---|\n")
	for _, r := range rows {
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", r.name, r.words, r.says)
	}
}

// rows returns the fields of a struct, and after each object the fields in it.
func (c *comments) rows(t *testing.T, of reflect.Type, prefix string, example any) []row {
	t.Helper()
	var out []row
	for f := range of.Fields() {
		tag, hasTag := f.Tag.Lookup("json")
		if f.Anonymous && !hasTag {
			out = append(out, c.rows(t, f.Type, prefix, example)...)
			continue
		}
		require.True(t, hasTag, "%s.%s has no JSON name", of.Name(), f.Name)
		name, options, _ := strings.Cut(tag, ",")
		value := member(example, name)
		words := c.words(t, f.Type, name)
		if f.Type == secretType {
			words = fmt.Sprintf("sealed (%v)", member(value, "class"))
		}
		if options != "" || f.Type.Kind() == reflect.Pointer {
			words += "; optional"
		}
		out = append(out, row{prefix + name, words, strings.ReplaceAll(c.ofType(of).fields[f.Name], "|", `\|`)})
		if inner, list := structOf(f.Type); inner != nil {
			if list {
				name += "[]"
			}
			out = append(out, c.rows(t, inner, prefix+name+".", value)...)
		}
	}
	return out
}

// member returns a member of a JSON object, or of the first object of a list.
func member(v any, name string) any {
	if list, ok := v.([]any); ok && len(list) > 0 {
		v = list[0]
	}
	if object, ok := v.(map[string]any); ok {
		return object[name]
	}
	return nil
}

var (
	secretType    = reflect.TypeFor[domain.Secret]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
)

// wordsFor are the types that describe themselves in JSON.
var wordsFor = map[reflect.Type]string{
	reflect.TypeFor[domain.Date]():     "date",
	reflect.TypeFor[domain.Instant]():  "instant",
	reflect.TypeFor[domain.Seconds]():  "seconds",
	reflect.TypeFor[domain.Secret]():   "sealed",
	reflect.TypeFor[json.RawMessage](): "JSON",
	reflect.TypeFor[timecard.Tri]():    "true or false",
	reflect.TypeFor[schedule.Kind]():   dayKinds(),
}

func dayKinds() string {
	var names []string
	for k := range schedule.Kinds {
		names = append(names, k.String())
	}
	return oneOf(names)
}

func oneOf(values []string) string { return "one of `" + strings.Join(values, "`, `") + "`" }

// structOf returns the struct whose fields have rows of their own, and whether it stands in a list.
func structOf(t reflect.Type) (inner reflect.Type, list bool) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		list = list || t.Kind() == reflect.Slice
		t = t.Elem()
	}
	if _, known := wordsFor[t]; known || t.Kind() != reflect.Struct {
		return nil, false
	}
	return t, list
}

// words says what a field of a type is.
func (c *comments) words(t *testing.T, of reflect.Type, name string) string {
	t.Helper()
	if w, ok := wordsFor[of]; ok {
		return w
	}
	require.False(t, of.Implements(textMarshaler) || of.Implements(jsonMarshaler), "wordsFor does not know %s", of)
	switch of.Kind() {
	case reflect.Pointer:
		return c.words(t, of.Elem(), name)
	case reflect.Slice:
		return "list: " + c.words(t, of.Elem(), name)
	case reflect.Map:
		return "object: names to " + c.words(t, of.Elem(), name)
	case reflect.Struct:
		return "object"
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		if values := c.ofType(of).values; len(values) > 0 {
			return oneOf(slices.Compact(values))
		}
		return "text"
	case reflect.Int, reflect.Int64, reflect.Uint64:
		switch {
		case strings.HasSuffix(name, "_ms"):
			return "milliseconds"
		case strings.HasSuffix(name, "_m"):
			return "metres"
		}
		return "whole number"
	case reflect.Float64:
		if name == "lat" || name == "lon" { // of fences; events hold no other number with a fraction
			return "degrees"
		}
	}
	require.Fail(t, "no words", "field %s is a %s, which events do not hold", name, of)
	return ""
}
