package ledger_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// FuzzDecode gives the codec the bytes of somebody else, for each type of event. They are refused, or are an event whose own bytes
// are read as the same event again.
func FuzzDecode(f *testing.F) {
	codec := ledger.NewCodec()
	types := codec.Types()
	released, err := filepath.Glob("../../domain/*/testdata/events/*.json")
	require.NoError(f, err)
	require.NotEmpty(f, released)
	for _, path := range released {
		data, err := os.ReadFile(path)
		require.NoError(f, err)
		name, rest, _ := strings.Cut(filepath.Base(path), ".")
		schema, err := strconv.Atoi(strings.TrimSuffix(rest, ".json"))
		require.NoError(f, err)
		f.Add(name, schema, data)
	}
	for _, name := range slices.Sorted(maps.Keys(types)) {
		f.Add(name, 1, []byte(`{"emp":1e400,"days":[[[[]]]],"at":"9999-99-99T99:99:99Z"}`))
	}
	f.Fuzz(func(t *testing.T, name string, schema int, data []byte) {
		event, err := codec.Decode(eventstore.Record{Event: eventstore.Event{Type: name, Data: data}, Stream: "s-1", Revision: 1}, schema)
		if err != nil {
			require.Nil(t, event)
			require.Less(t, len(err.Error()), 4096+2*len(name), "the message grows with the data")
			return
		}
		again, at, err := codec.Encode(event)
		require.NoError(t, err)
		require.Equal(t, types[name], at)
		back, err := codec.Decode(eventstore.Record{Event: eventstore.Event{Type: name, Data: again}}, at)
		require.NoError(t, err, "%s", again)
		once, _, err := codec.Encode(back)
		require.NoError(t, err)
		require.Equal(t, string(again), string(once))
	})
}

// FuzzMetadata reads what stands beside the data of an event.
func FuzzMetadata(f *testing.F) {
	f.Add([]byte(`{"schema":1,"command_id":"c","$correlationId":"c","$causationId":"c","actor":{"kind":"admin","id":"a"},"occurred_at":"2026-10-24T19:50:00.000Z","recorded_at":"2026-10-24T19:50:00.000Z","salt":"x"}`))
	f.Add([]byte(`{"schema":1e400}`))
	f.Add([]byte(`{"recorded_at":"0000-00-00T00:00:00Z"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := eventstore.Record{Event: eventstore.Event{Metadata: data}, Stream: "s-1", Revision: 1}.DecodeMetadata()
		if err == nil {
			text, err := m.RecordedAt.MarshalText()
			require.NoError(t, err)
			var back domain.Instant
			if y := m.RecordedAt.Time().Year(); y >= 0 && y < 10000 {
				require.NoError(t, back.UnmarshalText(text))
				require.Equal(t, m.RecordedAt, back)
			}
		}
	})
}

// FuzzTimes reads dates and instants: what is read is written as it was meant, and read again as the same.
func FuzzTimes(f *testing.F) {
	for _, s := range []string{"2026-10-24", "2026-02-30", "0000-01-01", "9999-12-31", "2026-10-24T19:50:00+08:00", "2026-10-24T19:50:00.9999Z", "2026-10-24T30:00:00Z", "-001-01-01", "2026-10-24T19:50:60Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := domain.ParseDate(s); err == nil {
			require.Equal(t, s, d.String())
			require.Equal(t, d, domain.NewDate(d.Civil()))
			require.Equal(t, d, domain.DateOfUnix(d.Unix()))
		}
		var at domain.Instant
		if at.UnmarshalText([]byte(s)) == nil {
			var back domain.Instant
			require.NoError(t, back.UnmarshalText([]byte(at.String())), at.String())
			require.Equal(t, at, back)
			require.Equal(t, at, domain.InstantOf(at.Time().In(time.FixedZone("", 3600))))
		}
	})
}
