package main

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // RFC 6238
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/adapters/identity/identitytest"
	"github.com/punchledger/punchledger/adapters/postgres"
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

func TestStateKeepsThePromisesOfAStore(t *testing.T) {
	identitytest.Run(t, func(t *testing.T) identity.Store {
		t.Helper()
		return openState(t, filepath.Join(t.TempDir(), stateFile))
	})
}

func TestAStateInADatabaseKeepsThePromisesOfAStore(t *testing.T) {
	d := databaseWith(t)
	identitytest.Run(t, func(t *testing.T) identity.Store {
		t.Helper()
		address, err := d.create(t.Context())
		require.NoError(t, err)
		s, err := postgres.OpenState(t.Context(), postgres.KeptOptions{Address: address, Ledger: "ours", Create: true})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		return s
	})
}

// sixDigits is RFC 6238 in the words of its appendix, to be independent of what is tested.
func sixDigits(t *testing.T, key string) string {
	t.Helper()
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(key)
	require.NoError(t, err)
	h := hmac.New(sha1.New, raw)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(time.Now().Unix()/30)))
	sum := h.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&15:])&0x7fffffff%1_000_000)
}

// secrets goes through all that is handed out once, and returns it.
func secrets(t *testing.T, s *identity.Service, password string) []string {
	t.Helper()
	from := identity.From{Network: "198.51.100.7"}
	code, _, err := s.Invite(t.Context(), identity.InvitationRequest{Principal: "e1", By: "hr1", Confirm: true})
	require.NoError(t, err)
	opened, err := s.Redeem(t.Context(), from, code.Reveal())
	require.NoError(t, err)
	who, err := s.Authenticate(t.Context(), opened.Token.Reveal())
	require.NoError(t, err)
	added, _, err := s.SetPassword(t.Context(), who, password)
	require.NoError(t, err)
	who, err = s.Authenticate(t.Context(), added.Opened.Token.Reveal())
	require.NoError(t, err)
	offer, err := s.BeginTOTP(t.Context(), who)
	require.NoError(t, err)
	set, recovery, err := s.FinishTOTP(t.Context(), who, offer.Ceremony.Reveal(), sixDigits(t, offer.Key.Reveal()))
	require.NoError(t, err)
	token, _, err := s.CreateToken(t.Context(), identity.TokenRequest{
		Principal: "e1", Name: "export", Actions: []access.Action{access.PayRead}, Lifetime: time.Hour, By: "hr1",
	})
	require.NoError(t, err)
	login, err := s.LoginPassword(t.Context(), from, "e1", password)
	require.NoError(t, err)
	last, err := s.SecondFactor(t.Context(), from, login.SecondFactor.Reveal(), recovery[0].Reveal())
	require.NoError(t, err)

	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(offer.Key.Reveal())
	require.NoError(t, err)
	out := []string{
		password, code.Reveal(), strings.ReplaceAll(code.Reveal(), "-", ""), opened.Token.Reveal(), added.Opened.Token.Reveal(), added.Confirmation,
		offer.Key.Reveal(), string(raw), offer.Ceremony.Reveal(), set.Opened.Token.Reveal(), token.Reveal(), token.Reveal()[4:47],
		login.SecondFactor.Reveal(), last.Token.Reveal(),
	}
	for _, r := range recovery {
		out = append(out, r.Reveal(), strings.ReplaceAll(r.Reveal(), "-", ""))
	}
	return out
}

// Whoever finds the file, or its write-ahead log, finds nothing to log in with.
func TestNoSecretIsInTheStateInClear(t *testing.T) {
	dir := t.TempDir()
	state := openState(t, filepath.Join(dir, stateFile))
	key := make([]byte, 32)
	_, err := rand.Read(key)
	require.NoError(t, err)
	service, err := identity.New(identity.Options{
		Store: state, Now: time.Now, Random: rand.Reader, Key: key, Name: "Acme",
		Person: func(context.Context, string) (identity.Person, error) {
			return identity.Person{Known: true, Active: true}, nil
		},
		Record: func(context.Context, identity.Change) error { return nil },
	})
	require.NoError(t, err)
	handedOut := secrets(t, service, "vier Woerter ohne Sinn")
	sweep := func() {
		files, err := filepath.Glob(filepath.Join(dir, "*"))
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, f := range files {
			b, err := os.ReadFile(f)
			require.NoError(t, err)
			for i, s := range append(handedOut, string(key)) {
				if len(s) > 6 { // six digits are anywhere
					require.False(t, strings.Contains(string(b), s), "secret %d is in %s", i, f)
				}
			}
		}
	}
	sweep()
	_, err = service.Reset(t.Context(), "e1", "hr1")
	require.NoError(t, err)
	sweep()
	require.NoError(t, state.Close())
	sweep()
}

func BenchmarkAuthenticateOnDisk(b *testing.B) {
	state, err := sqlite.OpenState(filepath.Join(b.TempDir(), stateFile), sqlite.StateOptions{Create: true})
	require.NoError(b, err)
	service, err := identity.New(identity.Options{
		Store: state, Now: time.Now, Random: rand.Reader, Key: make([]byte, 32),
		Person: func(context.Context, string) (identity.Person, error) {
			return identity.Person{Known: true, Active: true}, nil
		},
	})
	require.NoError(b, err)
	code, _, err := service.Invite(b.Context(), identity.InvitationRequest{Principal: "e1", By: "hr1"})
	require.NoError(b, err)
	opened, err := service.Redeem(b.Context(), identity.From{}, code.Reveal())
	require.NoError(b, err)
	for b.Loop() {
		if _, err := service.Authenticate(b.Context(), opened.Token.Reveal()); err != nil {
			b.Fatal(err)
		}
	}
	require.NoError(b, state.Close())
}
