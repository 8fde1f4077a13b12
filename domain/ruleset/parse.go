package ruleset

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/gowebpki/jcs"
)

//go:generate go test -run TestSchemasAreFresh . -args -update

// Parse reads a rules document, YAML or JSON, and checks it against the schema. Unknown and duplicate keys, anchors, aliases,
// merges, tags and a second document are errors. What is wrong is returned as *ProblemsError, every problem with its place.
// name is the file as its author knows it; it stands before the line in messages.
func Parse(data []byte, name string) (*Document, error) {
	s := readSource(data)
	if len(s.problems) == 0 {
		documentSchema.check(s)
	}
	if len(s.problems) > 0 {
		return nil, &ProblemsError{name, s.problems}
	}
	plain, err := json.Marshal(s.value)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	doc, err := decode(plain)
	if err != nil {
		p := newProblem(SeverityError, "", "doc.invalid", "detail", err.Error())
		return nil, &ProblemsError{name, []Problem{p}}
	}
	stored, err := doc.JSON()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return ParseStored(stored) // a document is what its stored form says, whatever empty lists its author wrote
}

// ParseStored reads what JSON returned. It checks no schema, as a stored document was checked when it was published, and keys of
// later builds are an error, as this build cannot do what they say.
func ParseStored(data []byte) (*Document, error) { return decode(data) }

func decode(data []byte) (*Document, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	doc := new(Document)
	if err := dec.Decode(doc); err != nil {
		return nil, fmt.Errorf("read rules document: %w", err)
	}
	return doc, nil
}

// JSON returns the canonical form (RFC 8785) that the ledger stores. Documents that differ only in comments, key order or spelling
// of lengths (90m, 1h30m) have the same form.
func (d *Document) JSON() ([]byte, error) { return canonical(d) }

// Hash returns the SHA-256 of the canonical form of d, in hexadecimal.
func Hash(d *Document) (string, error) {
	b, err := d.JSON()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

func canonical(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode as JSON: %w", err)
	}
	if b, err = jcs.Transform(b); err != nil {
		return nil, fmt.Errorf("encode as canonical JSON: %w", err)
	}
	return b, nil
}
