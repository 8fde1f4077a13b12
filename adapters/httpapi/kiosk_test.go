package httpapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/timecard/signedtest"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// namedKiosks believe a PIN that is "pin-" and the number, and a badge that is "badge-" and it. An identification is "at-" and the
// kiosk, the person and the proofs, and good for the punch that it was first used for.
type namedKiosks struct{ used map[string]string }

func (*namedKiosks) Challenge(device string) (string, error) { return "sign-" + device, nil }

func (*namedKiosks) Open(_ context.Context, device, challenge, signature string) (httpapi.OpenedKiosk, error) {
	if challenge != "sign-"+device || signature != "by-"+device {
		return httpapi.OpenedKiosk{}, domain.NewError(domain.Forbidden, "kiosk_refused")
	}
	return httpapi.OpenedKiosk{Token: device, Session: access.KioskSession{Device: device}}, nil
}

func (*namedKiosks) Pair(_ context.Context, device, _ string) (string, domain.Instant, error) {
	return "pair-" + device, 1, nil
}

func (*namedKiosks) OpenPaired(_ context.Context, _ httpapi.LoginFrom, code string) (httpapi.OpenedKiosk, error) {
	device, ok := strings.CutPrefix(code, "pair-")
	if !ok {
		return httpapi.OpenedKiosk{}, domain.NewError(domain.Forbidden, "kiosk_refused")
	}
	return httpapi.OpenedKiosk{Token: device, Session: access.KioskSession{Device: device}}, nil
}

func (*namedKiosks) EndKiosk(context.Context, string) (int, error) { return 1, nil }

func (*namedKiosks) Identify(_ context.Context, device string, shown httpapi.ShownAtKiosk) (httpapi.AtKiosk, error) {
	at := httpapi.AtKiosk{Emp: shown.Number}
	if emp, ok := strings.CutPrefix(shown.Badge, "badge-"); ok {
		at.Emp, at.Proofs = emp, append(at.Proofs, access.Badge)
	}
	if shown.PIN == "pin-"+at.Emp {
		at.Proofs = append(at.Proofs, access.PIN)
	}
	if len(at.Proofs) == 0 {
		return at, domain.NewError(domain.Forbidden, "pin_refused")
	}
	at.Identification = fmt.Sprintf("at-%s-%s-%s", device, at.Emp, at.Proofs[len(at.Proofs)-1])
	return at, nil
}

func (*namedKiosks) At(identification, device string) (string, bool) {
	parts := strings.Split(identification, "-")
	if len(parts) < 4 || parts[1] != device {
		return "", false
	}
	return parts[2], true
}

func (k *namedKiosks) Present(identification, emp, device, punch string) []access.CredentialKind {
	parts := strings.Split(identification, "-")
	if len(parts) < 4 || parts[1] != device || parts[2] != emp || k.used[identification] != "" && k.used[identification] != punch {
		return nil
	}
	if k.used == nil {
		k.used = map[string]string{}
	}
	k.used[identification] = punch
	return []access.CredentialKind{access.CredentialKind(parts[3])}
}

func (k *namedKiosks) seen(_ context.Context, who ledger.Presented) ([]timecard.Proof, error) {
	var out []timecard.Proof
	for _, kind := range k.Present(who.Nonce, who.Emp, who.Device, who.For) {
		out = append(out, timecard.Proof{Proof: string(kind)})
	}
	return out, nil
}

func (*namedKiosks) IssuePIN(_ context.Context, principal, by string) (string, access.Credential, error) {
	return "pin-" + principal, access.Credential{ID: "c1", Kind: access.PIN, Principal: principal, CreatedBy: by}, nil
}

func (*namedKiosks) IssueBadge(_ context.Context, principal, by string) (string, access.Credential, error) {
	return "badge-" + principal, access.Credential{ID: "c2", Kind: access.Badge, Principal: principal, CreatedBy: by}, nil
}

func (*namedKiosks) SetPIN(context.Context, httpapi.Credential, string) (access.Credential, error) {
	return access.Credential{ID: "c3", Kind: access.PIN}, nil
}

func (*namedKiosks) Picture(text string) (svg, png []byte, err error) {
	return []byte("<svg>" + text + "</svg>"), []byte(text), nil
}

// lobby is a counter with the kiosk k1 at hq.
type lobby struct {
	*counter
	kiosk *signedtest.Phone
}

func newLobby(t *testing.T) *lobby {
	t.Helper()
	l := &lobby{newCounter(t), signedtest.New("punchledger/test", "k1", "e1")}
	l.kiosk.BootedAt = l.now - 3600_000
	body := fmt.Sprintf(`{"public_key":%q,"site":"hq"}`, l.kiosk.PublicKey)
	require.Equal(t, http.StatusForbidden, l.as("hr", "POST", "/v1/kiosks/k1", body).StatusCode, "a kiosk concerns everybody")
	require.Equal(t, http.StatusCreated, l.as("personnel", "POST", "/v1/kiosks/k1", body).StatusCode)
	r := l.as("personnel", "POST", "/v1/kiosks/k1/confirm", `{"how":"in_person"}`)
	require.Equal(t, http.StatusOK, r.StatusCode, "%s", r.body)
	return l
}

const kioskToken = "plk_k1"

func (l *lobby) identify(body string) (id string) {
	l.t.Helper()
	var out struct{ Identification string }
	l.as(kioskToken, "POST", "/v1/kiosk/identifications", body).into(l.t, &out)
	return out.Identification
}

// signed hands in a punch of the kiosk for somebody.
func (l *lobby) signed(emp, identification string) (string, []string) {
	l.t.Helper()
	l.kiosk.Emp = emp
	l.now += 60_000
	e := l.kiosk.Sent(l.kiosk.Punch(l.now, timecard.In), l.now)
	e.Identification = identification
	got := l.send(kioskToken, e).Punches[0]
	var reasons []string
	for _, r := range got.Reasons {
		reasons = append(reasons, r.Code)
	}
	return got.Outcome, reasons
}

func TestAKioskCannotPunchForWhomItHasNotSeen(t *testing.T) {
	l := newLobby(t)
	held := func(emp, identification, why string) {
		t.Helper()
		outcome, reasons := l.signed(emp, identification)
		require.Equal(t, "held", outcome, why)
		require.Contains(t, reasons, "person_unproven", why)
	}
	held("e1", "", "it only says for whom it is")
	held("e1", "made-up", "it makes something up")
	e1 := l.identify(`{"number":"e1","pin":"pin-e1"}`)
	held("e2", e1, "somebody else has shown who they are")
	outcome, reasons := l.signed("e1", e1)
	require.Equal(t, "accepted", outcome, "%v", reasons)
	held("e1", e1, "once is for one punch")
	held("e1", "at-k2-e1-pin", "shown to another kiosk")
	kept := l.kiosk.Punch(l.now, timecard.Out)
	kept.Identification = "at-k1-e1-pin-later"
	l.now += 3600_000
	late := l.send(kioskToken, l.kiosk.Sent(kept, l.now)).Punches[0]
	require.Equal(t, "held", late.Outcome, "a PIN of now says nothing of an hour ago")
	badge := l.identify(`{"badge":"badge-e2"}`)
	held("e2", badge, "a badge alone, where a PIN is asked for")
	l.must(people.SetPolicy{Policy: people.KioskProof, Value: people.ByBadge})
	outcome, reasons = l.signed("e2", badge+"-again")
	require.Equal(t, "accepted", outcome, "%v", reasons)
	r := l.as("personnel", "POST", "/v1/punches/rejudge", `{"reason":"rules"}`)
	require.Equal(t, http.StatusOK, r.StatusCode)
	require.NotContains(t, string(r.body), `"settled":true`, "no rule says who it was")
	var list struct {
		Items []struct{ Device, Site, Place string }
	}
	l.get("e2", "/v1/employees/e2/punches").into(t, &list)
	last := list.Items[len(list.Items)-1]
	require.Equal(t, "k1", last.Device)
	require.Equal(t, "hq", last.Site)
	require.Equal(t, "office", last.Place)
}

func TestAKioskActsForItselfAndNobodyActsForIt(t *testing.T) {
	l := newLobby(t)
	require.Equal(t, 200, l.get(kioskToken, "/v1/tickets?device=k1").StatusCode)
	require.Equal(t, 403, l.get(kioskToken, "/v1/tickets?device=d1").StatusCode)
	require.Equal(t, 422, l.as(kioskToken, "POST", "/v1/punches", `{"punches":`).StatusCode)
	for path, body := range map[string]string{
		"identifications": `{"number":"e1","pin":"pin-e1"}`, "punches": `{"dir":"in","identification":"at-k1-e1-pin"}`,
	} {
		require.Equal(t, 403, l.as("e1", "POST", "/v1/kiosk/"+path, body).StatusCode, "a person is no kiosk")
	}
	require.Equal(t, 403, l.get("e1", "/v1/kiosk/code").StatusCode)
}

func TestAKioskPageWithoutAKeyPunchesByTheLedgersWord(t *testing.T) {
	l := newLobby(t)
	id := l.identify(`{"number":"e1","pin":"pin-e1"}`)
	body := fmt.Sprintf(`{"dir":"in","identification":%q}`, id)
	var first, again struct {
		Punch, Outcome, Receipt string
		Class                   string `json:"time_class"`
		Repeated                bool
		Reasons                 []struct{ Code string }
	}
	l.as(kioskToken, "POST", "/v1/kiosk/punches", body).into(t, &first)
	require.Equal(t, "accepted", first.Outcome)
	require.Equal(t, "t0", first.Class)
	require.Equal(t, "unsigned", first.Reasons[0].Code)
	require.Contains(t, first.Receipt, "time_source server")
	l.as(kioskToken, "POST", "/v1/kiosk/punches", body).into(t, &again)
	require.True(t, again.Repeated)
	require.Equal(t, first.Receipt, again.Receipt)
	for _, body := range []string{`{"dir":"in","identification":"at-k2-e1-pin"}`, `{"dir":"in","identification":"x"}`} {
		r := l.as(kioskToken, "POST", "/v1/kiosk/punches", body)
		require.Equal(t, "nobody_identified", r.problem(t).Code)
	}
	last := l.recorded()
	require.Equal(t, timecard.ChannelKiosk, last.Channel)
	require.Equal(t, []timecard.Proof{{Proof: "pin"}}, last.Facts.Proofs)
	require.Equal(t, "k1", last.Device)
	require.Equal(t, timecard.L0, last.Assurance)
	require.Equal(t, http.StatusOK, l.as("personnel", "POST", "/v1/kiosks/k1/trust", `{"level":"blocked","reason":"stolen"}`).StatusCode)
	r := l.as(kioskToken, "POST", "/v1/kiosk/punches", `{"dir":"in","identification":"at-k1-e2-pin"}`)
	require.Equal(t, "device_may_not_punch", r.problem(t).Code)
	require.Equal(t, "no_kiosk_code", l.get(kioskToken, "/v1/kiosk/code").problem(t).Code)
}

// recorded is the last punch in the log.
func (c *counter) recorded() timecard.PunchDetails {
	c.t.Helper()
	codec := ledger.NewCodec()
	var out timecard.PunchDetails
	for d, err := range codec.DecodeAll(c.store.ReadAll(c.t.Context(), 0)) {
		require.NoError(c.t, err)
		if details, ok := ledger.DetailsOf(d.Event); ok {
			out = details
		}
	}
	return out
}

func TestAKioskOpensWithItsKeyOrACode(t *testing.T) {
	l := newLobby(t)
	var asked struct{ Challenge string }
	l.as("", "POST", "/v1/kiosk/challenge", `{"device":"k1"}`).into(t, &asked)
	var opened struct{ Token, Site string }
	l.as("", "POST", "/v1/kiosk/session", `{"device":"k1","challenge":"sign-k1","signature":"by-k1"}`).into(t, &opened)
	require.Equal(t, kioskToken, opened.Token)
	require.Equal(t, "hq", opened.Site)
	require.Equal(t, "kiosk_refused", l.as("", "POST", "/v1/kiosk/session", `{"device":"k1","challenge":"sign-k1","signature":"by-k2"}`).problem(t).Code)
	var paired struct{ Code string }
	l.as("personnel", "POST", "/v1/kiosks/k1/pair", "").into(t, &paired)
	l.as("", "POST", "/v1/kiosk/session", `{"code":"`+paired.Code+`"}`).into(t, &opened)
	require.Equal(t, kioskToken, opened.Token)
	r := l.as("", "POST", "/v1/kiosk/session", `{"code":"`+paired.Code+`"}`, "X-Forwarded-For", "203.0.113.9")
	require.Equal(t, "http_in_clear", r.problem(t).Code, "a code does not go where others read along")
	r = l.as(kioskToken, "POST", "/v1/kiosk/identifications", `{"number":"e1","pin":"pin-e1"}`, "X-Forwarded-For", "203.0.113.9")
	require.Equal(t, "http_in_clear", r.problem(t).Code)
	r = l.as("personnel", "POST", "/v1/kiosks/d1/trust", `{"level":"blocked","reason":"x"}`)
	require.Equal(t, "unknown_device", r.problem(t).Code)
	l.phone("d1", "e1")
	r = l.as("personnel", "POST", "/v1/kiosks/d1/trust", `{"level":"blocked","reason":"x"}`)
	require.Equal(t, "unknown_device", r.problem(t).Code, "somebody's own device is no kiosk")
}

// shown is what the kiosk's screen shows.
func (l *lobby) shown() string {
	l.t.Helper()
	var out struct {
		Text, SVG string
		Left      int `json:"seconds_left"`
	}
	l.get(kioskToken, "/v1/kiosk/code?picture=svg").into(l.t, &out)
	require.Contains(l.t, out.SVG, out.Text)
	require.LessOrEqual(l.t, out.Left, 15)
	return out.Text
}

// scanned hands in a punch of a phone with what a screen showed.
func (l *lobby) scanned(p *signedtest.Phone, code string) timecard.PunchDetails {
	l.t.Helper()
	claim, err := json.Marshal(map[string]string{"salt": strings.Repeat("A", 22), "code": code})
	require.NoError(l.t, err)
	b := p.Body(l.now, timecard.In)
	l.send(p.Emp, p.Sent(p.Seal(b, claim), l.now))
	return l.recorded()
}

func TestTheCodeOfAKioskProvesThePlaceOnceForEachPerson(t *testing.T) {
	l := newLobby(t)
	p1, p2 := l.phone("d1", "e1"), l.phone("d2", "e2")
	code := l.shown()
	got := l.scanned(p1, code)
	require.Equal(t, timecard.Yes, got.Facts.SiteCode, "%+v", got.Facts)
	require.Equal(t, "k1", got.Facts.Kiosk)
	require.Equal(t, "hq", got.Facts.Site)
	require.Equal(t, timecard.PlaceOffice, got.Place)
	got = l.scanned(p2, code)
	require.Equal(t, timecard.Yes, got.Facts.SiteCode, "it is everybody's")
	l.now += 5_000
	got = l.scanned(p1, code)
	require.Equal(t, timecard.No, got.Facts.SiteCode)
	require.Contains(t, got.Reasons, place.ReasonCodeUsed)
	l.now += 30_000
	code = l.shown()
	l.now += 30_000
	require.Equal(t, timecard.Yes, l.scanned(p1, code).Facts.SiteCode, "two steps later")
	l.now += 16_000
	require.Equal(t, timecard.No, l.scanned(p2, code).Facts.SiteCode, "three steps later")
	for _, made := range []string{"plk1:k1:00000000", "plk1:k9:12345678", "plk1:d1:12345678", "plk1:", strings.TrimPrefix(l.shown(), "plk1:k1:")} {
		require.Equal(t, timecard.No, l.scanned(p2, made).Facts.SiteCode, made)
	}
	code = l.shown()
	l.must(place.SetTrust{Device: "k1", Level: place.Blocked, Reason: "stolen"})
	require.Equal(t, timecard.No, l.scanned(p2, code).Facts.SiteCode, "of a blocked kiosk")
}

func TestAPunchWithoutAKeyIsTheLedgersWord(t *testing.T) {
	l := newLobby(t)
	r := l.as("e1", "POST", "/v1/me/punches", `{"dir":"in"}`, "Idempotency-Key", "a")
	var first, again struct {
		Punch, Outcome, Receipt string
		Repeated                bool
	}
	r.into(t, &first)
	require.Equal(t, "held", first.Outcome, "the rules ask for a place")
	got := l.recorded()
	require.Equal(t, timecard.ChannelAPI, got.Channel, "by a token")
	require.Equal(t, timecard.ServerTime, got.TimeSource)
	require.Contains(t, got.Reasons, "unsigned")
	l.now += 10_000
	l.as("e1", "POST", "/v1/me/punches", `{"dir":"in"}`, "Idempotency-Key", "a").into(t, &again)
	require.True(t, again.Repeated)
	require.Equal(t, first.Receipt, again.Receipt)
	body := fmt.Sprintf(`{"dir":"out","code":%q}`, l.shown())
	l.as("e1", "POST", "/v1/me/punches", body).into(t, &again)
	require.Equal(t, "accepted", again.Outcome)
	l.must(people.SetPolicy{Policy: people.UnsignedPunches, Value: people.Hold})
	l.now += 60_000
	body = fmt.Sprintf(`{"dir":"in","code":%q}`, l.shown())
	l.as("e1", "POST", "/v1/me/punches", body).into(t, &again)
	require.Equal(t, "held", again.Outcome)
	require.Equal(t, 403, l.as(kioskToken, "POST", "/v1/me/punches", `{"dir":"in"}`).StatusCode)
	require.Equal(t, 403, l.as("audit", "POST", "/v1/me/punches", `{"dir":"in"}`).StatusCode)
}
