package eventstore_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/memory"
)

func TestStreamsOfAStoreThatDoesNotCountAreReadWithPositions(t *testing.T) {
	store := memory.New(memory.Gappy(11))
	owns := func(stream string) bool { return !strings.HasPrefix(stream, "other-") }
	c := eventstore.NewCounted(store, owns)
	revisions := map[string]eventstore.Revision{}
	for n := range 60 {
		stream := []string{"gate-a", "other-b", "gate-c"}[n*n%3]
		_, err := store.Append(t.Context(), stream, revisions[stream], eventstore.Event{
			ID: eventstore.EventID(stream, "c", n), Type: "GateOpened", Metadata: []byte("{}"), Data: []byte("{}"),
		})
		require.NoError(t, err)
		revisions[stream]++
		if n%7 != 0 {
			continue // what came meanwhile is counted with the next one that is asked for
		}
		want := map[eventstore.Cursor]eventstore.Position{}
		for r, err := range eventstore.Number(store.ReadAll(t.Context(), 0), 0, owns) {
			require.NoError(t, err)
			want[r.Cursor] = r.Position
		}
		for _, stream := range []string{"gate-a", "gate-c", "gate-nobody"} {
			for r, err := range c.ReadStream(t.Context(), stream, 1) {
				require.NoError(t, err)
				require.Equal(t, want[r.Cursor], r.Position)
			}
		}
	}
}
