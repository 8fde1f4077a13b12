package eventstore_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
)

type gateOpened struct {
	Gate   string         `json:"gate"`
	Colour string         `json:"colour"`
	Length domain.Seconds `json:"length"`
}

func (gateOpened) EventType() string { return "GateOpened" }

type gateClosed struct {
	Gate string `json:"gate"`
}

func (gateClosed) EventType() string { return "GateClosed" }

// change returns an upcaster's function that edits the JSON object as a whole, so that unknown fields stay.
func change(edit func(fields map[string]any)) func([]byte) ([]byte, error) {
	return func(data []byte) ([]byte, error) {
		var fields map[string]any
		if err := json.Unmarshal(data, &fields); err != nil {
			return nil, err
		}
		edit(fields)
		return json.Marshal(fields)
	}
}

func gateCodec() *eventstore.Codec {
	return eventstore.NewCodec([]string{"gate"}, []domain.Event{gateOpened{}, gateClosed{}}, []domain.Upcaster{
		{Type: "GateOpened", From: 1, Up: change(func(f map[string]any) {
			f["gate"] = f["door"]
			delete(f, "door")
		})},
		{Type: "GateOpened", From: 2, Up: change(func(f map[string]any) {
			f["length"] = f["minutes"].(float64) * 60
			f["colour"] = "grey"
		})},
	})
}

func record(eventType, data string) eventstore.Record {
	return eventstore.Record{
		Stream: "gate-north", Revision: 3, Event: eventstore.Event{Type: eventType, Data: []byte(data)},
	}
}

func TestCodecEncodesWithTheCurrentSchema(t *testing.T) {
	data, schema, err := gateCodec().Encode(gateOpened{Gate: "north", Colour: "red", Length: 60})
	require.NoError(t, err)
	require.Equal(t, 3, schema)
	require.JSONEq(t, `{"gate":"north","colour":"red","length":60}`, string(data))
	require.Equal(t, map[string]int{"GateOpened": 3, "GateClosed": 1}, gateCodec().Types())
}

func TestCodecDecodesEverySchema(t *testing.T) {
	for _, c := range []struct {
		name   string
		schema int
		data   string
		want   gateOpened
	}{
		{"the first schema goes through the whole chain", 1, `{"door":"north","minutes":2}`, gateOpened{"north", "grey", 120}},
		{"the second schema goes through its end", 2, `{"gate":"north","minutes":3}`, gateOpened{"north", "grey", 180}},
		{"today's schema is decoded as it is", 3, `{"gate":"north","colour":"red","length":5}`, gateOpened{"north", "red", 5}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := gateCodec().Decode(record("GateOpened", c.data), c.schema)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestCodecLeavesUnknownFieldsInTheRecord(t *testing.T) {
	const data = `{"gate":"north","minutes":1,"weather":"rain"}`
	r := record("GateOpened", data)
	_, err := gateCodec().Decode(r, 2)
	require.NoError(t, err)
	require.Equal(t, data, string(r.Data))
}

func TestCodecStopsAtWhatItDoesNotKnow(t *testing.T) {
	for _, c := range []struct {
		name, eventType string
		schema          int
	}{
		{"an unknown type", "GateRenamed", 1},
		{"a schema newer than this build's", "GateOpened", 4},
		{"a schema that never was", "GateOpened", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := gateCodec().Decode(record(c.eventType, `{}`), c.schema)
			unknown, ok := errors.AsType[*eventstore.UnknownTypeError](err)
			require.True(t, ok, "got %v", err)
			require.Equal(t, &eventstore.UnknownTypeError{Type: c.eventType, Schema: c.schema, Stream: "gate-north"}, unknown)
		})
	}
	t.Run("an event that is not registered is not encoded", func(t *testing.T) {
		c := eventstore.NewCodec([]string{"gate"}, []domain.Event{gateOpened{}}, nil)
		_, _, err := c.Encode(gateClosed{})
		_, ok := errors.AsType[*eventstore.UnknownTypeError](err)
		require.True(t, ok, "got %v", err)
	})
}

func TestCodecNamesThePlaceOfBrokenData(t *testing.T) {
	for name, schema := range map[string]int{"in an upcaster": 1, "in today's shape": 3} {
		t.Run(name, func(t *testing.T) {
			_, err := gateCodec().Decode(record("GateOpened", `{"gate":`), schema)
			require.ErrorContains(t, err, "gate-north revision 3")
		})
	}
}

func TestCodecRefusesAFaultyProgram(t *testing.T) {
	up := func(from int) domain.Upcaster { return domain.Upcaster{Type: "GateOpened", From: from} }
	for _, c := range []struct {
		name   string
		events []domain.Event
		ups    []domain.Upcaster
	}{
		{"a type registered twice", []domain.Event{gateOpened{}, gateOpened{}}, nil},
		{"a gap between upcasters", []domain.Event{gateOpened{}}, []domain.Upcaster{up(1), up(3)}},
		{"an upcaster of an unknown type", []domain.Event{gateClosed{}}, []domain.Upcaster{up(1)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Panics(t, func() { eventstore.NewCodec(nil, c.events, c.ups) })
		})
	}
}

func TestCodecOwnsItsCategories(t *testing.T) {
	require.True(t, gateCodec().Owns("gate-north"))
	require.False(t, gateCodec().Owns("gateway-1"))
	require.False(t, gateCodec().Owns("$projections-gate"))
}

func TestNumberCountsOnlyOwnRecords(t *testing.T) {
	seq := func(yield func(eventstore.Record, error) bool) {
		for i, stream := range []string{"gate-a", "$stats-1", "gate-b", "other-1", "gate-a"} {
			if !yield(eventstore.Record{Stream: stream, Cursor: eventstore.Cursor(10 * (i + 1))}, nil) {
				return
			}
		}
		yield(eventstore.Record{}, errors.New("the line is cut"))
	}
	var cursors []eventstore.Cursor
	var positions []eventstore.Position
	var last error
	for r, err := range eventstore.Number(seq, 7, gateCodec().Owns) {
		if last = err; err != nil {
			break
		}
		cursors, positions = append(cursors, r.Cursor), append(positions, r.Position)
	}
	require.Equal(t, []eventstore.Cursor{10, 30, 50}, cursors)
	require.Equal(t, []eventstore.Position{8, 9, 10}, positions)
	require.EqualError(t, last, "the line is cut")
}
