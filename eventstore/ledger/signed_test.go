package ledger_test

import (
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/people"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/timecard/signedtest"
	"github.com/punchledger/punchledger/eventstore/ledger"
	"github.com/punchledger/punchledger/eventstore/seal"
)

// counter is an office with a signer and phones.
type counter struct {
	*office
	*ledger.Intake
	signer *seal.Signer
}

const origin = "punchledger/test"

func newCounter(t *testing.T) *counter {
	t.Helper()
	rules := *pack(t, "cn-bj-office")
	rules.Intake = nil // what places prove is tested beside the policy
	c := &counter{office: foundedUnder(t, &rules)}
	key, err := seal.NewKey(zeros{})
	require.NoError(t, err)
	c.signer, err = seal.NewSigner(origin, key)
	require.NoError(t, err)
	c.Intake = ledger.NewIntake(c.Ledger, c.signer, nil)
	return c
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

// phone enrols, binds and confirms a phone.
func (c *counter) phone(device, emp string) *signedtest.Phone {
	p := signedtest.New(origin, device, emp)
	p.BootedAt = c.now - 3600_000
	c.must(place.EnrolDevice{Device: device, Kind: place.Phone, PublicKey: p.PublicKey})
	c.must(place.BindDevice{Device: device, Emp: emp, Now: c.now})
	c.must(place.ConfirmDevice{Device: device, By: "boss", How: "in_person", Now: c.now})
	return p
}

func (c *counter) later(d domain.Seconds) domain.Instant {
	c.now += d.Instant()
	return c.now
}

func session(emp string) ledger.Handed {
	return ledger.Handed{
		Actor: domain.Actor{Kind: domain.ActorEmployee, ID: emp}, Sender: timecard.Sender{Emp: emp, Live: true},
	}
}

func (c *counter) send(emp string, e timecard.Envelope) ledger.Answer {
	c.t.Helper()
	s, err := signedtest.Open(e)
	require.NoError(c.t, err)
	return c.Punch(c.t.Context(), session(emp), s)
}

func (c *counter) upload(emp, id string, punches ...timecard.Envelope) []ledger.Answer {
	c.t.Helper()
	b, err := timecard.DecodeBatch(signedtest.Batch(id, punches...))
	require.NoError(c.t, err)
	h := session(emp)
	h.Sender.Live = false
	out, err := c.Batch(c.t.Context(), h, b)
	require.NoError(c.t, err)
	return out
}

func TestASignedPunchIsRecordedOnce(t *testing.T) {
	c := newCounter(t)
	p := c.phone("d1", "e1")
	at := c.later(domain.Minute)
	e := p.Sent(p.Punch(at, timecard.In), at)
	c.later(1)
	a := c.send("e1", e)
	require.NoError(t, a.Err)
	require.Equal(t, "accepted", a.Receipt.Outcome, "%v", a.Receipt.Reasons)
	require.Equal(t, c.now, a.Receipt.EffectiveAt, "the age that the device measured is nothing")
	require.Equal(t, "t0", a.Receipt.TimeClass)
	require.False(t, a.Repeated)
	text, err := c.signer.Open(a.Note)
	require.NoError(t, err)
	require.Equal(t, a.Receipt.Text(), text)

	n := len(c.records())
	c.later(domain.Hour)
	again := c.send("e1", e)
	require.NoError(t, again.Err)
	require.True(t, again.Repeated)
	require.Equal(t, a.Note, again.Note, "the same receipt")
	require.Len(t, c.records(), n)

	body := p.Body(at, timecard.Out)
	body.ID = "d1.1"
	other := c.send("e1", p.Seal(body, nil))
	requireCode(t, "idempotency_conflict", other.Err)
	require.Len(t, c.records(), n)
}

func TestABatchIsAnsweredPunchByPunch(t *testing.T) {
	c := newCounter(t)
	p := c.phone("d1", "e1")
	var kept []timecard.Envelope
	for i := range 5 {
		kept = append(kept, p.Punch(c.later(domain.Hour), []timecard.Direction{timecard.In, timecard.Out}[i%2]))
	}
	at := c.later(domain.Hour)
	for i := range kept {
		kept[i] = p.Sent(kept[i], at)
	}
	altered := kept[3]
	altered.Signed = altered.Signed[:40] + "A" + altered.Signed[41:]
	first := c.upload("e1", "b1", kept[4], kept[0], kept[2], kept[0], kept[1], altered)
	outcome := func(a ledger.Answer) string {
		if a.Err != nil {
			return "refused"
		}
		return fmt.Sprint(a.Receipt.Outcome, " ", a.Repeated, " ", a.Receipt.Reasons)
	}
	var got []string
	for _, a := range first {
		got = append(got, outcome(a))
	}
	require.Equal(t, "accepted false [chain_gap]", got[0])
	require.Equal(t, "accepted false []", got[1])
	require.Equal(t, "accepted true []", got[3])
	n := len(c.records())
	again := c.upload("e1", "b1", kept[4], kept[0], kept[2], kept[0], kept[1])
	for i := range again {
		require.True(t, again[i].Repeated, "%d", i)
		require.Equal(t, first[i].Note, again[i].Note)
	}
	require.Len(t, c.records(), n)
	late := c.upload("e1", "b2", kept[3])
	require.Equal(t, "accepted false [chain_late]", outcome(late[0]))
	require.Empty(t, c.Directory().Head("d1").Gaps)

	other, err := ledger.OpenDirectory(t.Context(), c.store, c.codec)
	require.NoError(t, err)
	require.Equal(t, c.Directory().Head("d1"), other.Head("d1"), "the log tells the same head")
}

func hash(signed string) string {
	b, err := base64.RawURLEncoding.DecodeString(signed)
	if err != nil {
		return err.Error()
	}
	return timecard.Hash(b)
}

func TestADeviceBelongsToOne(t *testing.T) {
	c := newCounter(t)
	c.must(hire("e2", "2026-03-01", "office"))
	p := c.phone("d1", "e1")
	c.refuses("device_bound_elsewhere", place.BindDevice{Device: "d1", Emp: "e2", Now: c.now})
	c.refuses("key_reused", place.EnrolDevice{Device: "d2", Kind: place.Phone, PublicKey: p.PublicKey})
	for _, d := range []string{"d2", "d3", "d4"} {
		c.must(place.EnrolDevice{Device: d, Kind: place.Phone, PublicKey: key(d)})
	}
	c.must(place.BindDevice{Device: "d2", Emp: "e1", Now: c.now})
	c.must(place.BindDevice{Device: "d3", Emp: "e1", Now: c.now})
	c.refuses("device_limit", place.BindDevice{Device: "d4", Emp: "e1", Now: c.now})
	c.must(people.SetPolicy{Policy: people.DeviceLimit, Value: "4"})
	c.must(place.BindDevice{Device: "d4", Emp: "e1", Now: c.now})
	c.must(place.RetireDevice{Device: "d4"})
	require.Equal(t, []string{"d1", "d2", "d3"}, c.Directory().DevicesOf("e1"))
	c.refuses("device_not_personal", place.BindDevice{Device: "gate", Emp: "e1", Now: c.now})
	c.refuses("device_retired", place.BindDevice{Device: "d4", Emp: "e2", Now: c.now})

	at := c.later(domain.Minute)
	require.NoError(t, c.send("e1", p.Sent(p.Punch(at, timecard.In), at)).Err)
	c.refuses("order_number_taken", place.RotateKey{Device: "d1", PublicKey: key("d9"), FromN: 1})
	c.refuses("key_reused", place.RotateKey{Device: "d1", PublicKey: p.PublicKey, FromN: 2})
	c.refuses("bad_signature", place.HandOver{Device: "d1", To: "d2", LastN: 1, LastHash: p.Prev, Signature: "AAAA", Now: c.now})
	next := signedtest.New(origin, "d9", "e1")
	text := place.KeyText(origin, "d1", next.PublicKey, 2)
	c.must(place.RotateKey{Device: "d1", PublicKey: next.PublicKey, FromN: 2, Signature: base64.RawURLEncoding.EncodeToString(p.Sign(text))})
	p.Sign = next.Sign
	p.Prev = next.Prev + hash("AA") // a new key begins a new chain
	a := c.send("e1", p.Sent(p.Punch(c.later(1), timecard.Out), c.now))
	require.NoError(t, a.Err)
	require.Equal(t, "accepted", a.Receipt.Outcome, "%v", a.Receipt.Reasons)

	sign := base64.RawURLEncoding.EncodeToString(p.Sign(place.HandOverText(origin, "d1", "d2", 2, p.Prev)))
	c.must(place.HandOver{Device: "d1", To: "d2", LastN: 2, LastHash: p.Prev, Signature: sign, Now: c.now})
	a = c.send("e1", p.Sent(p.Punch(c.later(1), timecard.In), c.now))
	require.Equal(t, []string{"after_handover"}, a.Receipt.Reasons)
	require.Equal(t, "held", a.Receipt.Outcome)
	c.must(place.HandOver{Device: "d3", To: "d2", Now: c.now})
	require.True(t, c.Directory().Device("d3").End.Broken)
}

func TestWhoLeftMayStillUpload(t *testing.T) {
	c := newCounter(t)
	p := c.phone("d1", "e1")
	e, late := p.Punch(c.later(domain.Hour), timecard.In), p.Punch(c.later(domain.Hour), timecard.Out)
	c.must(people.TerminateEmployee{Emp: "e1", LastDay: date(t, "2026-10-08"), ReasonCode: "left"})
	c.later(20 * domain.Day)
	a := c.send("e1", p.Sent(e, c.now))
	require.Equal(t, "accepted", a.Receipt.Outcome, "%v", a.Receipt.Reasons)
	c.later(20 * domain.Day)
	a = c.send("e1", p.Sent(late, c.now))
	require.Equal(t, "held", a.Receipt.Outcome)
	require.Equal(t, []string{"upload_late"}, a.Receipt.Reasons)
	after := c.send("e1", p.Sent(p.Punch(c.now, timecard.In), c.now))
	require.Equal(t, "rejected", after.Receipt.Outcome)
	require.Contains(t, after.Receipt.Reasons, "not_employed")
}

func TestTheNetworkIsSealed(t *testing.T) {
	c := newCounter(t)
	p := c.phone("d1", "e1")
	e := p.Sent(p.Seal(p.Body(c.later(1), timecard.In), []byte(`{"salt":"AAAAAAAAAAAAAAAAAAAAAA","lat_e7":399042123,"lon_e7":1164074000,"crs":"wgs84"}`)), c.now)
	e.Note = "private words"
	s, err := signedtest.Open(e)
	require.NoError(t, err)
	h := session("e1")
	h.Network = domain.NewSecret(domain.ClassNetwork, "203.0.113.77")
	require.NoError(t, c.Punch(t.Context(), h, s).Err)
	for _, r := range c.records() {
		for _, canary := range []string{"399042123", "private words", "203.0.113.77"} {
			require.NotContains(t, string(r.Data)+string(r.Metadata), canary)
		}
	}
}

func TestALargeUploadIsFewAppends(t *testing.T) {
	c := newCounter(t)
	p := c.phone("d1", "e1")
	var punches []timecard.Envelope
	for i := range 1000 {
		punches = append(punches, p.Punch(c.later(20), []timecard.Direction{timecard.In, timecard.Out}[i%2]))
	}
	at := c.later(domain.Hour)
	for i := range punches {
		punches[i] = p.Sent(punches[i], at)
	}
	n := len(c.records())
	for i, a := range c.upload("e1", "big", punches...) {
		require.NoError(t, a.Err)
		require.Equal(t, "accepted", a.Receipt.Outcome, "%d %v", i, a.Receipt.Reasons)
		require.NotEmpty(t, a.Note)
	}
	records := c.records()[n:]
	require.Len(t, records, 1001)
	appends := map[string]bool{}
	for _, r := range records {
		appends[c.meta(r).CommandID] = true
	}
	require.LessOrEqual(t, len(appends), 8)
	d, err := c.codec.DecodeRecord(records[1000])
	require.NoError(t, err)
	got, ok := d.Event.(place.OfflineBatchReceived)
	require.True(t, ok)
	require.Equal(t, p.Prev, got.ChainHead)
	require.Equal(t, int64(1000), got.SeqTo)
	require.Equal(t, map[string]int{"accepted": 1000}, got.Counts)
}
