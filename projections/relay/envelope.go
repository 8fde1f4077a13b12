package relay

import (
	"bytes"
	"fmt"
	"strconv"

	json "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
)

// cloudEvent is CloudEvents 1.0 in its structured JSON form. Numbers among the attributes are strings, as integers of that format end
// at 2^31.
type cloudEvent struct {
	SpecVersion string         `json:"specversion"`
	ID          string         `json:"id"`
	Source      string         `json:"source"`
	Type        string         `json:"type"`
	Subject     string         `json:"subject"`
	Time        string         `json:"time"`
	ContentType string         `json:"datacontenttype"`
	Position    string         `json:"position"`
	Revision    string         `json:"revision"`
	Schema      string         `json:"schema"`
	Partition   string         `json:"partitionkey"`
	Correlation string         `json:"correlationid,omitzero"`
	Causation   string         `json:"causationid,omitzero"`
	Data        jsontext.Value `json:"data"`
}

// Envelope returns a record as a message. Source is the ledger's origin. Of its data nothing that was sealed is in it.
func Envelope(source string, rec eventstore.Record) (Message, error) {
	meta, err := rec.DecodeMetadata()
	if err != nil {
		return Message{}, err
	}
	data, err := withoutSecrets(rec.Data)
	if err != nil {
		return Message{}, fmt.Errorf("data of %s revision %d: %w", rec.Stream, rec.Revision, err)
	}
	e := cloudEvent{
		SpecVersion: "1.0", ID: rec.ID.String(), Source: source, Type: rec.Type, Subject: rec.Stream,
		Time: meta.RecordedAt.String(), ContentType: "application/json",
		Position: strconv.FormatUint(uint64(rec.Position), 10), Revision: strconv.FormatUint(uint64(rec.Revision), 10),
		Schema: strconv.Itoa(meta.Schema), Partition: rec.Stream, Correlation: meta.Correlation, Causation: meta.Causation, Data: data,
	}
	body, err := json.Marshal(e)
	if err != nil {
		return Message{}, fmt.Errorf("write %s revision %d as a CloudEvent: %w", rec.Stream, rec.Revision, err)
	}
	return Message{ID: e.ID, Category: domain.Category(rec.Stream), Type: rec.Type, Key: rec.Stream, Body: body}, nil
}

// Trial is a message by which an endpoint is tried: it is about nothing that happened.
func Trial(source, id string, now domain.Instant) (Message, error) {
	body, err := json.Marshal(cloudEvent{
		SpecVersion: "1.0", ID: id, Source: source, Type: TrialType, Subject: "relay", Time: now.String(),
		ContentType: "application/json", Position: "0", Revision: "0", Schema: "1", Partition: "relay", Data: jsontext.Value("{}"),
	})
	return Message{ID: id, Category: "relay", Type: TrialType, Key: "relay", Body: body}, err
}

// TrialType is the type of the message by which an endpoint is tried.
const TrialType = "RelayTried"

// sealedMember stands in every sealed secret, and in nothing else that the ledger stores.
var sealedMember = []byte(`"key_commitment"`)

// withoutSecrets returns data with {"sealed":"text"} in the place of each sealed secret of that class: neither the ciphertext nor the
// name of its key leaves the ledger.
func withoutSecrets(data jsontext.Value) (jsontext.Value, error) {
	if !bytes.Contains(data, sealedMember) {
		return data, nil
	}
	var out bytes.Buffer
	enc := jsontext.NewEncoder(&out)
	if err := copyOpen(enc, jsontext.NewDecoder(bytes.NewReader(data))); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(out.Bytes()), nil
}

// copyOpen copies the next value of dec and leaves out what is sealed.
func copyOpen(enc *jsontext.Encoder, dec *jsontext.Decoder) error {
	kind := dec.PeekKind()
	if kind != '{' && kind != '[' {
		v, err := dec.ReadValue()
		if err != nil {
			return err
		}
		return enc.WriteValue(v)
	}
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if !bytes.Contains(v, sealedMember) {
		return enc.WriteValue(v)
	}
	if class, sealed := sealedClass(v); sealed {
		v, err := json.Marshal(map[string]string{"sealed": class})
		if err != nil {
			return err
		}
		return enc.WriteValue(v)
	}
	inner := jsontext.NewDecoder(bytes.NewReader(v))
	begin, err := inner.ReadToken()
	if err != nil {
		return err
	}
	if err := enc.WriteToken(begin); err != nil {
		return err
	}
	for inner.PeekKind() != '}' && inner.PeekKind() != ']' {
		if err := copyOpen(enc, inner); err != nil { // of an object, names and values in turn
			return err
		}
	}
	end, err := inner.ReadToken()
	if err != nil {
		return err
	}
	return enc.WriteToken(end)
}

// sealedClass reports whether an object is a sealed secret, and of which class.
func sealedClass(v jsontext.Value) (string, bool) {
	var members map[string]jsontext.Value
	if v.Kind() != '{' || json.Unmarshal(v, &members) != nil || members["key_commitment"] == nil || members["box"] == nil {
		return "", false
	}
	var class string
	if json.Unmarshal(members["class"], &class) != nil {
		return "", false
	}
	return class, true
}
