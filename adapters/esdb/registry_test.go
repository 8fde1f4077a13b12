package esdb_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/esdb"
)

func TestAFileOfUsersKeepsNoPasswords(t *testing.T) {
	path := filepath.Join(t.TempDir(), "users")
	first, err := esdb.AddUser(path, "payroll", []string{"reader", "clerk"})
	require.NoError(t, err)
	second, err := esdb.AddUser(path, "writer", []string{"ledger"})
	require.NoError(t, err)
	_, err = esdb.AddUser(path, "payroll", []string{"reader"})
	require.ErrorIs(t, err, esdb.ErrUserExists)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NotContains(t, string(text), first)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	r, err := esdb.OpenRegistry(path)
	require.NoError(t, err)
	user, ok := r.Authenticate("payroll", first)
	require.True(t, ok)
	require.Equal(t, []string{"reader", "clerk"}, user.Roles)
	_, ok = r.Authenticate("payroll", second)
	require.False(t, ok)
	_, ok = r.Authenticate("nobody", "")
	require.False(t, ok)
}

func TestWhatIsWrongWithAFileOfUsers(t *testing.T) {
	hash := "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	for problem, text := range map[string]string{
		"line 1: want a name, roles and a hash":        "payroll reader\n",
		"line 3: the name is not one":                  "# users\n\nPay:roll reader " + hash,
		"line 1: a role is not one":                    "payroll reader,$everything " + hash,
		"line 1: the hash is not one":                  "payroll reader " + hash[1:],
		"line 2: there is another line with that name": "payroll reader " + hash + "\npayroll ledger " + hash,
	} {
		path := filepath.Join(t.TempDir(), "users")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err := esdb.OpenRegistry(path)
		require.ErrorContains(t, err, problem)
	}
}
