package timecard

import (
	"bytes"
	"errors"
	"io"
	"strconv"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/punchledger/punchledger/domain"
)

// MaxBatch is the most punches that one upload may bring.
const MaxBatch = 5000

// Batch is an upload of punches, in any order. Items that cannot be read have an error in their place; the others stand.
type Batch struct {
	ID    string
	Items []Item
}

// Item is one punch of a batch, or why it cannot be read.
type Item struct {
	Signed
	Err error
}

// batchForm is a batch as it is sent. Its own Sent holds for every punch that has none.
type batchForm struct {
	Batch string `json:"batch"`
	Sent
}

// maxBatchBytes is the longest batch that is read.
const maxBatchBytes = 32 << 20

// DecodeBatch reads an upload. An error is about the upload as a whole: one punch that cannot be read takes no other with it.
func DecodeBatch(b []byte) (Batch, error) {
	if len(b) > maxBatchBytes {
		return Batch{}, domain.NewError(domain.Invalid, "invalid_field", "field", "batch", "problem", "too_many_bytes", "max", strconv.Itoa(maxBatchBytes))
	}
	rest, punches, err := splitBatch(b)
	if err != nil {
		return Batch{}, err
	}
	var form batchForm
	if err := strict("batch", rest, maxBatchBytes, &form); err != nil {
		return Batch{}, err
	}
	e := Envelope{Sent: form.Sent}
	var f fields
	f.Document("batch", form.Batch)
	if f.First == nil {
		f.First = e.check()
	}
	if f.First != nil {
		return Batch{}, f.First
	}
	if len(punches) == 0 || len(punches) > MaxBatch {
		return Batch{}, domain.NewError(domain.Invalid, "batch_size", "count", strconv.Itoa(len(punches)), "max", strconv.Itoa(MaxBatch))
	}
	out := Batch{ID: form.Batch, Items: make([]Item, len(punches))}
	for i, p := range punches {
		out.Items[i].Signed, out.Items[i].Err = decodeEnvelope(p, form.Sent)
	}
	return out, nil
}

// splitBatch takes the punches out of a batch, unread, and returns what is left as an object. Within the punches it overlooks
// doubled names: whoever reads one finds them.
func splitBatch(b []byte) (rest []byte, punches []jsontext.Value, err error) {
	d := jsontext.NewDecoder(bytes.NewReader(b), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	var out bytes.Buffer
	form := jsontext.NewEncoder(&out, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	refused := func(at, problem string) ([]byte, []jsontext.Value, error) {
		return nil, nil, domain.NewError(domain.Invalid, "invalid_field", "field", "batch"+at, "problem", problem)
	}
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return refused("", "not_json")
	}
	_ = form.WriteToken(jsontext.BeginObject)
	found := false
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return refused("", "not_json")
		}
		if name.String() != "punches" {
			_ = form.WriteToken(name)
			v, err := d.ReadValue()
			if err != nil {
				return refused("", "not_json")
			}
			_ = form.WriteValue(v)
			continue
		}
		if found {
			return refused("/punches", "doubled_name")
		}
		found = true
		if err := jsonv2.UnmarshalDecode(d, &punches, jsontext.AllowDuplicateNames(true)); err != nil {
			if e, ok := errors.AsType[*jsonv2.SemanticError](err); ok {
				return refused(pointer(string(e.JSONPointer)), "wrong_type")
			}
			return refused("/punches", "not_json")
		}
	}
	if t, err := d.ReadToken(); err != nil || t.Kind() != '}' {
		return refused("", "not_json")
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return refused("", "not_json")
	}
	_ = form.WriteToken(jsontext.EndObject)
	return out.Bytes(), punches, nil
}
