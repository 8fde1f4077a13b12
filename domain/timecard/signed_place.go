package timecard

import (
	"github.com/punchledger/punchledger/domain"
)

// PlaceClaim is what a device says of where it was. Its exact bytes are hashed into the signed body, and sealed: with a salt of 128
// random bits the hash tells nothing once the bytes were erased. Coordinates are whole numbers, so that every language writes the same.
type PlaceClaim struct {
	Salt      string       `json:"salt"`                 // at least 16 random bytes in base64url
	LatE7     *int64       `json:"lat_e7,omitempty"`     // latitude in ten-millionths of a degree
	LonE7     *int64       `json:"lon_e7,omitempty"`     // longitude
	AccuracyM *int64       `json:"accuracy_m,omitempty"` // radius that holds the place with 95 %
	CRS       string       `json:"crs,omitempty"`        // wgs84, gcj02 or bd09
	AgeMS     int64        `json:"age_ms,omitempty"`     // how old the fix was
	Verdict   FenceVerdict `json:"verdict,omitempty"`    // judged on the device, where no coordinates leave it
	Site      string       `json:"site,omitempty"`       // of the verdict, or of the code
	Code      string       `json:"code,omitempty"`       // a site code that was scanned or typed
	WiFi      string       `json:"wifi,omitempty"`       // network that an app could read, as a BSSID
	Mock      Tri          `json:"mock,omitzero"`        // the platform says that the place is made up
	Rooted    Tri          `json:"rooted,omitzero"`
	Emulator  Tri          `json:"emulator,omitzero"`
	Integrity string       `json:"integrity,omitempty"`
}

// The ranges of coordinates.
const (
	maxLatE7    = 90_0000000
	maxLonE7    = 180_0000000
	maxAccuracy = 50_000_000 // metres: more than half round the earth says nothing
	maxFixAge   = 24 * 3600 * 1000
)

// DecodePlace reads the exact bytes of a place object, as strictly as a body.
func DecodePlace(b []byte) (PlaceClaim, error) {
	var p PlaceClaim
	if err := strict("place", b, MaxPlace, &p); err != nil {
		return PlaceClaim{}, err
	}
	return p, p.check()
}

func (p *PlaceClaim) check() error {
	var f fields
	salt, err := unbase64("place/salt", p.Salt, 64)
	f.That(err == nil && len(salt) >= 16, "place/salt", "salt_too_short")
	f.That((p.LatE7 == nil) == (p.LonE7 == nil), "place/lon_e7", "not_with_latitude")
	f.within("place/lat_e7", p.LatE7, -maxLatE7, maxLatE7)
	f.within("place/lon_e7", p.LonE7, -maxLonE7, maxLonE7)
	f.within("place/accuracy_m", p.AccuracyM, 0, maxAccuracy)
	f.within("place/age_ms", &p.AgeMS, 0, maxFixAge)
	if p.LatE7 != nil {
		f.OneOf("place/crs", p.CRS, "wgs84", "gcj02", "bd09")
	}
	if p.Verdict != "" {
		f.OneOf("place/verdict", string(p.Verdict), fenceVerdicts...)
	}
	f.OptionalDocument("place/site", p.Site)
	f.OptionalText("place/code", p.Code, 64)
	f.OptionalText("place/wifi", p.WiFi, 64)
	f.OptionalCode("place/integrity", p.Integrity)
	return f.First
}

func (f *fields) within(field string, v *int64, low, high int64) {
	f.That(v == nil || low <= *v && *v <= high, field, "out_of_range")
}

// located reports whether the claim says anything of where the device was: it may hold a code of a site, or a network, alone.
func (p *PlaceClaim) located() bool { return p.LatE7 != nil || p.Verdict != "" }

// facts are what may stand in clear of a claim: what was judged, never where.
func (p *PlaceClaim) facts() PunchFacts {
	f := PunchFacts{Mock: p.Mock, Rooted: p.Rooted, Emulator: p.Emulator, Integrity: p.Integrity}
	if p.AccuracyM != nil {
		m := int(*p.AccuracyM)
		f.AccuracyM = &m
	}
	if p.LatE7 == nil {
		f.InFence, f.Site = p.Verdict, p.Site
	}
	return f
}

// secret returns the exact bytes as the evidence that is sealed.
func placeSecret(b []byte) domain.Secret { return domain.NewSecret(domain.ClassLocation, string(b)) }
