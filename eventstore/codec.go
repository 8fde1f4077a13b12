package eventstore

import (
	"encoding/json"
	"fmt"
	"reflect"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/punchledger/punchledger/domain"
)

// Codec turns events into stored bytes and back. Of an event it asks only EventType. It is immutable and safe for concurrent use.
type Codec struct {
	types      map[string]eventType
	categories map[string]bool
}

type eventType struct {
	goType reflect.Type
	ups    []func([]byte) ([]byte, error) // ups[i] lifts schema i+1 to i+2
}

// UnknownTypeError stops a reader at an event of our own categories that this build does not know: a newer build wrote it,
// and leaving it out would give wrong figures.
type UnknownTypeError struct {
	Type   string
	Schema int
	Stream string
}

func (e *UnknownTypeError) Error() string {
	return fmt.Sprintf("event type %s schema %d in %s is not known to this build; read the ledger with a newer one", e.Type, e.Schema, e.Stream)
}

// NewCodec returns a codec for the categories of streams, the zero values of all event types and their upcasters. It panics on
// a doubled type and on a gap between upcasters: both are faults of the program.
func NewCodec(categories []string, events []domain.Event, ups []domain.Upcaster) *Codec {
	c := &Codec{types: map[string]eventType{}, categories: map[string]bool{}}
	for _, cat := range categories {
		c.categories[cat] = true
	}
	for _, e := range events {
		if _, ok := c.types[e.EventType()]; ok {
			panic("eventstore: event type registered twice: " + e.EventType())
		}
		c.types[e.EventType()] = eventType{goType: reflect.TypeOf(e)}
	}
	for _, u := range ups {
		t, ok := c.types[u.Type]
		if !ok || u.From != len(t.ups)+1 {
			panic(fmt.Sprintf("eventstore: upcaster of %s from schema %d has no place", u.Type, u.From))
		}
		t.ups = append(t.ups, u.Up)
		c.types[u.Type] = t
	}
	return c
}

// Owns reports whether a stream is of one of the ledger's categories.
func (c *Codec) Owns(stream string) bool { return c.categories[domain.Category(stream)] }

// Types returns the current schema of every known event type.
func (c *Codec) Types() map[string]int {
	out := make(map[string]int, len(c.types))
	for name, t := range c.types {
		out[name] = len(t.ups) + 1
	}
	return out
}

// Encode returns the data of e and its current schema number.
func (c *Codec) Encode(e domain.Event) ([]byte, int, error) {
	t, ok := c.types[e.EventType()]
	if !ok {
		return nil, 0, &UnknownTypeError{Type: e.EventType()}
	}
	data, err := json.Marshal(e)
	if err != nil {
		return nil, 0, fmt.Errorf("encode %s: %w", e.EventType(), err)
	}
	return data, len(t.ups) + 1, nil
}

// Decode returns the event of r in today's shape. Fields it does not know are ignored, and stay in r.
func (c *Codec) Decode(r Record, schema int) (domain.Event, error) {
	t, ok := c.types[r.Type]
	if !ok || schema < 1 || schema > len(t.ups)+1 {
		return nil, &UnknownTypeError{Type: r.Type, Schema: schema, Stream: r.Stream}
	}
	data := r.Data
	for i := schema - 1; i < len(t.ups); i++ {
		var err error
		if data, err = t.ups[i](data); err != nil {
			return nil, fmt.Errorf("lift %s from schema %d in %s revision %d: %w", r.Type, i+1, r.Stream, r.Revision, err)
		}
	}
	v := reflect.New(t.goType)
	if err := jsonv2.Unmarshal(data, v.Interface()); err != nil {
		return nil, fmt.Errorf("decode %s in %s revision %d: %w", r.Type, r.Stream, r.Revision, err)
	}
	return v.Elem().Interface().(domain.Event), nil
}
