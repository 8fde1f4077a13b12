package timecard

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"time"
)

// Body is what a device signs: one JSON object with these members and no others. The signature is over its exact bytes, which are
// kept for ever, so nothing of it may be secret: what tells a place stands in a PlaceClaim beside it, of which Place is the hash.
type Body struct {
	V      int       `json:"v"`      // 1
	Origin string    `json:"origin"` // the ledger that the punch is for
	ID     string    `json:"id"`     // of the punch, and of the request
	Emp    string    `json:"emp"`
	Device string    `json:"device"`
	N      int64     `json:"n"`    // counts the device's punches, from 1
	Prev   string    `json:"prev"` // hash of the device's punch before; empty for the first
	Dir    Direction `json:"dir"`
	Wall   string    `json:"wall"`    // what the device's clock showed: 2026-10-24T21:50:00.000+02:00
	Zone   string    `json:"zone"`    // the zone that the device was set to
	Boot   string    `json:"boot"`    // changes whenever mono_ms begins anew
	MonoMS int64     `json:"mono_ms"` // of a clock that nobody sets
	Ticket string    `json:"ticket"`  // nonce of the newest ticket that the device held; empty without one
	Place  string    `json:"place"`   // hash of the place object's exact bytes; empty without one
	Job    string    `json:"job,omitempty"`
	Cost   string    `json:"cost,omitempty"`
}

// Limits of what a device hands in, in bytes.
const (
	MaxBody     = 2 << 10
	MaxPlace    = 2 << 10
	MaxEnvelope = 32 << 10
	maxCount    = 1<<53 - 1 // what a JSON number of every language can hold
)

// bodyVersion is the version of Body.
const bodyVersion = 1

const (
	signedWall = "2006-01-02T15:04:05.000-07:00"
	maxOffset  = 18 * 3600 // seconds east or west of UTC
	hashLength = 43        // of 32 bytes in base64url
)

// Hash returns what stands for signed bytes in the next punch's prev and in receipts: their SHA-256 in base64url.
func Hash(b []byte) string {
	sum := sha256.Sum256(b)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// DecodeBody reads signed bytes. Doubled, unknown and otherwise spelled names are refused, as are wrong types.
func DecodeBody(b []byte) (Body, error) {
	var body Body
	if err := strict("signed", b, MaxBody, &body); err != nil {
		return Body{}, err
	}
	return body, body.check()
}

func (b *Body) check() error {
	var f fields
	f.That(b.V == bodyVersion, "v", "unknown_value")
	f.That(b.Origin != "" && len(b.Origin) <= 200, "origin", "missing")
	f.Document("id", b.ID)
	f.ID("emp", b.Emp)
	f.ID("device", b.Device)
	f.That(1 <= b.N && b.N <= maxCount, "n", "out_of_range")
	f.hash("prev", b.Prev)
	f.That((b.Prev == "") == (b.N == 1), "prev", "not_with_n")
	f.OneOf("dir", string(b.Dir), directions...)
	_, err := b.wall()
	f.That(err == nil, "wall", "not_a_device_time")
	f.That(word(b.Zone, "_+-/"), "zone", "not_a_zone_name")
	f.That(word(b.Boot, "_-."), "boot", "not_a_word")
	f.That(0 <= b.MonoMS && b.MonoMS <= maxCount, "mono_ms", "out_of_range")
	f.That(b.Ticket == "" || len(b.Ticket) == ticketNonce && base64url(b.Ticket), "ticket", "not_a_nonce")
	f.hash("place", b.Place)
	f.OptionalText("job", b.Job, 64)
	f.OptionalText("cost", b.Cost, 64)
	return f.First
}

// hash asks for a hash in base64url, or none.
func (f *fields) hash(field, v string) {
	f.That(v == "" || len(v) == hashLength && base64url(v), field, "not_a_hash")
}

func base64url(s string) bool {
	_, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil
}

// word reports whether s is 1 to 64 letters, digits and signs.
func word(s, signs string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
		return !letter && !strings.ContainsRune(signs, r)
	})
}

// wall returns the instant that the device's clock showed.
func (b *Body) wall() (time.Time, error) { return parseWall(b.Wall) }

// parseWall reads a wall clock in the one form that it may have, so that no two texts mean the same.
func parseWall(s string) (time.Time, error) {
	t, err := time.Parse(signedWall, s)
	if _, offset := t.Zone(); err == nil && (t.Format(signedWall) != s || max(offset, -offset) > maxOffset) {
		err = errNotOneForm
	}
	return t, err
}

var errNotOneForm = errors.New("not in the form 2026-10-24T21:50:00.000+02:00")
