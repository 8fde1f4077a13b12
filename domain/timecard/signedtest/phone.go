// Package signedtest punches as a device does, with clocks that tests may set. It is for tests only.
package signedtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/zone"
)

// Phone is a device with a key, a clock that may be wrong and one that runs since it was switched on.
type Phone struct {
	Origin, Device, Emp string
	Zone                string
	PublicKey           string
	Sign                func([]byte) []byte
	N                   int64
	Prev                string
	Boot                string
	BootedAt            domain.Instant // when the monotonic clock was 0
	Offset              domain.Instant // by how much the wall clock is ahead
	Ticket, Nonce       string
}

// New returns a phone whose key is drawn from a seed.
func New(origin, device, emp string) *Phone {
	seed := sha256.Sum256([]byte("seed of " + device))
	key := ed25519.NewKeyFromSeed(seed[:])
	spki := append([]byte("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"), key.Public().(ed25519.PublicKey)...)
	return &Phone{
		Origin: origin, Device: device, Emp: emp, Zone: "UTC", PublicKey: base64.StdEncoding.EncodeToString(spki),
		Sign: func(b []byte) []byte { return ed25519.Sign(key, b) }, Boot: "boot1",
	}
}

// P256 gives the phone a key of the other kind; low says whether it puts s into the lower half, as it must.
func (p *Phone) P256(low bool) *Phone {
	seed := sha256.Sum256([]byte("seed of " + p.Device))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
	if err != nil {
		panic(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	spki := append([]byte("\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00"), point...)
	p.PublicKey = base64.StdEncoding.EncodeToString(spki)
	p.Sign = func(b []byte) []byte {
		sum := sha256.Sum256(b)
		der, err := key.Sign(nil, sum[:], crypto.SHA256) // without randomness: RFC 6979
		if err != nil {
			panic(err)
		}
		var pair struct{ R, S *big.Int }
		if _, err := asn1.Unmarshal(der, &pair); err != nil {
			panic(err)
		}
		r, s := pair.R, pair.S
		order := elliptic.P256().Params().N
		if half := new(big.Int).Rsh(order, 1); (s.Cmp(half) <= 0) != low {
			s.Sub(order, s)
		}
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	}
	return p
}

// Wall is what the phone's clock shows at an instant.
func (p *Phone) Wall(at domain.Instant) string {
	z, err := zone.Embedded().Zone(p.Zone)
	if err != nil {
		panic(err)
	}
	return timecard.WallOf(at+p.Offset, z.Offset((at + p.Offset).Seconds()))
}

// Mono is what its other clock shows.
func (p *Phone) Mono(at domain.Instant) int64 { return int64(at - p.BootedAt) }

// Reboot switches the phone off and on.
func (p *Phone) Reboot(at domain.Instant) { p.Boot, p.BootedAt = fmt.Sprintf("boot%d", int64(at)), at }

// Body returns the next punch, unsigned, and counts it.
func (p *Phone) Body(at domain.Instant, dir timecard.Direction) timecard.Body {
	p.N++
	return timecard.Body{
		V: 1, Origin: p.Origin, ID: fmt.Sprintf("%s.%d", p.Device, p.N), Emp: p.Emp, Device: p.Device, N: p.N, Prev: p.Prev, Dir: dir,
		Wall: p.Wall(at), Zone: p.Zone, Boot: p.Boot, MonoMS: p.Mono(at), Ticket: p.Nonce,
	}
}

// Punch makes the next punch at an instant.
func (p *Phone) Punch(at domain.Instant, dir timecard.Direction) timecard.Envelope {
	return p.Seal(p.Body(at, dir), nil)
}

// Seal signs a body and remembers its hash as that of the last punch.
func (p *Phone) Seal(b timecard.Body, place []byte) timecard.Envelope {
	e, err := timecard.Seal(b, place, timecard.Sent{}, p.Sign)
	if err != nil {
		panic(err)
	}
	e.Ticket = p.Ticket
	raw, _ := base64.RawURLEncoding.DecodeString(e.Signed)
	p.Prev = timecard.Hash(raw)
	return e
}

// Sent returns an envelope as it leaves the phone at an instant.
func (p *Phone) Sent(e timecard.Envelope, at domain.Instant) timecard.Envelope {
	mono := p.Mono(at)
	e.Sent = timecard.Sent{SentBoot: p.Boot, SentMonoMS: &mono, SentWall: p.Wall(at)}
	return e
}

// Open decodes an envelope as the ledger does, over its JSON.
func Open(e timecard.Envelope) (timecard.Signed, error) { return timecard.DecodeEnvelope(JSON(e)) }

// JSON returns what goes over the wire.
func JSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// Batch returns an upload of envelopes.
func Batch(id string, punches ...timecard.Envelope) []byte {
	return JSON(map[string]any{"batch": id, "punches": punches})
}
