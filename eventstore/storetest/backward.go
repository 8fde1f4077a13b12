package storetest

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/eventstore"
)

// testBackward is for stores that implement eventstore.Backward.
func testBackward(t *testing.T, s eventstore.Store) {
	back, ok := s.(eventstore.Backward)
	if !ok {
		return
	}
	require.Empty(t, collect(t, back.ReadAllBack(t.Context(), math.MaxUint64)))
	require.Empty(t, collect(t, back.ReadStreamBack(t.Context(), "gate-0", math.MaxUint64)))
	const streams, each = 5, 300 // more than a page of any store
	for n := range each {
		for i := range streams {
			must(t, s, fmt.Sprintf("gate-%d", i), n, n+1)
		}
	}
	forward := all(t, s)
	reversed := func(records []eventstore.Record) []eventstore.Record {
		var out []eventstore.Record
		for _, r := range slices.Backward(records) {
			out = append(out, r)
		}
		return out
	}
	require.Equal(t, reversed(forward), collect(t, back.ReadAllBack(t.Context(), math.MaxUint64)))
	for _, end := range []int{0, 1, 2, 64, 777, len(forward) - 1} {
		require.Equal(t, reversed(forward[:end]), collect(t, back.ReadAllBack(t.Context(), forward[end].Cursor)), "before record %d", end)
	}
	require.Empty(t, collect(t, back.ReadAllBack(t.Context(), 0)))

	stream := collect(t, s.ReadStream(t.Context(), "gate-3", 0))
	require.Equal(t, reversed(stream), collect(t, back.ReadStreamBack(t.Context(), "gate-3", math.MaxUint64)))
	for _, end := range []int{0, 1, 2, 65, each - 1, each} {
		require.Equal(t, reversed(stream[:end]),
			collect(t, back.ReadStreamBack(t.Context(), "gate-3", eventstore.Revision(end+1))), "before revision %d", end+1)
	}
	require.Empty(t, collect(t, back.ReadStreamBack(t.Context(), "gate-3", 0)))
	require.Empty(t, collect(t, back.ReadStreamBack(t.Context(), "gate-nobody", math.MaxUint64)))

	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	var err error
	for _, err = range back.ReadAllBack(ctx, math.MaxUint64) {
		if n++; n == 3 {
			cancel()
		}
		if err != nil {
			break
		}
	}
	cancel()
	require.ErrorIs(t, err, context.Canceled)
}
