package place

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// DeviceState is a device as its stream tells it.
type DeviceState struct {
	ID          string
	Kind        DeviceKind
	PublicKey   string
	Attestation Attestation
	Model       string
	TZ          string
	Site        string
	Trust       TrustLevel
	Fixes       []ClockFix // in the order they were recorded, without those that were taken back
	Outages     []Outage   // by From
	Retired     bool

	BlockedSince domain.Instant // of a blocked device: what was made before is believed; zero: nothing is
	Keys         []DeviceKey    // in the order in which they were used
	Bindings     []Binding      // in their order
	Confirmed    bool           // on a second channel
	End          *End           // nil: the device still punches
}

// Outage is a time [From, To) in which a device took no punches.
type Outage struct {
	From, To domain.Instant
}

// Exists reports whether the device was enrolled.
func (s DeviceState) Exists() bool { return s.ID != "" }

// Accepts reports whether punches of the device are believed at all.
func (s DeviceState) Accepts() bool { return s.Exists() && s.Trust != Blocked }

// FixFor returns the correction of the clock that covers a punch, if there is one.
func (s DeviceState) FixFor(seq int64, batch string, line int64, at domain.Instant) (ClockFix, bool) {
	for _, x := range s.Fixes {
		if x.Covers(seq, batch, line, at) {
			return x, true
		}
	}
	return ClockFix{}, false
}

// OutAt reports whether the device took no punches at an instant.
func (s DeviceState) OutAt(at domain.Instant) bool {
	return slices.ContainsFunc(s.Outages, func(x Outage) bool { return x.From <= at && at < x.To })
}

// EvolveDevice applies one event.
func EvolveDevice(s DeviceState, e DeviceEvent) DeviceState {
	switch e := e.(type) {
	case DeviceEnrolled:
		s = DeviceState{
			ID: e.Device, Kind: e.Kind, PublicKey: e.PublicKey, Attestation: e.Attestation,
			Model: e.Model, TZ: e.TZ, Site: e.Site, Trust: Trusted,
		}
		if e.PublicKey != "" {
			s.Keys = []DeviceKey{{PublicKey: e.PublicKey, FromN: 1}}
		}
		return s
	case DeviceTrustChanged:
		s.Trust, s.BlockedSince = e.Level, e.Since
		return s
	case DeviceClockCorrected:
		if e.Undoes != "" {
			s.Fixes = slices.DeleteFunc(slices.Clone(s.Fixes), func(x ClockFix) bool { return x.Fix == e.Undoes })
			return s
		}
		s.Fixes = append(slices.Clone(s.Fixes), e.ClockFix)
		return s
	case DeviceOutageRecorded:
		s.Outages = append(slices.Clone(s.Outages), Outage{From: e.From, To: e.To})
		slices.SortFunc(s.Outages, func(a, b Outage) int { return cmp.Compare(a.From, b.From) })
		return s
	case DeviceRetired:
		s.Retired = true
		return s
	case DeviceBound:
		s.Bindings = append(slices.Clip(s.Bindings), Binding{Emp: e.Emp, From: e.At})
		return s
	case DeviceUnbound:
		s.Bindings = slices.Clone(s.Bindings)
		if n := len(s.Bindings); n > 0 {
			s.Bindings[n-1].To = e.At
		}
		return s
	case DeviceConfirmed:
		s.Confirmed = true
		return s
	case DeviceKeyRotated:
		s.PublicKey, s.Confirmed = e.PublicKey, s.Confirmed && e.Signature != ""
		s.Keys = append(slices.Clip(s.Keys), DeviceKey{PublicKey: e.PublicKey, FromN: e.FromN})
		return s
	case DeviceHandedOver:
		s.End = &End{To: e.To, LastN: e.LastN, LastHash: e.LastHash, Broken: e.Broken}
		return s
	}
	panic(fmt.Sprintf("place: no case for %T", e))
}
