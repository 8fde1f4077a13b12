package sqlite_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/projections/viewtest"
)

// views returns views in a file of a new folder.
func views(t testing.TB) viewtest.Store {
	t.Helper()
	return viewsAt(t, filepath.Join(t.TempDir(), "views.db"))
}

func viewsAt(t testing.TB, path string) *sqlite.Views {
	t.Helper()
	v, err := sqlite.OpenViews(t.Context(), path)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, v.Close()) })
	return v
}

func TestViews(t *testing.T) { viewtest.Run(t, views) }

func TestViewsInMemory(t *testing.T) {
	viewtest.Run(t, func(t testing.TB) viewtest.Store { return viewsAt(t, ":memory:") })
}

func TestViewsAreDurable(t *testing.T) {
	viewtest.RunDurable(t, func(t testing.TB, dir string) (viewtest.Store, func()) {
		v, err := sqlite.OpenViews(t.Context(), filepath.Join(dir, "views.db"))
		require.NoError(t, err)
		return v, func() { require.NoError(t, v.Close()) }
	})
}

func TestViewsOfAnotherShapeAreReplaced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "views.db")
	v, err := sqlite.OpenViews(t.Context(), path)
	require.NoError(t, err)
	require.NoError(t, v.Close())
	alter(t, path, "DROP TABLE day; PRAGMA user_version = 99;")
	v = viewsAt(t, path)
	require.NoError(t, v.Drop(t.Context()))
}

func TestEvaluation(t *testing.T) {
	viewtest.RunEvaluation(t, func(t testing.TB) viewtest.Store { return viewsAt(t, ":memory:") })
}
