package ruleset

import (
	"reflect"
	"strconv"
	"strings"
)

// Setting is what a document says at a place. Text is the value as Diff has it; it is empty where the document says nothing there and
// what is built in holds. Places name the place, from the document inwards.
type Setting struct {
	Pointer string
	Text    string
	Places  []Place
	Value   Value
}

// Settings reads what a document says at places.
type Settings struct{ root *node }

// SettingsOf returns the settings of a document.
func SettingsOf(d *Document) (*Settings, error) {
	root, err := tree(d)
	if err != nil {
		return nil, err
	}
	return &Settings{root: root}, nil
}

// At returns what the document says at a JSON pointer. A pointer that the vocabulary does not have gives no places.
func (s *Settings) At(pointer string) Setting {
	out := Setting{Pointer: pointer}
	n, t := s.root, reflect.TypeFor[Document]()
	for token := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		token = unescaped(token)
		switch {
		case t == nil:
			return Setting{Pointer: pointer}
		case t.Kind() == reflect.Struct:
			var p Place
			if p, t = placeOf(t, token); t == nil {
				return Setting{Pointer: pointer}
			}
			out.Places = append(out.Places, p)
			n = n.child(token)
		default:
			if n, t = n.child(token), element(t); len(out.Places) > 0 {
				out.Places[len(out.Places)-1].Item = n.named(token)
			}
		}
	}
	if n != nil {
		out.Text, out.Value = n.raw, valueOf(n, t)
	}
	return out
}

// child returns the value under a key of a mapping or an index of a list; of nothing there is nothing.
func (n *node) child(token string) *node {
	switch {
	case n == nil:
		return nil
	case n.fields != nil:
		return n.fields[token]
	}
	if i, err := strconv.Atoi(token); err == nil && i >= 0 && i < len(n.items) {
		return n.items[i]
	}
	return nil
}

// named is how a person names an entry: by its id, its key, or its place in the list.
func (n *node) named(token string) string {
	if n != nil && n.id() != "" {
		return n.id()
	}
	if i, err := strconv.Atoi(token); err == nil {
		return strconv.Itoa(i + 1)
	}
	return token
}

func unescaped(token string) string { return strings.NewReplacer("~1", "/", "~0", "~").Replace(token) }
