package postgres_test

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/postgres"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore/vault"
	"github.com/punchledger/punchledger/eventstore/vault/vaulttest"
)

func TestVault(t *testing.T) {
	vaulttest.Run(t, func(t *testing.T) vault.Keys {
		t.Helper()
		return openVault(t, ours(keptAt(t)))
	})
}

func TestAVaultKeepsKeysAndErasuresOverANewOpen(t *testing.T) {
	o := ours(keptAt(t))
	epoch, err := vault.NewEpochKey(rand.Reader, 1)
	require.NoError(t, err)
	seal := func(v *vault.Vault, period string) (domain.Secret, error) {
		return v.Seal(t.Context(), "e1", period, "timecard-e1", "PunchAccepted", domain.NewSecret(domain.ClassText, "late train"))
	}
	v, err := vault.New(t.Context(), openVault(t, o), epoch, vault.Options{Create: true})
	require.NoError(t, err)
	kept, err := seal(v, "2026")
	require.NoError(t, err)
	erased, err := seal(v, "2027")
	require.NoError(t, err)
	require.NoError(t, v.Erase(t.Context(), erased.Key))

	v, err = vault.New(t.Context(), openVault(t, o), epoch, vault.Options{})
	require.NoError(t, err)
	require.NoError(t, v.Check(t.Context()))
	clear, err := v.Open(t.Context(), "timecard-e1", "PunchAccepted", kept)
	require.NoError(t, err)
	require.Equal(t, "late train", string(clear))
	var gone *vault.ErasedError
	_, err = v.Open(t.Context(), "timecard-e1", "PunchAccepted", erased)
	require.ErrorAs(t, err, &gone)
	_, err = seal(v, "2027")
	require.ErrorAs(t, err, &gone)
	another, err := vault.NewEpochKey(rand.Reader, 1)
	require.NoError(t, err)
	_, err = vault.New(t.Context(), openVault(t, o), another, vault.Options{})
	require.ErrorAs(t, err, new(*vault.WrongEpochKeyError))
}

// TestAnErasedKeyIsOutOfTheTable shows what docs/postgres.md says of erasing: the key is out of the table at once, and out of the file
// of the table when that is written anew.
func TestAnErasedKeyIsOutOfTheTable(t *testing.T) {
	address := keptAt(t)
	v := openVault(t, ours(address))
	for _, id := range []string{"k1", "k2", "k3"} {
		_, err := v.Put(t.Context(), keyOf(id))
		require.NoError(t, err)
	}
	require.NoError(t, v.Erase(t.Context(), "k2"))
	c := connect(t, address)
	var there int
	require.NoError(t, c.QueryRow(t.Context(), "SELECT count(*) FROM vault_key WHERE wrapped = $1", keyOf("k2").Wrapped).Scan(&there))
	require.Zero(t, there)
	for _, statement := range []string{"VACUUM FULL vault_key", "CHECKPOINT"} {
		_, err := c.Exec(t.Context(), statement)
		require.NoError(t, err)
	}
	var file []byte
	require.NoError(t, c.QueryRow(t.Context(), "SELECT pg_read_binary_file(pg_relation_filepath('vault_key'))").Scan(&file))
	require.Contains(t, string(file), string(keyOf("k1").Wrapped))
	require.NotContains(t, string(file), string(keyOf("k2").Wrapped))
}

func TestKeysOfABackupAreAddedAndErasedOnesStayErased(t *testing.T) {
	v := openVault(t, ours(keptAt(t)))
	for _, id := range []string{"k1", "k2", "later"} { // what the database has kept after the backup
		_, err := v.Put(t.Context(), keyOf(id))
		require.NoError(t, err)
	}
	require.NoError(t, v.Erase(t.Context(), "k1"))
	gone := keyOf("k2")
	gone.Wrapped, gone.State = nil, vault.Erased
	backup := []vault.Key{keyOf("k1"), gone, keyOf("k3")}
	for range 2 { // a restore that was stopped is begun again
		require.NoError(t, v.Import(t.Context(), "ours", backup))
		got := map[string]vault.State{}
		require.NoError(t, v.All(t.Context(), func(k vault.Key) error {
			got[k.ID] = k.State
			return nil
		}))
		require.Equal(t, map[string]vault.State{"k1": vault.Erased, "k2": vault.Erased, "k3": vault.Active, "later": vault.Active}, got)
	}
	require.ErrorAs(t, v.Import(t.Context(), "theirs", nil), new(*postgres.OwnedError))
	other := keyOf("k3")
	other.ID = "another"
	require.ErrorAs(t, v.Import(t.Context(), "ours", []vault.Key{keyOf("k4"), other}), new(*postgres.OwnedError))
	_, there, err := v.Get(t.Context(), "k4")
	require.NoError(t, err)
	require.False(t, there, "all or nothing")
}

func TestManyKeysAreAdded(t *testing.T) {
	v := openVault(t, ours(keptAt(t)))
	keys := make([]vault.Key, 12_345)
	for i := range keys {
		keys[i] = keyOf(fmt.Sprintf("k%05d", i))
	}
	require.NoError(t, v.Import(t.Context(), "ours", keys))
	n := 0
	require.NoError(t, v.All(t.Context(), func(k vault.Key) error {
		require.Equal(t, keys[n], k)
		n++
		return nil
	}))
	require.Equal(t, len(keys), n)
}

func TestNoKeyIsInAnError(t *testing.T) {
	address := keptAt(t)
	v := openVault(t, ours(address))
	_, err := connect(t, address).Exec(t.Context(), "ALTER TABLE vault_key ADD CHECK (subject <> 'e1')")
	require.NoError(t, err)
	_, err = v.Put(t.Context(), keyOf("k1"))
	require.Error(t, err)
	require.False(t, strings.Contains(err.Error(), "wrapped key bytes"), "%v", err)
}
