package vault_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/eventstore/vault"
)

// systemd hands a service a key as a file of root with an access list, which shows as a mode of 0440. The same mode on somebody's own file
// opens it to a group.
func TestAKeyThatSystemdHandsOverIsTheServicesOwn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	_, err := vault.CreateEpochKey(path)
	require.NoError(t, err)
	require.NoError(t, os.Chmod(path, 0o440))
	if os.Getuid() != 0 {
		_, err = vault.LoadEpochKey(path)
		require.Error(t, err, "it is not root's")
		return
	}
	_, err = vault.LoadEpochKey(path)
	require.NoError(t, err)
	for _, mode := range []os.FileMode{0o640, 0o444, 0o460} {
		require.NoError(t, os.Chmod(path, mode))
		_, err = vault.LoadEpochKey(path)
		require.Error(t, err, "%v", mode)
	}
	require.NoError(t, os.Chmod(path, 0o440))
	require.NoError(t, os.Chown(path, 65532, 0))
	_, err = vault.LoadEpochKey(path)
	require.Error(t, err, "it is somebody's")
}
