package sqlite_test

import (
	"bytes"
	"crypto/rand"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore/vault"
	"github.com/punchledger/punchledger/eventstore/vault/vaulttest"
)

func openVault(t *testing.T, path string) *sqlite.Vault {
	t.Helper()
	v, err := sqlite.OpenVault(path, sqlite.VaultOptions{Create: true, Fatal: func(err error) { t.Error(err) }})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, v.Close()) })
	return v
}

func TestVault(t *testing.T) {
	vaulttest.Run(t, func(t *testing.T) vault.Keys {
		t.Helper()
		return openVault(t, filepath.Join(t.TempDir(), "vault.db"))
	})
}

func TestVaultKeepsKeysAndErasuresOverANewOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault.db")
	epoch, err := vault.NewEpochKey(rand.Reader, 1)
	require.NoError(t, err)
	seal := func(v *vault.Vault, period string) (domain.Secret, error) {
		return v.Seal(t.Context(), "e1", period, "timecard-e1", "PunchAccepted", domain.NewSecret(domain.ClassText, "late train"))
	}
	keys := openVault(t, path)
	v, err := vault.New(t.Context(), keys, epoch, vault.Options{Create: true})
	require.NoError(t, err)
	kept, err := seal(v, "2026")
	require.NoError(t, err)
	erased, err := seal(v, "2027")
	require.NoError(t, err)
	require.NoError(t, v.Erase(t.Context(), erased.Key))
	require.NoError(t, keys.Close())

	v, err = vault.New(t.Context(), openVault(t, path), epoch, vault.Options{Create: true})
	require.NoError(t, err)
	clear, err := v.Open(t.Context(), "timecard-e1", "PunchAccepted", kept)
	require.NoError(t, err)
	require.Equal(t, "late train", string(clear))
	var gone *vault.ErasedError
	_, err = v.Open(t.Context(), "timecard-e1", "PunchAccepted", erased)
	require.ErrorAs(t, err, &gone)
	_, err = seal(v, "2027")
	require.ErrorAs(t, err, &gone)
}

func TestVaultRefusesAnotherEpochKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault.db")
	keys := openVault(t, path)
	for i := range 2 {
		epoch, err := vault.NewEpochKey(rand.Reader, 1)
		require.NoError(t, err)
		_, err = vault.New(t.Context(), keys, epoch, vault.Options{Create: true})
		if i == 0 {
			require.NoError(t, err)
			continue
		}
		var wrong *vault.WrongEpochKeyError
		require.ErrorAs(t, err, &wrong)
	}
}

func TestErasedKeysAreNotLeftInTheFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault.db")
	keys := openVault(t, path)
	wrapped := bytes.Repeat([]byte("wrapped-key-bytes"), 3)
	for _, id := range []string{"k1", "k2", "k3"} {
		_, err := keys.Put(t.Context(), vault.Key{
			ID: id, Subject: "e1", Class: domain.ClassText, Period: id, Epoch: 1, Wrapped: append([]byte(id), wrapped...), State: vault.Active,
		})
		require.NoError(t, err)
	}
	require.NoError(t, keys.Erase(t.Context(), "k2"))
	require.NoError(t, keys.Close())
	var all []byte
	files, err := filepath.Glob(path + "*")
	require.NoError(t, err)
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		all = append(all, b...)
	}
	require.Contains(t, string(all), "k1"+string(wrapped))
	require.NotContains(t, string(all), "k2"+string(wrapped))
}

func TestVaultStopsAtAnUnexpectedError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault.db")
	var reported []error
	keys, err := sqlite.OpenVault(path, sqlite.VaultOptions{Create: true, Fatal: func(err error) { reported = append(reported, err) }})
	require.NoError(t, err)
	alter(t, path, "CREATE TRIGGER broken BEFORE INSERT ON keys BEGIN SELECT RAISE(ABORT, 'the disk is on fire'); END")
	for range 2 {
		_, err = keys.Put(t.Context(), vault.Key{ID: "k1", Subject: "e1", State: vault.Active})
		var failed *sqlite.FailedError
		require.ErrorAs(t, err, &failed)
		require.ErrorContains(t, err, "the disk is on fire")
	}
	require.Len(t, reported, 1)
	require.Error(t, keys.Close())
}

func TestAVaultIsReadWithoutChangingIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault.db")
	for _, opts := range []sqlite.VaultOptions{{}, {ReadOnly: true}} {
		_, err := sqlite.OpenVault(path, opts)
		require.ErrorIs(t, err, os.ErrNotExist)
	}
	keys := openVault(t, path)
	_, err := keys.Put(t.Context(), vault.Key{ID: "k1", Subject: "e1", Class: domain.ClassText, Epoch: 1, State: vault.Active})
	require.NoError(t, err)

	beside, err := sqlite.OpenVault(path, sqlite.VaultOptions{ReadOnly: true})
	require.NoError(t, err)
	_, ok, err := beside.Get(t.Context(), "k1")
	require.NoError(t, err)
	require.True(t, ok)
	_, err = beside.Put(t.Context(), vault.Key{ID: "k2"})
	require.ErrorIs(t, err, sqlite.ErrVaultReadOnly)
	require.ErrorIs(t, beside.Erase(t.Context(), "k1"), sqlite.ErrVaultReadOnly)
	require.NoError(t, beside.Close())
	require.NoError(t, keys.Close())
}

func TestAVaultIsReadInAFolderThatMayNotBeWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault.db")
	require.NoError(t, openVault(t, path).Close())
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.Chmod(filepath.Dir(path), 0o500))
	defer func() { require.NoError(t, os.Chmod(filepath.Dir(path), 0o700)) }()
	v, err := sqlite.OpenVault(path, sqlite.VaultOptions{ReadOnly: true})
	require.NoError(t, err)
	require.NoError(t, v.Close())
	after, err := os.ReadFile(path) // root may write there all the same: it does not
	require.NoError(t, err)
	require.Equal(t, before, after)
}

func TestVaultRefusesFilesThatAreNotIts(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	require.NoError(t, l.Close())
	_, err := sqlite.OpenVault(filepath.Join(dir, "ledger.db"), sqlite.VaultOptions{Create: true})
	var foreign *sqlite.ForeignFileError
	require.ErrorAs(t, err, &foreign)

	path := filepath.Join(dir, "vault.db")
	require.NoError(t, openVault(t, path).Close())
	alter(t, path, "PRAGMA user_version = 9")
	_, err = sqlite.OpenVault(path, sqlite.VaultOptions{Create: true})
	var newer *sqlite.NewerFileError
	require.ErrorAs(t, err, &newer)
	require.Equal(t, 9, newer.Version)
}

// alter changes a file behind the back of those who have it open.
func alter(t *testing.T, path, statement string, args ...any) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), statement, args...)
	require.NoError(t, err)
	require.NoError(t, db.Close())
}

func TestAVaultIsFilledWithKeysAsTheyAre(t *testing.T) {
	keys := openVault(t, filepath.Join(t.TempDir(), "vault.db"))
	active := vault.Key{ID: "k1", Subject: "e1", Class: domain.ClassText, Period: "2026", Epoch: 2, Wrapped: []byte("w"), State: vault.Active, CreatedAt: 7}
	erased := vault.Key{ID: "k2", Subject: "e1", Class: domain.ClassText, Period: "2027", Epoch: 1, State: vault.Erased}
	require.NoError(t, keys.Import(t.Context(), nil))
	require.NoError(t, keys.Import(t.Context(), []vault.Key{active, erased}))
	var all []vault.Key
	require.NoError(t, keys.All(t.Context(), func(k vault.Key) error {
		all = append(all, k)
		return nil
	}))
	require.Equal(t, []vault.Key{active, erased}, all)
	other := active
	other.ID = "k3"
	require.ErrorContains(t, keys.Import(t.Context(), []vault.Key{other}), "has key")
}
