package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"math/big"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/timecard"
	"github.com/punchledger/punchledger/domain/zone"
)

// phone is a device that signs punches.
type phone struct {
	Origin, Device, Emp, Zone, PublicKey string

	N        int64
	Prev     string
	Boot     string
	BootedAt domain.Instant

	sign func([]byte) []byte
}

// newPhone returns a phone with a key of one kind or the other, drawn from its name.
func newPhone(origin, device, emp string, p256 bool) (*phone, error) {
	p := &phone{Origin: origin, Device: device, Emp: emp, Zone: "Asia/Shanghai", Boot: "boot1"}
	seed := sha256.Sum256([]byte("seed of " + device))
	if p256 {
		return p, p.drawP256(seed[:])
	}
	key := ed25519.NewKeyFromSeed(seed[:])
	spki := append([]byte("\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"), key.Public().(ed25519.PublicKey)...)
	p.PublicKey = base64.StdEncoding.EncodeToString(spki)
	p.sign = func(b []byte) []byte { return ed25519.Sign(key, b) }
	return p, nil
}

func (p *phone) drawP256(seed []byte) error {
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed)
	if err != nil {
		return err
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		return err
	}
	spki := append([]byte("\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00"), point...)
	p.PublicKey = base64.StdEncoding.EncodeToString(spki)
	p.sign = func(b []byte) []byte {
		sum := sha256.Sum256(b)
		der, err := key.Sign(nil, sum[:], crypto.SHA256) // without randomness: RFC 6979
		if err != nil {
			panic(err) // it fails for wrong arguments only
		}
		var pair struct{ R, S *big.Int }
		if _, err := asn1.Unmarshal(der, &pair); err != nil {
			panic(err) // it was made a line above
		}
		if order := elliptic.P256().Params().N; pair.S.Cmp(new(big.Int).Rsh(order, 1)) > 0 {
			pair.S.Sub(order, pair.S)
		}
		return append(pair.R.FillBytes(make([]byte, 32)), pair.S.FillBytes(make([]byte, 32))...)
	}
	return nil
}

// punch is the next one, as it leaves the phone at an instant.
func (p *phone) punch(at domain.Instant, place []byte) (timecard.Envelope, error) {
	z, err := zone.Embedded().Zone(p.Zone)
	if err != nil {
		return timecard.Envelope{}, err
	}
	p.N++
	dir := timecard.In
	if p.N%2 == 0 {
		dir = timecard.Out
	}
	mono, wall := int64(at-p.BootedAt), timecard.WallOf(at, z.Offset(at.Seconds()))
	e, err := timecard.Seal(timecard.Body{
		V: 1, Origin: p.Origin, ID: fmt.Sprintf("%s.%d", p.Device, p.N), Emp: p.Emp, Device: p.Device, N: p.N, Prev: p.Prev, Dir: dir,
		Wall: wall, Zone: p.Zone, Boot: p.Boot, MonoMS: mono, Place: timecard.Hash(place),
	}, place, timecard.Sent{SentBoot: p.Boot, SentMonoMS: &mono, SentWall: wall}, p.sign)
	if err != nil {
		return e, err
	}
	signed, err := base64.RawURLEncoding.DecodeString(e.Signed)
	p.Prev = timecard.Hash(signed)
	return e, err
}
