package ruleset

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
)

// Change is one difference between two documents. Before and After are the values as text, without quotes, or compact JSON where the
// value is a list or mapping; the one that is absent is empty. Pointer leads into the later document, or into the earlier one where
// After is empty.
type Change struct {
	Pointer string `json:"pointer"`
	Before  string `json:"before"`
	After   string `json:"after"`
}

// Diff returns what b changes of a, in document order. Entries of lists that have ids are compared by id, so that a rule that only
// moved is one change, at its list.
func Diff(a, b *Document) ([]Change, error) {
	found, err := differences(a, b)
	if err != nil {
		return nil, err
	}
	var out []Change
	for _, x := range found {
		c := Change{Pointer: x.pointer, Before: x.a.text(), After: x.b.text()}
		if x.moved() {
			c.Before, c.After = fmt.Sprint(x.orderA), fmt.Sprint(x.orderB)
		}
		out = append(out, c)
	}
	return out, nil
}

func differences(a, b *Document) ([]difference, error) {
	before, err := tree(a)
	if err != nil {
		return nil, err
	}
	after, err := tree(b)
	if err != nil {
		return nil, err
	}
	d := differ{before: before, after: after}
	d.compare("", before, after)
	return d.found, nil
}

// node is a JSON value that keeps the order of its keys.
type node struct {
	keys   []string // of a mapping
	fields map[string]*node
	items  []*node // of a list
	list   bool
	raw    string
}

func tree(d *Document) (*node, error) {
	b, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("encode ruleset %s: %w", d.ID, err)
	}
	return readNode(json.NewDecoder(bytes.NewReader(b)), b)
}

// readNode reads the next value of compact JSON, whose whole text is given too.
func readNode(dec *json.Decoder, all []byte) (*node, error) {
	start := int(dec.InputOffset())
	for start < len(all) && (all[start] == ',' || all[start] == ':') {
		start++
	}
	tok, err := dec.Token()
	if err != nil {
		return nil, fmt.Errorf("read JSON: %w", err)
	}
	n := &node{}
	switch tok {
	case json.Delim('{'):
		n.fields = map[string]*node{}
	case json.Delim('['):
		n.list = true
	default:
		n.raw = string(all[start:dec.InputOffset()])
		if s, ok := tok.(string); ok {
			n.raw = s
		}
		return n, nil
	}
	for dec.More() {
		key := ""
		if !n.list {
			if tok, err = dec.Token(); err != nil {
				return nil, fmt.Errorf("read JSON: %w", err)
			}
			key = tok.(string)
		}
		child, err := readNode(dec, all)
		if err != nil {
			return nil, err
		}
		if n.list {
			n.items = append(n.items, child)
			continue
		}
		n.keys = append(n.keys, key)
		n.fields[key] = child
	}
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("read JSON: %w", err)
	}
	n.raw = string(all[start:dec.InputOffset()])
	return n, nil
}

// text returns the value as a Change has it; no value is empty.
func (n *node) text() string {
	if n == nil {
		return ""
	}
	return n.raw
}

// id returns the id of an entry, or nothing.
func (n *node) id() string {
	if n.fields == nil || n.fields["id"] == nil {
		return ""
	}
	return n.fields["id"].raw
}

// ids returns the ids of a list's entries, or false where one has none.
func (n *node) ids() ([]string, bool) {
	out := make([]string, 0, len(n.items))
	for _, item := range n.items {
		id := item.id()
		if id == "" || slices.Contains(out, id) {
			return nil, false
		}
		out = append(out, id)
	}
	return out, true
}

// difference is one that was found: two values, of which one may be absent, or another order of the same entries.
type difference struct {
	pointer        string
	a, b           *node
	orderA, orderB []string
	root           *node // the document that the pointer leads into
}

func (x difference) moved() bool { return x.orderA != nil }

type differ struct {
	before, after *node
	found         []difference
}

func (d *differ) add(pointer string, a, b *node) {
	root := d.after
	if b == nil {
		root = d.before
	}
	d.found = append(d.found, difference{pointer: pointer, a: a, b: b, root: root})
}

func (d *differ) compare(pointer string, a, b *node) {
	switch {
	case a == nil || b == nil:
		d.add(pointer, a, b)
	case a.raw == b.raw && a.list == b.list:
	case a.fields != nil && b.fields != nil:
		for _, key := range mergeKeys(a.keys, b.keys) {
			if a.fields[key] != nil || b.fields[key] != nil {
				d.compare(pointerTo(pointer, key), a.fields[key], b.fields[key])
			}
		}
	case a.list && b.list:
		d.lists(pointer, a, b)
	default:
		d.add(pointer, a, b)
	}
}

func (d *differ) lists(pointer string, a, b *node) {
	idsA, okA := a.ids()
	idsB, okB := b.ids()
	if !okA || !okB {
		if len(a.items) == len(b.items) && len(a.items) > 0 && a.items[0].fields != nil {
			for i := range a.items {
				d.compare(pointerTo(pointer, strconv.Itoa(i)), a.items[i], b.items[i])
			}
			return
		}
		d.add(pointer, a, b)
		return
	}
	both := func(other []string) func(string) bool {
		return func(id string) bool { return !slices.Contains(other, id) }
	}
	orderA, orderB := slices.DeleteFunc(slices.Clone(idsA), both(idsB)), slices.DeleteFunc(slices.Clone(idsB), both(idsA))
	if !slices.Equal(orderA, orderB) {
		d.found = append(d.found, difference{pointer: pointer, a: a, b: b, orderA: orderA, orderB: orderB, root: d.after})
	}
	for _, id := range mergeKeys(idsA, idsB) {
		i, j := slices.Index(idsA, id), slices.Index(idsB, id)
		switch {
		case j < 0:
			d.add(pointerTo(pointer, strconv.Itoa(i)), a.items[i], nil)
		case i < 0:
			d.add(pointerTo(pointer, strconv.Itoa(j)), nil, b.items[j])
		default:
			d.compare(pointerTo(pointer, strconv.Itoa(j)), a.items[i], b.items[j])
		}
	}
}

// mergeKeys returns the keys of both in order: those of b alone come after the key that b has before them.
func mergeKeys(a, b []string) []string {
	out := slices.Clone(a)
	for i, key := range b {
		if slices.Contains(out, key) {
			continue
		}
		at := 0
		if i > 0 {
			at = slices.Index(out, b[i-1]) + 1
		}
		out = slices.Insert(out, at, key)
	}
	return out
}
