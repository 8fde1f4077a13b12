package ruleset

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"unicode"
)

// ChangeKind is what became of a place of a document.
type ChangeKind string

// The kinds of changes. An entry is one of a list or of a mapping by id: a rule, a shift, a pay code.
const (
	ChangeValue   ChangeKind = "changed"
	ChangeSet     ChangeKind = "set"     // it was not said before
	ChangeUnset   ChangeKind = "unset"   // it is not said any more
	ChangeAdded   ChangeKind = "added"   // an entry
	ChangeRemoved ChangeKind = "removed" // an entry
	ChangeMoved   ChangeKind = "moved"   // the order of entries
)

// Sentence is one change of Diff with what is needed to say it in words.
type Sentence struct {
	Pointer string     `json:"pointer"`
	Kind    ChangeKind `json:"kind"`
	Places  []Place    `json:"places"` // from the document inwards, at least one
	Before  Value      `json:"before,omitzero"`
	After   Value      `json:"after,omitzero"`
}

// Place is a key of the vocabulary: that of a mapping of a type, both as texts name them, such as edge.grace. Item is the id, key or
// number of the entry that is meant, and empty where all of it is. Words says that values are words of the vocabulary, WordItems that
// the keys of entries are.
type Place struct {
	Type      string `json:"type"`
	Key       string `json:"key"`
	Item      string `json:"item,omitempty"`
	Words     bool   `json:"words,omitempty"`
	WordItems bool   `json:"word_items,omitempty"`
}

// Name is the key of its texts, such as edge.grace.
func (p Place) Name() string { return p.Type + "." + p.Key }

// Value is a value of a document: a text, a list or a mapping. The zero Value is none. Length says that the text is one such as 1h30m,
// Span that a list is from and to.
type Value struct {
	Text   string  `json:"text,omitempty"`
	Length bool    `json:"length,omitempty"`
	Span   bool    `json:"span,omitempty"`
	Items  []Value `json:"items,omitempty"`
	Fields []Field `json:"fields,omitempty"`
}

// Field is one key of a mapping. Its place has an item where keys are free: ids, dates, codes.
type Field struct {
	Place
	Value Value `json:"value"`
}

// DiffWords returns what b changes of a, in the order of Diff and one for each change of it.
func DiffWords(a, b *Document) ([]Sentence, error) {
	found, err := differences(a, b)
	if err != nil {
		return nil, err
	}
	var out []Sentence
	for _, x := range found {
		places, t := follow(x.root, x.pointer)
		s := Sentence{Pointer: x.pointer, Kind: ChangeValue, Places: places, Before: valueOf(x.a, t), After: valueOf(x.b, t)}
		entry := places[len(places)-1].Item != ""
		switch {
		case x.moved():
			s.Kind, s.Before, s.After = ChangeMoved, idsOf(x.orderA), idsOf(x.orderB)
		case x.a == nil && entry:
			s.Kind = ChangeAdded
		case x.a == nil:
			s.Kind = ChangeSet
		case x.b == nil && entry:
			s.Kind = ChangeRemoved
		case x.b == nil:
			s.Kind = ChangeUnset
		}
		out = append(out, s)
	}
	return out, nil
}

func idsOf(ids []string) Value {
	var v Value
	for _, id := range ids {
		v.Items = append(v.Items, Value{Text: id})
	}
	return v
}

// follow names the places that a pointer passes in a document, and the type of what it leads to.
func follow(n *node, pointer string) ([]Place, reflect.Type) {
	var out []Place
	t := reflect.TypeFor[Document]()
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		token = unescaped(token)
		switch {
		case n.fields != nil && t.Kind() == reflect.Struct:
			var p Place
			p, t = placeOf(t, token)
			out = append(out, p)
			n = n.fields[token]
		case n.fields != nil:
			out[len(out)-1].Item = token
			t, n = element(t), n.fields[token]
		default:
			i, err := strconv.Atoi(token)
			if err != nil || i >= len(n.items) {
				return out, t
			}
			n = n.items[i]
			out[len(out)-1].Item = n.id()
			if n.id() == "" {
				out[len(out)-1].Item = strconv.Itoa(i + 1)
			}
			t = element(t)
		}
	}
	return out, t
}

// placeOf returns the place of a key in a mapping that is kept as a struct, and the type of its value.
func placeOf(t reflect.Type, key string) (Place, reflect.Type) {
	for f := range t.Fields() {
		if f.Anonymous {
			if p, found := placeOf(f.Type, key); found != nil {
				return p, found
			}
			continue
		}
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name == key {
			p := Place{Type: typeName(t), Key: key}
			p.Words, p.WordItems = wordsOf(t, key)
			of := indirect(f.Type)
			p.Words = p.Words || of.Kind() == reflect.Bool || of == reflect.TypeFor[Measure]() || of == reflect.TypeFor[Over]() || key == "of"
			return p, indirect(f.Type)
		}
	}
	return Place{Type: typeName(t), Key: key}, nil
}

// wordsOf reports whether the schema lists the values of a key, and the keys of its entries.
func wordsOf(t reflect.Type, key string) (values, items bool) {
	documentSchema.once.Do(documentSchema.compile)
	root, _ := documentSchema.raw.(map[string]any)
	def := root
	if t != reflect.TypeFor[Document]() {
		defs, _ := root["$defs"].(map[string]any)
		name := t.Name()
		if t == reflect.TypeFor[Selector]() {
			name = "OvertimeRule" // which has its keys inline
		}
		def, _ = defs[name].(map[string]any)
	}
	props, _ := def["properties"].(map[string]any)
	prop, _ := props[key].(map[string]any)
	_, values = prop["enum"]
	if list, ok := prop["items"].(map[string]any); ok {
		_, values = list["enum"]
	}
	patterns, _ := prop["patternProperties"].(map[string]any)
	for _, of := range patterns {
		of, _ := of.(map[string]any)
		if _, ok := of["enum"]; ok {
			values = true
		}
	}
	inner, _ := prop["properties"].(map[string]any)
	return values, len(inner) > 0
}

// typeName writes OvertimeRule as overtime_rule, and an acronym as one word.
func typeName(t reflect.Type) string {
	var b strings.Builder
	for i, r := range t.Name() {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

func indirect(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

func element(t reflect.Type) reflect.Type {
	if t != nil && (t.Kind() == reflect.Map || t.Kind() == reflect.Slice || t.Kind() == reflect.Array) {
		return indirect(t.Elem())
	}
	return reflect.TypeFor[string]()
}

// valueOf reads a value of the type that the document has it in.
func valueOf(n *node, t reflect.Type) Value {
	switch {
	case n == nil:
		return Value{}
	case n.list:
		v := Value{Span: t == reflect.TypeFor[Span]()}
		for _, item := range n.items {
			v.Items = append(v.Items, valueOf(item, element(t)))
		}
		return v
	case n.fields == nil:
		length := t == reflect.TypeFor[Duration]() || t == reflect.TypeFor[Over]() || t == reflect.TypeFor[Amount]()
		return Value{Text: n.raw, Length: length && durationPattern.MatchString(n.raw)}
	}
	v := Value{}
	for _, key := range n.keys {
		if t.Kind() == reflect.Struct {
			p, of := placeOf(t, key)
			v.Fields = append(v.Fields, Field{p, valueOf(n.fields[key], of)})
			continue
		}
		v.Fields = append(v.Fields, Field{Place{Item: key}, valueOf(n.fields[key], element(t))})
	}
	return v
}

// Vocabulary returns every key that a document can have, as texts name them, with whether it has entries.
func Vocabulary() map[string]bool {
	out := map[string]bool{}
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		for f := range t.Fields() {
			if f.Anonymous {
				walk(f.Type)
				continue
			}
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			of := indirect(f.Type)
			inner := element(of)
			entries := of.Kind() == reflect.Map || of.Kind() == reflect.Slice && inner.Kind() == reflect.Struct && !isText(inner)
			key := Place{Type: typeName(t), Key: name}.Name()
			if _, seen := out[key]; seen {
				continue
			}
			out[key] = entries
			for _, x := range []reflect.Type{of, inner} {
				if x.Kind() == reflect.Struct && !isText(x) {
					walk(x)
				}
			}
		}
	}
	walk(reflect.TypeFor[Document]())
	return out
}

// isText reports types that are one text in a document, though structs in Go.
func isText(t reflect.Type) bool {
	return t.Implements(reflect.TypeFor[json.Marshaler]()) || t == reflect.TypeFor[Over]()
}
