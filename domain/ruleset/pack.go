package ruleset

import (
	"bytes"
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:embed packs/*.yaml
var packFiles embed.FS

var packs = sync.OnceValue(func() []*Document {
	entries, err := packFiles.ReadDir("packs")
	if err != nil {
		panic(fmt.Sprintf("ruleset: shipped packs: %v", err))
	}
	out := make([]*Document, 0, len(entries))
	for _, e := range entries {
		id := strings.TrimSuffix(e.Name(), ".yaml")
		data, _ := PackSource(id)
		doc, err := Parse(data, e.Name())
		if err != nil {
			panic(fmt.Sprintf("ruleset: shipped pack: %v", err))
		}
		if doc.ID != id {
			panic(fmt.Sprintf("ruleset: pack %s holds the document %s", id, doc.ID))
		}
		out = append(out, doc)
	}
	return out
})

// Packs returns the documents that are shipped with the program, in the order of their ids: starting points to copy, each with
// examples and sources. They are shared: read only.
func Packs() []*Document { return slices.Clone(packs()) }

// Pack returns one shipped document. It is shared: read only.
func Pack(id string) (*Document, bool) {
	i := slices.IndexFunc(packs(), func(d *Document) bool { return d.ID == id })
	if i < 0 {
		return nil, false
	}
	return packs()[i], true
}

// PackSource returns the text of a shipped document, with its comments.
func PackSource(id string) ([]byte, bool) {
	data, err := packFiles.ReadFile("packs/" + id + ".yaml")
	if err != nil {
		return nil, false
	}
	return bytes.Clone(data), true
}
