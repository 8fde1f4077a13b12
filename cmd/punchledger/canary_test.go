package main

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/identity"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/access"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/timecard/signedtest"
	"github.com/punchledger/punchledger/eventstore/ledger"
)

// What is planted: personal values that the ledger keeps sealed, and secrets of which it keeps what proves them.
const (
	canaryName     = "Zeisig Canary-Name"
	canaryNewName  = "Girlitz Canary-Name"
	canaryBadge    = "77001166225"
	canaryNote     = "canary: the note of a punch by hand"
	canarySaid     = "canary: what a phone noted"
	canaryWish     = "canary: why it was forgotten"
	canaryAppeal   = "canary: why it should count"
	canaryExif     = "canary: what a camera wrote"
	canaryLat      = "312304417"
	canaryLon      = "1214737719"
	canaryDegrees  = "31.2304417"
	canaryBSSID    = "aa:bb:cc:77:11:66"
	canaryPassword = "canary Stieglitz im Winter"
	// What bad requests hold.
	canaryGuess = "canaryguess Fink"
	canaryWord  = "canaryword"
)

// canaries is a ledger in which they are planted over HTTP.
type canaries struct {
	*served
	hr, own, boss string
	secrets       []string // as they were planted and handed out
	answers       []apiAnswer
}

// TestNothingPersonalLeavesTheServer plants personal values and secrets over HTTP, in good requests and in bad ones, and looks for them in
// the log, in what is answered to others, in heads, and in every file, in clear and in the usual disguises.
func TestNothingPersonalLeavesTheServer(t *testing.T) {
	c := newCanaries(t)
	c.plantPerson()
	c.plantPunch()
	c.plantEvidence()
	c.plantLogin()
	c.failing()
	for _, path := range []string{"/livez", "/readyz", "/v1/openapi.json", "/v1/keys", "/metrics", "/debug/vars"} {
		c.ask("", "GET", path, "")
	}
	c.measured()
	sealed := disguises(c.secrets)
	b, err := os.ReadFile(filepath.Join(c.dir, "ledger", "ledger.db-wal"))
	require.NoError(t, err)
	require.Contains(t, string(b), "not_there", "what is not sealed would be found")
	require.Positive(t, clear(t, c.dir, sealed)["-wal"], "the log's own log is looked at as well")
	for _, a := range c.answers {
		head := fmt.Sprint(a.header)
		if a.status >= 400 || a.header.Get("Content-Type") == "" {
			head += string(a.body)
		}
		for _, s := range c.secrets {
			require.NotContains(t, head, s, "%d", a.status)
		}
	}
	c.stop()
	log := strings.ToLower(c.log.String() + c.out.String())
	require.Contains(t, log, "route=", "requests are logged")
	for _, s := range append(disguises(c.secrets), canaryGuess, canaryWord, "canary", "203.0.113.77") {
		require.NotContains(t, log, strings.ToLower(s))
	}
	clear(t, c.dir, disguises(append(c.secrets, canaryGuess)))
}

func newCanaries(t *testing.T) *canaries {
	t.Helper()
	c := &canaries{}
	var invitation string
	c.served = newServed(t, func(s *served) {
		s.must("people", "add", "--id", "e7", "--name", canaryName, "--group", "office", "--hired", "2026-10-01", "--badge", canaryBadge)
		s.writing(func(console *console, w *writer) {
			for _, cmd := range []ledger.Command{
				place.OpenSite{Site: "hq", Name: "HQ", TZ: "Asia/Shanghai"},
				place.SetFences{Site: "hq", Version: 1, Precision: place.PrecisionExact, Fences: []place.Fence{
					{ID: "main", Shape: place.Circle, CRS: place.WGS84, Points: []place.Point{{Lat: 39.9, Lon: 116.4}}, RadiusM: 150},
				}},
			} {
				_, err := w.do(console, cmd)
				require.NoError(t, err)
			}
		})
		s.must("people", "assign", "e7", "--from", "2026-10-12", "--site", "hq")
		s.atMachine("boss", access.Owner, func(who *identity.Service) {
			secret, _, err := who.Invite(t.Context(), identity.InvitationRequest{Principal: "boss", By: "admin"})
			require.NoError(t, err)
			invitation = secret.Reveal()
		})
		c.hr, c.own = s.tokenFor("personnel", tokenActions()...), s.tokenFor("e7", tokenActions()...)
	})
	c.boss = invitation
	c.secrets = []string{
		canaryName, canaryNewName, canaryBadge, canaryNote, canarySaid, canaryWish, canaryAppeal, canaryExif, canaryLat, canaryLon, canaryDegrees,
		canaryBSSID, canaryPassword, invitation, strings.ReplaceAll(invitation, "-", ""), c.hr, c.own,
	}
	return c
}

// ask sends a request and keeps its answer.
func (c *canaries) ask(token, method, path, body string, header ...string) apiAnswer {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, strings.NewReader(body))
	require.NoError(c.t, err)
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(c.t, err)
	a := readAnswer(c.t, resp)
	c.answers = append(c.answers, a)
	return a
}

// good is ask for what must be done.
func (c *canaries) good(token, method, path, body string, header ...string) map[string]any {
	c.t.Helper()
	a := c.ask(token, method, path, body, header...)
	require.Less(c.t, a.status, 300, "%s %s: %s", method, path, a.body)
	var out map[string]any
	_ = json.Unmarshal(a.body, &out) // a file is none
	return out
}

func (c *canaries) plantPerson() {
	c.good(c.hr, "POST", "/v1/employees/e8", `{"name":"`+canaryName+`","hired_on":"2026-10-12","terms":{"group":"office"}}`)
	c.good(c.hr, "POST", "/v1/employees/e8/assignments", `{"effective_on":"2026-10-14","change":{"cost":"c1"},"name":"`+canaryNewName+`"}`)
	c.good(c.hr, "POST", "/v1/employees/e7/punches", `{"at":"2026-10-13T08:58","dir":"in","reason":"forgotten","note":"`+canaryNote+`"}`)
	c.good(c.hr, "POST", "/v1/sites/hq/networks", `{"from":"always","ip":[],"wifi":[{"bssid":"`+canaryBSSID+`"}]}`)
}

func (c *canaries) plantPunch() {
	origin := c.good("", "GET", "/v1/keys", "")["origin"].(string)
	p := signedtest.New(origin, "phone", "e7")
	now := domain.InstantOf(c.now())
	p.BootedAt, p.Zone = now-3600_000, "Asia/Shanghai"
	c.good(c.own, "POST", "/v1/employees/e7/devices/phone", fmt.Sprintf(`{"kind":"phone","public_key":%q}`, p.PublicKey))
	c.good(c.hr, "POST", "/v1/employees/e7/devices/phone/confirm", `{"how":"in_person"}`)
	claim := `{` + placeSalt + `,"lat_e7":` + canaryLat + `,"lon_e7":` + canaryLon + `,"accuracy_m":12,"crs":"wgs84","wifi":"` + canaryBSSID + `"}`
	e := p.Sent(p.Seal(p.Body(now, timecard.In), []byte(claim)), now)
	e.Note = canarySaid
	c.good(c.own, "POST", "/v1/punches", wireOf(e), "X-Forwarded-For", "203.0.113.77")
	c.good(c.hr, "POST", "/v1/employees/e7/punches/phone.1/refuse", `{"reason":"not_there"}`)
	c.good(c.own, "POST", "/v1/employees/e7/punches/phone.1/appeal", `{"text":"`+canaryAppeal+`"}`)
	for _, path := range []string{"/v1/employees/e7/punches", "/v1/employees/e7/punches/phone.1/receipt", "/v1/tickets", "/v1/presence", "/v1/log/events"} {
		c.ask(c.own, "GET", path, "")
	}
}

func (c *canaries) plantEvidence() {
	photo := pngOf(sized(1, 1, 8, 0, 0), packed([]byte{0, 0}), chunk("tEXt", "Comment\x00"+canaryExif))
	stored := c.good(c.own, "POST", "/v1/employees/e7/evidence", photo, "Content-Type", "image/png",
		"Content-Disposition", `attachment; filename="`+canaryWord+`.png"`)["evidence"].(string)
	c.good(c.own, "POST", "/v1/employees/e7/requests",
		`{"kind":"correction","at":"2026-10-13T19:00","dir":"out","reason":"forgotten","text":"`+canaryWish+`","evidence":["`+stored+`"]}`)
	shown := c.ask(c.hr, "GET", "/v1/employees/e7/evidence/"+stored, "")
	require.Equal(c.t, http.StatusOK, shown.status)
	require.NotContains(c.t, string(shown.body), canaryExif, "the copy for viewing has only pixels")
	whole := c.ask(c.own, "GET", "/v1/employees/e7/evidence/"+stored+"?original=true", "")
	require.Equal(c.t, photo, string(whole.body))
	spoilt := c.ask(c.own, "POST", "/v1/employees/e7/evidence", photo+canaryExif, "Content-Type", "image/png")
	require.Equal(c.t, http.StatusUnprocessableEntity, spoilt.status)
}

// plantLogin gives the owner a password and one-time codes, and everything that is handed out is a secret from then on.
func (c *canaries) plantLogin() {
	secret := func(values ...string) { c.secrets = append(c.secrets, values...) }
	in := c.good("", "POST", "/v1/login/invitation", `{"code":"`+c.boss+`","bearer":true}`)
	first := in["token"].(string)
	set := c.good(first, "POST", "/v1/me/password", `{"password":"`+canaryPassword+`"}`)
	second := set["signed_in"].(map[string]any)["token"].(string)
	offer := c.good(second, "POST", "/v1/me/one-time-codes/begin", "")
	key := offer["key"].(string)
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(key)
	require.NoError(c.t, err)
	code := identity.OneTimeCode(raw, c.now().Unix()/30)
	done := c.good(second, "POST", "/v1/me/one-time-codes", `{"ceremony":"`+offer["ceremony"].(string)+`","code":"`+code+`"}`)
	strong := done["signed_in"].(map[string]any)["token"].(string)
	secret(first, second, strong, strings.TrimPrefix(strong, "pls_"), key, string(raw))
	for _, one := range done["recovery_codes"].([]any) {
		secret(one.(string), strings.ReplaceAll(one.(string), "-", ""))
	}
	made := c.good(strong, "POST", "/v1/me/tokens", `{"name":"nightly","actions":["grant.read"]}`)
	secret(made["token"].(string))
	invited := c.good(strong, "POST", "/v1/principals/e7/login/invitation", `{"picture":"svg"}`)
	secret(invited["code"].(string))
	half := c.good("", "POST", "/v1/login/password", `{"login":"boss","password":"`+canaryPassword+`"}`)
	secret(half["second_factor"].(string))
	for _, login := range []string{"boss", canaryWord} {
		wrong := c.ask("", "POST", "/v1/login/password", `{"login":"`+login+`","password":"`+canaryGuess+`"}`)
		require.Equal(c.t, http.StatusForbidden, wrong.status, "%s", wrong.body)
		require.NotContains(c.t, string(wrong.body), canaryGuess)
	}
	c.ask("", "POST", "/v1/login/second-factor", `{"ceremony":"`+half["second_factor"].(string)+`","code":"`+canaryGuess+`"}`)
	c.ask("", "POST", "/v1/login/invitation", `{"code":"`+canaryGuess+`"}`)
	c.ask("", "POST", "/v1/me/password", `{"password":"`+canaryGuess+`"}`)
}

// failing sends requests that cannot be done and hold something personal in each of their parts. An answer may say to whoever sent it what
// was wrong with it, shortened; a body is never repeated.
func (c *canaries) failing() {
	c.t.Helper()
	for _, path := range []string{
		"/v1/employees/" + canaryWord, "/v1/" + canaryWord, "/v1/employees/" + strings.ToUpper(canaryWord), "/v1/employees/e7/evidence/e7.202610." + canaryWord,
		"/v1/days?from=" + canaryWord, "/v1/days?" + canaryWord + "=1", "/v1/days?as_of=" + canaryWord, "/v1/days?cursor=" + canaryWord,
		"/v1/employees/e7/punches/" + canaryWord + "/receipt", "/v1/log/events?stream=" + canaryWord, "/" + canaryWord + "/../x", "/v1/employees/e7?lang=" + canaryWord,
	} {
		for _, who := range []string{"", c.own, c.hr, canaryGuess} {
			a := c.ask(who, "GET", path, "", "User-Agent", "CanaryAgent/7.7 ("+canaryWord+")", "Referer", "https://example.com/"+canaryWord, "X-Request-Id", canaryWord,
				"Cookie", "__Host-session="+canaryWord, "Idempotency-Key", strings.Repeat(canaryWord, 20), "If-Match", canaryWord, "Last-Event-ID", canaryWord,
				"X-Forwarded-For", "203.0.113.77", "Accept-Language", canaryWord)
			require.Less(c.t, a.status, 500, "%s", a.body)
			require.Less(c.t, strings.Count(string(a.body), canaryWord), 40, "what is repeated is short")
		}
	}
	long := strings.Repeat(canaryGuess, 5000)
	for _, body := range []string{
		`{"name":"` + canaryGuess, `{"name":"` + canaryGuess + `","hired_on":"` + canaryGuess + `"}`, `["` + canaryGuess + `"]`, `{"name":["` + canaryGuess + `"]}`,
		`{"name":"` + long + `","hired_on":"2026-10-12","terms":{"group":"office"}}`, canaryGuess,
	} {
		for _, path := range []string{"/v1/employees/e9", "/v1/punches", "/v1/employees/e7/requests", "/v1/login/password", "/v1/sites/hq/fences", "/v1/groups/g9"} {
			a := c.ask(c.hr, "POST", path, body)
			require.GreaterOrEqual(c.t, a.status, 400, "%s", a.body)
			require.NotContains(c.t, string(a.body), canaryGuess, "a body is not repeated")
		}
	}
	taken := c.ask(c.hr, "POST", "/v1/employees/e8", `{"name":"`+canaryName+`","hired_on":"2026-10-12","terms":{"group":"`+canaryWord+`"}}`)
	require.GreaterOrEqual(c.t, taken.status, 400)
	for _, head := range []string{
		"GET /" + canaryWord + " HTTP/1.1\r\nHost: a b\r\nX-Canary: " + canaryWord + "\r\n\r\n", canaryWord + "\r\n\r\n",
		"POST /v1/employees/" + canaryWord + " HTTP/1.1\r\nHost: a\r\nContent-Length: -" + canaryWord + "\r\n\r\n",
		"POST /v1/employees/e9 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + c.hr + "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + canaryWord + "\r\n",
	} {
		b := &badAPI{served: c.served, t: c.t}
		b.overTheWire(head, "")
	}
	require.NotEqual(c.t, http.StatusOK, c.ask("", "GET", "/v1/stream", "", "Last-Event-ID", canaryWord).status)
}

// labelled are the values that the labels of metrics may have: nothing of a person, no id and no text can be among them.
var labelled = map[string]*regexp.Regexp{
	"route": regexp.MustCompile(`^(none|(GET|POST|PUT|PATCH|DELETE) /[a-z0-9_./{}-]*|/lite/?)$`), "class": regexp.MustCompile(`^([1-5]xx|none)$`),
	"result": regexp.MustCompile(`^(stored|repeated|conflict|failed|taken|refused|unreachable)$`), "outcome": regexp.MustCompile(`^(accepted|held|rejected|added)$`),
	"kind": regexp.MustCompile(`^(webhook|nats|kafka)$`), "shard": regexp.MustCompile(`^[0-9]{1,3}$`), "le": regexp.MustCompile(`^([0-9.e+-]+|\+Inf)$`),
	"version": regexp.MustCompile(`^(go)?[0-9.]+$`), "quantile": regexp.MustCompile(`^[0-9.]+$`),
}

// measured looks for what was planted in the metrics, and at each of their labels.
func (c *canaries) measured() {
	c.t.Helper()
	a := c.ask("", "GET", "/metrics", "")
	require.Equal(c.t, http.StatusOK, a.status)
	text := strings.ToLower(string(a.body))
	require.Regexp(c.t, `punchledger_punches_total\{outcome="(accepted|held|rejected)"\} 1`, text, "what was done is counted")
	for _, s := range append(disguises(c.secrets), canaryGuess, canaryWord, "canary", "203.0.113.77", "personnel", "boss", "office", "phone") {
		require.NotContains(c.t, text, strings.ToLower(s))
	}
	series, label := 0, regexp.MustCompile(`([a-z_]+)="([^"]*)"`)
	for line := range strings.Lines(string(a.body)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		series++
		name := line[:strings.LastIndexByte(line, ' ')]
		for _, m := range label.FindAllStringSubmatch(name, -1) {
			require.NotNil(c.t, labelled[m[1]], "a label that nobody has looked at: %s", line)
			require.Regexp(c.t, labelled[m[1]], m[2], line)
		}
	}
	require.Greater(c.t, series, 100)
}

// disguises are secrets in clear and as they look in base64 wherever they begin, in hexadecimal and in UTF-16.
func disguises(secrets []string) (out []string) {
	for _, s := range secrets {
		out = append(out, s, hex.EncodeToString([]byte(s)), strings.ToUpper(hex.EncodeToString([]byte(s))))
		for pad := range 3 {
			for _, e := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
				whole := e.EncodeToString([]byte(strings.Repeat("x", pad) + s))
				first, last := []int{0, 2, 3}[pad], len(whole)-1 // the characters at both ends depend on what stands beside it
				out = append(out, whole[first:last])
			}
		}
		little, big := []byte{}, []byte{}
		for _, u := range utf16.Encode([]rune(s)) {
			little, big = binary.LittleEndian.AppendUint16(little, u), binary.BigEndian.AppendUint16(big, u)
		}
		out = append(out, string(little), string(big))
	}
	return out
}
