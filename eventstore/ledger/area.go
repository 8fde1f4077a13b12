package ledger

import (
	"math"
	"net/netip"
	"slices"

	"github.com/punchledger/punchledger/domain"
	"github.com/punchledger/punchledger/domain/place"
)

// area finds sites by where a fix lies and by network, so that a punch does not look at every fence. It holds every version that
// was ever set; which of them governs an instant is the site's to say.
type area struct {
	cells map[cell][]string // sites with a fence in the cell or near it
	ip    map[netip.Prefix][]string
	bits  map[int]bool // lengths of the prefixes
	wifi  map[string][]string
}

// cell is a part of the grid: a fiftieth of a degree, some two kilometres. Near a pole, where meridians meet, a ring is one cell.
type cell struct{ lat, lon int32 }

const (
	cellsPerDegree = 50
	polar          = 80.0   // beyond this latitude a ring is one cell
	nearM          = 2000.0 // a fence is looked at from this far away
)

func newArea() area {
	return area{cells: map[cell][]string{}, ip: map[netip.Prefix][]string{}, bits: map[int]bool{}, wifi: map[string][]string{}}
}

func cellOf(p place.Point) cell {
	c := cell{lat: int32(math.Floor(p.Lat * cellsPerDegree))}
	if math.Abs(p.Lat) < polar {
		c.lon = lonCell(p.Lon)
	}
	return c
}

func lonCell(lon float64) int32 {
	c := int32(math.Floor(place.Point{Lon: lon}.Normal().Lon * cellsPerDegree))
	if c == 180*cellsPerDegree { // the line of 180 degrees belongs to the cell east of it
		return -c
	}
	return c
}

func add[K comparable](m map[K][]string, k K, site string) {
	if !slices.Contains(m[k], site) {
		m[k] = append(m[k], site)
	}
}

func (a area) fences(e place.SiteFencesSet) {
	for _, f := range e.Fences {
		points := f.WGS84()
		reach := nearM
		if f.Shape == place.Circle {
			reach += float64(f.RadiusM)
		}
		for _, p := range points {
			a.around(p, reach, e.Site)
		}
		// Edges of a polygon are at most twice the largest radius long: a disc around its first corner holds it.
		if f.Shape == place.Polygon && len(points) > 0 {
			widest := 0.0
			for _, p := range points {
				widest = max(widest, place.Between(points[0], p).Metres)
			}
			a.around(points[0], widest+nearM, e.Site)
		}
	}
}

// around puts a site into the cells that a disc touches.
func (a area) around(p place.Point, radius float64, site string) {
	const perDegree = 111_000.0 // metres at least, so that no cell is missed
	dLat := radius / perDegree
	widest := min(90, max(math.Abs(p.Lat-dLat), math.Abs(p.Lat+dLat)))
	for lat := math.Floor((p.Lat - dLat) * cellsPerDegree); lat <= (p.Lat+dLat)*cellsPerDegree; lat++ {
		row := cell{lat: int32(lat)}
		if max(math.Abs(lat), math.Abs(lat+1))/cellsPerDegree >= polar {
			add(a.cells, row, site)
		}
		if min(math.Abs(lat), math.Abs(lat+1))/cellsPerDegree >= polar {
			continue
		}
		dLon := min(180, radius/(perDegree*math.Cos(min(widest, polar)*math.Pi/180)))
		for lon := p.Lon - dLon; lon < p.Lon+dLon+1.0/cellsPerDegree; lon += 0.5 / cellsPerDegree {
			row.lon = lonCell(min(lon, p.Lon+dLon))
			add(a.cells, row, site)
		}
	}
}

func (a area) networks(e place.SiteNetworksSet) {
	for _, cidr := range e.IP {
		if p, err := netip.ParsePrefix(cidr); err == nil {
			add(a.ip, p, e.Site)
			a.bits[p.Bits()] = true
		}
	}
	for _, w := range e.Wifi {
		once(a.wifi, w.BSSIDHMAC, e.Site)
	}
}

// byAddress returns the sites that ever had an address in their networks.
func (a area) byAddress(ip netip.Addr) []string {
	var out []string
	for bits := range a.bits {
		if p, err := ip.Prefix(bits); err == nil {
			out = append(out, a.ip[p]...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// fixes are the last places of each person, so that a way too fast to be true is seen. They are in memory only: after a restart
// nothing is known of the way to the next punch.
type fixes struct {
	last map[string][]fixed
}

type fixed struct {
	punch string
	fix   place.Fix
}

const (
	fixesPerPerson = 8
	peopleWithFix  = 50_000
)

// before returns the fix nearest before another one of the same person, of another punch, and remembers this one.
func (f *fixes) before(emp, punch string, fix place.Fix) (place.Fix, bool) {
	list := slices.DeleteFunc(slices.Clone(f.last[emp]), func(x fixed) bool { return x.punch == punch })
	var found place.Fix
	for _, x := range list {
		if x.fix.At <= fix.At && x.fix.At >= found.At {
			found = x.fix
		}
	}
	list = append(list, fixed{punch, fix})
	if len(list) > fixesPerPerson {
		list = list[1:]
	}
	if _, known := f.last[emp]; !known && len(f.last) >= peopleWithFix {
		for other := range f.last { // any one: the map's order is as good as another
			delete(f.last, other)
			break
		}
	}
	f.last[emp] = list
	return found, found.At != 0
}

// travelled returns how fast a person came from the place of their punch before, where that is hard to believe.
func (d *Directory) travelled(emp, punch string, fix place.Fix) (kmh float64, reason string) {
	d.fixesMu.Lock()
	earlier, ok := d.fixes.before(emp, punch, fix)
	d.fixesMu.Unlock()
	if !ok {
		return 0, ""
	}
	t := place.TravelBetween(earlier, fix)
	switch {
	case place.ImpossibleTravel.Breaks(t):
		reason = place.ReasonTravelStrong
	case place.UnlikelyTravel.Breaks(t):
		reason = place.ReasonTravel
	default:
		return 0, ""
	}
	return min(t.KMH(), maxKMH), reason
}

// maxKMH is the fastest way that is told apart from a jump.
const maxKMH = 100_000

// openOn lists those of sites at which people may work on a date, each once.
func (d *Directory) openOn(sites []string, date domain.Date) []place.SiteState {
	var out []place.SiteState
	seen := map[string]bool{}
	for _, id := range sites {
		if seen[id] {
			continue
		}
		seen[id] = true
		if s := d.Site(id); s.OpenOn(date) {
			out = append(out, s)
		}
	}
	return out
}
