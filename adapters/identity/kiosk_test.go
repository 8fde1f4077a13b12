package identity_test

import (
	"context"
	"encoding/base64"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard/signedtest"
)

// lobby is a world with a kiosk k1, which is open while usable says so.
type lobby struct {
	*world
	kiosk  *signedtest.Phone
	usable bool
	keyID  string
}

func newLobby(t testing.TB) *lobby {
	t.Helper()
	l := &lobby{kiosk: signedtest.New("acme", "k1", ""), usable: true, keyID: "key1"}
	key, err := place.ParseKey(l.kiosk.PublicKey)
	require.NoError(t, err)
	l.world = newWorld(t, func(o *identity.Options) {
		o.Kiosk = func(_ context.Context, device string) (identity.Kiosk, error) {
			return identity.Kiosk{Open: l.usable && device == "k1", Origin: "acme", KeyID: l.keyID, Verify: key.Verify}, nil
		}
	})
	return l
}

// pin issues a PIN to somebody.
func (l *lobby) pin(principal string) string {
	l.t.Helper()
	pin, c, err := l.IssuePIN(l.t.Context(), principal, "hr1")
	require.NoError(l.t, err)
	require.Equal(l.t, access.PIN, c.Kind)
	require.Empty(l.t, c.Password)
	return pin.Reveal()
}

func (l *lobby) identify(shown identity.ShownAtKiosk) (identity.Presence, error) {
	return l.Identify(l.t.Context(), "k1", shown)
}

// wrong returns a PIN that is not the right one.
func wrong(pin string) string {
	if pin[0] == '9' {
		return "1" + pin[1:]
	}
	return "9" + pin[1:]
}

func TestPINsThatOthersTryFirstAreRefused(t *testing.T) {
	for _, pin := range []string{
		"0000", "1111", "1234", "4321", "0123", "1212", "121212", "123456", "654321", "111111", "1984", "2026", "2412", "1224", "241284", "841224",
		"24121984", "19841224", "2580", "147258", "1104", "001104",
	} {
		t.Run(pin, func(t *testing.T) { refused(t, identity.CheckPIN(pin, "e1104"), "weak_pin") })
	}
	for _, pin := range []string{"", "123", "123456789", "12a4", "１２３４", "12 4"} {
		refused(t, identity.CheckPIN(pin, "e1"), "weak_pin")
	}
	for _, pin := range []string{"8352", "73914", "908417", "60471935"} {
		require.NoError(t, identity.CheckPIN(pin, "e1"), pin)
	}
}

func TestAPINIsGoodAtAKioskOnly(t *testing.T) {
	l := newLobby(t)
	pin := l.pin("e1")
	p, err := l.identify(identity.ShownAtKiosk{Number: " E1 ", PIN: pin})
	require.NoError(t, err)
	require.Equal(t, "e1", p.Principal)
	require.Equal(t, []access.CredentialKind{access.PIN}, p.Proofs)
	_, err = l.LoginPassword(t.Context(), from, "e1", pin)
	refused(t, err, "login_refused")
	for _, s := range []identity.ShownAtKiosk{
		{Number: "e1"}, {Number: "e1", PIN: wrong(pin)}, {Number: "e2", PIN: pin}, {Number: "nobody", PIN: pin}, {PIN: pin}, {}, {Number: "e1", PIN: pin + pin},
	} {
		_, err := l.identify(s)
		refused(t, err, "pin_refused")
	}
}

func TestWrongPINsSlowDownAndThenBlockAlsoOverARestart(t *testing.T) {
	l := newLobby(t)
	pin := l.pin("e1")
	for range 5 {
		_, err := l.identify(identity.ShownAtKiosk{Number: "e1", PIN: wrong(pin)})
		refused(t, err, "pin_refused")
	}
	_, err := l.identify(identity.ShownAtKiosk{Number: "e1", PIN: pin})
	refused(t, err, "too_many_attempts")
	for range access.MostWrongPINs - 5 {
		l.pass(3 * time.Hour)
		_, err = l.identify(identity.ShownAtKiosk{Number: "e1", PIN: wrong(pin)})
		refused(t, err, "pin_refused")
	}
	l.pass(3 * time.Hour)
	_, err = l.identify(identity.ShownAtKiosk{Number: "e1", PIN: pin})
	refused(t, err, "pin_blocked")
	again := newWorld(t, func(o *identity.Options) { o.Store = l.store })
	_, err = again.Identify(t.Context(), "k1", identity.ShownAtKiosk{Number: "e1", PIN: pin})
	refused(t, err, "pin_blocked")
	next := l.pin("e1")
	_, err = l.identify(identity.ShownAtKiosk{Number: "e1", PIN: pin})
	refused(t, err, "pin_refused")
	_, err = l.identify(identity.ShownAtKiosk{Number: "e1", PIN: next})
	require.NoError(t, err)
}

func TestGuessingOverManyPeopleSlowsTheKioskDown(t *testing.T) {
	l := newLobby(t)
	for i := range 25 {
		_, err := l.identify(identity.ShownAtKiosk{Number: "e" + string(rune('a'+i)), PIN: "8352"})
		refused(t, err, "pin_refused")
	}
	_, err := l.identify(identity.ShownAtKiosk{Number: "e9", PIN: "8352"})
	refused(t, err, "too_many_attempts")
}

func TestOnesOwnPINTakesALogin(t *testing.T) {
	l := newLobby(t)
	session := l.enrolled("e1")
	_, err := l.SetPIN(t.Context(), l.who(session), "1234")
	refused(t, err, "weak_pin")
	_, err = l.SetPIN(t.Context(), l.who(session), "8352")
	require.NoError(t, err)
	_, err = l.identify(identity.ShownAtKiosk{Number: "e1", PIN: "8352"})
	require.NoError(t, err)
	l.pass(time.Hour)
	_, err = l.SetPIN(t.Context(), l.who(session), "7391")
	refused(t, err, "prove_again")
	invited, _ := l.invited("e2", true)
	_, err = l.SetPIN(t.Context(), invited, "7391")
	refused(t, err, "prove_again")
	require.Equal(t, access.PIN, l.changes[len(l.changes)-1].Kind, "the register knows that there is one, and not which")
	cleared, err := l.Reset(t.Context(), "e1", "hr1")
	require.NoError(t, err)
	require.Equal(t, 2, cleared.Credentials)
	_, err = l.identify(identity.ShownAtKiosk{Number: "e1", PIN: "8352"})
	refused(t, err, "pin_refused")
}

func TestABadgeSaysWhoAndTheNextOneReplacesIt(t *testing.T) {
	l := newLobby(t)
	badge, _, err := l.IssueBadge(t.Context(), "e1", "hr1")
	require.NoError(t, err)
	p, err := l.identify(identity.ShownAtKiosk{Badge: badge.Reveal()})
	require.NoError(t, err)
	require.Equal(t, "e1", p.Principal)
	require.Equal(t, []access.CredentialKind{access.Badge}, p.Proofs)
	pin := l.pin("e1")
	p, err = l.identify(identity.ShownAtKiosk{Badge: badge.Reveal(), Number: "e2", PIN: pin})
	require.NoError(t, err)
	require.Equal(t, "e1", p.Principal, "the badge says who it is")
	require.Equal(t, []access.CredentialKind{access.Badge, access.PIN}, p.Proofs)
	l.pin("e2")
	_, err = l.identify(identity.ShownAtKiosk{Badge: badge.Reveal(), PIN: wrong(pin)})
	refused(t, err, "pin_refused")
	second, _, err := l.IssueBadge(t.Context(), "e1", "hr1")
	require.NoError(t, err)
	_, err = l.identify(identity.ShownAtKiosk{Badge: badge.Reveal()})
	refused(t, err, "badge_refused")
	_, err = l.identify(identity.ShownAtKiosk{Badge: second.Reveal()})
	require.NoError(t, err)
	l.person("e1", identity.Person{Known: true})
	_, err = l.identify(identity.ShownAtKiosk{Badge: second.Reveal()})
	refused(t, err, "badge_refused")
}

func TestAnIdentificationIsForOnePunchOfOnePersonAtOneKiosk(t *testing.T) {
	l := newLobby(t)
	p, err := l.identify(identity.ShownAtKiosk{Number: "e1", PIN: l.pin("e1")})
	require.NoError(t, err)
	nonce := p.Nonce.Reveal()
	require.Empty(t, l.Present(nonce, "e2", "k1", "a"), "another person")
	require.Empty(t, l.Present(nonce, "e1", "k2", "a"), "another kiosk")
	require.Empty(t, l.Present("x", "e1", "k1", "a"))
	require.NotEmpty(t, l.Present(nonce, "e1", "k1", "a"))
	require.NotEmpty(t, l.Present(nonce, "e1", "k1", "a"), "the same punch again")
	require.Empty(t, l.Present(nonce, "e1", "k1", "b"), "another punch")
	l.pass(access.IdentifiedFor + time.Second)
	require.Empty(t, l.Present(nonce, "e1", "k1", "a"))
}

func TestAKioskProvesItselfByItsKey(t *testing.T) {
	l := newLobby(t)
	prove := func(device string, sign func(challenge string) []byte) (identity.KioskOpened, error) {
		challenge, err := l.ChallengeKiosk(device)
		require.NoError(t, err)
		return l.OpenKiosk(t.Context(), device, challenge.Reveal(), base64.RawURLEncoding.EncodeToString(sign(challenge.Reveal())))
	}
	right := func(challenge string) []byte { return l.kiosk.Sign(place.KioskText("acme", "k1", challenge)) }
	opened, err := prove("k1", right)
	require.NoError(t, err)
	session, err := l.AuthenticateKiosk(t.Context(), opened.Token.Reveal())
	require.NoError(t, err)
	require.Equal(t, "k1", session.Device)
	_, err = l.Authenticate(t.Context(), opened.Token.Reveal())
	refused(t, err, "session_ended")

	_, err = prove("k2", func(c string) []byte { return l.kiosk.Sign(place.KioskText("acme", "k2", c)) })
	refused(t, err, "kiosk_refused")
	_, err = prove("k1", func(c string) []byte { return l.kiosk.Sign(place.KioskText("other", "k1", c)) })
	refused(t, err, "kiosk_refused")
	_, err = prove("k1", func(string) []byte { return right("another challenge") })
	refused(t, err, "kiosk_refused")
	challenge, err := l.ChallengeKiosk("k1")
	require.NoError(t, err)
	signed := base64.RawURLEncoding.EncodeToString(right(challenge.Reveal()))
	_, err = l.OpenKiosk(t.Context(), "k1", challenge.Reveal(), signed)
	require.NoError(t, err)
	_, err = l.OpenKiosk(t.Context(), "k1", challenge.Reveal(), signed)
	refused(t, err, "ceremony_gone")

	l.keyID = "key2"
	_, err = l.AuthenticateKiosk(t.Context(), opened.Token.Reveal())
	refused(t, err, "session_ended")
}

func TestTheSessionOfAKioskEnds(t *testing.T) {
	open := func(l *lobby) string {
		code, until, err := l.PairKiosk(t.Context(), "k1", "hr1")
		require.NoError(t, err)
		require.Positive(t, until)
		opened, err := l.OpenPaired(t.Context(), from, code.Reveal())
		require.NoError(t, err)
		require.Equal(t, "hr1", opened.Session.PairedBy)
		_, err = l.OpenPaired(t.Context(), from, code.Reveal())
		refused(t, err, "kiosk_refused")
		return opened.Token.Reveal()
	}
	for name, end := range map[string]func(l *lobby){
		"when the device is blocked": func(l *lobby) { l.usable = false },
		"after a month":              func(l *lobby) { l.pass(access.PairedKioskFor) },
		"when somebody ends it": func(l *lobby) {
			n, err := l.EndKiosk(t.Context(), "k1")
			require.NoError(t, err)
			require.Equal(t, 1, n)
		},
		"when the device is replaced": func(l *lobby) { l.keyID = "key2" },
	} {
		t.Run(name, func(t *testing.T) {
			l := newLobby(t)
			token := open(l)
			_, err := l.AuthenticateKiosk(t.Context(), token)
			require.NoError(t, err)
			end(l)
			_, err = l.AuthenticateKiosk(t.Context(), token)
			refused(t, err, "session_ended")
		})
	}
	l := newLobby(t)
	l.usable = false
	_, _, err := l.PairKiosk(t.Context(), "k1", "hr1")
	refused(t, err, "kiosk_refused")
	_, err = l.OpenPaired(t.Context(), from, "AAAA-AAAA")
	refused(t, err, "kiosk_refused")
}
