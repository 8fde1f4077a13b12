package place

import (
	"math"
	"net/netip"
	"slices"
	"strconv"

	"github.com/punchledger/punchledger/domain"
)

// Bounds of what a site may say. A circle smaller than the smallest radius is worse known than the best fixes; a larger one than the
// largest proves nothing.
const (
	MinRadiusM = 20
	MaxRadiusM = 5000

	minAreaM2   = 400
	maxExtentM  = 2 * MaxRadiusM
	maxFences   = 50
	maxCorners  = 200
	maxNetworks = 500
	maxStep     = domain.Hour
	minStep     = domain.Seconds(5)
)

func renameSite(s SiteState, c RenameSite) ([]SiteEvent, error) {
	var is fields
	is.Text("name", c.Name, maxName)
	if err := s.change(c.Site, is); err != nil || s.Name == c.Name {
		return nil, err
	}
	return []SiteEvent{SiteRenamed(c)}, nil
}

// change returns what stands against any change of a site.
func (s SiteState) change(site string, is fields) error {
	switch {
	case is.First != nil:
		return is.First
	case !s.Exists():
		return domain.NewError(domain.NotFound, "unknown_site", "site", site)
	case !s.ClosedFrom.IsZero():
		return domain.NewError(domain.Conflict, "site_closed", "from", s.ClosedFrom.String())
	}
	return nil
}

// next asks for the version after the last one, so that two people who edit at once do not overwrite each other.
func next(got, last int) error {
	if got != last+1 {
		return domain.NewError(domain.Conflict, "version_gap", "want", strconv.Itoa(last+1), "got", strconv.Itoa(got))
	}
	return nil
}

func setFences(s SiteState, c SetFences) ([]SiteEvent, error) {
	var is fields
	is.That(c.EffectiveFrom >= 0, "effective_from", "out_of_range")
	is.That(len(c.Fences) <= maxFences, "fences", "too_many")
	if c.Precision == "" {
		c.Precision = PrecisionVerdict
		if n := len(s.Fences); n > 0 {
			c.Precision = s.Fences[n-1].Precision
		}
	}
	is.OneOf("precision", string(c.Precision), string(PrecisionVerdict), string(PrecisionBucket), string(PrecisionExact))
	seen := map[string]bool{}
	for _, f := range c.Fences {
		is.ID("fences.id", f.ID)
		is.That(!seen[f.ID], "fences.id", "twice")
		is.OneOf("fences.shape", string(f.Shape), string(Circle), string(Polygon))
		seen[f.ID] = true
	}
	if err := s.change(c.Site, is); err != nil {
		return nil, err
	}
	for _, f := range c.Fences {
		if err := f.check(); err != nil {
			return nil, err
		}
	}
	if err := next(c.Version, len(s.Fences)); err != nil {
		return nil, err
	}
	return []SiteEvent{SiteFencesSet(c)}, nil
}

// check returns what is wrong with the shape of a fence.
func (f Fence) check() error {
	if f.CRS == "" {
		return domain.NewError(domain.Invalid, "crs_missing", "fence", f.ID)
	}
	var is fields
	is.OneOf("fences.crs", string(f.CRS), string(WGS84), string(GCJ02), string(BD09))
	is.That(len(f.Points) <= maxCorners, "fences.points", "too_many")
	if is.First != nil {
		return is.First
	}
	corners := make([]Point, len(f.Points))
	for i, p := range f.Points {
		var err error
		if corners[i], err = NewPoint(p.Lat, p.Lon, f.CRS); err != nil {
			return err
		}
	}
	if f.Shape == Circle {
		return f.checkCircle()
	}
	problem := ""
	switch {
	case f.RadiusM != 0:
		problem = "polygon_radius"
	case len(corners) < 3:
		problem = "polygon_corners"
	case slices.ContainsFunc(corners, func(p Point) bool { return Between(corners[0], p).Metres > maxExtentM }):
		problem = "polygon_extent"
	case !simple(corners):
		problem = "polygon_simple"
	}
	if problem != "" {
		return domain.NewError(domain.Invalid, "polygon_invalid", "fence", f.ID, "problem", problem)
	}
	return nil
}

func (f Fence) checkCircle() error {
	var is fields
	is.That(len(f.Points) == 1, "fences.points", "one_centre")
	if is.First != nil {
		return is.First
	}
	if f.RadiusM < MinRadiusM || f.RadiusM > MaxRadiusM {
		return domain.NewError(domain.Invalid, "radius_invalid", "fence", f.ID,
			"radius", strconv.Itoa(f.RadiusM), "min", strconv.Itoa(MinRadiusM), "max", strconv.Itoa(MaxRadiusM))
	}
	return nil
}

func setNetworks(s SiteState, c SetNetworks) ([]SiteEvent, error) {
	var is fields
	is.That(c.EffectiveFrom >= 0, "effective_from", "out_of_range")
	is.That(len(c.IP)+len(c.Wifi) <= maxNetworks, "networks", "too_many")
	for _, w := range c.Wifi {
		is.SHA256("wifi.bssid_hmac", w.BSSIDHMAC)
		is.OptionalText("wifi.ssid", w.SSID, 32)
	}
	if err := s.change(c.Site, is); err != nil {
		return nil, err
	}
	for _, cidr := range c.IP {
		p, err := netip.ParsePrefix(cidr)
		if err != nil || p.Masked() != p || p.Bits() == 0 {
			return nil, domain.NewError(domain.Invalid, "cidr_invalid", "cidr", cidr)
		}
	}
	if err := next(c.Version, len(s.Networks)); err != nil {
		return nil, err
	}
	return []SiteEvent{SiteNetworksSet(c)}, nil
}

func setSiteCode(s SiteState, c SetSiteCode) ([]SiteEvent, error) {
	var is fields
	is.That(c.Step == 0 || minStep <= c.Step && c.Step <= maxStep, "step", "out_of_range")
	if err := s.change(c.Site, is); err != nil {
		return nil, err
	}
	if err := next(c.Version, s.Code.Version); err != nil {
		return nil, err
	}
	return []SiteEvent{SiteCodeSet(c)}, nil
}

// Has reports whether an address belongs to the networks. An IPv4 address that was written as IPv6 is the same address.
func (n NetworkSet) Has(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	return slices.ContainsFunc(n.IP, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// HasWifi reports whether a station, named by its MAC, belongs to the networks.
func (n NetworkSet) HasWifi(bssidHMAC string) bool {
	return slices.ContainsFunc(n.Wifi, func(w Wifi) bool { return w.BSSIDHMAC == bssidHMAC })
}

// Rounded returns p to seven decimals, about a centimetre: what a fence keeps of a file with more.
func (p Point) Rounded() Point { return p.rounded(1e7) }

func (p Point) rounded(parts float64) Point {
	return Point{Lat: math.Round(p.Lat*parts) / parts, Lon: math.Round(p.Lon*parts) / parts}
}
