package storetest

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/eventstore"
)

func testEmptyStore(t *testing.T, s eventstore.Store) {
	require.Empty(t, all(t, s))
	require.Empty(t, collect(t, s.ReadAll(t.Context(), 1000)))
	head, err := s.Head(t.Context())
	require.NoError(t, err)
	require.Zero(t, head)
}

func testUnknownStream(t *testing.T, s eventstore.Store) {
	must(t, s, "gate-a", 0, 2)
	for _, stream := range []string{"gate-b", "gate", "gate-", "gate-aa", "GATE-A", "gate-%"} {
		require.Empty(t, collect(t, s.ReadStream(t.Context(), stream, 0)), stream)
		require.Empty(t, collect(t, s.ReadStream(t.Context(), stream, 1)), stream)
	}
}

func testReadStream(t *testing.T, s eventstore.Store) {
	// More than a page of any adapter, with another stream between the records.
	const n = 1500
	for i := 0; i < n; i += 100 {
		must(t, s, "gate-a", i, i+100)
		must(t, s, "gate-b", i/100, i/100+1)
	}
	for _, after := range []int{0, 63, 512, n - 1, n, n + 1, 1 << 40} {
		got := collect(t, s.ReadStream(t.Context(), "gate-a", eventstore.Revision(after)))
		require.Len(t, got, max(0, n-after), "after %d", after)
		for i, r := range got {
			require.Equal(t, "gate-a", r.Stream)
			require.Equal(t, eventstore.Revision(after+i+1), r.Revision)
			require.Equal(t, event("gate-a", after+i), r.Event)
		}
	}
}

func testReadAll(t *testing.T, s eventstore.Store) {
	for i := range 150 {
		must(t, s, fmt.Sprintf("gate-%d", i%7), i/7*10, i/7*10+10)
	}
	records := all(t, s)
	require.Len(t, records, 1500)
	requireSound(t, records)
	head, err := s.Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, records[len(records)-1].Cursor, head)
	for _, i := range []int{0, 63, 511, 1022, 1498, 1499} {
		got := collect(t, s.ReadAll(t.Context(), records[i].Cursor))
		require.Len(t, got, len(records)-i-1)
		if len(got) > 0 {
			require.Equal(t, records[i+1:], got, "after record %d", i)
		}
	}
	require.Empty(t, collect(t, s.ReadAll(t.Context(), head+1000)))
}

func testLeaveEarly(t *testing.T, s eventstore.Store) {
	must(t, s, "gate-a", 0, 300)
	var seen []eventstore.Record
	var after eventstore.Cursor
	for range 150 {
		n := 0
		for r, err := range s.ReadAll(t.Context(), after) {
			require.NoError(t, err)
			seen, after = append(seen, r), r.Cursor
			if n++; n == 2 {
				break
			}
		}
	}
	require.Len(t, seen, 300)
	requireSound(t, seen)
	must(t, s, "gate-a", 300, 301)
}

func testReadCancelled(t *testing.T, s eventstore.Store) {
	must(t, s, "gate-a", 0, 2000)
	for name, read := range map[string]func(context.Context) (int, error){
		"the log": func(ctx context.Context) (n int, err error) {
			for _, err = range s.ReadAll(ctx, 0) {
				n++
			}
			return n, err
		},
		"a stream": func(ctx context.Context) (n int, err error) {
			for _, err = range s.ReadStream(ctx, "gate-a", 0) {
				n++
			}
			return n, err
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		n, err := read(ctx)
		require.ErrorIs(t, err, context.Canceled, name)
		require.Equal(t, 1, n, "%s: the error comes alone", name)
	}
}

func testBytes(t *testing.T, s eventstore.Store) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for i, c := range []struct{ stream, eventType, metadata, data string }{
		{"gate-json", "GateOpened", `{"b":1,"a":2,  "a":3}`, "{\n\t\"x\" : 1.000e2 }\n"},
		{"gate-empty", "GateOpened", "", ""},
		{"gate-binary", "GateOpened", string(every), string(every)},
		{"gate-zero", "GateOpened", "\x00", "\x00\x00"},
		{"gate-münchen", "打卡记录", `{"note":"补卡 ✅"}`, `{"text":"忘记打卡 🕒"}`},
		{"gate-a'b\"c;--", "Gate'Opened", "NULL", "null"},
		{"gate-large", "GateOpened", string(bytes.Repeat(every, 1000)), string(bytes.Repeat(every, 2000))},
	} {
		e := eventstore.Event{
			ID: uuid.UUID(bytes.Repeat([]byte{byte(255 - i)}, 16)), Type: c.eventType,
			Metadata: []byte(c.metadata), Data: []byte(c.data),
		}
		_, err := s.Append(t.Context(), c.stream, 0, e)
		require.NoError(t, err)
		for _, seq := range [][]eventstore.Record{collect(t, s.ReadStream(t.Context(), c.stream, 0)), all(t, s)[i:]} {
			require.Len(t, seq, 1)
			require.Equal(t, c.stream, seq[0].Stream)
			require.Equal(t, e.ID, seq[0].ID)
			require.Equal(t, c.eventType, seq[0].Type)
			require.True(t, c.metadata == string(seq[0].Metadata), "metadata of %s", c.stream)
			require.True(t, c.data == string(seq[0].Data), "data of %s", c.stream)
		}
	}
	t.Run("nothing is stored as empty bytes", func(t *testing.T) {
		_, err := s.Append(t.Context(), "gate-nil", 0, eventstore.Event{Type: "GateOpened"})
		require.NoError(t, err)
		got := collect(t, s.ReadStream(t.Context(), "gate-nil", 0))
		require.Len(t, got, 1)
		require.Empty(t, got[0].Data)
		require.Empty(t, got[0].Metadata)
	})
	t.Run("bytes changed after the append are not the stored ones", func(t *testing.T) {
		e := event("gate-reused", 0)
		want := string(e.Data)
		_, err := s.Append(t.Context(), "gate-reused", 0, e)
		require.NoError(t, err)
		clear(e.Data)
		require.Equal(t, want, string(collect(t, s.ReadStream(t.Context(), "gate-reused", 0))[0].Data))
	})
}

func testCommitments(t *testing.T, s eventstore.Store) {
	must(t, s, "gate-a", 0, 3)
	must(t, s, "gate-b", 0, 3)
	seen := map[eventstore.Commitment]bool{}
	for _, r := range all(t, s) {
		require.Equal(t, eventstore.Commit(r.Stream, r.Revision, event(r.Stream, int(r.Revision)-1)), r.Commitment)
		seen[r.Commitment] = true
	}
	require.Len(t, seen, 6)
}

func testManyStreams(t *testing.T, s eventstore.Store) {
	const streams, rounds = 100, 3
	name := func(i int) string { return fmt.Sprintf("gate-%03d", i) }
	for round := range rounds {
		for i := range streams {
			must(t, s, name(i), round, round+1)
		}
	}
	requireSound(t, all(t, s))
	for i := range streams {
		got := collect(t, s.ReadStream(t.Context(), name(i), 0))
		require.Len(t, got, rounds)
		for n, r := range got {
			require.Equal(t, event(name(i), n), r.Event)
		}
	}
}
