package seal_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/eventstore/seal"
)

type bytesOf byte

func (b bytesOf) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(b)
	}
	return len(p), nil
}

func key(t *testing.T, b byte) seal.Key {
	t.Helper()
	k, err := seal.NewKey(bytesOf(b))
	require.NoError(t, err)
	return k
}

func TestNotesAreVerifiedByThePublicKeyAlone(t *testing.T) {
	const origin, text = "punchledger/test", "first line\nsecond line\n"
	old, err := seal.NewSigner(origin, key(t, 1))
	require.NoError(t, err)
	before, err := old.Sign(text)
	require.NoError(t, err)
	again, err := old.Sign(text)
	require.NoError(t, err)
	require.Equal(t, before, again, "the same text gives the same note")

	s, err := seal.NewSigner(origin, key(t, 2), old.PublicKey(), key(t, 2).PublicKey())
	require.NoError(t, err)
	after, err := s.Sign(text)
	require.NoError(t, err)
	for _, note := range []string{before, after} {
		got, err := s.Open(note)
		require.NoError(t, err, "a key is known that may be named twice, and so is the one before")
		require.Equal(t, text, got)
	}
	_, err = old.Open(after)
	require.Error(t, err, "a later key is not known to it")
	_, err = s.Open(strings.Replace(after, "second", "third", 1))
	require.Error(t, err)
	elsewhere, err := seal.NewVerifier("punchledger/other", s.PublicKey())
	require.NoError(t, err)
	_, err = elsewhere.Open(after)
	require.Error(t, err, "the key of another ledger, even if it is the same one")
	_, err = seal.Verifier{}.Open(after)
	require.Error(t, err)

	pem, err := seal.PEM(s.PublicKey())
	require.NoError(t, err)
	public, err := seal.FromPEM(pem)
	require.NoError(t, err)
	require.Equal(t, s.PublicKey(), public)
	_, err = seal.FromPEM([]byte("no key"))
	require.Error(t, err)
	_, err = seal.NewVerifier(origin, "AAAA")
	require.Error(t, err)
}

func TestTheKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.sign")
	fault := func(err error) seal.KeyFault {
		t.Helper()
		e, ok := errors.AsType[*seal.KeyError](err)
		require.True(t, ok, "%v", err)
		require.Contains(t, e.Error(), path)
		return e.Fault
	}
	_, err := seal.LoadKey(path)
	require.Equal(t, seal.KeyMissing, fault(err))
	made, err := seal.CreateKey(path)
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	_, err = seal.CreateKey(path)
	require.Equal(t, seal.KeyExists, fault(err))
	loaded, err := seal.LoadKey(path)
	require.NoError(t, err)
	require.Equal(t, made, loaded)
	require.NotContains(t, made.String()+made.GoString(), made.PublicKey())
	require.NoError(t, os.Chmod(path, 0o640))
	_, err = seal.LoadKey(path)
	require.Equal(t, seal.KeyOpenToOthers, fault(err))
	require.NoError(t, os.Chmod(path, 0o600))
	for _, text := range []string{"", "punchledger-sign-key-v1\nAAAA\n", "punchledger-sign-key-v2\n" + strings.Repeat("A", 43) + "\n"} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err = seal.LoadKey(path)
		require.Equal(t, seal.KeyDamaged, fault(err))
	}
	require.NoError(t, os.Remove(path))
	require.NoError(t, os.Mkdir(path, 0o700))
	_, err = seal.LoadKey(path)
	require.Equal(t, seal.KeyDamaged, fault(err))
}
