package timecard_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/decidertest"
	"github.com/punchledger/punchledger/domain/place"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/timecard/signedtest"
)

const ledgerName = "punchledger/test"

// enrolled is a phone with the state that the ledger has of it: bound and confirmed a day before noon.
func enrolled(device string) (*signedtest.Phone, timecard.Receiving) {
	p := signedtest.New(ledgerName, device, emp)
	p.BootedAt = noon - domain.Day.Instant()
	return p, receiving(p)
}

func receiving(p *signedtest.Phone) timecard.Receiving {
	return timecard.Receiving{
		Origin: ledgerName, Unconfirmed: timecard.Hold, Sender: timecard.Sender{Emp: p.Emp, Live: true},
		Device: decidertest.Fold(place.EvolveDevice, []place.DeviceEvent{
			place.DeviceEnrolled{Device: p.Device, Kind: place.Phone, PublicKey: p.PublicKey},
			place.DeviceBound{Device: p.Device, Emp: p.Emp, At: noon - domain.Day.Instant()},
			place.DeviceConfirmed{Device: p.Device, By: "emp_2", How: "in_person", At: noon},
		}...),
	}
}

// arrive decodes an envelope and asks what becomes of it at an instant.
func arrive(t *testing.T, e timecard.Envelope, r timecard.Receiving, at domain.Instant) (timecard.RecordPunch, timecard.Link, error) {
	t.Helper()
	s, err := signedtest.Open(e)
	require.NoError(t, err)
	r.ReceivedAt = at
	return s.Command(r)
}

func must(t *testing.T, e timecard.Envelope, r timecard.Receiving, at domain.Instant) timecard.PunchDetails {
	t.Helper()
	c, _, err := arrive(t, e, r, at)
	require.NoError(t, err)
	events, err := timecard.Decide(timecard.State{}, c, timecard.Facts{})
	require.NoError(t, err, "what a device signs is never refused by the decider")
	d, _ := timecard.Recorded(events[0])
	return *d
}

func ticketOf(p *signedtest.Phone, issued domain.Instant) *timecard.Ticket {
	p.Nonce, p.Ticket = "AAAAAAAAAAAAAAAAAAAAAA", "note"
	return &timecard.Ticket{
		Origin: ledgerName, Nonce: p.Nonce, Emp: p.Emp, Device: p.Device, IssuedAt: issued, ExpiresAt: issued + timecard.TicketLife.Instant(),
	}
}

func TestTheTimeOfASignedPunch(t *testing.T) {
	hour := domain.Hour.Instant()
	for _, c := range []struct {
		name    string
		make    func(p *signedtest.Phone, r *timecard.Receiving) timecard.Envelope
		at      domain.Instant // of receipt
		want    domain.Instant
		source  timecard.TimeSource
		class   string
		reasons []string
	}{
		{
			"sent at once, the server's clock counts", func(p *signedtest.Phone, _ *timecard.Receiving) timecard.Envelope {
				return p.Sent(p.Punch(noon, timecard.In), noon)
			}, noon + 40, noon + 40, timecard.Monotonic, "t0", nil,
		},
		{
			"kept for three hours, the age is taken off", func(p *signedtest.Phone, _ *timecard.Receiving) timecard.Envelope {
				return p.Sent(p.Punch(noon, timecard.In), noon+3*hour)
			}, noon + 3*hour, noon, timecard.Monotonic, "t2", nil,
		},
		{
			"kept with a fresh ticket", func(p *signedtest.Phone, r *timecard.Receiving) timecard.Envelope {
				r.Ticket = ticketOf(p, noon-hour)
				return p.Sent(p.Punch(noon, timecard.In), noon+3*hour)
			}, noon + 3*hour, noon, timecard.Monotonic, "t1", nil,
		},
		{
			"kept with a stale ticket, the class falls", func(p *signedtest.Phone, r *timecard.Receiving) timecard.Envelope {
				r.Ticket = ticketOf(p, noon-73*hour)
				return p.Sent(p.Punch(noon, timecard.In), noon+3*hour)
			}, noon + 3*hour, noon, timecard.Monotonic, "t2", []string{"ticket_stale"},
		},
		{
			"restarted before it was sent, the clock is corrected", func(p *signedtest.Phone, _ *timecard.Receiving) timecard.Envelope {
				p.Offset = 90_000
				e := p.Punch(noon, timecard.In)
				p.Reboot(noon + hour)
				return p.Sent(e, noon+3*hour)
			}, noon + 3*hour, noon, timecard.WallAdjusted, "t2", nil,
		},
		{
			"restarted, but the ticket was issued in the same run", func(p *signedtest.Phone, r *timecard.Receiving) timecard.Envelope {
				r.Ticket = ticketOf(p, noon-hour)
				r.Ticket.Boot, r.Ticket.MonoMS = p.Boot, p.Mono(noon-hour)
				e := p.Punch(noon, timecard.In)
				p.Reboot(noon + hour)
				return p.Sent(e, noon+3*hour)
			}, noon + 3*hour, noon, timecard.Monotonic, "t1", nil,
		},
		{
			"nothing but its clock", func(p *signedtest.Phone, _ *timecard.Receiving) timecard.Envelope {
				p.Offset = -60_000
				return p.Punch(noon, timecard.In)
			}, noon + 3*hour, noon - 60_000, timecard.WallClaimed, "t2", nil,
		},
		{
			"a clock that is a year behind is corrected and flagged", func(p *signedtest.Phone, _ *timecard.Receiving) timecard.Envelope {
				p.Offset = -365 * 24 * hour
				return p.Sent(p.Punch(noon, timecard.In), noon)
			}, noon + 40, noon + 40, timecard.Monotonic, "t0", []string{"clock_off"},
		},
		{
			"a claim ten years back is not believed", func(p *signedtest.Phone, _ *timecard.Receiving) timecard.Envelope {
				p.Offset = -3650 * 24 * hour
				return p.Punch(noon, timecard.In)
			}, noon + hour, noon + hour, timecard.WallClaimed, "t3", []string{"time_unbelievable"},
		},
		{
			"a claim ten years ahead is not believed", func(p *signedtest.Phone, _ *timecard.Receiving) timecard.Envelope {
				p.Offset = 3650 * 24 * hour
				return p.Punch(noon, timecard.In)
			}, noon + hour, noon + hour, timecard.WallClaimed, "t3", []string{"time_unbelievable"},
		},
		{
			"a claim before its own ticket", func(p *signedtest.Phone, r *timecard.Receiving) timecard.Envelope {
				r.Ticket = ticketOf(p, noon)
				p.Offset = -2 * hour
				return p.Punch(noon+hour, timecard.In)
			}, noon + 2*hour, noon - hour, timecard.WallClaimed, "t3", []string{"before_ticket"},
		},
		{
			"the monotonic clock slept", func(p *signedtest.Phone, _ *timecard.Receiving) timecard.Envelope {
				e := p.Sent(p.Punch(noon, timecard.In), noon+3*hour)
				slept := *e.SentMonoMS - int64(hour)
				e.SentMonoMS = &slept
				return e
			}, noon + 3*hour, noon + hour, timecard.Monotonic, "t2", []string{"clocks_disagree"},
		},
		{
			"the monotonic clock went back", func(p *signedtest.Phone, _ *timecard.Receiving) timecard.Envelope {
				e := p.Sent(p.Punch(noon, timecard.In), noon+hour)
				*e.SentMonoMS = 5
				return e
			}, noon + hour, noon, timecard.WallAdjusted, "t3", []string{"mono_rollback"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, r := enrolled("d1")
			d := must(t, c.make(p, &r), r, c.at)
			require.Equal(t, c.want, d.EffectiveAt)
			require.Equal(t, c.source, d.TimeSource)
			require.Equal(t, c.class, d.TimeClass)
			require.Equal(t, c.reasons, d.Reasons)
			require.Equal(t, c.at, d.NotAfter)
		})
	}
}

func TestClocksThatAreWrongByAnything(t *testing.T) {
	second := domain.Instant(1000)
	for _, off := range []domain.Instant{
		0, second, -second, 60 * second, -60 * second, 3600 * second, -3600 * second, 86400 * second, -86400 * second,
		400 * 86400 * second, -400 * 86400 * second, 3652 * 86400 * second, -3652 * 86400 * second,
	} {
		for _, zone := range []string{"UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Shanghai", "Asia/Kathmandu"} {
			// Around the autumn change in Berlin, where 02:30 comes twice.
			for _, at := range []string{"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-03-29T01:00:00Z"} {
				now, err := time.Parse(time.RFC3339, at)
				require.NoError(t, err)
				made := domain.InstantOf(now)
				p, r := enrolled("d1")
				p.Zone = zone
				p.Offset, p.BootedAt = off, made-1000
				d := must(t, p.Sent(p.Punch(made, timecard.In), made+7200_000), r, made+7200_000)
				require.Equal(t, made, d.EffectiveAt, "%v %s %s", off, zone, at)
				require.NotContains(t, d.Reasons, "zone_mismatch")
				e := p.Punch(made+10, timecard.Out)
				p.Reboot(made + 1000)
				d = must(t, p.Sent(e, made+7200_000), r, made+7200_000)
				require.Equal(t, made+10, d.EffectiveAt, "after a restart: %v %s %s", off, zone, at)
			}
		}
	}
}

func TestTheChainOfADevice(t *testing.T) {
	p, r := enrolled("d1")
	send := func(e timecard.Envelope) (timecard.PunchDetails, timecard.RecordPunch) {
		t.Helper()
		s, err := signedtest.Open(e)
		require.NoError(t, err)
		r.ReceivedAt = noon + domain.Day.Instant()
		c, link, err := s.Command(r)
		require.NoError(t, err)
		r.Head = r.Head.Next(&s, 1, link, c.Details.OffsetMS)
		return c.Details, c
	}
	at := func(minutes int) domain.Instant { return noon + domain.Instant(minutes)*60_000 }
	one := p.Punch(at(0), timecard.In)
	send(one)
	lost := p.Punch(at(1), timecard.Out)
	three := p.Punch(at(2), timecard.In)
	d, c := send(three)
	require.Equal(t, []string{"chain_gap"}, d.Reasons, "a gap is a label")
	require.Equal(t, timecard.Accept, c.AtBest)
	require.Equal(t, []timecard.Gap{{From: 2, To: 2, Before: hashOf(one), After: hashOf(lost)}}, r.Head.Gaps)
	d, c = send(lost)
	require.Equal(t, []string{"chain_late"}, d.Reasons)
	require.Equal(t, timecard.Accept, c.AtBest)
	require.Empty(t, r.Head.Gaps)

	p.Offset = -domain.Hour.Instant()
	d, _ = send(p.Punch(at(3), timecard.Out))
	require.Equal(t, []string{"clock_changed", "clock_rollback"}, d.Reasons)
	require.Equal(t, "t3", d.TimeClass)
	p.Offset = 0

	fork := *p
	mine, theirs := p.Punch(at(90), timecard.In), fork.Punch(at(91), timecard.In)
	send(mine)
	d, c = send(theirs)
	require.Equal(t, []string{"chain_fork"}, d.Reasons)
	require.Equal(t, timecard.Hold, c.AtBest)
	require.Equal(t, "t3", d.TimeClass)

	p.Prev = strings.Repeat("A", 43)
	d, c = send(p.Punch(at(92), timecard.Out))
	require.Contains(t, d.Reasons, "chain_broken")
	require.Equal(t, timecard.Hold, c.AtBest)
	d, c = send(p.Punch(at(93), timecard.In))
	require.Contains(t, d.Reasons, "chain_broken", "from the break on")
	require.Equal(t, timecard.Hold, c.AtBest)

	p.Reboot(at(94))
	d, _ = send(p.Punch(at(95), timecard.Out))
	require.Contains(t, d.Reasons, "rebooted")
	require.NotContains(t, d.Reasons, "clock_rollback")
}

func hashOf(e timecard.Envelope) string {
	b, err := base64.RawURLEncoding.DecodeString(e.Signed)
	if err != nil {
		panic(err)
	}
	return timecard.Hash(b)
}

func TestSignaturesThatDoNotHold(t *testing.T) {
	mallory := signedtest.New(ledgerName, "d9", emp)
	for name, forge := range map[string]func(p *signedtest.Phone, e timecard.Envelope) timecard.Envelope{
		"altered bytes": func(_ *signedtest.Phone, e timecard.Envelope) timecard.Envelope {
			b, _ := base64.RawURLEncoding.DecodeString(e.Signed)
			e.Signed = base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(b), `"dir":"in"`, `"dir":"out"`, 1)))
			return e
		},
		"another key": func(_ *signedtest.Phone, e timecard.Envelope) timecard.Envelope {
			b, _ := base64.RawURLEncoding.DecodeString(e.Signed)
			e.Signature = base64.RawURLEncoding.EncodeToString(mallory.Sign(b))
			return e
		},
		"another algorithm": func(p *signedtest.Phone, e timecard.Envelope) timecard.Envelope {
			b, _ := base64.RawURLEncoding.DecodeString(e.Signed)
			other := *p
			e.Signature = base64.RawURLEncoding.EncodeToString(other.P256(true).Sign(b))
			return e
		},
		"no signature": func(_ *signedtest.Phone, e timecard.Envelope) timecard.Envelope {
			e.Signature = ""
			return e
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, r := enrolled("d1")
			e := forge(p, p.Sent(p.Punch(noon, timecard.In), noon))
			c, link, err := arrive(t, e, r, noon)
			require.NoError(t, err)
			require.Equal(t, timecard.Hold, c.AtBest, "inside a session it is held")
			require.Contains(t, c.Details.Reasons, "bad_signature")
			require.NotEqual(t, "d1.1", c.Details.Punch, "the genuine punch finds its id free")
			require.Equal(t, "l0", c.Details.Assurance)
			require.Zero(t, link)
			require.Zero(t, c.Details.DeviceSeq, "the chain does not move")
			r.Sender.Live = false
			c, _, err = arrive(t, e, r, noon)
			require.NoError(t, err)
			require.Equal(t, timecard.Reject, c.AtBest, "in an upload it is rejected")
			r.Sender = timecard.Sender{}
			_, _, err = arrive(t, e, r, noon)
			require.Equal(t, "bad_signature", decidertest.Code(err), "of an unknown sender nothing is recorded")
		})
	}
}

func TestKeysOfP256(t *testing.T) {
	p, _ := enrolled("d1")
	p.P256(true)
	r := receiving(p)
	d := must(t, p.Sent(p.Punch(noon, timecard.In), noon), r, noon)
	require.Empty(t, d.Reasons)
	p, _ = enrolled("d1")
	p.P256(false)
	c, _, err := arrive(t, p.Sent(p.Punch(noon, timecard.In), noon), receiving(p), noon)
	require.NoError(t, err)
	require.Contains(t, c.Details.Reasons, "bad_signature", "the higher of two values of s is not taken")
}

func TestPunchesThatAreNotForHere(t *testing.T) {
	for _, c := range []struct {
		name, code string
		change     func(*timecard.Body, *timecard.Receiving)
	}{
		{"of another ledger", "other_ledger", func(b *timecard.Body, _ *timecard.Receiving) { b.Origin = "punchledger/other" }},
		{"of another account", "other_account", func(_ *timecard.Body, r *timecard.Receiving) { r.Sender.Emp = "emp_9" }},
		{"of an unknown device", "unknown_device", func(_ *timecard.Body, r *timecard.Receiving) { r.Device = place.DeviceState{} }},
		{"for somebody whose device it never was", "device_bound_elsewhere", func(b *timecard.Body, r *timecard.Receiving) {
			b.Emp, r.Sender.Emp = "emp_9", "emp_9"
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, r := enrolled("d1")
			b := p.Body(noon, timecard.In)
			c.change(&b, &r)
			_, _, err := arrive(t, p.Sent(p.Seal(b, nil), noon), r, noon)
			require.Equal(t, c.code, decidertest.Code(err))
		})
	}
}

func TestDevicesThatAreNotAsTheyWere(t *testing.T) {
	hour := domain.Hour.Instant()
	for _, c := range []struct {
		name   string
		events []place.DeviceEvent
		ticket bool
		reason string
		hold   bool
	}{
		{"lost before, queued punches with proof are believed", []place.DeviceEvent{place.DeviceTrustChanged{Level: place.Blocked, Since: noon + hour}}, true, "before_block", false},
		{"lost before, without proof a person looks", []place.DeviceEvent{place.DeviceTrustChanged{Level: place.Blocked, Since: noon + hour}}, false, "before_block_unproven", true},
		{"unbound before the punch", []place.DeviceEvent{place.DeviceUnbound{Emp: emp, At: noon - 1}}, true, "unbound", true},
		{"retired", []place.DeviceEvent{place.DeviceRetired{}}, true, "device_retired", true},
		{"replaced before the punch", []place.DeviceEvent{place.DeviceHandedOver{To: "d2", LastN: 0}}, true, "after_handover", true},
		{"a key that nobody vouched for", []place.DeviceEvent{place.DeviceKeyRotated{PublicKey: signedtest.New("", "d9", "").PublicKey, FromN: 2}}, true, "device_unconfirmed", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, r := enrolled("d1")
			for _, e := range c.events {
				r.Device = place.EvolveDevice(r.Device, e)
			}
			if c.ticket {
				r.Ticket = ticketOf(p, noon-hour)
			}
			got, _, err := arrive(t, p.Sent(p.Punch(noon, timecard.In), noon+3*hour), r, noon+3*hour)
			require.NoError(t, err)
			require.Equal(t, []string{c.reason}, got.Details.Reasons)
			require.Equal(t, c.hold, got.AtBest == timecard.Hold)
		})
	}
}

func TestThePlaceIsTheOneThatWasSigned(t *testing.T) {
	p, r := enrolled("d1")
	object := []byte(`{"salt":"AAAAAAAAAAAAAAAAAAAAAA","lat_e7":399042000,"lon_e7":1164074000,"accuracy_m":30,"crs":"wgs84"}`)
	e := p.Sent(p.Seal(p.Body(noon, timecard.In), object), noon)
	d := must(t, e, r, noon)
	require.Equal(t, string(object), string(d.Sealed.Location.Clear))
	require.Equal(t, 30, *d.Facts.AccuracyM)
	require.NotContains(t, d.Signed, "399042000")
	e.Place = base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(object), "399", "398", 1)))
	c, _, err := arrive(t, e, r, noon)
	require.NoError(t, err)
	require.Equal(t, []string{"place_altered"}, c.Details.Reasons)
	require.Equal(t, timecard.Hold, c.AtBest)
	require.True(t, c.Details.Sealed.Location.IsZero())
}
