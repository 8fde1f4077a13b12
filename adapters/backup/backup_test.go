package backup_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/backup"
	"github.com/punchledger/punchledger/domain"
)

func content(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

// made is a backup of two files.
func made(t *testing.T) (dir, sum string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "b1")
	f, err := backup.Create(dir, 0)
	require.NoError(t, err)
	require.NoError(t, f.Add(t.Context(), "one", content("first")))
	require.NoError(t, f.Add(t.Context(), "two", content(strings.Repeat("second ", 500_000))))
	require.Equal(t, int64(5+7*500_000), f.Bytes())
	sum, err = f.Finish(t.Context())
	require.NoError(t, err)
	return dir, sum
}

func code(t *testing.T, err error) string {
	t.Helper()
	wrong, ok := errors.AsType[*domain.Error](err)
	require.True(t, ok, "got %v", err)
	return wrong.Code
}

func TestABackupIsCopiedWithItsHashes(t *testing.T) {
	dir, sum := made(t)
	s, err := backup.Open(dir)
	require.NoError(t, err)
	require.Equal(t, sum, s.Sum)
	require.Equal(t, []string{"one", "two"}, s.Names)
	to := t.TempDir()
	for _, name := range s.Names {
		require.NoError(t, s.Copy(t.Context(), name, to))
		got, err := os.ReadFile(filepath.Join(to, name))
		require.NoError(t, err)
		want, err := s.Read(name)
		require.NoError(t, err)
		require.Equal(t, want, got)
		info, err := os.Stat(filepath.Join(to, name))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode())
	}
	list, err := os.ReadFile(filepath.Join(dir, backup.Sums))
	require.NoError(t, err)
	h := sha256.Sum256(list)
	require.Equal(t, sum, hex.EncodeToString(h[:]))
}

// Whoever has no punchledger at hand checks a backup with what every system has.
func TestSha256sumChecksABackup(t *testing.T) {
	dir, _ := made(t)
	check := exec.CommandContext(t.Context(), "sha256sum", "--strict", "--check", backup.Sums)
	check.Dir = dir
	out, err := check.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

func TestADamagedBackupIsNamed(t *testing.T) {
	write := func(name, text string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
		}
	}
	list := func(change func(string) string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			t.Helper()
			text, err := os.ReadFile(filepath.Join(dir, backup.Sums))
			require.NoError(t, err)
			write(backup.Sums, change(string(text)))(t, dir)
		}
	}
	for name, c := range map[string]struct {
		damage func(t *testing.T, dir string)
		want   string
	}{
		"a flipped byte": {write("one", "girst"), "backup_damaged"},
		"a byte more":    {write("one", "first."), "backup_damaged"},
		"a missing file": {func(t *testing.T, dir string) {
			t.Helper()
			require.NoError(t, os.Remove(filepath.Join(dir, "one")))
		}, "backup_damaged"},
		"a changed hash":         {list(func(s string) string { return "0000" + s[4:] }), "backup_damaged"},
		"a hash that is none":    {list(func(s string) string { return "x" + s[1:] }), "backup_damaged"},
		"a name that leads away": {list(func(s string) string { return strings.Replace(s, "one", "../one", 1) }), "backup_damaged"},
		"a name twice":           {list(func(s string) string { return strings.Replace(s, "two", "one", 1) }), "backup_damaged"},
		"a line that is cut":     {list(func(s string) string { return s[:68] }), "backup_damaged"},
		"a list that is cut":     {list(func(s string) string { return s[strings.Index(s, "\n")+1:] }), "backup_damaged"},
		"no list": {func(t *testing.T, dir string) {
			t.Helper()
			require.NoError(t, os.Remove(filepath.Join(dir, backup.Sums)))
		}, "no_backup"},
	} {
		t.Run(name, func(t *testing.T) {
			dir, _ := made(t)
			c.damage(t, dir)
			s, err := backup.Open(dir)
			if err == nil {
				_, err = s.Read("one")
			}
			require.Equal(t, c.want, code(t, err))
		})
	}
}

func TestABackupHasItsNameOnlyWhenItIsWhole(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "b1")
	f, err := backup.Create(dir, 0)
	require.NoError(t, err)
	require.NoError(t, f.Add(t.Context(), "one", content("first")))
	require.NoDirExists(t, dir)
	_, err = backup.Create(dir, 0)
	require.Equal(t, "backup_unfinished", code(t, err))
	_, err = backup.Open(f.Path())
	require.Equal(t, "no_backup", code(t, err))

	full := errors.New("no space left on device")
	require.ErrorIs(t, f.Add(t.Context(), "two", func(io.Writer) error { return full }), full)
	require.NoError(t, f.Discard())
	require.NoDirExists(t, f.Path())

	f, err = backup.Create(dir, 0)
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(dir, 0o700)) // by somebody else, meanwhile
	_, err = f.Finish(t.Context())
	require.Equal(t, "backup_exists", code(t, err))
	_, err = backup.Create(dir, 0)
	require.Equal(t, "backup_exists", code(t, err))
}

func TestASlowBackupEndsWithItsContext(t *testing.T) {
	f, err := backup.Create(filepath.Join(t.TempDir(), "b1"), 1)
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	err = f.Add(ctx, "one", func(w io.Writer) error {
		stop()
		_, err := w.Write(make([]byte, 2<<20)) // at a byte a second
		return err
	})
	require.ErrorIs(t, err, context.Canceled)
}
