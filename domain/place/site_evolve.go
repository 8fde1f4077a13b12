package place

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/punchledger/punchledger/domain"
)

// SiteState is a site as its stream tells it.
type SiteState struct {
	ID         string
	Name       string
	TZ         string
	Calendar   string
	ClosedFrom domain.Date  // zero: not closed
	Fences     []FenceSet   // by version
	Networks   []NetworkSet // by version
	Code       SiteCode
}

// FenceSet is one version of the fences of a site.
type FenceSet struct {
	Version   int
	From      domain.Instant
	Fences    []Fence // as they were set
	Areas     []Fence // the same in WGS-84
	Precision Precision
}

// NetworkSet is one version of the networks of a site.
type NetworkSet struct {
	Version int
	From    domain.Instant
	IP      []netip.Prefix
	Wifi    []Wifi
}

// SiteCode is the rotating code of a site; a step of 0 says that it has none.
type SiteCode struct {
	Version int
	Step    domain.Seconds
}

// FencesAt returns the fences that govern an instant: of the versions in force by then the last one.
func (s SiteState) FencesAt(at domain.Instant) (FenceSet, bool) {
	for _, v := range slices.Backward(s.Fences) {
		if v.From <= at {
			return v, true
		}
	}
	return FenceSet{}, false
}

// NetworksAt returns the networks that govern an instant.
func (s SiteState) NetworksAt(at domain.Instant) (NetworkSet, bool) {
	for _, v := range slices.Backward(s.Networks) {
		if v.From <= at {
			return v, true
		}
	}
	return NetworkSet{}, false
}

// PrecisionAt returns what is kept of where people punched at an instant; verdict where nobody said more.
func (s SiteState) PrecisionAt(at domain.Instant) Precision {
	if v, ok := s.FencesAt(at); ok {
		return v.Precision
	}
	return PrecisionVerdict
}

// Exists reports whether the site was opened.
func (s SiteState) Exists() bool { return s.ID != "" }

// OpenOn reports whether people may work at the site on date.
func (s SiteState) OpenOn(date domain.Date) bool {
	return s.Exists() && (s.ClosedFrom.IsZero() || date < s.ClosedFrom)
}

// EvolveSite applies one event.
func EvolveSite(s SiteState, e SiteEvent) SiteState {
	switch e := e.(type) {
	case SiteOpened:
		return SiteState{ID: e.Site, Name: e.Name, TZ: e.TZ, Calendar: e.Calendar}
	case SiteClosed:
		s.ClosedFrom = e.From
		return s
	case SiteRenamed:
		s.Name = e.Name
		return s
	case SiteFencesSet:
		s.Fences = append(slices.Clip(s.Fences), FenceSet{
			Version: e.Version, From: e.EffectiveFrom, Fences: e.Fences, Areas: inWGS84(e.Fences), Precision: e.Precision,
		})
		return s
	case SiteNetworksSet:
		s.Networks = append(slices.Clip(s.Networks), NetworkSet{Version: e.Version, From: e.EffectiveFrom, IP: prefixes(e.IP), Wifi: e.Wifi})
		return s
	case SiteCodeSet:
		s.Code = SiteCode{Version: e.Version, Step: e.Step}
		return s
	}
	panic(fmt.Sprintf("place: no case for %T", e))
}

// prefixes reads prefixes that were checked when they were recorded.
func prefixes(list []string) []netip.Prefix {
	out := make([]netip.Prefix, 0, len(list))
	for _, s := range list {
		if p, err := netip.ParsePrefix(s); err == nil {
			out = append(out, p.Masked())
		}
	}
	return out
}

// inWGS84 moves fences to the datum in which fixes come, so that it is done once.
func inWGS84(fences []Fence) []Fence {
	out := slices.Clone(fences)
	for i, f := range out {
		out[i].CRS, out[i].Points = WGS84, f.WGS84()
	}
	return out
}
