package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/projections"
	"github.com/punchledger/punchledger/projections/viewtest"
)

// views returns views in a file of a new folder.
func views(tb testing.TB) viewtest.Store {
	tb.Helper()
	return viewsAt(tb, filepath.Join(tb.TempDir(), "views.db"))
}

func viewsAt(tb testing.TB, path string) *sqlite.Views {
	tb.Helper()
	v, err := sqlite.OpenViews(tb.Context(), path, "engine 1")
	require.NoError(tb, err)
	tb.Cleanup(func() {
		// Whatever a test did, the tallies are those of the rows.
		require.NoError(tb, errors.Join(v.Check(context.WithoutCancel(tb.Context())), v.Close()))
	})
	return v
}

func TestViews(t *testing.T) { viewtest.Run(t, views) }

func TestViewsInMemory(t *testing.T) {
	viewtest.Run(t, func(tb testing.TB) viewtest.Store {
		tb.Helper()
		return viewsAt(tb, ":memory:")
	})
}

func TestViewsAreDurable(t *testing.T) {
	viewtest.RunDurable(t, func(tb testing.TB, dir string) (viewtest.Store, func()) {
		tb.Helper()
		v, err := sqlite.OpenViews(tb.Context(), filepath.Join(dir, "views.db"), "engine 1")
		require.NoError(tb, err)
		return v, func() { require.NoError(tb, v.Close()) }
	})
}

func TestViewsOfAnotherShapeAreReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "views.db")
	v, err := sqlite.OpenViews(t.Context(), path, "engine 1")
	require.NoError(t, err)
	require.NoError(t, v.Close())
	alter(t, path, "DROP TABLE day; PRAGMA user_version = 99;")
	v = viewsAt(t, path)
	require.NoError(t, v.Drop(t.Context()))
}

func TestViewsOfAnotherEngineAreReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "views.db")
	one := projections.Checkpoint{Cursor: 1, Position: 1}
	for _, step := range []struct {
		shape string
		want  projections.Checkpoint
	}{{"engine 1", projections.Checkpoint{}}, {"engine 1", one}, {"engine 2", projections.Checkpoint{}}, {"engine 2", one}} {
		v, err := sqlite.OpenViews(t.Context(), path, step.shape)
		require.NoError(t, err)
		at, err := v.Checkpoint(t.Context(), "all")
		require.NoError(t, err)
		require.Equal(t, step.want, at, step.shape)
		require.NoError(t, v.Update(t.Context(), "all", at, one, func(projections.Tx) error { return nil }))
		require.NoError(t, v.Close())
	}
}

func TestFilesMayLieInFoldersOfAnyName(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "what? 100%41 #1")
	require.NoError(t, os.Mkdir(dir, 0o700))
	viewsAt(t, filepath.Join(dir, "views.db"))
	openVault(t, filepath.Join(dir, "vault.db"))
	for _, name := range []string{"views.db", "vault.db"} {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}
}

func TestEvaluation(t *testing.T) {
	viewtest.RunEvaluation(t, func(tb testing.TB) viewtest.Store {
		tb.Helper()
		return viewsAt(tb, ":memory:")
	})
}

// TestViewsOfAKilledProjector tries every step on views in memory, and some on a file.
func TestViewsOfAKilledProjector(t *testing.T) {
	t.Run("in memory", func(t *testing.T) {
		viewtest.RunKilled(t, func(tb testing.TB) viewtest.Store {
			tb.Helper()
			return viewsAt(tb, ":memory:")
		}, 1)
	})
	t.Run("in a file", func(t *testing.T) { viewtest.RunKilled(t, views, 11) })
}

// Whoever stops while something is projected is told that it was stopped, not how the transaction came to its end.
func TestWorkThatIsGivenUpSaysSo(t *testing.T) {
	v := viewsAt(t, filepath.Join(t.TempDir(), "views.db"))
	untilRefused := func(stop func()) func(projections.Tx) error {
		return func(tx projections.Tx) error {
			stop()
			for {
				if _, _, err := tx.Person(context.WithoutCancel(t.Context()), "e1"); err != nil {
					return err
				}
			}
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	require.ErrorIs(t, v.Update(ctx, "all", projections.Checkpoint{}, projections.Checkpoint{Cursor: 1}, untilRefused(stop)), context.Canceled)
	ctx, stop = context.WithCancel(t.Context())
	require.ErrorIs(t, v.Read(ctx, untilRefused(stop)), context.Canceled)
}
