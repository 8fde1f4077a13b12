// Package identitytest is the contract of identity.Store as tests, and a store in memory. Every adapter runs it.
package identitytest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
)

// Memory is a store that forgets everything with the process. The zero value is empty.
type Memory struct {
	mu      sync.Mutex
	entries map[[2]string]access.Entry
}

var _ identity.Store = (*Memory)(nil)

func at(kind access.EntryKind, key string) [2]string { return [2]string{string(kind), key} }

// Get implements identity.Store.
func (m *Memory) Get(ctx context.Context, kind access.EntryKind, key string) (access.Entry, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.entries[at(kind, key)]
	e.Body = slices.Clone(e.Body)
	return e, ok, ctx.Err()
}

// List implements identity.Store.
func (m *Memory) List(ctx context.Context, kind access.EntryKind, principal string) ([]access.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []access.Entry
	for _, e := range m.entries {
		if e.Kind == kind && (principal == "" || e.Principal == principal) {
			e.Body = slices.Clone(e.Body)
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b access.Entry) int { return cmp.Compare(a.Key, b.Key) })
	return out, ctx.Err()
}

// Put implements identity.Store.
func (m *Memory) Put(ctx context.Context, e access.Entry) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.entries == nil {
		m.entries = map[[2]string]access.Entry{}
	}
	if m.entries[at(e.Kind, e.Key)].Version != e.Version {
		return false, ctx.Err()
	}
	e.Version++
	e.Body = slices.Clone(e.Body)
	m.entries[at(e.Kind, e.Key)] = e
	return true, ctx.Err()
}

// Delete implements identity.Store.
func (m *Memory) Delete(ctx context.Context, kind access.EntryKind, key string) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, ok := m.entries[at(kind, key)]
	delete(m.entries, at(kind, key))
	return ok, ctx.Err()
}

// Purge implements identity.Store.
func (m *Memory) Purge(ctx context.Context, now domain.Instant) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, e := range m.entries {
		if e.ExpiresAt > 0 && e.ExpiresAt <= now {
			delete(m.entries, k)
		}
	}
	return ctx.Err()
}

// Run proves that the store which open returns, empty for every case, keeps the promises of identity.Store.
func Run(t *testing.T, open func(t *testing.T) identity.Store) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, identity.Store)
	}{
		{"what never was is not found", testNever},
		{"an entry comes back as it was put", testPut},
		{"an entry is put over the version that was read", testVersion},
		{"of entries put at once exactly one wins", testAtOnce},
		{"a deleted entry is gone and may be put anew", testDelete},
		{"entries are listed by kind and principal in the order of keys", testList},
		{"what has expired is purged, and nothing else", testPurge},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

func entry(kind access.EntryKind, key, principal string) access.Entry {
	return access.Entry{Kind: kind, Key: key, Principal: principal, ExpiresAt: 1_790_000_000_123, Body: []byte(`{"n":1}`)}
}

func testNever(t *testing.T, s identity.Store) {
	_, ok, err := s.Get(t.Context(), access.SessionEntry, "k")
	require.NoError(t, err)
	require.False(t, ok)
	list, err := s.List(t.Context(), access.SessionEntry, "")
	require.NoError(t, err)
	require.Empty(t, list)
	there, err := s.Delete(t.Context(), access.SessionEntry, "k")
	require.NoError(t, err)
	require.False(t, there)
	stored, err := s.Put(t.Context(), access.Entry{Kind: access.SessionEntry, Key: "k", Version: 1})
	require.NoError(t, err)
	require.False(t, stored, "an entry that was deleted meanwhile does not come back")
}

func testPut(t *testing.T, s identity.Store) {
	want := entry(access.CredentialEntry, "k", "e1")
	stored, err := s.Put(t.Context(), want)
	require.NoError(t, err)
	require.True(t, stored)
	got, ok, err := s.Get(t.Context(), access.CredentialEntry, "k")
	require.NoError(t, err)
	require.True(t, ok)
	want.Version = 1
	require.Equal(t, want, got)
	_, ok, err = s.Get(t.Context(), access.SessionEntry, "k")
	require.NoError(t, err)
	require.False(t, ok, "of another kind")
}

func testVersion(t *testing.T, s identity.Store) {
	e := entry(access.TokenEntry, "k", "e1")
	for _, c := range []struct {
		version int64
		want    bool
	}{{0, true}, {0, false}, {2, false}, {1, true}, {1, false}, {2, true}} {
		e.Version, e.Body = c.version, fmt.Appendf(nil, `{"n":%d}`, c.version)
		stored, err := s.Put(t.Context(), e)
		require.NoError(t, err)
		require.Equal(t, c.want, stored, "version %d", c.version)
	}
	got, _, err := s.Get(t.Context(), access.TokenEntry, "k")
	require.NoError(t, err)
	require.Equal(t, int64(3), got.Version)
	require.JSONEq(t, `{"n":2}`, string(got.Body))
}

func testAtOnce(t *testing.T, s identity.Store) {
	var won atomic.Int32
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if stored, err := s.Put(t.Context(), entry(access.InvitationEntry, "k", "e1")); err == nil && stored {
				won.Add(1)
			}
		})
	}
	all.Wait()
	require.Equal(t, int32(1), won.Load())
}

func testDelete(t *testing.T, s identity.Store) {
	for range 2 {
		stored, err := s.Put(t.Context(), entry(access.CredentialEntry, "k", "e1"))
		require.NoError(t, err)
		require.True(t, stored)
		there, err := s.Delete(t.Context(), access.CredentialEntry, "k")
		require.NoError(t, err)
		require.True(t, there)
		_, ok, err := s.Get(t.Context(), access.CredentialEntry, "k")
		require.NoError(t, err)
		require.False(t, ok)
	}
}

func testList(t *testing.T, s identity.Store) {
	for _, e := range []access.Entry{
		entry(access.SessionEntry, "b", "e1"), entry(access.SessionEntry, "a", "e1"), entry(access.SessionEntry, "c", "e2"),
		entry(access.TokenEntry, "d", "e1"),
	} {
		_, err := s.Put(t.Context(), e)
		require.NoError(t, err)
	}
	keys := func(kind access.EntryKind, principal string) (out []string) {
		list, err := s.List(t.Context(), kind, principal)
		require.NoError(t, err)
		for _, e := range list {
			out = append(out, e.Key)
		}
		return out
	}
	require.Equal(t, []string{"a", "b"}, keys(access.SessionEntry, "e1"))
	require.Equal(t, []string{"a", "b", "c"}, keys(access.SessionEntry, ""))
	require.Equal(t, []string{"d"}, keys(access.TokenEntry, "e1"))
	require.Empty(t, keys(access.TokenEntry, "e2"))
}

func testPurge(t *testing.T, s identity.Store) {
	for key, expires := range map[string]domain.Instant{"never": 0, "before": 99, "then": 100, "after": 101} {
		e := entry(access.SessionEntry, key, "e1")
		e.ExpiresAt = expires
		_, err := s.Put(t.Context(), e)
		require.NoError(t, err)
	}
	require.NoError(t, s.Purge(t.Context(), 100))
	list, err := s.List(t.Context(), access.SessionEntry, "")
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, []string{"after", "never"}, []string{list[0].Key, list[1].Key})
}
