package eventstore_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
)

func TestDecodeAllEndsWithItsReaderAndWithTheFirstError(t *testing.T) {
	stored := func(data, metadata string) eventstore.Record {
		r := record("GateClosed", data)
		r.Metadata = []byte(metadata)
		return r
	}
	good := stored(`{"gate":"north"}`, `{"schema":1}`)
	cut := errors.New("the line is cut")
	for _, c := range []struct {
		name    string
		records []eventstore.Record
		fails   error // after the records
		limit   int
		want    int
		says    string
	}{
		{"all there is", []eventstore.Record{good, good, good}, nil, 9, 3, ""},
		{"as many as its reader wants", []eventstore.Record{good, good, good}, nil, 2, 2, ""},
		{"until the log cannot be read", []eventstore.Record{good}, cut, 9, 1, "the line is cut"},
		{"until data is broken", []eventstore.Record{good, stored(`{"gate":`, `{"schema":1}`), good}, nil, 9, 1, "gate-north revision 3"},
		{"until metadata is broken", []eventstore.Record{good, stored(`{}`, `{"schema":`), good}, nil, 9, 1, "gate-north"},
		{"until an event is not known", []eventstore.Record{stored(`{}`, `{"schema":7}`), good}, nil, 9, 0, "schema 7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			seq := func(yield func(eventstore.Record, error) bool) {
				for _, r := range c.records {
					if !yield(r, nil) {
						return
					}
				}
				if c.fails != nil {
					yield(eventstore.Record{}, c.fails)
				}
			}
			n, errs := 0, 0
			for d, err := range gateCodec().DecodeAll(seq) {
				if err != nil {
					errs++
					require.ErrorContains(t, err, c.says)
					continue // a reader that does not stop is stopped
				}
				require.Equal(t, gateClosed{Gate: "north"}, d.Event)
				require.Equal(t, 1, d.Meta.Schema)
				if n++; n == c.limit {
					break
				}
			}
			require.Equal(t, c.want, n)
			require.Equal(t, c.says != "", errs == 1)
		})
	}
}

// unencodable is an event that has no JSON.
type unencodable struct{ F func() }

func (unencodable) EventType() string { return "Unencodable" }

func TestAnEventThatCannotBeEncodedIsNamed(t *testing.T) {
	_, _, err := eventstore.NewCodec(nil, []domain.Event{unencodable{}}, nil).Encode(unencodable{F: func() {}})
	require.ErrorContains(t, err, "encode Unencodable")
}
