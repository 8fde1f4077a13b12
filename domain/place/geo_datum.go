package place

import "math"

// GCJ-02 shifts WGS-84 by a smooth function of the place, of up to some 700 m, inside a box around China; outside it is WGS-84. The
// function was never published. What stands here is the form that open map software has used since 2013 (the constants are those of
// the Krasovsky ellipsoid of 1940); it agrees with the maps within a metre or two. BD-09 shifts GCJ-02 once more. The ways back are
// found by iteration, to less than a millimetre.

const (
	krasovskyA  = 6378245.0
	krasovskyEE = 0.00669342162296594323
	baiduTurn   = math.Pi * 3000 / 180
)

// shifted reports whether a place lies in the box in which maps are shifted. The box holds parts of China's neighbours too: their
// fences are best written in WGS-84.
func (p Point) shifted() bool {
	return p.Lon >= 72.004 && p.Lon <= 137.8347 && p.Lat >= 0.8293 && p.Lat <= 55.8271
}

// To returns the coordinates of a WGS-84 point in a datum.
func (p Point) To(crs CRS) Point {
	switch {
	case crs == GCJ02:
		return p.toGCJ02()
	case crs == BD09 && p.shifted():
		return p.toGCJ02().toBD09()
	}
	return p
}

// toWGS84 takes p as coordinates in a datum.
func (p Point) toWGS84(crs CRS) Point {
	forward := Point.To
	if crs != GCJ02 && crs != BD09 {
		return p
	}
	guess := p
	for range 30 {
		got := forward(guess, crs)
		dLat, dLon := p.Lat-got.Lat, p.Lon-got.Lon
		guess = Point{Lat: guess.Lat + dLat, Lon: guess.Lon + dLon}
		if math.Abs(dLat) < 1e-11 && math.Abs(dLon) < 1e-11 {
			break
		}
	}
	return guess
}

func (p Point) toGCJ02() Point {
	if !p.shifted() {
		return p
	}
	x, y := p.Lon-105, p.Lat-35
	waves := (20*math.Sin(6*x*math.Pi) + 20*math.Sin(2*x*math.Pi)) * 2 / 3
	dLat := -100 + 2*x + 3*y + 0.2*y*y + 0.1*x*y + 0.2*math.Sqrt(math.Abs(x)) + waves +
		(20*math.Sin(y*math.Pi)+40*math.Sin(y/3*math.Pi))*2/3 +
		(160*math.Sin(y/12*math.Pi)+320*math.Sin(y*math.Pi/30))*2/3
	dLon := 300 + x + 2*y + 0.1*x*x + 0.1*x*y + 0.1*math.Sqrt(math.Abs(x)) + waves +
		(20*math.Sin(x*math.Pi)+40*math.Sin(x/3*math.Pi))*2/3 +
		(150*math.Sin(x/12*math.Pi)+300*math.Sin(x/30*math.Pi))*2/3
	sin, cos := math.Sincos(p.Lat * degree)
	m := 1 - krasovskyEE*sin*sin
	return Point{
		Lat: p.Lat + dLat/(krasovskyA*(1-krasovskyEE)/(m*math.Sqrt(m))*degree),
		Lon: p.Lon + dLon/(krasovskyA/math.Sqrt(m)*cos*degree),
	}
}

func (p Point) toBD09() Point {
	z := math.Hypot(p.Lon, p.Lat) + 0.00002*math.Sin(p.Lat*baiduTurn)
	theta := math.Atan2(p.Lat, p.Lon) + 0.000003*math.Cos(p.Lon*baiduTurn)
	sin, cos := math.Sincos(theta)
	return Point{Lat: z*sin + 0.006, Lon: z*cos + 0.0065}
}
