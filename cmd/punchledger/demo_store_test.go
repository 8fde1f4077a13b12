package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain/zone"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/memory"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/evaluate"
)

// TestDemoOnAStoreWithGaps copies the sample company into a store whose cursors have gaps and which knows no positions: the views
// come out equal, and so does every commitment.
func TestDemoOnAStoreWithGaps(t *testing.T) {
	s, _ := sampleCompany(t)
	ctx := t.Context()
	log, err := sqlite.OpenReader(filepath.Join(s.dir, "ledger", logFile))
	require.NoError(t, err)
	defer func() { require.NoError(t, log.Close()) }()
	gappy := memory.New(memory.Gappy(7))
	n := 0
	for rec, err := range log.ReadAll(ctx, 0) {
		require.NoError(t, err)
		place, err := gappy.Append(ctx, rec.Stream, rec.Revision-1, rec.Event)
		require.NoError(t, err)
		require.Equal(t, rec.Commitment, place.Commitment)
		require.Zero(t, place.Position)
		n++
	}
	require.Greater(t, n, 1000)
	head, err := gappy.Head(ctx)
	require.NoError(t, err)
	require.Greater(t, head, eventstore.Cursor(n), "there are gaps")

	views, err := openViews(ctx, ":memory:")
	require.NoError(t, err)
	defer func() { require.NoError(t, views.Close()) }()
	codec := ledger.NewCodec()
	runner := projections.Runner{
		Store: gappy, Codec: codec, Views: views, Batch: 997,
		Projector: projections.Together{evaluate.New(codec, zone.Embedded(), "another build"), projections.People{}},
	}
	require.NoError(t, runner.CatchUp(ctx))
	got, counts, err := projections.Fingerprint(ctx, views)
	require.NoError(t, err)
	require.Positive(t, counts.Rows)
	require.Equal(t, s.fingerprint(), got)
}
