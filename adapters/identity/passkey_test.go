package identity_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/adapters/identity/identitytest"
	"github.com/punchledger/punchledger/domain/access"
)

var b64 = base64.RawURLEncoding

func newPasskey(t testing.TB, alg int64) *identitytest.Authenticator {
	t.Helper()
	return identitytest.NewAuthenticator(t, origin, "time.example.com", alg)
}

// withPasskey registers an authenticator for somebody who is invited.
func (w *world) withPasskey(principal string, a *identitytest.Authenticator) identity.Added {
	w.t.Helper()
	who, _ := w.invited(principal, false)
	c, err := w.BeginPasskey(w.t.Context(), who)
	require.NoError(w.t, err)
	added, err := w.FinishPasskey(w.t.Context(), who, c.ID.Reveal(), "my phone", a.Create(c.Options))
	require.NoError(w.t, err)
	require.NotNil(w.t, added.Opened)
	return added
}

func (w *world) passkeyLogin(a *identitytest.Authenticator) (identity.Opened, error) {
	w.t.Helper()
	c, err := w.BeginPasskeyLogin()
	require.NoError(w.t, err)
	return w.LoginPasskey(w.t.Context(), from, c.ID.Reveal(), a.Get(c.Options))
}

func TestAPasskeyIsRegisteredAndLogsIn(t *testing.T) {
	for _, alg := range []int64{-7, -8} {
		for flags, bound := range map[byte]bool{identitytest.Present | identitytest.Verified: true, identitytest.Present | identitytest.Verified | identitytest.Eligible: false, identitytest.Present | identitytest.Verified | identitytest.Eligible | identitytest.BackedUp: false} {
			t.Run(fmt.Sprint(alg, flags), func(t *testing.T) {
				w := newWorld(t)
				a := newPasskey(t, alg)
				a.Flags = flags
				added := w.withPasskey("boss", a)
				require.Equal(t, bound, added.Credential.Passkey.DeviceBound())
				require.Equal(t, "my phone", added.Credential.Label)
				require.Equal(t, bound, w.changes[0].DeviceBound)
				o, err := w.passkeyLogin(a)
				require.NoError(t, err)
				require.Equal(t, "boss", o.Session.Principal)
				require.Equal(t, bound, o.Session.DeviceBound)
				require.True(t, o.Session.Strong)
				require.NoError(t, w.who(o).Fresh())
			})
		}
	}
}

func TestWhatBrowsersAreAsked(t *testing.T) {
	w := newWorld(t)
	a := newPasskey(t, -7)
	added := w.withPasskey("e1", a)
	c, err := w.BeginPasskey(t.Context(), w.who(*added.Opened))
	require.NoError(t, err)
	o := a.Read(c.Options).PublicKey
	require.Equal(t, "required", o.Selection.ResidentKey)
	require.Equal(t, "required", o.Selection.UserVerification)
	require.Equal(t, "time.example.com", o.RP.ID)
	require.Len(t, o.Exclude, 1)
	require.NotContains(t, string(c.Options), c.ID.Reveal())
	raw, err := b64.DecodeString(o.User.ID)
	require.NoError(t, err)
	require.Len(t, raw, 32)
	require.NotContains(t, string(raw), "e1")
	l, err := w.BeginPasskeyLogin()
	require.NoError(t, err)
	require.Equal(t, "required", a.Read(l.Options).PublicKey.UserVerification)
	require.NotContains(t, string(l.Options), "allowCredentials")
}

func TestRegistrationsThatAreRefused(t *testing.T) {
	for name, change := range map[string]func(*identitytest.Authenticator){
		"from another origin":               func(a *identitytest.Authenticator) { a.Origin = "https://time.example.com.evil.test" },
		"without encryption":                func(a *identitytest.Authenticator) { a.Origin = "http://time.example.com" },
		"for another ledger":                func(a *identitytest.Authenticator) { a.RPID = "example.com" },
		"without user verification":         func(a *identitytest.Authenticator) { a.Flags = identitytest.Present },
		"with nobody present":               func(a *identitytest.Authenticator) { a.Flags = identitytest.Verified },
		"copied and not to be copied":       func(a *identitytest.Authenticator) { a.Flags |= identitytest.BackedUp },
		"with an algorithm nobody asked":    func(a *identitytest.Authenticator) { a.Alg = -35 },
		"with a key of another kind":        func(a *identitytest.Authenticator) { a.Alg = -8 },
		"with an id of more than 1023 byte": func(a *identitytest.Authenticator) { a.ID = bytes.Repeat([]byte{7}, 1024) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			a := newPasskey(t, -7)
			change(a)
			who, _ := w.invited("e1", false)
			c, err := w.BeginPasskey(t.Context(), who)
			require.NoError(t, err)
			_, err = w.FinishPasskey(t.Context(), who, c.ID.Reveal(), "", a.Create(c.Options))
			refused(t, err, "passkey_refused")
			_, err = w.FinishPasskey(t.Context(), who, c.ID.Reveal(), "", newPasskey(t, -7).Create(c.Options))
			refused(t, err, "ceremony_gone")
			require.Empty(t, w.changes)
		})
	}
}

func TestACeremonyBelongsToOnePersonAndOnePurpose(t *testing.T) {
	w := newWorld(t)
	one, _ := w.invited("e1", false)
	two, _ := w.invited("e2", false)
	c, err := w.BeginPasskey(t.Context(), one)
	require.NoError(t, err)
	_, err = w.FinishPasskey(t.Context(), two, c.ID.Reveal(), "", newPasskey(t, -7).Create(c.Options))
	refused(t, err, "ceremony_gone")
	c, err = w.BeginPasskey(t.Context(), one)
	require.NoError(t, err)
	_, err = w.LoginPasskey(t.Context(), from, c.ID.Reveal(), []byte("{}"))
	refused(t, err, "ceremony_gone")
	w.pass(5 * time.Minute)
	_, err = w.FinishPasskey(t.Context(), one, c.ID.Reveal(), "", newPasskey(t, -7).Create(c.Options))
	refused(t, err, "ceremony_gone")

	// A passkey that is somebody's cannot become somebody else's.
	a := newPasskey(t, -7)
	w.withPasskey("e1", a)
	c, err = w.BeginPasskey(t.Context(), two)
	require.NoError(t, err)
	_, err = w.FinishPasskey(t.Context(), two, c.ID.Reveal(), "", a.Create(c.Options))
	refused(t, err, "credential_taken")
}

func TestPasskeyLoginsThatAreRefused(t *testing.T) {
	for name, change := range map[string]func(w *world, a *identitytest.Authenticator){
		"without user verification": func(_ *world, a *identitytest.Authenticator) { a.Flags = identitytest.Present },
		"from another origin":       func(_ *world, a *identitytest.Authenticator) { a.Origin = "https://evil.test" },
		"with another key":          func(_ *world, a *identitytest.Authenticator) { a.Key = newPasskey(a.T, -7).Key },
		"with the id of nobody":     func(_ *world, a *identitytest.Authenticator) { a.ID = []byte("somebody else's") },
		"with another's handle":     func(_ *world, a *identitytest.Authenticator) { a.Handle = make([]byte, 32) },
		"without a handle":          func(_ *world, a *identitytest.Authenticator) { a.Handle = nil },
		"that has become copyable":  func(_ *world, a *identitytest.Authenticator) { a.Flags |= identitytest.Eligible },
		"after it was removed": func(w *world, a *identitytest.Authenticator) {
			list, err := w.Credentials(a.T.Context(), "e1")
			require.NoError(a.T, err)
			require.NoError(a.T, w.Remove(a.T.Context(), "e1", list[0].ID, "hr1"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			a := newPasskey(t, -7)
			w.withPasskey("e1", a)
			change(w, a)
			_, err := w.passkeyLogin(a)
			refused(t, err, "passkey_refused")
		})
	}
	t.Run("who has left", func(t *testing.T) {
		w := newWorld(t)
		a := newPasskey(t, -7)
		w.withPasskey("e1", a)
		w.person("e1", identity.Person{})
		_, err := w.passkeyLogin(a)
		refused(t, err, "login_refused")
	})
	t.Run("with the answer to another challenge", func(t *testing.T) {
		w := newWorld(t)
		a := newPasskey(t, -7)
		w.withPasskey("e1", a)
		one, err := w.BeginPasskeyLogin()
		require.NoError(t, err)
		two, err := w.BeginPasskeyLogin()
		require.NoError(t, err)
		_, err = w.LoginPasskey(t.Context(), from, one.ID.Reveal(), a.Get(two.Options))
		refused(t, err, "passkey_refused")
	})
}

func TestAPasskeySignsAPunch(t *testing.T) {
	for _, alg := range []int64{-7, -8} {
		w := newWorld(t)
		a := newPasskey(t, alg)
		added := w.withPasskey("e1", a)
		punch := sha256.Sum256([]byte("a punch"))
		proven, err := w.VerifyAssertion(t.Context(), "e1", added.Credential.ID, punch, a.Over(punch))
		require.NoError(t, err)
		require.Equal(t, identity.Proven{Credential: added.Credential.ID, DeviceBound: true, Confirmed: true}, proven)
		// An offline punch is verified when it comes, and its authenticator may leave the handle out.
		w.pass(48 * time.Hour)
		a.Handle = nil
		_, err = w.VerifyAssertion(t.Context(), "e1", "", punch, a.Over(punch))
		require.NoError(t, err)
	}
}

func TestSignaturesOfPunchesThatAreRefused(t *testing.T) {
	punch, other := sha256.Sum256([]byte("a punch")), sha256.Sum256([]byte("another punch"))
	type attempt struct {
		principal, credential string
		answer                []byte
	}
	for name, change := range map[string]func(w *world, a *identitytest.Authenticator, try *attempt){
		"over another punch": func(_ *world, a *identitytest.Authenticator, try *attempt) { try.answer = a.Over(other) },
		"without user verification": func(_ *world, a *identitytest.Authenticator, try *attempt) {
			a.Flags = identitytest.Present
			try.answer = a.Over(punch)
		},
		"from another origin": func(_ *world, a *identitytest.Authenticator, try *attempt) {
			a.Origin = "https://evil.test"
			try.answer = a.Over(punch)
		},
		"for another ledger": func(_ *world, a *identitytest.Authenticator, try *attempt) {
			a.RPID = "evil.test"
			try.answer = a.Over(punch)
		},
		"for somebody else":           func(_ *world, _ *identitytest.Authenticator, try *attempt) { try.principal = "e2" },
		"with another passkey's name": func(_ *world, _ *identitytest.Authenticator, try *attempt) { try.credential = "0123456789abcdef" },
		"by somebody else's passkey under one's name": func(w *world, a *identitytest.Authenticator, try *attempt) {
			theirs := newPasskey(a.T, -7)
			w.withPasskey("e2", theirs)
			try.answer = theirs.Over(punch)
		},
		"by another key under the same id": func(_ *world, a *identitytest.Authenticator, try *attempt) {
			a.Key = newPasskey(a.T, -7).Key
			try.answer = a.Over(punch)
		},
		"by a key of another algorithm": func(_ *world, a *identitytest.Authenticator, try *attempt) {
			_, key, err := ed25519.GenerateKey(rand.Reader)
			require.NoError(a.T, err)
			a.Key = key
			try.answer = a.Over(punch)
		},
		"with a flipped bit in the signature": func(_ *world, _ *identitytest.Authenticator, try *attempt) {
			try.answer = altered(try.answer, "signature", func(b []byte) { b[len(b)-1] ^= 1 })
		},
		"with a flipped bit in the authenticator's data": func(_ *world, _ *identitytest.Authenticator, try *attempt) {
			try.answer = altered(try.answer, "authenticatorData", func(b []byte) { b[36] ^= 1 })
		},
		"of a registration": func(_ *world, _ *identitytest.Authenticator, try *attempt) {
			try.answer = altered(try.answer, "clientDataJSON", func(b []byte) { copy(b, bytes.Replace(b, []byte("webauthn.get"), []byte("webauthn.god"), 1)) })
		},
		"that is no JSON": func(_ *world, _ *identitytest.Authenticator, try *attempt) { try.answer = []byte("PK") },
		"that is nothing": func(_ *world, _ *identitytest.Authenticator, try *attempt) { try.answer = nil },
		"that is too deep": func(_ *world, _ *identitytest.Authenticator, try *attempt) {
			try.answer = bytes.Repeat([]byte("["), 100_000)
		},
		"by a passkey that was removed": func(w *world, a *identitytest.Authenticator, _ *attempt) {
			_, err := w.Reset(a.T.Context(), "e1", "hr1")
			require.NoError(a.T, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			a := newPasskey(t, -7)
			added := w.withPasskey("e1", a)
			try := attempt{"e1", added.Credential.ID, a.Over(punch)}
			change(w, a, &try)
			_, err := w.VerifyAssertion(t.Context(), try.principal, try.credential, punch, try.answer)
			refused(t, err, "passkey_refused")
		})
	}
}

// altered changes the bytes of one field of an answer.
func altered(answer []byte, field string, change func([]byte)) []byte {
	var v map[string]any
	if err := json.Unmarshal(answer, &v); err != nil {
		panic(err)
	}
	response := v["response"].(map[string]any)
	raw, err := b64.DecodeString(response[field].(string))
	if err != nil {
		panic(err)
	}
	change(raw)
	response[field] = b64.EncodeToString(raw)
	out, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return out
}

// A counter that goes back is noted for people to look at; the punch counts, as it may only have come late.
func TestACounterThatGoesBackIsNoted(t *testing.T) {
	w := newWorld(t)
	a := newPasskey(t, -7)
	a.Count = 1
	w.withPasskey("e1", a)
	warned := func(count uint32) bool {
		a.Count = count
		punch := sha256.Sum256(fmt.Append(nil, count))
		proven, err := w.VerifyAssertion(t.Context(), "e1", "", punch, a.Over(punch))
		require.NoError(t, err)
		require.Equal(t, count, proven.SignCount)
		return proven.CloneWarning
	}
	require.False(t, warned(5))
	require.False(t, warned(7))
	require.True(t, warned(6))
	require.False(t, warned(8))
	list, err := w.Credentials(t.Context(), "e1")
	require.NoError(t, err)
	require.True(t, list[0].Passkey.CloneWarning)
	require.Equal(t, uint32(8), list[0].Passkey.SignCount)
}

func TestALedgerWithoutAnOriginHasNoPasskeys(t *testing.T) {
	w := newWorld(t, func(o *identity.Options) { o.Origins = nil })
	_, err := w.BeginPasskeyLogin()
	refused(t, err, "no_origin")
	_, err = w.VerifyAssertion(t.Context(), "e1", "", [32]byte{}, nil)
	refused(t, err, "no_origin")
	who, _ := w.invited("e1", false)
	_, err = w.BeginPasskey(t.Context(), who)
	refused(t, err, "no_origin")
	require.True(t, who.Permits(access.IdentityUse))
}

func BenchmarkVerifyAssertion(b *testing.B) {
	w := newWorld(b)
	a := newPasskey(b, -7)
	w.withPasskey("e1", a)
	punch := sha256.Sum256([]byte("a punch"))
	answer := a.Over(punch)
	for b.Loop() {
		if _, err := w.VerifyAssertion(b.Context(), "e1", "", punch, answer); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	w := newWorld(b)
	token := w.enrolled("e1").Token.Reveal()
	for b.Loop() {
		if _, err := w.Authenticate(b.Context(), token); err != nil {
			b.Fatal(err)
		}
	}
}
