package httpapi_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/adapters/httpapi"
	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/ruleset"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/timecard/signedtest"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/seal"
)

// counter is an office that takes signed punches, with a site that has a circle of 150 m and rules that ask for it.
type counter struct {
	*office
	signer *seal.Signer
}

func newCounter(t *testing.T) *counter {
	t.Helper()
	key, err := seal.NewKey(zeros{})
	require.NoError(t, err)
	signer, err := seal.NewSigner("punchledger/test", key)
	require.NoError(t, err)
	c := &counter{signer: signer}
	c.office = newOffice(t, func(o *httpapi.Options) {
		intake := ledger.NewIntake(o.Ledger, signer, nil)
		intake.AtKiosks(o.Kiosks.(*namedKiosks).seen)
		o.Intake = func() (*ledger.Intake, error) { return intake, nil }
	})
	c.must(people.RotateSealKey{KeyID: signer.KeyID(), PublicKey: key.PublicKey()})
	c.must(place.OpenSite{Site: "hq", Name: "HQ", TZ: "Asia/Shanghai"})
	c.must(place.SetFences{Site: "hq", Version: 1, Precision: place.PrecisionExact, Fences: []place.Fence{
		{ID: "main", Shape: place.Circle, CRS: place.WGS84, Points: []place.Point{{Lat: 39.9, Lon: 116.4}}, RadiusM: 150},
	}})
	hq := "hq"
	c.must(people.ChangeAssignment{Emp: "e1", EffectiveOn: date(t, "2026-10-01"), Change: people.TermsChange{Site: &hq}})
	c.publish()
	return c
}

func (c *counter) publish() {
	doc, ok := ruleset.Pack("cn-bj-office")
	require.True(c.t, ok)
	data, err := doc.JSON()
	require.NoError(c.t, err)
	hash, err := ruleset.Hash(doc)
	require.NoError(c.t, err)
	c.must(ruleset.DraftRuleset{Ruleset: doc.ID, Draft: "d1", Doc: data, ActorID: "boss"})
	c.must(ruleset.PublishRuleset{Ruleset: doc.ID, Draft: "d1", Hash: hash, EffectiveFrom: date(c.t, "2026-01-01")})
	c.must(people.BindRuleset{Group: "office", Ruleset: doc.ID, From: date(c.t, "2026-01-01")})
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

// phone is enrolled by its owner over HTTP and confirmed by personnel.
func (c *counter) phone(device, emp string) *signedtest.Phone {
	c.t.Helper()
	p := signedtest.New("punchledger/test", device, emp)
	p.BootedAt = c.now - 3600_000
	path := "/v1/employees/" + emp + "/devices/" + device
	body := fmt.Sprintf(`{"kind":"phone","public_key":%q,"model":"P9"}`, p.PublicKey)
	r := c.as(emp, "POST", path, body, "Idempotency-Key", "enrol "+device)
	require.Equal(c.t, http.StatusCreated, r.StatusCode, "%s", r.body)
	require.Equal(c.t, http.StatusCreated, c.as(emp, "POST", path, body, "Idempotency-Key", "enrol "+device).StatusCode, "again")
	r = c.as("personnel", "POST", path+"/confirm", `{"how":"in_person"}`)
	require.Equal(c.t, http.StatusOK, r.StatusCode, "%s", r.body)
	return p
}

// taken is the answer of POST /v1/punches.
type taken struct {
	Batch   string
	Punches []struct {
		Punch, Outcome, Receipt string
		Repeated                bool
		Reasons                 []struct{ Code, Text string }
		Error                   *httpapi.Problem
	}
}

func (c *counter) send(who string, v any) taken {
	c.t.Helper()
	var out taken
	r := c.as(who, "POST", "/v1/punches", string(signedtest.JSON(v)))
	require.Equal(c.t, http.StatusOK, r.StatusCode, "%s", r.body)
	r.into(c.t, &out)
	return out
}

func (c *counter) head() string {
	c.t.Helper()
	h, err := c.store.Head(c.t.Context())
	require.NoError(c.t, err)
	return fmt.Sprint(h)
}

// placed signs a punch with a place object.
func placed(p *signedtest.Phone, at domain.Instant, dir timecard.Direction, claim string) timecard.Envelope {
	return p.Sent(p.Seal(p.Body(at, dir), []byte(claim)), at)
}

const (
	salt   = `"salt":"AAAAAAAAAAAAAAAAAAAAAA"`
	inside = `{` + salt + `,"lat_e7":399000000,"lon_e7":1164000000,"accuracy_m":10,"crs":"wgs84"}`
	afar   = `{` + salt + `,"lat_e7":312000000,"lon_e7":1215000000,"accuracy_m":10,"crs":"wgs84"}`
)

func TestAPunchIsTakenOnceAndItsReceiptIsGenuine(t *testing.T) {
	c := newCounter(t)
	p := c.phone("d1", "e1")
	e := placed(p, c.now, timecard.In, inside)
	first := c.send("e1", e).Punches[0]
	require.Equal(t, "accepted", first.Outcome, "%v", first.Reasons)
	require.False(t, first.Repeated)
	text, err := c.signer.Open(first.Receipt)
	require.NoError(t, err)
	require.Contains(t, text, "\npunch d1.1\nemp e1\noutcome accepted\n")
	head := c.head()
	c.now += 60_000
	again := c.send("e1", e).Punches[0]
	require.True(t, again.Repeated)
	require.Equal(t, first.Receipt, again.Receipt)
	r := c.get("e1", "/v1/employees/e1/punches/d1.1/receipt.txt")
	require.Equal(t, "text/plain; charset=utf-8", r.Header.Get("Content-Type"))
	require.Equal(t, first.Receipt, string(r.body))
	var receipt struct{ Receipt string }
	c.get("e3", "/v1/employees/e1/punches/d1.1/receipt").into(t, &receipt)
	require.Equal(t, first.Receipt, receipt.Receipt, "the manager of that date sees it too")
	require.Equal(t, http.StatusForbidden, c.get("e2", "/v1/employees/e1/punches/d1.1/receipt").StatusCode, "the one before does not")
	require.Equal(t, head, c.head(), "nothing was recorded again")

	var keys struct {
		Origin string
		Keys   []struct{ PEM string }
	}
	c.get("", "/v1/keys").into(t, &keys)
	require.Equal(t, "punchledger/test", keys.Origin)
	require.Equal(t, keys.Keys[0].PEM, string(c.get("", "/v1/keys.pem").body))
	public, err := seal.FromPEM([]byte(keys.Keys[0].PEM))
	require.NoError(t, err)
	v, err := seal.NewVerifier(keys.Origin, public)
	require.NoError(t, err)
	_, err = v.Open(first.Receipt)
	require.NoError(t, err)
}

func TestAPunchIsHeldToldReleasedRefusedAppealedAndAdmitted(t *testing.T) {
	c := newCounter(t)
	p := c.phone("d1", "e1")
	require.Equal(t, "held", c.send("e1", placed(p, c.now, timecard.In, afar)).Punches[0].Outcome)
	c.now += 60_000
	require.Equal(t, "held", c.send("e1", placed(p, c.now, timecard.Out, afar)).Punches[0].Outcome)
	told := func(who string) (out httpapi.List[struct {
		Punch, State string
		Appealed     bool
		Reasons      []struct{ Code, Rule, Text string }
	}],
	) {
		c.get(who, "/v1/employees/e1/punches?from=2026-10-01&to=2026-10-31").into(t, &out)
		return out
	}
	list := told("e1")
	require.Len(t, list.Items, 2)
	require.Equal(t, "held", list.Items[0].State)
	require.Equal(t, "outside_fence", list.Items[0].Reasons[0].Code)
	require.Contains(t, list.Items[0].Reasons[0].Text, "outside fence main")
	require.NotContains(t, list.Items[0].Reasons[0].Text, "31.2")
	require.Equal(t, http.StatusForbidden, c.get("e4", "/v1/employees/e1/punches").StatusCode)

	path := "/v1/employees/e1/punches/"
	require.Equal(t, 403, c.as("e1", "POST", path+"d1.1/release", `{"reason":"checked"}`).StatusCode, "nobody judges themselves")
	require.Equal(t, 403, c.as("e2", "POST", path+"d1.1/release", `{"reason":"checked"}`).StatusCode, "the manager of another date")
	r := c.as("e3", "POST", path+"d9.1/release", `{"reason":"checked"}`)
	require.Equal(t, 404, r.StatusCode, "%s", r.body)
	require.Equal(t, 200, c.as("e3", "POST", path+"d1.1/release", `{"reason":"checked"}`, "Idempotency-Key", "a").StatusCode)
	require.Equal(t, domain.ActorManager, c.lastActor().Kind)
	require.Equal(t, 200, c.as("e3", "POST", path+"d1.1/release", `{"reason":"checked"}`, "Idempotency-Key", "a").StatusCode, "again")
	require.Equal(t, 200, c.as("hr", "POST", path+"d1.2/refuse", `{"reason":"not_there"}`).StatusCode)
	require.Equal(t, 403, c.as("hr", "POST", path+"d1.2/appeal", `{"text":"I was there"}`).StatusCode, "an appeal is its owner's")
	require.Equal(t, 200, c.as("e1", "POST", path+"d1.2/appeal", `{"text":"I was there"}`).StatusCode)
	list = told("hr")
	require.Equal(t, "counted", list.Items[0].State)
	require.Equal(t, "refused", list.Items[1].State)
	require.True(t, list.Items[1].Appealed)
	require.Equal(t, 200, c.as("hr", "POST", path+"d1.2/admit", `{"reason":"seen"}`).StatusCode)
	require.Equal(t, "counted", told("audit").Items[1].State)
}

func TestPunchesAreJudgedAgainWhenTheFenceWasWrong(t *testing.T) {
	c := newCounter(t)
	p := c.phone("d1", "e1")
	require.Equal(t, "held", c.send("e1", placed(p, c.now, timecard.In, afar)).Punches[0].Outcome)
	c.now += 60_000
	require.Equal(t, "held", c.send("e1", p.Sent(p.Punch(c.now, timecard.Out), c.now)).Punches[0].Outcome, "without a place")
	fences := `{"from":"always","fences":[{"id":"main","shape":"circle","crs":"wgs84","points":[{"lat":31.2,"lon":121.5}],"radius_m":150}]}`
	require.Equal(t, 403, c.as("hr", "POST", "/v1/sites/hq/fences", fences).StatusCode, "a site is everybody's")
	for range 2 {
		r := c.as("personnel", "POST", "/v1/sites/hq/fences", fences, "Idempotency-Key", "fences")
		require.Equal(t, 200, r.StatusCode, "%s", r.body)
	}
	ask := func(who, body string) reply {
		return c.as(who, "POST", "/v1/punches/rejudge", body, "Idempotency-Key", "again"+body)
	}
	require.Equal(t, 403, ask("hr", `{"reason":"fence_wrong"}`).StatusCode, "only who is HR of everybody")
	require.Equal(t, 403, ask("e3", `{"reason":"fence_wrong"}`).StatusCode)
	type row struct {
		Punch    string
		Settled  bool
		Rejudged timecard.Rejudged
	}
	var out struct{ Items []row }
	head := c.head()
	ask("personnel", `{"reason":"fence_wrong","dry_run":true}`).into(t, &out)
	require.Len(t, out.Items, 2)
	require.Equal(t, "d1.1", out.Items[0].Punch)
	require.True(t, out.Items[0].Settled)
	require.Equal(t, "held", out.Items[0].Rejudged.From)
	require.Equal(t, "accepted", out.Items[0].Rejudged.To)
	require.False(t, out.Items[1].Settled)
	require.Equal(t, head, c.head(), "a dry run writes nothing")
	ask("personnel", `{"reason":"fence_wrong","carries":"no_such"}`).into(t, &out)
	require.Empty(t, out.Items)
	ask("personnel", `{"reason":"fence_wrong"}`).into(t, &out)
	require.True(t, out.Items[0].Settled)
	ask("personnel", `{"reason":"fence_wrong"}`).into(t, &out)
	require.Len(t, out.Items, 1, "what counts is not judged again")
	require.Equal(t, "d1.2", out.Items[0].Punch)
}

func TestAnUploadIsAnsweredPunchByPunch(t *testing.T) {
	c := newCounter(t)
	p := c.phone("d1", "e1")
	var kept []timecard.Envelope
	for i := range 3 {
		c.now += 3600_000
		kept = append(kept, p.Seal(p.Body(c.now, []timecard.Direction{timecard.In, timecard.Out}[i%2]), []byte(inside)))
	}
	altered := kept[1]
	body, err := base64.RawURLEncoding.DecodeString(altered.Signed)
	require.NoError(t, err)
	altered.Signed = base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(body), `"out"`, `"in"`, 1)))
	broken := kept[2]
	broken.Signature = "?"
	upload := map[string]any{"batch": "b1", "punches": []timecard.Envelope{kept[0], kept[0], altered, broken}}
	got := c.send("e1", upload)
	require.Equal(t, "b1", got.Batch)
	require.Equal(t, "accepted", got.Punches[0].Outcome, "%v", got.Punches[0].Reasons)
	require.True(t, got.Punches[1].Repeated)
	require.Equal(t, got.Punches[0].Receipt, got.Punches[1].Receipt)
	require.Equal(t, "rejected", got.Punches[2].Outcome)
	require.Equal(t, "bad_signature", got.Punches[2].Reasons[0].Code)
	require.Equal(t, "refused", got.Punches[3].Outcome)
	require.Equal(t, "invalid_field", got.Punches[3].Error.Code)
	head := c.head()
	again := c.send("e1", upload)
	require.True(t, again.Punches[0].Repeated)
	require.Equal(t, got.Punches[2].Receipt, again.Punches[2].Receipt)
	require.Equal(t, head, c.head())
}

func TestWhoMaySendAPunch(t *testing.T) {
	c := newCounter(t)
	p := c.phone("d1", "e1")
	e := placed(p, c.now, timecard.In, inside)
	head := c.head()
	for _, who := range []string{"e2", "e3", "hr", "personnel", "owner", "nobody"} {
		r := c.as(who, "POST", "/v1/punches", string(signedtest.JSON(e)))
		require.Equal(t, http.StatusForbidden, r.StatusCode, "%s: %s", who, r.body)
		require.Equal(t, "not_authorised", r.problem(t).Code)
	}
	require.Equal(t, 401, c.as("stranger", "POST", "/v1/punches", string(signedtest.JSON(e))).StatusCode)
	require.Equal(t, 403, c.as("e1:day.read", "POST", "/v1/punches", string(signedtest.JSON(e))).StatusCode)
	foreign := *p
	foreign.Emp = "e2"
	mixed := c.send("e2", map[string]any{"batch": "b2", "punches": []timecard.Envelope{
		foreign.Punch(c.now, timecard.In), e,
	}})
	require.Equal(t, "device_bound_elsewhere", mixed.Punches[0].Error.Code, "the phone of somebody else")
	require.Equal(t, "other_account", mixed.Punches[1].Error.Code, "a punch of somebody else in one's own upload")
	require.Equal(t, head, c.head(), "nothing was recorded")
	require.Equal(t, 200, c.as("e1", "POST", "/v1/punches", string(signedtest.JSON(e))).StatusCode)
	tampered := placed(p, c.now, timecard.Out, inside)
	tampered.Signature = base64.RawURLEncoding.EncodeToString(make([]byte, 64))
	got := c.send("e1", tampered).Punches[0]
	require.Equal(t, "held", got.Outcome, "whoever is logged in is believed to have made an attempt")
	require.Contains(t, got.Punch, "bad.")
}

// TestNoSignalBlocksAPunch sends punches that look as bad as they can: each is stored with what is to be said of it.
func TestNoSignalBlocksAPunch(t *testing.T) {
	c := newCounter(t)
	p := c.phone("d1", "e1")
	var ticket struct{ Ticket, Nonce string }
	c.get("e1", fmt.Sprintf("/v1/tickets?device=d1&boot=%s&mono_ms=%d", p.Boot, p.Mono(c.now))).into(t, &ticket)
	p.Ticket, p.Nonce = ticket.Ticket, ticket.Nonce
	c.now += 73 * 3600_000
	hostile := `{` + salt + `,"lat_e7":-900000000,"lon_e7":0,"accuracy_m":50000,"crs":"wgs84","mock":true,"rooted":true,"emulator":true,"integrity":"failed"}`
	for _, step := range []struct {
		name   string
		change func()
		want   string // a label
	}{
		{"a stale ticket and every signal of the platform", func() {}, "mock_location"},
		{"a clock that was set back by a year", func() { p.Offset = -365 * 24 * 3600_000 }, "clock_off"},
		{"numbers left out", func() { p.N += 40 }, "chain_gap"},
		{"another chain", func() { p.Prev = hashOf("another") }, "chain_broken"},
		{"a ticket of nobody", func() { p.Ticket = "punchledger ticket v1\nnonsense\n\n— x AAAA\n" }, "ticket_invalid"},
		{"a number that was used before", func() { p.N -= 2 }, "chain_fork"},
	} {
		t.Run(step.name, func(t *testing.T) {
			step.change()
			c.now += 60_000
			b := p.Body(c.now, timecard.In)
			b.ID = fmt.Sprintf("h%d", c.now)
			got := c.send("e1", p.Sent(p.Seal(b, []byte(hostile)), c.now)).Punches[0]
			require.Contains(t, []string{"accepted", "held"}, got.Outcome)
			var labels []string
			for _, r := range got.Reasons {
				labels = append(labels, r.Code)
			}
			require.Contains(t, labels, step.want, "%v", labels)
			require.NotEmpty(t, got.Receipt)
		})
	}
}

func TestAStaleTicketIsALabel(t *testing.T) {
	c := newCounter(t)
	p := c.phone("d1", "e1")
	var ticket struct{ Ticket, Nonce string }
	c.get("e1", fmt.Sprintf("/v1/tickets?device=d1&boot=%s&mono_ms=%d", p.Boot, p.Mono(c.now))).into(t, &ticket)
	p.Ticket, p.Nonce = ticket.Ticket, ticket.Nonce
	c.now += 100 * 3600_000
	kept := p.Seal(p.Body(c.now, timecard.In), []byte(inside))
	c.now += 3600_000
	got := c.send("e1", p.Sent(kept, c.now)).Punches[0]
	require.Equal(t, "accepted", got.Outcome, "%v", got.Reasons)
	require.Equal(t, "ticket_stale", got.Reasons[0].Code)
	require.Equal(t, 403, c.get("e2", "/v1/tickets?device=d1").StatusCode, "a ticket is for one's own device")
}

func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func TestUploadsThatAreNone(t *testing.T) {
	c := newCounter(t)
	p := c.phone("d1", "e1")
	e := string(signedtest.JSON(placed(p, c.now, timecard.In, inside)))
	head := c.head()
	for _, x := range []struct {
		name, body, kind string
		status           int
		code             string
	}{
		{"nothing", "", "application/json", 400, "http_malformed_body"},
		{"no JSON", `{"punches":[`, "application/json", 422, "invalid_field"},
		{"a list", `[` + e + `]`, "application/json", 422, "invalid_field"},
		{"an empty upload", `{"batch":"b","punches":[]}`, "application/json", 422, "batch_size"},
		{"too many", `{"batch":"b","punches":[` + strings.Repeat(`{},`, 5000) + `{}]}`, "application/json", 422, "batch_size"},
		{"a name twice", strings.Replace(e, `{`, `{"signature":"AA",`, 1), "application/json", 422, "invalid_field"},
		{"another case", strings.Replace(e, `"signature"`, `"Signature"`, 1), "application/json", 422, "invalid_field"},
		{"a form", e, "application/x-www-form-urlencoded", 415, "http_wrong_content_type"},
		{"more than an upload may have", `{"batch":"` + strings.Repeat("b", httpapi.MaxPunchUpload) + `"}`, "application/json", 413, "http_body_too_large"},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := c.as("e1", "POST", "/v1/punches", x.body, "Content-Type", x.kind)
			require.Equal(t, x.status, r.StatusCode, "%.300s", r.body)
			require.Equal(t, x.code, r.problem(t).Code)
			require.Equal(t, head, c.head())
		})
	}
	require.Equal(t, 200, c.get("", "/livez").StatusCode)
}
