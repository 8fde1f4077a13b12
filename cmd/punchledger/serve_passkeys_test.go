package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/adapters/identity/identitytest"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/timecard/signedtest"
)

// pages is where the pages of the ledgers of these tests are, and site what their passkeys are for.
const pages, site = "https://time.example.com", "time.example.com"

// paged serves a ledger that knows where its pages are. Phones are those of e1 and boss, which were enrolled and confirmed before.
type paged struct {
	*served
	codes map[string]string
	phone *signedtest.Phone
}

func newPaged(t *testing.T, more ...string) *paged {
	t.Helper()
	p := &paged{codes: map[string]string{}}
	p.served = newServed(t, func(s *served) {
		s.write("provider.secret", []byte("s3cret\n"))
		s.flags = append([]string{"--origin", pages}, more...)
		s.atMachine("boss", access.Owner, func(who *identity.Service) {
			for _, principal := range []string{"boss", "e1"} {
				secret, _, err := who.Invite(t.Context(), identity.InvitationRequest{Principal: principal, By: "admin"})
				require.NoError(t, err)
				p.codes[principal] = secret.Reveal()
			}
		})
		s.writing(func(_ *console, w *writer) {
			p.phone = signedtest.New(w.ledger.Directory().Org().Origin, "d1", "e1")
		})
		p.phone.BootedAt = domain.InstantOf(s.now()) - 3600_000
		s.must("devices", "enrol", "d1", "--key", p.phone.PublicKey, "--employee", "e1")
		s.must("devices", "confirm", "d1", "--how", "in_person")
	})
	return p
}

func (p *paged) authenticator() *identitytest.Authenticator {
	return identitytest.NewAuthenticator(p.t, pages, site, -7)
}

// offer is the first half of a ceremony as a page gets it.
type offer struct {
	Ceremony string
	Options  json.RawMessage
}

func (a said) offer() offer {
	a.t.Helper()
	text, err := json.Marshal(a.body["options"])
	require.NoError(a.t, err)
	return offer{a.text("ceremony"), text}
}

func ceremonial(ceremony string, answer []byte) string {
	text, err := json.Marshal(map[string]any{"ceremony": ceremony, "answer": json.RawMessage(answer)})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// register sets a passkey, and returns the browser with its session.
func (b browser) register(a *identitytest.Authenticator) browser {
	b.s.t.Helper()
	o := b.post("/v1/me/passkeys/begin", "").must(http.StatusOK).offer()
	set := b.post("/v1/me/passkeys", ceremonial(o.Ceremony, a.Create(o.Options))).must(http.StatusCreated)
	if cookie := set.cookie(); cookie != "" {
		b.cookie = cookie
	}
	return b
}

// unlock logs in with a passkey.
func (p *paged) unlock(a *identitytest.Authenticator) said {
	p.t.Helper()
	b := browser{s: p.served}
	o := b.post("/v1/login/passkey/begin", "").must(http.StatusOK).offer()
	return b.post("/v1/login/passkey", ceremonial(o.Ceremony, a.Get(o.Options)))
}

func TestAPasskeyIsRegisteredAndLogsInOverHTTP(t *testing.T) {
	p := newPaged(t)
	a := p.authenticator()
	e1 := p.redeem(p.codes["e1"])
	begun := e1.post("/v1/me/passkeys/begin", "").must(http.StatusOK).offer()
	made := a.Create(begun.Options)
	foreign := p.redeem(p.codes["boss"]).post("/v1/me/passkeys", ceremonial(begun.Ceremony, made)).must(http.StatusConflict)
	require.Equal(t, "ceremony_gone", foreign.text("code"), "what one begins, no other ends")
	e1 = e1.register(a)
	require.Equal(t, "e1", e1.get("/v1/me").must(http.StatusOK).text("principal"))
	in := p.unlock(a).must(http.StatusOK)
	require.Equal(t, true, in.body["session"].(map[string]any)["strong"])
	require.Equal(t, "e1", browser{s: p.served, cookie: in.cookie()}.get("/v1/me").must(http.StatusOK).text("principal"))
	b := browser{s: p.served}
	o := b.post("/v1/login/passkey/begin", "").must(http.StatusOK).offer()
	answer := ceremonial(o.Ceremony, a.Get(o.Options))
	b.post("/v1/login/passkey", answer).must(http.StatusOK)
	require.Equal(t, "ceremony_gone", b.post("/v1/login/passkey", answer).must(http.StatusConflict).text("code"), "an answer counts once")
	for name, change := range map[string]func(a *identitytest.Authenticator){
		"from the page of somebody else": func(a *identitytest.Authenticator) { a.Origin = "https://time.example.com.evil.test" },
		"for another site":               func(a *identitytest.Authenticator) { a.RPID = "evil.test" },
		"without user verification":      func(a *identitytest.Authenticator) { a.Flags = identitytest.Present },
		"with another key":               func(a *identitytest.Authenticator) { a.Key = p.authenticator().Key },
	} {
		forged := *a
		change(&forged)
		refused := p.unlock(&forged).must(http.StatusForbidden)
		require.Equal(t, "passkey_refused", refused.text("code"), name)
		require.Empty(t, refused.cookie(), name)
	}
	p.unlock(a).must(http.StatusOK)
}

// taken is what became of a punch.
type takenPunch struct {
	Punch, Outcome, Receipt, Assurance string
	Repeated                           bool
	Reasons                            []struct{ Code, Text string }
	Passkey                            *timecard.PasskeyCheck
}

func (p *paged) envelope(b browser, e timecard.Envelope) (out takenPunch) {
	p.t.Helper()
	a := b.post("/v1/punches", string(signedtest.JSON(e))).must(http.StatusOK)
	text, err := json.Marshal(a.body["punches"].([]any)[0])
	require.NoError(p.t, err)
	require.NoError(p.t, json.Unmarshal(text, &out))
	return out
}

// vouched is the next punch of the phone, over which a passkey has signed.
func (p *paged) vouched(a *identitytest.Authenticator) timecard.Envelope {
	now := domain.InstantOf(p.now())
	e := p.phone.Sent(p.phone.Punch(now, timecard.In), now)
	e.Passkey = a.Assertion(p.phone.Prev)
	return e
}

func (t *takenPunch) codes() (out []string) {
	for _, r := range t.Reasons {
		out = append(out, r.Code)
	}
	return out
}

func TestAPasskeyOverAPunchIsVerifiedWhenItArrives(t *testing.T) {
	p := newPaged(t)
	a, theirs := p.authenticator(), p.authenticator()
	a.Count = 5
	e1 := p.redeem(p.codes["e1"]).register(a)
	p.redeem(p.codes["boss"]).register(theirs)
	a.Count = 6
	genuine := p.vouched(a)
	first := p.envelope(e1, genuine)
	require.Equal(t, timecard.PasskeyVerified, first.Passkey.State, "%+v", first)
	require.True(t, first.Passkey.UserVerified && first.Passkey.DeviceBound)
	require.Equal(t, "l3", first.Assurance)
	again := p.envelope(e1, genuine)
	require.True(t, again.Repeated)
	require.Equal(t, first.Receipt, again.Receipt)
	require.False(t, again.Passkey.CloneWarning, "sent twice is not copied")

	for _, c := range []struct {
		name, problem string
		change        func(a *identitytest.Authenticator, e *timecard.Envelope)
	}{
		{"replayed for another punch", timecard.PasskeyOtherPunch, func(_ *identitytest.Authenticator, e *timecard.Envelope) { e.Passkey = genuine.Passkey }},
		{"for another site", timecard.PasskeyOtherRPID, func(a *identitytest.Authenticator, e *timecard.Envelope) {
			a.RPID = "evil.test"
			e.Passkey = a.Assertion(p.phone.Prev)
		}},
		{"on the page of somebody else", timecard.PasskeyOtherOrigin, func(a *identitytest.Authenticator, e *timecard.Envelope) {
			a.Origin = "https://evil.test"
			e.Passkey = a.Assertion(p.phone.Prev)
		}},
		{"without user verification", timecard.PasskeyNoUser, func(a *identitytest.Authenticator, e *timecard.Envelope) {
			a.Flags = identitytest.Present
			e.Passkey = a.Assertion(p.phone.Prev)
		}},
		{"by the passkey of another person", timecard.PasskeyOtherPerson, func(_ *identitytest.Authenticator, e *timecard.Envelope) {
			e.Passkey = theirs.Assertion(p.phone.Prev)
		}},
		{"by another key", timecard.PasskeyBadSignature, func(a *identitytest.Authenticator, e *timecard.Envelope) {
			a.Key = theirs.Key
			e.Passkey = a.Assertion(p.phone.Prev)
		}},
	} {
		forged := *a
		forged.Count = 100
		e := p.vouched(a)
		c.change(&forged, &e)
		got := p.envelope(e1, e)
		require.Equal(t, timecard.PasskeyWrong, got.Passkey.State, c.name)
		require.Equal(t, c.problem, got.Passkey.Problem, c.name)
		require.Equal(t, "l1", got.Assurance, c.name)
		require.Contains(t, got.codes(), "passkey_wrong", c.name)
		require.NotEmpty(t, got.Receipt, "the punch is stored")
	}
	a.Count = 5
	back := p.envelope(e1, p.vouched(a))
	require.True(t, back.Passkey.CloneWarning, "its counter went back")
	require.Equal(t, "l2", back.Assurance)
	require.Contains(t, back.codes(), "passkey_clone")
	own := e1.get("/v1/me/credentials").must(http.StatusOK)
	require.Contains(t, string(signedtest.JSON(own.body)), `"suspicious":true`)
	p.verifies(8, 2, 6, 0)
}

// verifies asks for the passkeys that the ledger verifies by itself.
func (p *paged) verifies(sent, verified, wrong, unverified int) {
	p.t.Helper()
	var v verdict
	require.NoError(p.t, json.Unmarshal([]byte(p.must("verify", "-o", "json")), &v))
	require.True(p.t, v.OK, v.Problem)
	require.Equal(p.t, passkeyWordsSeen{Sent: sent, Verified: verified, Wrong: wrong, Unverified: unverified}, v.Passkeys)
}

func TestAPasskeyOverAPunchIsVerifiedLater(t *testing.T) {
	p := newPaged(t)
	unknown, other := p.authenticator(), p.authenticator()
	e1 := p.redeem(p.codes["e1"]).register(other)
	e := p.vouched(unknown)
	got := p.envelope(e1, e)
	require.Equal(t, timecard.PasskeyUnverified, got.Passkey.State)
	require.Equal(t, timecard.PasskeyUnknown, got.Passkey.Problem)
	require.Contains(t, got.codes(), "passkey_unverified")
	require.Equal(t, "l1", got.Assurance)
	p.verifies(1, 0, 0, 1)
	e1.register(unknown)
	told := func() (out takenPunch) {
		r := e1.get("/v1/employees/e1/punches/" + got.Punch + "/receipt").must(http.StatusOK)
		require.NoError(t, json.Unmarshal(signedtest.JSON(r.body), &out))
		return out
	}
	now := told()
	require.Equal(t, timecard.PasskeyVerified, now.Passkey.State)
	require.Equal(t, "l3", now.Assurance)
	require.Equal(t, got.Receipt, now.Receipt, "the receipt stays what it was")
	list := e1.get("/v1/employees/e1/punches?from=2026-10-01&to=2026-10-31").must(http.StatusOK)
	item := list.body["items"].([]any)[0].(map[string]any)
	require.Equal(t, "l3", item["assurance"])
	require.Contains(t, item["history"], "PunchIdentified")
	p.verifies(1, 1, 0, 0)
	require.Contains(t, p.must("verify"), "1 verified again by what the ledger holds")
	require.NotContains(t, p.must("punches", "identify"), got.Punch, "nothing is left to verify")
}

// A ledger that was not told where its pages are stores the punch, and verifies when it knows.
func TestPasskeysWithoutPagesWait(t *testing.T) {
	s := newClockShop(t)
	phone := signedtest.New("", "d1", "e1")
	s.must("devices", "enrol", "d1", "--key", phone.PublicKey, "--employee", "e1")
	s.must("devices", "confirm", "d1", "--how", "in_person")
	s.must("punch", "key", "phone.json", "--device", "d2", "--employee", "e1")
	var pocket struct{ Origin string }
	text, err := os.ReadFile(filepath.Join(s.dir, "phone.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &pocket))
	phone.Origin, phone.BootedAt = pocket.Origin, domain.InstantOf(s.at)-3600_000
	now := domain.InstantOf(s.at)
	e := phone.Sent(phone.Punch(now, timecard.In), now)
	e.Passkey = identitytest.NewAuthenticator(t, pages, site, -8).Assertion(phone.Prev)
	s.write("punch.json", signedtest.JSON(e))
	out := s.must("punch", "send", "punch.json", "--session", "e1", "-o", "json")
	require.Contains(t, out, timecard.PasskeyNoOrigin)
	require.Empty(t, s.must("punches", "identify", "--employee", "e1", "-o", "json"))
	code, _, messages := s.run("punches", "identify", "--origin", "time.example.com")
	require.Equal(t, exitUsage, code, messages)
	s.must("punches", "identify", "--origin", pages)
}

func TestAnEventThatClaimsMoreThanItsPasskeyProvesIsFound(t *testing.T) {
	const card = "timecard-e1-202610"
	claim := timecard.PasskeyCheck{State: timecard.PasskeyVerified, Credential: "c1", PublicKey: "AA", RPID: site, UserVerified: true}
	punch := func(c *timecard.PasskeyCheck) timecard.PunchAccepted {
		return timecard.PunchAccepted{PunchDetails: timecard.PunchDetails{Punch: "p1", Passkey: &timecard.Assertion{}, PasskeyCheck: c}}
	}
	later := timecard.PunchIdentified{Punch: "p1", Check: claim}
	var s passkeyWordsSeen
	require.Contains(t, s.see(card, punch(&claim)), "p1")
	require.Contains(t, s.see(card, later), "was not open")
	require.Empty(t, s.see(card, punch(nil)), "nobody has said anything of it")
	require.Contains(t, s.see(card, later), "does not prove")
	part := passkeyWordsSeen{partial: true}
	require.Empty(t, part.see(card, later), "what was before is not known")
}
