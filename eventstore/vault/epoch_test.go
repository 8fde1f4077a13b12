package vault_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/eventstore/vault"
)

func TestEpochKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "epoch.key")
	created, err := vault.CreateEpochKey(path)
	require.NoError(t, err)
	require.Equal(t, 1, created.Epoch)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, fs.FileMode(0o600), info.Mode())
	loaded, err := vault.LoadEpochKey(path)
	require.NoError(t, err)
	require.Equal(t, created, loaded)

	text, err := os.ReadFile(path)
	require.NoError(t, err)
	lines := strings.Split(string(text), "\n")
	require.Equal(t, []string{"punchledger-epoch-key-v1", "epoch 1"}, lines[:2])
	require.Len(t, lines[2], 43)
	require.Equal(t, "", lines[3])
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		require.Equal(t, "epoch key 1", fmt.Sprintf(format, loaded))
	}

	_, err = vault.CreateEpochKey(path)
	require.ErrorIs(t, err, fs.ErrExist)
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, text, after)
}

func TestTwoEpochKeysDiffer(t *testing.T) {
	dir := t.TempDir()
	a, err := vault.CreateEpochKey(filepath.Join(dir, "a"))
	require.NoError(t, err)
	b, err := vault.CreateEpochKey(filepath.Join(dir, "b"))
	require.NoError(t, err)
	require.True(t, a != b)
}

func TestBadEpochKeyFilesAreNamed(t *testing.T) {
	key := strings.Repeat("A", 43)
	for _, c := range []struct {
		name, text string
		mode       fs.FileMode
		want       string
	}{
		{"empty", "", 0o600, "first line"},
		{"of a newer format", "punchledger-epoch-key-v2\nepoch 1\n" + key + "\n", 0o600, "first line"},
		{"without a key", "punchledger-epoch-key-v1\nepoch 1\n", 0o600, "2 lines"},
		{"with more lines", "punchledger-epoch-key-v1\nepoch 1\n" + key + "\n\n", 0o600, "4 lines"},
		{"without a number", "punchledger-epoch-key-v1\nepoch one\n" + key + "\n", 0o600, "second line"},
		{"of epoch 0", "punchledger-epoch-key-v1\nepoch 0\n" + key + "\n", 0o600, "second line"},
		{"with a short key", "punchledger-epoch-key-v1\nepoch 1\n" + key[1:] + "\n", 0o600, "third line"},
		{"with a key that is no base64url", "punchledger-epoch-key-v1\nepoch 1\n+" + key[1:] + "\n", 0o600, "third line"},
		{"readable by the group", "punchledger-epoch-key-v1\nepoch 1\n" + key + "\n", 0o640, "chmod 600"},
		{"readable by everybody", "punchledger-epoch-key-v1\nepoch 1\n" + key + "\n", 0o604, "chmod 600"},
	} {
		t.Run("a file "+c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "epoch.key")
			require.NoError(t, os.WriteFile(path, []byte(c.text), 0o600))
			require.NoError(t, os.Chmod(path, c.mode))
			_, err := vault.LoadEpochKey(path)
			bad, ok := errors.AsType[*vault.EpochKeyError](err)
			require.True(t, ok, "got %v", err)
			require.Equal(t, path, bad.Path)
			require.Contains(t, err.Error(), c.want)
			require.NotContains(t, err.Error(), key[1:])
		})
	}
	t.Run("a file that is missing", func(t *testing.T) {
		_, err := vault.LoadEpochKey(filepath.Join(t.TempDir(), "epoch.key"))
		require.ErrorIs(t, err, fs.ErrNotExist)
		require.ErrorContains(t, err, "is missing")
	})
	t.Run("a file below a file", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "epoch.key")
		require.NoError(t, os.WriteFile(path, nil, 0o600))
		_, err := vault.LoadEpochKey(filepath.Join(path, "epoch.key"))
		require.ErrorContains(t, err, "cannot be opened")
		_, err = vault.CreateEpochKey(filepath.Join(path, "epoch.key"))
		require.ErrorContains(t, err, "cannot be created")
	})
	t.Run("a folder", func(t *testing.T) {
		_, err := vault.LoadEpochKey(t.TempDir())
		_, ok := errors.AsType[*vault.EpochKeyError](err)
		require.True(t, ok, "got %v", err)
	})
}
