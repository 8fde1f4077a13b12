package identity_test

import (
	"encoding/base32"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/domain/access"
)

// The vectors of RFC 6238, appendix B, for SHA-1; they have eight digits, of which the last six are ours.
func TestOneTimeCodesAreThoseOfTheRFC(t *testing.T) {
	for second, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471", 1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		require.Equal(t, want[2:], identity.OneTimeCode([]byte("12345678901234567890"), second/30), "second %d", second)
	}
}

// withCodes sets one-time codes up and returns the key and the recovery codes.
func (w *world) withCodes(principal string) (key []byte, recovery []identity.Secret) {
	w.t.Helper()
	o := w.enrolled(principal)
	offer, err := w.BeginTOTP(w.t.Context(), w.who(o))
	require.NoError(w.t, err)
	key, err = base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(offer.Key.Reveal())
	require.NoError(w.t, err)
	u, err := url.Parse(offer.URL.Reveal())
	require.NoError(w.t, err)
	require.Equal(w.t, "/Acme & Co:"+principal, u.Path)
	require.Equal(w.t, "Acme & Co", u.Query().Get("issuer"))
	require.Equal(w.t, offer.Key.Reveal(), u.Query().Get("secret"))
	_, recovery, err = w.FinishTOTP(w.t.Context(), w.who(o), offer.Ceremony.Reveal(), w.codeAt(key, 0))
	require.NoError(w.t, err)
	w.pass(time.Minute) // that code is used
	return key, recovery
}

func (w *world) codeAt(key []byte, steps int64) string {
	return identity.OneTimeCode(key, w.now().Unix()/30+steps)
}

func (w *world) pending(principal string) string {
	w.t.Helper()
	l, err := w.LoginPassword(w.t.Context(), from, principal, good)
	require.NoError(w.t, err)
	require.Nil(w.t, l.Opened)
	return l.SecondFactor.Reveal()
}

func TestAOneTimeCodeIsTheSecondFactor(t *testing.T) {
	w := newWorld(t)
	key, _ := w.withCodes("boss")
	o, err := w.SecondFactor(t.Context(), from, w.pending("boss"), w.codeAt(key, 0))
	require.NoError(t, err)
	require.Equal(t, []access.CredentialKind{access.Password, access.TOTP}, o.Session.Methods)
	require.NoError(t, w.who(o).Fresh())

	_, err = w.SecondFactor(t.Context(), from, w.pending("boss"), w.codeAt(key, 0))
	refused(t, err, "login_refused") // the same again
	_, err = w.SecondFactor(t.Context(), from, w.pending("boss"), w.codeAt(key, -1))
	refused(t, err, "login_refused") // one before a code that was taken
	_, err = w.SecondFactor(t.Context(), from, w.pending("boss"), w.codeAt(key, 1))
	require.NoError(t, err) // a phone that is fast
	w.pass(5 * time.Minute)
	for _, steps := range []int64{-2, 2} {
		_, err = w.SecondFactor(t.Context(), from, w.pending("boss"), w.codeAt(key, steps))
		refused(t, err, "login_refused")
	}
	_, err = w.SecondFactor(t.Context(), from, w.pending("boss"), w.codeAt(key, -1))
	require.NoError(t, err)
}

func TestACeremonyIsForOneTry(t *testing.T) {
	w := newWorld(t)
	key, _ := w.withCodes("e1")
	pending := w.pending("e1")
	_, err := w.SecondFactor(t.Context(), from, pending, "nonsense")
	refused(t, err, "login_refused")
	_, err = w.SecondFactor(t.Context(), from, pending, w.codeAt(key, 0))
	refused(t, err, "ceremony_gone")
	late := w.pending("e1")
	w.pass(5 * time.Minute)
	_, err = w.SecondFactor(t.Context(), from, late, w.codeAt(key, 0))
	refused(t, err, "ceremony_gone")
}

func TestRecoveryCodesAreGoodOnce(t *testing.T) {
	w := newWorld(t)
	_, codes := w.withCodes("e1")
	require.Len(t, codes, access.RecoveryCodes)
	for i, c := range codes {
		o, err := w.SecondFactor(t.Context(), from, w.pending("e1"), lower(c.Reveal()))
		require.NoError(t, err)
		require.Equal(t, []access.CredentialKind{access.Password, access.Recovery}, o.Session.Methods)
		list, err := w.Credentials(t.Context(), "e1")
		require.NoError(t, err)
		for _, k := range list {
			if k.Kind == access.Recovery {
				require.Len(t, k.Recovery, len(codes)-i-1)
			}
		}
		_, err = w.SecondFactor(t.Context(), from, w.pending("e1"), c.Reveal())
		refused(t, err, "login_refused")
	}
}

func TestACodeThatIsShownTwiceAtOnceIsTakenOnce(t *testing.T) {
	w := newWorld(t)
	key, codes := w.withCodes("e1")
	for _, code := range []string{w.codeAt(key, 0), codes[0].Reveal()} {
		tickets := []string{w.pending("e1"), w.pending("e1"), w.pending("e1"), w.pending("e1")}
		var all sync.WaitGroup
		var taken atomic.Int32
		for _, ticket := range tickets {
			all.Go(func() {
				if _, err := w.SecondFactor(t.Context(), from, ticket, code); err == nil {
					taken.Add(1)
				}
			})
		}
		all.Wait()
		require.Equal(t, int32(1), taken.Load())
	}
}

func TestOneTimeCodesCannotBeGuessed(t *testing.T) {
	w := newWorld(t)
	w.withCodes("e1")
	for range 5 {
		_, err := w.SecondFactor(t.Context(), from, w.pending("e1"), "000000")
		refused(t, err, "login_refused")
	}
	_, err := w.SecondFactor(t.Context(), from, w.pending("e1"), "000000")
	refused(t, err, "too_many_attempts")
}
