package identity_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/adapters/identity/identitytest"
	"github.com/punchledger/punchledger/domain/timecard"
)

// noted checks an assertion over a punch, and that what a verified check holds is enough to repeat it.
func (w *world) noted(principal string, a timecard.Assertion, hash string) timecard.PasskeyCheck {
	w.t.Helper()
	check, err := w.CheckPunch(w.t.Context(), principal, a, hash)
	require.NoError(w.t, err)
	require.Empty(w.t, check.Proven(&a, hash))
	return check
}

func TestWhatAPasskeySaysOfAPunch(t *testing.T) {
	hash := timecard.Hash([]byte("a punch"))
	for name, c := range map[string]struct {
		change  func(w *world, a *identitytest.Authenticator)
		state   timecard.PasskeyState
		problem string
	}{
		"one's own":                     {func(*world, *identitytest.Authenticator) {}, timecard.PasskeyVerified, ""},
		"without user verification":     {func(_ *world, a *identitytest.Authenticator) { a.Flags = identitytest.Present }, timecard.PasskeyWrong, timecard.PasskeyNoUser},
		"on a page of somebody else":    {func(_ *world, a *identitytest.Authenticator) { a.Origin = "https://evil.test" }, timecard.PasskeyWrong, timecard.PasskeyOtherOrigin},
		"on a page beside, in clear":    {func(_ *world, a *identitytest.Authenticator) { a.Origin = "http://time.example.com" }, timecard.PasskeyWrong, timecard.PasskeyBadSignature},
		"for another site":              {func(_ *world, a *identitytest.Authenticator) { a.RPID = "evil.test" }, timecard.PasskeyWrong, timecard.PasskeyOtherRPID},
		"by another key":                {func(_ *world, a *identitytest.Authenticator) { a.Key = newPasskey(a.T, -7).Key }, timecard.PasskeyWrong, timecard.PasskeyBadSignature},
		"that has become copyable":      {func(_ *world, a *identitytest.Authenticator) { a.Flags |= identitytest.Eligible }, timecard.PasskeyWrong, timecard.PasskeyBadSignature},
		"copied and not to be copied":   {func(_ *world, a *identitytest.Authenticator) { a.Flags |= identitytest.BackedUp }, timecard.PasskeyWrong, timecard.PasskeyBadSignature},
		"by a passkey that nobody has":  {func(_ *world, a *identitytest.Authenticator) { a.ID = []byte("nobody's") }, timecard.PasskeyUnverified, timecard.PasskeyUnknown},
		"by a passkey that was removed": {func(w *world, _ *identitytest.Authenticator) { w.reset("e1") }, timecard.PasskeyUnverified, timecard.PasskeyUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			for _, alg := range []int64{-7, -8} {
				w := newWorld(t)
				a := newPasskey(t, alg)
				w.withPasskey("e1", a)
				c.change(w, a)
				check := w.noted("e1", *a.Assertion(hash), hash)
				require.Equal(t, c.state, check.State, "%+v", check)
				require.Equal(t, c.problem, check.Problem)
			}
		})
	}
	w := newWorld(t)
	a := newPasskey(t, -7)
	w.withPasskey("e1", a)
	said := *a.Assertion(hash)
	require.Equal(t, timecard.PasskeyOtherPerson, w.noted("e2", said, hash).Problem)
	require.Equal(t, timecard.PasskeyOtherPunch, w.noted("e1", said, timecard.Hash([]byte("another"))).Problem)
	said.AuthData = "AA"
	require.Equal(t, timecard.PasskeyMalformed, w.noted("e1", said, hash).Problem)
	none := newWorld(t, func(o *identity.Options) { o.Origins = nil })
	require.Equal(t, timecard.Unproven(timecard.PasskeyNoOrigin), none.noted("e1", said, hash))
}

// What a check claims is worth no more than the signature that stands beside it.
func TestACheckThatClaimsTooMuchIsFound(t *testing.T) {
	w, hash := newWorld(t), timecard.Hash([]byte("a punch"))
	a := newPasskey(t, -7)
	w.withPasskey("e1", a)
	said := a.Assertion(hash)
	genuine := w.noted("e1", *said, hash)
	for name, change := range map[string]func(c *timecard.PasskeyCheck, hash *string){
		"another key":      func(c *timecard.PasskeyCheck, _ *string) { c.PublicKey = "MCowBQYDK2VwAyEAAAAA" },
		"another site":     func(c *timecard.PasskeyCheck, _ *string) { c.RPID = "evil.test" },
		"another punch":    func(_ *timecard.PasskeyCheck, hash *string) { *hash = timecard.Hash(nil) },
		"bound, and isn't": func(c *timecard.PasskeyCheck, _ *string) { c.DeviceBound = false },
		"another count":    func(c *timecard.PasskeyCheck, _ *string) { c.SignCount++ },
	} {
		t.Run(name, func(t *testing.T) {
			claim, of := genuine, hash
			change(&claim, &of)
			require.NotEmpty(t, claim.Proven(said, of))
		})
	}
	require.NotEmpty(t, genuine.Proven(nil, hash))
}

func (w *world) reset(principal string) {
	w.t.Helper()
	_, err := w.Reset(w.t.Context(), principal, "hr1")
	require.NoError(w.t, err)
}

func BenchmarkCheckPunch(b *testing.B) {
	w, hash := newWorld(b), timecard.Hash([]byte("a punch"))
	a := newPasskey(b, -7)
	w.withPasskey("e1", a)
	said := *a.Assertion(hash)
	for b.Loop() {
		if _, err := w.CheckPunch(b.Context(), "e1", said, hash); err != nil {
			b.Fatal(err)
		}
	}
}
