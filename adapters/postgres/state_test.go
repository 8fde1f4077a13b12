package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/postgres"
	"github.com/punchledger/punchledger/domain/access"
)

func TestAStateIsKeptOverANewOpenAndSeenByAllAtOnce(t *testing.T) {
	o := ours(keptAt(t))
	one, two := openState(t, o), openState(t, o)
	putEntry(t, one, access.SessionEntry, "k", "{}")
	want := access.Entry{Kind: access.SessionEntry, Key: "k", Principal: "e1", Version: 1, Body: []byte("{}")}
	for _, s := range []*postgres.State{one, two, openState(t, o)} {
		got, there, err := s.Get(t.Context(), access.SessionEntry, "k")
		require.NoError(t, err)
		require.True(t, there)
		require.Equal(t, want, got)
	}
	there, err := two.Delete(t.Context(), access.SessionEntry, "k")
	require.NoError(t, err)
	require.True(t, there)
	_, there, err = one.Get(t.Context(), access.SessionEntry, "k")
	require.NoError(t, err)
	require.False(t, there, "what another process has ended is ended here")
}

func TestAStateForgetsKinds(t *testing.T) {
	s := openState(t, ours(keptAt(t)))
	for _, kind := range []access.EntryKind{access.SessionEntry, access.TokenEntry, access.CredentialEntry} {
		putEntry(t, s, kind, "k", "{}")
	}
	require.NoError(t, s.Forget(t.Context(), access.SessionEntry, access.TokenEntry))
	all, err := s.All(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, access.CredentialEntry, all[0].Kind)
}

func TestAStateIsFilledOnce(t *testing.T) {
	s := openState(t, ours(keptAt(t)))
	entries := []access.Entry{
		{Kind: access.CredentialEntry, Key: "a", Principal: "e1", Version: 3, Body: []byte(`{"n":1}`)},
		{Kind: access.CredentialEntry, Key: "b", Principal: "e2", ExpiresAt: 1_790_000_000_123, Version: 1, Body: []byte{}},
		{Kind: "relay_endpoint", Key: "bus", Version: 9, Body: []byte(`{}`)},
	}
	imported, err := s.Import(t.Context(), entries)
	require.NoError(t, err)
	require.True(t, imported)
	got, err := s.All(t.Context())
	require.NoError(t, err)
	require.Equal(t, entries, got)
	imported, err = s.Import(t.Context(), entries[:1])
	require.NoError(t, err)
	require.False(t, imported, "it has entries")
	e := entries[0]
	stored, err := s.Put(t.Context(), e)
	require.NoError(t, err)
	require.True(t, stored, "versions go on where they were")
}
