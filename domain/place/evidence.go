package place

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/punchledger/punchledger/domain"
)

// Location is what a device says of where it is: the text of a secret of class location. Either it has coordinates, or a verdict
// that the device reached by itself, so that no coordinates leave it.
type Location struct {
	Lat       float64  `json:"lat"`
	Lon       float64  `json:"lon"`
	AccuracyM *float64 `json:"accuracy_m,omitempty"` // radius of the circle in which it is with 95 %
	CRS       CRS      `json:"crs,omitempty"`        // WGS-84 where nothing is said: what browsers give

	Verdict   FenceVerdict `json:"verdict,omitempty"` // instead of coordinates
	Site      string       `json:"site,omitempty"`    // of the fence that the verdict is about
	Fence     string       `json:"fence,omitempty"`
	DistanceM *float64     `json:"distance_m,omitempty"` // from the fence
}

// perDegree are the parts of a degree that devices sign: whole numbers, which every language writes the same.
const perDegree = 1e7

// ParseLocation reads a location: a JSON object, the place object that a device signs (docs/punch-protocol.md), or latitude and
// longitude with a comma between.
func ParseLocation(clear []byte) (Location, error) {
	var l Location
	text := strings.TrimSpace(string(clear))
	if !strings.HasPrefix(text, "{") {
		lat, lon, _ := strings.Cut(text, ",")
		var errLat, errLon error
		l.Lat, errLat = strconv.ParseFloat(strings.TrimSpace(lat), 64)
		l.Lon, errLon = strconv.ParseFloat(strings.TrimSpace(lon), 64)
		if errLat != nil || errLon != nil {
			return Location{}, unreadable()
		}
	} else {
		coordinates := struct {
			Lat   *float64 `json:"lat"`
			Lon   *float64 `json:"lon"`
			LatE7 *float64 `json:"lat_e7"`
			LonE7 *float64 `json:"lon_e7"`
			*Location
		}{Location: &l}
		if err := json.Unmarshal([]byte(text), &coordinates); err != nil {
			return Location{}, unreadable()
		}
		if coordinates.LatE7 != nil && coordinates.LonE7 != nil {
			lat, lon := *coordinates.LatE7/perDegree, *coordinates.LonE7/perDegree
			coordinates.Lat, coordinates.Lon = &lat, &lon
		}
		if coordinates.Lat == nil || coordinates.Lon == nil {
			if l.Verdict == "" {
				return Location{}, unreadable()
			}
		} else {
			l.Lat, l.Lon = *coordinates.Lat, *coordinates.Lon
		}
	}
	return l, l.check()
}

func unreadable() error { return domain.NewError(domain.Invalid, "location_unreadable") }

func (l Location) check() error {
	switch l.CRS {
	case "", WGS84, GCJ02, BD09:
	default:
		return unreadable()
	}
	switch l.Verdict {
	case "":
		_, err := l.Point()
		return err
	case FenceInside, FenceOutside, FenceUncertain:
		return nil
	}
	return unreadable()
}

// Point returns the coordinates in WGS-84.
func (l Location) Point() (Point, error) { return NewPoint(l.Lat, l.Lon, l.CRS) }

// Accuracy returns the accuracy in metres, -1 where it is not known.
func (l Location) Accuracy() float64 {
	if l.AccuracyM == nil || math.IsNaN(*l.AccuracyM) || *l.AccuracyM < 0 {
		return -1
	}
	return *l.AccuracyM
}

// Keep returns what a precision keeps of a location for sealing, empty for nothing.
func (l Location) Keep(p Precision) string {
	point, err := l.Point()
	if l.Verdict != "" || err != nil || p != PrecisionBucket && p != PrecisionExact {
		return ""
	}
	if p == PrecisionBucket {
		point = point.rounded(1000)
	}
	kept := Location{Lat: point.Lat, Lon: point.Lon}
	if a := l.Accuracy(); a >= 0 {
		if p == PrecisionBucket {
			a = max(100, math.Ceil(min(a, 1e9)/100)*100)
		}
		kept.AccuracyM = &a
	}
	b, err := json.Marshal(kept)
	if err != nil { // an endless accuracy
		return ""
	}
	return string(b)
}

// Network is what is known of the network that a punch came by: the text of a secret of class network. The address is what the server
// saw; the rest is the device's word. A code of a site comes with it, as it too is good for one moment at one place.
type Network struct {
	IP       string    `json:"ip,omitempty"`
	BSSID    string    `json:"bssid,omitempty"`
	SSID     string    `json:"ssid,omitempty"`
	SiteCode *CodeSeen `json:"site_code,omitempty"`
}

// CodeSeen is a code that somebody read off the screen of a site.
type CodeSeen struct {
	Site string `json:"site"`
	Code string `json:"code"`
}

// ParseNetwork reads a network: a JSON object, or an address alone.
func ParseNetwork(clear []byte) (Network, error) {
	text := strings.TrimSpace(string(clear))
	if !strings.HasPrefix(text, "{") {
		return Network{IP: text}, nil
	}
	var n Network
	err := json.Unmarshal([]byte(text), &n)
	return n, err
}

// distanceBands and accuracyBands are the upper ends of bands in metres.
var (
	distanceBands = []float64{50, 200, 1000}
	accuracyBands = []float64{20, 50, 100, 500}
)

// DistanceBand returns in which band a distance lies: 0-50, 50-200, 200-1000 or 1000-.
func DistanceBand(metres float64) string { return band(metres, distanceBands) }

// AccuracyBand returns in which band an accuracy lies: 0-20, 20-50, 50-100, 100-500 or 500-.
func AccuracyBand(metres float64) string { return band(metres, accuracyBands) }

// AccuracyOf returns the worst accuracy of a band, in metres; negative where it has no end.
func AccuracyOf(band string) float64 {
	for _, end := range accuracyBands {
		if band == AccuracyBand(end) {
			return end
		}
	}
	return -1
}

func band(metres float64, ends []float64) string {
	from := 0.0
	for _, end := range ends {
		if metres <= end {
			return number(from) + "-" + number(end)
		}
		from = end
	}
	return number(from) + "-"
}
