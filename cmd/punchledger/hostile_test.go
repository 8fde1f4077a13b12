package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/timecard/signedtest"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/seal"
)

// strictIntake rejects whatever a policy can reject.
const strictIntake = `intake:
  online: {max_skew: 1m}
  offline: {max_age: 1h, older: hold}
  device: {mock_location: reject, emulator: reject, rooted: reject, unbound: reject, integrity: reject}
  office: {any_of: [fence], max_accuracy: 20m}
  otherwise:
    - {need: [location, photo, note], outcome: reject, place: field}
corrections:`

// everySign is what speaks against a punch that has every sign at once. That its signature does not hold is another punch: nothing else is
// believed of it then.
var everySign = []string{
	"chain_broken", "chain_gap", "mono_rollback", "clock_rollback", "clock_off", "clocks_disagree", "zone_mismatch", "ticket_stale", "device_retired", "after_handover",
	"device_unconfirmed", "passkey_unverified", "mock_location", "emulator", "rooted", "unbound", "outside_fence", "offline_too_old",
	"proof_missing", "impossible_travel_strong",
}

// suspect is somebody whose phone shows every bad sign.
type suspect struct {
	*served
	clock   *atomic.Int64 // milliseconds since goodTime
	own, hr string
	phone   *signedtest.Phone
}

// TestWithEverySignAgainstItAPunchIsStored sends a punch against which everything speaks that the ledger knows, under the rules that are
// shipped and under the strictest that can be written. It is an event with each of its reasons, its owner sees it and can appeal, and the answer
// is a signed receipt.
func TestWithEverySignAgainstItAPunchIsStored(t *testing.T) {
	for name, c := range map[string]struct {
		rules, outcome, event, state string
		more                         []string
	}{
		"as shipped":       {"", "held", "PunchHeld", "held", nil},
		"under the strict": {strictIntake, "rejected", "PunchRejected", "rejected", []string{"integrity"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSuspect(t, c.rules)
			e := s.worst()
			before := s.now()
			a := s.hand(e)
			require.Equal(t, c.outcome, a.Outcome)
			codes := []string{}
			for _, r := range a.Reasons {
				codes = append(codes, r.Code)
				require.NotEmpty(t, r.Text)
			}
			for _, sign := range append(c.more, everySign...) {
				require.Contains(t, codes, sign)
			}
			s.genuine(a.Receipt, c.outcome, codes)
			s.stored(c.event, codes)
			require.True(t, s.hand(e).Repeated, "it is stored once")
			s.seen(a.Punch, c.state, len(codes))
			s.appealed(a.Punch, c.outcome)
			forged := s.forge()
			require.Equal(t, "held", forged.Outcome, "somebody is logged in and hands it in alone")
			require.Equal(t, "bad_signature", forged.Reasons[0].Code)
			s.genuine(forged.Receipt, "held", nil)
			require.False(t, s.now().Before(before))
		})
	}
}

func newSuspect(t *testing.T, rules string) *suspect {
	t.Helper()
	s := &suspect{clock: &atomic.Int64{}}
	s.served = newServed(t, func(v *served) {
		v.now = func() time.Time { return goodTime.Add(time.Duration(s.clock.Load()) * time.Millisecond) }
		group := "office"
		if rules != "" {
			group = "strict"
			source, ok := ruleset.PackSource("cn-bj-office")
			require.True(t, ok)
			doc := string(source)
			from, to := strings.Index(doc, "\nintake:")+1, strings.Index(doc, "\ncorrections:")+len("\ncorrections:")
			v.write("strict.yaml", []byte(strings.Replace(doc[:from]+rules+doc[to:], "cn-bj-office", "strict", 1)))
			v.must("rules", "publish", "strict.yaml", "--from", "2026-01-01")
			v.must("groups", "add", group)
			v.must("groups", "bind", group, "strict", "--from", "2026-01-01")
		}
		v.writing(func(c *console, w *writer) {
			for _, cmd := range []ledger.Command{
				place.OpenSite{Site: "hq", Name: "HQ", TZ: "Asia/Shanghai"},
				place.SetFences{Site: "hq", Version: 1, Precision: place.PrecisionVerdict, Fences: []place.Fence{
					{ID: "main", Shape: place.Circle, CRS: place.WGS84, Points: []place.Point{{Lat: 39.9, Lon: 116.4}}, RadiusM: 150},
				}},
				place.SetNetworks{Site: "hq", Version: 1, IP: []string{"203.0.113.0/24"}},
			} {
				_, err := w.do(c, cmd)
				require.NoError(t, err)
			}
		})
		v.must("people", "add", "--id", "e5", "--name", "Sun", "--group", group, "--hired", "2026-10-01", "--site", "hq")
		s.hr = v.tokenFor("personnel", tokenActions()...)
		s.own = v.tokenFor("e5", tokenActions()...)
	})
	return s
}

// later moves every clock on.
func (s *suspect) later(by time.Duration) { s.clock.Add(by.Milliseconds()) }

func (s *suspect) as(token, method, path, body string, into any) {
	s.t.Helper()
	resp, answer := s.send(token, method, path, "application/json", body)
	require.Less(s.t, resp.StatusCode, 300, "%s %s: %s", method, path, answer)
	if into != nil {
		require.NoError(s.t, json.Unmarshal(answer, into), "%s", answer)
	}
}

type handed struct {
	Punch, Outcome, Receipt string
	Repeated                bool
	Reasons                 []struct{ Code, Text string }
}

func (s *suspect) hand(e timecard.Envelope) handed {
	s.t.Helper()
	var out struct{ Punches []handed }
	s.as(s.own, "POST", "/v1/punches", wireOf(e), &out)
	return out.Punches[0]
}

// worst is a punch after others: one from the office, one that followed nothing, one that never came. The phone was never confirmed, was
// retired, replaced and taken from its owner; its ticket is four days old; both its clocks were set back; it was in Buenos Aires ten minutes after Beijing, or says so.
func (s *suspect) worst() timecard.Envelope {
	s.t.Helper()
	var keys struct{ Origin string }
	s.as("", "GET", "/v1/keys", "", &keys)
	p := signedtest.New(keys.Origin, "phone.e5", "e5")
	s.phone, p.Zone, p.BootedAt = p, "Asia/Shanghai", domain.InstantOf(s.now())-3600_000
	s.as(s.own, "POST", "/v1/employees/e5/devices/phone.e5", fmt.Sprintf(`{"kind":"phone","public_key":%q}`, p.PublicKey), nil)
	next := signedtest.New(keys.Origin, "phone.new", "e5")
	s.as(s.own, "POST", "/v1/employees/e5/devices/phone.new", fmt.Sprintf(`{"kind":"phone","public_key":%q}`, next.PublicKey), nil)
	var ticket struct{ Ticket, Nonce string }
	s.as(s.own, "GET", "/v1/tickets?device=phone.e5", "", &ticket)
	p.Ticket, p.Nonce = ticket.Ticket, ticket.Nonce
	s.later(96 * time.Hour)
	at := func() domain.Instant { return domain.InstantOf(s.now()) }
	tap := func(claim string) timecard.Envelope {
		return p.Sent(p.Seal(p.Body(at(), timecard.In), []byte(claim)), at())
	}
	s.hand(tap(placeInside))
	s.later(time.Minute)
	p.Prev = strings.Repeat("A", 43)
	s.hand(tap(placeInside))
	p.N++ // one that never came
	s.as(s.own, "POST", "/v1/employees/e5/devices/phone.e5/retire", "", nil)
	s.as(s.hr, "POST", "/v1/employees/e5/devices/phone.e5/handover", `{"to":"phone.new"}`, nil)
	s.must("devices", "release", "phone.e5", "--reason", "lost")
	s.later(10 * time.Minute)
	p.BootedAt += 2 * 3600_000
	p.Offset = -2 * 3600_000
	body := p.Body(at(), timecard.Out)
	body.Wall = timecard.WallOf(at()+p.Offset, 2*3600)
	e := p.Seal(body, []byte(`{`+placeSalt+`,"lat_e7":-346037000,"lon_e7":-583816000,"accuracy_m":500,"age_ms":80000000,"crs":"wgs84",`+
		`"wifi":"00:00:00:00:00:00","code":"123456","site":"hq","mock":true,"rooted":true,"emulator":true,"integrity":"failed"}`))
	s.later(30 * time.Hour)
	p.Offset = -3600_000
	e = p.Sent(e, at())
	e.Note = "I was there"
	e.Passkey = &timecard.Assertion{Credential: "AAAA", AuthData: "AAAA", ClientData: "AAAA", Signature: "AAAA"}
	return e
}

// forge is the next punch of the phone with the signature of somebody else.
func (s *suspect) forge() handed {
	s.t.Helper()
	p := *s.phone
	now := domain.InstantOf(s.now())
	e := p.Sent(p.Seal(p.Body(now, timecard.In), []byte(placeInside)), now)
	other := signedtest.New(p.Origin, "phone.other", "e5")
	raw, err := base64.RawURLEncoding.DecodeString(e.Signed)
	require.NoError(s.t, err)
	e.Signature = base64.RawURLEncoding.EncodeToString(other.Sign(raw))
	return s.hand(e)
}

// genuine verifies a receipt with what anybody can ask for.
func (s *suspect) genuine(receipt, outcome string, reasons []string) {
	s.t.Helper()
	var keys struct {
		Origin string
		Keys   []struct{ PEM string }
	}
	s.as("", "GET", "/v1/keys", "", &keys)
	public, err := seal.FromPEM([]byte(keys.Keys[0].PEM))
	require.NoError(s.t, err)
	v, err := seal.NewVerifier(keys.Origin, public)
	require.NoError(s.t, err)
	text, err := v.Open(receipt)
	require.NoError(s.t, err)
	require.Contains(s.t, text, "\noutcome "+outcome+"\n")
	for _, code := range reasons {
		require.Contains(s.t, text, code)
	}
}

// stored looks at the event itself, and at that it holds no place in clear.
func (s *suspect) stored(event string, reasons []string) {
	s.t.Helper()
	events := lines[struct {
		Type string
		Data struct {
			Punch   string
			Reasons []string
		}
	}](s.shell, "log", "tail", "-n", "50")
	found := false
	for _, e := range events {
		if e.Data.Punch == "phone.e5.4" {
			found = true
			require.Equal(s.t, event, e.Type)
			require.Equal(s.t, reasons, e.Data.Reasons)
		}
	}
	require.True(s.t, found)
	clear(s.t, s.dir, disguises([]string{"346037000", "583816000"}))
}

// seen reads the punch as its owner does, in both languages.
func (s *suspect) seen(punch, state string, reasons int) {
	s.t.Helper()
	for _, lang := range []string{"en", "zh-CN"} {
		var list struct {
			Items []struct {
				Punch, State string
				Reasons      []struct{ Code, Text string }
			}
		}
		s.as(s.own, "GET", "/v1/employees/e5/punches?from=2026-10-12&to=2026-10-31&lang="+lang, "", &list)
		found := false
		for _, p := range list.Items {
			if p.Punch != punch {
				continue
			}
			found = true
			require.Equal(s.t, state, p.State)
			require.GreaterOrEqual(s.t, len(p.Reasons), reasons)
			for _, r := range p.Reasons {
				require.NotEmpty(s.t, r.Text, r.Code)
				require.NotContains(s.t, r.Text, "–", r.Code)
				require.NotContains(s.t, r.Text, "346037", r.Code)
			}
		}
		require.True(s.t, found, "its owner sees it")
	}
}

// appealed lets its owner ask for another look, and personnel admit it.
func (s *suspect) appealed(punch, outcome string) {
	s.t.Helper()
	path := "/v1/employees/e5/punches/" + punch
	if outcome == "held" {
		s.as(s.hr, "POST", path+"/refuse", `{"reason":"not_there"}`, nil)
	}
	s.as(s.own, "POST", path+"/appeal", `{"text":"I was there, and the phone is old"}`, nil)
	resp, _ := s.send(s.own, "POST", path+"/admit", "application/json", `{"reason":"seen"}`)
	require.Equal(s.t, http.StatusForbidden, resp.StatusCode, "nobody admits their own")
	s.as(s.hr, "POST", path+"/admit", `{"reason":"seen"}`, nil)
}
