package place

import (
	"math"

	"github.com/punchledger/punchledger/domain"
)

// CRS names the datum that coordinates are written in. Maps made in China show GCJ-02 or BD-09, which lie some hundred metres
// off what a satellite receiver says; a fence whose datum nobody named is therefore refused.
type CRS string

// The datums.
const (
	WGS84 CRS = "wgs84"
	GCJ02 CRS = "gcj02"
	BD09  CRS = "bd09"
)

// Point is a place on the earth in degrees, north and east positive. Points are WGS-84 unless a CRS stands beside them.
type Point struct {
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
}

// Valid reports whether p is a place: numbers, a latitude from -90 to 90, and a longitude of at most one turn either way, as some
// sources count from 0 to 360. 0/0 is a place like any other.
func (p Point) Valid() bool {
	return math.Abs(p.Lat) <= 90 && math.Abs(p.Lon) <= 360 // a comparison with NaN is false
}

// Normal returns p with its longitude in (-180, 180].
func (p Point) Normal() Point {
	if math.Abs(p.Lon) > 180 {
		p.Lon = math.Remainder(p.Lon, 360)
	}
	if p.Lon == -180 {
		p.Lon = 180
	}
	return p
}

// NewPoint returns the WGS-84 point that lat and lon name in a datum, or invalid_coordinate.
func NewPoint(lat, lon float64, crs CRS) (Point, error) {
	p := Point{Lat: lat, Lon: lon}
	if !p.Valid() {
		return Point{}, domain.NewError(domain.Invalid, "invalid_coordinate", "lat", number(lat), "lon", number(lon))
	}
	return p.Normal().toWGS84(crs), nil
}

// Mean radius of the earth, and half axis and flattening of the WGS-84 ellipsoid.
const (
	EarthRadiusM = 6371008.8
	wgs84A       = 6378137.0
	wgs84F       = 1 / 298.257223563
	wgs84B       = wgs84A * (1 - wgs84F)
)

const degree = math.Pi / 180

// Geodesic is the shortest way between two points: its length and the direction at either end, in degrees from north.
type Geodesic struct {
	Metres     float64
	Start, End float64
}

// Between returns the way from a to b on the WGS-84 ellipsoid by Vincenty's inverse formula (Survey Review 176, 1975), good to less
// than a millimetre. For the few pairs on opposite sides of the earth for which that does not converge it is the way on a sphere,
// at most 0.6 % off.
func Between(a, b Point) Geodesic {
	a, b = a.Normal(), b.Normal()
	if a == b {
		return Geodesic{}
	}
	u1 := math.Atan((1 - wgs84F) * math.Tan(a.Lat*degree))
	u2 := math.Atan((1 - wgs84F) * math.Tan(b.Lat*degree))
	sin1, cos1 := math.Sincos(u1)
	sin2, cos2 := math.Sincos(u2)
	l := math.Remainder((b.Lon-a.Lon)*degree, 2*math.Pi)
	lambda := l
	for range 200 {
		sinL, cosL := math.Sincos(lambda)
		x, y := cos2*sinL, cos1*sin2-sin1*cos2*cosL
		sinS := math.Hypot(x, y)
		if sinS == 0 {
			break // the same point, or the opposite one
		}
		cosS := sin1*sin2 + cos1*cos2*cosL
		sigma := math.Atan2(sinS, cosS)
		sinA := cos1 * cos2 * sinL / sinS
		cos2A := 1 - sinA*sinA
		mid := 0.0 // on the equator
		if cos2A > 0 {
			mid = cosS - 2*sin1*sin2/cos2A
		}
		c := wgs84F / 16 * cos2A * (4 + wgs84F*(4-3*cos2A))
		next := l + (1-c)*wgs84F*sinA*(sigma+c*sinS*(mid+c*cosS*(2*mid*mid-1)))
		if math.Abs(next) > math.Pi {
			break
		}
		if math.Abs(next-lambda) < 1e-12 {
			return Geodesic{
				Metres: vincentyLength(cos2A, sigma, sinS, cosS, mid),
				Start:  math.Atan2(x, y) / degree,
				End:    math.Atan2(cos1*sinL, -sin1*cos2+cos1*sin2*cosL) / degree,
			}
		}
		lambda = next
	}
	return onSphere(a, b, EarthRadiusM)
}

func vincentyLength(cos2A, sigma, sinS, cosS, mid float64) float64 {
	u := cos2A * (wgs84A*wgs84A - wgs84B*wgs84B) / (wgs84B * wgs84B)
	big := 1 + u/16384*(4096+u*(-768+u*(320-175*u)))
	small := u / 1024 * (256 + u*(-128+u*(74-47*u)))
	delta := small * sinS * (mid + small/4*(cosS*(2*mid*mid-1)-small/6*mid*(4*sinS*sinS-3)*(4*mid*mid-3)))
	return wgs84B * big * (sigma - delta)
}

// Angle returns the central angle between a and b on a sphere, in radians. It holds for points that are near, and for opposite ones.
func Angle(a, b Point) float64 {
	sin1, cos1 := math.Sincos(a.Lat * degree)
	sin2, cos2 := math.Sincos(b.Lat * degree)
	sinL, cosL := math.Sincos((b.Lon - a.Lon) * degree)
	return math.Atan2(math.Hypot(cos2*sinL, cos1*sin2-sin1*cos2*cosL), sin1*sin2+cos1*cos2*cosL)
}

func onSphere(a, b Point, radius float64) Geodesic {
	sin1, cos1 := math.Sincos(a.Lat * degree)
	sin2, cos2 := math.Sincos(b.Lat * degree)
	sinL, cosL := math.Sincos((b.Lon - a.Lon) * degree)
	return Geodesic{
		Metres: Angle(a, b) * radius,
		Start:  math.Atan2(cos2*sinL, cos1*sin2-sin1*cos2*cosL) / degree,
		End:    math.Atan2(cos1*sinL, -sin1*cos2+cos1*sin2*cosL) / degree,
	}
}

// Destination returns the point at a distance in metres and a direction in degrees from p, on a sphere of the mean radius: within
// 0.6 % of the distance.
func (p Point) Destination(bearing, metres float64) Point {
	sin1, cos1 := math.Sincos(p.Lat * degree)
	sinB, cosB := math.Sincos(bearing * degree)
	sinD, cosD := math.Sincos(metres / EarthRadiusM)
	east, north, up := sinB*sinD, cosD*cos1-sin1*sinD*cosB, sin1*cosD+cos1*sinD*cosB
	return Point{
		Lat: math.Atan2(up, math.Hypot(east, north)) / degree,
		Lon: p.Lon + math.Atan2(east, north)/degree,
	}.Normal()
}
