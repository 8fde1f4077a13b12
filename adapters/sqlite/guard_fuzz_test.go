package sqlite_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite"
)

// FuzzHeadGuard reads a guard that somebody has edited. It names a record and is written as the same again, or it is said to be damaged.
func FuzzHeadGuard(f *testing.F) {
	c := strings.Repeat("A", 44)
	for _, text := range []string{
		`{"cursor":3,"commitment":"` + c + `"}`, `{"cursor":-1}`, `{"cursor":1e400}`, `{"cursor":18446744073709551616}`, `{"commitment":"AAAA"}`,
		"", "null", "[]", "\x00", `{"cursor":1}{"cursor":2}`, `{"cursor":1,"cursor":2}`,
	} {
		f.Add([]byte(text))
	}
	dir := f.TempDir()
	path, copied := filepath.Join(dir, "ledger.head"), filepath.Join(dir, "copy.head")
	f.Fuzz(func(t *testing.T, text []byte) {
		require.NoError(t, os.WriteFile(path, text, 0o600))
		cursor, commitment, ok, err := sqlite.ReadGuard(path)
		if err != nil {
			var damaged *sqlite.DamagedGuardError
			require.ErrorAs(t, err, &damaged)
			require.False(t, ok)
			require.Less(t, len(err.Error()), len(path)+500)
			return
		}
		require.True(t, ok)
		require.NoError(t, sqlite.WriteGuard(copied, cursor, commitment))
		c2, m2, ok, err := sqlite.ReadGuard(copied)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, cursor, c2)
		require.Equal(t, commitment, m2)
	})
}
