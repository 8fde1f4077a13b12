package sqlite_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain/access"
)

func openState(t *testing.T, path string) *sqlite.State {
	t.Helper()
	s, err := sqlite.OpenState(path, sqlite.StateOptions{Create: true, Fatal: func(err error) { t.Error(err) }})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func putEntry(t *testing.T, s *sqlite.State, kind access.EntryKind, key, body string) {
	t.Helper()
	stored, err := s.Put(t.Context(), access.Entry{Kind: kind, Key: key, Principal: "e1", Body: []byte(body)})
	require.NoError(t, err)
	require.True(t, stored)
}

func TestAStateIsKeptOverANewOpenAndIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := openState(t, path)
	putEntry(t, s, access.CredentialEntry, "k", "{}")
	for _, name := range []string{path, path + "-wal"} {
		info, err := os.Stat(name)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode(), name)
	}
	require.NoError(t, s.Check(t.Context()))
	require.NoError(t, s.Close())
	e, ok, err := openState(t, path).Get(t.Context(), access.CredentialEntry, "k")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, access.Entry{Kind: access.CredentialEntry, Key: "k", Principal: "e1", Version: 1, Body: []byte("{}")}, e)
}

func TestARemovedCredentialIsNotLeftInTheFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := openState(t, path)
	hash := strings.Repeat("$argon2id$secret-hash", 40)
	for _, key := range []string{"k1", "k2", "k3"} {
		putEntry(t, s, access.CredentialEntry, key, key+hash)
	}
	_, err := s.Delete(t.Context(), access.CredentialEntry, "k2")
	require.NoError(t, err)
	var all []byte
	files, err := filepath.Glob(path + "*")
	require.NoError(t, err)
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		all = append(all, b...)
	}
	require.True(t, bytes.Contains(all, []byte("k1"+hash)))
	require.False(t, bytes.Contains(all, []byte("k2"+hash)))
}

func TestAStateForgetsKinds(t *testing.T) {
	s := openState(t, filepath.Join(t.TempDir(), "state.db"))
	for _, kind := range []access.EntryKind{access.SessionEntry, access.TokenEntry, access.CredentialEntry} {
		putEntry(t, s, kind, "k", "{}")
	}
	require.NoError(t, s.Forget(t.Context(), access.SessionEntry, access.TokenEntry))
	for kind, want := range map[access.EntryKind]int{access.SessionEntry: 0, access.TokenEntry: 0, access.CredentialEntry: 1} {
		list, err := s.List(t.Context(), kind, "")
		require.NoError(t, err)
		require.Len(t, list, want)
	}
}

func TestAStateIsReadBesideItsWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	for _, opts := range []sqlite.StateOptions{{}, {ReadOnly: true}, {ReadOnly: true, Create: true}} {
		_, err := sqlite.OpenState(path, opts)
		require.ErrorIs(t, err, os.ErrNotExist)
	}
	s := openState(t, path)
	putEntry(t, s, access.SessionEntry, "k", "{}")
	beside, err := sqlite.OpenState(path, sqlite.StateOptions{ReadOnly: true})
	require.NoError(t, err)
	_, ok, err := beside.Get(t.Context(), access.SessionEntry, "k")
	require.NoError(t, err)
	require.True(t, ok)
	_, err = beside.Put(t.Context(), access.Entry{Kind: access.SessionEntry, Key: "k2"})
	require.ErrorIs(t, err, sqlite.ErrStateReadOnly)
	_, err = beside.Delete(t.Context(), access.SessionEntry, "k")
	require.ErrorIs(t, err, sqlite.ErrStateReadOnly)
	require.NoError(t, beside.Close())
	require.NoError(t, beside.Close())
	_, _, err = beside.Get(t.Context(), access.SessionEntry, "k")
	require.ErrorIs(t, err, sqlite.ErrClosed)
}

func TestAStateStopsAtAnUnexpectedError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	var reported []error
	s, err := sqlite.OpenState(path, sqlite.StateOptions{Create: true, Fatal: func(err error) { reported = append(reported, err) }})
	require.NoError(t, err)
	alter(t, path, "CREATE TRIGGER broken BEFORE INSERT ON entries BEGIN SELECT RAISE(ABORT, 'the disk is on fire'); END")
	for range 2 {
		_, err = s.Put(t.Context(), access.Entry{Kind: access.SessionEntry, Key: "k"})
		var failed *sqlite.FailedError
		require.ErrorAs(t, err, &failed)
		require.ErrorContains(t, err, "the disk is on fire")
	}
	require.Len(t, reported, 1)
	require.Error(t, s.Close())
}

func TestAStateRefusesFilesThatAreNotIts(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, openVault(t, filepath.Join(dir, "vault.db")).Close())
	var foreign *sqlite.ForeignFileError
	_, err := sqlite.OpenState(filepath.Join(dir, "vault.db"), sqlite.StateOptions{})
	require.ErrorAs(t, err, &foreign)

	path := filepath.Join(dir, "state.db")
	require.NoError(t, openState(t, path).Close())
	alter(t, path, "PRAGMA user_version = 9")
	_, err = sqlite.OpenState(path, sqlite.StateOptions{})
	var newer *sqlite.NewerFileError
	require.ErrorAs(t, err, &newer)
	alter(t, path, "PRAGMA user_version = 1")
	alter(t, path, "DROP INDEX entries_of")
	_, err = sqlite.OpenState(path, sqlite.StateOptions{})
	var damaged *sqlite.DamagedError
	require.ErrorAs(t, err, &damaged)
	require.Equal(t, "state", damaged.Kind)
}

func TestAStateIsCopiedWhileItIsWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	require.ErrorIs(t, sqlite.CopyState(t.Context(), path, new(bytes.Buffer)), os.ErrNotExist)
	s := openState(t, path)
	putEntry(t, s, access.CredentialEntry, "k", "{}")
	var b bytes.Buffer
	require.NoError(t, sqlite.CopyState(t.Context(), path, &b))
	copied := filepath.Join(t.TempDir(), "state.db")
	require.NoError(t, os.WriteFile(copied, b.Bytes(), 0o600))
	require.NoError(t, sqlite.CheckState(copied))
	_, ok, err := openState(t, copied).Get(t.Context(), access.CredentialEntry, "k")
	require.NoError(t, err)
	require.True(t, ok)
}

func TestAStateIsFilledWithEntriesAsTheyAre(t *testing.T) {
	s := openState(t, filepath.Join(t.TempDir(), "state.db"))
	entries := []access.Entry{
		{Kind: access.CredentialEntry, Key: "a", Principal: "e1", Version: 3, Body: []byte(`{"n":1}`)},
		{Kind: access.CredentialEntry, Key: "b", Principal: "e2", ExpiresAt: 1_790_000_000_123, Version: 1, Body: []byte{}},
		{Kind: "relay_endpoint", Key: "bus", Version: 9, Body: []byte(`{}`)},
	}
	require.NoError(t, s.Import(t.Context(), entries))
	all, err := s.All(t.Context())
	require.NoError(t, err)
	require.Equal(t, entries, all)
	stored, err := s.Put(t.Context(), entries[0])
	require.NoError(t, err)
	require.True(t, stored, "versions go on where they were")
}

func TestAStateIsFilledWholeOrNotAtAll(t *testing.T) {
	var reported []error
	path := filepath.Join(t.TempDir(), "state.db")
	s, err := sqlite.OpenState(path, sqlite.StateOptions{Create: true, Fatal: func(err error) { reported = append(reported, err) }})
	require.NoError(t, err)
	e := access.Entry{Kind: access.CredentialEntry, Key: "a", Principal: "e1", Version: 1, Body: []byte("{}")}
	require.ErrorContains(t, s.Import(t.Context(), []access.Entry{e, e}), "already")
	require.Len(t, reported, 1)
	require.Error(t, s.Close())
	all, err := openState(t, path).All(t.Context())
	require.NoError(t, err)
	require.Empty(t, all)
}
