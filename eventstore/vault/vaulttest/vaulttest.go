// Package vaulttest is the contract of vault.Keys as tests. Every adapter runs it.
package vaulttest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/eventstore/vault"
)

// Run proves that the keys which open returns, empty for every case, keep the promises of vault.Keys and carry a vault.
func Run(t *testing.T, open func(t *testing.T) vault.Keys) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, vault.Keys)
	}{
		{"a key that never was is not found", testNever},
		{"a key comes back as it was put", testPut},
		{"a subject, class and period have one key", testOneKey},
		{"an erased key stays erased", testErase},
		{"all keys are listed, erased ones too", testAll},
		{"of keys put at once exactly one wins", testPutAtOnce},
		{"vaults that seal at once use one key", testSealAtOnce},
	} {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

func key(id, subject, period string) vault.Key {
	return vault.Key{
		ID: id, Subject: subject, Class: domain.ClassLocation, Period: period, Epoch: 1,
		Wrapped: []byte{0, 1, 2, 255}, State: vault.Active, CreatedAt: 1_790_000_000_123,
	}
}

func testNever(t *testing.T, keys vault.Keys) {
	_, ok, err := keys.Get(t.Context(), "k1")
	require.NoError(t, err)
	require.False(t, ok)
	_, ok, err = keys.Find(t.Context(), "e1", domain.ClassLocation, "202610")
	require.NoError(t, err)
	require.False(t, ok)
	require.Error(t, keys.Erase(t.Context(), "k1"))
}

func testPut(t *testing.T, keys vault.Keys) {
	want := key("k1", "e1", "202610")
	got, err := keys.Put(t.Context(), want)
	require.NoError(t, err)
	require.Equal(t, want, got)
	got, ok, err := keys.Get(t.Context(), "k1")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, want, got)
	got, ok, err = keys.Find(t.Context(), "e1", domain.ClassLocation, "202610")
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, want, got)
	for _, other := range []vault.Key{
		{Subject: "e2", Class: domain.ClassLocation, Period: "202610"},
		{Subject: "e1", Class: domain.ClassText, Period: "202610"},
		{Subject: "e1", Class: domain.ClassLocation, Period: "202611"},
	} {
		_, ok, err := keys.Find(t.Context(), other.Subject, other.Class, other.Period)
		require.NoError(t, err)
		require.False(t, ok)
	}
}

func testOneKey(t *testing.T, keys vault.Keys) {
	first, err := keys.Put(t.Context(), key("k1", "e1", "202610"))
	require.NoError(t, err)
	second, err := keys.Put(t.Context(), key("k2", "e1", "202610"))
	require.NoError(t, err)
	require.Equal(t, first, second)
	_, ok, err := keys.Get(t.Context(), "k2")
	require.NoError(t, err)
	require.False(t, ok)
}

func testErase(t *testing.T, keys vault.Keys) {
	_, err := keys.Put(t.Context(), key("k1", "e1", "202610"))
	require.NoError(t, err)
	require.NoError(t, keys.Erase(t.Context(), "k1"))
	require.NoError(t, keys.Erase(t.Context(), "k1"), "erasing again changes nothing")
	for range 2 {
		got, ok, err := keys.Find(t.Context(), "e1", domain.ClassLocation, "202610")
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, vault.Erased, got.State)
		require.Empty(t, got.Wrapped)
		got, err = keys.Put(t.Context(), key("k2", "e1", "202610"))
		require.NoError(t, err)
		require.Equal(t, "k1", got.ID)
		require.Equal(t, vault.Erased, got.State)
	}
}

func testAll(t *testing.T, keys vault.Keys) {
	want := map[string]vault.State{"k1": vault.Active, "k2": vault.Erased, "k3": vault.Active}
	for id := range want {
		_, err := keys.Put(t.Context(), key(id, "e1", id))
		require.NoError(t, err)
	}
	require.NoError(t, keys.Erase(t.Context(), "k2"))
	got := map[string]vault.State{}
	require.NoError(t, keys.All(t.Context(), func(k vault.Key) error {
		got[k.ID] = k.State
		return nil
	}))
	require.Equal(t, want, got)
	stop := errors.New("enough")
	n := 0
	require.ErrorIs(t, keys.All(t.Context(), func(vault.Key) error { n++; return stop }), stop)
	require.Equal(t, 1, n)
}

func testPutAtOnce(t *testing.T, keys vault.Keys) {
	const writers = 16
	for round := range 10 {
		var mu sync.Mutex
		won := map[string]bool{}
		var puts errgroup.Group
		for w := range writers {
			puts.Go(func() error {
				k, err := keys.Put(t.Context(), key(fmt.Sprintf("k%d.%d", round, w), "e1", fmt.Sprint(round)))
				mu.Lock()
				defer mu.Unlock()
				won[k.ID] = true
				return err
			})
		}
		require.NoError(t, puts.Wait())
		require.Len(t, won, 1)
	}
}

func testSealAtOnce(t *testing.T, keys vault.Keys) {
	epoch, err := vault.NewEpochKey(rand.Reader, 1)
	require.NoError(t, err)
	const vaults = 8
	sealed := make([]domain.Secret, vaults)
	codes := make([][]byte, vaults)
	var work errgroup.Group
	for i := range vaults {
		work.Go(func() error {
			v, err := vault.New(t.Context(), keys, epoch, vault.Options{Create: true})
			if err != nil {
				return err
			}
			codes[i] = v.MAC([]byte("badge 7"))
			sealed[i], err = v.Seal(t.Context(), "e1", "202610", "timecard-e1-202610", "PunchAccepted",
				domain.NewSecret(domain.ClassLocation, "31.2304,121.4737"))
			return err
		})
	}
	require.NoError(t, work.Wait())
	v, err := vault.New(t.Context(), keys, epoch, vault.Options{Create: true})
	require.NoError(t, err)
	for i, s := range sealed {
		require.Equal(t, sealed[0].Key, s.Key)
		require.Equal(t, codes[0], codes[i])
		clear, err := v.Open(t.Context(), "timecard-e1-202610", "PunchAccepted", s)
		require.NoError(t, err)
		require.Equal(t, "31.2304,121.4737", string(clear))
	}
}
