package vault_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/eventstore/vault"
)

// FuzzEpochKeyFile reads a key file that somebody has had in hand. It is the key, or an error that says what the file is not and
// repeats nothing of it.
func FuzzEpochKeyFile(f *testing.F) {
	const head = "punchledger-epoch-key-v1\n"
	key := strings.Repeat("A", 43)
	for _, text := range []string{
		head + "epoch 1\n" + key + "\n", head + "epoch 0\n" + key, head + "epoch 99999999999999999999\n" + key, head + "epoch 1\r\n" + key + "\r\n",
		head, "", "\x00", head + "epoch 1\nAAAA\n", head + "epoch 1\n" + key + "=\n", "punchledger-epoch-key-v2\nepoch 1\n" + key,
	} {
		f.Add([]byte(text))
	}
	path := filepath.Join(f.TempDir(), "kek")
	f.Fuzz(func(t *testing.T, text []byte) {
		require.NoError(t, os.WriteFile(path, text, 0o600))
		k, err := vault.LoadEpochKey(path)
		if err == nil {
			require.Positive(t, k.Epoch)
			require.True(t, strings.HasPrefix(string(text), head))
			return
		}
		var bad *vault.EpochKeyError
		require.ErrorAs(t, err, &bad)
		require.Equal(t, vault.KeyDamaged, bad.Fault)
		require.Less(t, len(err.Error()), len(path)+200)
	})
}
