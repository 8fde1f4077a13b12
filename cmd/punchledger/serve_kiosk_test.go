package main

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/timecard/signedtest"
)

// kioskServer serves a ledger with the kiosk k1, which is confirmed, and PINs of e1 and of boss.
func kioskServer(t *testing.T) (s *served, k *signedtest.Phone, pins map[string]string) {
	t.Helper()
	pins = map[string]string{}
	s = newServed(t, func(s *served) {
		s.atMachine("boss", access.Owner, func(who *identity.Service) {
			for _, p := range []string{"e1", "boss"} {
				secret, _, err := who.IssuePIN(t.Context(), p, "admin")
				require.NoError(t, err)
				pins[p] = secret.Reveal()
			}
		})
		s.writing(func(c *console, w *writer) {
			k = signedtest.New(w.ledger.Directory().Org().Origin, "k1", "e1")
			_, err := w.do(c, place.EnrolDevice{Device: "k1", Kind: place.Kiosk, PublicKey: k.PublicKey})
			require.NoError(t, err)
		})
		k.BootedAt = domain.InstantOf(goodTime) - 3600_000
		s.must("devices", "confirm", "k1")
	})
	return s, k, pins
}

// opens proves the kiosk by its key.
func (s *served) opens(k *signedtest.Phone) browser {
	s.t.Helper()
	b := browser{s: s}
	asked := b.post("/v1/kiosk/challenge", `{"device":"k1"}`).must(http.StatusOK)
	challenge := asked.text("challenge")
	signature := base64.RawURLEncoding.EncodeToString(k.Sign(place.KioskText(k.Origin, "k1", challenge)))
	body := fmt.Sprintf(`{"device":"k1","challenge":%q,"signature":%q}`, challenge, signature)
	opened := b.post("/v1/kiosk/session", body).must(http.StatusOK)
	require.Equal(s.t, "ceremony_gone", b.post("/v1/kiosk/session", body).must(http.StatusConflict).text("code"), "a proof counts once")
	return browser{s: s, bearer: opened.text("token")}
}

// signs hands in a punch that the kiosk signed for somebody.
func (b browser) signs(k *signedtest.Phone, emp, identification string) (outcome string, whole string) {
	b.s.t.Helper()
	at := domain.InstantOf(goodTime)
	k.Emp = emp
	e := k.Sent(k.Punch(at, timecard.In), at)
	e.Identification = identification
	said := b.post("/v1/punches", string(signedtest.JSON(e))).must(http.StatusOK)
	first := said.body["punches"].([]any)[0].(map[string]any)
	return first["outcome"].(string), fmt.Sprint(first)
}

func TestAKioskIsProvenAndSoIsWhoStandsThere(t *testing.T) {
	s, k, pins := kioskServer(t)
	kiosk := s.opens(k)
	outcome, whole := kiosk.signs(k, "e1", "")
	require.Equal(t, "held", outcome)
	require.Contains(t, whole, "person_unproven")
	who := kiosk.post("/v1/kiosk/identifications", `{"number":"e1","pin":"`+pins["e1"]+`"}`).must(http.StatusOK)
	require.Equal(t, true, who.body["enough"])
	require.Equal(t, "e1", who.text("emp"))
	outcome, whole = kiosk.signs(k, "e1", who.text("identification"))
	require.NotContains(t, whole, "person_unproven", outcome)
	outcome, whole = kiosk.signs(k, "e1", who.text("identification"))
	require.Equal(t, "held", outcome, "an identification is for one punch")
	require.Contains(t, whole, "person_unproven")
	log := s.must("log", "-o", "json")
	require.Contains(t, log, `"proofs":[{"proof":"pin"}]`)
	for _, pin := range pins {
		require.NotContains(t, log, `"`+pin+`"`)
	}
	kiosk.post("/v1/kiosk/identifications", `{"number":"boss","pin":"`+pins["e1"]+`"}`).must(http.StatusForbidden)
	kiosk.get("/v1/employees").must(http.StatusOK)
	kiosk.get("/v1/employees/e1").must(http.StatusForbidden)
	kiosk.post("/v1/me/pin", `{"pin":"8352"}`).must(http.StatusForbidden)

	s.must("devices", "block", "k1")
	kiosk.post("/v1/kiosk/identifications", `{"number":"e1","pin":"`+pins["e1"]+`"}`).must(http.StatusUnauthorized)
	asked := browser{s: s}.post("/v1/kiosk/challenge", `{"device":"k1"}`).must(http.StatusOK)
	signature := base64.RawURLEncoding.EncodeToString(k.Sign(place.KioskText(k.Origin, "k1", asked.text("challenge"))))
	refused := browser{s: s}.post("/v1/kiosk/session", fmt.Sprintf(`{"device":"k1","challenge":%q,"signature":%q}`, asked.text("challenge"), signature))
	require.Equal(t, "kiosk_refused", refused.must(http.StatusForbidden).text("code"))
}

func TestPINsAndBadgesAreGivenOutAndChosen(t *testing.T) {
	var code string
	s := newServed(t, func(s *served) {
		s.atMachine("boss", access.Owner, func(who *identity.Service) {
			secret, _, err := who.Invite(t.Context(), identity.InvitationRequest{Principal: "e1", By: "admin"})
			require.NoError(t, err)
			code = secret.Reveal()
		})
	})
	pin := strings.Fields(s.must("users", "pin", "e1"))[0]
	require.Regexp(t, `^[0-9]{6}$`, pin)
	badge := s.must("users", "badge", "e1", "--qr", "badge.svg")
	require.Contains(t, badge, "plb1:")
	require.Contains(t, s.must("register"), "e1")
	e1 := s.enrol(code)
	require.Equal(t, "weak_pin", e1.post("/v1/me/pin", `{"pin":"1234"}`).must(http.StatusUnprocessableEntity).text("code"))
	e1.post("/v1/me/pin", `{"pin":"8352"}`).must(http.StatusCreated)
	kinds := fmt.Sprint(e1.get("/v1/me/credentials").must(http.StatusOK).body)
	require.Contains(t, kinds, "pin")
	require.Contains(t, kinds, "badge")
	require.NotRegexp(t, `\b8352\b`, kinds)
	require.NotContains(t, s.must("log", "-o", "json"), `"8352"`)
}
