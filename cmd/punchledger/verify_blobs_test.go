package main

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/files"
	"github.com/punchledger/punchledger/adapters/sqlite"
	"github.com/punchledger/punchledger/domain/evidence"
	"github.com/punchledger/punchledger/eventstore"
)

// Once a key is erased the files that it sealed are counted as erased, and the ledger is sound; a file that a crash has left is still named.
func TestVerifyTellsErasedFilesFromThoseThatNoEventNames(t *testing.T) {
	s := newShell(t)
	s.must("groups", "add", "office")
	s.must("people", "add", "--id", "e1", "--name", "Ann", "--group", "office", "--hired", "2026-01-01")
	s.write("note.pdf", []byte("%PDF-1.7\nnote\n%%EOF\n"))
	s.must("evidence", "add", "-e", "e1", "note.pdf")
	data := filepath.Join(s.dir, "ledger")
	r, err := openLogReader(&console{ctx: t.Context(), cfg: &Config{Data: data, KEK: data + ".kek"}})
	require.NoError(t, err)
	r.openVault(t.Context())
	require.NoError(t, r.sealed)
	var key string
	c := &console{ctx: t.Context()}
	require.NoError(t, r.evidence(c, func(_ eventstore.Decoded, e evidence.EvidenceStored) error {
		key = e.Ref.Key
		return nil
	}))
	require.NoError(t, r.Close())
	keys, v, err := openVault(t.Context(), r.data, r.kek, sqlite.VaultOptions{})
	require.NoError(t, err)
	require.NoError(t, v.Erase(t.Context(), key))
	require.NoError(t, keys.Close())
	left, err := blobsOf(data).Put([]byte("left by a crash"))
	require.NoError(t, err)
	code, out, problem := s.run("verify", "-o", "json")
	require.Equal(t, exitDone, code, "%s%s", out, problem)
	var found verdict
	require.NoError(t, json.Unmarshal([]byte(out), &found))
	require.True(t, found.OK)
	require.Equal(t, keptFiles{Events: 1, Files: 2, Erased: 1, Unnamed: []string{files.Folder + "/" + left}}, *found.Blobs)
}
