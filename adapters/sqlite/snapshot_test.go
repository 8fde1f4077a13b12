package sqlite_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore"
	"github.com/punchledger/punchledger/eventstore/vault"
)

// writing calls f with the first page that is written, and keeps all.
type writing struct {
	bytes.Buffer
	f func()
}

func (w *writing) Write(p []byte) (int, error) {
	if w.Len() == 0 && w.f != nil {
		w.f()
	}
	return w.Buffer.Write(p)
}

func copied(t *testing.T, content []byte, h sqlite.Head) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(ledger(dir), content, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "ledger.head"), h.Guard(), 0o600))
	return dir
}

func TestACopyOfALogIsOneMoment(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	append1(t, l, "gate-a", 0, 300)
	var p eventstore.Place
	// What is appended while the copy is under way waits for nothing and is not in it.
	w := &writing{f: func() { p = append1(t, l, "gate-a", 300, 900) }}
	head, err := sqlite.CopyLog(t.Context(), ledger(dir), w)
	require.NoError(t, err)
	require.Equal(t, eventstore.Cursor(300), head.Cursor)
	require.Equal(t, eventstore.Cursor(900), p.Cursor)

	to := copied(t, w.Bytes(), head)
	r, err := sqlite.OpenReader(ledger(to))
	require.NoError(t, err)
	got := records(t, r)
	require.NoError(t, r.Close())
	require.Len(t, got, 300)
	require.Equal(t, head.Commitment, got[299].Commitment)
	files, err := os.ReadDir(to)
	require.NoError(t, err)
	require.Len(t, files, 2, "reading a copy leaves nothing beside it")

	again := open(t, to)
	append1(t, again, "gate-a", 300, 301)
	require.Len(t, records(t, again), 301, "a copy can be written on")
	require.Len(t, records(t, l), 900)
}

func TestCopiesBesideManyWritersAreWhole(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	var writers sync.WaitGroup
	for _, name := range []string{"gate-a", "gate-b", "gate-c"} {
		writers.Go(func() { append1(t, l, name, 0, 400) })
	}
	for range 10 {
		var w writing
		head, err := sqlite.CopyLog(t.Context(), ledger(dir), &w)
		require.NoError(t, err)
		r, err := sqlite.OpenReader(ledger(copied(t, w.Bytes(), head)))
		require.NoError(t, err)
		require.Len(t, records(t, r), int(head.Cursor))
		require.NoError(t, r.Close())
	}
	writers.Wait()
}

func TestACopyOfAVaultHoldsItsKeysAndNoErasedOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vault.db")
	v, err := sqlite.OpenVault(path, sqlite.VaultOptions{Create: true})
	require.NoError(t, err)
	defer func() { require.NoError(t, v.Close()) }()
	key := func(id string) vault.Key {
		return vault.Key{
			ID: id, Subject: id, Class: domain.ClassText, Period: "2026", Epoch: 1, Wrapped: []byte("wrapped " + id),
			State: vault.Active,
		}
	}
	for _, id := range []string{"k1", "k2"} {
		_, err = v.Put(t.Context(), key(id))
		require.NoError(t, err)
	}
	require.NoError(t, v.Erase(t.Context(), "k1"))
	var w writing
	require.NoError(t, sqlite.CopyVault(t.Context(), path, &w))
	require.NotContains(t, w.String(), "wrapped k1")

	to := filepath.Join(t.TempDir(), "vault.db")
	require.NoError(t, os.WriteFile(to, w.Bytes(), 0o600))
	require.NoError(t, sqlite.CheckVault(to))
	c, err := sqlite.OpenVault(to, sqlite.VaultOptions{ReadOnly: true})
	require.NoError(t, err)
	got, found, err := c.Get(t.Context(), "k2")
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, []byte("wrapped k2"), got.Wrapped)
	require.NoError(t, c.Close())

	damaged := bytes.Clone(w.Bytes())
	clear(damaged[4096:])
	require.NoError(t, os.WriteFile(to, damaged, 0o600))
	require.Error(t, sqlite.CheckVault(to))
}

func TestACopyThatCannotBeMadeSaysWhy(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	append1(t, l, "gate-a", 0, 100)
	full := errors.New("no space left on device")
	_, err := sqlite.CopyLog(t.Context(), ledger(dir), refusing{full})
	require.ErrorIs(t, err, full)
	ctx, stop := context.WithCancel(t.Context())
	_, err = sqlite.CopyLog(ctx, ledger(dir), &writing{f: stop})
	require.ErrorIs(t, err, context.Canceled)
	_, err = sqlite.CopyLog(t.Context(), ledger(t.TempDir()), &writing{})
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorIs(t, sqlite.CopyVault(t.Context(), filepath.Join(t.TempDir(), "vault.db"), &writing{}), fs.ErrNotExist)
	var foreign *sqlite.ForeignFileError
	require.ErrorAs(t, sqlite.CopyVault(t.Context(), ledger(dir), &writing{}), &foreign)
	_, err = sqlite.ReadHead(filepath.Join(t.TempDir(), "ledger.head"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.Len(t, records(t, l), 100)
}

// refusing is a disk that takes nothing.
type refusing struct{ err error }

func (r refusing) Write([]byte) (int, error) { return 0, r.err }
