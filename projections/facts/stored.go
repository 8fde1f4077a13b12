package facts

import (
	"context"
	"encoding"
	"encoding/json"
	"fmt"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
)

// stored is an event of a small stream, kept as it came so that its own package folds it.
type stored struct {
	ID         uuid.UUID       `json:"id"`
	Type       string          `json:"type"`
	Schema     int             `json:"schema"`
	Data       json.RawMessage `json:"data"`
	RecordedAt domain.Instant  `json:"recorded_at"`
}

// told is a stored event in today's shape.
type told struct {
	id         string
	event      domain.Event
	recordedAt domain.Instant
}

// keep appends an event to the part that holds its stream.
func (b *buffer) keep(ctx context.Context, employee, part string, d eventstore.Decoded) error {
	list, err := load[[]stored](ctx, b, employee, part)
	if err != nil {
		return err
	}
	list = append(list, stored{ID: d.ID, Type: d.Type, Schema: d.Meta.Schema, Data: d.Data, RecordedAt: d.Meta.RecordedAt})
	b.put(employee, part, list)
	return nil
}

// tell reads the events of a part back.
func tell(ctx context.Context, tx Tx, codec *eventstore.Codec, employee, part string) ([]told, error) {
	list, err := read[[]stored](ctx, tx, employee, part)
	if err != nil {
		return nil, err
	}
	out := make([]told, len(list))
	for i, s := range list {
		event, err := codec.Decode(eventstore.Record{Event: eventstore.Event{Type: s.Type, Data: s.Data}, Stream: part}, s.Schema)
		if err != nil {
			return nil, err
		}
		out[i] = told{id: s.ID.String(), event: event, recordedAt: s.RecordedAt}
	}
	return out, nil
}

// buffer holds the parts that a batch has touched, so that each is read and written once.
type buffer struct {
	tx    Tx
	parts map[partKey]any
	dirty []partKey // in the order of first change
}

type partKey struct{ employee, part string }

// load returns a part: what the batch has made of it, or what is stored, or the zero value.
func load[T any](ctx context.Context, b *buffer, employee, part string) (T, error) {
	if have, ok := b.parts[partKey{employee, part}]; ok {
		return have.(T), nil
	}
	return read[T](ctx, b.tx, employee, part)
}

// read returns a stored part, or the zero value.
func read[T any](ctx context.Context, tx Tx, employee, part string) (T, error) {
	var v T
	data, err := tx.Fact(ctx, employee, part)
	if data == nil || err != nil {
		return v, err
	}
	if columns, ok := any(&v).(encoding.BinaryUnmarshaler); ok {
		err = columns.UnmarshalBinary(data)
	} else {
		err = jsonv2.Unmarshal(data, &v)
	}
	if err != nil {
		return v, fmt.Errorf("facts %s of %q: %w", part, employee, err)
	}
	return v, nil
}

// month returns a month to change: what the batch has made of it, or what is stored, or an empty one.
func (b *buffer) month(ctx context.Context, employee, part string) (*Month, error) {
	if have, ok := b.parts[partKey{employee, part}]; ok {
		return have.(*Month), nil
	}
	m, err := read[Month](ctx, b.tx, employee, part)
	return &m, err
}

func (b *buffer) put(employee, part string, v any) {
	key := partKey{employee, part}
	if _, ok := b.parts[key]; !ok {
		b.dirty = append(b.dirty, key)
	}
	b.parts[key] = v
}

func (b *buffer) flush(ctx context.Context) error {
	for _, key := range b.dirty {
		var data []byte
		var err error
		if month, ok := b.parts[key].(*Month); ok {
			SortPunches(month.Punches)
			data, err = month.AppendBinary(nil)
		} else {
			data, err = json.Marshal(b.parts[key])
		}
		if err != nil {
			return fmt.Errorf("facts %s of %q: %w", key.part, key.employee, err)
		}
		if err := b.tx.PutFact(ctx, key.employee, key.part, data); err != nil {
			return err
		}
	}
	return nil
}
