package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/eventstore"
)

// TestTheProtocolAnswersAsTheLogDoes makes the same random appends through the embedded log and through the protocol: retries, parts of
// earlier appends, wrong revisions, nothing. Each answer is the same, and so is what both logs hold in the end, event by event, also
// read from the middle and by stream.
func TestTheProtocolAnswersAsTheLogDoes(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		dir := filepath.Join(t.TempDir(), "ledger.db")
		embedded, err := sqlite.OpenLog(dir, sqlite.LogOptions{})
		require.NoError(t, err)
		defer embedded.Close()
		served := overProtocol(t)
		streams := []string{"gate-1", "gate-2", "door/ü 3"}
		ended := map[string]eventstore.Revision{}
		for range rapid.IntRange(1, 25).Draw(r, "appends") {
			stream := rapid.SampledFrom(streams).Draw(r, "stream")
			at := eventstore.Revision(rapid.IntRange(0, int(ended[stream])+1).Draw(r, "expected"))
			if rapid.Bool().Draw(r, "at the end") {
				at = ended[stream]
			}
			var events []eventstore.Event
			for n := range rapid.IntRange(0, 3).Draw(r, "events") {
				// Ids of a place repeat, so that earlier appends come again whole, in part, and at other places.
				id := int(at) + n + rapid.SampledFrom([]int{0, 0, 0, 1, 40}).Draw(r, "other id")
				events = append(events, eventstore.Event{
					ID: eventstore.EventID(stream, "c", id), Type: "Opened", Metadata: fmt.Appendf(nil, `{"n":%d}`, id), Data: fmt.Appendf(nil, `{"id":%d}`, id),
				})
			}
			want, wantErr := embedded.Append(t.Context(), stream, at, events...)
			got, gotErr := served.Append(t.Context(), stream, at, events...)
			requireSameAnswer(t, want, got, wantErr, gotErr)
			if wantErr == nil {
				ended[stream] = max(ended[stream], want.Revision)
			}
		}
		for _, stream := range append(streams, "") {
			for _, after := range []uint64{0, 1, 5, 100} {
				require.Equal(t, shown(t, embedded, stream, after), shown(t, served, stream, after), "%q after %d", stream, after)
			}
		}
	})
}

func requireSameAnswer(t *testing.T, want, got eventstore.Place, wantErr, gotErr error) {
	t.Helper()
	conflict, isConflict := errors.AsType[*eventstore.ConflictError](wantErr)
	if isConflict {
		other, ok := errors.AsType[*eventstore.ConflictError](gotErr)
		require.True(t, ok, "want %v, got %v", wantErr, gotErr)
		require.Equal(t, *conflict, *other)
		return
	}
	require.NoError(t, wantErr)
	require.NoError(t, gotErr)
	require.Equal(t, want.Revision, got.Revision)
	require.Equal(t, want.Repeated, got.Repeated)
	require.Equal(t, want.Commitment, got.Commitment)
}

// shown returns what a log holds of a stream, or of all, without places of its own.
func shown(t *testing.T, s eventstore.Store, stream string, after uint64) (out []eventstore.Record) {
	t.Helper()
	seq := s.ReadAll(t.Context(), eventstore.Cursor(after))
	if stream != "" {
		seq = s.ReadStream(t.Context(), stream, eventstore.Revision(after))
	}
	for r, err := range seq {
		require.NoError(t, err)
		r.Cursor, r.Position = 0, 0
		out = append(out, r)
	}
	return out
}
