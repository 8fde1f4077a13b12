package ledger_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
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
	c := &counter{office: founded(t)}
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
